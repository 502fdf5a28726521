import Planning
import Quantities

extension PlanReport {
  /// What `plan --tune` found: the settings, and what safety costs.
  var betterSettings: Report.Section? {
    guard let tuning = outcome.tuning else { return nil }
    let report = TuneReport(tuning, source: plan.name)
    return Report.Section(
      "Better settings", id: "tuning", "\(report.headline) \(report.lead)",
      [.part(report.argument), .table(report.settingsTable)])
  }
}
