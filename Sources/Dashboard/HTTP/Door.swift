/// Who may come in: everybody where nothing is asked for (the server then listens on loopback alone), else who knows the
/// token or shows a certificate.
public struct Door: Sendable {
  /// What is asked of a client.
  public enum Key: Sendable {
    case none
    case token([UInt8])
    /// A certificate of the authorities that the server was given.
    case certificate
  }
  public var keys: [Key]

  public init(_ keys: [Key] = []) { self.keys = keys }

  /// - Throws: 401 with the ways in.
  func admit(_ request: Request) throws(Problem) {
    if keys.isEmpty { return }
    for key in keys {
      switch key {
      case .none: return
      case .certificate: if request.isCertified { return }
      case .token(let token):
        // Whatever was given, the same time is spent on it.
        if Self.isSame(Self.given(request.headers["authorization"]), token) { return }
      }
    }
    let needsToken = keys.contains { if case .token = $0 { true } else { false } }
    throw Problem(
      needsToken ? 401 : 403, needsToken ? "Unauthorized" : "Forbidden",
      needsToken
        ? "Send the token: 'Authorization: Bearer TOKEN', or as the password of any user."
        : "Show a certificate of the authorities that the server was given.",
      headers: needsToken
        ? [Request.Field("WWW-Authenticate", "Basic realm=\"headroom\", charset=\"UTF-8\", Bearer realm=\"headroom\"")]
        : [])
  }

  /// The token of `Bearer TOKEN` or of `Basic base64(user:TOKEN)`; empty where there is none.
  static func given(_ header: String?) -> [UInt8] {
    guard let header else { return [] }
    let parts = header.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else { return [] }
    let value = parts[1].filter { $0 != " " }
    switch parts[0].lowercased() {
    case "bearer": return Array(value.utf8)
    case "basic":
      guard let plain = Base64.decoded(value), let colon = plain.firstIndex(of: UInt8(ascii: ":")) else { return [] }
      return Array(plain[(colon + 1)...])
    default: return []
    }
  }

  /// Equality whose time depends on the length of what was given alone, not on how much of it is right.
  static func isSame(_ given: [UInt8], _ token: [UInt8]) -> Bool {
    guard !token.isEmpty else { return false }
    var difference = UInt8(given.count == token.count ? 0 : 1)
    for i in given.indices { difference |= given[i] ^ token[i % token.count] }
    return difference == 0
  }
}

enum Base64 {
  /// RFC 4648, 4; nil where it is none.
  static func decoded(_ text: some StringProtocol) -> [UInt8]? {
    var result: [UInt8] = []
    var (bits, count) = (UInt32(0), 0)
    for byte in text.utf8 where byte != UInt8(ascii: "=") {
      let value: UInt32
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte - 65)
      case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte - 97 + 26)
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte - 48 + 52)
      case UInt8(ascii: "+"): value = 62
      case UInt8(ascii: "/"): value = 63
      default: return nil
      }
      bits = bits << 6 | value
      count += 6
      if count >= 8 {
        count -= 8
        result.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
      }
    }
    return result
  }
}

/// The names by which the server may be asked: a page of another site whose name was bent to this address is not answered
/// (DNS rebinding).
public struct HostNames: Sendable {
  /// In lower case, without a port.
  var names: Set<String>

  /// - Parameter names: beside the loopback's own.
  public init(_ names: [String] = []) {
    self.names = Set(names.map { Self.bare($0) } + ["localhost", "127.0.0.1", "[::1]"])
  }

  /// A request without the header is of HTTP/1.0, which no page can send.
  func admits(_ header: String?) -> Bool {
    guard let header else { return true }
    return names.contains(Self.bare(header))
  }

  static func bare(_ host: String) -> String {
    let lower = host.lowercased().filter { $0 != " " }
    if lower.hasPrefix("[") { return lower.firstIndex(of: "]").map { String(lower[...$0]) } ?? lower }
    var name = lower.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? ""
    if name.hasSuffix(".") { name.removeLast() }
    return name
  }
}
