import Documents
import Planning
import Quantities
import Terminal

extension SimulationReport {
  /// How sure the figures are: the same policy over many sampled futures.
  static func section(_ futures: SimulatedFutures) -> Report.Section {
    Report.Section(
      "Many futures", id: "futures", sentence(futures),
      [
        .table(
          Report.Table(
            [.text("figure"), .number("least"), .number("P10"), .number("median"), .number("P90"), .number("most")],
            rows(futures).map { row in row.map { Report.Cell($0) } }, emphasized: nil))
      ])
  }

  static func sentence(_ futures: SimulatedFutures) -> String {
    let count = Wording.count(futures.count, "sampled future")
    guard let met = futures.met else { return "\(Wording.sentence(futures.title)) over \(count)." }
    if met == futures.count {
      return "\(Wording.sentence(futures.title)) meets the objective in every one of \(count)."
    }
    return "\(Wording.sentence(futures.title)) meets the objective in \(met) of \(count)."
  }

  private static func rows(_ futures: SimulatedFutures) -> [[String]] {
    func row(_ name: String, _ spread: SimulatedFutures.Spread, _ text: (Double) -> String) -> [String] {
      [name] + [spread.least, spread.p10, spread.p50, spread.p90, spread.most].map(text)
    }
    var rows = [
      row("served", futures.served) { Wording.percent($0) },
      row("over capacity", futures.overloadSeconds) { $0 > 0 ? NumberFormat.duration(.seconds($0.rounded())) : "none" },
      row("replicas, mean", futures.meanReplicas) { NumberFormat.significant($0, 3) },
      row("replicas, most", futures.mostReplicas) { NumberFormat.grouped($0.rounded()) },
    ]
    if let cost = futures.costPerMonth { rows.append(row("a month", cost) { "\(Money.dollars($0))" }) }
    return rows
  }

  func futuresText(width: Int, style: Style) -> String {
    guard let futures else { return "" }
    var table = TextTable([
      .init("over futures", isFlexible: true), .init("least", .right), .init("P10", .right), .init("median", .right),
      .init("P90", .right), .init("most", .right),
    ])
    for row in Self.rows(futures) { table.add(row) }
    let sentence = TerminalText.wrapped(Self.sentence(futures), width: width).joined(separator: "\n")
    return "\n" + sentence + "\n\n" + table.text(width: width, style: style)
  }

  func writeFutures(to json: inout JSONWriter) {
    json.object("futures", futures) { json, futures in
      json.entry("count", futures.count)
      json.entry("met", futures.met)
      for (name, spread) in [
        ("share_served", futures.served), ("overload_seconds", futures.overloadSeconds),
        ("mean_replicas", futures.meanReplicas), ("most_replicas", futures.mostReplicas),
      ] + (futures.costPerMonth.map { [("cost_per_month", $0)] } ?? []) {
        json.object(name) { json in
          json.entry("least", spread.least)
          json.entry("p10", spread.p10)
          json.entry("p50", spread.p50)
          json.entry("p90", spread.p90)
          json.entry("most", spread.most)
        }
      }
    }
  }
}
