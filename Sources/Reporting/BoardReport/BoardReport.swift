import Planning
import Quantities

/// Many services at a glance, those that run out first on top: what a planner asks first of all of them.
public struct BoardReport: Sendable {
  /// A service as the board shows it.
  public struct Entry: Sendable {
    public var name: String
    /// The address of its own page; empty where it has none.
    public var link: String
    public var outcome: PlanOutcome
    /// Nil where the plan does not say what runs.
    public var exhaustion: Exhaustion?

    public init(name: String, link: String = "", outcome: PlanOutcome) {
      self.name = name
      self.link = link
      self.outcome = outcome
      exhaustion = outcome.exhaustion
    }

    /// Amounts in the plan's own currency.
    var cost: String {
      guard outcome.cost.isPriced else { return "-" }
      return outcome.plan.currency.shown { "\(outcome.cost.underPolicy)" }
    }
    var missed: [Verdict] { outcome.verdicts.filter { !$0.met } }
    var isUrgent: Bool { outcome.findings.contains { $0.severity == .act } }
  }

  /// A plan that could not be answered, and why.
  public struct Fault: Hashable, Sendable {
    public var name: String
    public var problem: String
    public init(name: String, problem: String) {
      self.name = name
      self.problem = problem
    }
  }

  /// Ranked: what runs out first comes first, what does not say what runs comes last.
  public let entries: [Entry]
  public let faults: [Fault]
  public let title: String
  public let now: Timestamp
  public let provenance: Provenance

  /// - Parameter entries: in any order.
  public init(
    _ entries: [Entry], faults: [Fault] = [], title: String = "Services", now: Timestamp,
    provenance: Provenance = Provenance()
  ) {
    self.entries = Self.ranked(entries)
    self.faults = faults
    self.title = title
    self.now = now
    self.provenance = provenance
  }

  /// By the date of exhaustion; services of the same rank by name.
  public static func ranked(_ entries: [Entry]) -> [Entry] {
    entries.sorted { a, b in
      switch (a.exhaustion, b.exhaustion) {
      case (let first?, let second?):
        if Exhaustion.isSooner(first, second) { return true }
        return !Exhaustion.isSooner(second, first) && a.name < b.name
      case (nil, nil): return a.name < b.name
      case (_?, nil): return true
      case (nil, _?): return false
      }
    }
  }

  private var today: CivilDate {
    entries.map { $0.outcome.plan.zone.local($0.outcome.now).date }.max() ?? now.utc.date
  }

  /// Whom it strikes first, when, and what to do.
  public var headline: String {
    let running = entries.filter { $0.exhaustion?.expected != nil }
    guard let first = running.first, let exhaustion = first.exhaustion, let day = exhaustion.expected else {
      guard !entries.isEmpty else { return "No plan is served yet." }
      let stated = entries.filter { $0.exhaustion != nil }
      if stated.isEmpty {
        return
          "\(Wording.count(entries.count, "service")) planned; none says what runs today, so that no date of exhaustion is known."
      }
      let until = stated.compactMap { $0.exhaustion?.until }.min() ?? today
      let whole =
        (stated.count == 1
          ? "\(stated[0].name) lasts" : "None of \(Wording.count(stated.count, "service")) runs out")
        + " before \(Wording.day(until, now: today)) in the expected case"
      guard let short = stated.first(where: { $0.exhaustion?.shortfall != nil }), let it = short.exhaustion else {
        return "\(whole)."
      }
      let order = Self.order(it, today: today)
      return
        "\(whole). \(stated.count == 1 ? order : "Most urgent is \(short.name): \(order.prefix(1).lowercased() + order.dropFirst())")"
    }
    let verb = day <= today ? "is short already" : "runs out on \(Wording.day(day, now: today))"
    let others =
      running.count == 1
      ? ""
      : "; \(Wording.count(running.count - 1, "further service")) \(running.count == 2 ? "runs" : "run") out after it"
    return "\(first.name) \(verb)\(others). \(Self.order(exhaustion, today: today))"
  }

  /// What to have by when, in a sentence.
  static func order(_ exhaustion: Exhaustion, today: CivilDate) -> String {
    guard let shortfall = exhaustion.shortfall else { return "As many replicas run as the plan asks for." }
    let by = shortfall.isDue ? "now" : "by \(Wording.day(shortfall.addBy, now: today))"
    return "Add \(Wording.count(shortfall.missing, "replica")) \(by)\(machines(exhaustion))."
  }

  private static func machines(_ exhaustion: Exhaustion) -> String {
    let named = exhaustion.order.filter { !$0.machine.isEmpty }
    guard !named.isEmpty else { return "" }
    return " (\(Wording.list(named.map { Wording.count($0.count, $0.machine, plural: $0.machine) })))"
  }

  var lead: String {
    let missed = entries.filter { !$0.missed.isEmpty }.map(\.name)
    let unsure = entries.filter { $0.exhaustion.map { $0.expected == nil && $0.probability >= 0.1 } ?? false }
    var sentences: [String] = []
    if !missed.isEmpty {
      sentences.append(
        "\(Self.names(missed)) \(missed.count == 1 ? "misses" : "miss") an objective as planned.")
    }
    if let first = unsure.first?.exhaustion {
      sentences.append(
        unsure.count == 1
          ? "\(unsure[0].name) runs out in \(Wording.futures(first.probability)) all the same."
          : "\(Self.names(unsure.map(\.name))) may run out all the same: \(unsure[0].name) in \(Wording.futures(first.probability))."
      )
    }
    return sentences.joined(separator: " ")
  }

  private static func names(_ names: [String]) -> String {
    names.count > 4 ? "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more" : Wording.list(names)
  }

  var facts: [Report.Fact] {
    let exhausted = entries.filter { $0.exhaustion?.expected != nil }.count
    var facts = [
      Report.Fact(NumberFormat.grouped(Double(entries.count)), "services planned"),
      Report.Fact(NumberFormat.grouped(Double(exhausted)), "run out within their horizon, in the expected case"),
      Report.Fact(
        NumberFormat.grouped(Double(entries.filter(\.isUrgent).count)), "have something that cannot wait"),
    ]
    let replicas = entries.reduce(0) { $0 + max(0, $1.exhaustion?.shortfall?.missing ?? 0) }
    facts.append(Report.Fact(NumberFormat.grouped(Double(replicas)), "replicas to add in all"))
    let currencies = Set(entries.map { $0.outcome.plan.currency })
    if let one = currencies.first, currencies.count == 1, entries.allSatisfy(\.outcome.cost.isPriced) {
      let total = entries.reduce(Money.zero) { $0 + $1.outcome.cost.underPolicy }
      facts.append(Report.Fact(one.shown { "\(total)" }, "a month under the plans' policies"))
    } else {
      let met = entries.filter { $0.missed.isEmpty }.count
      facts.append(Report.Fact("\(met) of \(entries.count)", "meet every objective"))
    }
    return facts
  }

  // MARK: The page

  public func report() -> Report {
    var report = Report(
      title: title, kicker: "Services by date of exhaustion · \(today.long)", headline: headline, lead: lead,
      facts: entries.isEmpty ? [] : facts, argument: runway)
    report.sections = [ranking, dates, broken].compactMap { $0 }
    report.footer = [
      "\(provenance.program). Dates by each plan's own clock; a range holds 80 % of the sampled futures."
    ]
    return report
  }

  private var runway: Report.Part? {
    let shown = entries.filter { $0.exhaustion != nil }
    guard let end = shown.compactMap({ $0.exhaustion?.until }).max(), end > today else { return nil }
    let rows = shown.prefix(RunwayChart.mostRows).compactMap { entry -> RunwayChart.Row? in
      guard let it = entry.exhaustion else { return nil }
      return RunwayChart.Row(
        name: entry.name, earliest: it.earliest, expected: it.expected, latest: it.latest, until: it.until,
        note: it.expected == nil && it.earliest == nil ? "lasts" : "")
    }
    let crossing = shown.filter { $0.exhaustion?.expected != nil }.count
    let sentence =
      crossing == 0
      ? "In the expected case none of them outgrows what runs today; where a bar begins, one future in ten has."
      : "\(Wording.sentence(Wording.count(crossing, "service"))) \(crossing == 1 ? "outgrows" : "outgrow") what runs today: the dot is the expected day, the bar holds 80 % of the futures."
    let chart = RunwayChart(
      title: "When each service runs out", description: sentence, from: today, to: end, rows: rows)
    return Report.Part(
      chart.title, id: "runway", sentence, chart,
      caption: shown.count > rows.count
        ? "The first \(rows.count) of \(shown.count) services that say what runs." : "")
  }

  private var ranking: Report.Section? {
    guard !entries.isEmpty else { return nil }
    let rows = entries.map { row($0) }
    return Report.Section(
      "Services", id: "services",
      "What runs out first stands first. What fits is counted at the expected peak, at today's use by each user.",
      [
        .table(
          Report.Table(
            [
              .text("service"), .text("runs out"), .number("more users fit"), .text("headroom now, planned"),
              .text("to order"), .text("objectives, what binds"), .number("a month under the policy"),
            ], rows))
      ])
  }

  private func row(_ entry: Entry) -> [Report.Cell] {
    let outcome = entry.outcome
    let it = entry.exhaustion
    let planned = Wording.percent(outcome.headroom.fraction)
    let missed = entry.missed.count
    let binding = Self.binding(outcome).map { ": \($0)" } ?? ""
    return [
      Report.Cell(entry.name, link: entry.link.isEmpty ? nil : entry.link), Self.exhausts(it, today: today),
      it.map {
        Report.Cell(
          "\(Wording.change($0.share.rawValue)), \(Self.signed($0.room))", mark: $0.room < .zero ? .fails : nil)
      } ?? "-",
      it.map {
        Report.Cell(
          "\(Self.share($0.share.rawValue)) of \(planned)".replacing(" %", with: "\u{A0}%"),
          mark: $0.share < $0.planned ? ($0.room < .zero ? .fails : .warns) : .holds)
      } ?? Report.Cell("\(planned) planned"), Report.Cell(Self.toOrder(it)),
      Report.Cell(
        missed == 0 ? "✓ met\(binding)" : "✗ \(missed) missed\(binding)", mark: missed == 0 ? .holds : .fails),
      Report.Cell(entry.cost),
    ]
  }

  private static func share(_ value: Double) -> String { (value < 0 ? "-" : "") + Wording.percent(abs(value)) }

  private static func signed(_ rate: RequestRate) -> String {
    rate < .zero ? "-\(RequestRate.perSecond(-rate.perSecond))" : "\(rate)"
  }

  /// `Fri 27 Nov (24 to 29 Nov)`, `lasts until 28 Feb`, or a dash.
  static func exhausts(_ it: Exhaustion?, today: CivilDate) -> Report.Cell {
    guard let it else { return "not stated what runs" }
    func day(_ date: CivilDate) -> String { TimeAxis.dayAndMonth(date) }
    let range = it.earliest.map { earliest in
      earliest == it.latest ? day(earliest) : "\(day(earliest)) to \(it.latest.map(day) ?? "after \(day(it.until))")"
    }
    if let expected = it.expected {
      let text = expected <= today ? "today" : expected.short
      // A range of that one day says nothing more.
      let isCertain = it.earliest == expected && it.latest == expected
      return Report.Cell(text + (isCertain ? "" : range.map { " (\($0))" } ?? ""), mark: .fails)
    }
    if let range { return Report.Cell("perhaps \(range)", mark: .warns) }
    return Report.Cell("after \(day(it.until))", mark: .holds)
  }

  static func toOrder(_ it: Exhaustion?) -> String {
    guard let it, let shortfall = it.shortfall else { return it == nil ? "-" : "nothing" }
    let by = shortfall.isDue ? "now" : "by \(TimeAxis.dayAndMonth(shortfall.addBy))"
    let named = it.order.filter { !$0.machine.isEmpty }
    let what =
      named.isEmpty
      ? Wording.count(shortfall.missing, "replica")
      : Wording.list(named.map { "\(NumberFormat.grouped(Double($0.count))) \($0.machine)" })
    let quota =
      shortfall.isQuotaLate ? ", ask for quota at once" : ", quota by \(TimeAxis.dayAndMonth(shortfall.requestQuotaBy))"
    return "\(what) \(by)\(shortfall.isDue && !shortfall.isQuotaLate ? "" : quota)"
  }

  /// What limits the objective that is nearest to its bound; nil where the plan has none.
  static func binding(_ outcome: PlanOutcome) -> String? { outcome.tightest?.words.binding }

  private var dates: Report.Section? {
    let all = entries.flatMap { entry in
      entry.outcome.findings.compactMap { finding in finding.by.map { ($0, entry, finding) } }
    }.sorted { ($0.0, $0.1.name) < ($1.0, $1.1.name) }
    guard !all.isEmpty else { return nil }
    let rows = all.prefix(20).map { by, entry, finding in
      [
        Report.Cell(by <= today ? "now" : by.short, mark: by <= today ? .fails : nil),
        Report.Cell(entry.name, link: entry.link.isEmpty ? nil : entry.link),
        Report.Cell(entry.outcome.plan.currency.shown { finding.words.what }),
      ]
    }
    return Report.Section(
      "What is due", id: "due",
      all.count > 20 ? "The first 20 of \(all.count) dates, soonest first." : "Soonest first.",
      [.table(Report.Table([.text("by"), .text("service"), .text("what")], Array(rows)))])
  }

  private var broken: Report.Section? {
    guard !faults.isEmpty else { return nil }
    return Report.Section(
      "Not answered", id: "faults", "\(Wording.sentence(Wording.count(faults.count, "plan"))) could not be answered.",
      [
        .table(
          Report.Table([.text("plan"), .text("why")], faults.map { [Report.Cell($0.name), Report.Cell($0.problem)] }))
      ])
  }
}
