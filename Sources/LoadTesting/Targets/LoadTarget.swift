import Wire

/// What is loaded: a service's address and the requests to send there.
public struct LoadTarget: Sendable, Hashable {
  /// The languages that a service is spoken to in.
  public enum Language: String, Sendable, CaseIterable {
    case http1 = "HTTP/1.1"
    case http2 = "HTTP/2"
    /// Over HTTP/2.
    case grpc = "gRPC"
  }
  public internal(set) var endpoint: Endpoint
  /// Further addresses of the same name, tried where the first ones refuse.
  public var otherEndpoints: [Endpoint]
  public let language: Language
  /// As the user wrote it, without its secrets.
  public let url: String
  /// Path and query of the URL.
  public let path: String
  /// How connections are secured, for https.
  public let security: SecuritySettings?
  /// Whether a connection carries one request behind the other; where not, each asks for its end and gets it.
  public let keepsAlive: Bool
  /// What is sent.
  public var requests: RequestSet
  let authority: String
  /// Whether connections are spread over all addresses, and the proxy's own words: what opens a tunnel through it, or what
  /// stands before every path.
  public let usesAllAddresses: Bool
  let tunnel: [UInt8]?
  private let beforePath: String
  private let headers: [String]
  let deadline: Duration?

  /// - Parameters:
  ///   - url: `http://host:port/path?query` or `https://...`; `grpc://host:port/package.Service/Method` or `grpcs://...`,
  ///     whose body is one message.
  ///   - method: `GET`, `POST`, ...
  ///   - headers: `Name: value` each; they replace the ones that are sent by default.
  ///   - allowedHosts: hosts that may be loaded besides this machine, as named in the URL.
  ///   - socket: the path of a Unix socket to connect to instead of the URL's host.
  ///   - keepsAlive: false for a connection a request.
  ///   - verifies: whether an https service must prove who it is.
  ///   - authorities: a file of certificates to trust instead of the system's.
  ///   - speaksHTTP2: HTTP/2 instead of HTTP/1.1: agreed on in TLS, known beforehand without. gRPC needs no such word.
  ///   - resumesSessions: whether new https connections go on with an earlier one's session.
  ///   - route: how connections reach it, where that is not what the address says.
  ///   - deadline: what a gRPC service is told that it has to answer within.
  public init(
    url: String, method: String = "GET", headers: [String] = [], body: [UInt8] = [], allowedHosts: [String] = [],
    socket: String? = nil, keepsAlive: Bool = true, verifies: Bool = true, authorities: String? = nil,
    speaksHTTP2: Bool = false, resumesSessions: Bool = false, deadline: Duration? = nil, route: LoadRoute = LoadRoute()
  ) throws(LoadTestingError) {
    let address = try Address(url)
    self.url = Secret.masked(url: url)
    language = address.isGRPC ? .grpc : speaksHTTP2 ? .http2 : .http1
    guard keepsAlive || language == .http1 else {
      throw LoadTestingError(
        .badSettings, "\(language.rawValue) carries many requests on a connection",
        remedy: "leave out --no-keep-alive, or --http2")
    }
    self.keepsAlive = keepsAlive
    self.deadline = deadline
    usesAllAddresses = route.usesAllAddresses
    var secure = SecuritySettings(host: route.serverName ?? address.host, verifies: verifies, authorities: authorities)
    secure.asksForHTTP2 = language != .http1
    secure.resumesSessions = resumesSessions
    secure.certificate = route.certificate
    secure.key = route.key
    guard route.certificate != nil || route.key == nil else {
      throw LoadTestingError(.badSettings, "a key without its certificate", remedy: "add --cert FILE")
    }
    guard route.proxy == nil || language == .http1 && socket == nil else {
      throw LoadTestingError(
        .badSettings, "a proxy is spoken to in HTTP/1.1 over the network",
        remedy: "leave out --proxy, --http2 or --unix-socket")
    }
    security = address.isSecure ? secure : nil
    do {
      if let socket {
        endpoint = try .unix(path: socket)
        otherEndpoints = []
      } else {
        let all = try route.endpoints(host: route.proxy?.host ?? address.host, port: route.proxy?.port ?? address.port)
        endpoint = all.first
        otherEndpoints = all.others
      }
    } catch {
      throw LoadTestingError(
        error.code == .unknownHost ? .unreachable : .badTarget, error.problem, remedy: error.remedy)
    }
    let isLocal = endpoint.isLoopback && otherEndpoints.allSatisfy(\.isLoopback)
    let near = route.proxy?.host ?? address.host
    guard isLocal || allowedHosts.contains(where: { $0.lowercased() == near.lowercased() }) else {
      throw LoadTestingError(
        .hostNotAllowed, "'\(near)' (\(endpoint)) is not this machine",
        remedy: "if you may load it, add --allow-host \(near)")
    }
    if let proxy = route.proxy {
      // Where a proxy leads cannot be seen from here: by the host's name alone.
      let isHere = ["localhost", "127.0.0.1", "[::1]", "::1"].contains(address.host.lowercased())
      guard isHere || allowedHosts.contains(where: { $0.lowercased() == address.host.lowercased() }) else {
        throw LoadTestingError(
          .hostNotAllowed, "'\(address.host)', behind the proxy \(proxy.host), is not this machine",
          remedy: "if you may load it, add --allow-host \(address.host)")
      }
    }
    path = address.path
    authority = address.authority
    let place = "\(address.host):\(address.port)"
    let shown = route.proxy?.authorization.map { "Proxy-Authorization: \($0)" }
    if route.proxy != nil, address.isSecure {
      let lines = ["CONNECT \(place) HTTP/1.1", "Host: \(place)", "User-Agent: headroom"] + (shown.map { [$0] } ?? [])
      tunnel = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
      beforePath = ""
      self.headers = headers
    } else {
      tunnel = nil
      // RFC 9112, 3.2.2: the whole address, for a proxy.
      beforePath = route.proxy == nil ? "" : "http://\(address.authority)"
      self.headers = headers + (route.proxy == nil ? [] : shown.map { [$0] } ?? [])
    }
    requests = RequestSet([])
    requests = RequestSet(
      try request(method: address.isGRPC ? "POST" : method, path: path, body: body))
  }

  /// A request to this target.
  /// - Parameters:
  ///   - path: with its query; `/` at least.
  ///   - more: headers beside those of the target, which they replace.
  public func request(
    method: String, path: String, headers more: [String] = [], body: [UInt8] = []
  ) throws(LoadTestingError) -> LoadRequest {
    if language == .grpc {
      let named = try Self.names(of: headers + more)
      return try call(path: path, headers: headers + more, named: named, message: body)
    }
    var (head, takesLength) = try head(method: method, path: path, headers: more, hasBody: !body.isEmpty)
    if takesLength { head += "Content-Length: \(body.count)\r\n" }
    return LoadRequest(bytes: Array((head + "\r\n").utf8) + body, isHead: method == "HEAD")
  }

  /// The names of headers, in lower case.
  private static func names(of headers: [String]) throws(LoadTestingError) -> Set<String> {
    var named: Set<String> = []
    for line in headers {
      guard let colon = line.firstIndex(of: ":"), colon != line.startIndex,
        !line.utf8.contains(where: { $0 == 13 || $0 == 10 || $0 == 0 })
      else {
        throw LoadTestingError(
          .badSettings, "'\(Secret.masked(header: line))' is no header", remedy: "write --header 'Name: value'")
      }
      named.insert(line[..<colon].lowercased())
    }
    return named
  }

  /// The lines of a request's head but for the length of its body, and whether that belongs behind them.
  func head(
    method: String, path: String, headers more: [String], hasBody: Bool
  ) throws(LoadTestingError) -> (lines: String, takesLength: Bool) {
    let named = try Self.names(of: headers + more)
    guard !method.isEmpty, method.utf8.allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }) else {
      throw LoadTestingError(
        .badSettings, "'\(method)' is no method", remedy: "write GET, POST, PUT, DELETE or HEAD")
    }
    guard path.hasPrefix("/") || path == "*", !path.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else {
      throw LoadTestingError(
        .badSettings, "'\(path)' is no path", remedy: "write one that begins with '/' and has no spaces")
    }
    let replaced = Set(more.compactMap { $0.split(separator: ":").first?.lowercased() })
    let kept = headers.filter { !replaced.contains($0.split(separator: ":").first?.lowercased() ?? "") }
    var head = "\(method) \(beforePath)\(path) HTTP/1.1\r\n"
    if !named.contains("host") { head += "Host: \(authority)\r\n" }
    if !named.contains("user-agent") { head += "User-Agent: headroom\r\n" }
    // No `Accept`: without one everything is taken (RFC 9110, 12.5.1), and each field costs the service its reading.
    if !keepsAlive, !named.contains("connection") { head += "Connection: close\r\n" }
    if hasBody, !named.contains("content-type") { head += "Content-Type: application/json\r\n" }
    for line in kept + more { head += line + "\r\n" }
    let needsLength = hasBody || ["POST", "PUT", "PATCH"].contains(method)
    return (
      head, needsLength && !named.contains("content-length") && !named.contains("transfer-encoding")
    )
  }

  /// The parts of a URL that matter here.
  struct Address: Hashable {
    var isSecure: Bool
    var isGRPC: Bool
    var host: String
    var port: Int
    /// Host and port as the Host header has them.
    var authority: String
    /// Path and query.
    var path: String

    init(_ url: String) throws(LoadTestingError) {
      let remedy = "write http://localhost:8080/path"
      guard !url.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else {
        throw LoadTestingError(
          .badTarget, "the address '\(Secret.masked(url: url))' has spaces or control characters", remedy: remedy)
      }
      let lower = url.lowercased()
      let schemes = [
        ("http://", false, false), ("https://", true, false), ("grpc://", false, true), ("grpcs://", true, true),
      ]
      guard let scheme = schemes.first(where: { lower.hasPrefix($0.0) }) else {
        throw LoadTestingError(.badTarget, "'\(Secret.masked(url: url))' is no http address", remedy: remedy)
      }
      isSecure = scheme.1
      isGRPC = scheme.2
      let rest = url.dropFirst(scheme.0.utf8.count)
      let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
      guard !authority.contains("@") else {
        throw LoadTestingError(
          .badTarget, "the address holds a name or password", remedy: "send it with --header 'Authorization: ...'")
      }
      var tail = rest.dropFirst(authority.count).prefix { $0 != "#" }
      if !tail.hasPrefix("/") { tail = "/" + tail }
      path = String(tail)
      var port = isSecure ? 443 : 80
      var host = authority
      if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
        host = authority[..<colon]
        guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
          throw LoadTestingError(.badTarget, "'\(authority)' has no usable port", remedy: remedy)
        }
        port = number
      }
      guard !host.isEmpty else {
        throw LoadTestingError(.badTarget, "'\(Secret.masked(url: url))' names no host", remedy: remedy)
      }
      self.host = String(host)
      self.port = port
      self.authority = String(authority)
    }
  }
}
