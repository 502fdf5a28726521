import Glibc
import Quantities

/// The forecaster that comes first: shape of the week x level of the last weeks x growth x events, with the doubt
/// measured on the history itself.
///
/// - The shape is the median by hour of the week (`SeasonalFit`); short histories get a shape of the day, shorter
///   ones none.
/// - The level is the median of the last days, over the window that would have erred least so far.
/// - The peak's distribution comes of sample paths: growth, level, lifts and residual days drawn together.
public struct SeasonalBaseline: Forecaster {
  public static let descriptor = ForecasterDescriptor(
    name: "seasonal-baseline",
    summary: "robust shape of the week x recent level x growth x events, peaks from resampled days",
    limits: "knows the year from 13 months on; wants three weeks, works from one point")

  /// Paths drawn for the peak's distribution. 1,000 give the 90th percentile to about a hundredth of its spread.
  static let paths = 1000
  /// Steps ahead at most.
  static let mostSteps = 5_000_000

  public init() {}

  public func forecast(_ history: TimeSeries<RequestRate>, request: ForecastRequest) -> Forecast {
    SeasonalBaseline.forecast(history, request, guided: nil)
  }

  /// - Parameters:
  ///   - ensemble: whether, and by which, the first weeks' path and the peak are corrected.
  ///   - cut: where demand was cut off, once that has been put back.
  static func forecast(
    _ history: TimeSeries<RequestRate>, _ request: ForecastRequest, guided ensemble: Ensemble?, cut: FlatTop? = nil
  ) -> Forecast {
    let stepSeconds = history.step.seconds
    func count(_ span: Duration) -> Int {
      Int(min(Double(SeasonalBaseline.mostSteps), max(1, (span.seconds / stepSeconds - 1e-9).rounded(.up))))
    }
    let steps = count(request.horizon)
    let drawn = max(steps, request.lookout.map(count) ?? 0)
    let past = request.events.flatMap {
      $0.occurrences(from: history.start, to: history.end, zone: request.zone)
    }
    let fit =
      request.analysis.flatMap { $0.fit(of: history, request, past) }
      ?? SeasonalFit(of: history, zone: request.zone, events: past + request.knownEvents, like: request.like)
    var flatTop = cut
    if cut == nil, let found = FlatTop.find(in: fit) {
      // Capacity is for what is asked, not for what was let in.
      if let whole = found.whole { return forecast(whole, request, guided: ensemble, cut: found.top) }
      flatTop = found.top
    }
    var because = reasons(fit, history)
    if let yearly = fit.yearly { because.append(yearly.sentence) }
    let isYearUnseen =
      fit.yearly == nil
      && YearlySeason.isMissed(
        history: history.duration.seconds, horizon: Double(drawn) * stepSeconds)
    if isYearUnseen { because.append(YearlySeason.missing(history: history.duration.seconds)) }
    if let flatTop { because.append(flatTop.sentence) }
    if let change = fit.change, ensemble == nil { because.append(change.sentence) }

    let unitDays = fit.clock.unit / 86400
    let days = fit.lastingLevel
    let (growth, slope, weekly) = growth(fit, days, request, &because)
    let horizonDays = Double(steps) * stepSeconds / 86400
    /// The logarithm that the middle growth makes of a time, in days from the end of the history.
    func grown(_ days: Double) -> Double { weekly?.logarithm(afterWeeks: days / 7) ?? slope.mid * days }
    var flat = days
    if weekly != nil {
      for d in days.indices { flat[d] /= exp(grown((Double(d - days.count) + 0.5) * unitDays)) }
    }
    var drift = LevelDrift(
      levels: flat, smooth: weekly == nil && fit.yearly == nil ? fit.smoothLevel : SeasonalFit.smooth(flat),
      slope: weekly == nil ? slope.mid * unitDays : 0, horizonDays: horizonDays / unitDays)
    if let change = fit.change {
      // Whether it stays is an error of the level from the first day on.
      drift.atOnce += change.size * change.size * change.hold * (1 - change.hold)
    }

    // The days ahead.
    let start = history.end
    let clock = LocalClock(start: start, step: history.step, count: drawn, zone: request.zone)
    let shape = fit.profile.multiples(of: clock, stepSeconds: stepSeconds)
    var plain = shape.map { $0 * drift.level }
    func season(_ start: Timestamp, _ count: Int) -> [Double] {
      guard let yearly = fit.yearly else { return [] }
      return (0..<count).map { yearly.factor(at: start, after: (Double($0) + 0.5) * stepSeconds) }
    }
    let seasonAhead = season(start, drawn)
    let isGrowthKnown = request.growth != nil || slope.mid != 0 || weekly != nil
    var course = season(history.start, history.count)
    if isGrowthKnown, request.growth == nil {
      let growth = (0..<history.count).map {
        exp(min(max(grown((Double($0 - history.count) + 0.5) * stepSeconds / 86400), -300), 300))
      }
      course = course.isEmpty ? growth : zip(course, growth).map { $0 * $1 }
    }
    let guide = ensemble.flatMap {
      EnsembleGuide(fit, steps: steps, by: $0, course: course, isGrowthKnown: isGrowthKnown)
    }
    if let guide { for (i, value) in guide.answer.mean.enumerated() { plain[i] = value } }
    let base = seasonAhead.isEmpty ? plain : zip(plain, seasonAhead).map { $0 * $1 }
    let lastKnown = fit.dayLevel.lastIndex { $0 > 0 } ?? max(0, fit.clock.dayCount - 1)
    let aheadOfLevel = clock.hasDays ? clock.firstDate - fit.clock.firstDate - lastKnown : 1
    let leadStep = clock.hasDays ? 1 : unitDays
    let lead = (0..<clock.dayCount).map { Double($0 + aheadOfLevel) * leadStep }
    // A straight line counts from the level's day, what bends from the end of the history.
    let trend = lead.indices.map { d in weekly == nil ? slope.mid * lead[d] : grown((Double(d) + 0.5) * leadStep) }
    let residuals = ResidualDays(fit)
    if residuals.leftOut > 0 {
      because.append(
        "\(residuals.leftOut) outlier step\(residuals.leftOut == 1 ? " was" : "s were") left out of level and peaks.")
    }

    let measured = EventLift.measure(past, in: fit)
    var occurrences: [PathModel.Occurrence] = []
    var lifts: [Estimate<Factor>] = []
    var sources: [(event: Event, known: KnownEvent, index: Int, because: String, assumed: Bool)] = []
    for event in request.events {
      let (lift, why, assumed) = lift(of: event, measured, request)
      var index: Int?
      for known in event.occurrences(from: start, to: start + history.step * drawn, zone: request.zone) {
        let occurrence = SeasonalBaseline.occurrence(of: event, known, lifts.count, start, history.step, drawn)
        guard !occurrence.steps.isEmpty else { continue }
        index = index ?? lifts.count
        occurrences.append(occurrence)
        sources.append((event, known, occurrences.count - 1, why, assumed))
      }
      if index != nil { lifts.append(lift) }
    }
    because += overlaps(sources.map { $0.known })

    let slots = residuals.slots
    var outlook = PathModel(
      seed: request.seed, base: base, day: clock.day,
      slot: clock.second.map { clock.hasDays ? Int32(min(slots - 1, Int(Double($0) / stepSeconds))) : 0 },
      dayCount: clock.dayCount, firstWeekday: clock.firstDate.weekday.rawValue, lead: lead, leadStep: leadStep,
      slope: slope, trend: trend, confidence: request.confidence, drift: drift, residuals: residuals,
      occurrences: occurrences, lifts: lifts)
    outlook.seasonDoubt = seasonDoubt(fit.yearly, start, days: clock.dayCount, unit: leadStep)
    if let from = request.from, from > start {
      outlook.first = min(steps - 1, Int(((from - start).seconds / stepSeconds).rounded(.down)))
    }
    var model = outlook.prefix(steps)
    let first = model.first
    let paths = min(SeasonalBaseline.paths, max(40, 4_000_000 / max(1, model.dayCount)))
    let within = guide?.answer.mean.indices.last.map { Int(clock.day[$0]) + 1 } ?? 0
    let told = (0..<(guide?.answer.mean.count ?? 0)).map { i in
      exp(min(300, trend[Int(clock.day[i])])) * (seasonAhead.isEmpty ? 1 : seasonAhead[i])
    }
    let futures: PathDraws = model.draws(paths)
    if let guide {
      model.calibration = guide.calibration(
        of: model, base: Array(plain.prefix(model.base.count)), days: within, paths: paths, draws: futures)
      outlook.calibration = model.calibration
      because.append(contentsOf: guide.reasons)
    }
    let (low, high) = (0.5 - request.confidence / 2, 0.5 + request.confidence / 2)
    let draws: PeakDraws = model.dailyPeaks(paths: paths, drawn: futures)
    let dailyPeaks = (0..<draws.dayCount).map { d in
      let most = draws.quantiles(ofDay: d, [low, 0.5, high]).map { RequestRate(rawValue: SeasonalBaseline.told($0)) }
      return Estimate(low: most[0], mid: most[1], high: most[2], confidence: request.confidence)
    }
    var middle = model.marginals(levels: [0.5])
    guide?.narrow(&middle.quantiles, [0.5], course: told, except: model.occurrences)
    bound(&middle.quantiles, day: model.day) { [dailyPeaks[$0].mid.rawValue] }
    let mid = middle.quantiles[0]
    let ranges = Deferred { [model] in
      let levels =
        ForecastAnswer.levels
        + [low, high].filter { p in !ForecastAnswer.levels.contains { abs($0 - p) < 1e-9 } }
      var all = model.marginals(levels: levels)
      guide?.narrow(&all.quantiles, levels, course: told, except: model.occurrences)
      bound(&all.quantiles, day: model.day) { draws.quantiles(ofDay: $0, levels).map(SeasonalBaseline.told) }
      func quantile(_ level: Double) -> [Double] {
        levels.firstIndex { abs($0 - level) < 1e-9 }.map { Array(all.quantiles[$0][first...]) } ?? []
      }
      return ForecastRanges(
        low: quantile(low), high: quantile(high), quantiles: ForecastAnswer.levels.map(quantile),
        spread: model.residuals.spread)
    }

    func series(_ values: [Double]) -> TimeSeries<RequestRate> {
      TimeSeries(start: start + history.step * first, step: history.step, rawValues: Array(values[first...]))
    }
    let top = mid.indices.dropFirst(first).max { mid[$0] < mid[$1] } ?? first
    let daily = (draws.firstDay..<model.dayCount).map { d in
      DailyPeak(date: clock.date(ofDay: d), peak: dailyPeaks[d])
    }
    let components = sources.compactMap { source -> EventComponent? in
      let steps = occurrences[source.index].steps.clamped(to: first..<mid.count)
      guard !steps.isEmpty else { return nil }
      let plain = steps.map { middle.plainMid[$0] }.max() ?? 0
      let with = steps.map { mid[$0] }.max() ?? 0
      return EventComponent(
        name: source.event.name, start: source.known.start, end: source.known.end,
        lift: lifts[occurrences[source.index].event], isAssumption: source.assumed, peak: RequestRate(rawValue: with),
        baselinePeak: RequestRate(rawValue: plain), because: source.because)
    }
    return Forecast(
      mid: series(mid), confidence: request.confidence,
      peak: SeasonalBaseline.estimate(draws.horizon, request.confidence), peakTime: start + history.step * top,
      baselinePeak: SeasonalBaseline.estimate(draws.baseline, request.confidence), dailyPeaks: daily,
      growthUsed: growth, components: components.sorted { $0.start < $1.start },
      forecaster: guide == nil ? SeasonalBaseline.descriptor.name : Ensemble.descriptor.name, answer: guide?.answer,
      yearly: fit.yearly, isYearUnseen: isYearUnseen, flatTop: flatTop, change: fit.change, because: because,
      ranges: ranges, peakSamples: draws.horizon, baselinePeakSamples: draws.baseline, model: model, outlook: outlook,
      dates: (0..<clock.dayCount).map(clock.date(ofDay:)), draws: draws)
  }

  /// No step's quantile lies above its day's: whoever stays below a rate all day stays below it at each step.
  ///
  /// - Parameter most: the quantiles of a day.
  private static func bound(_ quantiles: inout [[Double]], day: [Int32], by most: (Int) -> [Double]) {
    var from = 0
    while from < day.count {
      let bounds = most(Int(day[from]))
      var to = from
      while to < day.count, day[to] == day[from] {
        for l in bounds.indices { quantiles[l][to] = min(quantiles[l][to], bounds[l]) }
        to += 1
      }
      from = to
    }
  }

  /// A quantile of ascending peaks.
  static func peak(_ sorted: [Double], _ p: Double) -> Double { told(Statistics.quantile(sorted: sorted, p) ?? 0) }

  /// A peak as it is told: absurd growth or lifts overflow to infinity, which has none.
  static func told(_ value: Double) -> Double { value.isFinite ? min(value, 1e300) : 1e300 }

  private static func estimate(_ sorted: [Double], _ confidence: Double) -> Estimate<RequestRate> {
    func at(_ p: Double) -> RequestRate { RequestRate(rawValue: peak(sorted, p)) }
    return Estimate(
      low: at(0.5 - confidence / 2), mid: at(0.5), high: at(0.5 + confidence / 2), confidence: confidence)
  }

  /// How far the season may be off, relative to the history's last days: of what was seen, as much as its trust leaves
  /// open.
  private static func seasonDoubt(_ yearly: YearlySeason?, _ start: Timestamp, days: Int, unit: Double) -> [Double] {
    guard let yearly, yearly.trust < 1 else { return [] }
    let share = ((1 - yearly.trust) / yearly.trust).squareRoot()
    let now = log(yearly.factor(at: start))
    return (0..<days).map { d in
      share * abs(log(yearly.factor(at: start, after: (Double(d) + 0.5) * unit * 86400)) - now)
    }
  }

  // MARK: - Growth

  private static func growth(
    _ fit: SeasonalFit, _ days: [Double], _ request: ForecastRequest, _ because: inout [String]
  ) -> (Estimate<Fraction>, (low: Double, mid: Double, high: Double), WeeklyGrowth?) {
    func slope(_ g: Fraction) -> Double { log(max(1 + g.rawValue, 1e-3)) / 365.25 }
    func slopes(_ g: Estimate<Fraction>) -> (low: Double, mid: Double, high: Double) {
      (slope(g.low), slope(g.mid), slope(g.high))
    }
    if let given = request.growth {
      because.append("Growth of \(given.mid) a year as given.")
      return (given, slopes(given), nil)
    }
    let shifts = fit.levelShifts
    if fit.clock.hasDays, let weekly = WeeklyGrowth(days) {
      because.append(weekly.sentence)
      let year = weekly.logarithm(afterWeeks: 365.25 / 7)
      let used = Estimate(
        low: Fraction(rawValue: expm1(min(0, year))), mid: Fraction(rawValue: expm1(year)),
        high: Fraction(rawValue: expm1(max(0, 2 * year))), confidence: request.confidence)
      return (used, (min(0, weekly.slope / 14), 0, max(0, weekly.slope / 14)), weekly)
    }
    let levels = LevelShift.leveled(days, shifts, firstDate: fit.clock.firstDate)
    if let last = shifts.last {
      because.append(
        "The level changed for good \(shifts.count == 1 ? "" : "\(shifts.count) times, last ")on \(last.date): the jump is no growth."
      )
    }
    guard let trend = GrowthTrend(levels: levels, unit: fit.clock.unit) else {
      because.append("No growth assumed: telling it needs \(GrowthTrend.leastWeeks) weeks of history.")
      return (Estimate(exactly: .zero), (0, 0, 0), nil)
    }
    let bounds = trend.perYear(confidence: request.confidence)
    let mid = Fraction(rawValue: expm1(min(max(trend.shrunkLogSlope, -7), 7)))
    let used = Estimate(
      low: min(bounds.low, mid), mid: mid, high: max(bounds.high, mid), confidence: request.confidence)
    because.append(
      "Growth of \(mid) a year from \(trend.weeks) weeks (measured \(bounds.mid), drawn towards none by its doubt).")
    return (used, slopes(used), nil)
  }

  // MARK: - Events

  private static func lift(
    of event: Event, _ measured: [EventLift], _ request: ForecastRequest
  ) -> (Estimate<Factor>, String, Bool) {
    if event.isAssumption, request.usesMeasuredLifts, let own = measured.first(where: { $0.name == event.name }) {
      let times = own.occurrences == 1 ? "once" : "\(own.occurrences) times"
      return (own.peak, "measured \(times) in the history, in place of the catalog's \(event.lift)", false)
    }
    let source = event.source ?? (event.isAssumption ? "planning figure of the catalog" : "as given")
    return (event.lift, source, event.isAssumption)
  }

  private static func occurrence(
    of event: Event, _ known: KnownEvent, _ index: Int, _ start: Timestamp, _ step: Duration, _ steps: Int
  ) -> PathModel.Occurrence {
    let width = step.seconds
    let length = (known.end - known.start).seconds
    let from = (known.start - start).seconds
    let first = Int(min(Double(steps), max(0, (from / width).rounded(.down))))
    let last = Int(min(Double(steps), max(Double(first), ((from + length) / width).rounded(.up))))
    // The share of a step is that of the part of it that the event covers, at its middle.
    let shares = (first..<last).map { i -> Double in
      let (a, b) = (max(Double(i) * width, from), min(Double(i + 1) * width, from + length))
      return b > a ? event.shape.share(at: (a + b) / 2 - from, of: length) * (b - a) / width : 0
    }
    return PathModel.Occurrence(event: index, steps: first..<last, shares: shares)
  }

  private static func overlaps(_ known: [KnownEvent]) -> [String] {
    var result: [String] = []
    let ordered = known.sorted { $0.start < $1.start }
    for (a, b) in zip(ordered, ordered.dropFirst()) where b.start < a.end && a.name != b.name && result.count < 5 {
      result.append("\(a.name) and \(b.name) overlap: their lifts multiply; drop one if it is part of the other.")
    }
    return result
  }

  // MARK: - Reasons

  private static func reasons(_ fit: SeasonalFit, _ history: TimeSeries<RequestRate>) -> [String] {
    let known = fit.knownDays
    if history.gapCount == history.count { return ["There is no history: the forecast is zero."] }
    let days = "\(known) day\(known == 1 ? "" : "s")"
    let there = known == 1 ? "there is" : "there are"
    switch fit.profile.kind {
    case .weekly: return ["Shape of the week from \(days) of history."]
    case .daily: return ["Shape of the day only: the week's needs two weeks of history, \(there) \(days)."]
    case .flat:
      return fit.clock.hasDays
        ? ["A level without shape: the day's needs two days of history, \(there) \(days)."]
        : ["A level without shape: steps are longer than a day."]
    }
  }
}
