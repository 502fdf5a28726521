import Planning
import Quantities

extension PlanReport {
  /// Findings, most urgent first.
  var whatToDo: Report.Section? {
    guard !outcome.findings.isEmpty else { return nil }
    let actions = outcome.findings.filter { $0.severity == .act }.count
    let changes = outcome.findings.filter { $0.severity == .change }.count
    let sentence: String
    switch (actions, changes) {
    case (0, 0): sentence = "Nothing needs to be done now; these checks were made."
    case (0, _):
      sentence =
        "Nothing is lost if nobody acts today; \(Wording.count(changes, "thing")) should change. Most urgent first."
    case (_, 0): sentence = "\(Wording.sentence(Wording.count(actions, "thing"))) cannot wait. Most urgent first."
    default:
      sentence =
        "\(Wording.count(actions, "thing")) cannot wait, \(NumberFormat.grouped(Double(changes))) should change. Most urgent first."
    }
    return Report.Section("What to do", id: "todo", sentence, [.findings(outcome.findings.map(PlanReport.item))])
  }

  static func item(_ finding: Finding) -> Report.Item {
    let by = finding.isDue ? " now" : finding.by.map { " by \($0.short)" } ?? ""
    let (kind, tag): (Report.Item.Kind, String) =
      switch finding.severity {
      case .act: (.fails, "Act" + by)
      case .change: (.warns, "Change" + by)
      case .note: (.notes, "Note")
      case .holds: (.holds, "Holds")
      }
    let words = finding.words
    return Report.Item(
      kind, tag: tag, what: Wording.sentences([words.what]),
      because: Wording.sentences([words.because, words.remedy]))
  }

  /// Events of the horizon with the dates by which to act.
  var dates: Report.Section? {
    let events = outcome.demand.events
    guard let first = events.first else { return nil }
    let next = events.flatMap { event in
      EventMilestone.allCases.map { ($0.task, $0.date(in: event.dates), event.name) }
    }.filter { $0.1 >= today }.min { $0.1 < $1.1 }
    let sentence =
      next.map { "The next date is \(Wording.day($0.1, now: today)): \($0.0) \($0.2)." }
      ?? "All dates for \(first.name) have passed."
    let rows = events.map { event -> [Report.Cell] in
      [
        Report.Cell(event.name), Report.Cell(event.start.short),
        Report.Cell("\(event.lift)" + (event.isAssumption ? ", assumed" : ""), number: "lift"),
        Report.Cell("\(event.peak.mid)"),
      ]
        + [event.dates.decideBy, event.dates.askForQuotaBy, event.dates.loadTestBy, event.dates.inPlaceBy].map {
          date($0, of: event)
        }
    }
    return Report.Section(
      "Events and their dates", id: "dates", sentence,
      [
        .table(
          Report.Table(
            [
              .text("event"), .text("starts"), .text("lift"), .number("peak"), .text("decide by"), .text("quota by"),
              .text("load-test by"), .text("in place by"),
            ], rows))
      ])
  }

  private func date(_ date: CivilDate, of event: PlannedEvent) -> Report.Cell {
    guard date < today, event.start >= today else { return Report.Cell(date.short) }
    return Report.Cell("\(date.short), passed", mark: .fails)
  }

  /// Objectives and what came of them.
  var verdicts: Report.Section? {
    Self.section(outcome.verdicts)
  }

  static func section(_ verdicts: [Verdict]) -> Report.Section? {
    guard !verdicts.isEmpty else { return nil }
    let missed = verdicts.filter { !$0.met }
    let sentence =
      missed.isEmpty
      ? "Every objective is met."
      : "\(missed.count) of \(verdicts.count) \(verdicts.count == 1 ? "objective is" : "objectives are") missed: \(Wording.list(missed.map { $0.words.objective }))."
    let rows = verdicts.map { verdict -> [Report.Cell] in
      let words = verdict.words
      return [
        Report.Cell(words.objective), Report.Cell(words.asked), Report.Cell(words.got),
        Report.Cell(verdict.met ? "✓ met" : "✗ missed", mark: verdict.met ? .holds : .fails),
        Report.Cell(verdict.margin.isFinite ? Wording.change(verdict.margin) : "-"), Report.Cell(words.binding),
      ]
    }
    return Report.Section(
      "Verdicts", id: "verdicts", sentence,
      [
        .table(
          Report.Table(
            [
              .text("objective"), .number("asked"), .number("reached"), .text("verdict"), .number("margin"),
              .text("what limits it"),
            ], rows))
      ])
  }

  var assumptions: Report.Section? {
    guard !outcome.assumptions.isEmpty else { return nil }
    return Report.Section(
      "Assumptions", id: "assumptions",
      "Taken for want of something better; each one that you replace by a measurement makes the plan truer.",
      [.list(outcome.assumptionSentences.map { Wording.sentences([$0]) })])
  }

  /// How every number was reached.
  var derivations: Report.Section? {
    let all = outcome.ledger.all
    guard !all.isEmpty else { return nil }
    let inputs = all.filter { $0.inputs.isEmpty }.count
    return Report.Section(
      "How the numbers were reached", id: "derivations",
      "\(Wording.count(all.count, "number")), of which \(inputs) come from the plan file, the traffic, a catalog or an assumption; the others are computed from them.",
      [.ledger(all.map { Report.Entry($0, of: outcome.ledger) })])
  }
}

extension Derivation.Origin {
  /// Where a number comes from, as a sentence; empty for what is computed.
  var words: String {
    switch self {
    case .input(let place): "Written in the plan: `\(place)`."
    case .measured(let how): "Measured: \(how)."
    case .model(let what): "From the service's model: \(what)."
    case .catalog(let source): "From the catalog: \(source)."
    case .assumption(let why): "Assumed: \(why)."
    case .computed: ""
    }
  }

  /// A stable name for programs.
  var name: String {
    switch self {
    case .input: "input"
    case .measured: "measured"
    case .model: "model"
    case .catalog: "catalog"
    case .assumption: "assumption"
    case .computed: "computed"
    }
  }
}
