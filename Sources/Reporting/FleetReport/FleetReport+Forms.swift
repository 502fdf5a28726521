import Documents
import Planning
import Quantities
import Terminal

extension FleetReport: TabularDocument {
  /// `"schema": "headroom/fleet/1"`: the total, and every service with its ranks.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/fleet/1")
      json.entry("source", source)
      json.entry("today", today)
      json.entry("headline", headline)
      json.entry("unreached", unreached)
      json.object("total") { writeTotal(to: &$0) }
      let ranks = ranks
      json.objects("services", fleet.rows) { json, row in
        row.write(to: &json)
        json.entry("risk_rank", ranks.risk[row.id])
        json.entry("waste_rank", ranks.waste[row.id])
      }
    }
    return json.text + "\n"
  }

  /// By the row's id, from 1.
  private var ranks: (risk: [String: Int], waste: [String: Int]) {
    func places(_ rows: [FleetRow]) -> [String: Int] {
      Dictionary(rows.enumerated().map { ($1.id, $0 + 1) }, uniquingKeysWith: { first, _ in first })
    }
    return (places(fleet.risks), places(fleet.wastes))
  }

  private func writeTotal(to json: inout JSONWriter) {
    json.entry("services", total.services)
    json.entry("errors", fleet.faults.count)
    json.entry("replicas", total.replicas)
    json.entry("running", total.running)
    json.entry("missing", total.missing)
    json.entry("objectives_missed", total.missed)
    json.object("standings") { json in
      for (code, count) in total.standings.sorted(by: { $0.key < $1.key }) { json.entry(code, count) }
    }
    json.objects("money", total.money) { json, amounts in
      json.entry("currency", amounts.currency.code)
      json.entry("services", amounts.services)
      json.entry("held_per_month", amounts.held)
      json.entry("following_per_month", amounts.following)
      json.entry("idle_per_month", amounts.idle)
    }
    json.objects("machines", total.machines) { json, need in
      json.entry("machine", need.machine.isEmpty ? nil : need.machine)
      json.entry("region", need.region.isEmpty ? nil : need.region)
      json.entry("lifecycle", need.lifecycle.rawValue)
      json.entry("count", need.count)
      json.entry("quota", need.quota)
      json.entry("services", need.services.count)
    }
  }

  /// A row a service, by file.
  public func csv() -> String {
    var csv = CSVWriter()
    csv.row([
      "service", "file", "peak_low", "peak", "peak_high", "provisioned", "replicas", "running", "runs_out_early",
      "runs_out", "runs_out_late", "overload_probability", "standing", "add_by", "held_per_month",
      "following_per_month", "idle_per_month", "currency", "urgent", "objectives_missed", "risk_rank", "waste_rank",
      "error",
    ])
    let ranks = ranks
    func integer(_ value: Int?) { if let value { csv.integer(value) } else { csv.empty() } }
    func number(_ value: Double?) { if let value { csv.number(value) } else { csv.empty() } }
    func text(_ value: String?) { if let value { csv.string(value) } else { csv.empty() } }
    for row in fleet.rows {
      let answer = row.answer
      text(row.name)
      text(row.file)
      number(answer?.peak.low.perSecond)
      number(answer?.peak.mid.perSecond)
      number(answer?.peak.high.perSecond)
      number(answer?.provisioned.perSecond)
      integer(answer?.replicas)
      integer(answer?.running)
      text(answer?.early?.description)
      text(answer?.expected?.description)
      text(answer?.late?.description)
      number(answer?.overload)
      text(answer?.standing)
      text(answer?.addBy?.description)
      number(answer?.heldPerMonth?.dollars)
      number(answer?.followingPerMonth?.dollars)
      number(answer?.idlePerMonth?.dollars)
      text(answer?.currency)
      text(answer?.urgent.joined(separator: " "))
      text(answer?.missed.joined(separator: " "))
      integer(ranks.risk[row.id])
      integer(ranks.waste[row.id])
      text(row.fault.isEmpty ? nil : row.fault.replacing("\n", with: " "))
      csv.endRow()
    }
    return csv.text
  }

  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var lines = TerminalText.opening(report(), width: width, style: style)
    func add(_ table: TextTable, _ heading: String) {
      if lines.last != "" { lines.append("") }
      lines.append(style(.heading, heading))
      lines += table.text(width: width, style: style).split(separator: "\n").map(String.init)
    }
    func count(_ n: Int?) -> String { n.map { NumberFormat.grouped(Double($0)) } ?? "-" }
    func more(_ all: Int) -> String {
      all > most ? " (the first \(count(most)) of \(count(all)))" : ""
    }
    if !fleet.risks.isEmpty {
      var table = TextTable([
        .init("service", isFlexible: true), .init("runs out", .right), .init("between"), .init("chance", .right),
        .init("today", .right), .init("needed", .right), .init("add by", .right),
      ])
      for row in fleet.risks.prefix(most) {
        guard let answer = row.answer else { continue }
        table.add([
          name(row), answer.expected.map { style(.bad, $0.short) } ?? "-", Self.interval(answer),
          answer.overload.map(Wording.percent) ?? "-", count(answer.running), count(answer.replicas),
          answer.addBy?.short ?? "-",
        ])
      }
      add(table, "By risk" + more(fleet.risks.count))
    }
    if !fleet.wastes.isEmpty {
      var table = TextTable([
        .init("service", isFlexible: true), .init("idle a month", .right), .init("held a month", .right),
        .init("today", .right), .init("needed", .right),
      ])
      for row in fleet.wastes.prefix(most) {
        guard let answer = row.answer, let idle = answer.idlePerMonth, let held = answer.heldPerMonth else { continue }
        (Currency(answer.currency) ?? .dollars).shown {
          table.add([name(row), "\(idle)", "\(held)", count(answer.running), count(answer.replicas)])
        }
      }
      add(table, "By waste" + more(fleet.wastes.count))
    }
    let over = total.machines.filter(\.isOverQuota)
    if !over.isEmpty { lines.append("") }
    for need in over {
      lines += TerminalText.wrapped(
        "\(need.machine) \(need.lifecycle.rawValue)\(need.region.isEmpty ? "" : " in \(need.region)"): \(count(need.count)) needed by \(Wording.count(need.services.count, "service")), the quota holds \(count(need.quota)).",
        width: width)
    }
    if !fleet.faults.isEmpty { lines.append("") }
    for row in fleet.faults.prefix(5) {
      lines += TerminalText.wrapped("\(name(row)): \(row.fault.replacing("\n", with: "; "))", width: width)
    }
    if fleet.faults.count > 5 {
      lines.append("and \(Wording.count(fleet.faults.count - 5, "more service")) without an answer")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
