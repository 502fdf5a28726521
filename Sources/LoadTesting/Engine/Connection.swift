import Wire

/// One connection of the engine and the request on it: plain memory, no references.
struct Connection {
  enum Phase: UInt8 { case closed, connecting, tunnelling, securing, idle, writing, waiting }
  var stream = Stream(handle: -1)
  var secure: SecureSession?
  /// Which request of the set is on it.
  var request: Int32 = 0
  /// Which arrival of the test it is, from 0.
  var number = 0
  var bodyHash: UInt64 = 0
  var phase = Phase.closed
  /// Told apart from what the same place held before, so that late events of a closed socket are not taken for news.
  var generation: UInt32 = 0
  /// Neighbours in the list of requests under way, which is in the order of their deadlines.
  var next: Int32 = -1
  var previous: Int32 = -1
  /// Nanoseconds of the monotonic clock. While a connection is idle in closed loop, `deadline` is when it asks again.
  var scheduled: Int64 = 0
  var sent: Int64 = 0
  var deadline: Int64 = 0
  /// How far behind the schedule the generator sent it, with this connection free.
  var lag: Int64 = 0
  /// Bytes of the request, and of all requests on this connection.
  var written = 0
  var writtenInLife = 0
  /// Whole responses on this connection.
  var served = 0
  /// When it was begun to be opened.
  var opened: Int64 = 0
  var parser = ResponseParser()
  /// The request, head and body, in memory that somebody else holds.
  var bytes: UnsafePointer<UInt8>?
  var byteCount = 0
  /// Whose request it is, where callers go through a course of several; -1 for requests by themselves.
  var caller: Int32 = -1
  var kind: UInt16 = 0
  /// Which of the service's addresses it was opened to.
  var address = 0
  // Over HTTP/2 a connection of this list is a place for a request on one of the channels, which have the sockets.
  /// -1 while the request is on none.
  var channel: Int32 = -1
  var status: Int32 = 0
  var attempts: UInt8 = 0
  var media = StreamMedia.other
  var messages = GRPCMessageReader()
}

/// What became of a request.
enum Ending {
  case answered(status: Int)
  /// A whole response whose worth a session's checks decide, whatever its status.
  case judged(status: Int, isGood: Bool)
  /// A whole response whose `grpc-status` is not 0.
  case grpc(status: Int)
  /// A whole answer with a status below 400 that is a failure all the same.
  case failedStream(StreamFailure)
  case timeout, connect, reset, malformed, incomplete
  /// Never sent, as this machine had no more of something: the generator's own.
  case unsent(OwnLimit)
}

/// What this machine can run out of.
enum OwnLimit: UInt8, CaseIterable { case openFiles, ports, memory, other }

extension Ending {
  /// The status of a whole HTTP response, and whether it counts as answered well.
  var answer: (status: Int, isGood: Bool) {
    switch self {
    case .answered(let status): (status, status < 400)
    case .judged(let status, let isGood): (status, isGood)
    default: (0, false)
    }
  }
}
