import Glibc
import Synchronization

/// A small shop on the loopback, whose clients have to do as real ones: log in with a user and a password, show the token
/// and the cookie that they were given, order what their own session put into its cart, and follow a redirect.
///
/// Every answer tells of a session that does not keep to it: 401 without a token, 403 with another session's cookie,
/// 409 where the order is not its own.
public final class ShopServer: Sendable {
  public struct Counts: Sendable, Equatable {
    public var logins = 0
    public var carts = 0
    public var orders = 0
    public var refused = 0
    public var users: Set<String> = []
    public var identifiers: Set<String> = []
    public var requests = 0
  }
  private struct State {
    var counts = Counts()
    /// Token to user, and order to token.
    var users: [String: String] = [:]
    var orders: [String: String] = [:]
    var isStrict = true
  }
  private let state = Mutex(State())
  private let base: LoopbackServer
  private let failsEvery: Int

  /// - Parameter failsEvery: each so many-th login is answered by 200 with an error inside; 0 for none.
  ///   - speaksHTTP2: whether it speaks that and nothing else.
  public init(failsEvery: Int = 0, speaksHTTP2: Bool = false) throws {
    self.failsEvery = failsEvery
    base = try LoopbackServer()
    base.start { [self] in if speaksHTTP2 { serveHTTP2($0) } else { serve($0) } }
  }
  public var url: String { "http://127.0.0.1:\(base.port)" }
  public var counts: Counts { state.withLock { $0.counts } }
  public var accepted: Int { base.accepted }
  public func stop() { base.stop() }

  private func serve(_ handle: Int32) {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      while let request = Request(&text) { guard sendAll(Array(answer(request).utf8), to: handle) else { return } }
      let n = recv(handle, &buffer, buffer.count, 0)
      if n <= 0 { return }
      text += String(decoding: buffer[..<n], as: UTF8.self)
    }
  }

  private func serveHTTP2(_ handle: Int32) {
    let peer = HTTP2Peer { [self] peer, asked in
      var request = Request()
      request.method = asked[":method"] ?? ""
      request.path = asked[":path"] ?? ""
      request.body = String(decoding: asked.body, as: UTF8.self)
      for field in asked.fields { request.headers[field.name] = field.value }
      let answer = answer(request)
      guard let end = answer.place(of: "\r\n\r\n") else { return }
      let lines = answer[..<end.lowerBound].split(separator: "\r\n")
      let fields = lines.dropFirst().compactMap { line -> (String, String)? in
        guard let colon = line.firstIndex(of: ":") else { return nil }
        return (line[..<colon].lowercased(), String(line[line.index(after: colon)...].drop { $0 == " " }))
      }
      let status = lines[0].split(separator: " ")[1]
      peer.inform(asked.stream, status: 103)
      peer.answer(asked.stream, status: Int(status) ?? 0, fields: fields, body: Array(answer[end.upperBound...].utf8))
    }
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while sendAll(peer.output(), to: handle) {
      let n = recv(handle, &buffer, buffer.count, 0)
      if n <= 0 || !peer.receive(Array(buffer[..<n])) { return }
    }
  }

  private struct Request {
    init() {}
    var method = ""
    var path = ""
    var headers: [String: String] = [:]
    var body = ""

    /// Takes a whole request off the front of a text; nil where there is none.
    init?(_ text: inout String) {
      guard let end = text.place(of: "\r\n\r\n") else { return nil }
      let lines = text[..<end.lowerBound].split(separator: "\r\n")
      for line in lines.dropFirst() {
        guard let colon = line.firstIndex(of: ":") else { continue }
        headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
      }
      let length = headers["content-length"].flatMap { Int($0) } ?? 0
      let rest = text[end.upperBound...].utf8
      guard rest.count >= length else { return nil }
      body = String(decoding: rest.prefix(length), as: UTF8.self)
      let words = lines[0].split(separator: " ")
      method = String(words[0])
      path = String(words[1])
      text = String(decoding: rest.dropFirst(length), as: UTF8.self)
    }
  }

  private func answer(_ request: Request) -> String {
    state.withLock { state in
      state.counts.requests += 1
      func reply(_ status: String, _ body: String, _ headers: [String] = []) -> String {
        "HTTP/1.1 \(status)\r\n" + headers.map { $0 + "\r\n" }.joined()
          + "Content-Length: \(body.utf8.count)\r\n\r\n" + body
      }
      func refuse(_ status: String) -> String {
        state.counts.refused += 1
        return reply(status, #"{"error":"refused"}"#)
      }
      let token = request.headers["authorization"].flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
      let cookies = Set((request.headers["cookie"] ?? "").split(separator: ";").map { String($0.drop { $0 == " " }) })
      switch (request.method, request.path) {
      case ("POST", "/login"):
        guard let user = Self.value("user", in: request.body), Self.value("password", in: request.body) == "pw-\(user)"
        else { return refuse("401 Unauthorized") }
        state.counts.logins += 1
        state.counts.users.insert(user)
        let number = state.counts.logins
        if failsEvery > 0, number % failsEvery == 0 { return reply("200 OK", #"{"error":"busy"}"#) }
        state.users["t\(number)"] = user
        return reply(
          "200 OK", #"{"data":{"tokens":["x","t\#(number)"]},"user":"\#(user)"}"#,
          [
            "Set-Cookie: sid=s\(number); Path=/; HttpOnly", "set-cookie: gone=1; Max-Age=0",
            "Set-Cookie: a=1; Path=/admin",
          ])
      case ("POST", "/cart"):
        guard let token, state.users[token] != nil else { return refuse("401 Unauthorized") }
        guard cookies == ["sid=s\(token.dropFirst())"] else { return refuse("403 Forbidden") }
        state.counts.carts += 1
        if let id = Self.value("id", in: request.body) { state.counts.identifiers.insert(id) }
        state.orders["\(state.counts.carts)"] = token
        return reply("201 Created", "", ["Location: /orders/\(state.counts.carts)"])
      case ("GET", "/go"): return reply("302 Found", "", ["Location: /home?x=1"])
      case ("GET", "/home?x=1"): return reply("200 OK", "<a href=\"/p/77\">home</a>")
      case ("GET", let path) where path.hasPrefix("/orders/"):
        guard let token, state.orders[String(path.dropFirst(8))] == token else { return refuse("409 Conflict") }
        state.counts.orders += 1
        return reply("200 OK", #"{"state":"open","user":"\#(state.users[token] ?? "")"}"#)
      case ("GET", "/gone"): return reply("404 Not Found", "gone")
      case ("POST", "/any"):
        if let id = Self.value("id", in: request.body) { state.counts.identifiers.insert(id) }
        return reply("200 OK", "ok")
      default: return reply("200 OK", "<input name=\"csrf\" value=\"c1\"><p>hello</p>")
      }
    }
  }

  private static func value(_ key: String, in body: String) -> String? {
    guard let start = body.place(of: "\"\(key)\":\"") else { return nil }
    return String(body[start.upperBound...].prefix { $0 != "\"" })
  }
}

extension String {
  fileprivate func place(of text: String) -> Range<Index>? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(text) { return at..<index(at, offsetBy: text.count) }
      at = index(after: at)
    }
    return nil
  }
}
