import Documents
import Quantities
import Traffic

/// Recurring outliers, as events that a plan could name: in words, as a table and as JSON.
struct ProposedEvents {
  let proposals: [EventProposal]

  /// What recurs, in a sentence; empty where nothing does.
  var summary: String {
    guard !proposals.isEmpty else { return "" }
    let n = proposals.count
    return
      "\(n == 1 ? "An outlier recurs" : "Outliers recur") by \(n == 1 ? "a rule" : "\(n) rules") that no event names. To count \(n == 1 ? "it" : "them"), paste under `events` of a plan:"
  }

  /// A proposal in a sentence: `Second Tuesday: 18:00 to 21:00, lift 2.03x (1.78x to 2.32x), seen on 12 of 12 days; ...`
  static func sentence(_ proposal: EventProposal) -> String {
    let lift = proposal.event.lift
    var text = "\(Wording.sentence(proposal.event.name)): "
    if let part = proposal.partOfDay { text += "\(part), " }
    text += "lift \(factor(lift.mid)) (\(factor(lift.low)) to \(factor(lift.high))), seen on \(seen(proposal)) days"
    if let next = proposal.next { text += "; next \(next.weekday.name) \(next)" }
    if let other = proposal.alternative { text += ". The same days fit `\(other)`: keep the rule that is yours" }
    return text + "."
  }

  var table: Report.Table {
    Report.Table(
      [
        .text("event"), .text("rule"), .text("time of day"), .number("seen"), .number("lift of the peak"),
        .number("80 % range"), .text("next"),
      ],
      proposals.map { proposal in
        let lift = proposal.event.lift
        return [
          Report.Cell(proposal.event.name), Report.Cell("\(proposal.event.when)"),
          Report.Cell(proposal.partOfDay ?? "all day"), Report.Cell(Self.seen(proposal)),
          Report.Cell(Self.factor(lift.mid)), Report.Cell("\(Self.factor(lift.low)) to \(Self.factor(lift.high))"),
          Report.Cell(proposal.next.map { "\($0.weekday.name.prefix(3)) \($0)" } ?? "-"),
        ]
      })
  }

  /// The table with the lines to paste.
  var blocks: [Report.Block] {
    guard !proposals.isEmpty else { return [] }
    let others = proposals.compactMap { proposal in
      proposal.alternative.map {
        "\(Wording.sentence(proposal.event.name)): the same days fit `\($0)`; keep the rule that is yours."
      }
    }
    return [.table(table), .text(summary)] + (proposals.map { "`\($0.planLine)`" } + others).map { .text($0) }
  }

  /// Sentences, each with its line to paste. The lines are not broken: they are to be copied.
  func lines(width: Int) -> [String] {
    guard !proposals.isEmpty else { return [] }
    return TerminalText.wrapped("Proposed events. " + summary.filter { $0 != "`" }, width: width)
      + proposals.flatMap { proposal in
        TerminalText.wrapped("- " + Self.sentence(proposal).filter { $0 != "`" }, width: width)
          + ["    \(proposal.planLine)"]
      }
  }

  func write(to json: inout JSONWriter) {
    json.objects("proposed_events", proposals) { json, proposal in
      json.entry("name", proposal.event.name)
      json.entry("rule", proposal.event.when.description)
      json.entry("at_seconds", seconds: proposal.event.startsAt)
      json.entry("duration_seconds", seconds: proposal.event.duration)
      json.entry("lift", proposal.event.lift)
      json.entry("mean_lift", proposal.lift.mean)
      json.entry("occurrences", proposal.occurrences)
      json.entry("seen", texts: proposal.hits.map { "\($0)" })
      json.entry("chance", proposal.chance)
      json.entry("next", proposal.next)
      json.entry("alternative_rule", proposal.alternative?.description)
      json.entry("plan_line", proposal.planLine)
    }
  }

  private static func seen(_ proposal: EventProposal) -> String { "\(proposal.hits.count) of \(proposal.occurrences)" }
  private static func factor(_ value: Factor) -> String {
    value.rawValue < 0.001 ? "0x" : "\(NumberFormat.significant(value.rawValue, 3))x"
  }
}
