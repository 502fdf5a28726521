import Documents
import Planning
import Quantities
import Terminal

/// The answer of a plan of several services: the total first, then each service in a line and in a section.
public struct PortfolioReport: Sendable {
  public let portfolio: Portfolio
  public let provenance: Provenance

  public init(_ portfolio: Portfolio, provenance: Provenance = Provenance()) {
    self.portfolio = portfolio
    self.provenance = provenance
  }

  var total: Portfolio.Total { portfolio.total }
  var reports: [(name: String, report: PlanReport)] {
    portfolio.services.map { ($0.name, PlanReport($0.outcome, provenance: provenance)) }
  }
  private var today: CivilDate {
    portfolio.services.map { $0.outcome.plan.zone.local($0.outcome.now).date }.max() ?? CivilDate(daysSinceEpoch: 0)
  }

  /// What the reader takes away: who needs something first, or that nobody does.
  var headline: String {
    let urgent = portfolio.services.filter { $0.outcome.findings.contains { $0.severity == .act } }.map(\.name)
    let whole =
      "\(Wording.count(portfolio.services.count, "service")) need \(Wording.count(total.replicas, "replica"))"
      + (total.isPriced ? ", \(total.simulatedPerMonth) a month" : "")
    if total.findings.contains(where: { $0.severity == .act }) {
      return "\(whole). They compete for \(Wording.list(total.machines.filter(\.isOverQuota).map(\.machine)))."
    }
    guard !urgent.isEmpty else { return "\(whole). None of them needs anything now." }
    return "\(whole). \(Wording.list(urgent)) \(urgent.count == 1 ? "needs" : "need") something now."
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func report() -> Report {
    var report = Report(
      title: "\(portfolio.name): capacity plan", kicker: "\(portfolio.name) · capacity plan · \(today.long)",
      headline: headline, lead: lead, facts: facts, argument: nil)
    report.sections = [services, machines, together, dates, PlanReport.section(total.verdicts)].compactMap { $0 }
    for (name, own) in reports { report.sections.append(section(name, own)) }
    report.footer = [
      "\(provenance.program). The same inputs and seed give the same bytes.",
      provenance.command.isEmpty ? "" : "Make it again: `\(provenance.command)`",
      provenance.file.isEmpty
        ? ""
        : "One service alone: `headroom plan \(ShellWord.file(provenance.file)) --service \(ShellWord.quoted(portfolio.services.first?.name ?? "NAME"))`",
    ].filter { !$0.isEmpty }
    return report
  }

  private var lead: String {
    let missed = portfolio.services.filter { $0.outcome.verdicts.contains { !$0.met } }.map(\.name)
    return missed.isEmpty
      ? "" : "As they stand, \(Wording.list(missed)) \(missed.count == 1 ? "misses" : "miss") an objective."
  }

  private var facts: [Report.Fact] {
    let count = total.machines.reduce(0) { $0 + $1.count }
    var facts = [
      Report.Fact(
        NumberFormat.grouped(Double(total.replicas)),
        "replicas of \(Wording.count(portfolio.services.count, "service"))"),
      Report.Fact(
        NumberFormat.grouped(Double(count)),
        "machines of \(Wording.count(Set(total.machines.map(\.machine)).count, "type"))"),
    ]
    if total.isPriced {
      facts.append(
        Report.Fact("\(total.simulatedPerMonth)", "a month under their policies; \(total.flatPerMonth) flat"))
      facts.append(Report.Fact("\(total.horizon)", "over the horizons, events included"))
    }
    if let first = total.dates.first {
      facts.append(Report.Fact(first.by.short, "the next date: \(first.service), \(first.words)"))
    }
    return facts
  }

  // MARK: Sections

  private var services: Report.Section {
    let rows = portfolio.services.map { name, outcome -> [Report.Cell] in
      let sizing = outcome.sizing
      let missed = outcome.verdicts.filter { !$0.met }.count
      return [
        Report.Cell(name), Report.Cell("\(sizing.peak.mid)"), Report.Cell("\(sizing.provisioned)"),
        Report.Cell(NumberFormat.grouped(Double(sizing.replicas))),
        Report.Cell(sizing.running.map { NumberFormat.grouped(Double($0)) } ?? "-"),
        Report.Cell(total.isPriced ? "\(outcome.cost.simulatedPerMonth ?? outcome.cost.followingPerMonth)" : "-"),
        Report.Cell(missed == 0 ? "✓ met" : "✗ \(missed) missed", mark: missed == 0 ? .holds : .fails),
      ]
    }
    return Report.Section(
      "The services", id: "services", "Each by its own traffic, objective and policy.",
      [
        .table(
          Report.Table(
            [
              .text("service"), .number("peak"), .number("provisioned"), .number("replicas"), .number("today"),
              .number("a month"), .text("objectives"),
            ], rows))
      ])
  }

  private var machines: Report.Section? {
    guard !total.machines.isEmpty else { return nil }
    let rows = total.machines.map { need -> [Report.Cell] in
      [
        Report.Cell(need.machine.isEmpty ? "machines" : need.machine),
        Report.Cell(need.region.isEmpty ? "-" : need.region),
        Report.Cell(need.lifecycle.rawValue), Report.Cell(NumberFormat.grouped(Double(need.count))),
        Report.Cell(
          need.quota.map { NumberFormat.grouped(Double($0)) } ?? "-", mark: need.isOverQuota ? .fails : nil),
        Report.Cell(need.services.map { "\($0.name) \($0.count)" }.joined(separator: ", ")),
      ]
    }
    return Report.Section(
      "Machines by type", id: "machines",
      "What all services hold at their peaks; a quota is one for all of them.",
      [
        .table(
          Report.Table(
            [
              .text("machine"), .text("region"), .text("held"), .number("count"), .number("quota"), .text("services"),
            ], rows))
      ])
  }

  private var together: Report.Section? {
    guard !total.findings.isEmpty else { return nil }
    return Report.Section(
      "What they compete for", id: "together", "Each alone would have enough.",
      [.findings(total.findings.map(PlanReport.item))])
  }

  private var dates: Report.Section? {
    guard !total.dates.isEmpty else { return nil }
    let rows = total.dates.map {
      [Report.Cell($0.by.short), Report.Cell($0.service), Report.Cell(Wording.sentence($0.words))]
    }
    return Report.Section(
      "Dates", id: "dates", "What is due, soonest first.",
      [.table(Report.Table([.text("by"), .text("service"), .text("what")], rows))])
  }

  /// A service's answer in short; the whole is a report of its own.
  private func section(_ name: String, _ own: PlanReport) -> Report.Section {
    var blocks: [Report.Block] = []
    if let argument = own.argument {
      blocks.append(
        .part(Report.Part("", id: "\(name)-demand", argument.sentence, argument.chart, caption: argument.caption)))
    }
    let items = own.outcome.findings.filter { $0.severity <= .change }.map(PlanReport.item)
    if !items.isEmpty { blocks.append(.findings(items)) }
    return Report.Section(name, id: "service-\(name)", own.headline, blocks)
  }
}
