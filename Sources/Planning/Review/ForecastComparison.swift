import Quantities
import Traffic

/// One kept forecast beside what came.
public struct ForecastComparison: Sendable {
  /// Between which of the peak's quantiles the peak that came lies.
  public enum Place: String, CaseIterable, Sendable {
    case belowP50 = "below-p50"
    case belowP90 = "p50-p90"
    case belowP95 = "p90-p95"
    case belowP99 = "p95-p99"
    case aboveP99 = "above-p99"
  }

  public let number: Int64
  public let made: Timestamp
  public let start: Timestamp
  public let end: Timestamp
  public let step: Duration
  /// Steps of the horizon, those that the history reaches past, and those of them that have a value.
  public let steps: Int
  public let come: Int
  public let known: Int
  /// Errors beside those of the last season repeated, and steps within the 95 % range; nil where nothing came.
  public let score: ForecastScore?
  /// What came over what was forecast, less 1: above zero demand came higher; NaN where nothing came.
  public let excess: Double
  /// One value for each of `ForecastAnswer/peakLevels`.
  public let peak: [Double]
  /// The highest step that came; NaN where none did.
  public let truePeak: Double
  /// The highest step of the middle path.
  public let pathPeak: Double

  /// A peak can hide in a gap: with less of the horizon known than this, it is no peak to judge by.
  static let leastKnown = 0.95

  /// Whether the whole horizon has come, with too few gaps for a peak to hide in.
  public var isJudged: Bool { come == steps && Double(known) >= ForecastComparison.leastKnown * Double(steps) }

  /// Nil where nothing came.
  public var place: Place? {
    guard truePeak.isFinite else { return nil }
    return Place.allCases[peak.firstIndex { truePeak <= $0 } ?? peak.count]
  }

  /// - Parameter history: what is known by now, from before the forecast on.
  public init(_ forecast: KeptForecast, history: TimeSeries<RequestRate>) {
    let truth = ForecastComparison.truth(of: forecast, in: history)
    self.init(forecast, truth: truth, history: history)
  }

  init(_ forecast: KeptForecast, truth: [Double], history: TimeSeries<RequestRate>) {
    number = forecast.number
    made = forecast.made
    start = forecast.start
    end = forecast.end
    step = forecast.step
    steps = forecast.mean.count
    let passed = (history.end - forecast.start).seconds / forecast.step.seconds
    come = Int(min(max(0, (passed + 1e-6).rounded(.down)), Double(forecast.mean.count)))
    let seen = truth.indices.filter { truth[$0].isFinite }
    known = seen.count
    peak = forecast.peak
    pathPeak = forecast.mean.max() ?? .nan
    truePeak = seen.map { truth[$0] }.max() ?? .nan
    let sums = seen.reduce(into: (came: 0.0, told: 0.0)) {
      $0.came += truth[$1]
      $0.told += forecast.mean[$1]
    }
    excess =
      seen.isEmpty ? .nan : sums.told > 0 ? sums.came / sums.told - 1 : sums.came > 0 ? .infinity : 0
    score =
      seen.isEmpty
      ? nil
      : ForecastScore(
        of: forecast.mean, low: forecast.quantiles[0], high: forecast.quantiles[4], truth: truth,
        history: ForecastComparison.past(of: forecast, in: history), stepSeconds: forecast.step.seconds)
  }

  /// What came in each step of a forecast: the mean of the history's steps that begin in it, NaN where fewer than half
  /// of them are known.
  static func truth(of forecast: KeptForecast, in history: TimeSeries<RequestRate>) -> [Double] {
    forecast.mean.indices.map { value(at: forecast.start + forecast.step * $0, forecast.step, in: history) }
  }

  /// The history before a forecast, in its steps: at most ten weeks, of which a season is taken.
  private static func past(of forecast: KeptForecast, in history: TimeSeries<RequestRate>) -> [Double] {
    let seconds = min(max(0, (forecast.start - history.start).seconds), 70 * 86_400)
    let count = Int(min(100_000, seconds / forecast.step.seconds))
    return (0..<count).map { value(at: forecast.start - forecast.step * (count - $0), forecast.step, in: history) }
  }

  private static func value(at time: Timestamp, _ step: Duration, in history: TimeSeries<RequestRate>) -> Double {
    let width = history.step.seconds
    // Grids that lie half a step apart at most are taken for one.
    let from = ((time - history.start).seconds / width).rounded()
    let count = max(1, (step.seconds / width).rounded())
    guard from + count > 0, from < Double(history.count), history.step <= step else { return .nan }
    let range = Int(max(0, from))..<Int(min(Double(history.count), from + count))
    let values = history.rawValues[range].filter { $0.isFinite }
    return Double(values.count) * 2 >= count ? Statistics.mean(values) ?? .nan : .nan
  }
}
