import Quantities
import Serving

extension SimulationSlice {
  static func judge(_ draft: inout PlanDraft) {
    judgeNodes(&draft)
    guard let own = draft[SimulationSlice.self].policies.first else { return }
    judgeObjectives(own, &draft)
    judgeIncidents(own, &draft)
    judgeFollowing(own, &draft)
  }

  /// Objectives met or missed, by what margin, and what limits them.
  private static func judgeObjectives(_ own: PolicySimulation, _ draft: inout PlanDraft) {
    let objective = draft.plan.service.objective
    func availability(_ simulation: PolicySimulation, _ asked: Fraction, _ basis: Verdict.Basis) {
      let served = simulation.outcome.service.shareServed.rawValue
      draft.verdicts.append(
        Verdict(
          .availability, basis, asked: asked.rawValue, got: served, unit: .share, met: served >= asked.rawValue,
          margin: (served - asked.rawValue) / max(1 - asked.rawValue, 1e-9),
          binding: simulation.outcome.worst.map { .worstMoment($0) } ?? .nothing))
    }
    let low = draft[SimulationSlice.self].low
    if let asked = objective.availability {
      availability(own, asked, .expected)
      if let low { availability(low, asked, .lowCapacity) }
    }
    func attainments(_ simulation: PolicySimulation, _ basis: Verdict.Basis) {
      for attainment in simulation.outcome.service.attainments {
        let asked = attainment.bound.quantile
        let within = attainment.share.rawValue
        draft.verdicts.append(
          Verdict(
            .latency(attainment.bound, includesService: attainment.includesService), basis, asked: asked, got: within,
            unit: .share, met: attainment.isMet, margin: (within - asked) / max(1 - asked, 1e-9),
            binding: simulation.outcome.worst.map { .worstMoment($0) } ?? .peakUtilization))
      }
    }
    attainments(own, .expected)
    if let low { attainments(low, .lowCapacity) }
  }

  /// What the nodes' own bounds do to the plan.
  private static func judgeNodes(_ draft: inout PlanDraft) {
    guard let nodes = draft.plan.simulation.nodes else { return }
    let wanted = draft[SizingSlice.self].replicas
    let held = nodes.maximum.multipliedReportingOverflow(by: nodes.replicasPerNode).partialValue
    // A quota of the machines themselves is told with the machines.
    guard held < wanted, draft[SizingSlice.self].unplaced == 0 else { return }
    draft.tell(
      SimulationFinding.nodeQuotaTooLow(
        nodes: nodes.maximum, needed: (wanted + nodes.replicasPerNode - 1) / nodes.replicasPerNode, held: held,
        replicas: wanted, lead: draft.plan.fleet.quotaLead))
  }

  /// What went wrong in the simulation because it was told to.
  private static func judgeIncidents(_ own: PolicySimulation, _ draft: inout PlanDraft) {
    guard draft.plan.simulation.spec.hasIncidents, let fleet = own.outcome.fleet else { return }
    draft.tell(
      SimulationFinding.incidentsSimulated(
        crashes: fleet.crashes, preemptions: fleet.preemptions, rollouts: fleet.rollouts,
        served: own.outcome.service.shareServed,
        policy: own.title))
  }

  private static func judgeFollowing(_ own: PolicySimulation, _ draft: inout PlanDraft) {
    let plan = draft.plan
    guard let fleet = own.outcome.fleet else { return }
    let service = own.outcome.service
    let overload = service.overload ?? .zero
    let startup = plan.service.startup.mean
    let maximum = draft[ScalingSlice.self].maximum
    if own.policy != "fixed", overload > .seconds(60) {
      draft.tell(
        SimulationFinding.scalingTooSlow(
          SimulationFinding.Lag(
            policy: own.title, overload: overload, delay: startup + plan.scaling.metricDelay, worst: own.outcome.worst,
            maximumReached: fleet.peakReplicas >= maximum ? maximum : nil,
            isObjectiveMissed: service.shareServed.rawValue
              < (plan.service.objective.availability?.rawValue ?? 0.999))))
    } else if own.policy != "fixed" {
      draft.tell(
        SimulationFinding.scalingFollows(
          SimulationFinding.Following(
            policy: own.title, served: service.shareServed, meanReplicas: fleet.meanReplicas,
            peakReplicas: fleet.peakReplicas, startup: startup)))
    }
    if let reference = draft[SimulationSlice.self].policies.first(where: {
      $0.policy == "threshold" && $0.over == own.over
    }),
      own.policy != "threshold", let other = reference.outcome.fleet
    {
      let extra = other.replicaHours / max(1, fleet.replicaHours) - 1
      draft.tell(
        SimulationFinding.referenceDiffers(
          by: Fraction(rawValue: extra), served: reference.outcome.service.shareServed))
    }
  }
}
