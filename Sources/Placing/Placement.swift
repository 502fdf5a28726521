import Quantities

/// Where what stands, at the least cost found, with its proof.
public struct Placement: Hashable, Sendable {
  public enum Status: String, Hashable, Sendable {
    /// Nothing costs less, to the gap that was asked for.
    case optimal
    /// Holds; at most ``gap`` above the least cost.
    case feasible
    /// Nothing holds: ``clash`` says why.
    case infeasible
    /// Stopped before anything that holds was found.
    case unknown
  }
  public var status: Status
  /// Machines by offer, in the problem's order; empty where nothing holds.
  public var counts: [Int]
  /// Machines, fixed costs and the least egress of an hour on average.
  public var cost: HourlyPrice
  /// The egress in it.
  public var egress: HourlyPrice
  /// No placement costs less.
  public var bound: HourlyPrice
  /// The cost of the relaxation in which machines may be split.
  public var relaxation: HourlyPrice
  /// (cost - bound) / cost.
  public var gap: Double {
    let open = cost > .zero ? 1 - bound / cost : 0
    return open > 1e-9 ? open : 0
  }
  /// Origins that some loss leaves without any region that may serve them.
  public var unservable: [Unservable]
  public var clash: [PlacementClash]
  /// Rounds of the mixed-integer program and inequalities that they needed.
  public var rounds: Int
  public var cuts: Int

  public struct Unservable: Hashable, Sendable {
    public var origin: Int
    public var loss: Int
  }

  /// Requests a second that a region's machines serve.
  public func capacity(_ problem: RegionProblem) -> [Double] {
    var sums = [Double](repeating: 0, count: problem.regions.count)
    for (offer, n) in zip(problem.offers, counts) { sums[offer.region] += offer.rate.rawValue * Double(n) }
    return sums
  }
}

/// A smallest set of constraints that cannot hold together.
public enum PlacementClash: Hashable, Sendable {
  /// An origin that no region may serve in the normal state.
  case unreachable(origin: Int, nearest: Int?, latency: Double?, limit: Double, isResidency: Bool)
  /// Origins whose demand is more than all that may serve them can ever hold: leave out one of them and it fits.
  case capacity(origins: [Int], regions: [Int], loss: Int?, hour: Int, needed: Double, available: Double)
}
