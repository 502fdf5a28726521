import Foundation
import Synchronization

/// A tiny HTTP server on the loopback for tests: it answers what it is told to, well-formed or not.
///
/// One thread accepts, one serves each connection; each connection carries one request.
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

  private struct State {
    var requests: [Request] = []
    var open: [Int32] = []
    var stopped = false
  }
  private let listener: Int32
  private let state = Mutex(State())
  public let port: Int
  private let answer: @Sendable (Request, Int) -> Answer

  /// Starts to listen on a free port.
  /// - Parameter answer: What to send back to a request; the second argument counts requests from 0.
  public init(answer: @escaping @Sendable (Request, Int) -> Answer) throws {
    self.answer = answer
    (listener, port) = try boundToLoopback()
    guard listen(listener, 64) == 0 else { throw POSIXError(.EADDRINUSE) }
    Thread.detachNewThread { [self] in acceptAll() }
  }

  /// `http://127.0.0.1:PORT`
  public var url: String { "http://127.0.0.1:\(port)" }
  /// All requests so far.
  public var requests: [Request] { state.withLock { $0.requests } }

  /// Closes everything; clients that still wait see a broken connection.
  public func stop() {
    let open = state.withLock { state in
      state.stopped = true
      defer { state.open = [] }
      return state.open
    }
    // Wakes accept() for good. Closing is left to the accepting thread: the number of a closed socket may be
    // given to another server at once, whose connections that thread would then take.
    shutdown(listener, Int32(SHUT_RDWR))
    for handle in open { close(handle) }
  }

  private func acceptAll() {
    while true {
      let handle = accept(listener, nil, nil)
      if handle < 0 {
        if errno == EINTR || errno == ECONNABORTED { continue }
        close(listener)
        return
      }
      Thread.detachNewThread { [self] in serve(handle) }
    }
  }

  private func serve(_ handle: Int32) {
    guard let request = read(from: handle) else {
      close(handle)
      return
    }
    let number = state.withLock { state in
      state.requests.append(request)
      return state.requests.count - 1
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
    case .silence:
      let wait = state.withLock { state in
        if !state.stopped { state.open.append(handle) }
        return !state.stopped
      }
      if wait { return }
    }
    close(handle)
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

  private func send(_ text: String, to handle: Int32) {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
      let n = bytes[sent...].withUnsafeBytes {
        Foundation.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if n <= 0 { return }
      sent += n
    }
  }
}

/// A port of the loopback at which nobody answers, held so that nobody else gets it meanwhile.
public final class ClosedPort: Sendable {
  private let handle: Int32
  public let port: Int
  public init() throws { (handle, port) = try boundToLoopback() }
  deinit { close(handle) }
}

/// A socket bound to a free port of the loopback, not listening yet.
func boundToLoopback() throws -> (handle: Int32, port: Int) {
  let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var size = socklen_t(MemoryLayout<sockaddr_in>.size)
  let bound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(handle, $0, size) == 0 && getsockname(handle, $0, &size) == 0
    }
  }
  guard bound else { throw POSIXError(.EADDRINUSE) }
  return (handle, Int(UInt16(bigEndian: address.sin_port)))
}
