/// A series and how far ahead to look.
public struct ForecastQuestion: Sendable {
  /// Uniform steps; NaN for a gap. Anything not finite counts as one.
  public var values: [Double]
  public var stepSeconds: Double
  /// Steps ahead.
  public var horizon: Int
  /// Seasons in steps; empty to take the day and the week of the step.
  public var seasons: [Int]
  /// Whether whoever asks has taken the season of the year, or growth, out of the values and puts it back.
  var isYearKnown = false
  var isGrowthKnown = false

  /// The longest horizon answered, in steps.
  public static let longestHorizon = 1_000_000

  public init(values: [Double], stepSeconds: Double = 3600, horizon: Int, seasons: [Int] = []) {
    self.values = values
    self.stepSeconds = stepSeconds
    self.horizon = horizon
    self.seasons = seasons
  }

  /// The day, the week and, where two of them are known, the year.
  var foundSeasons: [Int] {
    var result = usualSeasons
    let year = 31_557_600 / max(stepSeconds, 1e-9)
    if year <= 100_000, year >= 300, Double(values.count) >= 2 * year { result.append(Int(year.rounded())) }
    return result
  }

  /// The day and the week in steps, as far as the step divides them.
  var usualSeasons: [Int] {
    guard stepSeconds > 0, stepSeconds.isFinite else { return [] }
    var result: [Int] = []
    for seconds in [86_400.0, 604_800.0] {
      let steps = seconds / stepSeconds
      if steps >= 2, steps <= 1e6, abs(steps - steps.rounded()) < 1e-6 { result.append(Int(steps.rounded())) }
    }
    return result
  }
}

/// What a series is likely to do, step by step and at its highest.
public struct ForecastAnswer: Sendable {
  /// Probabilities of ``quantiles``, in order.
  public static let levels = [0.025, 0.1, 0.5, 0.9, 0.975, 0.99]
  /// Probabilities of ``peak``, in order.
  public static let peakLevels = [0.5, 0.9, 0.95, 0.99]
  /// The path that is as often above as below.
  public var mean: [Double]
  /// One path for each of ``levels``; at every step they do not cross.
  public var quantiles: [[Double]]
  /// The largest step of the horizon, one value for each of ``peakLevels``.
  public var peak: [Double]
  /// What the largest step stays below with one in ten.
  public var peakLow: Double
  /// What was done and what could not be known, as sentences.
  public var findings: [String]
  /// The members by name with their weights, the heaviest first.
  public var weights: [(name: String, weight: Double)]
  /// How the same method would have done from earlier origins; nil where the history is too short to tell.
  public var backtest: ForecastBacktest?

  /// A path whose course is certain.
  init(certain value: Double, horizon: Int, finding: String) {
    let path = [Double](repeating: value, count: horizon)
    mean = path
    quantiles = ForecastAnswer.levels.map { _ in path }
    peak = ForecastAnswer.peakLevels.map { _ in value }
    peakLow = value
    findings = [finding]
    weights = []
  }

  init(
    mean: [Double], quantiles: [[Double]], peak: [Double], peakLow: Double, findings: [String],
    weights: [(name: String, weight: Double)], backtest: ForecastBacktest?
  ) {
    self.mean = mean
    self.quantiles = quantiles
    self.peak = peak
    self.peakLow = peakLow
    self.findings = findings
    self.weights = weights
    self.backtest = backtest
  }
}

/// What the same method would have said at earlier origins of the series.
public struct ForecastBacktest: Sendable {
  public let origins: Int
  /// Mean absolute error of the combined path and of the seasonal naive forecast, in the series' units.
  public let error: Double
  public let naiveError: Double
  /// Mean of |forecast peak - peak| / peak.
  public let peakError: Double
}
