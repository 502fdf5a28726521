import Planning
import Quantities

extension PlanReport {
  /// How the loss of a region is survived: the postures side by side.
  var recovery: Report.Section? {
    let recovery = outcome.recovery
    guard !recovery.postures.isEmpty else { return nil }
    let report = RecoveryReport(outcome, provenance: provenance)
    return Report.Section(
      "Recovery", id: "recovery", "\(report.headline)", [.table(report.postureTable)])
  }
}
