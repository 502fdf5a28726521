import Glibc
import Quantities

/// The growth of a history: a robust line through the logarithms of its weekly levels.
///
/// The line is Theil's and Sen's (the median of the slopes between pairs), so that up to a third of odd weeks do not
/// move it. Its doubt is the least-squares standard error with a robust spread, widened for weeks that resemble
/// their neighbours: an AR(1) with lag-one correlation r multiplies the variance by (1 + r) / (1 - r).
public struct GrowthTrend: Hashable, Sendable {
  /// Slope of the natural logarithm of the level, per year of 365.25 days.
  public let logSlope: Double
  public let standardError: Double
  /// Weeks with a level.
  public let weeks: Int

  /// Weeks from which growth is told. With 8 weeks and a weekly spread of 5 % the standard error is still about
  /// 45 % a year; fewer weeks say nothing.
  public static let leastWeeks = 8

  /// Growth per year, with 80 % confidence.
  public var perYear: Estimate<Fraction> { perYear(confidence: 0.8) }

  /// Growth per year at a confidence.
  public func perYear(confidence: Double) -> Estimate<Fraction> {
    let z = Statistics.normalQuantile(0.5 + min(max(confidence, 0.01), 0.999) / 2) * (1 + 2 / Double(max(1, weeks - 2)))
    func growth(_ slope: Double) -> Fraction { Fraction(rawValue: expm1(min(max(slope, -7), 7))) }
    return Estimate(
      low: growth(logSlope - z * standardError), mid: growth(logSlope), high: growth(logSlope + z * standardError),
      confidence: min(max(confidence, 0.01), 0.999))
  }

  /// The slope drawn towards zero by its own doubt: `slope * max(0, 1 - (error / slope)^2)` (positive-part
  /// James-Stein). A slope within one standard error of zero is none.
  public var shrunkLogSlope: Double {
    guard logSlope != 0 else { return 0 }
    let ratio = standardError / logSlope
    return logSlope * max(0, 1 - ratio * ratio)
  }

  /// - Parameters:
  ///   - levels: deseasonalised level by day, NaN where unknown.
  ///   - unit: seconds to a day of `levels`.
  init?(levels: [Double], unit: Double) {
    let daysAWeek = max(1, Int((604_800 / unit).rounded()))
    var x: [Double] = []
    var y: [Double] = []
    var d = levels.count % daysAWeek  // whole weeks, the last one complete
    while d < levels.count {
      let week = levels[d..<min(levels.count, d + daysAWeek)].filter { $0 > 0 }
      if week.count * 2 >= daysAWeek, let level = Statistics.median(Array(week)) {
        x.append((Double(d) + Double(daysAWeek) / 2) * unit / 31_557_600)
        y.append(log(level))
      }
      d += daysAWeek
    }
    guard x.count >= GrowthTrend.leastWeeks, let line = Statistics.robustLine(x: x, y: y) else { return nil }
    let residuals = zip(x, y).map { $1 - line.intercept - line.slope * $0 }
    let spread = max(Statistics.robustDeviation(residuals) ?? 0, 0.5 * (Statistics.deviation(residuals) ?? 0))
    let r = min(0.9, max(0, Statistics.autocorrelation(residuals, lag: 1) ?? 0))
    let mean = x.reduce(0, +) / Double(x.count)
    let sxx = x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    guard sxx > 0 else { return nil }
    logSlope = line.slope
    standardError = spread / sxx.squareRoot() * ((1 + r) / (1 - r)).squareRoot()
    weeks = x.count
  }
}
