import CLinux
import Glibc

/// What reading or writing a socket came to.
@frozen public enum Transfer: Equatable, Sendable {
  /// So many bytes went through.
  case bytes(Int)
  /// Nothing now; the poller will tell.
  case wait
  /// The other side has properly ended its half.
  case end
  /// The connection is broken; the number is the system's.
  case broken(Int32)
}

/// A non-blocking socket: a number with the few calls an engine needs. Whoever opens it closes it.
@frozen public struct Stream: Equatable, Sendable {
  public let handle: Int32
  @inlinable public init(handle: Int32) { self.handle = handle }

  /// Begins to connect; the poller reports it writable when done. Nil where the system refuses at once.
  public static func connecting(to endpoint: Endpoint) -> Stream? { endpoint.connect().map { Stream(handle: $0) } }

  /// How the connecting ended: nil for well, else the system's number.
  public func connectFailure() -> Int32? {
    var status: Int32 = 0
    var size = socklen_t(4)
    guard getsockopt(handle, SOL_SOCKET, SO_ERROR, &status, &size) == 0 else { return errno }
    return status == 0 ? nil : status
  }

  public func read(into buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int) -> Transfer {
    while true {
      let n = recv(handle, buffer, capacity, 0)
      if n > 0 { return .bytes(n) }
      if n == 0 { return .end }
      let number = errno
      if number == EINTR { continue }
      return number == EAGAIN ? .wait : .broken(number)
    }
  }

  /// Has the system note when bytes come in, for ``readStamped(into:_:late:)``.
  public func stampArrivals() { _ = cl_stamp_arrivals(handle) }
  /// As ``read(into:_:)``.
  /// - Parameter late: becomes how many nanoseconds ago the newest of the bytes had come in; 0 where that is not known.
  public func readStamped(
    into buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int, late: inout Int64
  ) -> Transfer {
    while true {
      let n = cl_receive_stamped(handle, buffer, Int64(capacity), &late)
      if n > 0 { return .bytes(Int(n)) }
      if n == 0 { return .end }
      let number = errno
      if number == EINTR { continue }
      return number == EAGAIN ? .wait : .broken(number)
    }
  }

  public func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Transfer {
    while true {
      let n = send(handle, bytes, count, Int32(MSG_NOSIGNAL))
      if n >= 0 { return .bytes(n) }
      let number = errno
      if number == EINTR { continue }
      return number == EAGAIN ? .wait : .broken(number)
    }
  }

  /// Bytes of its life that the other side's system has acknowledged, the connection's opening counted as one; nil
  /// where that cannot be told.
  public func acknowledgedBytes() -> Int? {
    let n = cl_bytes_acknowledged(handle)
    return n < 0 ? nil : Int(n)
  }

  public func end() { close(handle) }
  /// Breaks the connection off: the other side sees a reset.
  public func reset() {
    cl_reset_on_close(handle)
    close(handle)
  }
  /// Says that nothing more will be written.
  public func endWriting() { shutdown(handle, Int32(SHUT_WR)) }
}
