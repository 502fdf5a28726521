import Optimizing

/// The least traffic that is served away from home, hour by hour, in the normal state, as a convex function of capacity.
///
/// A linear program an hour; its duals give a plane below the function (a Benders cut): away >= constant - sum slope x
/// capacity.
struct EgressFlow {
  struct Plane {
    var hour: Int
    var constant: Double
    /// By region.
    var slopes: [Double]
    /// The function's value where it was asked.
    var value: Double
  }

  private let problem: RegionProblem
  private let state: RegionState
  private let relaxed: RelaxedProgram
  private let demandRows: [LinearProgram.Constraint]
  private let capacityRows: [LinearProgram.Constraint]
  private let homes: [Int]
  private let arcs: [(origin: Int, region: Int, variable: LinearProgram.Variable)]

  init(_ problem: RegionProblem, state: RegionState) throws(OptimizingError) {
    self.problem = problem
    self.state = state
    homes = problem.origins.indices.map { o in
      problem.origins[o].home.flatMap { state.admitted[o].contains($0) ? $0 : nil } ?? -1
    }
    var program = LinearProgram()
    var byOrigin: [[LinearProgram.Term]] = problem.origins.map { _ in [] }
    var byRegion: [[LinearProgram.Term]] = problem.regions.map { _ in [] }
    var arcs: [(Int, Int, LinearProgram.Variable)] = []
    for o in problem.origins.indices {
      for r in state.admitted[o].members {
        let x = program.variable(cost: r == homes[o] ? 0 : 1)
        byOrigin[o].append((x, 1))
        byRegion[r].append((x, 1))
        arcs.append((o, r, x))
      }
    }
    self.arcs = arcs
    demandRows = byOrigin.map { program.constrain($0, atLeast: 0, atMost: 0) }
    capacityRows = byRegion.map { program.constrain($0, atMost: 0) }
    relaxed = try RelaxedProgram(program)
  }

  /// Where an hour's normal traffic goes at the least egress, as rates by origin and region; nil where the capacity does
  /// not suffice.
  func shares(hour: Int, capacity: [Double]) -> [[Double]]? {
    guard let solution = solve(hour: hour, capacity: capacity) else { return nil }
    var rates = problem.origins.map { _ in [Double](repeating: 0, count: problem.regions.count) }
    for (o, r, x) in arcs { rates[o][r] = solution[x] }
    return rates
  }

  private func solve(hour: Int, capacity: [Double]) -> Solution? {
    let scale = 1 + state.terms.headroom
    for o in problem.origins.indices {
      let d = state.demand(problem, o, hour)
      relaxed.move(demandRows[o], atLeast: d, atMost: d)
    }
    for r in problem.regions.indices { relaxed.move(capacityRows[r], atMost: capacity[r] / scale + 1e-6) }
    let solution = relaxed.solve()
    return solution.status == .optimal ? solution : nil
  }

  /// - Returns: nil where the capacity does not suffice.
  func plane(hour: Int, capacity: [Double]) -> Plane? {
    let demand = problem.origins.indices.map { state.demand(problem, $0, hour) }
    let scale = 1 + state.terms.headroom
    let solution = solve(hour: hour, capacity: capacity)
    guard let solution else { return nil }
    var constant = 0.0
    for o in problem.origins.indices { constant += solution.rowDuals[demandRows[o].index] * demand[o] }
    let slopes = problem.regions.indices.map { max(0, -solution.rowDuals[capacityRows[$0].index]) / scale }
    return Plane(hour: hour, constant: constant, slopes: slopes, value: max(0, solution.objective))
  }
}
