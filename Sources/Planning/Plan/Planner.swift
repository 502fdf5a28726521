import Quantities
import Traffic

/// Composes the rooms below into the answer to a plan: an ordered list of slices. Pure: the trace, the moment and the seed
/// are arguments.
public enum Planner {
  /// The answer to a plan.
  ///
  /// - Parameters:
  ///   - trace: the demand that the plan's source gave; nil where the plan states its traffic.
  ///   - now: the moment to plan from. A history that ends more than 60 days earlier is planned from its end.
  ///   - isNowGiven: whether the user named the moment; then later history is left out.
  public static func outcome(
    of plan: Plan, trace: Trace?, now: Timestamp, isNowGiven: Bool = false, seed: UInt64 = 1
  ) throws(PlanningError) -> PlanOutcome {
    var used = trace
    var moment = now
    var findings: [Finding] = []
    if let full = trace {
      guard full.series.rawValues.contains(where: { !$0.isNaN }) else { throw PlanningError.noData(full.source) }
      if isNowGiven, full.series.end > now {
        let keep = full.series.index(of: now)
        guard keep > 0 else { throw PlanningError.nowBeforeHistory(now, full.series.start) }
        used = Trace(series: full.series.slice(0..<keep), source: full.source, zone: full.zone)
      } else if !isNowGiven {
        if full.series.end > now {
          moment = full.series.end
        } else if now - full.series.end > .days(60) {
          moment = full.series.end
          findings.append(
            Finding(DemandFinding.historyIsOld(end: full.series.end.utc.date, without: now - full.series.end)))
        }
      }
    }
    var draft = PlanDraft(plan: plan, now: moment, seed: seed, trace: used)
    draft.findings = findings
    for slice in PlanSlices.all { draft.answer(slice) }
    for slice in PlanSlices.all { slice.judge(&draft) }
    return PlanOutcome(draft)
  }
}
