import Quantities
import Serving

/// Finds a service's breaking point gradually: one test whose rate climbs in steps, ended soon after the objective has
/// broken for good.
public struct RampTest: Sendable {
  public var target: LoadTarget
  /// The objective: of the requests, these shares answered well within these times.
  public var bounds: [LatencyBound]
  public var from: RequestRate
  public var to: RequestRate
  public var steps: Int
  public var stepLength: Duration
  public var spacing: ArrivalSchedule.Spacing
  public var seed: UInt64
  public var connections: Int
  public var timeout: Duration
  public var limits: LoadLimits
  /// The most requests at a time on each connection, over HTTP/2.
  public var streamsPerConnection = 1
  /// Whether answers are streams of tokens, and the format that they are known to be in.
  public var readsStreams = false
  public var streamFormat: StreamFormat?
  var keepsSessionConnections = false
  /// Makes the requests, where they are not the target's own.
  var course: (@Sendable () -> any RequestCourse)?
  /// The beginning of each step that is left out: the queue of the step before empties, or its own builds up.
  public static let settling = 0.2
  /// So many steps at whose every second the objective was broken end the test.
  public static let brokenSteps = 2

  public init(
    _ target: LoadTarget, keeping bounds: [LatencyBound], from: RequestRate, to: RequestRate, steps: Int = 20,
    stepLength: Duration = .seconds(3), spacing: ArrivalSchedule.Spacing = .constant, seed: UInt64 = 1,
    connections: Int = 100, timeout: Duration = .seconds(10), limits: LoadLimits = LoadLimits()
  ) {
    self.target = target
    self.bounds = bounds
    self.from = from
    self.to = to
    self.steps = steps
    self.stepLength = stepLength
    self.spacing = spacing
    self.seed = seed
    self.connections = connections
    self.timeout = timeout
    self.limits = limits
  }

  /// The rate of each step.
  public var rates: [RequestRate] {
    (0..<steps).map { i in
      .perSecond(from.perSecond + (to.perSecond - from.perSecond) * Double(i) / Double(max(1, steps - 1)))
    }
  }

  public struct Result: Sendable {
    public var conclusion: SaturationResult
    public var load: LoadResult
  }

  /// Loads the service on the calling thread.
  public func run(
    isInterrupted: () -> Bool = { false }, onSecond: (LoadSecond) -> Void = { _ in }
  ) throws(LoadTestingError) -> Result {
    func check(_ isFine: Bool, _ problem: String, _ remedy: String) throws(LoadTestingError) {
      guard isFine else { throw LoadTestingError(.badSettings, problem, remedy: remedy) }
    }
    try check(
      !bounds.isEmpty && bounds.count <= LoadSettings.mostBounds, "a ramp needs a percentile and its limit",
      "write --expect 'p99 < 200ms'")
    try check(
      from > .zero && to > from, "the rate does not climb from \(from) to \(to)", "write --from 100/s --to 2000/s")
    try check((3...1000).contains(steps), "\(steps) steps", "write --steps 20, from 3 to 1000")
    try check(stepLength >= .seconds(1), "a step shorter than a second shows little", "write --step 3s")
    try target.checkReachable()
    let latest = bounds.map(\.limit).filter { $0 < .hours(1) }.max() ?? timeout
    let schedule = ArrivalSchedule(.steps(rates, each: stepLength), spacing: spacing, seed: seed)
    var settings = LoadSettings(
      .open(schedule), connections: connections, timeout: min(timeout, .seconds(max(1, latest.seconds * 10))),
      readsStreams: readsStreams, limits: limits)
    settings.streamFormat = streamFormat
    settings.course = course
    settings.keepsSessionConnections = keepsSessionConnections
    settings.keepsOutcomes = true
    settings.streamsPerConnection = streamsPerConnection
    // Only the whole answer's time is watched second by second; a ramp without a bound on it goes to its end.
    let whole = bounds.first { $0.metric == .response && $0.limit < .hours(1) }
    var watch = RampWatch(
      quantile: whole?.quantile ?? 0.99, limit: whole?.limit.seconds ?? .infinity, stepSeconds: stepLength.seconds)
    let load = try LoadTest(target, settings).run(
      isInterrupted: { watch.isBroken || isInterrupted() },
      onSecond: { second in
        watch.note(second)
        onSecond(second)
      })
    var conclusion = conclude(load)
    if isInterrupted() { conclusion.reason = "interrupted" }
    return Result(conclusion: conclusion, load: load)
  }

  /// What the outcomes say about each step, and where it broke.
  func conclude(_ load: LoadResult) -> SaturationResult {
    let length = stepLength.seconds
    let last = Double(load.outcomes.map(\.scheduled).max() ?? 0) / 1e9
    var probes: [SaturationProbe] = []
    var bindings: [String?] = []
    for (i, rate) in rates.enumerated() {
      let start = (Double(i) + Self.settling) * length
      let end = Double(i + 1) * length
      // The step in which the test was ended tells nothing unless most of it was there.
      guard last >= start + (end - start) / 2 else { break }
      let (probe, binding) = judge(load, rate.perSecond, start, min(end, max(last, start + 1e-9)))
      probes.append(probe)
      bindings.append(binding)
    }
    return Self.conclusion(probes, bindings)
  }

  private func judge(
    _ load: LoadResult, _ rate: Double, _ start: Double, _ end: Double
  ) -> (SaturationProbe, binding: String?) {
    let slices = 20
    var offered = [Int](repeating: 0, count: slices)
    var good = bounds.map { _ in offered }
    var allGood = 0
    var latencies: [Double] = []
    var service = 0.0
    var answered = 0
    var failed = 0
    for outcome in load.outcomes {
      let time = Double(outcome.scheduled) / 1e9
      let done = Double(outcome.scheduled &+ outcome.latency) / 1e9
      if outcome.ending == .answered, done >= start, done < end {
        answered += 1
        service += Double(outcome.service) / 1e9
      }
      guard time >= start, time < end else { continue }
      let slice = min(slices - 1, Int((time - start) / (end - start) * Double(slices)))
      offered[slice] += 1
      let kept = bounds.map { outcome.keeps($0) }
      for (i, isKept) in kept.enumerated() where isKept { good[i][slice] += 1 }
      if kept.allSatisfy({ $0 }) { allGood += 1 }
      if outcome.ending == .answered || outcome.ending == .timeout { latencies.append(Double(outcome.latency) / 1e9) }
      if !outcome.isGood, outcome.ending != .timeout, outcome.ending != .unfinished { failed += 1 }
    }
    let shares = good.map { ShareInterval(good: $0, of: offered) }
    let required = bounds.map(\.quantile)
    let verdict: SaturationProbe.Verdict =
      zip(shares, required).allSatisfy { $0.low >= $1 }
      ? .passed : zip(shares, required).contains { $0.high < $1 } ? .missed : .unresolved
    let worst = shares.indices.min { shares[$0].estimate - required[$0] < shares[$1].estimate - required[$1] } ?? 0
    let share = shares[worst]
    let isLate = zip(shares, required).contains { $0.estimate < $1 }
    let late = offered.reduce(0, +) - allGood - failed
    let achieved = Double(answered) / (end - start)
    let binding: String? = isLate ? (failed > late ? "errors" : "latency") : nil
    let probe = SaturationProbe(
      rate: rate, verdict: verdict, seconds: end - start, good: share.estimate, goodLow: share.low,
      goodHigh: share.high, achieved: achieved,
      latency: Statistics.quantile(latencies, required[worst]), concurrency: service / (end - start),
      offered: offered.reduce(0, +), binding: binding)
    return (probe, binding)
  }

  /// The breaking point: the first step from which every one misses the objective.
  static func conclusion(_ probes: [SaturationProbe], _ bindings: [String?]) -> SaturationResult {
    var broken = probes.count
    while broken > 0, bindings[broken - 1] != nil { broken -= 1 }
    // The ends of the interval are steps that were told with confidence; those between could be either.
    let low = probes[..<broken].last { $0.verdict == .passed }?.rate
    let highPlace = probes.indices.first { $0 >= broken && probes[$0].verdict == .missed }
    let high = highPlace.map { probes[$0].rate }
    // The highest rate that was kept. Where no step is long enough to tell, the last before it broke.
    let rate: Double? = low ?? (broken > 0 ? probes[broken - 1].rate : nil)
    let reason: SaturationSearch.Reason =
      broken == 0
      ? .belowStart
      : broken < probes.count ? .converged : probes[broken - 1].verdict == .passed ? .aboveLimit : .tooShort
    return SaturationResult(
      rate: rate, low: low, high: high, binding: highPlace.flatMap { bindings[$0] }, reason: reason.rawValue,
      probes: probes)
  }
}

/// Says when a ramp has gone on for long enough behind the breaking point.
struct RampWatch {
  let quantile: Double
  let limit: Double
  let stepSeconds: Double
  private(set) var isBroken = false
  private var run = 0

  init(quantile: Double, limit: Double, stepSeconds: Double) {
    self.quantile = quantile
    self.limit = limit
    self.stepSeconds = stepSeconds
  }

  /// A second is broken where too many requests failed or the nearest percentile that is watched live is over the limit.
  mutating func note(_ second: LoadSecond) {
    let watched = quantile >= 0.95 ? second.p99 : second.p50
    let isOver = watched.map { $0 > limit } ?? (second.sent > 0)
    let hasFailed = Double(second.errors) > (1 - quantile) * Double(max(1, second.offered))
    run = isOver || hasFailed ? run + 1 : 0
    if Double(run) >= Double(RampTest.brokenSteps) * stepSeconds { isBroken = true }
  }
}
