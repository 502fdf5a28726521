import Quantities
import Scaling
import Serving
import Traffic

extension Planner {
  /// What the reader must know and do, from every part of the answer.
  mutating func judge(
    _ analysis: TrafficAnalysis?, _ demand: DemandOutlook, _ headroom: HeadroomOutcome, _ sizing: Sizing,
    _ runway: Runway?, _ simulations: [PolicySimulation], _ cost: PlanCost, _ verdicts: [Verdict]
  ) {
    judgeRunway(demand, sizing, runway)
    judgeBounds(demand, sizing)
    judgeEvents(demand)
    judgePolicy()
    judgeWorld(sizing, simulations)
    judgeScaling(analysis, sizing, simulations)
    judgeHistory(analysis)
    judgeSurvival(demand, sizing)
    judgeCost(cost, sizing)
    if plan.headroomIsDefault {
      assumptions.append("No headroom is written in the plan; 'stable product' is taken.")
    }
    if plan.machine == nil {
      findings.append(
        Finding(
          .change, "no-machine", "Name the machine type to see what the fleet costs.",
          because: "The plan names no machine, so prices are zero.", remedy: "Add machines: [ { type: g5.xlarge } ]."))
    } else if plan.price == .zero {
      findings.append(
        Finding(
          .change, "no-price", "Give the price of \(plan.machine?.name ?? "the machine").",
          because: "The catalog has none.", remedy: "Add prices: { \(plan.machine?.name ?? "TYPE"): $1.20/h }."))
    }
  }

  private mutating func judgeRunway(_ demand: DemandOutlook, _ sizing: Sizing, _ runway: Runway?) {
    guard let runway, let running = sizing.running else { return }
    let missing = sizing.replicas - running
    guard let day = runway.expected ?? runway.early else {
      findings.append(
        Finding(
          .holds, "capacity-lasts", "The \(running) replicas of today hold through the horizon.",
          because: "They carry \(runway.capacity); the peak's high end is \(demand.peak.high)."))
      return
    }
    let event = demand.events.first { $0.name == runway.cause && abs($0.start - day) <= 31 }
    let by = event?.dates.inPlaceBy ?? day - 1
    let quota = event?.dates.askForQuotaBy ?? by - max(1, Int(plan.quotaLead.days.rounded(.up)))
    let today = plan.zone.local(now).date
    let certain = runway.expected != nil
    findings.append(
      Finding(
        certain ? .act : .change, "capacity-runs-out",
        missing > 0
          ? "Add \(missing) replicas by \(by.short): from \(running) to \(sizing.replicas)."
          : "Watch \(day.short): the high end of the forecast exceeds the capacity of today.",
        because:
          "\(certain ? "Expected demand" : "The high end of the forecast") exceeds the \(runway.capacity) of \(running) replicas on \(day.long)\(runway.cause.map { " (\($0))" } ?? "").",
        remedy: quota < today
          ? "The \(NumberFormat.duration(plan.quotaLead)) that a quota request takes are no longer there: request it today and reserve what can be had."
          : "Request quota by \(quota.short), load-test by \((event?.dates.loadTestBy ?? by - 7).short).",
        by: by))
  }

  private mutating func judgeBounds(_ demand: DemandOutlook, _ sizing: Sizing) {
    if let maximum = plan.scaling.maximum ?? plan.policy.maximum, maximum < sizing.replicas {
      let held = plan.service.capacity.mid * Double(maximum)
      findings.append(
        Finding(
          held < demand.peak.mid ? .act : .change, "maximum-too-low",
          "Raise the maximum from \(maximum) to \(sizing.replicas) replicas.",
          because:
            "\(maximum) replicas carry \(held); the plan provisions \(sizing.provisioned) for a peak of \(demand.peak.mid).",
          remedy: plan.policy.maximum == nil
            ? "Set maximum: \(sizing.replicas)." : "Set the maximum of the policy to \(sizing.replicas)."))
    }
  }

  private mutating func judgeEvents(_ demand: DemandOutlook) {
    let today = plan.zone.local(now).date
    for event in demand.events {
      if event.isAssumption {
        let text = "The lift of \(event.name) (\(event.lift)) is a typical one from the catalog, not yours."
        if !assumptions.contains(text) { assumptions.append(text) }
      }
      let late = [
        ("deciding", event.dates.decideBy), ("requesting quota", event.dates.askForQuotaBy),
        ("load-testing", event.dates.loadTestBy), ("being in place", event.dates.inPlaceBy),
      ].filter { $0.1 < today && event.start >= today }
      if let first = late.first {
        findings.append(
          Finding(
            .change, "event-late", "\(event.name) on \(event.start.short): the date for \(first.0) has passed.",
            because: "It was \(first.1.long).",
            remedy: "Do it now; what cannot be had in time must be met by shedding load or by reserved capacity."))
      }
    }
  }

  /// The service and the demand that a policy's settings are held against.
  var hazardContext: HazardContext? {
    guard let future = paths.first else { return nil }
    return HazardContext(
      startup: plan.service.startup.total, metricDelay: plan.scaling.metricDelay,
      replicaCapacity: plan.service.capacity.mid, demand: future)
  }

  /// What is known to go wrong with the policy's settings on this service and demand. A policy that the plan does not
  /// state is headroom's own and is judged by its simulation alone.
  private mutating func judgePolicy() {
    guard plan.scaling.isGiven, let context = hazardContext else { return }
    for hazard in plan.policy.hazards(context) {
      findings.append(
        Finding(
          hazard.severity == .warning ? .change : .note, "hazard-\(hazard.name)", hazard.what + ".",
          because: hazard.because + ".", remedy: hazard.remedy + "."))
    }
  }

  /// What the nodes' own bounds do to the plan, and what went wrong in the simulation because it was told to.
  private mutating func judgeWorld(_ sizing: Sizing, _ simulations: [PolicySimulation]) {
    if let nodes = plan.simulation.nodes {
      let held = nodes.maximum * nodes.replicasPerNode
      if held < sizing.replicas {
        findings.append(
          Finding(
            .act, "node-quota-too-low",
            "Raise the quota of nodes from \(nodes.maximum) to \((sizing.replicas + nodes.replicasPerNode - 1) / nodes.replicasPerNode).",
            because:
              "\(nodes.maximum) nodes hold \(held) replicas; the plan asks for \(sizing.replicas).",
            remedy: "Ask for the quota as early as quota requests take, \(NumberFormat.duration(plan.quotaLead))."))
      }
    }
    guard plan.simulation.hasIncidents, let own = simulations.first else { return }
    let totals = own.outcome.totals
    findings.append(
      Finding(
        .note, "incidents-simulated",
        "The simulation was told to go wrong: \(totals.crashes) replicas crashed and \(totals.preemptions) lost their machine.",
        because: "\(percent(totals.shareServed.rawValue)) of requests were served all the same, under \(own.title)."))
  }

  private mutating func judgeScaling(_ analysis: TrafficAnalysis?, _ sizing: Sizing, _ simulations: [PolicySimulation])
  {
    guard let own = simulations.first else { return }
    let totals = own.outcome.totals
    let delay = plan.service.startup.total + plan.scaling.metricDelay
    if own.policy != "fixed", totals.overload > .seconds(60) {
      let worst = own.outcome.worst?.because ?? "demand exceeds the ready capacity"
      findings.append(
        Finding(
          totals.shareServed.rawValue < (plan.service.objective.availability?.rawValue ?? 0.999) ? .act : .change,
          "scaling-too-slow",
          "Let the fleet start earlier: \(own.title) leaves demand above capacity for \(NumberFormat.duration(totals.overload)).",
          because: "A replica serves \(NumberFormat.duration(delay)) after the rise. Worst moment: \(worst).",
          remedy: totals.peakReplicas >= sizing.maximum
            ? "Raise the maximum above \(sizing.maximum)."
            : "Lower the utilization target, or raise the minimum before the steep hours."))
    } else if own.policy != "fixed" {
      findings.append(
        Finding(
          .holds, "scaling-follows", "Autoscaling (\(own.title)) follows the demand.",
          because:
            "\(percent(totals.shareServed.rawValue)) of requests are served with \(NumberFormat.significant(totals.replicaHours / max(1, own.outcome.duration.hours), 3)) replicas on average, \(totals.peakReplicas) at most; startup takes \(NumberFormat.duration(plan.service.startup.total))."
        ))
    }
    if let reference = simulations.first(where: { $0.policy == "threshold" && $0.over == own.over }),
      own.policy != "threshold"
    {
      let extra = reference.outcome.totals.replicaHours / max(1, totals.replicaHours) - 1
      findings.append(
        Finding(
          .note, "reference-differs",
          "The reference thresholds would use \(NumberFormat.significant(abs(extra) * 100, 2)) % \(extra >= 0 ? "more" : "fewer") replica-hours and serve \(percent(reference.outcome.totals.shareServed.rawValue)).",
          because:
            "They check the maximum only on the way up and the minimum only on the way down, size a scale-in to the lower threshold, and take no account of startup time."
        ))
    }
    if plan.service.startup.total == .zero {
      assumptions.append("No startup time is given: replicas serve at once in the simulation.")
    }
  }

  private mutating func judgeHistory(_ analysis: TrafficAnalysis?) {
    guard let trace, let analysis else { return }
    for note in trace.report.notes where note.severity == .warning || !note.remedy.isEmpty {
      findings.append(
        Finding(
          note.severity == .warning ? .change : .note, "history", note.what, because: note.because,
          remedy: note.remedy.isEmpty ? "Look at the source." : note.remedy))
    }
    if !analysis.gaps.isEmpty {
      let total = analysis.gaps.reduce(0) { $0 + $1.range.count }
      findings.append(
        Finding(
          .note, "gaps",
          "The history has \(analysis.gaps.count) gap\(analysis.gaps.count == 1 ? "" : "s"), \(NumberFormat.grouped(Double(total))) of \(NumberFormat.grouped(Double(trace.series.count))) steps.",
          because: "They are left out of averages and profiles; nothing is filled in."))
    }
    if let worst = analysis.outliers.max(by: { abs($0.score) < abs($1.score) }) {
      findings.append(
        Finding(
          .note, "outliers",
          "\(analysis.outliers.count) outlier\(analysis.outliers.count == 1 ? "" : "s"); the largest is \(worst.value) on \(moment(worst.time)), where \(worst.expected) was usual.",
          because: "Outliers are kept in the peak of the history and left out of the baseline.",
          remedy: "If it was an event, name it under events so that its lift is measured."))
    }
    for proposal in analysis.eventProposals {
      let lift = proposal.event.lift
      findings.append(
        Finding(
          .note, "event-proposed",
          "Demand recurs by a rule that no event names: \(proposal.event.name), \(lift.mid) (\(lift.low) to \(lift.high)) on \(proposal.hits.count) of \(proposal.occurrences) days\(proposal.next.map { ", next on \($0.long)" } ?? "").",
          because: "The forecast does not count it: what is not named is an outlier.",
          remedy: "Add under events: `\(proposal.planLine)`"))
    }
    if plan.growth == nil, analysis.growth == nil {
      findings.append(
        Finding(
          .change, "growth-unknown", "State the growth: the history is too short to measure it.",
          because: "\(NumberFormat.duration(trace.series.duration)) of history; the plan takes none.",
          remedy: "Add growth: 20%/year under traffic."))
    }
  }

  /// A time on the users' clock, as people write it.
  private func moment(_ time: Timestamp) -> String {
    let (date, second) = plan.zone.local(time)
    let minute = second / 60 % 60
    return "\(date.long) at \(second / 3600):\(minute < 10 ? "0" : "")\(minute)"
  }

  private mutating func judgeSurvival(_ demand: DemandOutlook, _ sizing: Sizing) {
    guard let survive = plan.survive else { return }
    let shares = plan.regions.map { $0.share }
    let what =
      survive.of.map { "\(survive.lost) of \($0) \(survive.what)s" }
      ?? "\(survive.lost) region\(survive.lost == 1 ? "" : "s")"
    guard let factor = survive.factor(shares: shares) else {
      findings.append(
        Finding(
          .act, "cannot-survive", "Losing \(what) cannot be survived.", because: "Nothing would be left to serve.",
          remedy: "Add a region, or survive fewer."))
      return
    }
    let left = plan.service.capacity.mid * Double(sizing.replicas) / factor
    let enough = left >= demand.peak.mid
    let needed = replicas(for: demand.peak.mid * factor)
    findings.append(
      Finding(
        enough ? .holds : .act, enough ? "survives" : "does-not-survive",
        enough
          ? "Losing \(what) at the peak is survivable."
          : "Hold \(needed) replicas to survive the loss of \(what) at the peak.",
        because:
          "\(Fraction(rawValue: 1 / factor)) of the capacity stays: \(left) against an expected peak of \(demand.peak.mid).",
        remedy: enough
          ? "" : "Write headroom: { cover: { failures: \(survive.of == nil ? "\(survive.lost) region" : what) } }."))
  }

  private mutating func judgeCost(_ cost: PlanCost, _ sizing: Sizing) {
    guard cost.ordinaryFlatPerMonth > .zero, !sizing.hourOfWeek.isEmpty else { return }
    if cost.saving > 0.1, plan.policy.isFlat {
      findings.append(
        Finding(
          .change, "autoscaling-saves",
          "Follow the hours of the week: it saves \(cost.ordinaryFlatPerMonth - cost.followingPerMonth) a month.",
          because:
            "A flat fleet for an ordinary week costs \(cost.ordinaryFlatPerMonth); one that follows its hours \(cost.followingPerMonth).",
          remedy: "Add scaling: { target: { utilization: 70% } }."))
    }
  }
}
