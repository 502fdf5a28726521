import Documents
import Planning
import Quantities
import Terminal

extension PortfolioReport {
  /// `"schema": "headroom/plans/1"`: the total, and each service's whole answer as `headroom/plan/1`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/plans/1")
      json.entry("plan", portfolio.name)
      json.entry("headline", headline)
      json.object("total") { writeTotal(to: &$0) }
      json.object("services") { json in
        for (name, report) in reports { json.object(name) { report.write(to: &$0) } }
      }
    }
    return json.text + "\n"
  }

  private func writeTotal(to json: inout JSONWriter) {
    json.entry("replicas", total.replicas)
    json.entry("flat_per_month", total.isPriced ? total.flatPerMonth : nil)
    json.entry("following_per_month", total.isPriced ? total.followingPerMonth : nil)
    json.entry("simulated_per_month", total.isPriced ? total.simulatedPerMonth : nil)
    json.entry("horizon", total.isPriced ? total.horizon : nil)
    json.entry("budget", portfolio.budget)
    json.objects("machines", total.machines) { json, need in
      json.entry("machine", need.machine.isEmpty ? nil : need.machine)
      json.entry("region", need.region.isEmpty ? nil : need.region)
      json.entry("lifecycle", need.lifecycle.rawValue)
      json.entry("count", need.count)
      json.entry("quota", need.quota)
      json.objects("services", need.services) { json, part in
        json.entry("name", part.name)
        json.entry("count", part.count)
      }
    }
    json.objects("dates", total.dates) { json, date in
      json.entry("by", date.by)
      json.entry("service", date.service)
      json.entry("what", date.words)
    }
    PlanReport.write(total.verdicts, total.findings, to: &json)
  }

  /// A row a service.
  public func csv() -> String {
    var csv = CSVWriter()
    for name in [
      "service", "peak_mid", "provisioned", "replicas", "running", "machines", "cost_per_month", "objectives_met",
    ] {
      csv.string(name)
    }
    csv.endRow()
    for (name, outcome) in portfolio.services {
      csv.string(name)
      csv.number(outcome.sizing.peak.mid.perSecond)
      csv.number(outcome.sizing.provisioned.perSecond)
      csv.integer(outcome.sizing.replicas)
      if let running = outcome.sizing.running { csv.integer(running) } else { csv.empty() }
      csv.integer(outcome.sizing.machines)
      csv.number((outcome.cost.simulatedPerMonth ?? outcome.cost.followingPerMonth).dollars)
      csv.string(outcome.verdicts.allSatisfy(\.met) ? "true" : "false")
      csv.endRow()
    }
    return csv.text
  }

  /// The total, a line for each service, and what to do.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var lines = TerminalText.opening(report(), width: width, style: style)
    var table = TextTable([
      .init("service", isFlexible: true), .init("peak", .right), .init("replicas", .right), .init("today", .right),
      .init("a month", .right), .init("objectives"),
    ])
    for (name, outcome) in portfolio.services {
      let missed = outcome.verdicts.filter { !$0.met }.count
      table.add([
        name, "\(outcome.sizing.peak.mid)", NumberFormat.grouped(Double(outcome.sizing.replicas)),
        outcome.sizing.running.map { NumberFormat.grouped(Double($0)) } ?? "-",
        total.isPriced ? "\(outcome.cost.simulatedPerMonth ?? outcome.cost.followingPerMonth)" : "-",
        missed == 0 ? style(.good, "met") : style(.bad, "\(missed) missed"),
      ])
    }
    lines += table.text(width: width, style: style).split(separator: "\n").map(String.init)
    let urgent =
      total.findings.map { ("all", $0) }
      + portfolio.services.flatMap { name, outcome in outcome.findings.filter { $0.severity == .act }.map { (name, $0) }
      }
    if !urgent.isEmpty { lines.append("") }
    for (name, finding) in urgent {
      let by = finding.isDue ? " now" : finding.by.map { " by \($0.short)" } ?? ""
      lines += TerminalText.wrapped("\(name)\(by): \(finding.words.what)", width: width)
    }
    if !provenance.file.isEmpty {
      lines.append("")
      lines.append(
        style(
          .dim,
          "One alone: headroom plan \(ShellWord.file(provenance.file)) --service \(ShellWord.quoted(portfolio.services.first?.name ?? "NAME"))"
        )
      )
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
