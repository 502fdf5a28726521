import Glibc
import Quantities

/// One series with everything that `headroom forecast` tells about it.
public struct ForecastStudy: Sendable {
  /// What is asked of a study.
  public struct Request: Sendable {
    public var horizon: Duration
    /// See ``ForecastRequest/from``.
    public var from: Timestamp?
    public var zone: TimeZoneRules = .utc
    public var events: [Event] = []
    public var growth: Estimate<Fraction>?
    /// See ``ForecastRequest/like``.
    public var like: YearlySeason?
    /// The rate that must not be exceeded; nil leaves the runway out.
    public var capacity: RequestRate?
    /// How far the runway is looked along.
    public var runwayDays = 365.0
    public var seed: UInt64 = 1
    /// Between these the forecast stays: what a quota, a contract or a wire allows.
    public var floor: RequestRate?
    public var cap: RequestRate?
    /// Sampled futures to hand out.
    public var paths = 0
    /// Whether recurring outliers are proposed as events; not where steps have no dates.
    public var proposesEvents = true
    /// Whether the forecast is tested on what came, which takes eight times as long as making it.
    public var isTested = true
    public init(horizon: Duration) { self.horizon = horizon }
  }
  /// The largest step of a day or a week.
  public struct SpanPeak: Sendable {
    public var start: CivilDate
    public var end: CivilDate
    public var p50: RequestRate
    public var p90: RequestRate
    public var p99: RequestRate
  }
  /// A cycle that was looked for.
  public struct Season: Sendable {
    public var name: String
    /// Steps.
    public var steps: Int
    /// The share of the variation that the cycle explains, 0 to 1: as in Wang, Smith and Hyndman (2006).
    public var strength: Double
  }
  /// A step that was not taken as it was.
  public struct Change: Sendable {
    public var time: Timestamp
    public var from: RequestRate
    public var to: RequestRate
  }

  public var name: String
  /// What it is a sum by, in a hierarchy: `total`, `service`; the finest for a series as it came. Else nil.
  public var level: String?
  /// What was understood of the file that the history comes from, as a sentence; nil where none was read.
  public var reading: String?
  public let history: TimeSeries<RequestRate>
  public let request: Request
  /// Steps ahead that the answer holds.
  public let steps: Int
  public private(set) var answer: ForecastAnswer
  public let forecast: Forecast
  public private(set) var days: [SpanPeak]
  public private(set) var weeks: [SpanPeak]
  /// The largest step of the horizon on each sampled future, ascending.
  public private(set) var peakSamples: [Double]
  public let growth: Estimate<Fraction>
  public let seasons: [Season]
  /// Days on which the level or its growth changed for good.
  public let shifts: [LevelShift]
  public let changes: [Change]
  /// Recurring outliers, as events to name. The forecast does not count them.
  public let proposals: [EventProposal]
  /// The peak's 50th, 90th, 95th and 99th percentile with the proposed events counted; nil where there are none.
  public private(set) var peakWithProposals: [Double]?
  public let backtest: Backtest?
  public let runway: RunwayOutlook?
  /// By how much reconciliation moved each step, and each day's peak; empty where it did not.
  private var move: [Double] = []
  private var ratios: [Double] = []
  /// What was done and what could not be known.
  public private(set) var findings: [String]

  /// The first moment that the answer tells of: the history's end, or what was asked.
  public var start: Timestamp { forecast.mid.start }

  /// Steps ahead at most: beyond it the answer would not fit a screen, a file or a mind.
  public static let mostSteps = ForecastQuestion.longestHorizon

  /// - Parameter forecaster: one with a prior of sister series where there are any.
  public init(
    of history: TimeSeries<RequestRate>, name: String, _ request: Request,
    by forecaster: EnsembleForecaster = EnsembleForecaster()
  ) {
    let width = history.step.seconds
    let wanted = max(1, (request.horizon.seconds / width - 1e-9).rounded(.up))
    let steps = Int(min(Double(ForecastStudy.mostSteps), wanted))
    let ahead = history.step * steps
    var asked = ForecastRequest(
      horizon: ahead, zone: request.zone, events: request.events, growth: request.growth, seed: request.seed)
    asked.from = request.from
    asked.like = request.like
    if request.capacity != nil { asked.lookout = max(ahead, min(.days(request.runwayDays), history.step * 500_000)) }
    asked.usesMeasuredLifts = true
    var forecast = Ensemble(forecaster).forecast(history, request: asked)
    let past = request.events.flatMap { $0.occurrences(from: history.start, to: history.end, zone: request.zone) }
    let fit = SeasonalFit(of: history, zone: request.zone, events: past)
    var question = ForecastQuestion(values: fit.series.rawValues, stepSeconds: width, horizon: steps)
    question.seasons = question.foundSeasons
    self.name = name
    self.history = history
    self.request = request
    self.steps = forecast.mid.count
    let limits = ForecastLimits(request)
    answer = limits.bounded(forecast.law)
    let spans = forecast.draws.map { ForecastStudy.spans($0, dates: forecast.dates, limits) }
    days = spans?.days ?? []
    weeks = spans?.weeks ?? []
    peakSamples = spans?.peaks ?? []
    forecast.draws = nil
    self.forecast = forecast
    growth = forecast.growthUsed
    seasons = ForecastStudy.seasons(question)
    let isCleaned = Set(fit.outliers.map { fit.clock.day[$0.index] }).count <= max(3, fit.knownDays / 50)
    changes =
      isCleaned && forecast.answer != nil
      ? fit.outliers.map { flag in
        Change(
          time: history.time(at: flag.index), from: RequestRate(rawValue: history.rawValues[flag.index]),
          to: RequestRate(rawValue: fit.fitted(flag.index)))
      } : []
    shifts = fit.levelShifts
    proposals = request.proposesEvents ? EventProposal.find(in: fit, known: past, planned: request.events) : []
    peakWithProposals =
      proposals.isEmpty
      ? nil : ForecastStudy.peak(of: history, asked, with: proposals, by: Ensemble(forecaster), limits)
    backtest = request.isTested ? Backtest(of: question, by: forecaster) : nil
    runway = request.capacity.flatMap { RunwayOutlook(forecast, capacity: $0, cap: limits.cap) }
    var findings = answer.findings
    for sentence in forecast.because where !findings.contains(sentence) { findings.append(sentence) }
    findings += limits.findings(answer)
    if request.isTested, backtest == nil {
      findings.append("The history is too short to test the forecast against what came.")
    }
    self.findings = findings
  }

  /// The horizon's peak where the proposed events are known ones: measured, left out of ordinary demand, and on top of
  /// it on their days ahead.
  private static func peak(
    of history: TimeSeries<RequestRate>, _ request: ForecastRequest, with proposals: [EventProposal],
    by forecaster: Ensemble, _ limits: ForecastLimits
  ) -> [Double]? {
    var request = request
    request.lookout = nil
    request.events += proposals.map(\.event)
    return forecaster.forecast(history, request: request).law.peak.map(limits.bounded)
  }

  /// Peaks of the days, and of the weeks that begin with them.
  private static func spans(
    _ draws: PeakDraws, dates: [CivilDate], _ limits: ForecastLimits
  ) -> (days: [SpanPeak], weeks: [SpanPeak], peaks: [Double]) {
    func span(_ range: Range<Int>) -> SpanPeak {
      let at = draws.quantiles(of: range, [0.5, 0.9, 0.99]).map {
        RequestRate(rawValue: limits.bounded(SeasonalBaseline.told($0)))
      }
      return SpanPeak(
        start: dates[range.lowerBound], end: dates[range.upperBound - 1], p50: at[0], p90: at[1], p99: at[2])
    }
    let whole = draws.firstDay..<max(draws.firstDay, draws.dayCount)
    let days = whole.prefix(400).map { span($0..<$0 + 1) }
    let weeks = stride(from: whole.lowerBound, to: min(whole.upperBound, whole.lowerBound + 2800), by: 7).map {
      span($0..<min(whole.upperBound, $0 + 7))
    }
    return (Array(days), whole.count >= 7 ? weeks : [], draws.horizon.map(limits.bounded))
  }

  /// The sampled futures that were asked for, step by step; with events, growth and limits.
  ///
  /// Complexity: proportional to their number times the horizon.
  public var paths: [[Double]] {
    let limits = ForecastLimits(request)
    let days = daySteps
    return forecast.samplePaths(request.paths).map { path in
      var values = path.rawValues
      if !move.isEmpty {
        for (d, range) in days.enumerated() {
          let top = range.reduce(0) { max($0, values[$1]) }
          for t in range { values[t] = max(0, values[t] + move[t]) }
          PathModel.align(&values, range, top: top * ratios[d], likeliest: answer.mean)
        }
      }
      return values.map(limits.bounded)
    }
  }

  /// The steps of each day told.
  private var daySteps: [Range<Int>] {
    let day = forecast.model.day.dropFirst(forecast.model.first)
    var result: [Range<Int>] = []
    var from = day.startIndex
    while from < day.endIndex {
      var to = from
      while to < day.endIndex, day[to] == day[from] { to += 1 }
      result.append(from - day.startIndex..<to - day.startIndex)
      from = to
    }
    return result
  }

  /// The study with another middle path, around which ranges, days, weeks and peak move along: what reconciliation makes
  /// of it. A day's peak moves by as much as the top of its path.
  public func moved(to path: [Double]) -> ForecastStudy {
    guard path.count == answer.mean.count, let before = answer.mean.max(), let after = path.max() else { return self }
    var study = self
    let limits = ForecastLimits(request)
    let days = daySteps
    study.move = zip(path, answer.mean).map { $0 - $1 }
    study.ratios = days.map { range in
      let (was, is_) = (range.reduce(0) { max($0, answer.mean[$1]) }, range.reduce(0) { max($0, path[$1]) })
      return was > 0 && is_ > 0 ? is_ / was : 1
    }
    var draws = forecast.model.dailyPeaks(paths: forecast.peakSamples.count)
    draws.scale(by: study.ratios)
    let spans = ForecastStudy.spans(draws, dates: forecast.dates, limits)
    (study.days, study.weeks, study.peakSamples) = (spans.days, spans.weeks, spans.peaks)
    study.answer.mean = path
    for (d, range) in days.enumerated() {
      for (q, most) in draws.quantiles(ofDay: draws.firstDay + d, ForecastAnswer.levels).enumerated() {
        for t in range {
          study.answer.quantiles[q][t] = min(
            max(0, answer.quantiles[q][t] + path[t] - answer.mean[t]), SeasonalBaseline.told(most))
        }
      }
    }
    study.answer.peak = ForecastAnswer.peakLevels.map { limits.bounded(SeasonalBaseline.peak(draws.horizon, $0)) }
    study.answer.peakLow = limits.bounded(SeasonalBaseline.peak(draws.horizon, 0.1))
    let ratio = before > 0 && after > 0 ? after / before : 1
    study.peakWithProposals = peakWithProposals?.map { $0 * ratio }
    let share = (abs(ratio - 1) * 1000).rounded() / 10
    study.findings.append(
      "Reconciled: steps add up over the hierarchy; the top of the path moved by \(share) %, ranges and peak with it.")
    return study
  }

  private static func seasons(_ question: ForecastQuestion) -> [Season] {
    let values = question.values
    var residual = values.filter { $0.isFinite }.isEmpty ? [] : values
    guard let mean = Statistics.mean(values.filter { $0.isFinite }) else { return [] }
    for i in residual.indices { residual[i] -= mean }
    func variance(_ v: [Double]) -> Double { Statistics.mean(v.compactMap { $0.isFinite ? $0 * $0 : nil }) ?? 0 }
    return question.foundSeasons.compactMap { season in
      guard values.count >= 2 * season else { return nil }
      let before = variance(residual)
      var sums = [Double](repeating: 0, count: season)
      var counts = sums
      for i in residual.indices where residual[i].isFinite {
        sums[i % season] += residual[i]
        counts[i % season] += 1
      }
      for i in residual.indices where residual[i].isFinite { residual[i] -= sums[i % season] / counts[i % season] }
      // Means of few values explain some of any noise: that share is taken off.
      let seen = Double(values.count) / Double(season)
      let raw = before > 0 ? 1 - variance(residual) / before : 0
      let strength = max(0, (raw - 1 / seen) / max(1 - 1 / seen, 1e-9))
      let seconds = Double(season) * question.stepSeconds
      let name = seconds < 90_000 ? "day" : seconds < 700_000 ? "week" : "year"
      return Season(name: name, steps: season, strength: min(1, strength))
    }
  }
}
