import Quantities
import Serving

/// How requests failed, each counted in exactly one of these.
public struct LoadErrors: Sendable, Equatable {
  /// Whole responses with a status of 400 to 499, and of 500 and more.
  public var clientErrors = 0
  public var serverErrors = 0
  /// Whole gRPC responses with a `grpc-status` other than 0.
  public var grpc = 0
  /// Whole responses with a status below 400 that a scenario's checks did not take.
  public var checks = 0
  /// No whole response within the timeout, counted from when the request was sent.
  public var timeout = 0
  /// No connection: refused, no route, or not open within the timeout.
  public var connect = 0
  /// The other side broke the connection off.
  public var reset = 0
  /// What came is no HTTP response.
  public var malformed = 0
  /// The other side ended the connection before the response was whole, be it before its first byte.
  public var incomplete = 0

  /// Answers with a status below 400 that are failures: they say so, hold no token, do not say that they are complete,
  /// or are no stream where one was asked for.
  public var told = 0
  public var emptyStream = 0
  public var unfinishedStream = 0
  public var noStream = 0

  public init() {}
  public var total: Int {
    clientErrors + serverErrors + grpc + checks + timeout + connect + reset + malformed + incomplete + failedStreams
  }
  /// Whole answers with a good status that are failures all the same.
  public var failedStreams: Int { told + emptyStream + unfinishedStream + noStream }

  mutating func note(_ failure: StreamFailure) {
    switch failure {
    case .error: told += 1
    case .empty: emptyStream += 1
    case .unfinished: unfinishedStream += 1
    case .notAStream: noStream += 1
    }
  }

  /// The names that results are written with, in their order; those behind `incomplete` only where there are any.
  public var named: [(name: String, count: Int)] {
    [
      ("4xx", clientErrors), ("5xx", serverErrors), ("timeout", timeout), ("connect", connect), ("reset", reset),
      ("malformed", malformed), ("incomplete", incomplete),
    ]
      + [
        ("grpc", grpc), ("check", checks), ("error-in-200", told), ("stream-without-tokens", emptyStream),
        ("stream-without-end", unfinishedStream), ("no-stream", noStream),
      ].filter { $0.1 > 0 }
  }
}

/// Why a run's figures cannot be trusted as they stand, and what to change.
public struct Invalidity: Sendable, Hashable, CustomStringConvertible {
  /// The kinds, as words that do not change.
  public enum Kind: String, Sendable, CaseIterable {
    case generatorLate = "generator-late"
    case generatorSaturated = "generator-saturated"
    case tooFewConnections = "too-few-connections"
    case interrupted
    /// Of a merged result: shards are not there, or did not run at the same time.
    case missingShards = "missing-shards"
    case shardsApart = "shards-apart"
    case nothingMeasured = "nothing-measured"
    /// This machine ran out of something.
    case openFiles = "open-files"
    case ports
    case memory
  }
  public var kind: Kind
  public var problem: String
  public var remedy: String
  public var description: String { "\(problem); \(remedy)" }

  public init(kind: Kind, problem: String, remedy: String) {
    self.kind = kind
    self.problem = problem
    self.remedy = remedy
  }
}

extension LoadResult {
  /// Whether the machine of the generator ran out of something, so that requests were never sent.
  public var lacksOwn: Bool { invalidities.contains { [.openFiles, .ports, .memory].contains($0.kind) } }
}

/// What came of a load test.
///
/// Every arrival that was due is accounted for: `offered == ok + errors.total + dropped + unfinished`.
public struct LoadResult: Sendable, Equatable {
  /// Whether requests came on a schedule; where not, each connection waited for its answer before it asked again.
  public var isOpenLoop = true
  public var connections = 0
  /// The service's language, and over HTTP/2 the most requests at a time on a connection.
  public var language = LoadTarget.Language.http1
  public var streamsPerConnection = 1
  /// When it began, in nanoseconds of the system's monotonic clock; nil where it was read from a file.
  public var start: Int64?
  /// The time whose arrivals were measured: the test without its warm-up.
  public var window = Duration.zero
  /// Requests that the schedule asked for, that were written to a connection, and that came back whole.
  public var offered = 0
  public var sent = 0
  public var completed = 0
  /// Whole responses with a status below 400.
  public var ok = 0
  public var errors = LoadErrors()
  /// Arrivals that never got a connection.
  public var dropped = 0
  /// Requests that were under way when an interruption's patience ended.
  public var unfinished = 0
  /// Requests of the warm-up, which appear nowhere else.
  public var excluded = 0
  /// Requests sent again because the other side had closed an idle connection before they reached it.
  public var retried = 0
  public var connectionsOpened = 0
  public var bytesReceived = 0
  /// From the scheduled time to the last byte of the response. Whole responses whatever their status, and timeouts
  /// with the time that they took, so that giving up makes nothing look faster.
  public var latency = LatencySpectrum(seconds: [])
  /// From the sending to the last byte: what the service itself took. The difference is waiting for a connection.
  public var service = LatencySpectrum(seconds: [])
  /// How far the generator was behind the schedule with a connection free: its own share of the latency.
  public var lag = LatencySpectrum(seconds: [])
  /// The largest lag.
  public var maxLag: Duration { .seconds(lag.maximum ?? 0) }
  /// Requests that the generator sent more than 1 ms late.
  public var late = 0
  /// The longest that an arrival waited because all connections were busy.
  public var maxWait = Duration.zero
  /// The share of the time in which the generator was at work and not waiting.
  public var generatorBusy = Fraction(rawValue: 0)
  /// Whole responses a second: over the window, or from the first to the last of them where that took longer.
  public var achievedRate = RequestRate.zero
  public var timeline: [LoadSecond] = []
  /// Requests that were due, and those of them answered well within the limit of the settings, by equal slices of the
  /// window in which they were due. Zeros where the settings name no limit.
  public var offeredBySlice: [Int] = []
  public var goodBySlice: [Int] = []
  /// The same, where the generator's own lag is not held against the service.
  public var goodBySliceWithoutLag: [Int] = []
  /// Requests that ended in each slice, however, and those that were due before the first and had not ended. Where the
  /// settings have bounds.
  public var endedBySlice: [Int] = []
  public var waitingAtStart = 0
  /// What came of the settings' bounds, each by itself.
  public var bounds: [BoundCount] = []
  public struct BoundCount: Sendable, Equatable {
    public var bound: LatencyBound
    /// Requests that were answered well within it, by equal slices of the window.
    public var good: [Int]
    public var goodWithoutLag: [Int]
  }
  /// Requests that kept all bounds of the settings, a second of the window; nil where there are none.
  public var goodput: RequestRate? {
    guard !bounds.isEmpty, window > .zero else { return nil }
    return .perSecond(Double(goodBySlice.reduce(0, +)) / window.seconds)
  }
  /// Of all that were offered.
  public var goodShare: Fraction? {
    guard !bounds.isEmpty, offered > 0 else { return nil }
    return Fraction(rawValue: Double(goodBySlice.reduce(0, +)) / Double(offered))
  }
  /// Responses whose head was longer than is read; they count as malformed.
  public var longHeads = 0
  /// How streams of tokens came; nil where the responses were none.
  public var streams: StreamMetrics?
  /// Whole responses by status.
  public var statuses: [Int: Int] = [:]
  /// Whole gRPC responses by `grpc-status`, and the messages that the good ones brought.
  public var grpcStatuses: [Int: Int] = [:]
  public var messages = 0
  /// Latencies of whole responses by status, of the first sixteen statuses that came.
  public var latencyByStatus: [Int: LatencySpectrum] = [:]
  /// By class of requests, where there is more than one.
  public var classes: [LoadClass] = []
  /// What was wrong with the service's certificate, where connecting failed for that.
  public var securityProblem: String?
  /// Why the service's language could not be spoken, last.
  public var languageProblem: String?
  /// Why a proxy opened no tunnel, last.
  public var tunnelProblem: String?
  /// What became of each request, in the order of their sending, warm-up included; empty unless the settings ask for it.
  public var outcomes: [RequestOutcome] = []
  public var invalidities: [Invalidity] = []
  /// Whether the figures tell about the service and not about the generator.
  public var isValid: Bool { invalidities.isEmpty }

  public init() {}

  /// The share of offered requests that were not answered well.
  public var errorShare: Fraction {
    Fraction(rawValue: offered > 0 ? Double(errors.total + dropped) / Double(offered) : 0)
  }
}

/// What came of one class of requests of a mix.
public struct LoadClass: Sendable, Equatable {
  public var name: String
  /// Whole responses with a status below 400.
  public var ok: Int
  /// Requests that came to an end, one way or another.
  public var ended: Int
  /// Of whole responses, whatever their status.
  public var latency: LatencySpectrum
}

/// One second of a load test, by when things happened.
public struct LoadSecond: Sendable, Equatable {
  /// Seconds from the start of the test, warm-up included.
  public var second: Int
  public var offered = 0
  public var sent = 0
  public var completed = 0
  public var errors = 0
  /// Requests under way at its end.
  public var inFlight = 0
  /// Seconds; nil where nothing came back.
  public var p50: Double?
  public var p99: Double?
  public var maximum: Double?
  /// All latencies of the second.
  public var latencies = LatencyCells()

  public init(second: Int) { self.second = second }
}

/// How streams of tokens came.
public struct StreamMetrics: Sendable, Equatable {
  /// From the scheduled time to the first content.
  public var timeToFirstToken = LatencySpectrum(seconds: [])
  /// All gaps between pieces of content, pooled; where the service counts several tokens a piece, a token's share.
  public var interTokenLatency = LatencySpectrum(seconds: [])
  /// All gaps between pieces of content, as they came.
  public var pieceGaps = LatencySpectrum(seconds: [])
  /// A request each: (last content - first content) / (tokens - 1).
  public var timePerOutputToken = LatencySpectrum(seconds: [])
  /// Tokens of whole responses: as the service counted them where it says so (`usage`), else pieces of content.
  public var tokens = 0
  /// Whether every whole response came with a count of its own.
  public var isCountedByService = false
  public var tokensPerSecond = 0.0
  /// Streams that ended well, and those whose pieces hold several tokens.
  public var streams = 0
  public var bundledStreams = 0
  /// Pieces of content, and those that were reasoning.
  public var pieces = 0
  public var reasoningPieces = 0
  /// Tokens of the questions, where the service counted them for every stream; those that it had in its cache.
  public var inputTokens: Int?
  public var cachedTokens = 0
  /// Streams by the format that they were in, and whether that was said beforehand.
  public var formats: [StreamFormat: Int] = [:]
  public var isFormatAsked = false

  public init() {}

  /// What the figures mean, for whoever prints them.
  public static let timeToFirstTokenFormula = "first non-empty content - scheduled time"
  public static let interTokenLatencyFormula =
    "every gap between pieces of content, pooled over requests; where pieces hold several tokens, divided by them"
  public static let pieceGapFormula = "every gap between pieces of content, pooled over requests"
  public static let timePerOutputTokenFormula = "(last content - first content) / (tokens - 1), per request"
}
