import Documents
import Quantities
import Serving
import Simulating
import Terminal

extension SimulationReport {
  /// What single requests met with.
  static func section(_ requests: RequestRecord) -> Report.Section {
    Report.Section(
      "Request by request", id: "requests", sentence(requests),
      [
        .table(
          Report.Table(
            [.text("figure"), .number("count"), .text("")],
            rows(requests).map { row in row.map { Report.Cell($0) } }, emphasized: nil)),
        .table(
          Report.Table(
            [.text("time"), .number("mean"), .number("P50"), .number("P90"), .number("P99"), .number("P99.9")],
            times(requests).map { row in row.map { Report.Cell($0) } }, emphasized: nil)),
      ])
  }

  static func sentence(_ requests: RequestRecord) -> String {
    guard requests.attempts > 0 else { return "No request came." }
    let first = requests.attempts - requests.retries - requests.hedges
    var sentence = "\(NumberFormat.grouped(Double(first))) requests"
    if requests.retries + requests.hedges > 0 {
      sentence += " made \(NumberFormat.grouped(Double(requests.attempts))) attempts"
    }
    if let p99 = requests.responses.quantile(0.99) {
      sentence += "; of those answered, 99 % were within \(NumberFormat.duration(.seconds(p99)))"
    }
    if let mean = requests.responses.mean, requests.confidence.halfWidth.isFinite {
      sentence +=
        ". The mean is \(NumberFormat.duration(.seconds(mean))), give or take \(NumberFormat.duration(.seconds(requests.confidence.halfWidth))) at 95 %"
    }
    if requests.wasted > 0 {
      sentence += ". \(Wording.percent(requests.wastedShare.rawValue)) of the work was for clients that had given up"
    }
    return sentence + "."
  }

  private static func rows(_ requests: RequestRecord) -> [[String]] {
    let all: [(String, Int, String)] = [
      ("attempts", requests.attempts, "first ones, retries and hedges"),
      ("retries", requests.retries, ""), ("hedges", requests.hedges, ""),
      ("rejected", requests.rejected, "found the line full"),
      ("timed out", requests.timedOut, "their clients stopped waiting"),
      ("expired", requests.expired, "left the line when their time there was over"),
      ("lost", requests.lost, "with their replica"),
      ("over budget", requests.overBudget, "retries that were not allowed"),
      ("wasted", requests.wasted, "served when nobody waited any longer"),
    ]
    return all.filter { $0.1 > 0 || $0.0 == "attempts" }.map { [$0.0, NumberFormat.grouped(Double($0.1)), $0.2] }
  }

  private static func times(_ requests: RequestRecord) -> [[String]] {
    let kinds = requests.kinds.count > 1 ? requests.kinds.map { ("response of \($0.kind.name)", $0.responses) } : []
    return ([("response", requests.responses), ("wait", requests.waits)] + kinds).compactMap { name, histogram in
      guard let mean = histogram.mean else { return nil }
      let values = [mean] + [0.5, 0.9, 0.99, 0.999].map { histogram.quantile($0) ?? .nan }
      return [name] + values.map { NumberFormat.duration(.seconds($0)) }
    }
  }

  func requestsText(width: Int, style: Style) -> String {
    guard let requests else { return "" }
    var counts = TextTable([.init("requests"), .init("count", .right), .init("", isFlexible: true)])
    for row in Self.rows(requests) { counts.add(row) }
    var times = TextTable([
      .init("time"), .init("mean", .right), .init("P50", .right), .init("P90", .right), .init("P99", .right),
      .init("P99.9", .right),
    ])
    for row in Self.times(requests) { times.add(row) }
    let sentence = TerminalText.wrapped(Self.sentence(requests), width: width).joined(separator: "\n")
    return "\n" + sentence + "\n\n" + counts.text(width: width, style: style) + "\n"
      + times.text(width: width, style: style)
  }

  func writeRequests(to json: inout JSONWriter) {
    json.object("requests", requests) { json, requests in
      for (name, count) in [
        ("attempts", requests.attempts), ("retries", requests.retries), ("hedges", requests.hedges),
        ("rejected", requests.rejected), ("timed_out", requests.timedOut), ("expired", requests.expired),
        ("lost", requests.lost), ("over_budget", requests.overBudget), ("served", requests.served),
        ("wasted", requests.wasted),
      ] { json.entry(name, count) }
      json.entry("utilization", requests.utilization.rawValue)
      json.entry("response_ci95_seconds", requests.confidence.halfWidth)
      func times(_ name: String, _ histogram: Histogram, _ json: inout JSONWriter) {
        json.object(name) { json in
          json.entry("mean", histogram.mean ?? .nan)
          for (key, p) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)] {
            json.entry(key, histogram.quantile(p) ?? .nan)
          }
        }
      }
      times("response_seconds", requests.responses, &json)
      times("wait_seconds", requests.waits, &json)
      guard requests.kinds.count > 1 else { return }
      json.objects("kinds", requests.kinds) { json, kind in
        json.entry("name", kind.kind.name)
        json.entry("priority", kind.kind.priority)
        json.entry("offered", kind.offered)
        json.entry("answered", kind.answered)
        json.entry("failed", kind.failed)
        times("response_seconds", kind.responses, &json)
      }
    }
  }
}
