import Quantities

/// How much is left in the normal state or after a loss: in its tightest hour, how much more demand would still be served.
public struct PlacementSlack: Hashable, Sendable {
  /// Which loss; nil for the normal state.
  public var loss: Int?
  /// The hour that is tightest.
  public var hour: Int
  /// So many times the demand of that hour is served, the state's headroom included; infinity where nothing is asked. Below
  /// 1 the state does not hold.
  public var factor: Double
  /// The origins that are first too many for the regions that may serve them, and those regions.
  public var origins: [Int]
  public var regions: [Int]
  /// What those origins ask in that hour, headroom included, and what those regions hold.
  public var asked: RequestRate
  public var held: RequestRate
}

extension RegionProblem {
  /// The slack of the normal state and of each loss, in this order, for some capacity by region (requests a second).
  ///
  /// The largest factor l for which demand x l still flows: by the theorem of Gale and Hoffman the least, over sets of
  /// origins, of what may serve them over what they need. Discrete Newton steps find it: each flow that fails names a set
  /// whose ratio is smaller (Dinkelbach 1967; Radzik 1998).
  public func slack(capacity: [Double]) -> [PlacementSlack] {
    let states = PlacementSolver.states(self, strategy: .best)
    var cutter = CapacityCuts(self, states: states)
    return states.indices.map { s in
      var worst = PlacementSlack(
        loss: states[s].loss, hour: 0, factor: .infinity, origins: [], regions: [], asked: .zero, held: .zero)
      for hour in 0..<steps {
        if let found = cutter.tightest(capacity, state: s, hour: hour, below: worst.factor) { worst = found }
      }
      return worst
    }
  }

  /// By how much all demand may grow before something no longer holds: 0.3 is 30 % to the cliff, below 0 something does not
  /// hold now.
  public func cliff(capacity: [Double]) -> Double { (slack(capacity: capacity).map(\.factor).min() ?? .infinity) - 1 }

  /// Where each origin's demand goes in an hour of the normal state: home first, then the other regions that may serve it,
  /// as rates by origin and region.
  public func routing(capacity: [Double], hour: Int) -> [[Double]] {
    let state = RegionState(self, loss: nil)
    var flow = BipartiteFlow(origins: origins.count, regions: regions.count)
    let demand = origins.indices.map { state.demand(self, $0, hour) }
    _ = flow.run(
      demand: demand, capacity: capacity.map { $0 / (1 + normal.headroom) },
      preferred: origins.indices.map { o in
        origins[o].home.flatMap { state.admitted[o].contains($0) ? $0 : nil } ?? -1
      }, admits: state.admitted, tolerance: CapacityCuts.tolerance(demand.reduce(0, +)))
    return origins.indices.map { o in regions.indices.map { flow.sent(o, to: $0) } }
  }

  /// The regions that may serve an origin after a loss, or in the normal state.
  public func admitted(_ origin: Int, losing loss: Int?) -> [Int] {
    RegionState(self, loss: loss).admitted[origin].members
  }
}

extension CapacityCuts {
  /// The factor by which a state's demand of an hour may be multiplied, where it is below a bound; nil where it is not.
  mutating func tightest(
    _ capacity: [Double], state s: Int, hour: Int, below bound: Double
  ) -> PlacementSlack? {
    let demand = problem.origins.indices.map { states[s].demand(problem, $0, hour) }
    guard demand.contains(where: { $0 > 0 }) else { return nil }
    func ratio(_ cut: Cut) -> PlacementSlack {
      let held = cut.regions.members.reduce(0) { $0 + capacity[$1] }
      return PlacementSlack(
        loss: states[s].loss, hour: hour, factor: held / cut.rate, origins: cut.origins, regions: cut.regions.members,
        asked: .perSecond(cut.rate), held: .perSecond(held))
    }
    var best: PlacementSlack?
    if bound.isInfinite {
      best = ratio(cut(of: problem.origins.indices.filter { demand[$0] > 0 }, state: s, hour: hour))
    }
    // Each step names a set with a smaller ratio, and there are as many as there are ratios: a few in practice.
    for _ in 0..<(4 * problem.origins.count + 8) {
      let factor = best?.factor ?? bound
      guard factor > 0, let cut = violated(by: capacity, state: s, hour: hour, times: factor) else { break }
      let found = ratio(cut)
      guard found.factor < factor * (1 - 1e-12) else { break }
      best = found
    }
    return best.flatMap { $0.factor < bound ? $0 : nil }
  }
}
