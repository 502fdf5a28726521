import Wire

/// How connections reach a service, where that is not what its address says.
public struct LoadRoute: Sendable, Hashable {
  /// An address to use in place of what a name leads to: `HOST:PORT:ADDRESS`, as curl has it.
  public struct Override: Sendable, Hashable {
    public var host: String
    public var port: Int
    public var addresses: [String]

    /// Reads `shop.example:443:127.0.0.1`, or several addresses with commas between; IPv6 in brackets.
    public init(_ text: String) throws(LoadTestingError) {
      let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 3, !parts[0].isEmpty, let port = Int(parts[1]), (1...65_535).contains(port),
        !parts[2].isEmpty
      else {
        throw LoadTestingError(
          .badSettings, "'\(text)' names no address for a host", remedy: "write --resolve shop.example:443:127.0.0.1")
      }
      host = parts[0].lowercased()
      self.port = port
      addresses = parts[2].split(separator: ",").map(String.init)
    }
  }
  /// A proxy of HTTP: `http://user:password@host:port`.
  public struct Proxy: Sendable, Hashable {
    public var host: String
    public var port: Int
    /// The value of `Proxy-Authorization`, where the address has a user.
    var authorization: String?

    public init(_ url: String) throws(LoadTestingError) {
      var rest = url[...]
      func bad() -> LoadTestingError {
        LoadTestingError(
          .badSettings, "'\(Secret.masked(url: url))' is no proxy", remedy: "write --proxy http://localhost:3128")
      }
      if url.lowercased().hasPrefix("http://") { rest = rest.dropFirst(7) } else if url.contains("://") { throw bad() }
      while rest.hasSuffix("/") { rest = rest.dropLast() }
      if let at = rest.lastIndex(of: "@") {
        authorization = "Basic \(Base64.text(Array(rest[..<at].utf8)))"
        rest = rest[rest.index(after: at)...]
      }
      guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
        (1...65_535).contains(port), colon != rest.startIndex
      else { throw bad() }
      host = String(rest[..<colon])
      self.port = port
    }
  }
  public var overrides: [Override] = []
  /// The name that TLS is told (SNI) and that the certificate must bear, instead of the address's.
  public var serverName: String?
  /// The client's own certificate and key, PEM.
  public var certificate: String?
  public var key: String?
  /// Whether connections are spread over all addresses of the name in turn, instead of all going to the first that
  /// answers.
  public var usesAllAddresses = false
  public var proxy: Proxy?

  public init() {}

  /// The addresses that stand for a host.
  func endpoints(host: String, port: Int) throws(WireError) -> (first: Endpoint, others: [Endpoint]) {
    guard let override = overrides.first(where: { $0.host == host.lowercased() && $0.port == port }) else {
      return try Endpoint.resolveAll(host: host, port: port)
    }
    var found: [Endpoint] = []
    for address in override.addresses {
      let (first, others) = try Endpoint.resolveAll(host: address, port: port)
      found += [first] + others
    }
    guard let first = found.first else { return try Endpoint.resolveAll(host: host, port: port) }
    return (first, Array(found.dropFirst()))
  }
}

/// RFC 4648, 4.
enum Base64 {
  static func text(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var word: UInt32 = 0
      for i in 0..<3 { word = word << 8 | (start + i < bytes.count ? UInt32(bytes[start + i]) : 0) }
      for i in 0..<4 { result.append(i <= group.count ? digits[Int(word >> UInt32(18 - 6 * i)) & 63] : 0x3D) }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
