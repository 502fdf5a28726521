import Glibc
import Synchronization

/// An HTTP server on the loopback that keeps connections alive and misbehaves as it is told, counting what it did, so
/// that a load generator's counts can be held against its own.
public final class LoadedServer: Sendable {
  /// What happens to a request.
  public enum Act: Sendable, Hashable {
    /// These bytes, and the connection goes on.
    case answer(String)
    /// These bytes one by one, each in a packet of its own.
    case drip(String)
    /// These bytes and a proper end, in one packet: between two, the client's next request could arrive, which would
    /// make a reset of the end.
    case answerAndEnd(String)
    /// The end without a byte.
    case end
    /// A reset.
    case reset
    /// Nothing, for as long as the client waits.
    case stall
    /// A stream of so many tokens: the first after a while, the others at a pace. Seconds.
    case tokens(Int, first: Double, gap: Double)
    /// An empty 200 from one server with a queue before it, which takes so many seconds for each request: 1 / seconds is
    /// its capacity, whatever this machine is busy with.
    case queued(seconds: Double)
  }
  private struct State {
    var acts: [Act: Int] = [:]
    var arrivals: [Int64] = []
    /// Nobody is answered before this time.
    var pausedUntil: Int64 = 0
    /// When the one server of the queue is free again.
    var queueFree: Int64 = 0
  }
  private let state = Mutex(State())
  private let base: LoopbackServer
  private let act: @Sendable (Int) -> Act

  /// - Parameters:
  ///   - isIPv6: whether it listens on ::1 instead of 127.0.0.1.
  ///   - act: what happens to a request; they are counted from 0.
  public init(isIPv6: Bool = false, act: @escaping @Sendable (Int) -> Act) throws {
    self.act = act
    base = try LoopbackServer(isIPv6: isIPv6)
    base.start { [self] in serve($0) }
  }

  public var port: Int { base.port }
  public var url: String { "http://127.0.0.1:\(port)/" }
  /// How often each act was done.
  public var acts: [Act: Int] { state.withLock { $0.acts } }
  /// Requests read.
  public var requests: Int { state.withLock { $0.arrivals.count } }
  /// When each request was read, in nanoseconds of the monotonic clock.
  public var arrivals: [Int64] { state.withLock { $0.arrivals } }
  public var accepted: Int { base.accepted }

  /// Answers nobody for so many seconds from now on, as a stopped process does.
  public func pause(seconds: Double) { state.withLock { $0.pausedUntil = monotonicNow() + Int64(seconds * 1e9) } }

  public func stop() { base.stop() }

  private func serve(_ handle: Int32) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Requests of these tests have no body.
      while let end = endOfHead(bytes) {
        bytes.removeFirst(end)
        let number = state.withLock { state in
          state.arrivals.append(monotonicNow())
          return state.arrivals.count - 1
        }
        let act = act(number)
        state.withLock { $0.acts[act, default: 0] += 1 }
        waitForThePause()
        guard perform(act, handle) else { return }
      }
      let n = recv(handle, &buffer, buffer.count, 0)
      if n <= 0 { return }
      bytes.append(contentsOf: buffer[..<n])
    }
  }

  private func endOfHead(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= 4 else { return nil }
    for i in 3..<bytes.count where bytes[i] == 10 && bytes[i - 1] == 13 && bytes[i - 2] == 10 { return i + 1 }
    return nil
  }

  private func waitForThePause() {
    while true {
      let left = base.isStopped ? 0 : state.withLock { $0.pausedUntil } - monotonicNow()
      if left <= 0 { return }
      usleep(UInt32(min(left / 1000 + 1, 50_000)))
    }
  }

  /// Whether the connection goes on.
  private func perform(_ act: Act, _ handle: Int32) -> Bool {
    switch act {
    case .answer(let text): return write(Array(text.utf8), handle)
    case .drip(let text):
      for byte in text.utf8 { guard write([byte], handle) else { return false } }
      return true
    case .answerAndEnd(let text):
      var one: Int32 = 1
      setsockopt(handle, Int32(IPPROTO_TCP), TCP_CORK, &one, 4)
      _ = write(Array(text.utf8), handle)
      shutdown(handle, Int32(SHUT_WR))
      return false
    case .queued(let seconds):
      // Served in order of arrival, at times that are computed: waking late delays this answer and none behind it.
      let done = state.withLock { state in
        state.queueFree = max(state.queueFree, monotonicNow()) + Int64(seconds * 1e9)
        return state.queueFree
      }
      let wait = done - monotonicNow()
      if wait > 0 { usleep(UInt32(min(wait / 1000, 60_000_000))) }
      return write(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), handle)
    case .end: return false
    case .reset:
      resetOnClose(handle)
      return false
    case .stall:
      drain(handle)
      return false
    case .tokens(let count, let first, let gap): return writeTokens(count, first, gap, handle)
    }
  }

  private func writeTokens(_ count: Int, _ first: Double, _ gap: Double, _ handle: Int32) -> Bool {
    guard
      write(
        Array("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n".utf8), handle)
    else { return false }
    func event(_ data: String) -> Bool {
      let text = "data: \(data)\n\n"
      return write(Array("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n".utf8), handle)
    }
    _ = event(#"{"choices":[{"delta":{"role":"assistant","content":""}}]}"#)
    // Times are kept from the start, so that waking late once does not shift what follows.
    var due = monotonicNow() + Int64(first * 1e9)
    for token in 0..<count {
      let wait = due - monotonicNow()
      if wait > 0 { usleep(UInt32(wait / 1000)) }
      guard event(#"{"choices":[{"delta":{"content":"\#(token) "}}]}"#) else { return false }
      due += Int64(gap * 1e9)
    }
    return event(#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":\#(count)}}"#) && event("[DONE]")
      && write(Array("0\r\n\r\n".utf8), handle)
  }

  private func write(_ bytes: [UInt8], _ handle: Int32) -> Bool { sendAll(bytes, to: handle) }
}
