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
    // What finds no machine carries nothing.
    let placed = max(0, sizing.replicas - sizing.unplaced)
    let held = draft.plan.carried(by: min(placed, max(maximum, 1)))
    let bound: Verdict.Binding =
      maximum < placed ? .maximum(maximum) : placed < sizing.replicas ? .quota(placed) : .headroom
    let peak = draft[DemandSlice.self].peak
    func verdict(
      _ basis: Verdict.Basis, _ asked: RequestRate, _ got: RequestRate, binding: Verdict.Binding
    ) {
      draft.verdicts.append(
        Verdict(
          .capacity, basis, asked: asked.perSecond, got: got.perSecond, unit: .rate, met: got >= asked,
          margin: got / max(asked, .perSecond(1e-9)) - 1, binding: got >= asked ? .headroom : binding))
    }
    verdict(.expected, peak.mid, held.mid, binding: bound)
    if !peak.isCertain {
      verdict(
        .highDemand, peak.high, held.mid, binding: .forecastError(Factor(rawValue: peak.high / peak.mid)))
    }
    if !held.isCertain {
      verdict(
        .lowCapacity, peak.mid, held.low, binding: .capacityError(Factor(rawValue: held.low / held.mid)))
    }
  }

  private static func judgeRunway(_ draft: inout PlanDraft) {
    let sizing = draft[SizingSlice.self]
    let demand = draft[DemandSlice.self]
    guard let runway = sizing.runway, let running = sizing.running else { return }
    guard let day = runway.expected ?? runway.early else {
      draft.tell(
        SizingFinding.capacityLasts(running: running, capacity: runway.capacity, highPeak: demand.peak.high))
      return
    }
    let quotaLead = draft.plan.fleet.quotaLead
    let event = demand.events.first { $0.name == runway.cause && abs($0.start - day) <= 31 }
    let by = event?.dates.inPlaceBy ?? day - 1
    let quota = event?.dates.askForQuotaBy ?? by - max(1, Int(quotaLead.days.rounded(.up)))
    draft.tell(
      SizingFinding.capacityRunsOut(
        SizingFinding.Shortfall(
          running: running, capacity: runway.capacity, replicas: sizing.replicas, day: day,
          isExpected: runway.expected != nil, cause: runway.cause, addBy: by, requestQuotaBy: quota,
          loadTestBy: event?.dates.loadTestBy ?? by - 7, quotaLead: quotaLead, isQuotaLate: quota < draft.today)),
      by: by)
  }

  /// Replicas that find no machine.
  private static func judgeQuota(_ draft: inout PlanDraft) {
    let sizing = draft[SizingSlice.self]
    guard sizing.unplaced > 0 else { return }
    let placed = sizing.replicas - sizing.unplaced
    let packing = max(1, draft.plan.fleet.replicasPerMachine)
    draft.tell(
      SizingFinding.machineQuotaTooLow(
        machines: draft.plan.fleet.title, missing: (sizing.unplaced + packing - 1) / packing, placed: placed,
        replicas: sizing.replicas, lead: draft.plan.fleet.quotaLead))
  }

  private static func judgeSurvival(_ draft: inout PlanDraft) {
    let demand = draft[DemandSlice.self]
    guard let survival = draft[SizingSlice.self].survival else { return }
    let peak = demand.peak.mid
    let share = Fraction(rawValue: survival.left / max(draft[SizingSlice.self].carried.mid, .perSecond(1e-9)))
    let isMet = survival.left >= peak
    draft.verdicts.append(
      Verdict(
        .survival(survival), asked: peak.perSecond, got: survival.left.perSecond, unit: .rate, met: isMet,
        margin: survival.left / max(peak, .perSecond(1e-9)) - 1,
        binding: isMet ? .headroom : .loss(Fraction(rawValue: 1 - share.rawValue))))
    draft.tell(
      isMet
        ? SizingFinding.survives(survival, share: share, peak: peak)
        : SizingFinding.doesNotSurvive(
          survival, share: share, peak: peak, needed: draft.plan.replicas(for: peak * survival.factor)))
  }
}
