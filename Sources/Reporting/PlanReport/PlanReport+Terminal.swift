import Documents
import Planning
import Quantities
import Terminal

extension PlanReport {
  /// The same story in about 25 lines: the answer, five numbers, the picture, what to do.
  /// - Parameter width: columns; at least 40 are used.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var lines: [String] = []
    lines += TerminalText.wrapped(headline, width: width).map { style(.heading, $0) }
    lines.append("")
    lines += TerminalText.facts(facts, width: width, style: style)
    lines.append("")
    let plot = plot(width: width, style: style)
    if !plot.isEmpty {
      lines += plot
      lines.append("")
    }
    // What is left of 25 lines goes to findings, most urgent first.
    lines += findingLines(width: width, style: style, room: max(5, 25 - lines.count - 1))
    let file = ShellWord.file(provenance.file)
    let rest =
      provenance.file.isEmpty
      ? ""
      : "Why: headroom explain \(file) replicas   Report: headroom plan \(file) -o report.html"
    if !rest.isEmpty, DisplayWidth.of(rest) <= width { lines.append(style(.dim, rest)) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Demand, forecast and capacity over the window of the report's chart.
  private func plot(width: Int, style: Style) -> [String] {
    guard let chart = argument?.chart as? DemandChart, let history = chart.history, let forecast = chart.forecast else {
      return []
    }
    // Every line on one grid of hours or of the forecast's own step.
    let step = max(forecast.step, 3600)
    let count = Int(((chart.to - chart.from).seconds / step).rounded(.up))
    guard count > 1, count < 100_000 else { return [] }
    let now = chart.now ?? chart.from
    var demand = Array(repeating: Double.nan, count: count)
    var ahead = demand
    var capacity = demand
    for i in 0..<count {
      let from = chart.from + .seconds(Double(i) * step)
      let to = from + .seconds(step)
      if from < now { demand[i] = history.maximum(from: from, to: min(to, now)) ?? .nan }
      if from >= now { ahead[i] = forecast.maximum(from: from, to: to) ?? .nan }
      let level = chart.levels.last { level in level.from.map { $0 <= from } ?? true } ?? chart.levels.first
      if let level, level.from.map({ $0 <= from }) ?? true { capacity[i] = level.value }
    }
    let labels = [chart.from, chart.from + .seconds((chart.to - chart.from).seconds / 2), chart.to].map {
      TimeAxis.dayAndMonth(zone.local($0).date)
    }
    let plot = LinePlot(
      [
        .init("demand", demand, role: .demand), .init("forecast", ahead, role: .demand),
        .init("capacity", capacity, role: .good),
      ], width: width, height: 7, xLabels: labels)
    return plot.text(style: style).split(separator: "\n").map(String.init)
  }

  private func findingLines(width: Int, style: Style, room: Int) -> [String] {
    var lines: [String] = []
    let items = outcome.findings.map { ($0, PlanReport.item($0)) }
    let column = min(16, (items.map { DisplayWidth.of($0.1.tag) }.max() ?? 0))
    for (i, (finding, item)) in items.enumerated() {
      let role: Style.Role =
        switch finding.severity {
        case .act: .bad
        case .change: .warning
        case .note: .dim
        case .holds: .good
        }
      var block: [String] = []
      let texts = TerminalText.wrapped(item.what, width: max(20, width - column - 2))
      for (j, text) in texts.enumerated() {
        let tag = j == 0 ? item.tag : ""
        let gap = String(repeating: " ", count: max(0, column - DisplayWidth.of(tag)) + 2)
        block.append((j == 0 ? style(role, tag) : "") + gap + text)
      }
      let left = items.count - i
      if lines.count + block.count > room - (left > 1 ? 1 : 0) {
        lines.append(style(.dim, "\(left) more in the report."))
        break
      }
      lines += block
    }
    return lines
  }
}
