import CNGHTTP2

/// The client's side of an HTTP/2 connection (RFC 9113), as a state machine without I/O over nghttp2.
///
/// Give it the bytes that came with ``receive(_:_:)`` and look at its events; have what it wants to send written to a
/// buffer by ``output(into:_:)``. Requests are named by tickets, numbers from 0 that are free again once their request
/// is complete, reset, refused, malformed or cancelled. A pointer with a few calls: whoever opens it ends it.
///
///     let session = HTTP2Session(tickets: 10)
///     session.submit(request, ticket: 0)
///     let count = session.output(into: buffer, 65_536)
///     ...
///     let isSound = session.receive(bytes, count)
///     for i in 0..<session.eventCount { use(session.event(i)) }
public struct HTTP2Session {
  /// The windows that this side opens, for a stream and for the connection, in bytes: 1 GiB, so that it is never this
  /// side that makes a service wait. The largest that RFC 9113 (6.9.1) allows is twice that.
  public static let window: Int32 = 1 << 30

  private let core: UnsafeMutablePointer<HTTP2Core>

  /// A new connection, whose first bytes are ready to be sent; nil where there is no memory.
  /// - Parameters:
  ///   - tickets: the most requests at a time, 1 at least.
  ///   - keepsFields: whether the fields of heads are told.
  public init?(tickets: Int, keepsFields: Bool = false) {
    let core = UnsafeMutablePointer<HTTP2Core>.allocate(capacity: 1)
    core.initialize(to: HTTP2Core(tickets: max(1, tickets), keepsFields: keepsFields))
    guard HTTP2Core.open(core) else {
      core.pointee.end()
      core.deallocate()
      return nil
    }
    self.core = core
  }

  /// Queues a request. False where the connection takes no more.
  @discardableResult public func submit(_ request: HTTP2Request, ticket: Int) -> Bool {
    core.pointee.submit(request, ticket)
  }

  /// Gives up on a request: the other side is told, and its ticket is free.
  public func cancel(ticket: Int) { core.pointee.cancel(ticket, NGHTTP2_CANCEL.rawValue) }

  /// Takes in what the connection brought. Its events are there until the next call.
  /// - Returns: false where the bytes are no HTTP/2, so that nothing more can be made of the connection.
  public func receive(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    core.pointee.clearEvents()
    core.pointee.input = bytes
    let taken = nghttp2_session_mem_recv(core.pointee.session, bytes, count)
    return taken == count && !core.pointee.isBroken
  }

  /// Events of the last bytes taken in, and of requests that turned out not to be sendable since.
  public var eventCount: Int { core.pointee.eventCount }
  public func event(_ index: Int) -> HTTP2Event { core.pointee.events[index] }

  /// What ``HTTP2Event/Kind/fields`` points into: heads as HTTP/1.1 would write them. There as long as the events are.
  public var fieldText: UnsafePointer<UInt8> { UnsafePointer(core.pointee.text) }

  public func clearEvents() { core.pointee.clearEvents() }

  /// Writes the next bytes to send into a buffer; 0 where there are none.
  public func output(into buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int) -> Int {
    HTTP2Core.output(core, into: buffer, capacity)
  }

  /// Whether the connection still serves for anything.
  public var isAlive: Bool {
    nghttp2_session_want_read(core.pointee.session) != 0 || nghttp2_session_want_write(core.pointee.session) != 0
  }

  /// Says farewell: the next output tells the other side that nothing more will come.
  public func sayGoodbye() { nghttp2_session_terminate_session(core.pointee.session, NGHTTP2_NO_ERROR.rawValue) }

  public func end() {
    core.pointee.end()
    core.deinitialize(count: 1)
    core.deallocate()
  }
}
