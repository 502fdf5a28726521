import Quantities
import Traffic

extension DemandSlice {
  static func judge(_ draft: inout PlanDraft) {
    compareForecasts(&draft)
    judgeEvents(&draft)
    judgeUnusedEvents(&draft)
    judgeHistory(&draft)
  }

  /// Tells what the ensemble changed in the peak against the simple forecast.
  private static func compareForecasts(_ draft: inout PlanDraft) {
    guard let forecast = draft[DemandSlice.self].forecast, let simple = draft[DemandSlice.self].simpleForecast else {
      return
    }
    let change = forecast.baselinePeak.mid.rawValue / simple.baselinePeak.mid.rawValue - 1
    guard abs(change) >= 0.1 else { return }
    let test = forecast.answer?.backtest.map {
      DemandFinding.PeakBacktest(origins: $0.origins, error: Fraction(rawValue: $0.peakError))
    }
    draft.tell(
      DemandFinding.peakDiffersFromSimple(
        by: Fraction(rawValue: change), simple: simple.baselinePeak.mid, backtest: test))
  }

  private static func judgeEvents(_ draft: inout PlanDraft) {
    let today = draft.today
    for event in draft[DemandSlice.self].events {
      if event.isAssumption {
        draft.assume(DemandAssumption.catalogLift(event: event.name, lift: event.lift))
      }
      let late = EventMilestone.allCases.first { $0.date(in: event.dates) < today && event.start >= today }
      if let late {
        draft.tell(
          DemandFinding.eventLate(
            event: event.name, start: event.start, milestone: late, due: late.date(in: event.dates)))
      }
    }
  }

  /// Events that are written and change nothing.
  private static func judgeUnusedEvents(_ draft: inout PlanDraft) {
    let end = draft.now + draft.plan.horizon
    let start = min(draft.trace?.series.start ?? draft.now, draft.now)
    let zone = draft.plan.zone
    for event in draft.plan.events where event.occurrences(from: start, to: end, zone: zone).isEmpty {
      let next = event.occurrences(from: end, to: end + .days(3660), zone: zone).first.map { zone.local($0.start).date }
      draft.tell(DemandFinding.eventOutside(event: event.name, next: next, end: zone.local(end).date))
    }
  }

  private static func judgeHistory(_ draft: inout PlanDraft) {
    guard let trace = draft.trace, let analysis = draft[DemandSlice.self].analysis else { return }
    let gap = draft.now - trace.series.end
    if gap > max(.hours(1), trace.series.step), let forecast = draft[DemandSlice.self].forecast {
      draft.tell(
        DemandFinding.historyIsOld(
          end: trace.series.end.utc.date, without: gap, doubt: forecast.levelDoubt(after: gap)))
    }
    if let forecast = draft[DemandSlice.self].forecast {
      if let yearly = draft.plan.demand.yearly, forecast.yearly == yearly, let like = draft.plan.demand.like {
        draft.assume(DemandAssumption.borrowedYear(source: like.title))
      }
      if forecast.isYearUnseen { draft.tell(DemandFinding.seasonUnseen(history: trace.series.duration)) }
      if let flat = forecast.flatTop { draft.tell(DemandFinding.flatTop(flat)) }
      if let change = forecast.change { draft.tell(DemandFinding.recentChange(change)) }
    }
    for note in trace.report.notes where note.severity == .warning || !note.remedy.isEmpty {
      draft.tell(DemandFinding.history(note))
    }
    if !analysis.gaps.isEmpty {
      let total = analysis.gaps.reduce(0) { $0 + $1.range.count }
      draft.tell(DemandFinding.gaps(analysis.gaps.count, steps: total, of: trace.series.count))
    }
    if let worst = analysis.outliers.max(by: { abs($0.score) < abs($1.score) }) {
      let (day, second) = draft.plan.zone.local(worst.time)
      draft.tell(DemandFinding.outliers(analysis.outliers.count, largest: worst, day: day, second: second))
    }
    for proposal in analysis.eventProposals { draft.tell(DemandFinding.eventProposed(proposal)) }
    if draft.plan.demand.growth == nil, analysis.growth == nil {
      draft.tell(DemandFinding.growthUnknown(history: trace.series.duration))
    }
  }
}
