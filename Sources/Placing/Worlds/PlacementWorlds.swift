import Optimizing
import Quantities

/// What is not known of a placement problem, as factors on what it states.
public struct PlacementDoubt: Hashable, Sendable {
  /// All demand together.
  public var demand: Estimate<Factor>
  /// Each origin's own, beside it, by index; origins that are not there are as stated.
  public var origins: [Int: Estimate<Factor>]
  /// What a machine serves, and what it costs, by its type's name.
  public var rates: [String: Estimate<Factor>]
  public var prices: [String: Estimate<Factor>]
  /// What capacity that is missing costs, in times the cheapest price of as much.
  public var penalty: Double

  public init(
    demand: Estimate<Factor> = Estimate(exactly: Factor(rawValue: 1)), origins: [Int: Estimate<Factor>] = [:],
    rates: [String: Estimate<Factor>] = [:], prices: [String: Estimate<Factor>] = [:], penalty: Double = 10
  ) {
    self.demand = demand
    self.origins = origins
    self.rates = rates
    self.prices = prices
    self.penalty = max(0, penalty)
  }

  public var isCertain: Bool {
    demand.isCertain && origins.values.allSatisfy { $0.isCertain } && rates.values.allSatisfy { $0.isCertain }
      && prices.values.allSatisfy { $0.isCertain }
  }
}

/// A placement, over all worlds.
public struct RankedPlacement: Hashable, Sendable {
  public var placement: Placement
  /// The demand that it was made for, over what is stated; and the quantile of the worlds that this is.
  public var factor: Double
  public var quantile: Double
  /// What is held and what is missing, on average an hour; above what each world's own best placement costs, on average
  /// and at most, over the worlds that were placed by themselves (``worldsPlaced``; where none was, over all worlds above
  /// the best choice).
  public var expectedCost: HourlyPrice
  public var expectedRegret: HourlyPrice
  public var worstRegret: HourlyPrice
  public var worldsPlaced = 0
  /// The share of worlds in which it suffices in every state and hour.
  public var sufficient: Double
  /// By how much all demand may exceed what is stated before something no longer holds.
  public var cliff: Double
}

extension RegionProblem {
  /// Placements for several demands, each held against all worlds; the cheapest in expectation first.
  ///
  /// A world draws a factor for the whole demand, for each origin, each machine's speed and price. In it a placement costs
  /// what it holds at the world's prices, its egress in proportion to the demand, and what is missing in its worst state and
  /// hour times the penalty. What is missing is exact: a state and hour whose slack is above what the world's factors can
  /// take is left out unasked.
  ///
  /// - Parameters:
  ///   - worlds: how many; each quantity's quantiles are drawn from evenly (Latin hypercube; McKay et al. 1979).
  ///   - placing: how many of the worlds are placed by themselves, for the regret: evenly along the load.
  ///   - limits: for each placement's search.
  public func ranked(
    _ doubt: PlacementDoubt, worlds: Int, seed: UInt64, placing: Int = 16, limits: PlacementSolver.Limits = .init()
  ) throws(OptimizingError) -> [RankedPlacement] {
    guard worlds > 0 else { return [] }
    let drawn = PlacementSample(self, doubt, worlds: worlds, seed: seed)
    // Placements for the stated demand and for quantiles of demand over speed.
    let loads = drawn.load.sorted()
    var found: [RankedPlacement] = []
    for quantile in [-1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99] {
      let factor = quantile < 0 ? 1 : loads[min(worlds - 1, Int(quantile * Double(worlds)))]
      guard factor > 0, limits.remaining() > 0, !limits.isStopped() else { continue }
      let placement = try scaled(demand: factor).placed(limits: limits)
      guard !placement.counts.isEmpty, !found.contains(where: { $0.placement.counts == placement.counts }) else {
        continue
      }
      let below = Double(loads.count { $0 <= factor }) / Double(worlds)
      found.append(
        RankedPlacement(
          placement: placement, factor: factor, quantile: quantile < 0 ? below : quantile, expectedCost: .zero,
          expectedRegret: .zero, worstRegret: .zero, sufficient: 0, cliff: 0))
    }
    guard !found.isEmpty else { return [] }
    let costs = found.indices.map { i -> [Double] in
      let judged = drawn.costs(of: found[i].placement, factor: found[i].factor, self, doubt)
      found[i].sufficient = judged.sufficient
      found[i].cliff = cliff(capacity: found[i].placement.capacity(self))
      return judged.costs
    }
    for i in found.indices { found[i].expectedCost = HourlyPrice(rawValue: costs[i].reduce(0, +) / Double(worlds)) }
    let own = try ownCosts(drawn, placing, limits)
    let judged = own.isEmpty ? Array(0..<worlds) : own.map(\.world)
    for (k, w) in judged.enumerated() {
      // A world's own placement may hold more than pays: what is missing has its price, and another may leave it out.
      let least = min(costs.map { $0[w] }.min() ?? 0, own.isEmpty ? .infinity : own[k].cost)
      for i in found.indices {
        let more = HourlyPrice(rawValue: costs[i][w] - least)
        found[i].expectedRegret += more / Double(judged.count)
        found[i].worstRegret = max(found[i].worstRegret, more)
        found[i].worldsPlaced = own.count
      }
    }
    return found.sorted { $0.expectedCost < $1.expectedCost }
  }

  /// What the best placement of a world costs in it, of worlds at even steps of the load; those that nothing holds are
  /// left out.
  private func ownCosts(
    _ drawn: PlacementSample, _ count: Int, _ limits: PlacementSolver.Limits
  ) throws(OptimizingError) -> [(world: Int, cost: Double)] {
    var limits = limits
    // A thousandth is less than what the sample leaves open.
    limits.gap = max(limits.gap, 1e-3)
    limits.patience = min(limits.patience, 1)
    let order = drawn.load.indices.sorted { drawn.load[$0] < drawn.load[$1] }
    let taken = min(max(0, count), order.count)
    var own: [(world: Int, cost: Double)] = []
    for k in 0..<taken where limits.remaining() > 0 && !limits.isStopped() {
      let w = order[(2 * k + 1) * order.count / (2 * taken)]
      let placement = try drawn.problem(self, world: w).placed(limits: limits)
      if !placement.counts.isEmpty { own.append((w, placement.cost.rawValue)) }
    }
    return own
  }

  /// The same with all demand multiplied.
  public func scaled(demand factor: Double) -> RegionProblem {
    var problem = self
    for o in origins.indices { problem.origins[o].demand = origins[o].demand.map { $0 * factor } }
    return problem
  }
}

/// Worlds drawn for a placement problem.
private struct PlacementSample {
  let worlds: Int
  /// By world: factors of each origin's demand, each offer's speed and price.
  private var demand: [[Double]] = []
  private var rates: [[Double]] = []
  private var prices: [[Double]] = []
  /// The whole demand over the mean speed, by world.
  private(set) var load: [Double] = []

  init(_ problem: RegionProblem, _ doubt: PlacementDoubt, worlds: Int, seed: UInt64) {
    self.worlds = worlds
    func column(_ estimate: Estimate<Factor>?, _ item: UInt64) -> [Double]? {
      guard let estimate, !estimate.isCertain else {
        return estimate.map { Array(repeating: $0.mid.rawValue, count: worlds) }
      }
      var random = RandomStream(seed: seed, item: item)
      var values = (0..<worlds).map { w in
        max(1e-3, estimate.quantile((Double(w) + random.uniform()) / Double(worlds)).rawValue)
      }
      values.shuffle(using: &random)
      return values
    }
    let whole = column(doubt.demand, 1) ?? Array(repeating: 1, count: worlds)
    let own = problem.origins.indices.map { column(doubt.origins[$0], 100 + UInt64($0)) }
    let machines = Array(Set(problem.offers.map(\.machine))).sorted()
    var speed: [String: [Double]] = [:]
    var price: [String: [Double]] = [:]
    for (k, name) in machines.enumerated() {
      speed[name] = column(doubt.rates[name], 10_000 + UInt64(k))
      price[name] = column(doubt.prices[name], 20_000 + UInt64(k))
    }
    let weights = problem.origins.map { $0.demand.reduce(0, +) }
    let total = max(1e-12, weights.reduce(0, +))
    for w in 0..<worlds {
      let factors = own.map { whole[w] * ($0?[w] ?? 1) }
      let speeds = problem.offers.map { speed[$0.machine]?[w] ?? 1 }
      demand.append(factors)
      rates.append(speeds)
      prices.append(problem.offers.map { price[$0.machine]?[w] ?? 1 })
      let mean = speeds.isEmpty ? 1 : speeds.reduce(0, +) / Double(speeds.count)
      load.append(zip(weights, factors).reduce(0) { $0 + $1.0 * $1.1 } / total / mean)
    }
  }

  /// A world as a problem of its own.
  func problem(_ stated: RegionProblem, world w: Int) -> RegionProblem {
    var problem = stated
    for o in stated.origins.indices {
      problem.origins[o].demand = stated.origins[o].demand.map { $0 * demand[w][o] }
    }
    for i in stated.offers.indices {
      problem.offers[i].rate = stated.offers[i].rate * rates[w][i]
      problem.offers[i].price = stated.offers[i].price * prices[w][i]
    }
    return problem
  }

  /// What a placement costs in each world, and the share of worlds in which it suffices.
  func costs(
    of placement: Placement, factor: Double, _ problem: RegionProblem, _ doubt: PlacementDoubt
  ) -> (costs: [Double], sufficient: Double) {
    let states = PlacementSolver.states(problem, strategy: .best)
    var cutter = CapacityCuts(problem, states: states)
    let stated = placement.capacity(problem)
    // The tightest first: a world asks until none can be missing.
    var slack: [(factor: Double, state: Int, hour: Int)] = []
    for s in states.indices {
      for hour in 0..<problem.steps {
        if let found = cutter.tightest(stated, state: s, hour: hour, below: .infinity) {
          slack.append((found.factor, s, hour))
        }
      }
    }
    slack.sort { $0.factor < $1.factor }
    let cheapest =
      problem.offers.filter { $0.rate > .zero }.map { $0.price.rawValue / $0.rate.rawValue }.min() ?? 0
    var fixed = 0.0
    for (r, region) in problem.regions.enumerated()
    where zip(problem.offers, placement.counts).contains(where: { $0.0.region == r && $0.1 > 0 }) {
      fixed += region.fixedCost.rawValue
    }
    let total = max(1e-12, problem.origins.reduce(0) { $0 + $1.demand.reduce(0, +) })
    var flow = BipartiteFlow(origins: problem.origins.count, regions: problem.regions.count)
    var enough = 0
    var costs: [Double] = []
    for w in 0..<worlds {
      var capacity = [Double](repeating: 0, count: problem.regions.count)
      var cost = fixed
      for (i, n) in placement.counts.enumerated() where n > 0 {
        capacity[problem.offers[i].region] += problem.offers[i].rate.rawValue * rates[w][i] * Double(n)
        cost += problem.offers[i].price.rawValue * prices[w][i] * Double(n)
      }
      let asked = problem.origins.indices.reduce(0) { $0 + problem.origins[$1].demand.reduce(0, +) * demand[w][$1] }
      cost += placement.egress.rawValue * asked / (total * factor)
      let worst =
        (demand[w].max() ?? 1) / max(1e-9, zip(capacity, stated).map { $1 > 0 ? $0 / $1 : .infinity }.min() ?? 1)
      var missing = 0.0
      for one in slack {
        if one.factor >= worst { break }
        let terms = states[one.state].terms
        let rates = problem.origins.indices.map { states[one.state].demand(problem, $0, one.hour) * demand[w][$0] }
        let lack =
          flow.run(
            demand: rates, capacity: capacity.map { $0 / (1 + terms.headroom) }, admits: states[one.state].admitted,
            tolerance: CapacityCuts.tolerance(rates.reduce(0, +))
          ).unserved * (1 + terms.headroom)
        missing = max(missing, lack)
      }
      if missing <= 0 { enough += 1 }
      costs.append(cost + missing * cheapest * doubt.penalty)
    }
    return (costs, Double(enough) / Double(max(1, worlds)))
  }
}
