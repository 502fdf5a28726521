import Quantities

extension SizingSlice {
  static func judge(_ draft: inout PlanDraft) {
    judgeCapacity(&draft)
    judgeRunway(&draft)
    judgeQuota(&draft)
    judgeSurvival(&draft)
  }

  /// What the fleet carries against the peak, each end of each estimate by itself.
  private static func judgeCapacity(_ draft: inout PlanDraft) {
    let sizing = draft[SizingSlice.self]
    let maximum = draft[ScalingSlice.self].maximum
    let held = draft.plan.carried(by: min(sizing.replicas, max(maximum, 1)))
    let peak = draft[DemandSlice.self].peak
    func verdict(_ objective: String, _ asked: RequestRate, _ got: RequestRate, binding: String) {
      draft.verdicts.append(
        Verdict(
          objective: objective, asked: "\(asked)", got: "\(got)", met: got >= asked,
          margin: got / max(asked, .perSecond(1e-9)) - 1, binding: got >= asked ? "headroom" : binding))
    }
    let bounded = maximum < sizing.replicas ? "the maximum of \(maximum) replicas" : "headroom"
    verdict("capacity at the expected peak", peak.mid, held.mid, binding: bounded)
    if !peak.isCertain {
      verdict(
        "capacity at the high end of the forecast", peak.high, held.mid,
        binding:
          "forecast error: the peak may be \(NumberFormat.significant(peak.high / peak.mid, 3)) times the expected one")
    }
    if !held.isCertain {
      verdict(
        "capacity where a replica carries its low end", peak.mid, held.low,
        binding:
          "capacity error: a replica may carry \(NumberFormat.significant(held.low / held.mid, 3)) times what is expected"
      )
    }
  }

  private static func judgeRunway(_ draft: inout PlanDraft) {
    let sizing = draft[SizingSlice.self]
    let demand = draft[DemandSlice.self]
    guard let runway = sizing.runway, let running = sizing.running else { return }
    let missing = sizing.replicas - running
    guard let day = runway.expected ?? runway.early else {
      draft.findings.append(
        Finding(
          .holds, "capacity-lasts", "The \(running) replicas of today hold through the horizon.",
          because: "They carry \(runway.capacity); the peak's high end is \(demand.peak.high)."))
      return
    }
    let quotaLead = draft.plan.fleet.quotaLead
    let event = demand.events.first { $0.name == runway.cause && abs($0.start - day) <= 31 }
    let by = event?.dates.inPlaceBy ?? day - 1
    let quota = event?.dates.askForQuotaBy ?? by - max(1, Int(quotaLead.days.rounded(.up)))
    let certain = runway.expected != nil
    draft.findings.append(
      Finding(
        certain ? .act : .change, "capacity-runs-out",
        missing > 0
          ? "Add \(missing) replicas by \(by.short): from \(running) to \(sizing.replicas)."
          : "Watch \(day.short): the high end of the forecast exceeds the capacity of today.",
        because:
          "\(certain ? "Expected demand" : "The high end of the forecast") exceeds the \(runway.capacity) of \(running) replicas on \(day.long)\(runway.cause.map { " (\($0))" } ?? "").",
        remedy: quota < draft.today
          ? "The \(NumberFormat.duration(quotaLead)) that a quota request takes are no longer there: request it today and reserve what can be had."
          : "Request quota by \(quota.short), load-test by \((event?.dates.loadTestBy ?? by - 7).short).",
        by: by))
  }

  /// Replicas that find no machine.
  private static func judgeQuota(_ draft: inout PlanDraft) {
    let sizing = draft[SizingSlice.self]
    guard sizing.unplaced > 0 else { return }
    let placed = sizing.replicas - sizing.unplaced
    let packing = max(1, draft.plan.fleet.replicasPerMachine)
    draft.findings.append(
      Finding(
        .act, "machine-quota-too-low",
        "Raise the quota of \(draft.plan.fleet.title.isEmpty ? "machines" : draft.plan.fleet.title) by \((sizing.unplaced + packing - 1) / packing).",
        because: "The quotas hold \(placed) of the \(sizing.replicas) replicas that the plan asks for.",
        remedy:
          "Ask for the quota as early as quota requests take, \(NumberFormat.duration(draft.plan.fleet.quotaLead)), or list another machine type behind it."
      ))
  }

  private static func judgeSurvival(_ draft: inout PlanDraft) {
    let demand = draft[DemandSlice.self]
    guard let survival = draft[SizingSlice.self].survival else { return }
    let what = survival.lost.isEmpty ? survival.tolerance.words : survival.lost.joined(separator: " and ")
    let enough = survival.left >= demand.peak.mid
    let needed = draft.plan.replicas(for: demand.peak.mid * survival.factor)
    let share = survival.left / max(draft[SizingSlice.self].carried.mid, .perSecond(1e-9))
    draft.findings.append(
      Finding(
        enough ? .holds : .act, enough ? "survives" : "does-not-survive",
        enough
          ? "Losing \(what) at the peak is survivable."
          : "Hold \(needed) replicas to survive the loss of \(what) at the peak.",
        because:
          "\(Fraction(rawValue: share)) of the capacity stays: \(survival.left) against an expected peak of \(demand.peak.mid).",
        remedy: enough
          ? "" : "Write headroom: { cover: { failures: \(survival.tolerance.words) } }."))
  }
}
