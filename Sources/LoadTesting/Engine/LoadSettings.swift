import Quantities
import Serving

/// How a service is loaded.
public struct LoadSettings: Sendable {
  /// What decides when the next request is sent.
  public enum Pattern: Sendable {
    /// The schedule, whatever the service does: what users do.
    case open(ArrivalSchedule)
    /// Each connection asks again once it has its answer and has thought for a while: what a fixed number of callers
    /// do. A slow service is asked less, so its latency looks better than users would see it.
    case closed(duration: Duration, think: Duration)
  }
  public var pattern: Pattern
  /// The most connections at a time.
  public var connections: Int
  /// The most requests at a time on each connection, over HTTP/2; fewer where the service allows fewer.
  public var streamsPerConnection = 1
  /// Whether whoever asks several questions has a connection of their own, opened with the first and closed behind the
  /// last, as users' programs do; over HTTP/2 with one request at a time on it. Else all share what is open.
  public var keepsSessionConnections = false
  /// How long the service has to answer, counted from the sending.
  public var timeout: Duration
  /// The beginning of the test that is left out of the figures.
  public var warmup: Duration
  /// Whether responses are streams of tokens, whose pace is measured.
  public var readsStreams: Bool
  /// The format that streams are known to be in; nil to find out.
  public var streamFormat: StreamFormat?
  /// Whether an answer that says `{"error": ...}` is a failure whatever its status. The body is kept until it is whole.
  public var failsOnErrorBody = false
  /// Where given, the result says which share of the requests was answered well within them, slice by slice: each by
  /// itself, and all together. At most ``mostBounds``; their quantiles are whoever's asks.
  public var bounds: [LatencyBound] = []
  public static let mostBounds = 8
  /// Makes what decides, caller by caller, what is sent; nil where the target's requests are.
  var course: (@Sendable () -> any RequestCourse)?
  /// Whether the result lists what became of every request.
  public var keepsOutcomes = false
  /// At most of so many, the first ones; each takes 112 bytes, which are there before the first request.
  public var mostOutcomes = OutcomeBuffer.most
  /// After so many requests no more are sent, warm-up included; nil for as many as the time takes.
  public var requests: Int?
  /// In a closed loop: whether all connections ask at once, and again once all have their answers.
  public var asksTogether = false
  /// What the settings are held to.
  public var limits: LoadLimits

  public init(
    _ pattern: Pattern, connections: Int = 10, timeout: Duration = .seconds(10), warmup: Duration = .zero,
    readsStreams: Bool = false, latencyLimit: Duration? = nil, limits: LoadLimits = LoadLimits()
  ) {
    self.pattern = pattern
    self.connections = connections
    self.timeout = timeout
    self.warmup = warmup
    self.readsStreams = readsStreams
    if let latencyLimit { bounds = [LatencyBound(quantile: 0.99, limit: latencyLimit)] }
    self.limits = limits
  }

  /// Connections and streams on each that have so many requests under way, on as few connections as may be.
  public static func split(concurrency: Int, streams: Int) -> (connections: Int, streams: Int) {
    guard concurrency > 0 else { return (concurrency, 1) }
    let streams = (1...max(1, min(streams, concurrency))).last { concurrency % $0 == 0 } ?? 1
    return (concurrency / streams, streams)
  }

  public var duration: Duration {
    switch pattern {
    case .open(let schedule): schedule.length
    case .closed(let duration, _): duration
    }
  }

  func check() throws(LoadTestingError) {
    func bad(_ problem: String, _ remedy: String) -> LoadTestingError {
      LoadTestingError(.badSettings, problem, remedy: remedy)
    }
    guard connections > 0 else { throw bad("a test needs a connection", "write --connections 10") }
    guard streamsPerConnection > 0 else { throw bad("a connection carries a request", "write --streams 10") }
    // Each takes some 400 bytes here.
    let (places, isTooMany) = connections.multipliedReportingOverflow(by: streamsPerConnection)
    guard !isTooMany, places <= 1_000_000 else {
      throw LoadTestingError(
        .aboveLimit, "\(connections) connections of \(streamsPerConnection) streams are more than a million requests",
        remedy: "use fewer of either")
    }
    guard bounds.count <= Self.mostBounds else {
      throw bad("\(bounds.count) bounds on latency", "write at most \(Self.mostBounds) of them")
    }
    guard requests.map({ $0 > 0 }) ?? true else { throw bad("a test of no requests", "write --requests 1000") }
    guard timeout > .zero else { throw bad("a timeout of nothing fails every request", "write --timeout 1s") }
    guard duration > .zero else { throw bad("a test needs some time", "write --duration 10s") }
    guard warmup >= .zero, warmup < duration else {
      throw bad("the warm-up takes the whole test", "make --duration longer than --warmup")
    }
    guard duration <= limits.duration else {
      throw LoadTestingError(
        .aboveLimit, "\(NumberFormat.duration(duration)) is longer than \(NumberFormat.duration(limits.duration))",
        remedy: "allow it with --max-duration \(NumberFormat.duration(duration))")
    }
    guard connections <= limits.connections else {
      throw LoadTestingError(
        .aboveLimit, "\(connections) connections are more than \(limits.connections)", remedy: "use fewer connections")
    }
    if case .open(let schedule) = pattern {
      guard schedule.peak <= limits.rate else {
        throw LoadTestingError(
          .aboveLimit, "\(schedule.peak) is more than \(limits.rate)",
          remedy: "allow it with --max-rate \(schedule.peak)")
      }
      guard schedule.expectedCount > 0 else { throw bad("the schedule sends nothing", "write --rate 100/s") }
    }
  }
}

/// How much load is allowed without being asked for twice.
public struct LoadLimits: Sendable, Hashable {
  public var rate: RequestRate
  public var duration: Duration
  public var connections: Int
  /// 100,000/s is what one core of this generator can send; an hour is longer than most tests ever need.
  public init(
    rate: RequestRate = .perSecond(100_000), duration: Duration = .hours(1), connections: Int = 50_000
  ) {
    self.rate = rate
    self.duration = duration
    self.connections = connections
  }
}
