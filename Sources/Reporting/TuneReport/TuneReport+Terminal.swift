import Planning
import Quantities
import Terminal

extension TuneReport {
  /// The answer, the settings, and what else there is.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var text = TerminalText.opening(report(), width: width, style: style).joined(separator: "\n") + "\n"
    var settings = TextTable([
      .init("setting", isFlexible: true), .init("as it is", .right), .init("chosen", .right), .init("tried", .right),
    ])
    for setting in tuning.settings {
      settings.add([
        setting.name, setting.before, setting.isChanged ? setting.after : "=",
        "\(setting.lowest) to \(setting.highest)",
      ])
    }
    text += settings.text(width: width, style: style) + "\n"
    var front = TextTable([
      .init("what else there is", isFlexible: true), .init("a month", .right), .init("misses used", .right),
      .init("weeks met", .right), .init("replicas", .right), .init("changes/day", .right),
    ])
    var points = tuning.front
    if !points.contains(tuning.current) { points.append(tuning.current) }
    if !points.contains(tuning.chosen) { points.append(tuning.chosen) }
    for point in points.sorted(by: { $0.costPerMonth < $1.costPerMonth }) {
      let name = point == tuning.chosen ? "chosen" : point == tuning.current ? "as it is" : ""
      var main = ""
      if let setting = tuning.settings.first, let value = point.values.first { main = "\(setting.name) \(value)" }
      front.add([
        name.isEmpty ? main : "\(name): \(main)",
        tuning.isPriced ? "\(Money.dollars(point.costPerMonth))" : NumberFormat.short(point.costPerMonth),
        used(point.risk.mid), "\(point.weeksMet) of \(point.weeks)", NumberFormat.significant(point.meanReplicas, 3),
        NumberFormat.significant(point.changesPerDay, 2),
      ])
    }
    return text + front.text(width: width, style: style)
  }
}
