import Glibc
import Quantities

/// What a history of traffic looks like: its size, its rhythm, its growth, its surprises.
///
/// Pure: a function of the trace and the known events. What the history cannot tell is nil, never a guess.
public struct TrafficAnalysis: Sendable {
  public let start: Timestamp
  public let end: Timestamp
  public let step: Duration
  public let zone: TimeZoneRules
  /// Steps with a value and without one.
  public let known: Int
  public let gapCount: Int

  /// The mean, or nil where the trace is all gaps.
  public let average: RequestRate?
  /// The largest step, outliers and events included.
  public let peak: PeakRate?
  /// The largest step outside outliers and known events.
  public let ordinaryPeak: PeakRate?
  public var peakToAverage: PeakToAverage { details.value.peakToAverage }
  public var percentiles: Percentiles? { details.value.percentiles }

  public var dailyProfile: DailyProfile? { details.value.dailyProfile }
  public var weeklyProfile: WeeklyProfile? { details.value.weeklyProfile }
  /// Correlation of the demand (over its smooth level) with itself a day later.
  public let dailyCorrelation: Double?
  /// Correlation with itself a week later of what the hour of the day does not explain.
  public let weeklyCorrelation: Double?

  public let growth: GrowthTrend?
  /// Why there is no growth figure, where there is none.
  public let growthUnknownBecause: String?
  public let outliers: [Outlier]
  public let gaps: [Gap]
  public let eventLifts: [EventLift]
  /// Recurring outliers that no known event explains, as events to name.
  public let eventProposals: [EventProposal]
  public var burstiness: Burstiness? { details.value.burstiness }
  /// Roughness by width of averaging, the narrowest first.
  public var burstScales: [BurstScale] { details.value.burstScales }
  public var daySimilarity: DaySimilarity? { details.value.daySimilarity }
  /// Days on which the level or its growth changed for good.
  public let levelShifts: [LevelShift]
  /// Where something cuts demand off, where that shows.
  public let flatTop: FlatTop?
  /// The steepest rises over one step, five minutes and one hour, as far as the step allows.
  public let steepestRamps: [Ramp]

  private let fit: SeasonalFit
  private let knownEvents: [KnownEvent]
  private let details: Deferred<Details>

  /// What only a page about the traffic tells.
  private struct Details: Sendable {
    let peakToAverage: PeakToAverage
    let percentiles: Percentiles?
    let dailyProfile: DailyProfile?
    let weeklyProfile: WeeklyProfile?
    let burstiness: Burstiness?
    let burstScales: [BurstScale]
    let daySimilarity: DaySimilarity?

    init(_ fit: SeasonalFit) {
      peakToAverage = PeakToAverage(of: fit.series)
      percentiles = Percentiles(of: fit.series.rawValues)
      dailyProfile = DailyProfile(of: fit)
      weeklyProfile = WeeklyProfile(of: fit)
      burstiness = Burstiness(of: fit)
      burstScales = BurstScale.all(of: fit)
      daySimilarity = DaySimilarity(of: fit)
    }
  }

  /// Correlation from which a cycle is said to be there. Noise of 100 points stays below 0.2 nineteen times in
  /// twenty; traffic with a visible daily rhythm shows 0.5 to 0.95.
  public static let cycleThreshold = 0.3
  public var hasDailyCycle: Bool { (dailyCorrelation ?? 0) > TrafficAnalysis.cycleThreshold }
  public var hasWeeklyCycle: Bool { (weeklyCorrelation ?? 0) > TrafficAnalysis.cycleThreshold }

  /// - Parameters:
  ///   - trace: the history.
  ///   - events: known events inside it: measured, and left out of profile, growth and outliers.
  public init(of trace: Trace, events: [KnownEvent] = []) {
    self.init(of: trace.series, zone: trace.zone, events: events)
  }

  /// As above, with the occurrences of events within the trace.
  public init(of trace: Trace, events: [Event]) {
    self.init(
      of: trace.series, zone: trace.zone,
      events: events.flatMap { $0.occurrences(from: trace.series.start, to: trace.series.end, zone: trace.zone) },
      planned: events)
  }

  /// - Parameter planned: events whose days ahead are not to be proposed again.
  public init(
    of series: TimeSeries<RequestRate>, zone: TimeZoneRules, events: [KnownEvent] = [], planned: [Event] = []
  ) {
    let fit = SeasonalFit(of: series, zone: zone, events: events)
    self.fit = fit
    knownEvents = events
    details = Deferred { Details(fit) }
    let series = fit.series
    let values = series.rawValues
    start = series.start
    end = series.end
    step = series.step
    self.zone = zone
    gapCount = series.gapCount
    known = values.count - gapCount
    average = series.mean
    peak = series.peak.map { PeakRate(value: $0.value, time: series.time(at: $0.index)) }
    var ordinary = series
    if !fit.outliers.isEmpty || fit.inEvent.contains(true) {
      var kept = values
      for i in kept.indices where fit.inEvent[i] { kept[i] = .nan }
      for flag in fit.outliers { kept[flag.index] = .nan }
      ordinary = series.with(rawValues: kept)
    }
    ordinaryPeak = ordinary.peak.map { PeakRate(value: $0.value, time: series.time(at: $0.index)) }
    (dailyCorrelation, weeklyCorrelation) = TrafficAnalysis.correlations(fit)
    levelShifts = fit.levelShifts
    growth = GrowthTrend(
      levels: LevelShift.leveled(fit.steadyLevel, levelShifts, firstDate: fit.clock.firstDate), unit: fit.clock.unit)
    if growth == nil {
      let weeks = Int(Double(fit.knownDays) * fit.clock.unit / 604_800)
      growthUnknownBecause =
        fit.smoothLevel.contains { $0 > 0 }
        ? "growth needs \(GrowthTrend.leastWeeks) weeks of history, there \(weeks == 1 ? "is" : "are") \(weeks)"
        : "there is no demand in the history"
    } else {
      growthUnknownBecause = nil
    }
    outliers = fit.outliers.map { flag in
      Outlier(
        time: series.time(at: flag.index), value: RequestRate(rawValue: values[flag.index]),
        expected: RequestRate(rawValue: fit.fitted(flag.index)), score: flag.score)
    }
    gaps = Gap.all(in: series)
    eventLifts = EventLift.measure(events, in: fit)
    eventProposals = EventProposal.find(in: fit, known: events, planned: planned)
    flatTop = FlatTop.find(in: fit)?.top
    steepestRamps = Ramp.steepest(in: ordinary, peak: series.peak?.value)
  }

  /// The history taken apart, where it is the one that a forecast is asked for, with the same events and clock.
  func fit(of history: TimeSeries<RequestRate>, _ request: ForecastRequest, _ past: [KnownEvent]) -> SeasonalFit? {
    guard request.like == nil, zone == request.zone, knownEvents == past + request.knownEvents,
      fit.series.start == history.start, fit.series.step == history.step, fit.series.count == history.count
    else { return nil }
    // Infinite and negative values were taken for gaps.
    let isSame = zip(fit.series.rawValues, SeasonalFit.finite(history).rawValues).allSatisfy {
      $0.bitPattern == $1.bitPattern
    }
    return isSame ? fit : nil
  }

  /// Correlations a day and a week apart, of demand over its smooth level; nil where the step does not divide a day
  /// or the history is shorter than two periods.
  private static func correlations(_ fit: SeasonalFit) -> (Double?, Double?) {
    guard fit.clock.hasDays else { return (nil, nil) }
    let hour = Duration.hours(1)
    let relative = fit.series.with(
      rawValues: fit.series.rawValues.indices.map { i in
        let level = fit.smoothLevel[Int(fit.clock.day[i])]
        return level > 0 && !fit.inEvent[i] ? fit.series.rawValues[i] / level : .nan
      })
    let coarse = relative.step < hour ? relative.aggregated(to: hour, by: .mean) : relative
    let perDay = 86400 / coarse.step.seconds
    guard perDay == perDay.rounded(), perDay >= 1 else { return (nil, nil) }
    let day = Int(perDay)
    let values = coarse.rawValues
    let daily = day >= 4 && values.count >= 2 * day ? Statistics.autocorrelation(values, lag: day) : nil
    guard values.count >= 14 * day else { return (daily, nil) }
    // What the time of day alone explains is taken off, else a daily rhythm would pass for a weekly one.
    var sums = [Double](repeating: 0, count: day)
    var counts = sums
    for i in values.indices where !values[i].isNaN {
      sums[i % day] += values[i]
      counts[i % day] += 1
    }
    let rest = values.indices.map { counts[$0 % day] > 0 ? values[$0] - sums[$0 % day] / counts[$0 % day] : .nan }
    return (daily, Statistics.autocorrelation(rest, lag: 7 * day))
  }
}
