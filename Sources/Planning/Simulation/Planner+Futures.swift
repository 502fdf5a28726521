import Costs
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
  /// The plan's own policy and its alternatives over a workload of one's own.
  ///
  /// - Parameter named: what the workload is, in words.
  public static func simulations(
    of outcome: PlanOutcome, over workload: Workload, named: String, seed: UInt64
  ) -> [PolicySimulation] {
    PolicyStage(PlanDraft(again: outcome, seed: seed)).simulations(of: workload, named: named)
  }

  /// The plan's own policy over sampled futures of the forecast, each a whole horizon with its noise and events, and where
  /// the capacity is only estimated each with one of its own.
  ///
  /// - Parameters:
  ///   - count: how many, each drawn by the seed and its own number.
  ///   - map: runs independent work, results in order; the answer does not depend on how.
  /// - Returns: nil where the plan has no forecast.
  public static func futures(
    of outcome: PlanOutcome, count: Int, seed: UInt64,
    map: (Int, @escaping @Sendable (Int) -> RunTotals) -> [RunTotals]
  ) -> SimulatedFutures? {
    guard let forecast = outcome.demand.forecast, count > 0 else { return nil }
    let stage = PolicyStage(PlanDraft(again: outcome, seed: seed))
    let ahead = forecast.samplePaths(count, seed: seed).map { path in
      path.slice(max(0, path.index(of: outcome.now))..<path.count)
    }.filter { $0.count > 1 }
    guard let first = ahead.first else { return nil }
    let policy = outcome.plan.policy
    let models = models(outcome.plan.service.model)
    let totals = map(ahead.count) { i in
      let (world, made, _) = stage.staged(policy, ahead[i], model: models[i % models.count])
      var tables = world.tables()
      let ticks = DemandTicks(ahead[i], tick: world.tickLength(for: ahead[i], made.period), world.interpolation)
      return world.totals(demand: ticks, policy: made, tables: &tables)
    }
    let objective = outcome.plan.service.objective
    return SimulatedFutures(
      title: stage.staged(policy, first).title, count: totals.count,
      met: objective.isEmpty ? nil : totals.count { $0.service.meets(objective) },
      served: .init(totals.map { $0.service.shareServed.rawValue }),
      overloadSeconds: .init(totals.map { $0.service.overload?.seconds ?? 0 }),
      meanReplicas: .init(totals.map { $0.fleet.meanReplicas }),
      mostReplicas: .init(totals.map { Double($0.fleet.peakReplicas) }),
      costPerMonth: outcome.plan.fleet.supply.isPriced
        ? .init(totals.map { $0.fleet.use.cost.perMonth.dollars }) : nil)
  }

  /// What replicas may be, each in its proportion: of ten futures one at the low end, one at the high end, and the rest in
  /// the middle (an estimate's ends are its 10 and 90 % quantiles).
  private static func models(_ service: ServiceEstimate) -> [any ServiceModel] {
    guard !service.isCertain else { return [service.mid] }
    return [service.mid, service.mid, service.low, service.mid, service.mid, service.mid, service.mid, service.high]
      + [service.mid, service.mid]
  }
}
