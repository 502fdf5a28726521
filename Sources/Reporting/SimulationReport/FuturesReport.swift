import Planning
import Quantities
import Serving

/// A plan's own policy over many sampled futures, as a page of its own.
public struct FuturesReport: Sendable {
  public let futures: SimulatedFutures
  let name: String
  let question: String
  let objective: Objective

  /// - Parameters:
  ///   - name: the service.
  ///   - question: what was changed in its plan, in words; empty where nothing was.
  public init(_ futures: SimulatedFutures, name: String, question: String, objective: Objective) {
    self.futures = futures
    self.name = name
    self.question = question
    self.objective = objective
  }

  public func report() -> Report {
    var facts: [Report.Fact] = []
    if let met = futures.met {
      facts.append(
        Report.Fact(
          Wording.percent(Double(met) / Double(max(1, futures.count))), "of the futures in which the objective is met"))
    }
    facts.append(
      Report.Fact(Wording.percent(futures.served.p10), "of requests served in the worst tenth of the futures"))
    facts.append(
      Report.Fact(
        NumberFormat.grouped(futures.mostReplicas.p90.rounded()), "replicas at most, in nine futures of ten"))
    facts.append(
      Report.Fact(
        futures.overloadSeconds.p90 > 0
          ? NumberFormat.duration(.seconds(futures.overloadSeconds.p90.rounded())) : "none",
        "time above the ready capacity, in nine futures of ten at most"))
    if let cost = futures.costPerMonth {
      facts.append(Report.Fact("\(Money.dollars(cost.p50))", "a month, in the median future"))
    }
    return Report(
      title: "\(name): many futures", kicker: "\(name) · simulation\(question)",
      headline: SimulationReport.sentence(futures),
      lead: "Each future is a whole horizon of the forecast with its noise and its events.", facts: facts,
      sections: [SimulationReport.section(futures)])
  }
}
