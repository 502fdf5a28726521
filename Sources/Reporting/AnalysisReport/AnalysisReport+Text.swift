import Documents
import Quantities
import Terminal
import Traffic

extension AnalysisReport {
  /// `"schema": "headroom/analysis/1"`.
  public func json() -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.entry("schema", "headroom/analysis/1")
      json.entry("headline", headline)
      AnalysisJSON.write(analysis, of: trace, to: &json)
    }
    return json.text + "\n"
  }

  /// The answer, the history as a picture, the day as a row of bars, what was odd.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    let story = story
    var lines = TerminalText.opening(report(), width: width, style: style)
    if trace.series.count > 1 {
      let middle = trace.series.time(at: trace.series.count / 2)
      let labels = [trace.start, middle, trace.end].map { TimeAxis.dayAndMonth(zone.local($0).date) }
      let plot = LinePlot(
        [.init("", trace.series.rawValues, role: .demand)], width: width, height: 8, xLabels: labels)
      lines += plot.text(style: style).split(separator: "\n").map(String.init)
      lines.append("")
    }
    if let daily = analysis.dailyProfile {
      let bars = Terminal.Sparkline.text(daily.multiples, width: 24, style: style)
      lines.append("day    00 \(style(.demand, bars)) 23  busiest \(Wording.hour(daily.busiestHour))")
    }
    if let weekly = analysis.weeklyProfile {
      let bars = Terminal.Sparkline.text(weekly.byWeekday, width: 7, style: style)
      let words = TerminalText.clauses(
        "busiest \(weekly.busiestDay.name); \(weekly.shape.title)", in: max(10, width - 23))
      lines.append("week  Mon \(style(.demand, bars)) Sun  \(words)")
    }
    for sentence in [
      story.similarity, story.bursts, story.shiftSentence, story.flatTopSentence, story.outlierSentence,
      story.gapSentence,
    ]
    where !sentence.isEmpty { lines += TerminalText.wrapped(sentence, width: width) }
    lines += ProposedEvents(proposals: analysis.eventProposals).lines(width: width)
    return lines.joined(separator: "\n") + "\n"
  }
}
