import Glibc
import Quantities

/// The highest rate at which a service keeps an objective, found by loading it.
public struct SaturationTest: Sendable {
  public var target: LoadTarget
  /// The objective: this share of the requests answered well within this time.
  public var quantile: Double
  public var limit: Duration
  public var spacing: ArrivalSchedule.Spacing
  public var seed: UInt64
  public var connections: Int
  public var timeout: Duration
  /// How long a probe takes, unless it has to look for longer.
  public var probeLength: Duration
  public var start: RequestRate
  public var precision: Double
  public var limits: LoadLimits
  /// The most requests at a time on each connection, over HTTP/2.
  public var streamsPerConnection = 10

  public init(
    _ target: LoadTarget, quantile: Double, within limit: Duration, spacing: ArrivalSchedule.Spacing = .constant,
    seed: UInt64 = 1, connections: Int = 100, timeout: Duration = .seconds(10), probeLength: Duration = .seconds(3),
    start: RequestRate = .perSecond(100), precision: Double = 0.02, limits: LoadLimits = LoadLimits()
  ) {
    self.target = target
    self.quantile = quantile
    self.limit = limit
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
  public func run(
    isInterrupted: () -> Bool = { false }, onProbe: (SaturationProbe) -> Void = { _ in }
  ) throws(LoadTestingError) -> SaturationResult {
    guard (0.001...0.999_99).contains(quantile), limit > .zero else {
      throw LoadTestingError(
        .badSettings, "a search needs a percentile and its limit", remedy: "write --expect 'p99 < 200ms'")
    }
    var search = SaturationSearch(
      start: start.perSecond, required: quantile, precision: precision, highestRate: limits.rate.perSecond)
    if spacing != .constant { search.thoroughness = 3 }
    var number: UInt64 = 0
    while case .probe(let rate, let length) = search.step, !isInterrupted() {
      number += 1
      let probe = try self.probe(rate, length, number, isInterrupted)
      search.note(probe)
      onProbe(probe)
      // What timed out may still keep the service busy; what took the generator's core away may go on for a while.
      switch probe.verdict {
      case .passed: break
      case .aborted: usleep(1_000_000)
      case .missed, .unresolved: usleep(300_000)
      }
    }
    return SaturationResult(search, wasInterrupted: isInterrupted())
  }

  private func probe(
    _ rate: Double, _ length: Double, _ number: UInt64, _ isInterrupted: () -> Bool
  ) throws(LoadTestingError) -> SaturationProbe {
    // The first tenth fills the queues and is left out.
    // Twice the requests that Wilson's interval needs to tell a service without any late answer from one that misses the
    // objective, z^2 q / (1 - q), as long as that takes no more than four times as long.
    let needed = 2 * 3.84 * quantile / (1 - quantile) / rate
    let measured = max(probeLength.seconds, min(needed, 4 * probeLength.seconds)) * length
    let schedule = ArrivalSchedule(
      .constant(.perSecond(rate), for: .seconds(measured * 1.1)), spacing: spacing, seed: seed &+ number)
    let patience = Duration.seconds(max(1, limit.seconds * 10))
    var settings = LoadSettings(
      .open(schedule), connections: connections, timeout: min(timeout, patience), warmup: .seconds(measured * 0.1),
      latencyLimit: limit, limits: limits)
    settings.streamsPerConnection = streamsPerConnection
    let result = try LoadTest(target, settings).run(isInterrupted: isInterrupted)
    let isAborted = result.invalidities.contains { $0.kind != .tooFewConnections }
    let share = ShareInterval(good: result.goodBySlice, of: result.offeredBySlice)
    // The generator's lag can only make the service look worse. Where the objective is kept all the same, it is kept;
    // where it is missed even when the lag is left out, it is missed.
    let ownShare = ShareInterval(good: result.goodBySliceWithoutLag, of: result.offeredBySlice)
    let verdict: SaturationProbe.Verdict =
      isInterrupted()
      ? .aborted
      : share.low >= quantile
        ? .passed : ownShare.high < quantile ? .missed : isAborted ? .aborted : .unresolved
    var binding: String?
    if share.estimate < quantile {
      let failed = result.errors.total - result.errors.timeout
      let late = result.offered - result.goodBySlice.reduce(0, +) - failed
      binding = failed > late ? "errors" : "latency"
    }
    return SaturationProbe(
      rate: rate, verdict: verdict, good: share.estimate, goodLow: share.low, goodHigh: share.high,
      achieved: result.achievedRate.perSecond, latency: result.latency.quantile(quantile),
      concurrency: result.achievedRate.perSecond * (result.service.mean ?? .nan), offered: result.offered,
      binding: binding)
  }
}

/// A share and where it lies with 95 % confidence.
struct ShareInterval: Equatable {
  var estimate: Double
  var low: Double
  var high: Double

  /// The latencies of neighbouring requests hang together, so that counting them as independent would be too sure:
  /// the interval is the wider of Wilson's (1927) for single requests and of the batch means' over equal slices of
  /// time (Student's t with `slices - 1` degrees).
  init(good slices: [Int], of offered: [Int]) {
    let total = offered.reduce(0, +)
    guard total > 0, slices.count > 1, slices.count == offered.count else {
      (estimate, low, high) = (0, 0, 1)
      return
    }
    let n = Double(total)
    let p = min(1, Double(slices.reduce(0, +)) / n)
    let z = 1.959964
    let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    // The ratio estimator's residuals: a slice counts by its arrivals, which vary where they come at random.
    let perSlice = n / Double(slices.count)
    let residuals = zip(slices, offered).map { (Double($0) - p * Double($1)) / perSlice }
    // 2.093 is Student's t for 19 degrees; other numbers of slices are not used.
    let batch = 2.093 * (Statistics.deviation(residuals) ?? 0) / Double(slices.count).squareRoot()
    estimate = p
    low = max(0, min(centre - half, p - batch))
    high = min(1, max(centre + half, p + batch))
  }
}

/// What a search for saturation found.
public struct SaturationResult: Sendable, Equatable {
  /// Requests a second; nil where no rate kept the objective.
  public var rate: Double?
  /// The highest rate that kept the objective and the least that missed it.
  public var low: Double?
  public var high: Double?
  /// What was in the way above: "latency" or "errors".
  public var binding: String?
  /// Why the search ended, in a word.
  public var reason: String
  public var probes: [SaturationProbe]
  public var scalability: ScalabilityLaw?
  /// Where throughput stops growing with the number of requests in the service; nil where no such point shows.
  public var knee: ScalabilityKnee?

  init(_ search: SaturationSearch, wasInterrupted: Bool) {
    self.init(
      rate: search.rate, low: search.low, high: search.high, binding: search.binding,
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
    scalability = ScalabilityLaw(fitting: points)
    // Where no rate missed the objective nothing says that throughput has stopped growing: a bend in it is noise.
    knee = high == nil ? nil : ScalabilityKnee(fitting: points)
  }
  public var isConverged: Bool { reason == SaturationSearch.Reason.converged.rawValue }
}
