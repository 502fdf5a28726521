import Quantities

/// One load of a search and what came of it.
public struct SaturationProbe: Sendable, Equatable {
  public enum Verdict: String, Sendable, CaseIterable {
    /// The objective was kept, with confidence, and nothing says that it could not be kept for ever.
    case passed
    /// It was missed, with confidence, or requests came faster than they went.
    case missed
    /// The measurement was too short to tell.
    case unresolved
    /// The measurement says nothing about the service: the generator fell behind, or it was interrupted. Never a bound.
    case aborted
  }
  /// Requests a second that were asked for.
  public var rate: Double
  public var verdict: Verdict
  /// Seconds that were measured.
  public var seconds: Double
  /// The share of offered requests that kept the objective, and its interval: of the bound that was kept worst.
  public var good: Double
  public var goodLow: Double
  public var goodHigh: Double
  /// Requests a second that were answered.
  public var achieved: Double
  /// Seconds at the objective's quantile; nil where nothing came back.
  public var latency: Double?
  /// Requests in the service on average, by Little's law: throughput times mean latency.
  public var concurrency: Double
  public var offered: Int
  /// How fast the number of waiting requests grew, as a share of the rate, and its standard error.
  public var drift: Double
  public var driftError: Double
  /// What was in the way of the objective, for those that missed it: "latency", "errors" or "capacity".
  public var binding: String?

  public init(
    rate: Double, verdict: Verdict, seconds: Double = .nan, good: Double = .nan, goodLow: Double = .nan,
    goodHigh: Double = .nan, achieved: Double = .nan, latency: Double? = nil, concurrency: Double = .nan,
    offered: Int = 0, drift: Double = .nan, driftError: Double = .nan, binding: String? = nil
  ) {
    self.rate = rate
    self.verdict = verdict
    self.seconds = seconds
    self.good = good
    self.goodLow = goodLow
    self.goodHigh = goodHigh
    self.achieved = achieved
    self.latency = latency
    self.concurrency = concurrency
    self.offered = offered
    self.drift = drift
    self.driftError = driftError
    self.binding = binding
  }

  /// Growth of the waiting by this share of the rate cannot be told from none: what is kept is kept to this.
  static let tolerableDrift = 0.02

  /// Judges what was measured.
  init(_ it: ProbeMeasurement) {
    let shares = it.bounds.map { ShareInterval(good: $0.good, of: it.offered) }
    // The generator's lag can only make the service look worse. Where the objective is kept all the same, it is kept;
    // where it is missed even when the lag is left out, it is missed.
    let own = it.bounds.map { ShareInterval(good: $0.goodWithoutLag, of: it.offered) }
    let worst = it.bounds.indices.min { a, b in
      shares[a].estimate - it.bounds[a].required < shares[b].estimate - it.bounds[b].required
    }
    let share = worst.map { shares[$0] } ?? ShareInterval(estimate: 0, low: 0, high: 1)
    let (drift, error) = it.drift
    let isKept = zip(shares, it.bounds).allSatisfy { $0.low >= $1.required }
    let isMissed = zip(own, it.bounds).contains { $0.high < $1.required }
    let isLate = zip(shares, it.bounds).contains { $0.estimate < $1.required }
    let verdict: Verdict
    if isMissed || it.isDrifting && !it.isSpoiled {
      verdict = .missed
    } else if isKept, drift + 2 * error <= Self.tolerableDrift {
      verdict = .passed
    } else {
      verdict = it.isSpoiled ? .aborted : .unresolved
    }
    self.init(
      rate: it.rate, verdict: verdict, seconds: it.seconds, good: share.estimate, goodLow: share.low,
      goodHigh: share.high, achieved: it.achieved, latency: it.latency, concurrency: it.concurrency,
      offered: it.offered.reduce(0, +), drift: drift, driftError: error,
      binding: it.isDrifting ? "capacity" : isLate || isMissed ? (it.failsMore ? "errors" : "latency") : nil)
  }
}

/// A share and where it lies with 95 % confidence.
struct ShareInterval: Equatable {
  var estimate: Double
  var low: Double
  var high: Double
  /// How many requests amount to an independent one.
  var clumping = 1.0

  init(estimate: Double, low: Double, high: Double) {
    self.estimate = estimate
    self.low = low
    self.high = high
  }

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
    let single = Statistics.wilson(share: p, of: n)
    // The ratio estimator's residuals: a slice counts by its arrivals, which vary where they come at random.
    let perSlice = n / Double(slices.count)
    let residuals = zip(slices, offered).map { (Double($0) - p * Double($1)) / perSlice }
    let error = (Statistics.deviation(residuals) ?? 0) / Double(slices.count).squareRoot()
    // 2.093 is Student's t for 19 degrees; other numbers of slices are not used.
    let batch = 2.093 * error
    estimate = p
    low = max(0, min(single.low, p - batch))
    high = min(1, max(single.high, p + batch))
    if p > 0, p < 1 { clumping = max(1, error * error / (p * (1 - p) / n)) }
  }
}
