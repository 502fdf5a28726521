import Quantities
import Wire

/// A service under one of MLPerf's scenarios, judged by its rules: long enough, enough queries, every query answered,
/// the latency kept, and enough queries for so many slow ones (``EarlyStopping``).
public struct MLPerfTest: Sendable {
  public var target: LoadTarget
  public var scenario: MLPerfScenario
  /// Of the server scenario.
  public var rate: RequestRate
  /// The bound on latency; the server scenario needs one.
  public var limit: Duration?
  public var percentile: Double
  public var leastDuration: Duration
  public var leastQueries: Int
  public var seed: UInt64
  /// Of the server scenario the most at a time, of offline how many requests the system is given at a time.
  public var connections: Int
  public var timeout: Duration
  public var limits: LoadLimits
  /// Of the server scenario the most requests at a time on each connection, over HTTP/2.
  public var streamsPerConnection = 1

  public init(
    _ target: LoadTarget, _ scenario: MLPerfScenario, rate: RequestRate = .perSecond(1), limit: Duration? = nil,
    percentile: Double? = nil, leastDuration: Duration = MLPerfScenario.leastDuration, leastQueries: Int? = nil,
    seed: UInt64 = 1, connections: Int = 100, timeout: Duration = .seconds(60), limits: LoadLimits = LoadLimits()
  ) {
    self.target = target
    self.scenario = scenario
    self.rate = rate
    self.limit = limit
    self.percentile = percentile ?? scenario.percentile
    self.leastDuration = leastDuration
    self.leastQueries = leastQueries ?? scenario.leastQueries
    self.seed = seed
    self.connections = connections
    self.timeout = timeout
    self.limits = limits
  }

  /// Loads the service on the calling thread.
  public func run(
    isInterrupted: () -> Bool = { false }, onSecond: (LoadSecond) -> Void = { _ in }
  ) throws(LoadTestingError) -> MLPerfResult {
    func check(_ isFine: Bool, _ problem: String, _ remedy: String) throws(LoadTestingError) {
      guard isFine else { throw LoadTestingError(.badSettings, problem, remedy: remedy) }
    }
    try check(percentile >= 0.5 && percentile <= 0.9999, "the percentile \(percentile) is none", "write p90 or p99")
    try check(leastQueries > 0 && leastQueries <= 10_000_000, "\(leastQueries) queries", "write 1 to 10000000")
    try check(leastDuration > .zero, "a run needs some time", "write --min-duration 10m")
    try check(
      scenario != .server || limit.map { $0 > .zero } == true, "the server scenario needs a bound on latency",
      "write --latency 100ms")
    try check(scenario != .server || rate > .zero, "the server scenario needs a rate", "write --rate 100/s")
    let load = try scenario == .server ? open(isInterrupted, onSecond) : closed(isInterrupted, onSecond)
    return judge(load, wasInterrupted: isInterrupted())
  }

  // MARK: Loads

  private func open(
    _ isInterrupted: () -> Bool, _ onSecond: (LoadSecond) -> Void
  ) throws(LoadTestingError) -> LoadResult {
    // Long enough for the queries, four standard deviations of a Poisson count on top, and for the last one to be
    // scheduled behind the least duration.
    let count = Double(leastQueries) + 4 * Double(leastQueries).squareRoot()
    let length = max(leastDuration.seconds + 5 / rate.perSecond, count / rate.perSecond)
    let schedule = ArrivalSchedule(
      .constant(rate, for: .seconds(min(1e9, length))), spacing: .poisson, seed: seed)
    var settings = LoadSettings(
      .open(schedule), connections: connections, timeout: timeout, latencyLimit: limit, limits: limits)
    settings.keepsOutcomes = true
    settings.streamsPerConnection = streamsPerConnection
    return try LoadTest(target, settings).run(isInterrupted: isInterrupted, onSecond: onSecond)
  }

  private func closed(
    _ isInterrupted: () -> Bool, _ onSecond: (LoadSecond) -> Void
  ) throws(LoadTestingError) -> LoadResult {
    let atOnce =
      switch scenario {
      case .singleStream: 1
      case .multiStream: MLPerfScenario.samplesPerQuery
      default: connections
      }
    guard leastDuration <= limits.duration else {
      throw LoadTestingError(
        .aboveLimit,
        "\(NumberFormat.duration(leastDuration)) is longer than \(NumberFormat.duration(limits.duration))",
        remedy: "allow it with --max-duration \(NumberFormat.duration(leastDuration))")
    }
    var settings = LoadSettings(
      .closed(duration: limits.duration, think: .zero), connections: atOnce, timeout: timeout, limits: limits)
    settings.asksTogether = scenario == .multiStream
    settings.keepsOutcomes = true
    let samples = leastQueries * (scenario == .multiStream ? MLPerfScenario.samplesPerQuery : 1)
    var completed = 0
    var start: Int64?
    let least = leastDuration.nanoseconds
    // Both closures count on the same thread.
    return try LoadTest(target, settings).run(
      isInterrupted: {
        let now = Monotonic.now()
        let began = start ?? now
        start = began
        return isInterrupted() || (completed >= samples && now &- began >= least)
      },
      onSecond: { second in
        completed += second.completed
        onSecond(second)
      })
  }

  // MARK: Rules

  private func judge(_ load: LoadResult, wasInterrupted: Bool) -> MLPerfResult {
    var result = MLPerfResult(scenario: scenario, load: load)
    result.wasInterrupted = wasInterrupted
    result.percentile = percentile
    let ends = load.outcomes.filter { $0.ending == .answered }
    let lastEnd = ends.map { $0.scheduled &+ $0.latency }.max() ?? 0
    let lastScheduled = load.outcomes.map(\.scheduled).max() ?? 0
    if scenario == .multiStream {
      let times = Self.queryTimes(load.outcomes)
      result.queries = times.count
      result.spectrum = LatencySpectrum(seconds: times)
    } else {
      result.queries = load.completed
      result.spectrum = load.latency
    }
    result.latency = result.spectrum.quantile(percentile)
    if let rank = EarlyStopping.estimateRank(queries: result.queries, percentile: percentile) {
      result.estimate = result.spectrum.quantile(Double(rank) / Double(max(1, result.queries)))
    }
    switch scenario {
    case .server:
      result.rate = lastEnd > 0 ? Double(result.queries - 1) / (Double(lastEnd) / 1e9) : nil
      result.overLatency = load.offered - load.goodBySlice.reduce(0, +)
    case .offline: result.rate = load.achievedRate.perSecond
    case .singleStream, .multiStream: break
    }
    if scenario != .server, let limit { result.overLatency = over(limit, result, load) }
    result.queriesNeeded = (result.overLatency ?? (scenario == .offline ? nil : 1)).flatMap {
      EarlyStopping.queriesNeeded(overLatency: $0, percentile: percentile)
    }
    let span = scenario == .server ? Double(lastScheduled) / 1e9 : load.window.seconds
    result.rules = rules(result, load, seconds: span)
    return result
  }

  private func over(_ limit: Duration, _ result: MLPerfResult, _ load: LoadResult) -> Int {
    if scenario == .multiStream {
      return Self.queryTimes(load.outcomes).count { $0 > limit.seconds }
    }
    return load.outcomes.count { $0.ending == .answered && $0.latency > limit.nanoseconds }
  }

  /// Seconds for each query of eight samples: from its first sending to its last answer. One that was cut off counts for
  /// nothing, as does the last where the run ended in it.
  static func queryTimes(_ outcomes: [RequestOutcome]) -> [Double] {
    let size = MLPerfScenario.samplesPerQuery
    return stride(from: 0, to: outcomes.count - size + 1, by: size).compactMap { first in
      let samples = outcomes[first..<first + size]
      guard samples.allSatisfy({ $0.ending == .answered }), let start = samples.map(\.scheduled).min(),
        let end = samples.map({ $0.scheduled &+ $0.latency }).max()
      else { return nil }
      return Double(end &- start) / 1e9
    }
  }

  private func rules(_ result: MLPerfResult, _ load: LoadResult, seconds: Double) -> [MLPerfRule] {
    var rules: [MLPerfRule] = []
    func add(_ name: String, _ isKept: Bool, _ found: String, _ remedy: String) {
      rules.append(MLPerfRule(name: name, isKept: isKept, found: found, remedy: remedy))
    }
    func time(_ seconds: Double) -> String { NumberFormat.duration(.seconds(min(1e9, max(0, seconds)))) }
    add(
      "min duration", seconds >= leastDuration.seconds,
      "\(time(seconds)) of \(NumberFormat.duration(leastDuration))", "let the run go on to its end")
    add(
      "min queries", result.queries >= leastQueries, "\(result.queries) of \(leastQueries)",
      "let the run take longer, with --min-duration")
    let failed = load.errors.total + load.dropped
    add(
      "every query answered", failed == 0, "\(failed) of \(load.offered) failed",
      "look at the errors, and lower the rate where they are timeouts")
    if let limit {
      let percent = NumberFormat.significant(percentile * 100, 4)
      let kept = result.latency.map { $0 <= limit.seconds } ?? false
      add(
        "latency", kept, "P\(percent) \(result.latency.map(time) ?? "unknown") of \(NumberFormat.duration(limit))",
        "lower --rate until the latency is kept")
    }
    if scenario != .offline {
      let needed = result.queriesNeeded ?? .max
      let slow = result.overLatency.map { "\($0) over the latency need" } ?? "an estimate needs"
      add(
        "early stopping", result.queries >= needed,
        "\(slow) \(needed == .max ? "more than can be counted" : "\(needed)") queries, \(result.queries) there",
        "let the run take longer, or lower --rate")
    }
    let own = load.invalidities.filter { $0.kind != .interrupted }
    add(
      "generator", own.isEmpty, own.isEmpty ? "kept its schedule" : own.map(\.problem).joined(separator: "; "),
      own.first?.remedy ?? "nothing")
    return rules
  }
}
