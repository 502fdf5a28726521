import Quantities
import Scaling
import Serving
import Simulating
import Traffic

/// What a plan's own policy made of many possible futures: how sure its figures are.
public struct SimulatedFutures: Sendable, Hashable {
  /// One figure over all futures.
  public struct Spread: Sendable, Hashable {
    public var least: Double
    public var p10: Double
    public var p50: Double
    public var p90: Double
    public var most: Double

    init(_ values: [Double]) {
      let sorted = values.sorted()
      func at(_ q: Double) -> Double { Statistics.quantile(sorted: sorted, q) ?? .nan }
      (least, p10, p50, p90, most) = (sorted.first ?? .nan, at(0.1), at(0.5), at(0.9), sorted.last ?? .nan)
    }
  }
  public var title: String
  public var count: Int
  /// Futures in which every latency bound and the availability were kept; nil without an objective.
  public var met: Int?
  /// Shares of requests.
  public var served: Spread
  /// Seconds with demand above the ready capacity.
  public var overloadSeconds: Spread
  public var meanReplicas: Spread
  public var mostReplicas: Spread
  /// Dollars a month; nil where no price is known.
  public var costPerMonth: Spread?
}

extension Planner {
  /// The plan's own policy and its alternatives over a demand of one's own.
  ///
  /// - Parameter named: what the demand is, in words.
  public static func simulations(
    of outcome: PlanOutcome, over demand: TimeSeries<RequestRate>, named: String, seed: UInt64
  ) -> [PolicySimulation] {
    let planner = Planner(again: outcome, seed: seed)
    var results = [planner.simulate(outcome.plan.policy, demand, named, outcome.sizing)]
    for other in Planner.alternatives where other.name != outcome.plan.policy.name {
      results.append(planner.simulate(other, demand, named, outcome.sizing))
    }
    return results
  }

  /// The plan's own policy over sampled futures of the forecast, each a whole horizon with its noise and events.
  ///
  /// - Parameters:
  ///   - count: how many, each drawn by the seed and its own number.
  ///   - map: runs independent work, results in order; the answer does not depend on how.
  /// - Returns: nil where the plan has no forecast.
  public static func futures(
    of outcome: PlanOutcome, count: Int, seed: UInt64,
    map: (Int, @escaping @Sendable (Int) -> Outcome.Totals) -> [Outcome.Totals]
  ) -> SimulatedFutures? {
    guard let forecast = outcome.demand.forecast, count > 0 else { return nil }
    let planner = Planner(again: outcome, seed: seed)
    let ahead = forecast.samplePaths(count, seed: seed).map { path in
      path.slice(max(0, path.index(of: outcome.now))..<path.count)
    }.filter { $0.count > 1 }
    guard let first = ahead.first else { return nil }
    let policy = outcome.plan.policy
    let sizing = outcome.sizing
    let totals = map(ahead.count) { i in
      let (world, made, _) = planner.worldOf(policy, ahead[i], sizing)
      var tables = world.tables()
      let ticks = DemandTicks(ahead[i], tick: world.tickLength(for: ahead[i], made.period), world.interpolation)
      return world.totals(demand: ticks, policy: made, tables: &tables)
    }
    let objective = outcome.plan.service.objective
    let hasObjective = !objective.latency.isEmpty || objective.availability != nil
    let hours = max(first.duration.hours, 1e-9)
    let perReplicaMonth = outcome.plan.price.rawValue / Double(outcome.plan.replicasPerMachine) * 730
    return SimulatedFutures(
      title: planner.worldOf(policy, first, sizing).title, count: totals.count,
      met: hasObjective ? totals.count { $0.meets(objective) } : nil,
      served: .init(totals.map { $0.shareServed.rawValue }),
      overloadSeconds: .init(totals.map { $0.overload.seconds }),
      meanReplicas: .init(totals.map { $0.replicaHours / hours }),
      mostReplicas: .init(totals.map { Double($0.peakReplicas) }),
      costPerMonth: perReplicaMonth > 0 ? .init(totals.map { $0.replicaHours / hours * perReplicaMonth }) : nil)
  }
}
