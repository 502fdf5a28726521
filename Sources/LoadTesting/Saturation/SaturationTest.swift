import Glibc
import Quantities
import Serving

/// The highest rate at which a service keeps an objective, found by loading it.
public struct SaturationTest: Sendable {
  public var target: LoadTarget
  /// The objective: of the requests, these shares answered well within these times.
  public var bounds: [LatencyBound]
  public var spacing: ArrivalSchedule.Spacing
  public var seed: UInt64
  public var connections: Int
  public var timeout: Duration
  /// How long a short look takes.
  public var probeLength: Duration
  public var start: RequestRate
  public var precision: Double
  public var limits: LoadLimits
  /// The most requests at a time on each connection, over HTTP/2.
  public var streamsPerConnection = 10
  /// Whether answers are streams of tokens, and the format that they are known to be in.
  public var readsStreams = false
  public var streamFormat: StreamFormat?
  public var lowestRate = RequestRate.perSecond(1)
  /// How long narrowing the limit down may take.
  public var budget: Duration?
  var keepsSessionConnections = false
  /// Requests to an arrival: the turns of a session on average.
  var requestsPerArrival = 1.0
  /// The seconds that a session pauses between its turns, all together.
  var pausesPerArrival = 0.0
  /// Makes the requests, where they are not the target's own.
  var course: (@Sendable () -> any RequestCourse)?

  public init(
    _ target: LoadTarget, keeping bounds: [LatencyBound], spacing: ArrivalSchedule.Spacing = .constant,
    seed: UInt64 = 1, connections: Int = 100, timeout: Duration = .seconds(10), probeLength: Duration = .seconds(3),
    start: RequestRate = .perSecond(100), precision: Double = 0.01, limits: LoadLimits = LoadLimits()
  ) {
    self.target = target
    self.bounds = bounds
    self.spacing = spacing
    self.seed = seed
    self.connections = connections
    self.timeout = timeout
    self.probeLength = probeLength
    self.start = start
    self.precision = precision
    self.limits = limits
  }

  /// Loads the service, probe by probe, on the calling thread.
  /// - Parameter onProbe: hears of each probe.
  /// - Throws: ``LoadTestingError``; `unreachable` where nobody takes a connection.
  public func run(
    isInterrupted: () -> Bool = { false }, onProbe: (SaturationProbe) -> Void = { _ in }
  ) throws(LoadTestingError) -> SaturationResult {
    guard !bounds.isEmpty else {
      throw LoadTestingError(
        .badSettings, "a search needs a percentile and its limit", remedy: "write --expect 'p99 < 200ms'")
    }
    try target.checkReachable()
    var search = SaturationSearch(
      start: start.perSecond, base: probeLength.seconds, precision: precision, lowestRate: lowestRate.perSecond,
      highestRate: limits.rate.perSecond)
    if let budget { search.budget = max(1, budget.seconds / probeLength.seconds) }
    var number: UInt64 = 0
    // Sessions that began before a probe would be at their later turns while it lasts: without them it sends fewer requests
    // than its rate means. So each begins as long before as a session lasts.
    var life = pausesPerArrival
    while case .probe(let rate, let seconds) = search.step, !isInterrupted() {
      number += 1
      let (measurement, answer) = try measure(rate, seconds, number, life: life, isInterrupted)
      search.note(measurement)
      if requestsPerArrival > 1, let answer { life = pausesPerArrival + requestsPerArrival * answer }
      guard let probe = search.probes.last else { break }
      onProbe(probe)
      // What timed out may still keep the service busy; what took the generator's core away may go on for a while.
      switch probe.verdict {
      case .passed: break
      case .aborted: usleep(1_000_000)
      case .missed, .unresolved: usleep(300_000)
      }
    }
    if search.reason == .unreachable { throw target.unreachable }
    return SaturationResult(search, wasInterrupted: isInterrupted())
  }

  private func measure(
    _ rate: Double, _ seconds: Double, _ number: UInt64, life: Double, _ isInterrupted: () -> Bool
  ) throws(LoadTestingError) -> (ProbeMeasurement, answer: Double?) {
    // Twice the requests that Wilson's interval needs to tell a service without any late answer from one that misses the
    // objective, z^2 q / (1 - q), as long as that takes no more than four times as long.
    let needed = (bounds.map { 2 * 3.84 * $0.quantile / (1 - $0.quantile) }.max() ?? 0) / (rate * requestsPerArrival)
    let measured = max(seconds, min(needed, 4 * probeLength.seconds))
    // The first tenth fills the queues and is left out.
    let warmup = max(measured * 0.1, min(life, 20 * probeLength.seconds))
    let schedule = ArrivalSchedule(
      .constant(.perSecond(rate), for: .seconds(measured + warmup)), spacing: spacing, seed: seed &+ number)
    let latest = bounds.map(\.limit).filter { $0 < .hours(1) }.max() ?? timeout
    var settings = LoadSettings(
      .open(schedule), connections: connections, timeout: min(timeout, .seconds(max(1, latest.seconds * 10))),
      warmup: .seconds(warmup), readsStreams: readsStreams, limits: limits)
    settings.bounds = bounds
    settings.streamsPerConnection = streamsPerConnection
    settings.streamFormat = streamFormat
    settings.course = course
    settings.keepsSessionConnections = keepsSessionConnections
    let result = try LoadTest(target, settings).run(isInterrupted: isInterrupted)
    var measurement = ProbeMeasurement(result, rate: rate, isInterrupted: isInterrupted())
    measurement.requestsPerArrival = requestsPerArrival
    return (measurement, result.service.mean)
  }
}

extension ProbeMeasurement {
  /// A run of constant rate, whose settings had the objective's bounds.
  init(_ result: LoadResult, rate: Double, isInterrupted: Bool = false) {
    self.init(
      rate: rate, seconds: result.window.seconds, offered: result.offeredBySlice,
      bounds: result.bounds.map {
        Bound(
          required: $0.bound.quantile, good: $0.good, goodWithoutLag: $0.goodWithoutLag,
          within: $0.bound.metric.includesWait ? $0.bound.limit.seconds : nil)
      }, ended: result.endedBySlice, waiting: result.waitingAtStart)
    achieved = result.achievedRate.perSecond
    let first = result.bounds.first?.bound
    latency = first.flatMap { result.spectrum(of: $0.metric)?.quantile($0.quantile) }
    concurrency = result.achievedRate.perSecond * (result.service.mean ?? .nan)
    let failed = result.errors.total - result.errors.timeout
    failsMore = failed > result.offered - result.goodBySlice.reduce(0, +) - failed
    isSpoiled = isInterrupted || result.invalidities.contains { $0.kind != .tooFewConnections }
    isUnreachable = result.completed == 0 && result.errors.connect > 0 && result.errors.connect == result.errors.total
  }
}

/// What a search for saturation found.
public struct SaturationResult: Sendable, Equatable {
  /// Requests a second: the highest rate that kept the objective; nil where none did.
  public var rate: Double?
  /// Between which rates the limit lies, with 95 % confidence.
  public var low: Double?
  public var high: Double?
  /// What was in the way above: "capacity", "latency" or "errors".
  public var binding: String?
  /// Why the search ended, in a word.
  public var reason: String
  public var probes: [SaturationProbe]
  public var scalability: ScalabilityFit?
  /// Where throughput stops growing with the number of requests in the service; nil where no such point shows.
  public var knee: ScalabilityKnee?

  init(_ search: SaturationSearch, wasInterrupted: Bool) {
    self.init(
      rate: search.kept, low: search.interval?.low,
      high: search.limit == nil ? nil : search.interval?.high, binding: search.binding,
      reason: search.reason?.rawValue ?? (wasInterrupted ? "interrupted" : "unfinished"), probes: search.probes)
  }

  /// Of probes, whoever chose them; the scalability is fitted to them.
  init(rate: Double?, low: Double?, high: Double?, binding: String?, reason: String, probes: [SaturationProbe]) {
    self.rate = rate
    self.low = low
    self.high = high
    self.binding = binding
    self.reason = reason
    self.probes = probes
    let points = probes.filter { $0.verdict != .aborted && $0.concurrency > 0 && $0.achieved > 0 }
      .map { (concurrency: $0.concurrency, throughput: $0.achieved) }
    // Contention is between requests at a time: below two of them there is nothing that the law could be fitted to.
    scalability = (points.map(\.concurrency).max() ?? 0) >= 2 ? ScalabilityFit(levels: points) : nil
    // Where no rate missed the objective nothing says that throughput has stopped growing: a bend in it is noise.
    knee = high == nil ? nil : ScalabilityKnee(fitting: points)
  }
  public var isConverged: Bool { reason == SaturationSearch.Reason.converged.rawValue }
}
