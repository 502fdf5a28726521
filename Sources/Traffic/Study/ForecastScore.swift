import Glibc

/// How good forecasts were, by the measures of forecasting competitions.
///
/// sMAPE and MASE as in the M4 competition (Makridakis et al., 2020); MSIS, the mean scaled interval score of 95 %
/// ranges, likewise; the relative OWA is the mean of both errors over those of the last season repeated.
public struct ForecastScore: Hashable, Sendable {
  /// Mean of 200 |y - f| / (|y| + |f|), per cent.
  public var smape = 0.0
  /// Mean absolute error over the history's own mean absolute change from season to season.
  public var mase = 0.0
  /// The same of the last season repeated.
  public var naiveSmape = 0.0
  public var naiveMase = 0.0
  /// The share of steps inside the 95 % range.
  public var coverage = 0.0
  public var intervalScore = 0.0
  /// Steps that were scored.
  public var steps = 0

  /// 1 is as good as the last season repeated, less is better.
  public var relativeOWA: Double {
    guard naiveSmape > 0, naiveMase > 0 else { return naiveSmape == smape ? 1 : .nan }
    return (smape / naiveSmape + mase / naiveMase) / 2
  }

  /// Steps of one forecast.
  ///
  /// - Parameters:
  ///   - truth: what came; NaN where unknown, which is left out.
  ///   - naive: the last season repeated.
  ///   - scale: see ``scale(of:season:)``.
  init(
    truth: ArraySlice<Double>, path: ArraySlice<Double>, low: ArraySlice<Double>, high: ArraySlice<Double>,
    naive: ArraySlice<Double>, scale: Double
  ) {
    func relative(_ y: Double, _ f: Double) -> Double {
      let size = abs(y) + abs(f)
      return size > 0 ? 200 * abs(y - f) / size : 0
    }
    for (offset, y) in truth.enumerated() where y.isFinite {
      let f = path[path.startIndex + offset]
      let n = naive[naive.startIndex + offset]
      let (l, u) = (low[low.startIndex + offset], high[high.startIndex + offset])
      smape += relative(y, f)
      naiveSmape += relative(y, n)
      mase += abs(y - f) / scale
      naiveMase += abs(y - n) / scale
      coverage += y >= l && y <= u ? 1 : 0
      intervalScore += ((u - l) + 40 * max(0, l - y) + 40 * max(0, y - u)) / scale
      steps += 1
    }
    scaled(by: 1 / Double(max(1, steps)))
  }

  /// A forecast that was made and kept, beside what came.
  ///
  /// The naive forecast repeats the longest of day and week that the history holds twice; without one its errors, and
  /// those by scale, are NaN.
  ///
  /// - Parameters:
  ///   - truth: what came, a value a step; NaN where unknown.
  ///   - history: what was known when the forecast was made, in its steps.
  public init(
    of path: [Double], low: [Double], high: [Double], truth: [Double], history: [Double], stepSeconds: Double
  ) {
    let count = min(path.count, low.count, high.count, truth.count)
    let question = ForecastQuestion(values: history, stepSeconds: stepSeconds, horizon: count)
    let season = question.usualSeasons.last { 2 * $0 <= history.count && $0 <= 2016 }
    self.init(
      truth: truth[..<count], path: path[...], low: low[...], high: high[...],
      naive: season.map { Backtest.repeated(history, season: $0, horizon: count) }?[...]
        ?? [Double](repeating: .nan, count: count)[...],
      scale: season.map { ForecastScore.scale(of: history, season: $0) } ?? .nan)
  }

  /// The mean of several scores by their steps.
  public init(mean scores: [ForecastScore]) {
    for score in scores {
      let n = Double(score.steps)
      smape += n * score.smape
      mase += n * score.mase
      naiveSmape += n * score.naiveSmape
      naiveMase += n * score.naiveMase
      coverage += n * score.coverage
      intervalScore += n * score.intervalScore
      steps += score.steps
    }
    scaled(by: 1 / Double(max(1, steps)))
  }

  private mutating func scaled(by factor: Double) {
    smape *= factor
    mase *= factor
    naiveSmape *= factor
    naiveMase *= factor
    coverage *= factor
    intervalScore *= factor
  }

  /// The mean absolute change from one season to the next; from step to step where there is none. Never zero.
  static func scale(of values: [Double], season: Int) -> Double {
    func mean(_ lag: Int) -> Double {
      var (sum, n) = (0.0, 0.0)
      if values.count > lag {
        for i in lag..<values.count {
          let d = abs(values[i] - values[i - lag])
          if d.isFinite {
            sum += d
            n += 1
          }
        }
      }
      return n > 0 ? sum / n : 0
    }
    let seasonal = mean(max(1, season))
    return seasonal > 0 ? seasonal : max(mean(1), 1e-9)
  }
}
