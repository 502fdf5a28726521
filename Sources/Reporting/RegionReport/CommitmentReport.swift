import Documents
import Planning
import Quantities
import Terminal

/// What to commit to, and when: `headroom commit plan.yaml`.
public struct CommitmentReport: ReportDocument {
  public let outcome: PlanOutcome
  public let provenance: Provenance

  public init(_ outcome: PlanOutcome, provenance: Provenance) {
    self.outcome = outcome
    self.provenance = provenance
  }

  private var ladders: [CommitmentLadder] { outcome.commitments }

  var headline: String {
    let saving = ladders.reduce(Money.zero) { $0 + $1.saving }
    switch outcome.commitmentLack {
    case .week:
      return
        "Whether commitments pay depends on the hours in which a machine is used, and this plan states its traffic as one rate. Give it a history: traffic: { source: { csv: FILE } }."
    case .machines: return "The plan names no machine that is bought on demand. List one under machines."
    case .prices(let names):
      return
        "No price of one and three years is known of \(names.joined(separator: " and ")). Write it under prices, or give a catalog that has it."
    case nil: break
    }
    guard saving > .zero else { return "Nothing that could be committed to pays for itself." }
    let now = ladders.flatMap(\.steps).filter { $0.date <= outcome.plan.zone.local(outcome.now).date }
    let units = now.reduce(0) { $0 + $1.units }
    return "Commit to \(units) machine\(units == 1 ? "" : "s") now: over three years it saves \(saving)."
  }

  private static let titles = ["buy on", "machine", "region", "term", "machines"]
  private var rows: [[String]] {
    ladders.flatMap { ladder in
      ladder.steps.map { step in
        [
          "\(step.date)", ladder.machine, ladder.region, step.years == 1 ? "1 year" : "\(step.years) years",
          "\(step.units)",
        ]
      }
    }
  }
  private static let priceTitles = [
    "machine", "region", "break-even 1y, 3y", "cost of 3y", "saves", "regret", "at worst", "to the cliff",
  ]
  private var prices: [[String]] {
    ladders.map { one in
      [
        one.machine, one.region,
        "\(NumberFormat.share(one.breakEvenOneYear)), \(NumberFormat.share(one.breakEvenThreeYears))", "\(one.cost)",
        "\(one.saving)", "\(one.expectedRegret)", "\(one.worstRegret)",
        one.cliff >= 1 ? "-" : "-" + NumberFormat.share(one.cliff),
      ]
    }
  }
  private static let blockTitles = ["order by", "machine", "region", "from", "days", "machines", "prepaid"]
  private var blocks: [[String]] {
    outcome.capacityBlocks.flatMap { ladder in
      ladder.steps.map { step in
        [
          "\(step.orderBy)", ladder.machine, ladder.region, "\(step.from)", "\(step.purchase.days)",
          "\(step.purchase.units)",
          "\(ladder.block.prepaid(units: step.purchase.units, days: step.purchase.days))",
        ]
      }
    }
  }
  /// A promise to spend, in a sentence.
  private var spendSentence: String? {
    guard let spend = outcome.spendCommitment else { return nil }
    let order = "It is used up on \(spend.order.joined(separator: ", then "))."
    guard spend.more > .zero else {
      return spend.promised > .zero
        ? "The \(spend.promised) that is promised to spend already is enough. \(order)"
        : "No promise to spend pays for itself."
    }
    return
      "Or promise to spend \(spend.more)\(spend.promised > .zero ? " beside the \(spend.promised) promised already" : ""): it saves \(spend.savingOfYear) a year. \(order)"
  }

  private static let spotTitles = [
    "machine", "region", "on demand", "at the peak", "on spot", "unserved", "if all spot goes", "saves a year",
  ]
  private var spotRows: [[String]] {
    outcome.spotServing.map { one in
      guard let choice = one.choice else {
        return [one.machine, one.region, "-", "\(one.peak)", "-", "no base holds it", "-", "-"]
      }
      return [
        one.machine, one.region, "\(choice.base)", "\(one.peak)", NumberFormat.share(choice.spotShare),
        NumberFormat.share(choice.unserved), NumberFormat.share(choice.worst), "\(one.savingOfYear ?? .zero)",
      ]
    }
  }
  private static let spotSentence =
    "A base on demand, spot machines above it, which leave without notice: what is lost is unserved until it runs on demand."

  public func report() -> Report {
    func cells(_ rows: [[String]]) -> [[Report.Cell]] { rows.map { $0.map { Report.Cell($0) } } }
    var report = Report(
      title: "\(outcome.plan.name): commitments", kicker: "\(outcome.plan.name) · commitments over three years",
      headline: headline,
      lead:
        "What costs least in expectation, exactly, for the ordinary week over all that may come of growth, capacity and prices; regret is what it costs above each world's own best.",
      sections: [
        Report.Section(
          "Ladder", id: "ladder", "What to buy when.",
          [.table(Report.Table(Self.titles.map { .text($0) }, cells(rows)))]),
        Report.Section(
          "Why", id: "why", "A unit pays for itself where it is used in more hours than its break-even.",
          [
            .table(
              Report.Table(
                Self.priceTitles.enumerated().map { $0.offset < 2 ? .text($0.element) : .number($0.element) },
                cells(prices)))
          ]),
      ])
    if let spendSentence { report.sections.append(Report.Section("Promise to spend", id: "spend", spendSentence)) }
    if !blocks.isEmpty {
      report.sections.append(
        Report.Section(
          "Capacity blocks", id: "blocks",
          "Bought ahead, prepaid, not to be cancelled: the last day to order each.",
          [
            .table(
              Report.Table(
                Self.blockTitles.enumerated().map { $0.offset < 4 ? .text($0.element) : .number($0.element) },
                cells(blocks)))
          ]))
    }
    if !spotRows.isEmpty {
      report.sections.append(
        Report.Section(
          "Spot serving", id: "spot", Self.spotSentence,
          [
            .table(
              Report.Table(
                Self.spotTitles.enumerated().map { $0.offset < 2 ? .text($0.element) : .number($0.element) },
                cells(spotRows)))
          ]))
    }
    report.footer = ["\(provenance.program)."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  var hasSomething: Bool {
    !rows.isEmpty || !spotRows.isEmpty || !blocks.isEmpty || (outcome.spendCommitment?.more ?? .zero) > .zero
  }

  /// The ladder for a report of the plan.
  var ladderBlocks: [Report.Block] {
    func cells(_ rows: [[String]]) -> [[Report.Cell]] { rows.map { $0.map { Report.Cell($0) } } }
    var found: [Report.Block] = []
    if !rows.isEmpty { found.append(.table(Report.Table(Self.titles.map { .text($0) }, cells(rows)))) }
    if let spendSentence { found.append(.text(spendSentence)) }
    if !blocks.isEmpty { found.append(.table(Report.Table(Self.blockTitles.map { .text($0) }, cells(blocks)))) }
    if !spotRows.isEmpty {
      found.append(.text(Self.spotSentence))
      found.append(.table(Report.Table(Self.spotTitles.map { .text($0) }, cells(spotRows))))
    }
    return found
  }

  public func html() -> String { report().html() }
  public func markdown() -> String { report().markdown() }

  public func terminal(width: Int, style: Style) -> String {
    let width = max(40, width)
    var text = TerminalText.wrapped(headline, width: width).map { style(.heading, $0) }.joined(separator: "\n") + "\n\n"
    var ladder = TextTable(Self.titles.map { .init($0, isFlexible: true) })
    for row in rows { ladder.add(row) }
    if !ladder.isEmpty { text += ladder.text(width: width, style: style) + "\n" }
    var why = TextTable(
      Self.priceTitles.enumerated().map {
        $0.offset < 2 ? .init($0.element, isFlexible: true) : .init($0.element, .right)
      })
    for row in prices { why.add(row) }
    if !why.isEmpty { text += why.text(width: width, style: style) }
    if let spendSentence {
      text += "\n" + TerminalText.wrapped(spendSentence, width: width).joined(separator: "\n") + "\n"
    }
    var ahead = TextTable(Self.blockTitles.map { .init($0, isFlexible: true) })
    for row in blocks { ahead.add(row) }
    if !ahead.isEmpty { text += "\n" + ahead.text(width: width, style: style) }
    var spot = TextTable(
      Self.spotTitles.enumerated().map {
        $0.offset < 2 ? .init($0.element, isFlexible: true) : .init($0.element, .right)
      })
    for row in spotRows { spot.add(row) }
    if !spot.isEmpty {
      text += "\n" + TerminalText.wrapped(Self.spotSentence, width: width).joined(separator: "\n") + "\n"
      text += spot.text(width: width, style: style)
    }
    return text
  }

  /// `"schema": "headroom/commitments/1"`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/commitments/1")
      json.entry("plan", outcome.plan.name)
      json.entry("headline", headline)
      json.objects("commitments", ladders) { json, one in
        json.entry("machine", one.machine)
        json.entry("region", one.region.isEmpty ? nil : one.region)
        json.entry("units_3y", one.best.choice.threeYears)
        json.entry("units_1y_by_year", values: one.best.choice.oneYear.map(Double.init))
        json.entry("break_even_1y", one.breakEvenOneYear)
        json.entry("break_even_3y", one.breakEvenThreeYears)
        json.entry("cost", one.cost)
        json.entry("expected_cost", one.expectedCost)
        json.entry("saving", one.saving)
        json.entry("expected_regret", one.expectedRegret)
        json.entry("worst_regret", one.worstRegret)
        json.object("least_worst_regret") { json in
          json.entry("units_3y", one.calmest.choice.threeYears)
          json.entry("units_1y_by_year", values: one.calmest.choice.oneYear.map(Double.init))
        }
        json.entry("worlds", one.worlds)
        json.entry("cliff", one.cliff >= 1 ? nil : one.cliff)
        json.objects("ladder", one.steps) { json, step in
          json.entry("date", step.date)
          json.entry("years", step.years)
          json.entry("units", step.units)
        }
      }
      json.object("spend", outcome.spendCommitment) { json, spend in
        json.entry("promise_per_h", spend.choice.promise)
        json.entry("promised_per_h", spend.promised)
        json.entry("more_per_h", spend.more)
        json.entry("cost_of_year", spend.costOfYear)
        json.entry("saving_of_year", spend.savingOfYear)
        json.entry("application_order", texts: spend.order)
      }
      json.objects("spot_serving", outcome.spotServing) { json, one in
        json.entry("machine", one.machine)
        json.entry("region", one.region.isEmpty ? nil : one.region)
        json.entry("spot_price_per_h", one.spot.hourly)
        json.entry("status", one.choice == nil ? "infeasible" : "optimal")
        json.entry("base_machines", one.choice?.base)
        json.entry("peak_machines", one.peak)
        json.entry("spot_share", one.choice?.spotShare)
        json.entry("unserved_share", one.choice?.unserved)
        json.entry("unserved_when_all_spot_goes", one.choice?.worst)
        json.entry("cost_of_year", one.costOfYear)
        json.entry("saving_of_year", one.savingOfYear)
      }
      json.objects("capacity_blocks", outcome.capacityBlocks) { json, ladder in
        json.entry("machine", ladder.machine)
        json.entry("region", ladder.region.isEmpty ? nil : ladder.region)
        json.entry("cost", ladder.choice.cost)
        json.entry("cost_without", ladder.choice.costWithout)
        json.entry("prepaid", ladder.choice.prepaid)
        json.entry("exposed_machine_days", ladder.choice.exposedUnitDays)
        json.objects("purchases", ladder.steps) { json, step in
          json.entry("order_by", step.orderBy)
          json.entry("from", step.from)
          json.entry("days", step.purchase.days)
          json.entry("units", step.purchase.units)
        }
      }
    }
    return json.text + "\n"
  }
}
