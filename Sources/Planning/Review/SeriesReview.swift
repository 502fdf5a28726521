import Glibc
import Quantities
import Traffic

/// How often a quantile of the peak was exceeded, beside how often it should be.
public struct PeakPromise: Hashable, Sendable {
  public enum Verdict: String, Sendable {
    /// Exceeded more often than chance explains, which would make it so less than once in two hundred times.
    case broken
    /// Exceeded less often than chance explains: more is promised, and bought, than is needed.
    case cautious
    case kept
    /// Too few horizons have come.
    case early
  }
  /// The quantile: 0.5, 0.9, 0.95, 0.99.
  public let level: Double
  /// How often it was exceeded, of the horizons that have come.
  public let exceeded: BinomialShare
  /// Horizons that do not overlap.
  public let independent: Int
  public let verdict: Verdict

  /// Below so many horizons that do not overlap nobody is condemned: three forecasts may all miss one launch.
  public static let leastHorizons = 5
  /// - Parameter tests: how many such promises are judged side by side: among many some look broken by chance, so each
  ///   must be as many times less likely (Bonferroni).
  init(level: Double, exceeded: Int, of count: Int, independent: Int, tests: Int = 1) {
    self.level = level
    self.exceeded = BinomialShare(hits: exceeded, of: count, independent: independent)
    self.independent = independent
    let (few, many) = BinomialShare.scaled(exceeded, of: count, to: independent)
    let chance = BinomialShare.rest / Double(max(1, tests))
    let chances = CountChances(upTo: independent)
    if independent < PeakPromise.leastHorizons {
      verdict = .early
    } else if exp(chances.logBinomial(few, of: independent, 1 - level)) < chance {
      verdict = .broken
    } else {
      verdict = 1 - exp(chances.logBinomial(many + 1, of: independent, 1 - level)) < chance ? .cautious : .kept
    }
  }

  /// One promise a quantile, over forecasts of one series or of many.
  init(all comparisons: [[ForecastComparison]], level: Int, tests: Int = 1) {
    let judged = comparisons.map { $0.filter(\.isJudged) }
    let all = judged.joined()
    self.init(
      level: ForecastAnswer.peakLevels[level], exceeded: all.filter { $0.truePeak > $0.peak[level] }.count,
      of: all.count, independent: judged.reduce(0) { $0 + PeakPromise.apart($1) }, tests: tests)
  }

  /// How many horizons of one series can be chosen so that none overlap: the first to end, then the first to end of
  /// those that begin no earlier, and so on, which is the most there are.
  private static func apart(_ comparisons: [ForecastComparison]) -> Int {
    var count = 0
    var free: Timestamp?
    for one in comparisons.sorted(by: { ($0.end, $0.start) < ($1.end, $1.start) }) where one.start >= free ?? one.start
    {
      count += 1
      free = one.end
    }
    return count
  }
}

/// What the newest forecast says of dates that an earlier one spoke of.
public struct OutlookChange: Hashable, Sendable {
  public let earlier: Int64
  public let made: Timestamp
  /// The dates of both.
  public let from: Timestamp
  public let to: Timestamp
  /// The top of the middle path over these dates, then and now.
  public let before: Double
  public let after: Double
  /// 0.1 is a tenth more; NaN where there was nothing before.
  public var change: Double { before > 0 ? after / before - 1 : .nan }

  /// Nil where less than a quarter of the newest horizon is shared, or steps differ.
  init?(from old: KeptForecast, to new: KeptForecast) {
    let (from, to) = (max(old.start, new.start), min(old.end, new.end))
    guard old.step == new.step, to > from, (to - from).seconds * 4 >= (new.end - new.start).seconds else { return nil }
    func top(_ one: KeptForecast) -> Double {
      let first = Int(((from - one.start).seconds / one.step.seconds).rounded())
      let count = Int(((to - from).seconds / one.step.seconds).rounded())
      return one.mean[min(first, one.mean.count)..<min(first + count, one.mean.count)].max() ?? .nan
    }
    (earlier, made, self.from, self.to) = (old.number, old.made, from, to)
    (before, after) = (top(old), top(new))
    guard before.isFinite, after.isFinite else { return nil }
  }
}

/// A series' kept forecasts beside what came.
public struct SeriesReview: Sendable {
  /// The gravest first.
  public enum Verdict: String, CaseIterable, Sendable {
    /// A promise about peaks is broken, more often than chance explains.
    case broken
    /// The newest forecast that has come is off: act before more do.
    case watch
    case holds
    /// Nothing has come yet.
    case early
  }
  /// What makes a series one to watch.
  public enum Sign: String, CaseIterable, Sendable {
    /// The peak that came lies above the newest forecast's 95th percentile.
    case peakAboveP95 = "peak-above-p95"
    /// Demand came a tenth or more above or below the middle.
    case higher, lower
    /// Less than four fifths of the steps lie within the 95 % range.
    case narrow
    /// The newest forecast is a tenth or more above the first of the same dates, or below it.
    case risen, fallen
  }

  public let name: String
  /// The newest first.
  public let comparisons: [ForecastComparison]
  /// One for each of `ForecastAnswer/peakLevels`.
  public let promises: [PeakPromise]
  /// The newest forecast beside earlier ones of the same dates, the latest of them first.
  public let outlook: [OutlookChange]
  public let verdict: Verdict
  public let signs: [Sign]
  /// The newest forecast of which something has come, with what came; nil where nothing has.
  public let picture: (forecast: KeptForecast, truth: [Double])?
  /// Kept forecasts that could not be read, and those whose steps are finer than what came.
  public let unreadable: Int
  public let tooFine: Int

  /// A tenth: half of what teams keep as spare for what they did not foresee (docs/explanations/headroom.md).
  public static let notable = 0.1
  /// Below so many steps a share of them says little.
  static let leastSteps = 24

  /// - Parameters:
  ///   - forecasts: of this series, in any order.
  ///   - unreadable: how many more were kept but could not be read.
  ///   - among: how many series are reviewed together.
  public init(
    _ name: String, forecasts: [KeptForecast], history: TimeSeries<RequestRate>, unreadable: Int = 0, among: Int = 1
  ) {
    self.name = name
    self.unreadable = unreadable
    let fitting = forecasts.filter { $0.step >= history.step }.sorted { $0.number > $1.number }
    tooFine = forecasts.count - fitting.count
    var found: [ForecastComparison] = []
    var picture: (forecast: KeptForecast, truth: [Double])?
    for forecast in fitting {
      let truth = ForecastComparison.truth(of: forecast, in: history)
      found.append(ForecastComparison(forecast, truth: truth, history: history))
      if picture == nil, truth.contains(where: { $0.isFinite }) { picture = (forecast, truth) }
    }
    comparisons = found
    self.picture = picture
    promises = ForecastAnswer.peakLevels.indices.map { PeakPromise(all: [found], level: $0, tests: among) }
    let outlook = fitting.first.map { newest in
      fitting.dropFirst().compactMap { OutlookChange(from: $0, to: newest) }
    }
    self.outlook = outlook ?? []
    let latest = found.first { $0.known > 0 }
    var signs: [Sign] = []
    if let latest {
      if latest.truePeak > latest.peak[2] { signs.append(.peakAboveP95) }
      if latest.excess >= SeriesReview.notable { signs.append(.higher) }
      if latest.excess <= -SeriesReview.notable { signs.append(.lower) }
      if latest.known >= SeriesReview.leastSteps, let score = latest.score, score.coverage < 0.8 {
        signs.append(.narrow)
      }
    }
    if let change = self.outlook.last?.change {
      if change >= SeriesReview.notable { signs.append(.risen) }
      if change <= -SeriesReview.notable { signs.append(.fallen) }
    }
    self.signs = signs
    verdict =
      promises.contains { $0.verdict == .broken }
      ? .broken : latest == nil ? .early : signs.isEmpty ? .holds : .watch
  }

  /// The newest forecast of which something has come.
  public var latest: ForecastComparison? { comparisons.first { $0.known > 0 } }
}

/// Kept forecasts of all series beside what came: the part of a review that is about forecasts.
public struct ForecastReview: Sendable {
  /// The gravest first, in the order in which they came.
  public let series: [SeriesReview]
  /// Over all series, one for each of `ForecastAnswer/peakLevels`.
  public let promises: [PeakPromise]
  /// Until when something came.
  public let until: Timestamp
  /// Kept series that the traffic does not have, and the other way round.
  public let withoutTraffic: [String]
  public let withoutForecast: [String]

  public init(
    _ series: [SeriesReview], until: Timestamp, withoutTraffic: [String] = [], withoutForecast: [String] = []
  ) {
    self.series = SeriesReview.Verdict.allCases.flatMap { verdict in series.filter { $0.verdict == verdict } }
    promises = ForecastAnswer.peakLevels.indices.map { level in
      PeakPromise(all: series.map(\.comparisons), level: level)
    }
    self.until = until
    self.withoutTraffic = withoutTraffic
    self.withoutForecast = withoutForecast
  }

  /// Whether no promise about peaks is broken, over all series or for one.
  public var isKept: Bool {
    !promises.contains { $0.verdict == .broken } && !series.contains { $0.verdict == .broken }
  }

  /// By how much demand came above the middle of the newest forecasts, the median of the series; NaN where none came.
  public var excess: Double {
    Statistics.median(series.compactMap { $0.latest?.excess }.filter { $0.isFinite }) ?? .nan
  }

  /// Steps within the 95 % range, of all that came; NaN where none did.
  public var coverage: Double {
    let scores = series.flatMap { $0.comparisons.compactMap(\.score) }
    return scores.isEmpty ? .nan : ForecastScore(mean: scores).coverage
  }
}
