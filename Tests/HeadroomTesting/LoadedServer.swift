import Glibc
import Synchronization

/// An HTTP server on the loopback that keeps connections alive and misbehaves as it is told, counting what it did, so
/// that a load generator's counts can be held against its own.
///
/// One thread accepts, one serves each connection. It ends with `stop`.
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
    var connections: Set<Int32> = []
    var accepted = 0
    var isStopped = false
    /// Nobody is answered before this time.
    var pausedUntil: Int64 = 0
    /// When the one server of the queue is free again.
    var queueFree: Int64 = 0
  }
  private let state = Mutex(State())
  private let listener: Int32
  public let port: Int
  private let act: @Sendable (Int) -> Act

  /// - Parameters:
  ///   - isIPv6: whether it listens on ::1 instead of 127.0.0.1.
  ///   - act: what happens to a request; they are counted from 0.
  public init(isIPv6: Bool = false, act: @escaping @Sendable (Int) -> Act) throws {
    self.act = act
    if isIPv6 {
      (listener, port) = try Self.boundToIPv6()
      detach { [self] in acceptAll() }
      return
    }
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let handle = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, size) == 0 && listen(handle, 1024) == 0 && getsockname(handle, $0, &size) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard isBound else { throw LoadedServerError() }
    detach { [self] in acceptAll() }
  }

  public struct LoadedServerError: Error {}

  private static func boundToIPv6() throws -> (handle: Int32, port: Int) {
    let handle = socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_addr = in6addr_loopback
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, size) == 0 && listen(handle, 1024) == 0 && getsockname(handle, $0, &size) == 0
      }
    }
    guard isBound else { throw LoadedServerError() }
    return (handle, Int(UInt16(bigEndian: address.sin6_port)))
  }
  public var url: String { "http://127.0.0.1:\(port)/" }
  /// How often each act was done.
  public var acts: [Act: Int] { state.withLock { $0.acts } }
  /// Requests read.
  public var requests: Int { state.withLock { $0.arrivals.count } }
  /// When each request was read, in nanoseconds of the monotonic clock.
  public var arrivals: [Int64] { state.withLock { $0.arrivals } }
  public var accepted: Int { state.withLock { $0.accepted } }

  /// Answers nobody for so many seconds from now on, as a stopped process does.
  public func pause(seconds: Double) { state.withLock { $0.pausedUntil = Self.now() + Int64(seconds * 1e9) } }

  public func stop() {
    // Within the lock: a connection is taken off the list before it is closed, so that no number here belongs to
    // somebody else by now. Closing the listener is left to the accepting thread for the same reason: it would go on to
    // take the connections of whoever got the number.
    state.withLock { state in
      state.isStopped = true
      for handle in state.connections { shutdown(handle, Int32(SHUT_RDWR)) }
    }
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private func acceptAll() {
    while true {
      let handle = accept(listener, nil, nil)
      if handle < 0 {
        if errno == EINTR || errno == ECONNABORTED { continue }
        close(listener)
        return
      }
      var one: Int32 = 1
      setsockopt(handle, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
      let isWelcome = state.withLock { state in
        guard !state.isStopped else { return false }
        state.connections.insert(handle)
        state.accepted += 1
        return true
      }
      guard isWelcome else {
        close(handle)
        continue
      }
      detach { [self] in
        serve(handle)
        state.withLock { _ = $0.connections.remove(handle) }
        close(handle)
      }
    }
  }

  private func serve(_ handle: Int32) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      // Requests of these tests have no body.
      while let end = endOfHead(bytes) {
        bytes.removeFirst(end)
        let number = state.withLock { state in
          state.arrivals.append(Self.now())
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
      let left = state.withLock { $0.isStopped ? 0 : $0.pausedUntil - Self.now() }
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
        state.queueFree = max(state.queueFree, Self.now()) + Int64(seconds * 1e9)
        return state.queueFree
      }
      let wait = done - Self.now()
      if wait > 0 { usleep(UInt32(min(wait / 1000, 60_000_000))) }
      return write(Array("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".utf8), handle)
    case .end: return false
    case .reset:
      var setting = linger(l_onoff: 1, l_linger: 0)
      setsockopt(handle, SOL_SOCKET, SO_LINGER, &setting, socklen_t(MemoryLayout<linger>.size))
      return false
    case .stall:
      var byte: UInt8 = 0
      while recv(handle, &byte, 1, 0) > 0 {}
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
    var due = Self.now() + Int64(first * 1e9)
    for token in 0..<count {
      let wait = due - Self.now()
      if wait > 0 { usleep(UInt32(wait / 1000)) }
      guard event(#"{"choices":[{"delta":{"content":"\#(token) "}}]}"#) else { return false }
      due += Int64(gap * 1e9)
    }
    return event(#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":\#(count)}}"#) && event("[DONE]")
      && write(Array("0\r\n\r\n".utf8), handle)
  }

  private func write(_ bytes: [UInt8], _ handle: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let n = bytes[sent...].withUnsafeBytes { send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if n <= 0 { return false }
      sent += n
    }
    return true
  }

  private func detach(_ work: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
      let work: @Sendable () -> Void
      init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Box(work))
    let status = pthread_create(
      &thread, nil,
      { pointer in
        guard let pointer else { return nil }
        Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().work()
        return nil
      }, box.toOpaque())
    if status == 0 { pthread_detach(thread) } else { box.release() }
  }
}
