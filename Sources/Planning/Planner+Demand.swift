import Quantities
import Traffic

extension Planner {
  /// What demand will be: the forecast with its events, or the stated average times its peak ratio.
  mutating func outlook(_ analysis: TrafficAnalysis?) -> DemandOutlook {
    guard let trace, let analysis else { return statedOutlook() }
    let end = now + plan.horizon
    let request = ForecastRequest(
      horizon: end - trace.series.end, zone: plan.zone, events: plan.events, growth: plan.growth, seed: seed)
    let forecast = Ensemble().forecast(trace.series, request: request)
    compare(forecast, with: SeasonalBaseline().forecast(trace.series, request: request))
    paths = forecast.samplePaths(Planner.pathCount(steps: forecast.mid.count), seed: seed)
    let planned = plannedEvents(forecast, until: end)
    recordDemand(forecast, analysis, planned)
    return DemandOutlook(
      peak: forecast.peak, peakTime: forecast.peakTime, baseline: forecast.baselinePeak, forecast: forecast,
      events: planned, growth: forecast.growthUsed,
      growthSource: plan.growth == nil ? "measured in the history" : "given in the plan")
  }

  /// Tells what the ensemble changed in the peak against the simple forecast.
  private mutating func compare(_ forecast: Forecast, with simple: Forecast) {
    guard forecast.forecaster != simple.forecaster, simple.baselinePeak.mid.rawValue > 0 else { return }
    simpleForecast = simple
    let change = forecast.baselinePeak.mid.rawValue / simple.baselinePeak.mid.rawValue - 1
    guard abs(change) >= 0.1 else { return }
    let share = NumberFormat.significant(abs(change) * 100, 2)
    let test = forecast.answer?.backtest.map { test in
      let error = NumberFormat.significant(test.peakError * 100, 2)
      return "At \(test.origins) earlier moments its peaks were off by \(error) % on average."
    }
    findings.append(
      Finding(
        .note, "peak-differs-from-simple",
        "The ensemble expects a peak without events \(share) % \(change > 0 ? "above" : "below") that of the simple forecast (level x shape x growth), \(simple.baselinePeak.mid).",
        because: test ?? "Its forecasters were weighed at earlier moments of the history.",
        remedy: "Read 'headroom forecast' on the same traffic for its backtest."))
  }

  private mutating func statedOutlook() -> DemandOutlook {
    guard case .stated(let average, let ratio) = plan.source else {
      preconditionFailure("a plan with a source needs its trace")
    }
    ledger.record(
      Derivation(
        id: "average", title: "average demand", value: average.perSecond, shown: "\(average)",
        origin: origin("traffic.average", otherwise: .assumption(why: "default"))))
    ledger.record(
      Derivation(
        id: "peak-to-average", title: "peak over average", value: ratio, shown: NumberFormat.significant(ratio, 3),
        origin: origin(
          "traffic.peak to average", otherwise: .assumption(why: "2.5 is common for one region's consumer traffic"))))
    if plan.places["traffic.peak to average"] == nil {
      assumptions.append("Peak over average is taken as 2.5; measure it with a traffic source.")
    }
    var peak = Estimate(exactly: average * ratio)
    var inputs = ["average", "peak-to-average"]
    var formula = "average x peak-to-average"
    let end = now + plan.horizon
    if let growth = plan.growth {
      let years = plan.horizon.days / 365.25
      ledger.record(
        Derivation(
          id: "growth", title: "growth a year", value: growth.mid.rawValue, shown: "\(growth.mid)",
          origin: origin("traffic.growth", otherwise: .computed)))
      let base = peak.mid
      peak = growth.mapped { base * power(1 + $0.rawValue, years) }
      inputs.append("growth")
      formula += " x (1 + growth)^(horizon in years)"
    }
    let baseline = peak
    var planned: [PlannedEvent] = []
    for event in plan.events {
      for date in event.when.dates(in: now.utc.date...end.utc.date) {
        let during = Estimate(
          low: baseline.low * event.lift.low.rawValue, mid: baseline.mid * event.lift.mid.rawValue,
          high: baseline.high * event.lift.high.rawValue, confidence: event.lift.confidence)
        planned.append(planning(event, date, during))
      }
    }
    planned.sort { $0.start < $1.start }
    if let highest = planned.max(by: { $0.peak.mid < $1.peak.mid }), highest.peak.mid > peak.mid {
      peak = highest.peak
      ledger.record(lift(of: highest))
      inputs.append("lift")
      formula += " x lift"
    }
    ledger.record(
      Derivation(
        id: "peak", title: "expected peak over the horizon", value: peak.mid.perSecond, shown: "\(peak)",
        formula: formula, worked: worked(peak.mid), inputs: inputs))
    return DemandOutlook(
      peak: peak, peakTime: nil, baseline: baseline, forecast: nil, events: planned, growth: plan.growth,
      growthSource: plan.growth == nil ? "none given" : "given in the plan")
  }

  private func worked(_ rate: RequestRate) -> String { "= \(NumberFormat.grouped(rate.perSecond))/s" }

  private func plannedEvents(_ forecast: Forecast, until end: Timestamp) -> [PlannedEvent] {
    var planned: [PlannedEvent] = []
    for event in plan.events {
      for occurrence in event.occurrences(from: now, to: end, zone: plan.zone) {
        let date = plan.zone.local(occurrence.start).date
        var measured = event
        if let part = forecast.components.first(where: { $0.name == event.name && $0.start == occurrence.start }) {
          measured.lift = part.lift
          measured.isAssumption = part.isAssumption
        }
        planned.append(planning(measured, date, peak(forecast, occurrence)))
      }
    }
    return planned.sorted { ($0.start, $0.name) < ($1.start, $1.name) }
  }

  private func planning(_ event: Event, _ date: CivilDate, _ peak: Estimate<RequestRate>) -> PlannedEvent {
    let lead = LeadTimes(decision: event.leadTime ?? .days(30), quota: plan.quotaLead)
    return PlannedEvent(
      name: event.name, start: date, days: event.duration.days, lift: event.lift, isAssumption: event.isAssumption,
      peak: peak, dates: EventSchedule(event: event.name, start: date, lead: lead))
  }

  /// The highest step while an event lasts, over the sampled futures.
  private func peak(_ forecast: Forecast, _ event: KnownEvent) -> Estimate<RequestRate> {
    let range =
      (forecast.mid.index(
        of: event.start)..<max(forecast.mid.index(of: event.end), forecast.mid.index(of: event.start) + 1))
      .clamped(to: 0..<forecast.mid.count)
    let highest = paths.compactMap { path in path.rawValues[range].filter { !$0.isNaN }.max() }
    guard let q = Statistics.quantiles(highest, [0.1, 0.5, 0.9]) else { return Estimate(exactly: forecast.peak.mid) }
    return Estimate(low: .perSecond(q[0]), mid: .perSecond(q[1]), high: .perSecond(q[2]), confidence: 0.8)
  }

  private func lift(of event: PlannedEvent) -> Derivation {
    let index = plan.events.firstIndex { $0.name == event.name } ?? 0
    return Derivation(
      id: "lift", title: "lift of \(event.name)", value: event.lift.mid.rawValue, shown: "\(event.lift)",
      origin: event.isAssumption
        ? .assumption(why: "typical lift from the event catalog; replace it by a measured one")
        : origin("traffic.events[\(index)].lift", otherwise: .measured(how: "in the history")))
  }

  private mutating func recordDemand(_ forecast: Forecast, _ analysis: TrafficAnalysis, _ planned: [PlannedEvent]) {
    let source = trace?.source ?? "the history"
    ledger.record(
      Derivation(
        id: "average", title: "average demand in the history", value: analysis.average?.perSecond ?? 0,
        shown: "\(analysis.average ?? .zero)", origin: .measured(how: "mean of \(source)")))
    ledger.record(
      Derivation(
        id: "history-peak", title: "highest step in the history", value: analysis.peak?.value.perSecond ?? 0,
        shown: "\(analysis.peak?.value ?? .zero)",
        origin: .measured(how: "maximum of \(source)\(analysis.peak.map { ", at \($0.time)" } ?? "")")))
    ledger.record(
      Derivation(
        id: "growth", title: "growth a year", value: forecast.growthUsed.mid.rawValue, shown: "\(forecast.growthUsed)",
        origin: plan.growth == nil
          ? .measured(how: "robust slope through the weekly levels of \(source), drawn towards zero by its doubt")
          : origin("traffic.growth", otherwise: .computed)))
    if let simple = simpleForecast {
      ledger.record(
        Derivation(
          id: "simple-peak", title: "peak without events by the simple forecast",
          value: simple.baselinePeak.mid.perSecond, shown: "\(simple.baselinePeak)",
          formula: "max over the horizon of level x hour-of-week profile x growth",
          worked: worked(simple.baselinePeak.mid), inputs: ["average", "growth"],
          because: "For comparison: the ensemble that is used was weighed against such forecasts at earlier moments."))
    }
    ledger.record(
      Derivation(
        id: "baseline-peak", title: "peak without events", value: forecast.baselinePeak.mid.perSecond,
        shown: "\(forecast.baselinePeak)",
        formula: forecast.answer == nil
          ? "max over the horizon of level x hour-of-week profile x growth"
          : "max over the horizon of the ensemble's path, its peak head and growth",
        worked: worked(forecast.baselinePeak.mid),
        inputs: ["average", "growth"] + (simpleForecast == nil ? [] : ["simple-peak"]),
        because: "The distribution of the highest step, not the highest step of the mean, which lies too low."))
    var inputs = ["baseline-peak"]
    if let highest = planned.max(by: { $0.peak.mid < $1.peak.mid }), highest.peak.mid > forecast.baselinePeak.mid {
      ledger.record(lift(of: highest))
      inputs.append("lift")
    }
    ledger.record(
      Derivation(
        id: "peak", title: "expected peak over the horizon", value: forecast.peak.mid.perSecond,
        shown: "\(forecast.peak)",
        formula: inputs.count > 1 ? "ordinary demand during the event x lift" : "baseline-peak",
        worked: worked(forecast.peak.mid), inputs: inputs,
        because: "The median of the highest step of many sampled futures; 80 % of them lie in the range."))
  }
}
