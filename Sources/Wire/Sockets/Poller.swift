import CLinux
import Glibc

/// Waits for many sockets at once: epoll, edge-triggered, with nanosecond waits.
///
/// A socket is added once, for everything, and never changed: no system call a request.
public struct Poller: ~Copyable {
  /// What happened to a socket.
  public struct Event: Sendable {
    /// What the socket was added with.
    public var token: UInt64
    public var isReadable: Bool
    public var isWritable: Bool
    /// The other side has ended or broken the connection; what it sent before can still be read.
    public var isClosed: Bool
  }

  private let handle: Int32
  private let events: UnsafeMutableRawPointer
  private let capacity: Int32

  /// - Parameter capacity: the most events that one wait reports.
  public init(capacity: Int = 256) throws(WireError) {
    handle = cl_poll_open()
    guard handle >= 0 else {
      throw WireError(
        .exhausted, "no epoll instance: \(WireError.systemWords())", remedy: "raise the limit of open files (ulimit -n)"
      )
    }
    self.capacity = Int32(capacity)
    events = .allocate(byteCount: capacity * Int(cl_poll_event_size()), alignment: 16)
  }
  deinit {
    close(handle)
    events.deallocate()
  }

  /// Watches a socket from here on, for reading, writing and its end; each change is reported once.
  public func add(_ stream: Stream, token: UInt64) -> Bool { cl_poll_add(handle, stream.handle, token) == 0 }

  /// Watches a listener: readable where connections wait. Accept until there is none.
  public func add(_ listener: Listener, token: UInt64) -> Bool { cl_poll_add(handle, listener.handle, token) == 0 }

  /// Waits until something happens.
  /// - Parameter nanoseconds: the longest wait; 0 looks and returns, a negative one is forever.
  /// - Returns: how many events there are; 0 also where a signal came.
  public func wait(nanoseconds: Int64) -> Int { max(0, Int(cl_poll_wait(handle, events, capacity, nanoseconds))) }

  /// An event of the last wait.
  public func event(_ index: Int) -> Event {
    var what: UInt32 = 0
    let token = cl_poll_event(events, Int32(index), &what)
    return Event(
      token: token, isReadable: what & UInt32(CL_READABLE) != 0,
      isWritable: what & UInt32(CL_WRITABLE) != 0, isClosed: what & UInt32(CL_CLOSED) != 0)
  }
}
