import Quantities
import Reporting

extension Pages {
  /// What somebody must know, with its reason and its remedy.
  func alerts(_ standing: [AlertBook.Standing]) -> String {
    let acts = standing.filter { $0.alert.severity == "act" }.count
    let headline =
      standing.isEmpty
      ? "Nothing needs to be told: every plan is good as it stands."
      : "\(standing.count) thing\(standing.count == 1 ? "" : "s") to know, of which \(acts) cannot wait."
    var report = Report(title: "Alerts · headroom", kicker: "Alerts", headline: headline)
    let items = standing.map { one in
      Report.Item(
        one.alert.severity == "act" ? .fails : .warns,
        tag: one.alert.service + (one.alert.by.map { " by \($0.short)" } ?? ""),
        what: one.alert.what,
        because: [one.alert.because, one.alert.remedy, "Since \(one.since.utc.date.long)."].filter { !$0.isEmpty }
          .joined(
            separator: " "))
    }
    if !items.isEmpty {
      report.sections = [
        Report.Section(
          "What stands", id: "standing", "What 'headroom check' would fail for, of every service.", [.findings(items)])
      ]
    }
    return rendered(report.page(withControls: "") { $0 }, here: "/alerts")
  }
}
