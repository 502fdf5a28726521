import Glibc
import Quantities

/// A forecast made again from earlier moments, each time with the history up to then alone, and compared with what came.
public struct Backtest: Sendable {
  /// One earlier moment.
  public struct Origin: Sendable {
    /// Values known then.
    public var count: Int
    /// What was forecast and what came, from the first step on.
    public var path: [Double]
    public var low: [Double]
    public var high: [Double]
    public var truth: [Double]
    /// The peak's median, 90th and 95th percentile, and the peak that came; NaN where nothing is known.
    public var peak: [Double]
    public var truePeak: Double
    /// The highest of the last horizon before: the peak of the last season repeated.
    public var naivePeak: Double
    public var score: ForecastScore
  }
  /// Leads from `from` up to `to` steps.
  public struct Block: Sendable {
    public var from: Int
    public var to: Int
    public var score: ForecastScore
  }

  /// The latest first.
  public let origins: [Origin]
  public let season: Int
  /// Steps ahead of each origin.
  public let horizon: Int
  public let total: ForecastScore
  /// By lead: the first day, the second, and so on; at most eight blocks.
  public let blocks: [Block]

  /// Origins at most; they stand a step apart that shares no divisor with the season.
  public static let most = 8

  /// Nil where the history does not leave one and a half seasons before the first origin.
  ///
  /// - Parameters:
  ///   - question: the series, its seasons and the horizon; a horizon longer than a third of the history is cut to it.
  ///   - wanted: the season of the naive forecast and of the scale, in steps.
  public init?(of question: ForecastQuestion, by forecaster: EnsembleForecaster, season wanted: Int? = nil) {
    let values = question.values
    let seasons = question.seasons.isEmpty ? question.usualSeasons : question.seasons
    let n = values.count
    let fitting = seasons.filter { $0 > 1 && 3 * $0 <= n }
    let season = wanted ?? fitting.last { $0 <= 1000 } ?? 1
    let horizon = min(question.horizon, n / 3, 2000)
    let least = max(season * 3 / 2, 8)
    let room = n - horizon - least
    guard horizon > 0, room >= 0 else { return nil }
    var step = max(1, min(horizon / 2 + 1, room / (Backtest.most - 1)))
    while step > 1, Backtest.divisor(step, fitting.first ?? 1) > 1 { step -= 1 }
    let number = min(Backtest.most, room / step + 1)
    var found: [Origin] = []
    for k in 0..<number {
      let at = n - horizon - k * step
      let history = Array(values[..<at])
      let truth = Array(values[at..<at + horizon])
      guard history.contains(where: { $0.isFinite }), truth.contains(where: { $0.isFinite }) else { continue }
      var earlier = question
      earlier.values = history
      earlier.horizon = horizon
      let answer = forecaster.forecast(earlier)
      let naive = Backtest.repeated(history, season: season, horizon: horizon)
      let known = truth.filter { $0.isFinite }
      let recent = history.suffix(max(season, min(horizon, at))).filter { $0.isFinite }
      let scale = ForecastScore.scale(of: history, season: season)
      found.append(
        Origin(
          count: at, path: answer.mean, low: answer.quantiles[0], high: answer.quantiles[4], truth: truth,
          peak: Array(answer.peak[0...2]), truePeak: known.max() ?? .nan, naivePeak: recent.max() ?? .nan,
          score: ForecastScore(
            truth: truth[...], path: answer.mean[...], low: answer.quantiles[0][...], high: answer.quantiles[4][...],
            naive: naive[...], scale: scale)))
    }
    guard !found.isEmpty else { return nil }
    origins = found
    self.season = season
    self.horizon = horizon
    total = ForecastScore(mean: found.map(\.score))
    let width = max(fitting.first ?? 1, (horizon + 7) / 8)
    blocks = stride(from: 0, to: horizon, by: width).map { from in
      let to = min(horizon, from + width)
      return Block(
        from: from, to: to,
        score: ForecastScore(
          mean: found.map { origin in
            let history = Array(values[..<origin.count])
            let naive = Backtest.repeated(history, season: season, horizon: horizon)
            return ForecastScore(
              truth: origin.truth[from..<to], path: origin.path[from..<to], low: origin.low[from..<to],
              high: origin.high[from..<to], naive: naive[from..<to],
              scale: ForecastScore.scale(of: history, season: season))
          }))
    }
  }

  private var scoredPeaks: [Origin] { origins.filter { $0.truePeak > 0 && $0.peak[0].isFinite } }
  /// Mean of |peak forecast - peak| / peak; NaN where there was none.
  public var peakError: Double { mean(scoredPeaks.map { abs($0.peak[0] - $0.truePeak) / $0.truePeak }) }
  /// The same of the top of the middle path, and of the last horizon's peak.
  public var pathPeakError: Double {
    mean(scoredPeaks.map { abs(($0.path.max() ?? 0) - $0.truePeak) / $0.truePeak })
  }
  public var naivePeakError: Double { mean(scoredPeaks.map { abs($0.naivePeak - $0.truePeak) / $0.truePeak }) }
  /// The share of peaks at or below the 95th percentile, and by how much that lies above them on average.
  public var peakCoverage: Double { mean(scoredPeaks.map { $0.truePeak <= $0.peak[2] ? 1 : 0 }) }
  public var peakExcess: Double { mean(scoredPeaks.map { $0.peak[2] / $0.truePeak - 1 }) }

  private func mean(_ values: [Double]) -> Double { Statistics.mean(values) ?? .nan }

  static func repeated(_ history: [Double], season: Int, horizon: Int) -> [Double] {
    var last = history.last { $0.isFinite } ?? 0
    let tail = Array(history.suffix(season))
    let season = tail.count
    let filled = tail.map { value -> Double in
      if value.isFinite { last = value }
      return last
    }
    return (0..<horizon).map { filled[$0 % season] }
  }

  private static func divisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
