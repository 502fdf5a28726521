import Quantities

extension SizingSlice {
  static func judge(_ draft: inout PlanDraft) {
    judgeCapacity(&draft)
    judgeStanding(&draft)
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

  private static func judgeStanding(_ draft: inout PlanDraft) {
    let standing = CapacityStanding(
      draft.plan, demand: draft[DemandSlice.self], sizing: draft[SizingSlice.self], today: draft.today)
    guard let finding = standing.finding else { return }
    draft.tell(finding, by: (standing.shortfall?.missing ?? 0) > 0 ? standing.shortfall?.addBy : nil)
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

extension PlanOutcome {
  /// What the plan must survive and does not, with the replicas that it takes; from the finding that says so.
  public var unsurvived: (survival: Survival, needed: Int)? {
    for finding in findings {
      if case .doesNotSurvive(let survival, _, _, let needed) = finding.fact as? SizingFinding {
        return (survival, needed)
      }
    }
    return nil
  }
}
