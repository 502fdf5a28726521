import Documents
import Planning
import Quantities

/// A plan's answer beside that of the same plan with something changed.
public struct WhatIfReport: Sendable {
  public let question: WhatIf
  public let asPlanned: PlanOutcome
  public let changed: PlanOutcome
  public let provenance: Provenance

  public init(_ question: WhatIf, asPlanned: PlanOutcome, changed: PlanOutcome, provenance: Provenance = Provenance()) {
    self.question = question
    self.asPlanned = asPlanned
    self.changed = changed
    self.provenance = provenance
  }

  /// The changed plan's whole story: the plan report's own words, with what was asked above them.
  public func report() -> Report {
    var report = PlanReport(changed, provenance: provenance).report()
    guard !question.isNothing else { return report }
    report.title = "What if: \(report.title)"
    report.kicker = "\(changed.plan.name) · what if \(words)"
    return report
  }

  /// What was asked: `headroom of 60 %, 30 % more traffic`.
  public var words: String {
    var parts: [String] = []
    if let headroom = question.headroom { parts.append("headroom of \(Wording.percent(headroom.rawValue))") }
    let lift = question.lift.rawValue
    if lift != 1 { parts.append("\(Wording.percent(abs(lift - 1))) \(lift > 1 ? "more" : "less") traffic") }
    if question.policy != nil || question.utilization != nil { parts.append(changed.plan.policy.title) }
    if let region = question.lostRegion { parts.append("\(region) lost") }
    return parts.isEmpty ? "nothing changes" : Wording.list(parts)
  }

  /// The numbers that a planner holds against each other, as planned and what if.
  var lines: [(name: String, before: String, after: String, isWorse: Bool?)] {
    func worse(_ value: (PlanOutcome) -> Double?) -> Bool? {
      guard let a = value(asPlanned), let b = value(changed) else { return nil }
      return a == b ? nil : b > a
    }
    func line(
      _ name: String, _ shown: (PlanOutcome) -> String, worse value: (PlanOutcome) -> Double?
    ) -> (String, String, String, Bool?) {
      (name, shown(asPlanned), shown(changed), worse(value))
    }
    var lines = [
      line("expected peak", { "\($0.sizing.peak.mid)" }, worse: { _ in nil }),
      line("headroom", { Wording.percent($0.headroom.fraction) }, worse: { _ in nil }),
      line("provisioned", { "\($0.sizing.provisioned)" }, worse: { _ in nil }),
      line("replicas", { NumberFormat.grouped(Double($0.sizing.replicas)) }, worse: { Double($0.sizing.replicas) }),
      line("machines", { NumberFormat.grouped(Double($0.sizing.machines)) }, worse: { Double($0.sizing.machines) }),
      line(
        "runs out", { $0.runwayWords },
        worse: { outcome in
          outcome.sizing.running == nil ? nil : -Double(outcome.runway?.expected?.daysSinceEpoch ?? 1_000_000)
        }),
      line(
        "peak exceeds capacity", { Wording.futures($0.risk.chosenPoint?.overloadProbability ?? 0) },
        worse: { $0.risk.chosenPoint?.overloadProbability }),
      line(
        "objectives",
        { outcome in
          let missed = outcome.verdicts.filter { !$0.met }.count
          return missed == 0 ? "✓ met" : "✗ \(missed) missed"
        }, worse: { Double($0.verdicts.filter { !$0.met }.count) }),
    ]
    if asPlanned.cost.isPriced, changed.cost.isPriced {
      lines.append(
        line("a month under the policy", { "\($0.cost.underPolicy)" }, worse: { $0.cost.underPolicy.dollars }))
      lines.append(line("a month, flat", { "\($0.cost.flatPerMonth)" }, worse: { $0.cost.flatPerMonth.dollars }))
    }
    return lines
  }

  /// The comparison as a table, and what would have to be done.
  public var section: Report.Section {
    let isPlanned = question.isNothing
    let rows = lines.map { line in
      [Report.Cell(line.name), Report.Cell(line.before)]
        + (isPlanned ? [] : [Report.Cell(line.after, mark: line.isWorse.map { $0 ? .warns : .holds })])
    }
    var blocks: [Report.Block] = [
      .table(
        Report.Table([.text(""), .number("as planned")] + (isPlanned ? [] : [.number("what if")]), rows))
    ]
    let acts = changed.findings.filter { $0.severity == .act }
    if !isPlanned, !acts.isEmpty { blocks.append(.findings(acts.map(PlanReport.item))) }
    let sentence = isPlanned ? "Change something to see it here." : "\(PlanReport(changed).headline)"
    return Report.Section(isPlanned ? "As planned" : "What if \(words)", id: "what-if-answer", sentence, blocks)
  }

  /// `"schema": "headroom/what-if/1"`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/what-if/1")
      json.entry("plan", changed.plan.name)
      json.entry("headline", PlanReport(changed).headline)
      json.object("question") { json in
        json.entry("headroom", question.headroom)
        json.entry("lift", question.lift)
        json.entry("policy", question.policy)
        json.entry("utilization", question.utilization)
        json.entry("lost_region", question.lostRegion)
      }
      json.object("as_planned") { Self.write(asPlanned, to: &$0) }
      json.object("what_if") { Self.write(changed, to: &$0) }
    }
    return json.text + "\n"
  }

  private static func write(_ outcome: PlanOutcome, to json: inout JSONWriter) {
    json.entry("peak", outcome.sizing.peak)
    json.entry("headroom", outcome.headroom.fraction)
    json.entry("provisioned", outcome.sizing.provisioned)
    json.entry("replicas", outcome.sizing.replicas)
    json.entry("machines", outcome.sizing.machines)
    json.entry("unplaced", outcome.sizing.unplaced)
    json.entry("policy", outcome.plan.policy.title)
    json.object("exhaustion", outcome.exhaustion) { json, it in BoardReport.write(it, to: &json) }
    json.entry("overload_probability", outcome.risk.chosenPoint?.overloadProbability)
    json.entry("cost_per_month", outcome.cost.isPriced ? outcome.cost.underPolicy : nil)
    json.entry("flat_per_month", outcome.cost.isPriced ? outcome.cost.flatPerMonth : nil)
    json.entry("currency", outcome.plan.currency.code)
    PlanReport.write(outcome.verdicts, outcome.findings, to: &json)
  }
}

extension PlanOutcome {
  /// The day on which today's replicas no longer suffice, in short.
  fileprivate var runwayWords: String {
    guard sizing.running != nil else { return "not stated what runs" }
    if let day = runway?.expected { return day <= plan.zone.local(now).date ? "today" : day.short }
    if let day = runway?.early { return "perhaps \(day.short)" }
    return "not within the horizon"
  }
}
