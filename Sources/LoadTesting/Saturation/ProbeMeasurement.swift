import Glibc
import Quantities

/// What one probe of a search measured, in equal slices of its time, before anybody judges it.
public struct ProbeMeasurement: Sendable, Equatable {
  /// What came of one bound of the objective.
  public struct Bound: Sendable, Equatable {
    /// The share of requests that has to keep it.
    public var required: Double
    /// Requests that kept it, by the slice that they were due in; the same without the generator's own lag.
    public var good: [Int]
    public var goodWithoutLag: [Int]
    /// The seconds within which they had to be answered or to begin to be; nil where the bound is on something else.
    public var within: Double?
    public init(required: Double, good: [Int], goodWithoutLag: [Int]? = nil, within: Double? = nil) {
      self.required = required
      self.within = within
      self.good = good
      self.goodWithoutLag = goodWithoutLag ?? good
    }
  }
  /// Requests a second that were asked for, and the seconds that were measured.
  public var rate: Double
  public var seconds: Double
  public var offered: [Int]
  public var bounds: [Bound]
  /// Requests that ended in each slice.
  public var ended: [Int]
  /// Requests that had come and not ended at the beginning of the first slice.
  public var waiting: Int
  /// How many requests an arrival brings: the turns of a session; the rate is that of arrivals, the counts are of requests.
  public var requestsPerArrival = 1.0
  /// Requests a second that were answered, and seconds at the objective's quantile.
  public var achieved = Double.nan
  public var latency: Double?
  /// Requests in the service on average.
  public var concurrency = Double.nan
  /// Whether more requests failed than were late.
  public var failsMore = false
  /// Whether the generator spoiled it, or it was interrupted.
  public var isSpoiled = false
  /// Whether no connection came about at all.
  public var isUnreachable = false

  public init(rate: Double, seconds: Double, offered: [Int], bounds: [Bound], ended: [Int], waiting: Int) {
    self.rate = rate
    self.seconds = seconds
    self.offered = offered
    self.bounds = bounds
    self.ended = ended
    self.waiting = waiting
  }

  /// Requests that had come and not ended, at the end of each slice.
  var backlog: [Double] {
    var now = Double(waiting)
    return zip(offered, ended).map { come, gone in
      now += Double(come - gone)
      return now
    }
  }

  /// How fast the number of waiting requests grew: a share of the rate, with its standard error.
  ///
  /// Least squares over the slices' ends. The levels of a queue hang together, so that the error is that of a first-order
  /// autoregression, `(1 + phi) / (1 - phi)` times as large in variance; and one request more or less is no growth.
  var drift: (share: Double, error: Double) {
    let y = backlog
    let n = Double(y.count)
    let rate = rate * requestsPerArrival
    guard y.count > 3, seconds > 0, rate > 0 else { return (0, .infinity) }
    let step = seconds / n
    let middle = (n - 1) / 2
    let mean = y.reduce(0, +) / n
    var xx = 0.0
    var xy = 0.0
    for (i, value) in y.enumerated() {
      let x = (Double(i) - middle) * step
      xx += x * x
      xy += x * value
    }
    let slope = xy / xx
    let left = y.enumerated().map { $1 - mean - slope * (Double($0) - middle) * step }
    let squares = left.reduce(0) { $0 + $1 * $1 }
    let products = zip(left, left.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let phi = squares > 0 ? min(0.8, max(0, products / squares)) : 0
    let error = (squares / (n - 2) / xx * (1 + phi) / (1 - phi)).squareRoot()
    return (slope / rate, max(error, 1 / seconds) / rate)
  }

  /// The error that the drift has where the queue only wanders: of a Brownian motion of variance `v` a second the slope of
  /// least squares over the time T has the variance `6 v / (5 T)`. A share of the rate.
  var wandering: Double {
    let rate = rate * requestsPerArrival
    let steps = zip(offered, ended).map { Double($0 - $1) }
    guard steps.count > 3, seconds > 0, rate > 0 else { return .infinity }
    let v = pow(Statistics.deviation(steps) ?? 0, 2) * Double(steps.count) / seconds
    return (1.2 * v / seconds).squareRoot() / rate
  }

  /// Whether requests come faster than they go: with confidence, and with more waiting at the end than at the beginning.
  var isDrifting: Bool {
    let (share, error) = drift
    guard let last = backlog.last else { return false }
    return share - 2 * max(error, wandering) > 0.002 && last > 3 && last > Double(waiting)
  }

  /// What the service did while there was always something waiting: its capacity, in arrivals, with its standard error; nil where
  /// there was no such time, or a short one.
  ///
  /// The error comes of how far what had ended strays from a straight line: of a Brownian bridge of variance
  /// `sigma^2 T` the mean square is `sigma^2 T / 15` around its line of regression, so that the error of the rate is
  /// `sqrt(15)` times that deviation over the time; at least one request.
  var capacity: (rate: Double, error: Double, seconds: Double)? {
    let (share, _) = drift
    let y = backlog
    guard isDrifting || share > 0.01 && (y.last ?? 0) > 5 else { return nil }
    let threshold = max(3, 0.3 * (y.max() ?? 0))
    var first = y.count
    // The backlog at the beginning of a slice is that at the end of the one before.
    while first > 0, (first == 1 ? Double(waiting) : y[first - 2]) > threshold { first -= 1 }
    let slices = y.count - first
    guard slices >= 8 else { return nil }
    let step = seconds / Double(y.count)
    var gone = [0.0]
    for i in first..<y.count { gone.append((gone.last ?? 0) + Double(ended[i])) }
    let times = gone.indices.map { Double($0) * step }
    guard let line = Statistics.line(x: times, y: gone) else { return nil }
    let squares = zip(times, gone).reduce(0) { $0 + pow($1.1 - line.intercept - line.slope * $1.0, 2) }
    let deviation = (squares / Double(max(1, gone.count - 2))).squareRoot()
    let length = Double(slices) * step
    let total = gone.last ?? 0
    guard total > 0 else { return nil }
    let arrivals = length * requestsPerArrival
    return (total / arrivals, max(3.873 * deviation, 1) / arrivals, length)
  }
}
