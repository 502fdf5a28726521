import Glibc
import Quantities

/// The forecaster that plans use: the ensemble's path and peak for the first weeks, carried on by shape x level x
/// growth x events.
///
/// Known events and rare outliers are taken out of the history first, so that the ensemble sees ordinary demand. Sample
/// paths are those of ``SeasonalBaseline`` around the ensemble's path, each scaled so that the peaks of the first weeks
/// are spread as the ensemble's peak head says.
public struct Ensemble: Forecaster {
  public static let descriptor = ForecasterDescriptor(
    name: "ensemble",
    summary: "lag ridges, means and level x shape weighed at earlier origins; the peak forecast as a number of its own",
    limits: "weighs itself from about a week on; below it serves like seasonal-baseline")

  let forecaster: EnsembleForecaster

  /// - Parameter forecaster: the ensemble; one with a prior of sister series knows more.
  public init(_ forecaster: EnsembleForecaster = EnsembleForecaster()) { self.forecaster = forecaster }

  public func forecast(_ history: TimeSeries<RequestRate>, request: ForecastRequest) -> Forecast {
    SeasonalBaseline.forecast(history, request, guided: self)
  }
}

/// Where the peaks of sample paths belong.
struct PeakCalibration: Sendable {
  /// How many days the peaks are taken over.
  let days: Int
  /// The fit's largest step of each day.
  let plain: [Double]
  /// Peaks of paths at ``EnsembleGuide/places``, ascending, and the factor there.
  let peaks: [Double]
  let factors: [Double]

  func factor(at peak: Double) -> Double {
    guard let first = peaks.first, let last = peaks.last, peak > first else { return factors.first ?? 1 }
    if peak >= last { return factors.last ?? 1 }
    for i in 1..<peaks.count where peak < peaks[i] {
      let width = peaks[i] - peaks[i - 1]
      let share = width > 0 ? (peak - peaks[i - 1]) / width : 1
      return factors[i - 1] + (factors[i] - factors[i - 1]) * share
    }
    return factors.last ?? 1
  }
}

/// What the ensemble says about the first weeks.
struct EnsembleGuide {
  let answer: ForecastAnswer
  let reasons: [String]

  /// Weeks ahead that the ensemble is asked about: beyond them growth and drift count for more than the path.
  static let mostDays = 28.0
  /// The same where the history is four times as long: a quarter.
  static let mostDaysOfLong = 91.0
  /// A fit of fewer days is left alone: no member could be weighed.
  static let leastDays = 4
  static let places = [0.1, 0.5, 0.9, 0.95, 0.99]
  /// A path is scaled by no more than this, and no less than its inverse.
  static let mostScale = 4.0

  /// - Parameter course: by step of the history, what season of the year and growth made of it.
  init?(_ fit: SeasonalFit, steps: Int, by ensemble: Ensemble, course: [Double], isGrowthKnown: Bool) {
    guard fit.knownDays >= EnsembleGuide.leastDays, fit.clock.hasDays || fit.series.count >= 8 else { return nil }
    var values = fit.series.rawValues
    for i in values.indices where fit.inEvent[i] { values[i] = .nan }
    let outlierDays = Set(fit.outliers.map { fit.clock.day[$0.index] }).count
    let isCleaned = outlierDays <= max(3, fit.knownDays / 50)
    if isCleaned { for flag in fit.outliers { values[flag.index] = fit.fitted(flag.index) } }
    let day = 86400 / fit.stepSeconds
    let most = max(
      min(Double(values.count / 2), EnsembleGuide.mostDays * day),
      min(Double(values.count / 4), EnsembleGuide.mostDaysOfLong * day))
    let ahead = Int(min(Double(min(steps, ForecastQuestion.longestHorizon)), max(1, most)))
    if !course.isEmpty { for i in values.indices { values[i] /= course[i] } }
    var question = ForecastQuestion(values: values, stepSeconds: fit.stepSeconds, horizon: ahead)
    question.seasons = question.foundSeasons
    question.isYearKnown = fit.yearly != nil
    question.isGrowthKnown = isGrowthKnown
    let answer = ensemble.forecaster.forecast(question)
    guard answer.backtest != nil else { return nil }
    self.answer = answer
    reasons = answer.findings
  }

  /// The factors that bring the peaks of the model's paths to the ensemble's.
  ///
  /// - Parameter base: the ensemble's path before season and growth, in which its peaks are told.
  ///   - draws: what the first paths drew.
  func calibration(
    of model: PathModel, base: [Double], days: Int, paths: Int, draws: PathDraws
  ) -> PeakCalibration? {
    var plainModel = model
    plainModel.base = base
    let plain = plainModel.plainPeaks(from: 0)
    guard days > 0, answer.peak[0] > 0 else { return nil }
    var drawn = draws.peaks(of: model, paths: paths, over: plain, days: days)
    drawn.sort()
    let wanted = [answer.peakLow] + answer.peak
    var peaks: [Double] = []
    var factors: [Double] = []
    for (p, value) in zip(EnsembleGuide.places, wanted) {
      guard let own = Statistics.quantile(sorted: drawn, p), own > 0, own.isFinite, own > (peaks.last ?? 0) else {
        continue
      }
      let factor = min(max(value / own, 1 / EnsembleGuide.mostScale), EnsembleGuide.mostScale)
      peaks.append(own)
      // The order of paths by their peaks stays.
      factors.append(max(factor, (factors.last ?? 0) * (peaks.dropLast().last ?? 0) / own))
    }
    return peaks.isEmpty ? nil : PeakCalibration(days: days, plain: plain, peaks: peaks, factors: factors)
  }

  /// The ensemble's own ranges, with season and growth, where no event changes them; other levels than its own stay around them.
  func narrow(
    _ quantiles: inout [[Double]], _ levels: [Double], course: [Double],
    except occurrences: [PathModel.Occurrence]
  ) {
    var touched = Set<Int>()
    for occurrence in occurrences { touched.formUnion(occurrence.steps.clamped(to: answer.mean.indices)) }
    let places = levels.map { ForecastAnswer.levels.firstIndex(of: $0) }
    for i in answer.mean.indices where !touched.contains(i) {
      let (factor, mid) = (course[i], answer.mean[i])
      for (l, level) in levels.enumerated() {
        if let own = places[l].map({ answer.quantiles[$0][i] }) {
          quantiles[l][i] = (level == 0.5 ? mid : level < 0.5 ? min(own, mid) : max(own, mid)) * factor
        } else {
          quantiles[l][i] = level < 0.5 ? min(quantiles[l][i], mid * factor) : max(quantiles[l][i], mid * factor)
        }
      }
    }
  }
}
