import Placing
import Planning
import Quantities

extension PlanReport {
  /// The regions as they were placed: who asks when, what stands where, what each loss leaves.
  func regionsAsPlaced() -> Report.Section? {
    guard let outcome = outcome.placement, outcome.isPlaced, let placement = outcome.placement else { return nil }
    let map = PlacementMap(outcome.problem, placement, slack: outcome.slack)
    let report = PlacementReport(placement, of: outcome.problem, name: plan.name, provenance: provenance)
    var sentence = report.headline
    if let tight = outcome.tightest, tight.factor.isFinite {
      sentence +=
        " All demand may grow by \(Wording.percent(max(0, tight.factor - 1))) before something no longer holds."
    }
    let gain = outcome.problem.multiplexingGain
    if gain > 1.005 {
      sentence +=
        " The regions do not peak together: their own peaks, each held at home, would ask \(NumberFormat.significant(gain, 3)) times as much as one fleet for all hours."
    }
    return Report.Section(
      "Regions", id: "regions", sentence, map.blocks)
  }
}
