import Documents
import Quantities
import Terminal
import Traffic

extension ForecastReport {
  /// The answer, the picture, the peaks, what it rests on.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var lines = TerminalText.wrapped(headline, width: width).map { style(.heading, $0) } + [""]
    if isSingle {
      lines += isBacktest ? backtestLines(first, width, style) : single(first, width, style)
    } else {
      lines += overview(width, style)
      if isBacktest { lines += fleetBacktest(width, style) }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func rows(_ table: TextTable, _ width: Int, _ style: Style) -> [String] {
    table.text(width: width, style: style).split(separator: "\n").map(String.init)
  }

  private func single(_ study: ForecastStudy, _ width: Int, _ style: Style) -> [String] {
    var lines: [String] = []
    let past = Array(study.history.rawValues.suffix(2 * study.steps))
    let known = past.count + study.steps
    let blank = [Double](repeating: .nan, count: past.count)
    if known > 2, known <= 4_000_000 {
      let upper = blank + study.answer.quantiles[3]
      let plot = LinePlot(
        [
          .init("p90", upper, role: .dim),
          .init("", past + [Double](repeating: .nan, count: study.steps), role: .demand),
          .init("p50", blank + study.answer.mean, role: .capacity),
        ], width: width, height: 8)
      lines += plot.text(style: style).split(separator: "\n").map(String.init) + [""]
    }
    var table = TextTable([
      .init("peak of"), .init("P50", .right), .init("P90", .right), .init("P95", .right), .init("P99", .right),
    ])
    table.add([span] + study.answer.peak.map(Self.rate))
    for week in study.weeks.prefix(4) where study.days.count > 7 {
      table.add(["week from \(date(week.start))", "\(week.p50)", "\(week.p90)", "", "\(week.p99)"])
    }
    let days = study.days.count <= 14 ? study.days : Array(study.days.prefix(7))
    for day in days where study.days.count > 1 {
      table.add([date(day.start), "\(day.p50)", "\(day.p90)", "", "\(day.p99)"])
    }
    lines += rows(table, width, style)
    if study.days.count > days.count { lines.append("... \(study.days.count - days.count) more days with --json") }
    lines.append("")
    if let runway = study.runway {
      for mover in runway.movers {
        lines.append("with \(mover.change): \(mover.p50.map { "until \(date($0))" } ?? "beyond \(date(runway.until))")")
      }
      lines.append("")
    }
    for sentence in [
      growth(study), shifts(study), Self.seasons(study), Self.trust(study.backtest), Self.members(study.answer),
    ]
    where !sentence.isEmpty { lines += TerminalText.wrapped(sentence, width: width) }
    for finding in study.findings { lines += TerminalText.wrapped("- " + finding, width: width) }
    lines += ProposedEvents(proposals: study.proposals).lines(width: width)
    if !study.proposals.isEmpty { lines += TerminalText.wrapped(withProposals(study), width: width) }
    let changed = changes(study)
    if !changed.isEmpty {
      lines.append("Outliers taken for what is usual at their hour:")
      lines += changed.prefix(8).map { "  " + $0 }
      if changed.count > 8 { lines.append("  ... \(changed.count - 8) more with --json") }
    }
    return lines
  }

  func backtestLines(_ study: ForecastStudy, _ width: Int, _ style: Style) -> [String] {
    var lines = TerminalText.wrapped(Self.trust(study.backtest), width: width) + [""]
    guard let backtest = study.backtest else { return lines }
    if let latest = backtest.origins.first {
      let plot = LinePlot(
        [.init("came", latest.truth, role: .demand), .init("p50", latest.path, role: .capacity)], width: width,
        height: 8)
      lines += plot.text(style: style).split(separator: "\n").map(String.init) + [""]
    }
    var table = TextTable([
      .init("lead"), .init("OWA", .right), .init("MASE", .right), .init("sMAPE", .right), .init("MSIS", .right),
      .init("in 95 %", .right),
    ])
    for row in Self.leadRows(backtest, step: study.history.step) { table.add(row) }
    lines += rows(table, width, style) + [""]
    var peaks = TextTable([.init("peak forecast by"), .init("off by", .right)])
    for (name, value) in Self.peakRows(backtest) { peaks.add([name, value]) }
    lines += rows(peaks, width, style) + [""]
    lines += TerminalText.wrapped(
      "OWA: errors over those of the last season repeated; below 1 is better. 95 % of peaks should lie below P95: \(Wording.percent(backtest.peakCoverage)) did, at \(Wording.percent(backtest.peakExcess)) more than came.",
      width: width)
    return lines
  }

  static func leadRows(_ backtest: Backtest, step: Duration) -> [[String]] {
    let rows = backtest.blocks.map { (blockName($0, step: step), $0.score) } + [("all", backtest.total)]
    return rows.map { name, score in
      func number(_ v: Double) -> String { v.isFinite ? NumberFormat.significant(v, 3) : "-" }
      return [
        name, number(score.relativeOWA), number(score.mase), number(score.smape), number(score.intervalScore),
        Wording.percent(score.coverage),
      ]
    }
  }

  static func peakRows(_ backtest: Backtest) -> [(String, String)] {
    [
      ("its own quantile (P50)", Wording.percent(backtest.peakError)),
      ("the top of the path", Wording.percent(backtest.pathPeakError)),
      ("the last season's peak", Wording.percent(backtest.naivePeakError)),
    ]
  }

  /// A line a series.
  private func overview(_ width: Int, _ style: Style) -> [String] {
    let hasRunway = summaries.contains { $0.runway != nil }
    var columns: [TextTable.Column] = [.init("series", isFlexible: true)]
    if !levels.isEmpty { columns.append(.init("by")) }
    columns += [.init("peak P50", .right), .init("P90", .right), .init("P99", .right)]
    if hasRunway { columns += [.init("outgrown"), .init("or on (1 in 10)")] }
    columns += [.init("OWA", .right), .init("peak off", .right)]
    var table = TextTable(columns)
    for study in told.prefix(60) {
      let peak = study.peak
      var row = [study.name] + (levels.isEmpty ? [] : [study.level ?? ""])
      row += [Self.rate(peak[0]), Self.rate(peak[1]), Self.rate(peak[3])]
      if hasRunway {
        row += [study.runway?.p50.map(date) ?? "-", study.runway?.p90.map(date) ?? "-"]
      }
      let owa = study.test.map(\.total.relativeOWA) ?? .nan
      let error = study.test.map(\.peakError) ?? .nan
      row += [owa.isFinite ? NumberFormat.significant(owa, 2) : "-", error.isFinite ? Wording.percent(error) : "-"]
      table.add(row)
    }
    var lines = rows(table, width, style)
    if summaries.count > 60 { lines.append("... \(summaries.count - 60) more series with --json or --format csv") }
    let odd = summaries.filter(\.hasProposals)
    if let first = odd.first {
      let sentence =
        "Outliers recur by a rule in \(Wording.count(odd.count, "series", plural: "series")), the first of them \(first.name): --json and the page propose them as events."
      lines += [""] + TerminalText.wrapped(sentence, width: width)
    }
    return lines + [""] + TerminalText.wrapped(fleetTrust, width: width)
  }

  /// All backtests in a sentence.
  var fleetTrust: String {
    let backtests = summaries.compactMap(\.test)
    guard !backtests.isEmpty else { return Self.trust(nil) }
    let owa = Statistics.mean(backtests.map(\.total.relativeOWA).filter { $0.isFinite }) ?? .nan
    let coverage = Statistics.mean(backtests.map(\.total.coverage)) ?? .nan
    let peak = Statistics.mean(backtests.map(\.peakError).filter { $0.isFinite }) ?? .nan
    return
      "Tested on \(Wording.count(backtests.count, "series", plural: "series")) from earlier moments: OWA \(NumberFormat.significant(owa, 3)) (1 is the last season repeated), \(Wording.percent(coverage)) within the 95 % range, peaks off by \(Wording.percent(peak)) on average."
  }

  private func fleetBacktest(_ width: Int, _ style: Style) -> [String] {
    let blocks = fleetBlocks
    guard !blocks.isEmpty else { return [] }
    var table = TextTable([
      .init("lead"), .init("OWA", .right), .init("MASE", .right), .init("sMAPE", .right), .init("MSIS", .right),
      .init("in 95 %", .right),
    ])
    for row in blocks { table.add(row) }
    return [""] + rows(table, width, style)
  }

  /// Mean over all series by lead, where they share their leads.
  var fleetBlocks: [[String]] {
    guard let model = summaries.compactMap(\.test).first else { return [] }
    return model.blocks.enumerated().map { i, block in
      let scores = summaries.compactMap(\.test).compactMap { b -> ForecastScore? in
        guard i < b.blocks.count, b.blocks[i].to == block.to else { return nil }
        return b.blocks[i].score
      }
      let mean = ForecastScore(mean: scores)
      return [
        Self.blockName(block, step: first.history.step), NumberFormat.significant(mean.relativeOWA, 3),
        NumberFormat.significant(mean.mase, 3), NumberFormat.significant(mean.smape, 3),
        NumberFormat.significant(mean.intervalScore, 3), Wording.percent(mean.coverage),
      ]
    }
  }

  public func markdown() -> String { report().markdown() }
}
