import Catalogs
import Costs
import Placing
import Quantities

extension CommitmentSlice {
  /// A promise to spend over the coming year's ordinary weeks, in the provider's order of application, less what is promised
  /// already.
  static func spend(_ draft: PlanDraft) -> SpendLadder? {
    let spec = draft.plan[CommitmentSlice.self]
    let week = draft[SizingSlice.self].hourOfWeek
    guard !spec.savings.isEmpty, !week.isEmpty else { return nil }
    let supply = draft.plan.fleet.supply
    let hours = week.map { supply.holding($0).fleet.pools.map(\.count) }
    let growth = draft[DemandSlice.self].growth?.mid.rawValue ?? 0
    // The year's middle stands for the year.
    let factor = max(0, 1 + growth).squareRoot()
    let today = draft.today
    let usages = supply.pools.enumerated().compactMap { i, pool -> SpendCommitment.Usage? in
      guard pool.lifecycle == .onDemand, let price = pool.price, let committed = spec.savings[pool.machine.name] else {
        return nil
      }
      // What is committed to already covers its part first (AWS applies reservations before savings plans).
      let covered = spec.existing.filter {
        $0.machine == pool.machine.name && ($0.region.isEmpty || $0.region == pool.region) && $0.until >= today + 183
      }.reduce(0) { $0 + $1.units }
      return SpendCommitment.Usage(
        name: pool.region.isEmpty ? pool.machine.name : "\(pool.machine.name) in \(pool.region)",
        onDemand: price.hourly, committed: committed,
        units: hours.map { max(0, Double($0[i]) * factor - Double(covered)) })
    }
    guard !usages.isEmpty else { return nil }
    let commitment = SpendCommitment(usages)
    let choice = commitment.optimum()
    let promised = spec.promises.filter { $0.until >= today + 183 }.reduce(HourlyPrice.zero) { $0 + $1.hourly }
    return SpendLadder(
      promised: promised, choice: choice, order: commitment.usages.map(\.name), weekHours: week.count,
      date: today)
  }

  /// Capacity to buy ahead, pool by pool, for the days of the horizon.
  static func blocks(_ draft: PlanDraft) -> [BlockLadder] {
    let plan = draft.plan
    let days = draft[DemandSlice.self].forecast?.dailyPeaks.filter { $0.date >= draft.today } ?? []
    guard !days.isEmpty, plan.fleet.origins.contains(where: { !$0.blocks.isEmpty }) || plan.fleet.hasBlocks else {
      return []
    }
    let share = 1 + draft[HeadroomSlice.self].fraction
    let counts = days.map {
      plan.fleet.supply.holding(max(1, plan.replicas(for: $0.peak.mid * share))).fleet.pools.map(\.count)
    }
    return plan.fleet.supply.pools.enumerated().compactMap { i, pool -> BlockLadder? in
      guard pool.lifecycle == .onDemand, let price = pool.price, let block = plan.fleet.block(of: pool) else {
        return nil
      }
      let obtainable = plan.fleet.obtainable(of: pool)
      let market = BlockMarket(
        block: block, onDemand: price.hourly, obtainable: Fraction(rawValue: obtainable?.probability ?? 1),
        shortage: price.hourly * shortageFactor)
      let choice = market.optimum(demand: counts.map { $0[i] })
      return BlockLadder(
        machine: pool.machine.name, region: pool.region, block: block, choice: choice, first: draft.today,
        obtainable: obtainable?.probability ?? 1)
    }
  }

  /// What an hour without a machine that is needed costs, in times its price: as `choose` and `place` count what is missing.
  static let shortageFactor = 10.0
}

/// A promise to spend.
public struct SpendLadder: Hashable, Sendable {
  /// What is promised already.
  public var promised: HourlyPrice
  /// The best promise in all; money is of an ordinary week.
  public var choice: SpendCommitment.Choice
  /// In the order in which a promise is used up.
  public var order: [String]
  public var weekHours: Int
  public var date: CivilDate

  /// What to promise beside what is promised.
  public var more: HourlyPrice { max(.zero, choice.promise - promised) }
  private var scale: Double { weekHours > 0 ? 8760 / Double(weekHours) : 0 }
  public var costOfYear: Money { choice.cost * scale }
  public var savingOfYear: Money { choice.saving * scale }
}

/// Capacity that is bought ahead, of one machine type in one region.
public struct BlockLadder: Hashable, Sendable {
  public var machine: String
  public var region: String
  public var block: CapacityBlock
  public var choice: BlockMarket.Choice
  /// The day that the choice counts from.
  public var first: CivilDate
  public var obtainable: Double

  /// What to buy: from when, for how long, and the last day to order.
  public var steps: [(purchase: BlockMarket.Purchase, from: CivilDate, orderBy: CivilDate)] {
    choice.purchases.map { ($0, first + $0.firstDay, first + $0.orderBy) }
  }
}

extension FleetSettings {
  /// Blocks of a plan without regions.
  var hasBlocks: Bool { !planBlocks.isEmpty }
  func block(of pool: Pool) -> CapacityBlock? {
    origins.first { $0.name == pool.region }?.blocks[pool.machine.name]
      ?? (origins.isEmpty ? planBlocks[pool.machine.name] : nil)
  }
  func obtainable(of pool: Pool) -> Obtainable? {
    origins.first { $0.name == pool.region }?.obtainable[pool.machine.name]
      ?? (origins.isEmpty ? planObtainable[pool.machine.name] : nil)
  }
}
