import Documents
import Placing
import Planning
import Quantities
import Terminal

/// Which standby posture meets the objectives at the least cost, what to rehearse, and what to do: `headroom recovery`.
public struct RecoveryReport: ReportDocument {
  public let outcome: PlanOutcome
  public let provenance: Provenance

  public init(_ outcome: PlanOutcome, provenance: Provenance) {
    self.outcome = outcome
    self.provenance = provenance
  }

  private var recovery: RecoveryOutcome { outcome.recovery }
  private static func span(_ seconds: Double) -> String {
    seconds.isFinite ? NumberFormat.duration(.seconds(seconds.rounded())) : "never"
  }

  var headline: String {
    let asked = [
      recovery.rto.map { "within \(Self.span($0))" }, recovery.rpo.map { "losing at most \(Self.span($0)) of data" },
    ].compactMap { $0 }.joined(separator: ", ")
    guard let best = recovery.cheapest else {
      return "No posture recovers \(asked): shorten the longest part, or ask for less."
    }
    let cost = best.costPerMonth > .zero ? "\(best.costPerMonth) a month" : "nothing that stands by"
    guard !asked.isEmpty else {
      return
        "Without an objective the cheapest posture is \(best.time.posture.rawValue): back in \(Self.span(best.time.seconds))."
    }
    return
      "\(best.time.posture.rawValue.prefix(1).uppercased() + best.time.posture.rawValue.dropFirst()) is the cheapest that recovers \(asked): in \(Self.span(best.time.seconds)), for \(cost)."
  }

  private var lead: String {
    var sentences: [String] = []
    if let own = recovery.postures.first(where: { $0.time.posture == recovery.chosen }), !own.meets {
      let longest = own.time.dominant.map { ", most of it for \($0.name)" } ?? ""
      sentences.append(
        "The plan's own posture, \(own.time.posture.rawValue), misses that: back in \(Self.span(own.time.seconds))\(longest), losing \(Self.span(own.time.dataLoss)) of data."
      )
    }
    if !recovery.undrilled.isEmpty {
      sentences.append(
        "Never rehearsed: \(recovery.undrilled.joined(separator: ", ")). A recovery that was never rehearsed is a guess."
      )
    }
    return sentences.joined(separator: " ")
  }

  private var rows: [[String]] {
    recovery.postures.map { one in
      [
        one.time.posture.rawValue + (one.time.posture == recovery.chosen ? " (the plan's)" : ""),
        Self.span(one.time.seconds),
        one.time.worstSeconds > one.time.seconds + 0.5 ? Self.span(one.time.worstSeconds) : "",
        Self.span(one.time.dataLoss), one.time.dominant?.name ?? "",
        one.replicas > 0 ? "\(one.replicas)" : "0", one.replicas > 0 ? "\(one.costPerMonth)" : "-",
        one.meets ? "yes" : "no",
      ]
    }
  }
  private static let titles: [(String, Bool)] = [
    ("posture", false), ("back in", true), ("at worst", true), ("data lost", true), ("longest part", false),
    ("replicas", true), ("a month", true), ("meets", false),
  ]

  /// How long each takes, part by part.
  var postureChart: StackChart {
    let kinds: [StackChart.Part.Kind] = [.demand, .spare, .capacity, .capacitySpare]
    return StackChart(
      title: "Recovery time by posture", description: "The parts of each posture's recovery, one behind the other.",
      rows: recovery.postures.map { one in
        StackChart.Row(
          label: one.time.posture.rawValue,
          parts: one.time.terms.enumerated().map { i, term in
            StackChart.Part(term.seconds, kinds[i % kinds.count], "\(term.name): \(Self.span(term.seconds))")
          },
          amount:
            "\(Self.span(one.time.seconds))\(one.replicas > 0 ? ", \(one.costPerMonth) a month" : "")\(one.meets ? "" : ", misses")"
        )
      })
  }

  /// The postures side by side.
  var postureTable: Report.Table {
    Report.Table(
      Self.titles.map { $0.1 ? .number($0.0) : .text($0.0) },
      rows.map { row in
        row.enumerated().map { i, text in
          Report.Cell(text, mark: i == row.count - 1 ? (text == "yes" ? .holds : .fails) : nil)
        }
      })
  }

  /// What to do when it happens, step by step, with the plan's own numbers.
  var runbook: [String] {
    let spec = outcome.plan.recovery
    let posture = recovery.chosen ?? recovery.cheapest?.time.posture ?? .warm
    let time = RecoveryTime(posture, spec.parts)
    func takes(_ name: String) -> String {
      time.terms.first { $0.name == name }.map { " (\(Self.span($0.seconds)))" } ?? ""
    }
    var steps = [
      "See it: the health checks of \(spec.mechanism.title) fail after \(Self.span(spec.parts.detection)). Is one region down, or its checks?"
    ]
    if posture != .activeActive {
      steps.append(
        "Decide within \(Self.span(spec.parts.decision)): evacuate when the region's own team gives no time of return that is sooner than \(Self.span(time.seconds))."
      )
    }
    if posture == .backupAndRestore || posture == .pilotLight {
      steps.append(
        "Make the infrastructure\(takes("infrastructure")) and copy the model artifacts\(takes("model artifacts")).")
    }
    if posture == .backupAndRestore {
      steps.append("Restore the data from the last backup\(takes("data from backup")).")
    }
    if time.terms.contains(where: { $0.name == "feature store" }) {
      steps.append("Compute the features anew\(takes("feature store")).")
    }
    if time.terms.contains(where: { $0.name == "machines" }) {
      steps.append(
        "Start what is missing\(takes("machines"))\(spec.parts.obtainable < 1 ? "; it can be had at once in \(NumberFormat.share(spec.parts.obtainable)) of cases, else after \(Self.span(spec.parts.scarcity)): ask for other machine types and zones beside it" : "")."
      )
    }
    steps += [
      "Lead the traffic away: \(spec.mechanism.title); clients follow over \(Self.span(spec.parts.routing)).",
      "Watch the standing regions' queues: while they are full, shed the least urgent requests and lower retries rather than wait.",
      "Tell the users, with the time by which \(NumberFormat.share(spec.parts.degradedShare)) of the service is back.",
      "Go back only when the region has stood for an hour, at the day's low, a part at a time; compare data before writes return.",
    ]
    return steps
  }

  private var drills: [[String]] {
    // Only a region's next drill says what was before it: by the one after that, it has been rehearsed.
    var waiting = Set(recovery.undrilled)
    return recovery.drills.map { drill in
      let isFirst = drill.kind == .evacuation && waiting.remove(drill.region) != nil
      return [
        "\(drill.date)", drill.kind.rawValue + (drill.region.isEmpty ? "" : " \(drill.region)"),
        isFirst ? "never done" : drill.last.map { "last on \($0)" } ?? "",
      ]
    }
  }

  public func report() -> Report {
    var report = Report(
      title: "\(outcome.plan.name): recovery", kicker: "\(outcome.plan.name) · recovery of a region",
      headline: headline,
      lead: lead,
      facts: [],
      sections: [
        Report.Section(
          "Postures", id: "postures", "The least prepared first; costs are of the replicas that stand by.",
          [.table(postureTable)]),
        Report.Section("Runbook", id: "runbook", "What to do when it happens.", [.list(runbook)]),
        Report.Section(
          "Drills", id: "drills", "What to rehearse in the next year.",
          [
            .table(
              Report.Table([.text("on"), .text("what"), .text("so far")], drills.map { $0.map { Report.Cell($0) } }))
          ]),
      ])
    report.footer = ["\(provenance.program)."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.wrapped(headline, width: width).map { style(.heading, $0) }.joined(separator: "\n") + "\n"
    text += TerminalText.wrapped(report().lead, width: width).joined(separator: "\n") + "\n\n"
    var table = TextTable(Self.titles.map { $0.1 ? .init($0.0, .right) : .init($0.0, isFlexible: true) })
    for row in rows { table.add(row) }
    text += table.text(width: width, style: style) + "\n"
    text += style(.heading, "Runbook") + "\n"
    for (i, step) in runbook.enumerated() {
      let lines = TerminalText.wrapped(step, width: max(20, width - 4))
      text += "\(i + 1 < 10 ? " " : "")\(i + 1). " + lines.joined(separator: "\n    ") + "\n"
    }
    var calendar = TextTable([.init("drill on"), .init("what", isFlexible: true), .init("so far")])
    for row in drills.prefix(8) { calendar.add(row) }
    if !calendar.isEmpty { text += "\n" + calendar.text(width: width, style: style) }
    return text
  }

  /// `"schema": "headroom/recovery/1"`; docs/reference/recovery-json.md names each key.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/recovery/1")
      json.entry("plan", outcome.plan.name)
      json.entry("headline", headline)
      Self.write(outcome.recovery, to: &json)
      json.entry("runbook", texts: runbook)
    }
    return json.text + "\n"
  }

  static func write(_ recovery: RecoveryOutcome, to json: inout JSONWriter) {
    json.entry("rto_seconds", recovery.rto)
    json.entry("rpo_seconds", recovery.rpo)
    json.entry("chosen", recovery.chosen?.rawValue)
    json.entry("cheapest", recovery.cheapest?.time.posture.rawValue)
    json.objects("postures", recovery.postures) { json, one in
      json.entry("name", one.time.posture.rawValue)
      json.entry("rto_seconds", one.time.seconds)
      json.entry("worst_rto_seconds", one.time.worstSeconds)
      json.entry("rpo_seconds", one.time.dataLoss)
      json.entry("standing_share", one.time.standingShare)
      json.entry("replicas", one.replicas)
      json.entry("cost_per_month", one.costPerMonth)
      json.entry("meets", one.meets)
      json.objects("terms", one.time.terms) { json, term in
        json.entry("name", term.name)
        json.entry("seconds", term.seconds)
      }
    }
    json.objects("drills", recovery.drills) { json, drill in
      json.entry("date", drill.date)
      json.entry("kind", drill.kind.rawValue)
      json.entry("region", drill.region.isEmpty ? nil : drill.region)
      json.entry("last", drill.last)
    }
    json.entry("never_drilled", texts: recovery.undrilled)
  }
}
