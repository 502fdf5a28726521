import Planning
import Quantities
import Traffic

extension ReviewReport {
  /// The review's words and pictures.
  public func report() -> Report {
    var page = self
    page.isPage = true
    return page.told()
  }

  private func told() -> Report {
    var report = Report(
      title: "\(source): forecasts reviewed",
      kicker: "\(source) · review of forecasts" + (isDated ? " · until \(zone.local(review.until).date.long)" : ""),
      headline: headline, lead: isSingle ? (review.series[0].latest.map(peak) ?? "") : seriesLead, facts: facts,
      argument: isSingle ? picture(review.series[0], id: "picture") : nil)
    let promises = Report.Section(
      "What was promised about peaks", id: "promises",
      "A P95 should be exceeded by one peak in twenty. Only horizons that have come in full count.",
      [.table(table(Self.promiseColumns, promiseRows(review.promises), text: ["promise", "verdict"]))])
    if isSingle {
      report.sections = [promises, forecasts(review.series[0], id: "forecasts", heading: "Every forecast")]
    } else {
      let rows = seriesRows.prefix(500)
      report.sections =
        [
          promises,
          Report.Section(
            "Series", id: "series", Self.legend,
            [.table(table(Self.seriesColumns, Array(rows), text: ["series", "verdict"]))]),
        ]
        + review.series.prefix(Self.mostSections).enumerated().map { i, one in
          var section = forecasts(one, id: "series\(i)", heading: one.name)
          if let part = picture(one, id: "picture\(i)") { section.blocks.insert(.part(part), at: 0) }
          return section
        }
    }
    report.footer =
      strangers + [
        "\(isSingle ? Self.legend + " " : "")OWA: errors over those of the last season repeated; below 1 is better. Forecasts from \(store), traffic from \(source). Times in \(zone.name).",
        "\(provenance.name).\(provenance.command.isEmpty ? "" : " Make it again: `\(provenance.command)`")",
      ]
    return report
  }

  private func table(_ columns: [String], _ rows: [[String]], text: Set<String>) -> Report.Table {
    let marks: [String: Report.Cell.Mark] = ["broken": .fails, "look at it": .warns, "too cautious": .warns]
    return Report.Table(
      columns.map { text.contains($0) ? .text($0) : .number($0) },
      rows.map { row in
        zip(columns, row).map { column, text in
          // Names may be as long as they like; everything else is short and stays on one line of a phone.
          Report.Cell(column == "series" ? text : text.replacing(" ", with: "\u{A0}"), mark: marks[text])
        }
      })
  }

  private var seriesLead: String {
    let counts = SeriesReview.Verdict.allCases.compactMap { verdict -> String? in
      let n = review.series.filter { $0.verdict == verdict }.count
      guard n > 0 else { return nil }
      switch verdict {
      case .broken: return "\(n) \(n == 1 ? "breaks" : "break") a promise"
      case .watch: return "\(n) \(n == 1 ? "deserves" : "deserve") a look"
      case .holds: return "\(n) \(n == 1 ? "holds" : "hold")"
      case .early: return "of \(n) nothing has come yet"
      }
    }
    return "\(Wording.count(review.series.count, "series", plural: "series")): \(Wording.list(counts))."
  }

  private var facts: [Report.Fact] {
    let p95 = review.promises[2].exceeded
    var facts: [Report.Fact] = []
    if p95.count > 0 { facts.append(.init("\(p95.count - p95.hits) of \(p95.count)", "peaks at or below their P95")) }
    if review.excess.isFinite {
      facts.append(
        .init(Self.change(review.excess), "demand over the middle\(isSingle ? "" : ", median of the series")"))
    }
    if review.coverage.isFinite { facts.append(.init(Self.share(review.coverage), "of steps within the 95 % range")) }
    return facts
  }

  private func forecasts(_ one: SeriesReview, id: String, heading: String) -> Report.Section {
    var blocks: [Report.Block] = [
      .table(table(Self.forecastColumns, forecastRows(one), text: ["made", "first step", "it lies"]))
    ]
    if one.outlook.count > 1 {
      blocks.append(
        .table(
          table(
            ["said on", "of", "to", "top then", "top now", "change"],
            one.outlook.prefix(12).map {
              [
                date($0.made), date($0.from), date($0.to - .nanoseconds(1)), Self.rate($0.before), Self.rate($0.after),
                Self.change($0.change),
              ]
            }, text: ["said on", "of", "to"])))
    }
    return Report.Section(heading, id: id, isSingle ? (outlook(one) ?? "") : sentence(one), blocks)
  }

  /// The newest forecast of which something has come, with what came over it.
  private func picture(_ one: SeriesReview, id: String) -> Report.Part? {
    guard let (forecast, truth) = one.picture, let latest = one.latest, truth.count > 1 else { return nil }
    let sentence =
      "Made on \(date(forecast.made)): \(latest.score.map { Wording.percent($0.coverage) } ?? "nothing") of what came lies within the 95 % range."
    var chart = DemandChart(
      title: "Forecast of \(one.name) and what came", description: sentence, from: forecast.start, to: forecast.end)
    chart.zone = zone
    let step = forecast.step.seconds
    chart.history = ChartSeries(start: forecast.start, step: step, values: truth)
    chart.forecast = ChartSeries(start: forecast.start, step: step, values: forecast.mean)
    chart.low = ChartSeries(start: forecast.start, step: step, values: forecast.quantiles[0])
    chart.high = ChartSeries(start: forecast.start, step: step, values: forecast.quantiles[4])
    chart.bandName = "95 % range"
    // What has come stands on the wash as well, so that the band keeps its name.
    chart.now = latest.come < latest.steps ? forecast.start + forecast.step * latest.come : forecast.start
    chart.levels = [.init(.today, value: forecast.peak[2], label: "P95 of the peak \(Self.rate(forecast.peak[2]))")]
    if let top = truth.indices.filter({ truth[$0].isFinite }).max(by: { truth[$0] < truth[$1] }) {
      chart.crossing = .init(
        time: forecast.start + forecast.step * top, value: truth[top], label: "came \(Self.rate(truth[top]))")
    }
    return Report.Part(
      isSingle ? "What was said and what came" : "The newest that has come", id: id, sentence, chart,
      caption:
        "What came (solid) over what was forecast (dashed). The mark: the highest step that came. Times in \(zone.name)."
    )
  }
}
