import Serving

/// What became of one request.
public struct RequestOutcome: Sendable, Hashable {
  /// The endings, as words that do not change.
  public enum Ending: UInt8, Sendable, CaseIterable {
    case answered, timeout, connect, reset, malformed, incomplete, unfinished, grpc
    case failedStream = 8
    case unsent = 9
    public var name: String {
      switch self {
      case .failedStream: "failed-stream"
      default: "\(self)"
      }
    }
  }
  /// Nanoseconds from the start of the test to when it was scheduled.
  public var scheduled: Int64 = 0
  /// Nanoseconds from then to its end, and from its sending.
  public var latency: Int64 = 0
  public var service: Int64 = 0
  /// Of a whole response, else 0; of an ending `grpc` the `grpc-status`.
  public var status = 0
  public var ending = Ending.unfinished
  /// Which request of the set it was.
  public var request = 0
  /// FNV-1a of the response's content.
  public var bodyHash: UInt64 = 0

  /// When its connection was opened, in nanoseconds from the start of the test; -1 where it shared one.
  public var opened: Int64 = -1
  /// Of a stream: nanoseconds from the scheduled time to the first token, for each token after it, and the longest gap;
  /// -1 where there was none.
  public var firstToken: Int64 = -1
  public var timePerToken: Int64 = -1
  public var longestGap: Int64 = -1
  /// Tokens of the answer and of the question, -1 where nobody counted.
  public var outputTokens: Int32 = -1
  public var inputTokens: Int32 = -1

  public init() {}
  public var isGood: Bool { ending == .answered && status < 400 }
}

extension RequestOutcome {
  /// Whether it was answered well and within a bound; what it had no time of keeps it: a single token has no pace.
  func keeps(_ bound: LatencyBound) -> Bool {
    guard isGood else { return false }
    let value: Int64 =
      switch bound.metric {
      case .firstToken: firstToken >= 0 ? firstToken : latency
      case .perToken: timePerToken
      case .betweenTokens: longestGap
      default: latency
      }
    return value <= bound.limit.nanoseconds
  }
}

/// Room for the outcomes of all requests of a test, there before the first one.
struct OutcomeBuffer {
  /// 1.8 GB of them.
  static let most = 16_000_000
  private let places: UnsafeMutablePointer<RequestOutcome>
  private let capacity: Int

  init(_ settings: LoadSettings) {
    var expected = 1_000_000.0
    if case .open(let schedule) = settings.pattern {
      // Six standard deviations of a Poisson count more than expected.
      expected = schedule.expectedCount + 6 * max(1, schedule.expectedCount).squareRoot() + 16
    }
    capacity = max(1, Int(min(Double(min(Self.most, settings.mostOutcomes)), expected)))
    places = .allocate(capacity: capacity)
    places.initialize(repeating: RequestOutcome(), count: capacity)
  }

  func note(
    _ connection: Connection, _ ending: Ending, from start: Int64, at time: Int64,
    stream: UnsafeMutablePointer<TokenStream>?
  ) {
    guard connection.number < capacity else { return }
    var outcome = RequestOutcome()
    outcome.scheduled = connection.scheduled &- start
    outcome.latency = time &- connection.scheduled
    outcome.service = time &- connection.sent
    outcome.request = Int(connection.request)
    if connection.opened > 0 { outcome.opened = connection.opened &- start }
    outcome.bodyHash = connection.bodyHash
    switch ending {
    case .answered(let status), .judged(let status, _):
      outcome.status = status
      outcome.ending = .answered
    case .grpc(let status):
      outcome.status = status
      outcome.ending = .grpc
    case .timeout: outcome.ending = .timeout
    case .connect: outcome.ending = .connect
    case .reset: outcome.ending = .reset
    case .malformed: outcome.ending = .malformed
    case .incomplete: outcome.ending = .incomplete
    case .failedStream:
      outcome.status = 200
      outcome.ending = .failedStream
    case .unsent: outcome.ending = .unsent
    }
    if let stream {
      if stream.pointee.firstToken > 0 { outcome.firstToken = stream.pointee.firstToken &- connection.scheduled }
      outcome.timePerToken = stream.pointee.timePerToken ?? -1
      if !stream.pointee.gaps.isEmpty {
        outcome.longestGap = Int64(Double(stream.pointee.longestGap) / stream.pointee.tokensPerPiece)
      }
      outcome.outputTokens = Int32(clamping: stream.pointee.tokens)
      outcome.inputTokens = Int32(clamping: stream.pointee.inputTokens)
    }
    places[connection.number] = outcome
  }

  /// Gives the outcomes and frees their memory.
  func list(_ arrived: Int) -> [RequestOutcome] {
    let result = Array(UnsafeBufferPointer(start: places, count: min(arrived, capacity)))
    places.deallocate()
    return result
  }

  static let hashStart: UInt64 = 0xCBF2_9CE4_8422_2325
  static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int, into hash: inout UInt64) {
    for i in 0..<count { hash = (hash ^ UInt64(bytes[i])) &* 0x0000_0100_0000_01B3 }
  }
}
