import Foundation
import Synchronization

/// What all servers of tests stand on: listens on a free port of the loopback, serves each connection on a thread of its
/// own, and ends them all with `stop`.
final class LoopbackServer: Sendable {
  struct Failure: Error {}

  private struct State {
    var connections: Set<Int32> = []
    var accepted = 0
    var isStopped = false
  }
  private let state = Mutex(State())
  private let listener: Int32
  let port: Int

  /// Clients wait until ``start(_:)``.
  /// - Parameter isIPv6: whether it listens on ::1 instead of 127.0.0.1.
  convenience init(isIPv6: Bool = false) throws {
    try self.init(isIPv6 ? boundToIPv6Loopback() : boundToLoopback())
  }
  /// - Parameters:
  ///   - address: one of 127.0.0.0/8, with dots.
  ///   - port: 0 for any that is free.
  convenience init(address: String, port: Int) throws { try self.init(boundToLoopback(address: address, port: port)) }

  private init(_ bound: (handle: Int32, port: Int)) throws {
    (listener, port) = bound
    guard listen(listener, 1024) == 0 else {
      close(listener)
      throw Failure()
    }
  }

  var accepted: Int { state.withLock { $0.accepted } }
  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// - Parameter serve: is given each connection, which is closed when it returns.
  func start(_ serve: @escaping @Sendable (Int32) -> Void) {
    Thread.detachNewThread { [self] in
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
        Thread.detachNewThread { [self] in
          serve(handle)
          state.withLock { state in
            state.connections.remove(handle)
            close(handle)
          }
        }
      }
    }
  }

  /// Ends every connection and takes no more.
  func stop() {
    // Within the lock: a connection is taken off the list before it is closed, so that no number here belongs to
    // somebody else by now. Closing the listener is left to the accepting thread for the same reason: it would go on to
    // take the connections of whoever got the number.
    state.withLock { state in
      state.isStopped = true
      for handle in state.connections { shutdown(handle, Int32(SHUT_RDWR)) }
    }
    shutdown(listener, Int32(SHUT_RDWR))
  }
}

/// Sends all of it on a blocking socket.
/// - Returns: whether all bytes went out.
@discardableResult func sendAll(_ bytes: [UInt8], to handle: Int32) -> Bool {
  var sent = 0
  while sent < bytes.count {
    let n = bytes[sent...].withUnsafeBytes { send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    if n < 0, errno == EINTR { continue }
    if n <= 0 { return false }
    sent += n
  }
  return true
}

/// Reads and throws away until the other side ends, or the server is stopped.
func drain(_ handle: Int32) {
  var buffer = [UInt8](repeating: 0, count: 4096)
  while recv(handle, &buffer, buffer.count, 0) > 0 {}
}

/// Has the socket's end be a reset.
func resetOnClose(_ handle: Int32) {
  var setting = linger(l_onoff: 1, l_linger: 0)
  setsockopt(handle, SOL_SOCKET, SO_LINGER, &setting, socklen_t(MemoryLayout<linger>.size))
}

/// Nanoseconds of the monotonic clock.
func monotonicNow() -> Int64 {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// A port of the loopback at which nobody answers, held so that nobody else gets it meanwhile.
public final class ClosedPort: Sendable {
  private let handle: Int32
  public let port: Int
  public init() throws { (handle, port) = try boundToLoopback() }
  deinit { close(handle) }
}

/// A socket bound to a free port of the loopback, not listening yet.
private func boundToLoopback(address text: String = "127.0.0.1", port: Int = 0) throws -> (handle: Int32, port: Int) {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = in_port_t(UInt16(port)).bigEndian
  inet_pton(AF_INET, text, &address.sin_addr)
  let handle = try bound(AF_INET, &address)
  return (handle, Int(UInt16(bigEndian: address.sin_port)))
}
private func boundToIPv6Loopback() throws -> (handle: Int32, port: Int) {
  var address = sockaddr_in6()
  address.sin6_family = sa_family_t(AF_INET6)
  address.sin6_addr = in6addr_loopback
  let handle = try bound(AF_INET6, &address)
  return (handle, Int(UInt16(bigEndian: address.sin6_port)))
}
/// - Parameter address: gets the port.
private func bound<Address>(_ family: Int32, _ address: inout Address) throws -> Int32 {
  let handle = socket(family, Int32(SOCK_STREAM.rawValue), 0)
  var size = socklen_t(MemoryLayout<Address>.size)
  let isBound = withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(handle, $0, size) == 0 && getsockname(handle, $0, &size) == 0
    }
  }
  guard isBound else {
    close(handle)
    throw LoopbackServer.Failure()
  }
  return handle
}
