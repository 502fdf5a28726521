import Quantities

/// A rate and when it was.
public struct PeakRate: Hashable, Sendable {
  public let value: RequestRate
  /// Start of the step.
  public let time: Timestamp
}

/// How far the peak stands above the mean, at three widths of averaging; nil where the width is no whole number of steps
/// or the mean is zero. The highest hour may begin at any step.
public struct PeakToAverage: Hashable, Sendable {
  public let atStep: Factor?
  public let atHour: Factor?
  public let atDay: Factor?

  init(of series: TimeSeries<RequestRate>) {
    func ratio(_ width: Duration?) -> Factor? {
      guard let mean = series.mean, mean.rawValue > 0 else { return nil }
      guard let width else { return series.peak.map { Factor(rawValue: $0.value / mean) } }
      let steps = Int((width.seconds / series.step.seconds).rounded())
      guard steps >= 1, series.step * steps == width else { return nil }
      return RollingMean.highest(of: series.rawValues, over: steps).map { Factor(rawValue: $0 / mean.rawValue) }
    }
    atStep = ratio(nil)
    atHour = ratio(.hours(1))
    atDay = ratio(.days(1))
  }
}

/// The highest mean of so many steps in a row, wherever they begin.
enum RollingMean {
  /// Windows of which less than half is known are passed over: one step is no hour. Where the history is shorter than the
  /// window, it is the window.
  ///
  /// - Complexity: O(n).
  static func highest(of values: [Double], over width: Int) -> Double? {
    let width = max(1, min(width, values.count))
    var best: Double?
    var (sum, known) = (0.0, 0)
    for i in values.indices {
      if !values[i].isNaN {
        sum += values[i]
        known += 1
      }
      if i >= width, !values[i - width].isNaN {
        sum -= values[i - width]
        known -= 1
      }
      guard i >= width - 1, known * 2 >= width, known > 0 else { continue }
      best = max(best ?? -.infinity, sum / Double(known))
    }
    return best
  }
}

/// Percentiles of the rate over all steps with a value; nil where there are too few to tell one: a percentile needs as many
/// steps that one lies above it.
public struct Percentiles: Hashable, Sendable {
  public let p50: RequestRate
  public let p95: RequestRate
  public let p99: RequestRate
  public let p999: RequestRate

  /// Steps from which the 99th percentile is another than the highest step.
  static let leastSteps = 100

  init?(of values: [Double]) {
    guard values.count(where: { !$0.isNaN }) >= Percentiles.leastSteps else { return nil }
    guard let q = Statistics.quantiles(values, [0.5, 0.95, 0.99, 0.999]) else { return nil }
    (p50, p95, p99, p999) = (
      RequestRate(rawValue: q[0]), RequestRate(rawValue: q[1]), RequestRate(rawValue: q[2]), RequestRate(rawValue: q[3])
    )
  }
}

/// A step far from what its hour of the week and its surroundings make likely.
public struct Outlier: Hashable, Sendable {
  public let time: Timestamp
  public let value: RequestRate
  public let expected: RequestRate
  /// Robust deviations from the expectation, in the logarithm; negative where the value is low.
  public let score: Double
}

/// A run of steps without a value.
public struct Gap: Hashable, Sendable {
  /// Steps of the series.
  public let range: Range<Int>
  public let start: Timestamp
  public let length: Duration

  /// The gaps of a series in order.
  public static func all(in series: TimeSeries<RequestRate>) -> [Gap] {
    var result: [Gap] = []
    var from: Int?
    for i in 0...series.count {
      let missing = i < series.count && series.rawValues[i].isNaN
      if missing, from == nil { from = i }
      if !missing, let first = from {
        result.append(Gap(range: first..<i, start: series.time(at: first), length: series.step * (i - first)))
        from = nil
      }
    }
    return result
  }
}

/// The steepest rise over a span of time.
public struct Ramp: Hashable, Sendable {
  /// The span over which the rise was measured.
  public let window: Duration
  /// When the rise began.
  public let time: Timestamp
  public let from: RequestRate
  public let to: RequestRate
  /// The rise over the peak of the trace.
  public let shareOfPeak: Fraction

  public var rise: RequestRate { to - from }
  /// Requests per second, per second.
  public var perSecondSquared: Double { rise.rawValue / window.seconds }
  /// Demand after over demand before; nil where it rose from nothing.
  public var factor: Factor? { from.rawValue > 0 ? Factor(rawValue: to / from) : nil }

  /// The steepest rise over one step, five minutes and one hour, each once, none finer than the step.
  static func steepest(in series: TimeSeries<RequestRate>, peak: RequestRate?) -> [Ramp] {
    guard let peak, peak.rawValue > 0 else { return [] }
    let values = series.rawValues
    var result: [Ramp] = []
    var widths: [Int] = []
    for window in [series.step, .minutes(5), .hours(1)] {
      let width = Int((window.seconds / series.step.seconds).rounded())
      guard width >= 1, series.step * width == window, !widths.contains(width), width < values.count else { continue }
      widths.append(width)
      var best: (rise: Double, at: Int) = (0, -1)
      for i in 0..<(values.count - width) {
        let rise = values[i + width] - values[i]
        if rise > best.rise { best = (rise, i) }
      }
      guard best.at >= 0 else { continue }
      result.append(
        Ramp(
          window: window, time: series.time(at: best.at), from: RequestRate(rawValue: values[best.at]),
          to: RequestRate(rawValue: values[best.at + width]), shareOfPeak: Fraction(rawValue: best.rise / peak.rawValue)
        ))
    }
    return result
  }
}
