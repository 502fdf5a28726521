/// What each region must hold where the split of the traffic is a rule and not a choice: each origin's demand goes to the
/// regions that stand and may serve it in proportion to the traffic that is at home there.
struct FixedShares: Sendable {
  /// Requests a second of capacity that each region needs, over all states and hours.
  private(set) var needed: [Double]
  /// Normal traffic served away from home, summed over the hours.
  private(set) var away = 0.0
  private var worst: [(state: Int?, hour: Int)]

  init(_ problem: RegionProblem, _ states: [RegionState]) {
    needed = [Double](repeating: 0, count: problem.regions.count)
    worst = needed.map { _ in (nil, 0) }
    var weights = needed
    for origin in problem.origins {
      if let home = origin.home { weights[home] += origin.demand.reduce(0, +) }
    }
    // A region without machines serves nothing.
    for r in weights.indices where PlacementClash.largest(problem, r) <= 0 { weights[r] = 0 }
    for state in states {
      for hour in 0..<problem.steps {
        var flow = [Double](repeating: 0, count: problem.regions.count)
        for (o, origin) in problem.origins.enumerated() {
          let demand = state.demand(problem, o, hour)
          let regions = state.admitted[o].members
          let sum = regions.reduce(0) { $0 + weights[$1] }
          for r in regions where demand > 0 {
            let part = demand * (sum > 0 ? weights[r] / sum : 1 / Double(regions.count))
            flow[r] += part
            if state.loss == nil, r != origin.home { away += part }
          }
        }
        for r in flow.indices where flow[r] * (1 + state.terms.headroom) > needed[r] {
          needed[r] = flow[r] * (1 + state.terms.headroom)
          worst[r] = (state.loss, hour)
        }
      }
    }
  }

  /// Regions whose fixed need is more than they can ever hold.
  func clash(_ most: [Double]) -> [PlacementClash] {
    needed.indices.filter { needed[$0] > most[$0] + CapacityCuts.tolerance(needed[$0]) }.map { r in
      .capacity(
        origins: [], regions: [r], loss: worst[r].state, hour: worst[r].hour, needed: needed[r], available: most[r])
    }
  }
}
