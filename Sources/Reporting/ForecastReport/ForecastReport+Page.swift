import Quantities
import Terminal
import Traffic

extension ForecastReport {
  /// Series that get a section of their own on a page of many.
  static let mostSections = 24

  public func html() -> String { report().html() }

  /// The report's words and pictures.
  public func report() -> Report {
    let last = first.history.end
    var report = Report(
      title: "\(source): forecast",
      kicker: "\(source) · forecast"
        + (isDated ? " · from \(zone.local(last).date.long), \(NumberFormat.duration(first.history.step)) steps" : ""),
      headline: headline, lead: isSingle ? lead : fleetTrust, facts: facts,
      argument: isSingle ? fan(first, id: "fan") : nil)
    if isSingle {
      report.sections =
        [
          peakSection(first, id: "peak"), proposalSection(first), runwaySection(first),
          backtestSection(first, id: "backtest"),
        ]
        .compactMap { $0 } + [rests(first)]
    } else {
      report.sections =
        overview
        + shown.prefix(Self.mostSections).enumerated().map { i, study in
          var blocks: [Report.Block] = []
          if let part = fan(study, id: "fan\(i)") { blocks.append(.part(part)) }
          blocks += peakSection(study, id: "peak\(i)").blocks
          if let section = proposalSection(study) { blocks += [.text(section.sentence)] + section.blocks }
          if let section = backtestSection(study, id: "backtest\(i)") { blocks += section.blocks }
          let sentence = study.runway.map { Self.sentence($0, date: date) } ?? Self.trust(study.backtest)
          return Report.Section(study.name, id: "series\(i)", sentence, blocks)
        }
    }
    report.footer = [
      "Traffic: \(source), \(Wording.count(summaries.count, "series", plural: "series")). Times in \(zone.name)."
        + (isDated ? "" : " Steps have no dates: they are drawn as if the first stood at 1 January 1970."),
      "\(provenance.program).\(provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`")",
    ]
    return report
  }

  private var facts: [Report.Fact] {
    guard isSingle else {
      let single = levels.isEmpty ? summaries : summaries.filter { $0.level == levels.last }
      let facts: [Report.Fact] = [
        .init("\(single.count)", "series"),
        .init(Self.rate(single.map { $0.peak[0] }.max() ?? 0), "highest peak (P50) of a series"),
      ]
      guard let sum = wholeSum else { return facts }
      return [.init(Self.rate(sum.peak[0]), "peak (P50) of \(sum.name)")] + facts
    }
    var facts: [Report.Fact] = [
      .init(Self.rate(first.answer.peak[0]), "peak over \(span), as often above as below"),
      .init(Self.rate(first.answer.peak[2]), "stays below with 95 %"),
      .init(Self.rate(first.answer.mean.max() ?? 0), "top of the middle path, which is too low for a peak"),
    ]
    if let runway = first.runway {
      facts.append(
        .init(runway.p50.map(date) ?? "-", "capacity outgrown; 1 in 10 by \(runway.p90.map(date) ?? "never")"))
    }
    return facts
  }

  /// History, middle path and its 80 % range; the peak's range at the edge.
  private func fan(_ study: ForecastStudy, id: String) -> Report.Part? {
    guard study.steps > 1 else { return nil }
    let history = study.history
    let shown = min(history.count, max(2 * study.steps, 48))
    let start = history.time(at: history.count - shown)
    let end = study.start + history.step * study.steps
    let peak = study.answer.peak
    let sentence =
      "The middle path tops out at \(Self.rate(study.answer.mean.max() ?? 0)); the peak itself, the largest of all steps, is expected at \(Self.rate(peak[0]))."
    var chart = DemandChart(title: "Forecast of \(study.name)", description: sentence, from: start, to: end)
    chart.zone = zone
    chart.history = ChartSeries(history.slice(history.count - shown..<history.count))
    let step = history.step.seconds
    chart.forecast = ChartSeries(start: study.start, step: step, values: study.answer.mean)
    chart.low = ChartSeries(start: study.start, step: step, values: study.answer.quantiles[1])
    chart.high = ChartSeries(start: study.start, step: step, values: study.answer.quantiles[3])
    chart.bandName = "80 % range"
    chart.now = study.start
    chart.peak = (study.answer.peakLow, peak[0], peak[1], "peak \(Self.rate(peak[0]))")
    if let runway = study.runway {
      chart.levels = [.init(.today, value: runway.capacity.rawValue, label: "capacity \(runway.capacity)")]
    }
    return Report.Part(
      isSingle ? "What is coming" : "History and forecast", id: id, sentence, chart,
      caption:
        "Band: eight of ten steps lie within. The bar at the right edge: eight of ten peaks. Times in \(zone.name).")
  }

  private func peakSection(_ study: ForecastStudy, id: String) -> Report.Section {
    var blocks: [Report.Block] = []
    let sentence =
      "Half of the futures peak above \(Self.rate(study.answer.peak[0])), one in ten above \(Self.rate(study.answer.peak[1])), one in a hundred above \(Self.rate(study.answer.peak[3]))."
    // The far tail would squeeze the rest into one bar.
    let near = study.peakSamples.prefix(Int(Double(study.peakSamples.count) * 0.995))
    if let (from, width, shares) = DistributionChart.shares(of: Array(near), bars: 40) {
      var marks: [DistributionChart.Mark] = [
        .init(study.answer.peak[0], .estimate, "P50 \(Self.rate(study.answer.peak[0]))"),
        .init(study.answer.peak[1], .estimate, "P90 \(Self.rate(study.answer.peak[1]))"),
      ]
      if let runway = study.runway, runway.capacity.rawValue < 3 * study.answer.peak[1] {
        marks.append(.init(runway.capacity.rawValue, .today, "capacity \(runway.capacity)"))
      }
      let chart = DistributionChart(
        title: "The peak over \(span)", description: sentence, unit: .requestsPerSecond, shares: shares, from: from,
        barWidth: width, marks: marks, limit: study.runway?.capacity.rawValue)
      blocks.append(.chart(chart, id: id + "-chart", caption: "Share of sampled futures by their highest step."))
    }
    let spans = study.days.count > 14 ? study.weeks : study.days
    if spans.count > 1 {
      blocks.append(
        .table(
          Report.Table(
            [.text(study.days.count > 14 ? "week from" : "day"), .number("P50"), .number("P90"), .number("P99")],
            spans.prefix(60).map { span in
              [
                Report.Cell(date(span.start)), Report.Cell("\(span.p50)"), Report.Cell("\(span.p90)"),
                Report.Cell("\(span.p99)"),
              ]
            })))
    }
    return Report.Section("The peak", id: id, sentence, blocks)
  }

  private func proposalSection(_ study: ForecastStudy) -> Report.Section? {
    guard !study.proposals.isEmpty else { return nil }
    return Report.Section(
      "Proposed events", id: "proposed", withProposals(study), ProposedEvents(proposals: study.proposals).blocks)
  }

  private func runwaySection(_ study: ForecastStudy) -> Report.Section? {
    guard let runway = study.runway else { return nil }
    func text(_ date: CivilDate?) -> Report.Cell {
      Report.Cell(date.map { self.date($0) } ?? "after \(self.date(runway.until))")
    }
    var rows: [[Report.Cell]] = [
      ["half of the futures above, on the day", text(runway.p50)], ["one in ten above", text(runway.p90)],
      ["one in a hundred above", text(runway.p99)],
      [
        "first excess, in eight of ten futures between",
        Report.Cell("\(text(runway.earliest).text) and \(text(runway.latest).text)"),
      ],
    ]
    for mover in runway.movers { rows.append([Report.Cell("with \(mover.change), half above"), text(mover.p50)]) }
    return Report.Section(
      "Runway", id: "runway", Self.sentence(runway, date: date),
      [.table(Report.Table([.text(""), .text("date")], rows))])
  }

  private func backtestSection(_ study: ForecastStudy, id: String) -> Report.Section? {
    guard let backtest = study.backtest, let latest = backtest.origins.first else { return nil }
    let start = study.history.time(at: latest.count)
    let step = study.history.step.seconds
    var chart = DemandChart(
      title: "Forecast then and what came", description: Self.trust(backtest), from: start,
      to: study.history.time(at: latest.count + backtest.horizon))
    chart.zone = zone
    chart.history = ChartSeries(start: start, step: step, values: latest.truth)
    chart.forecast = ChartSeries(start: start, step: step, values: latest.path)
    chart.low = ChartSeries(start: start, step: step, values: latest.low)
    chart.high = ChartSeries(start: start, step: step, values: latest.high)
    chart.now = start
    chart.bandName = "95 % range"
    let leads = Report.Table(
      [.text("lead"), .number("OWA"), .number("MASE"), .number("sMAPE"), .number("MSIS"), .number("in 95 %")],
      Self.leadRows(backtest, step: study.history.step).map { $0.map { Report.Cell($0) } })
    let peaks = Report.Table(
      [.text("peak forecast by"), .number("off by")],
      Self.peakRows(backtest).map { [Report.Cell($0.0), Report.Cell($0.1)] })
    return Report.Section(
      "Tested on what came", id: id, Self.trust(backtest),
      [
        .chart(
          chart, id: id + "-chart",
          caption:
            "The latest of \(backtest.origins.count) tests: what came (solid) over what was forecast with the history up to then."
        ),
        .table(leads), .table(peaks),
      ])
  }

  private func rests(_ study: ForecastStudy) -> Report.Section {
    var lines = [study.reading ?? "", growth(study), shifts(study), Self.seasons(study), Self.members(study.answer)]
      .filter { !$0.isEmpty }
    lines += study.findings
    let changed = changes(study)
    if !changed.isEmpty {
      lines.append("Outliers taken for what is usual at their hour: \(changed.prefix(20).joined(separator: "; ")).")
    }
    return Report.Section("What it rests on", id: "rests", "Growth, cycles, forecasters and repairs.", [.list(lines)])
  }

  /// A table of all series, or one a level where they add up and no capacity orders them.
  private var overview: [Report.Section] {
    guard !levels.isEmpty, !told.contains(where: { $0.runway != nil }) else {
      return [Report.Section("All series", id: "series", fleetTrust, [.table(table(of: told))])]
    }
    return levels.enumerated().map { i, level in
      let part = told.filter { $0.level == level }
      let isTotal = level == SeriesHierarchy.total
      let isFinest = i == levels.count - 1
      let sentence =
        isTotal
        ? "Each step of a sum is the sum of its parts' steps; peaks come at different times and do not add up."
        : isFinest
          ? "\(Wording.count(part.count, "series", plural: "series")) as they came, moved so that all adds up."
          : "\(Wording.count(part.count, "sum")), each over everything else."
      let heading =
        isTotal
        ? "Total" : level == "series" ? "Series" : level.hasPrefix("level ") ? Wording.sentence(level) : "By \(level)"
      return Report.Section(heading, id: i == 0 ? "series" : "level\(i)", sentence, [.table(table(of: part))])
    }
  }

  private func table(of studies: [ForecastSummary]) -> Report.Table {
    let hasRunway = studies.contains { $0.runway != nil }
    var columns: [HTML.Column] = [.text("series"), .number("peak P50"), .number("P90"), .number("P99")]
    if hasRunway { columns += [.text("outgrown"), .text("or on (1 in 10)")] }
    columns += [.number("OWA"), .number("peak off")]
    let rows = studies.prefix(500).map { study -> [Report.Cell] in
      let peak = study.peak
      var row = [Report.Cell(study.name)] + [peak[0], peak[1], peak[3]].map { Report.Cell(Self.rate($0)) }
      if hasRunway {
        row += [Report.Cell(study.runway?.p50.map(date) ?? "-"), Report.Cell(study.runway?.p90.map(date) ?? "-")]
      }
      let owa = study.test.map(\.total.relativeOWA) ?? .nan
      let error = study.test.map(\.peakError) ?? .nan
      return row + [
        Report.Cell(owa.isFinite ? NumberFormat.significant(owa, 2) : "-"),
        Report.Cell(error.isFinite ? Wording.percent(error) : "-"),
      ]
    }
    return Report.Table(columns, rows)
  }
}
