import LoadTesting
import Quantities
import Terminal

extension SaturationResult {
  /// A search's or a ramp's result for people.
  /// - Parameters:
  ///   - arrivals: how requests were spaced: `"poisson"`.
  ///   - width: columns.
  public func terminal(
    url: String, objective: LoadExpectation, arrivals: String, width: Int = 80, style: Style = .plain
  ) -> String {
    var text: String
    if let rate {
      text =
        "\(url) keeps \(objective) up to \(LoadWording.rate(rate)) (between \(LoadWording.rate(low)) and "
        + "\(LoadWording.rate(high))), \(arrivals) arrivals\n"
    } else {
      text = "\(url) kept \(objective) at no rate that was tried\n"
    }
    if let binding { text += "In the way above: \(binding)\n" }
    text += table.text(width: width, style: style)
    if let law = scalability {
      text +=
        "Scalability (USL): \(LoadWording.rate(law.lambda)) for one request at a time, contention "
        + "\(NumberFormat.significant(law.sigma, 3)), coherence \(NumberFormat.significant(law.kappa, 3)); R2 "
        + NumberFormat.significant(law.fit, 3) + "\n"
    }
    if let knee {
      text +=
        "Throughput stops growing at \(NumberFormat.significant(knee.concurrency, 3)) requests in the service, "
        + LoadWording.rate(knee.throughput) + "\n"
    }
    return text
  }

  /// What the reader has to be warned of.
  public var warnings: [String] { isConverged ? [] : ["the search ended early: \(reason)"] }

  private var table: TextTable {
    var table = TextTable([
      .init("rate", .right), .init("verdict"), .init("within", .right), .init("95 % interval", .right),
      .init("answered", .right), .init("latency", .right), .init("in service", .right),
    ])
    for probe in probes {
      table.add([
        LoadWording.rate(probe.rate), probe.verdict.rawValue, LoadWording.percent(probe.good),
        "\(LoadWording.percent(probe.goodLow)) to \(LoadWording.percent(probe.goodHigh))",
        LoadWording.rate(probe.achieved), LoadWording.time(probe.latency),
        NumberFormat.significant(probe.concurrency, 3),
      ])
    }
    return table
  }
}
