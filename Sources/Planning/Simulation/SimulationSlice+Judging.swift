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
    func availability(_ simulation: PolicySimulation, _ asked: Fraction, _ name: String) {
      let served = simulation.outcome.service.shareServed.rawValue
      draft.verdicts.append(
        Verdict(
          objective: name, asked: percent(asked.rawValue), got: percent(served), met: served >= asked.rawValue,
          margin: (served - asked.rawValue) / max(1 - asked.rawValue, 1e-9),
          binding: simulation.outcome.worst?.because ?? "nothing: every request was served"))
    }
    let low = draft[SimulationSlice.self].low
    let atLow = " where a replica carries its low end"
    if let asked = objective.availability {
      availability(own, asked, "availability")
      if let low { availability(low, asked, "availability" + atLow) }
    }
    func attainments(_ simulation: PolicySimulation, _ suffix: String) {
      for attainment in simulation.outcome.service.attainments {
        let asked = attainment.bound.quantile
        let within = attainment.share.rawValue
        let metric = attainment.bound.metric
        draft.verdicts.append(
          Verdict(
            objective: (metric == .response ? "" : "\(metric.title) ")
              + "within \(NumberFormat.duration(attainment.bound.limit))"
              + (attainment.includesService ? "" : ", waiting alone") + suffix, asked: percent(asked),
            got: percent(within), met: attainment.isMet, margin: (within - asked) / max(1 - asked, 1e-9),
            binding: simulation.outcome.worst?.because ?? "utilization at the peak"))
      }
    }
    attainments(own, "")
    if let low { attainments(low, atLow) }
  }

  /// What the nodes' own bounds do to the plan.
  private static func judgeNodes(_ draft: inout PlanDraft) {
    guard let nodes = draft.plan.simulation.nodes else { return }
    let wanted = draft[SizingSlice.self].replicas
    let held = nodes.maximum.multipliedReportingOverflow(by: nodes.replicasPerNode).partialValue
    // A quota of the machines themselves is told with the machines.
    guard held < wanted, draft[SizingSlice.self].unplaced == 0 else { return }
    draft.findings.append(
      Finding(
        .act, "node-quota-too-low",
        "Raise the quota of nodes from \(nodes.maximum) to \((wanted + nodes.replicasPerNode - 1) / nodes.replicasPerNode).",
        because: "\(nodes.maximum) nodes hold \(held) replicas; the plan asks for \(wanted).",
        remedy:
          "Ask for the quota as early as quota requests take, \(NumberFormat.duration(draft.plan.fleet.quotaLead))."))
  }

  /// What went wrong in the simulation because it was told to.
  private static func judgeIncidents(_ own: PolicySimulation, _ draft: inout PlanDraft) {
    guard draft.plan.simulation.spec.hasIncidents, let fleet = own.outcome.fleet else { return }
    draft.findings.append(
      Finding(
        .note, "incidents-simulated",
        "The simulation was told to go wrong: \(fleet.crashes) replicas crashed and \(fleet.preemptions) lost their machine.",
        because:
          "\(percent(own.outcome.service.shareServed.rawValue)) of requests were served all the same, under \(own.title)."
      ))
  }

  private static func judgeFollowing(_ own: PolicySimulation, _ draft: inout PlanDraft) {
    let plan = draft.plan
    guard let fleet = own.outcome.fleet else { return }
    let service = own.outcome.service
    let overload = service.overload ?? .zero
    let startup = plan.service.startup.mean
    let maximum = draft[ScalingSlice.self].maximum
    if own.policy != "fixed", overload > .seconds(60) {
      let worst = own.outcome.worst?.because ?? "demand exceeds the ready capacity"
      draft.findings.append(
        Finding(
          service.shareServed.rawValue < (plan.service.objective.availability?.rawValue ?? 0.999) ? .act : .change,
          "scaling-too-slow",
          "Let the fleet start earlier: \(own.title) leaves demand above capacity for \(NumberFormat.duration(overload)).",
          because:
            "A replica serves \(NumberFormat.duration(startup + plan.scaling.metricDelay)) after the rise. Worst moment: \(worst).",
          remedy: fleet.peakReplicas >= maximum
            ? "Raise the maximum above \(maximum)."
            : "Lower the utilization target, or raise the minimum before the steep hours."))
    } else if own.policy != "fixed" {
      draft.findings.append(
        Finding(
          .holds, "scaling-follows", "Autoscaling (\(own.title)) follows the demand.",
          because:
            "\(percent(service.shareServed.rawValue)) of requests are served with \(NumberFormat.significant(fleet.meanReplicas, 3)) replicas on average, \(fleet.peakReplicas) at most; startup takes \(NumberFormat.duration(startup))."
        ))
    }
    if let reference = draft[SimulationSlice.self].policies.first(where: {
      $0.policy == "threshold" && $0.over == own.over
    }),
      own.policy != "threshold", let other = reference.outcome.fleet
    {
      let extra = other.replicaHours / max(1, fleet.replicaHours) - 1
      draft.findings.append(
        Finding(
          .note, "reference-differs",
          "The reference thresholds would use \(NumberFormat.significant(abs(extra) * 100, 2)) % \(extra >= 0 ? "more" : "fewer") replica-hours and serve \(percent(reference.outcome.service.shareServed.rawValue)).",
          because:
            "They check the maximum only on the way up and the minimum only on the way down, size a scale-in to the lower threshold, and take no account of startup time."
        ))
    }
  }
}
