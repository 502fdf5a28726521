/// What came of the bytes that an ``HTTP2Session`` was given.
public struct HTTP2Event: Equatable, Sendable {
  public enum Kind: UInt8, Sendable {
    /// The head of the final response; `value` is its status, `count` says what a stream is framed as (``StreamMedia``).
    case head
    /// The fields of that head, told before it where the session keeps them: `count` bytes from `start` of its
    /// ``HTTP2Session/fieldText``.
    case fields
    /// Content: `count` bytes from `start` of the bytes given.
    case body
    /// The response is whole; `value` is its `grpc-status`, or -1 where it has none.
    case complete
    /// The other side broke the request off; `value` is its error code (RFC 9113, 7).
    case reset
    /// The other side says that it has not looked at the request, which may be sent again (RFC 9113, 8.7).
    case refused
    /// What came is no response.
    case malformed
    /// The other side allows `value` streams at a time.
    case limit
    /// The other side takes no new requests on this connection; `value` is its error code.
    case goAway
  }
  public var kind: Kind
  /// Which request it is about; -1 where about none.
  public var ticket: Int32
  public var value: Int32
  public var start: Int32
  public var count: Int32

  public init(_ kind: Kind, ticket: Int32 = -1, value: Int32 = 0, start: Int32 = 0, count: Int32 = 0) {
    self.kind = kind
    self.ticket = ticket
    self.value = value
    self.start = start
    self.count = count
  }
}
