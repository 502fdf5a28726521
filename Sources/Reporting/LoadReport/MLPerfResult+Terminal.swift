import LoadTesting
import Quantities
import Terminal

extension MLPerfResult {
  /// What a service is worth under a scenario, and by which rules, for people.
  /// - Parameter width: columns.
  public func terminal(url: String, width: Int = 80, style: Style = .plain) -> String {
    let verdict = isValid ? style(.good, "VALID") : style(.bad, "INVALID")
    var text = "\(url): \(scenario.rawValue), \(queries) queries: \(verdict)\n"
    switch scenario {
    case .server, .offline:
      let unit = scenario == .server ? "queries" : "samples"
      text += "Completed \(rate.map { NumberFormat.fixed($0, decimals: 2) } ?? "-") \(unit) a second\n"
    case .singleStream, .multiStream: break
    }
    if scenario != .offline {
      text +=
        "P\(NumberFormat.significant(percentile * 100, 4)) of latency \(LoadWording.time(latency)); as early stopping "
        + "lets it be claimed \(LoadWording.time(estimate))\n"
    }
    var table = TextTable([.init("rule"), .init("kept"), .init("found", isFlexible: true)])
    for rule in rules {
      table.add([rule.name, rule.isKept ? style(.good, "yes") : style(.bad, "no"), rule.found])
    }
    return text + table.text(width: width, style: style)
  }

  /// What the reader has to be warned of: the rules that were not kept.
  public var warnings: [String] {
    rules.filter { !$0.isKept }.map { "\($0.name): \($0.found). To do: \($0.remedy)." }
  }
}
