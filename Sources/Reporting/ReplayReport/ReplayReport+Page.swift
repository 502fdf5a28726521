import Quantities
import Scaling

extension ReplayReport {
  public func html() -> String { report().html() }

  /// The page: how many replicas there would have been, beside those that there were, and every change with its reason.
  func report() -> Report {
    var report = Report(
      title: "\(title): replay", kicker: "\(source) · replay", headline: pageHeadline, lead: headline, facts: facts,
      argument: argument)
    if !replay.changes.isEmpty { report.sections = [rules, changes] }
    report.footer = ["\(provenance.name). The same recording gives the same bytes."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  private var pageHeadline: String {
    guard summary.looks > 0 else { return headline }
    return "\(title) would have run \(NumberFormat.significant(meanReplicas, 3)) replicas on average, in "
      + "\(Wording.count(summary.changes, "change")) between \(summary.lowest) and \(summary.highest)."
  }

  private var facts: [Report.Fact] {
    guard summary.looks > 0 else { return [] }
    var facts = [
      Report.Fact(NumberFormat.significant(meanReplicas, 3), "replicas on average"),
      Report.Fact("\(summary.lowest) to \(summary.highest)", "replicas"),
      Report.Fact(NumberFormat.short(hours, digits: 3), "replica-hours"),
    ]
    if summary.recordedReplicaSeconds > 0 {
      facts.append(
        Report.Fact(NumberFormat.short(summary.recordedReplicaSeconds / 3600, digits: 3), "replica-hours were recorded")
      )
    }
    facts.append(Report.Fact("\(summary.flaps)", "times it turned round within ten minutes"))
    return facts
  }

  /// The replicas over time, in steps from change to change.
  private var argument: Report.Part? {
    guard let start = summary.start, let end = summary.end, end > start else { return nil }
    let span = (end - start).seconds
    var decided: [(x: Double, y: Double)] = []
    var recorded: [(x: Double, y: Double)] = []
    for look in replay.changes {
      let x = (look.time - start).seconds
      if decided.isEmpty { decided.append((0, Double(look.before))) }
      decided += [(x, Double(look.before)), (x, Double(look.after))]
      if look.recorded >= 0 { recorded.append((x, look.recorded)) }
    }
    decided.append((span, decided.last?.y ?? Double(summary.highest)))
    let (unit, name) = span > 2 * 86_400 ? (86_400.0, "days") : span > 7200 ? (3600.0, "hours") : (60.0, "minutes")
    var series = [PlotChart.Series("would have been", decided, .capacity)]
    if !recorded.isEmpty {
      series.append(PlotChart.Series("were, at each change", recorded, .demand, isScattered: true))
    }
    let chart = PlotChart(
      title: "Replicas", description: pageHeadline, series: series, unit: .replicas,
      xName: "\(name) after \(Self.time(start, zone))"
    ) { count in
      ValueAxis(reaching: span / unit, about: max(2, min(10, count))).ticks.filter { $0 * unit <= span * 1.001 }.map {
        PlotChart.Tick($0 * unit, NumberFormat.short($0))
      }
    }
    return Report.Part(
      "Replicas over time", id: "replicas",
      recorded.isEmpty
        ? "Each step is a decision of the controller."
        : "Each step is a decision; dots are the replicas that there really were.",
      chart)
  }

  /// How often each rule spoke; adds up to all changes.
  private var rules: Report.Section {
    var counts: [String: (up: Int, down: Int)] = [:]
    for look in replay.changes {
      let rule = "\(look.because.rule.name)"
      if look.after > look.before {
        counts[rule, default: (0, 0)].up += 1
      } else {
        counts[rule, default: (0, 0)].down += 1
      }
    }
    let sorted = counts.sorted { ($1.value.up + $1.value.down, $0.key) < ($0.value.up + $0.value.down, $1.key) }
    let rows = sorted.map { name, count in
      [
        Report.Cell(name), Report.Cell("\(count.up)"), Report.Cell("\(count.down)"),
        Report.Cell("\(count.up + count.down)"),
      ]
    }
    return Report.Section(
      "Changes by rule", id: "rules", "\(Wording.count(replay.changes.count, "change")) in all.",
      [.table(Report.Table([.text("rule"), .number("out"), .number("in"), .number("changes")], rows))])
  }

  /// The largest steps first: a page of thousands of rows hides what matters.
  private var changes: Report.Section {
    let most = 200
    let largest = replay.changes.enumerated().sorted {
      let a = abs($0.element.after - $0.element.before)
      let b = abs($1.element.after - $1.element.before)
      return (b, $0.offset) < (a, $1.offset)
    }
    let shown = largest.prefix(most).map(\.offset).sorted().map { replay.changes[$0] }
    let rows = shown.map { look in
      [
        Report.Cell(Self.time(look.time, zone)), Report.Cell("\(look.before)"), Report.Cell("\(look.after)"),
        Report.Cell(look.recorded >= 0 ? NumberFormat.grouped(look.recorded) : ""), Report.Cell("\(look.because)"),
      ]
    }
    let sentence =
      replay.changes.count > most
      ? "The \(most) largest of \(NumberFormat.grouped(Double(replay.changes.count))) changes, in order of time; --format csv writes every look."
      : "Every change, in order of time."
    return Report.Section(
      "Changes", id: "changes", sentence,
      [
        .table(
          Report.Table(
            [.text("time"), .number("from"), .number("to"), .number("recorded"), .text("because")], rows))
      ])
  }
}
