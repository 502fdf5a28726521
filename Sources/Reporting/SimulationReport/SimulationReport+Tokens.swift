import Documents
import Planning
import Quantities
import Serving
import Simulating
import Terminal

extension SimulationReport {
  /// What requests to a language model met with.
  static func section(_ tokens: TokenSimulation) -> Report.Section {
    Report.Section(
      "Token by token", id: "tokens", sentence(tokens),
      [
        .table(
          Report.Table(
            [.text("time"), .number("mean"), .number("p50"), .number("p90"), .number("p99"), .number("p99.9")],
            times(tokens).map { row in row.map { Report.Cell($0) } }, emphasized: nil))
      ])
  }

  static func sentence(_ tokens: TokenSimulation) -> String {
    let record = tokens.record
    guard record.answered > 0 else { return "No request was answered." }
    var sentence =
      "\(NumberFormat.grouped(Double(record.answered))) requests were answered; 99 % had their first token within "
      + "\(NumberFormat.duration(.seconds(record.firstToken.p99))). \(record.outputRate) of answers, "
      + "\(Wording.percent(record.replicas.map(\.mostCacheUse).max() ?? 0)) of a replica's KV cache at most"
    if record.preemptions > 0 {
      sentence += ", \(NumberFormat.grouped(Double(record.preemptions))) sequences worked out anew in a full cache"
    }
    return sentence + "."
  }

  private static func times(_ tokens: TokenSimulation) -> [[String]] {
    TokenSimulation.metrics.compactMap { metric in
      guard tokens.record.answered > 0, let latency = tokens.latency(metric) else { return nil }
      return [metric.title]
        + [latency.mean, latency.p50, latency.p90, latency.p99, latency.p999].map {
          NumberFormat.duration(.seconds($0))
        }
    }
  }

  func tokensText(width: Int, style: Style) -> String {
    guard let tokens else { return "" }
    var times = TextTable([
      .init("time", isFlexible: true), .init("mean", .right), .init("P50", .right), .init("P90", .right),
      .init("P99", .right), .init("P99.9", .right),
    ])
    for row in Self.times(tokens) { times.add(row) }
    let sentence = TerminalText.wrapped(Self.sentence(tokens), width: width).joined(separator: "\n")
    return "\n" + sentence + "\n\n" + times.text(width: width, style: style)
  }

  func writeTokens(to json: inout JSONWriter) {
    guard let tokens else { return }
    let report = TokenReport(tokens)
    json.object("tokens") { json in report.writeTotals(&json) }
  }
}
