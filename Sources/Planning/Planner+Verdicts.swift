import Quantities
import Serving

extension Planner {
  /// Objectives met or missed, by what margin, and what limits them.
  func verdicts(
    _ demand: DemandOutlook, _ headroom: HeadroomOutcome, _ sizing: Sizing, _ simulations: [PolicySimulation]
  ) -> [Verdict] {
    var verdicts: [Verdict] = []
    let held = plan.service.capacity.mid * Double(min(sizing.replicas, max(sizing.maximum, 1)))
    let peak = demand.peak
    verdicts.append(
      Verdict(
        objective: "capacity at the expected peak", asked: "\(peak.mid)", got: "\(held)", met: held >= peak.mid,
        margin: held / max(peak.mid, .perSecond(1e-9)) - 1,
        binding: sizing.maximum < sizing.replicas ? "the maximum of \(sizing.maximum) replicas" : "headroom"))
    if !peak.isCertain {
      verdicts.append(
        Verdict(
          objective: "capacity at the high end of the forecast", asked: "\(peak.high)", got: "\(held)",
          met: held >= peak.high, margin: held / peak.high - 1,
          binding: held >= peak.high
            ? "headroom"
            : "forecast error: the peak may be \(NumberFormat.significant(peak.high / peak.mid, 3)) times the expected one"
        ))
    }
    guard let own = simulations.first else { return verdicts }
    let totals = own.outcome.totals
    let served = totals.shareServed.rawValue
    if let asked = plan.service.objective.availability {
      verdicts.append(
        Verdict(
          objective: "availability", asked: percent(asked.rawValue), got: percent(served),
          met: served >= asked.rawValue,
          margin: (served - asked.rawValue) / max(1 - asked.rawValue, 1e-9),
          binding: own.outcome.worst?.because ?? "nothing: every request was served"))
    }
    for attainment in totals.attainments {
      let asked = attainment.bound.quantile
      let within = attainment.share.rawValue
      verdicts.append(
        Verdict(
          objective: "within \(NumberFormat.duration(attainment.bound.limit))"
            + (attainment.includesService ? "" : ", waiting alone"), asked: percent(asked),
          got: percent(within), met: attainment.isMet, margin: (within - asked) / max(1 - asked, 1e-9),
          binding: own.outcome.worst?.because ?? "utilization at the peak"))
    }
    return verdicts
  }

  func percent(_ share: Double) -> String { NumberFormat.share(share) }
}
