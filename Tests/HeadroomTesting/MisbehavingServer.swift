import Foundation
import Synchronization

/// A tiny HTTP server on the loopback for tests: it answers what it is told to, well-formed or not.
///
/// Each connection carries one request.
public final class MisbehavingServer: Sendable {
  /// What a client asked.
  public struct Request: Sendable {
    public var method: String
    /// The path with its query, as sent.
    public var target: String
    /// Names in lower case.
    public var headers: [String: String]
    public var body: String

    /// The parameters of the query and of a form, decoded.
    public var parameters: [String: String] {
      var result: [String: String] = [:]
      let query = target.split(separator: "?", maxSplits: 1).dropFirst().first.map(String.init) ?? ""
      for pair in (query + "&" + body).split(separator: "&") {
        let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2 else { continue }
        result[String(sides[0])] = String(sides[1]).removingPercentEncoding
      }
      return result
    }
    public var path: String { String(target.split(separator: "?", maxSplits: 1)[0]) }
  }

  /// What to send back.
  public enum Answer: Sendable {
    case reply(status: Int, type: String = "application/json", headers: [String] = [], body: String)
    /// Promises more bytes than it sends, then closes.
    case truncated(promised: Int, body: String)
    /// Says nothing until the server stops.
    case silence
    /// Closes without a byte.
    case hangUp
    /// These bytes, whatever they are.
    case raw(String)
  }

  private let base: LoopbackServer
  private let seen = Mutex<[Request]>([])
  public var port: Int { base.port }
  private let answer: @Sendable (Request, Int) -> Answer

  /// Starts to listen on a free port.
  /// - Parameter answer: What to send back to a request; the second argument counts requests from 0.
  public init(answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    self.answer = answer
    base = try LoopbackServer()
    base.start { [self] in serve($0) }
  }

  /// `http://127.0.0.1:PORT`
  public var url: String { "http://127.0.0.1:\(port)" }
  /// All requests so far.
  public var requests: [Request] { seen.withLock { $0 } }

  /// Closes everything; clients that still wait see a broken connection.
  public func stop() { base.stop() }

  private func serve(_ handle: Int32) {
    guard let request = read(from: handle) else { return }
    let number = seen.withLock { seen in
      seen.append(request)
      return seen.count - 1
    }
    switch answer(request, number) {
    case .reply(let status, let type, let headers, let body):
      let head = ["HTTP/1.1 \(status) Status", "Content-Type: \(type)", "Content-Length: \(body.utf8.count)"]
      send((head + headers + ["Connection: close", "", ""]).joined(separator: "\r\n") + body, to: handle)
    case .truncated(let promised, let body):
      send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(promised)\r\n\r\n" + body, to: handle)
    case .raw(let text): send(text, to: handle)
    case .hangUp: break
    case .silence: drain(handle)
    }
  }

  private func read(from handle: Int32) -> Request? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    func more() -> Bool {
      let n = recv(handle, &buffer, buffer.count, 0)
      if n > 0 { bytes.append(contentsOf: buffer[..<n]) }
      return n > 0
    }
    let blank = Array("\r\n\r\n".utf8)
    var end: Int?
    while end == nil {
      guard more() else { return nil }
      end = bytes.indices.dropLast(3).first { Array(bytes[$0..<$0 + 4]) == blank }
    }
    guard let end else { return nil }
    let lines = String(decoding: bytes[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ")
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let sides = line.split(separator: ":", maxSplits: 1)
      if sides.count == 2 { headers[sides[0].lowercased()] = sides[1].trimmingCharacters(in: .whitespaces) }
    }
    let length = Int(headers["content-length"] ?? "") ?? 0
    while bytes.count < end + 4 + length { guard more() else { return nil } }
    return Request(
      method: String(words[0]), target: String(words[1]), headers: headers,
      body: String(decoding: bytes[(end + 4)..<(end + 4 + length)], as: UTF8.self))
  }

  private func send(_ text: String, to handle: Int32) { sendAll(Array(text.utf8), to: handle) }
}
