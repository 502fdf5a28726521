import Wire

/// One direction of a relayed connection, as a machine without I/O: what it holds, and whether its sockets are ready.
protocol RelayedPipe {
  /// The source may have something to read.
  var isReadable: Bool { get set }
  /// The destination may take something.
  var isWritable: Bool { get set }
  /// What waits to be written begins at `start`.
  var bytes: [UInt8] { get }
  var start: Int { get }
  /// The source has said that no more comes.
  var hasEnded: Bool { get }
  /// The destination has been told so.
  var hasPassedEnd: Bool { get }
  /// Whether what comes in vanishes: then the source's end is the connection's.
  var isSwallowing: Bool { get }
  var bytesPassed: Int { get }
  mutating func passedEnd()
}

extension RelayedPipe {
  var isSwallowing: Bool { false }
  var waiting: Int { bytes.count - start }
}

/// What one direction does next.
enum RelayStep: Equatable {
  case read
  /// Write up to so many of the bytes that wait.
  case write(Int)
  /// Tell the destination that no more comes.
  case endWriting
  /// Nothing until a socket becomes ready.
  case rest
  /// Nothing until this time, or until a socket becomes ready.
  case until(Int64)
  /// All has gone through, the end too.
  case finished
}

/// A client, the service behind it, and the bytes between them.
final class RelaySession<Pipe: RelayedPipe, Care> {
  let client: Stream
  var service: Stream?
  var isConnected = false
  /// From client to service, and back.
  var forth: Pipe
  var back: Pipe
  /// What the course keeps of it.
  var care: Care
  /// Whether it waits for its turn again, having had its share of this one.
  var isQueued = false
  var wakeAt = Int64.max
  /// Set once the client has been turned away: what it still sends is thrown away until then.
  var lingersUntil: Int64?

  init(client: Stream, forth: Pipe, back: Pipe, care: Care) {
    self.client = client
    self.forth = forth
    self.back = back
    self.care = care
  }
}

/// What a ``Relay`` does with clients and their bytes: the part in which a mirror and a faulty network differ.
protocol RelayCourse: AnyObject {
  associatedtype Pipe: RelayedPipe
  associatedtype Care
  typealias Session = RelaySession<Pipe, Care>

  /// A client has come.
  func session(of client: Stream) -> Session
  /// Whether it gets a connection to the service.
  func admission(of session: Session) -> RelayAdmission
  /// The service takes no connection: how its client is told.
  func farewell(to session: Session) -> RelayFarewell
  /// - Parameter isAnswer: whether the pipe leads from the service to the client.
  func step(_ pipe: Pipe, of session: Session, isAnswer: Bool, _ now: Int64) -> RelayStep
  /// Bytes have been read. They may be written at once or kept in the pipe.
  /// - Returns: false where the destination has broken.
  func took(
    _ base: UnsafePointer<UInt8>, _ count: Int, into pipe: inout Pipe, to destination: Stream?, of session: Session,
    isAnswer: Bool, _ now: Int64
  ) -> Bool
  /// So many of the bytes that wait were written.
  func wrote(_ written: Int, of count: Int, from pipe: inout Pipe, _ now: Int64)
  /// The source has said that no more comes.
  func ended(_ pipe: inout Pipe, of session: Session, isAnswer: Bool, _ now: Int64)
  /// The connection is over; its sockets are about to be closed.
  func closed(_ session: Session)
}

enum RelayAdmission {
  case connects
  /// It stays connected to nobody.
  case holds
  case resets
}

enum RelayFarewell {
  case reset
  /// These bytes, then the end.
  case answer([UInt8])
}

/// Who an event of the poller is about.
struct RelayToken {
  enum Side: UInt64 { case listener = 0, client = 1, service = 2, shadow = 3 }
  let bits: UInt64

  init(_ bits: UInt64) { self.bits = bits }
  /// - Parameter generation: tells one user of a place from the next; its last 30 bits count.
  init(_ side: Side, _ index: Int, _ generation: UInt32) {
    bits = side.rawValue << 62 | UInt64(generation & 0x3FFF_FFFF) << 32 | UInt64(index)
  }
  var side: Side { Side(rawValue: bits >> 62) ?? .listener }
  var index: Int { Int(bits & 0xFFFF_FFFF) }
  func isOf(_ generation: UInt32) -> Bool {
    UInt32(truncatingIfNeeded: bits >> 32) & 0x3FFF_FFFF == generation & 0x3FFF_FFFF
  }
}

/// How much a relay does in one turn, so that nobody waits for one who has much to say.
enum RelayPace {
  static let bufferSize = 65_536
  /// Reads of one connection in one turn: a large body does not keep the others waiting.
  static let readsATurn = 8
  static let acceptsATurn = 128
  /// How long a client that has been turned away may take to read why, in nanoseconds.
  static let lingering: Int64 = 1_000_000_000
}
