import Glibc
import Quantities
import Traffic

extension DemandSlice {
  /// Of a horizon of so many steps: 200 paths give the probability of a 10 % event to about 2 percentage points;
  /// a long horizon at a short step takes fewer, so that the paths stay within 2 million numbers (16 MB).
  static func pathCount(steps: Int) -> Int { max(40, min(200, 2_000_000 / max(1, steps))) }

  /// Where only the size is asked, events alone need all of them; the first is what hazards of a policy are held against.
  private static func pathCount(steps: Int, _ draft: PlanDraft) -> Int {
    draft.depth == .full || !draft.plan.events.isEmpty ? pathCount(steps: steps) : 1
  }

  /// What demand will be: the forecast with its events, or the stated average times its peak ratio.
  static func answer(_ draft: inout PlanDraft) -> DemandOutlook {
    switch draft.plan.demand.source {
    case .stated(let average, let ratio): return stated(average, ratio, &draft)
    case .measured:
      guard let trace = draft.trace else { preconditionFailure("a plan with a source needs its trace") }
      return forecast(trace, &draft)
    }
  }

  /// Notes by how much an earlier answer's demand is lifted, where it is.
  private static func noteKnownLift(_ draft: inout PlanDraft) -> Bool {
    guard let lift = draft.known?.lift, lift.rawValue != 1 else { return false }
    draft.ledger.note(
      "what-if-lift", "demand over what the plan expects", lift.rawValue, .factor, from: .assumption(why: "what if"))
    return true
  }

  /// The demand of an earlier answer, lifted.
  private static func again(_ known: KnownDemand, _ draft: inout PlanDraft) -> DemandOutlook? {
    guard let earlier = known.outlook.forecast, let analysis = known.outlook.analysis else { return nil }
    let factor = known.lift.rawValue
    let forecast = earlier.scaled(by: factor)
    var outlook = known.outlook
    (outlook.peak, outlook.baseline) = (forecast.peak, forecast.baselinePeak)
    outlook.forecast = forecast
    if factor != 1 {
      outlook.paths = outlook.paths.map { $0.with(rawValues: $0.rawValues.map { $0 * factor }) }
      outlook.simpleForecast = outlook.simpleForecast?.scaled(by: factor)
    }
    outlook.events = plannedEvents(forecast, outlook.paths, draft, until: draft.now + draft.plan.horizon)
    derive(outlook, forecast, analysis, &draft)
    return outlook
  }

  // MARK: From a history

  private static func forecast(_ trace: Trace, _ draft: inout PlanDraft) -> DemandOutlook {
    if let known = draft.known, let outlook = again(known, &draft) { return outlook }
    let plan = draft.plan
    let analysis = TrafficAnalysis(of: trace, events: plan.events)
    let end = draft.now + plan.horizon
    var request = Planner.forecastRequest(of: plan, history: trace.series, now: draft.now, seed: draft.seed)
    request.analysis = analysis
    let forecast = Ensemble().forecast(trace.series, request: request)
    // For comparison alone: nothing is counted from it.
    let simple = draft.depth == .full ? SeasonalBaseline().forecast(trace.series, request: request) : nil
    var outlook = DemandOutlook(
      peak: forecast.peak, peakTime: forecast.peakTime, baseline: forecast.baselinePeak, forecast: forecast,
      analysis: analysis, paths: forecast.samplePaths(pathCount(steps: forecast.mid.count, draft), seed: draft.seed),
      simpleForecast: simple.flatMap {
        forecast.forecaster != $0.forecaster && $0.baselinePeak.mid > .zero ? $0 : nil
      },
      events: [], growth: forecast.growthUsed,
      growthSource: plan.demand.growth == nil ? "measured in the history" : "given in the plan")
    outlook.events = plannedEvents(forecast, outlook.paths, draft, until: end)
    derive(outlook, forecast, analysis, &draft)
    return outlook
  }

  private static func plannedEvents(
    _ forecast: Forecast, _ paths: [TimeSeries<RequestRate>], _ draft: PlanDraft, until end: Timestamp
  ) -> [PlannedEvent] {
    var planned: [PlannedEvent] = []
    for event in draft.plan.events {
      for occurrence in event.occurrences(from: draft.now, to: end, zone: draft.plan.zone) {
        let date = draft.plan.zone.local(occurrence.start).date
        var measured = event
        if let part = forecast.components.first(where: { $0.name == event.name && $0.start == occurrence.start }) {
          measured.lift = part.lift
          measured.isAssumption = part.isAssumption
        }
        planned.append(planning(measured, date, peak(forecast, paths, occurrence), draft.plan))
      }
    }
    return planned.sorted { ($0.start, $0.name) < ($1.start, $1.name) }
  }

  private static func planning(
    _ event: Event, _ date: CivilDate, _ peak: Estimate<RequestRate>, _ plan: Plan
  ) -> PlannedEvent {
    let lead = LeadTimes(decision: event.leadTime ?? .days(30), quota: plan.fleet.quotaLead)
    return PlannedEvent(
      name: event.name, start: date, days: event.duration.days, lift: event.lift, isAssumption: event.isAssumption,
      peak: peak, dates: EventSchedule(event: event.name, start: date, lead: lead))
  }

  /// The highest step while an event lasts, over the sampled futures. Of an event in which nearly all of them peak it is
  /// the horizon's peak, and that has its own, larger sample: not two numbers for one thing.
  private static func peak(
    _ forecast: Forecast, _ paths: [TimeSeries<RequestRate>], _ event: KnownEvent
  ) -> Estimate<RequestRate> {
    let range =
      (forecast.mid.index(
        of: event.start)..<max(forecast.mid.index(of: event.end), forecast.mid.index(of: event.start) + 1))
      .clamped(to: 0..<forecast.mid.count)
    let highest = paths.compactMap { path in path.rawValues[range].filter { !$0.isNaN }.max() }
    let tops = paths.compactMap { path in path.rawValues.filter { !$0.isNaN }.max() }
    if !tops.isEmpty, tops.count == highest.count,
      zip(tops, highest).count(where: { $0 <= $1 }) * 20 >= 19 * tops.count
    {
      return forecast.peak
    }
    guard let q = Statistics.quantiles(highest, [0.1, 0.5, 0.9]) else { return Estimate(exactly: forecast.peak.mid) }
    return Estimate(low: .perSecond(q[0]), mid: .perSecond(q[1]), high: .perSecond(q[2]), confidence: 0.8)
  }

  private static func derive(
    _ outlook: DemandOutlook, _ forecast: Forecast, _ analysis: TrafficAnalysis, _ draft: inout PlanDraft
  ) {
    let source = draft.trace?.source ?? "the history"
    draft.ledger.note(
      "average", "average demand in the history", analysis.average?.perSecond ?? 0, .rate,
      from: .measured(how: "mean of \(source)"))
    draft.ledger.note(
      "history-peak", "highest step in the history", analysis.peak?.value.perSecond ?? 0, .rate,
      from: .measured(how: "maximum of \(source)\(analysis.peak.map { ", at \($0.time)" } ?? "")"))
    draft.ledger.note(
      "growth", "growth a year", forecast.growthUsed.mid.rawValue, .share,
      from: draft.plan.demand.growth == nil
        ? .measured(how: "robust slope through the weekly levels of \(source), drawn towards zero by its doubt")
        : draft.plan.origin("traffic.growth", otherwise: .assumption(why: "no growth is stated")),
      shown: "\(forecast.growthUsed)")
    let lifted = noteKnownLift(&draft) ? ["what-if-lift"] : []
    let simplePath = "max over the horizon of level x hour-of-week profile x growth"
    if let simple = outlook.simpleForecast {
      draft.ledger.compute(
        "simple-peak", "peak without events by the simple forecast", simple.baselinePeak.mid.perSecond, .rate,
        how: simplePath, from: ["average", "growth"] + lifted, shown: "\(simple.baselinePeak)",
        because: "For comparison: the ensemble that is used was weighed against such forecasts at earlier moments.")
    }
    draft.ledger.compute(
      "baseline-peak", "peak without events", forecast.baselinePeak.mid.perSecond, .rate,
      how: forecast.answer == nil
        ? simplePath : "max over the horizon of the ensemble's path, its peak head and growth",
      from: ["average", "growth"] + (outlook.simpleForecast == nil ? [] : ["simple-peak"]) + lifted,
      shown: "\(forecast.baselinePeak)",
      because: "The distribution of the highest step, not the highest step of the mean, which lies too low.")
    if let highest = outlook.peakEvent { noteLift(of: highest, &draft) }
    draft.ledger.compute(
      "peak", "expected peak over the horizon", forecast.peak.mid.perSecond, .rate,
      how: outlook.peakEvent != nil ? "ordinary demand during the event x lift" : "baseline-peak",
      from: ["baseline-peak"] + (outlook.peakEvent != nil ? ["lift"] : []), shown: "\(forecast.peak)",
      because: "The median of the highest step of many sampled futures; 80 % of them lie in the range.")
  }

  private static func noteLift(of event: PlannedEvent, _ draft: inout PlanDraft) {
    let index = draft.plan.events.firstIndex { $0.name == event.name } ?? 0
    draft.ledger.note(
      "lift", "lift of \(event.name)", event.lift.mid.rawValue, .factor,
      from: event.isAssumption
        ? .assumption(why: "typical lift from the event catalog; replace it by a measured one")
        : draft.plan.origin("traffic.events[\(index)].lift", otherwise: .measured(how: "in the history")),
      shown: "\(event.lift)")
  }

  // MARK: From an average

  private static func stated(_ average: RequestRate, _ ratio: Double, _ draft: inout PlanDraft) -> DemandOutlook {
    let plan = draft.plan
    draft.ledger.note(
      "average", "average demand", average.perSecond, .rate,
      from: plan.origin("traffic.average", otherwise: .assumption(why: "default")))
    draft.ledger.note(
      "peak-to-average", "peak over average", ratio, .factor,
      from: plan.origin(
        "traffic.peak to average", otherwise: .assumption(why: "2.5 is common for one region's consumer traffic")))
    if plan.places["traffic.peak to average"] == nil {
      draft.assume(DemandAssumption.peakToAverage(Factor(rawValue: ratio)))
    }
    var formula: Formula = "average" * "peak-to-average"
    let lift = draft.known?.lift.rawValue ?? 1
    var baseline = Estimate(exactly: average * ratio * lift)
    if noteKnownLift(&draft) { formula = formula * "what-if-lift" }
    if let growth = plan.demand.growth {
      let years = plan.horizon.days / 365.25
      draft.ledger.note(
        "growth", "growth a year", growth.mid.rawValue, .share,
        from: plan.origin("traffic.growth", otherwise: .assumption(why: "no growth is stated")), shown: "\(growth)")
      draft.ledger.note(
        "horizon", "horizon in years", years, .plain,
        from: plan.origin("horizon", otherwise: .assumption(why: "90 days where the plan does not say")))
      let base = average * ratio * lift
      baseline = growth.mapped { base * pow(1 + $0.rawValue, years) }
      formula = formula * .power(1 + "growth", "horizon")
    }
    let planned = statedEvents(baseline, draft)
    var outlook = DemandOutlook(
      peak: baseline, peakTime: nil, baseline: baseline, events: planned, growth: plan.demand.growth,
      growthSource: plan.demand.growth == nil ? "none given" : "given in the plan")
    if let highest = outlook.peakEvent {
      outlook.peak = highest.peak
      noteLift(of: highest, &draft)
      formula = formula * "lift"
    }
    draft.ledger.derive(
      "peak", "expected peak over the horizon", .rate, formula, shown: "\(outlook.peak)")
    return outlook
  }

  private static func statedEvents(_ baseline: Estimate<RequestRate>, _ draft: PlanDraft) -> [PlannedEvent] {
    let end = draft.now + draft.plan.horizon
    var planned: [PlannedEvent] = []
    for event in draft.plan.events {
      for date in event.when.dates(in: draft.now.utc.date...end.utc.date) {
        let during = Estimate(
          low: baseline.low * event.lift.low.rawValue, mid: baseline.mid * event.lift.mid.rawValue,
          high: baseline.high * event.lift.high.rawValue, confidence: event.lift.confidence)
        planned.append(planning(event, date, during, draft.plan))
      }
    }
    return planned.sorted { $0.start < $1.start }
  }

  /// The quantile of sampled futures, step by step.
  static func path(at quantile: Double, of paths: [TimeSeries<RequestRate>]) -> TimeSeries<RequestRate>? {
    guard let first = paths.first else { return nil }
    var column = [Double](repeating: 0, count: paths.count)
    let values = first.rawValues.indices.map { step -> Double in
      for (i, path) in paths.enumerated() { column[i] = path.rawValues[step] }
      return Statistics.quantile(sorted: column.sorted(), quantile) ?? .nan
    }
    return first.with(rawValues: values)
  }
}
