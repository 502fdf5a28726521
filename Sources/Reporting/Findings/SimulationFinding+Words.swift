import Planning
import Quantities
import Serving

extension SimulationFinding: Worded {
  var words: FindingWords {
    switch self {
    case .nodeQuotaTooLow(let nodes, let needed, let held, let replicas, let lead):
      return FindingWords(
        "Raise the quota of nodes from \(nodes) to \(needed).",
        because: "\(nodes) nodes hold \(held) replicas; the plan asks for \(replicas).",
        remedy: "Ask for the quota as early as quota requests take, \(NumberFormat.duration(lead)).")
    case .incidentsSimulated(let crashes, let preemptions, let rollouts, let served, let policy):
      var told: [String] = []
      if crashes > 0 || preemptions > 0 || rollouts.count == 0 {
        told.append(
          "\(Wording.count(crashes, "replica")) crashed and \(NumberFormat.grouped(Double(preemptions))) lost their machine"
        )
      }
      if rollouts.count > 0 {
        let longest = NumberFormat.duration(rollouts.longest)
        let pace =
          rollouts.finished == 0
          ? "" : rollouts.finished == 1 ? " and took \(longest)" : " and took up to \(longest)"
        told.append(
          "\(Wording.count(rollouts.count, "new version")) rolled out\(pace)"
            + (rollouts.isUnfinished
              ? (rollouts.count == 1 ? " and did not come to its end" : ", the last without coming to its end") : ""))
      }
      return FindingWords(
        "The simulation was told what happens: \(told.joined(separator: "; ")).",
        because: "\(Wording.percent(served.rawValue)) of requests were served all the same, under \(policy).")
    case .scalingTooSlow(let lag):
      return FindingWords(
        "Let the fleet start earlier: \(lag.policy) leaves demand above capacity for \(NumberFormat.duration(lag.overload)).",
        because:
          "A replica serves \(NumberFormat.duration(lag.delay)) after the rise. Worst moment: \(lag.worst?.because ?? "demand exceeds the ready capacity").",
        remedy: lag.maximumReached.map { "Raise the maximum above \($0)." }
          ?? "Lower the utilization target, or raise the minimum before the steep hours.")
    case .scalingFollows(let fleet):
      return FindingWords(
        "Autoscaling (\(fleet.policy)) follows the demand.",
        because:
          "\(Wording.percent(fleet.served.rawValue)) of requests are served with \(NumberFormat.significant(fleet.meanReplicas, 3)) replicas on average, \(fleet.peakReplicas) at most; startup takes \(NumberFormat.duration(fleet.startup))."
      )
    case .referenceDiffers(let extra, let served):
      return FindingWords(
        "The reference thresholds would use \(NumberFormat.significant(abs(extra.rawValue) * 100, 2)) % \(extra.rawValue >= 0 ? "more" : "fewer") replica-hours and serve \(Wording.percent(served.rawValue)).",
        because:
          "They check the maximum only on the way up and the minimum only on the way down, size a scale-in to the lower threshold, and take no account of startup time."
      )
    }
  }
}
