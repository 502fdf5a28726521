import Optimizing
import Quantities

/// A way to place, as a restriction of the best: what the usual rules cost beside it.
public enum PlacementStrategy: Hashable, Sendable {
  /// No restriction.
  case best
  /// Every origin is served by the nearest region that stands and may serve it.
  case nearest
  /// Every region serves a fixed part of each origin's demand, in proportion to the traffic that is at home there; what a
  /// region may not serve, or has lost, is spread over the others in the same proportion.
  case proportional
  /// Every region that may hold anything is open, and serves its own share or more.
  case activeActive
  /// One region serves all normal traffic; the others stand by with this share of what a loss needs: 1 hot, below it warm,
  /// 0 cold. What is missing is started when it is needed, within the quotas.
  case activePassive(standby: Double)

  public var name: String {
    switch self {
    case .best: "best"
    case .nearest: "nearest"
    case .proportional: "proportional"
    case .activeActive: "active-active"
    case .activePassive(let share): share >= 1 ? "hot" : share > 0 ? "warm" : "cold"
    }
  }

  public var title: String {
    switch self {
    case .best: "best"
    case .nearest: "nearest region that stands"
    case .proportional: "in proportion to traffic"
    case .activeActive: "active-active: every region open"
    case .activePassive(let share):
      share >= 1
        ? "active-passive, hot standby"
        : share > 0
          ? "active-passive, warm standby at \(NumberFormat.share(share))" : "active-passive, cold standby"
    }
  }

  /// All of them, the best first. The warm standby holds half of what a loss needs.
  public static let all: [PlacementStrategy] = [
    .best, .nearest, .proportional, .activeActive, .activePassive(standby: 1), .activePassive(standby: 0.5),
    .activePassive(standby: 0),
  ]

  public static func named(_ name: String) -> PlacementStrategy? {
    name == "active-passive" ? .activePassive(standby: 1) : all.first { $0.name == name }
  }
}

/// What a strategy costs.
public struct PricedStrategy: Hashable, Sendable {
  public var strategy: PlacementStrategy
  public var placement: Placement
  public init(_ strategy: PlacementStrategy, _ placement: Placement) {
    self.strategy = strategy
    self.placement = placement
  }
}

extension RegionProblem {
  /// The best placement under a strategy.
  public func placed(
    _ strategy: PlacementStrategy = .best, limits: PlacementSolver.Limits = .init()
  ) throws(OptimizingError) -> Placement {
    switch strategy {
    case .best, .nearest, .proportional:
      var solver = try PlacementSolver(self, strategy: strategy, limits: limits)
      return try solver.solve()
    case .activeActive:
      var open = self
      for r in regions.indices where offers.contains(where: { $0.region == r && $0.quota > 0 }) {
        open.regions[r].isAlwaysOpen = true
      }
      var solver = try PlacementSolver(open, limits: limits)
      return try solver.solve()
    case .activePassive(let share):
      return try activePassive(standby: share, limits)
    }
  }

  /// The cheapest primary: each region that may serve every origin is tried.
  private func activePassive(
    standby share: Double, _ limits: PlacementSolver.Limits
  ) throws(OptimizingError) -> Placement {
    // Whatever is started only after a loss must still find its machines: the quotas are held to the whole need first.
    let whole = PlacementClash.found(self, states: PlacementSolver.states(self, strategy: .best))
    var best: Placement?
    for r in regions.indices {
      var one = self
      for o in origins.indices {
        one.origins[o].primary = r
      }
      one.failure.served *= share
      var solver = try PlacementSolver(one, limits: limits)
      var placement = try solver.solve()
      if !whole.isEmpty {
        placement.status = .infeasible
        placement.clash = whole
        placement.counts = []
      }
      if let found = best, found.counts.isEmpty == placement.counts.isEmpty,
        placement.counts.isEmpty || found.cost <= placement.cost
      {
        continue
      }
      if best == nil || !placement.counts.isEmpty { best = placement }
    }
    return best
      ?? Placement(
        status: .infeasible, counts: [], cost: .zero, egress: .zero, bound: .zero, relaxation: .zero, unservable: [],
        clash: [], rounds: 0, cuts: 0)
  }
}
