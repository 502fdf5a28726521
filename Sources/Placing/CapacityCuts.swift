/// Finds what a distribution of capacity lacks, state by state and hour by hour.
///
/// Flows need not be variables: by the theorem of Gale and Hoffman (max-flow min-cut) demand can be served exactly when for
/// every set of origins the regions that may serve one of them hold together what the set needs. Each failed state and hour
/// gives one such inequality, over machines alone; few of them bind.
struct CapacityCuts {
  /// Regions that together must hold at least so much (requests a second).
  struct Cut: Hashable {
    var regions: RegionSet
    var rate: Double
    var state: Int
    var hour: Int
    var origins: [Int]
  }

  let problem: RegionProblem
  let states: [RegionState]
  private var flow: BipartiteFlow

  init(_ problem: RegionProblem, states: [RegionState]) {
    self.problem = problem
    self.states = states
    flow = BipartiteFlow(origins: problem.origins.count, regions: problem.regions.count)
  }

  /// What rounding may leave over: below what any check of a plan can see.
  static func tolerance(_ total: Double) -> Double { max(1e-7, 1e-12 * total) }

  /// The cuts that some capacity by region violates, the strongest for each set of regions.
  mutating func violated(by capacity: [Double]) -> [Cut] {
    var found: [RegionSet: Cut] = [:]
    for s in states.indices {
      for hour in 0..<problem.steps {
        guard let cut = violated(by: capacity, state: s, hour: hour) else { continue }
        if found[cut.regions].map({ $0.rate < cut.rate }) ?? true { found[cut.regions] = cut }
      }
    }
    // In an order that hashing does not change.
    return found.values.sorted { ($0.state, $0.hour) < ($1.state, $1.hour) }
  }

  /// - Parameter factor: what the demand is multiplied by; the cut that is named is of the demand itself.
  mutating func violated(by capacity: [Double], state s: Int, hour: Int, times factor: Double = 1) -> Cut? {
    let state = states[s]
    let scale = 1 + state.terms.headroom
    let demand = problem.origins.indices.map { state.demand(problem, $0, hour) * factor }
    let total = demand.reduce(0, +)
    let (unserved, origins) = flow.run(
      demand: demand, capacity: capacity.map { $0 / scale }, admits: state.admitted, tolerance: Self.tolerance(total))
    guard unserved > Self.tolerance(total) else { return nil }
    return cut(of: origins.filter { demand[$0] > 0 }, state: s, hour: hour)
  }

  /// What a set of origins needs of the regions that may serve it.
  func cut(of origins: [Int], state s: Int, hour: Int) -> Cut {
    let state = states[s]
    var regions = RegionSet(problem.regions.count)
    var rate = 0.0
    for o in origins {
      regions.formUnion(state.admitted[o])
      rate += state.demand(problem, o, hour)
    }
    return Cut(regions: regions, rate: rate * (1 + state.terms.headroom), state: s, hour: hour, origins: origins)
  }
}
