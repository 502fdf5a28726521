import Quantities
import Serving
import Terminal

extension SimulationReport {
  /// The answer, the picture, the policies side by side.
  public func terminal(width: Int = 80, style: Style = .plain) -> String {
    let width = max(40, width)
    var lines = TerminalText.opening(report(), width: width, style: style)
    let timeline = own.outcome.timeline
    if timeline.count > 1 {
      let labels = [timeline.start, timeline.time(at: timeline.count / 2), timeline.time(at: timeline.count)].map {
        TimeAxis.dayAndMonth(zone.local($0).date)
      }
      let plot = LinePlot(
        [.init("capacity", timeline.capacityMin, role: .good), .init("demand", timeline.demandMax, role: .demand)],
        width: width, height: 8, xLabels: labels)
      lines += plot.text(style: style).split(separator: "\n").map(String.init)
      lines.append("")
    }
    return lines.joined(separator: "\n") + "\n" + comparisonText(width: width, style: style)
      + requestsText(width: width, style: style) + tokensText(width: width, style: style)
      + futuresText(width: width, style: style)
  }

  private func comparisonText(width: Int, style: Style) -> String {
    var table = TextTable([
      .init("policy", isFlexible: true), .init("served", .right), .init("over capacity", .right), .init("mean", .right),
      .init("most", .right), .init("changes", .right), .init("cost", .right),
    ])
    for simulation in simulations {
      let (service, fleet) = (simulation.outcome.service, simulation.outcome.fleet)
      table.add([
        simulation.title, Wording.percent(service.shareServed.rawValue), Wording.overload(service),
        Wording.figure(fleet?.meanReplicas), Wording.count(fleet?.peakReplicas), Wording.count(fleet?.scalingActions),
        simulation.cost.map { "\($0)" } ?? "-",
      ])
    }
    return table.text(width: width, style: style)
  }
}
