import Planning
import Quantities
import Terminal

extension PlacementMap {
  /// The map as a table and two pictures.
  var blocks: [Report.Block] {
    [
      .table(table),
      .chart(
        hours, id: "regions-hours",
        caption: "Requests a second by hour of the day (UTC) that are at home in each region."),
      .chart(
        losses, id: "regions-losses",
        caption: "Each state in its tightest hour: what is asked in full colour, what is left in light."),
    ]
  }
}

extension PlacementReport: ReportDocument {
  /// The answer as a page: the map, what must be ordered, and what other placements would cost.
  public func report() -> Report {
    let isThere = !placement.counts.isEmpty
    var report = Report(
      title: "\(name): placement", kicker: "\(name) · placement over regions", headline: headline,
      lead: slackSentence ?? "")
    if isThere {
      report.facts = [
        .init(PlacementWords.dollars(placement.cost), "machines and the traffic between regions"),
        .init(PlacementWords.dollars(placement.bound), "no placement costs less: the proved bound"),
        .init(NumberFormat.share(placement.gap), "between the two at most"),
      ]
      let map = PlacementMap(problem, placement, slack: problem.slack(capacity: placement.capacity(problem)))
      report.sections.append(
        Report.Section("Regions", id: "regions", "What stands where, for whom, and what each loss leaves.", map.blocks))
    }
    if !placement.clash.isEmpty {
      report.sections.append(
        Report.Section(
          "What clashes", id: "clash",
          "The smallest set of constraints that cannot hold together, and what would undo it.",
          [
            .list(
              zip(PlacementWords.clash(placement.clash, problem), placement.clash).map {
                "\(PlacementWords.sentence($0)) To do: \(PlacementWords.remedy($1, problem))."
              })
          ]))
    }
    if !notes.isEmpty {
      report.sections.append(
        Report.Section("To know", id: "notes", "What must be ordered, and who is not served.", [.list(notes)]))
    }
    if !choices.isEmpty {
      report.sections.append(
        Report.Section(
          "Over all that may be", id: "choices",
          "Placements for several demands, each held against the same sampled worlds; the cheapest in expectation first.",
          [.table(Report.Table(choiceTable))]))
    }
    if !alternatives.isEmpty {
      report.sections.append(
        Report.Section(
          "Other ways", id: "strategies", "The usual rules, each priced against the best.",
          [.table(Report.Table(strategies))] + (standbyWord.map { [.text($0)] } ?? [])))
    }
    report.footer = ["\(provenance.program)."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  public func html() -> String { report().html() }
}

extension SpillReport: ReportDocument {
  /// The answer as a page.
  public func report() -> Report {
    var report = Report(
      title: "\(name): overflow", kicker: "\(name) · where overflow goes", headline: headline, lead: "",
      sections: [
        Report.Section(
          "Ways", id: "ways", "A model runs only where its hardware stands; never is another one taken in its place.",
          [.table(Report.Table(table))])
      ])
    if !notes.isEmpty {
      report.sections.append(Report.Section("To know", id: "notes", "What bounds it.", [.list(notes)]))
    }
    return report
  }

  public func html() -> String { report().html() }
}

extension Report.Table {
  /// A terminal's table on a page: the same cells, numbers to the right.
  init(_ table: TextTable) {
    self.init(
      table.columns.map { $0.alignment == .right ? .number($0.title) : .text($0.title) },
      table.cells.map { $0.map { Report.Cell($0) } })
  }
}
