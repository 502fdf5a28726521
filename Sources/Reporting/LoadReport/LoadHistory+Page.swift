import Planning
import Quantities

extension LoadHistory {
  /// Whether something became worse, over which runs.
  var headline: String {
    let worse = findings.filter { $0.finding.severity == .act }
    if let first = worse.first {
      return worse.count == 1
        ? "\(first.name): \(first.finding.words.what)"
        : "\(Wording.count(worse.count, "figure")) became worse, \(first.name) first: \(first.finding.words.what)"
    }
    let names = Set(runs.map(\.name)).count
    return "Nothing became worse in \(Wording.count(runs.count, "run")) of \(Wording.count(names, "test"))."
  }

  /// - Parameter file: the database.
  public func report(file: String, provenance: Provenance = Provenance()) -> Report {
    var report = Report(
      title: "\(file): load tests over time", kicker: "\(file) · load tests over time", headline: headline,
      facts: facts)
    if !findings.isEmpty {
      let items = findings.map { name, finding in
        let words = finding.words
        let kind: Report.Item.Kind =
          switch finding.severity {
          case .act: .fails
          case .change: .warns
          case .note: .notes
          case .holds: .holds
          }
        return Report.Item(
          kind, tag: name, what: words.what, because: Wording.sentences([words.because, words.remedy]))
      }
      report.sections.append(
        Report.Section(
          "What changed", id: "changes", "The latest run of each test against those before it.", [.findings(items)]))
    }
    report.sections += courses
    report.sections.append(all)
    report.footer = ["\(provenance.program). Times in UTC."]
    if !provenance.command.isEmpty { report.footer.append("Make it again: `\(provenance.command)`") }
    return report
  }

  private var facts: [Report.Fact] {
    let latest = runs.max { $0.time < $1.time }
    var facts = [
      Report.Fact(NumberFormat.grouped(Double(runs.count)), "runs kept"),
      Report.Fact(NumberFormat.grouped(Double(findings.filter { $0.finding.severity == .act }.count)), "became worse"),
    ]
    if let latest {
      facts.append(
        Report.Fact(LoadReport.rate(latest.achieved ?? latest.rate), "the latest run's rate, \(latest.name)"))
      if let p99 = latest.p99 { facts.append(Report.Fact(LoadReport.time(p99), "its P99")) }
    }
    let invalid = runs.filter { !$0.isValid }.count
    if invalid > 0 {
      facts.append(Report.Fact(NumberFormat.grouped(Double(invalid)), "runs INVALID, compared with none"))
    }
    return facts
  }

  /// Each test's figures, run by run.
  private var courses: [Report.Section] {
    Dictionary(grouping: runs.filter(\.isValid), by: \.name).sorted { $0.key < $1.key }.prefix(8).compactMap {
      name, runs in
      let searches = runs.filter { $0.kind == .saturation }.sorted { $0.time < $1.time }
      let plain = runs.filter { $0.kind == .run && $0.p99 != nil }.sorted { $0.time < $1.time }
      var parts: [Report.Block] = []
      if plain.count > 1 {
        let (unit, factor) = LoadReport.timeUnit(reaching: plain.compactMap(\.p99).max() ?? 0)
        parts.append(
          .chart(
            chart(
              "Latency by run", plain, unit,
              [("P99", .plain, { $0.p99.map { $0 * factor } }), ("P50", .capacity, { $0.p50.map { $0 * factor } })]),
            id: "latency-\(name)", caption: "Runs in the order in which they were made."))
      }
      if searches.count > 1 {
        parts.append(
          .chart(
            chart("Highest rate kept, by run", searches, .requestsPerSecond, [("kept", .capacity, { $0.rate })]),
            id: "rate-\(name)", caption: "Searches in the order in which they were made."))
      }
      guard !parts.isEmpty, let first = runs.min(by: { $0.time < $1.time }),
        let last = runs.max(by: { $0.time < $1.time })
      else { return nil }
      return Report.Section(
        name, id: "test-\(name)",
        "\(Wording.count(runs.count, "run")) from \(Self.moment(first.time)) to \(Self.moment(last.time)).", parts)
    }
  }

  private func chart(
    _ title: String, _ runs: [KeptRun], _ unit: AxisUnit,
    _ lines: [(name: String, style: PlotChart.Series.Style, value: (KeptRun) -> Double?)]
  ) -> PlotChart {
    let series = lines.map { line in
      PlotChart.Series(
        line.name, runs.enumerated().map { (Double($0.offset), line.value($0.element) ?? .nan) }, line.style)
    }
    let labels = runs.map { "run \($0.number)" }
    return PlotChart(
      title: title, description: "\(title) of \(Wording.count(runs.count, "run")).", series: series, unit: unit,
      xName: "run"
    ) { count in
      let every = max(1, (labels.count + max(1, min(count, 8)) - 1) / max(1, min(count, 8)))
      return labels.indices.filter { $0 % every == 0 }.map { PlotChart.Tick(Double($0), labels[$0]) }
    }
  }

  private var all: Report.Section {
    let rows = runs.sorted { $0.time > $1.time }.map { run -> [Report.Cell] in
      let isSearch = run.kind == .saturation
      return [
        Report.Cell(Self.moment(run.time)), Report.Cell(run.name), Report.Cell(isSearch ? "saturation" : "run"),
        Report.Cell(LoadReport.rate(isSearch ? run.rate : run.achieved ?? run.rate)),
        Report.Cell(isSearch ? "" : LoadReport.time(run.p50)), Report.Cell(isSearch ? "" : LoadReport.time(run.p99)),
        Report.Cell(run.errorShare.map { Wording.percent($0) } ?? ""),
        Report.Cell(run.isValid ? "" : "INVALID", mark: run.isValid ? nil : .fails),
      ]
    }
    return Report.Section(
      "All runs", id: "runs", "The latest first.",
      [
        .table(
          Report.Table(
            [
              .text("when (UTC)"), .text("name"), .text("what"), .number("rate"), .number("P50"), .number("P99"),
              .number("failed"), .text(""),
            ], rows))
      ])
  }
}
