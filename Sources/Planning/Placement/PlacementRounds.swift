import Catalogs
import Optimizing
import Placing

/// Places replicas that share a line, whose number says what each of them carries, until the placement and what it was counted
/// with agree: a fixed point, in a few rounds.
///
/// Each round counts a replica of a region with a guess, places, and learns what that region's line really carries. Where nothing
/// holds after all of them, the last round counts with replicas that stand alone: none carries less.
struct PlacementRounds {
  /// One placement, held against what the regions' lines carry.
  struct Round {
    var outcome: PlacementOutcome
    /// The machines that were placed; nil where nothing was.
    var fleet: Fleet?
    /// What each region was counted with, in requests a second, and what its line carries.
    fileprivate var counted: [Double] = []
    fileprivate var carried: [(replicas: Int, rate: Double)] = []

    /// Whether every region carries what it was counted with.
    fileprivate var carriesAll: Bool {
      carried.indices.allSatisfy { carried[$0].rate >= counted[$0] * (1 - 1e-9) }
    }
    /// Whether it carries that and no more, so that another round would be the same.
    fileprivate var isExact: Bool {
      carried.indices.allSatisfy { abs(carried[$0].rate - counted[$0]) <= counted[$0] * 1e-9 }
    }
    /// Whether the demand is served, also after each loss. A rule keeps to its own shares: it holds where all is carried.
    fileprivate var holds: Bool {
      carriesAll || outcome.strategy == .best && (outcome.tightest?.factor ?? .infinity) >= 1 - 1e-9
    }
    fileprivate var counts: [Int] { outcome.placement?.counts ?? [] }
  }

  private static let most = 5

  private let draft: PlanDraft
  private let strategy: PlacementStrategy
  /// What a replica is counted with, by region.
  private var each: [Double]
  /// Where a line lacked something, a replica is never again counted with more than it carried there: two sizes, each of which
  /// asks for the other, would take turns for ever.
  private var ceilings: [Double]
  private var seen: Set<[Int]> = []
  /// The cheapest that holds.
  private var best: Round?

  init(_ draft: PlanDraft) {
    self.draft = draft
    strategy = draft.plan[PlacementSlice.self].strategy
    each = PlacementBuilding.each(draft)
    ceilings = each.map { _ in .infinity }
  }

  /// The cheapest placement that holds; where none does, the one that counts replicas as if they stood alone.
  mutating func settled() -> Round {
    for _ in 0..<Self.most {
      let round = place()
      guard round.fleet != nil else { return best ?? round }
      if round.holds, best.map({ isCheaper(round, than: $0) }) ?? true { best = round }
      if round.isExact || !seen.insert(round.counts).inserted {
        // Nothing is learnt from it any more.
        if let best { return best }
        countAsAlone()
      } else {
        learn(from: round)
      }
    }
    if let best { return best }
    countAsAlone()
    return place()
  }

  private func isCheaper(_ one: Round, than other: Round) -> Bool {
    guard let cost = one.outcome.placement?.cost, let least = other.outcome.placement?.cost else { return false }
    return cost < least
  }

  private func place() -> Round {
    let built = PlacementBuilding(draft, each: each)
    var outcome = PlacementOutcome(
      stated: built.problem, problem: built.problem.assured(built.procurement), procurement: built.procurement,
      strategy: strategy)
    do throws(OptimizingError) {
      // No clock decides: the same plan gives the same placement.
      var limits = PlacementSolver.Limits()
      limits.gap = 1e-4
      limits.nodes = 2000
      outcome.placement = try outcome.problem.placed(strategy, limits: limits)
    } catch {
      outcome.fault = error
    }
    guard let placement = outcome.placement, !placement.counts.isEmpty else {
      return Round(outcome: outcome, fleet: nil)
    }
    let carried = built.carried(placement.counts)
    outcome.slack = outcome.problem.slack(capacity: carried.map(\.rate))
    return Round(
      outcome: outcome, fleet: built.placed(placement.counts), counted: placement.capacity(outcome.problem),
      carried: carried)
  }

  private mutating func learn(from round: Round) {
    for (r, line) in round.carried.enumerated() where line.replicas > 0 {
      let real = line.rate / Double(line.replicas)
      if !round.holds, line.rate < round.counted[r] * (1 - 1e-9) { ceilings[r] = min(ceilings[r], real) }
      each[r] = strategy == .best ? min(real, ceilings[r]) : min(each[r], real)
    }
  }

  private mutating func countAsAlone() {
    let alone = draft.plan.service.capacity.mid.carried(by: 1).rawValue
    if alone > 0 { each = each.map { min($0, alone) } }
  }
}
