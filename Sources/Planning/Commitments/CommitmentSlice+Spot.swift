import Catalogs
import Costs
import Documents
import Quantities

extension CommitmentSlice {
  static let spotServing = ObjectSchema(
    title: "spot serving",
    summary: "Serving on a base on demand with spot machines above it; an empty mapping takes what is usual.",
    fields: [
      Field("availability", "the share of requests that must be served", UnitSchema.share, example: "99.9%"),
      Field(
        "fallback", "from a reclaim until what ran there serves on demand", UnitSchema.span, example: "3m"),
      Field("reclaims", "how often an hour one machine is reclaimed", .number, example: "0.05"),
      Field(
        "pool reclaims", "how often an hour all spot machines of a type are reclaimed at once", .number,
        example: "0.005"),
      Field("absence", "the share of the time in which spot machines cannot be had", UnitSchema.share, example: "2%"),
    ])

  static func readSpot(_ node: Node?, _ reader: inout NodeReader) -> SpotServingSpec? {
    guard let node, !node.isNull else { return nil }
    let path = "commitments.spot serving"
    var spec = SpotServingSpec()
    if let share = reader.share(
      node["availability"], path + ".availability", 0...1, help: "write a share, as 99.9%")
    {
      spec.availability = share
    }
    if let span = reader.span(node["fallback"], path + ".fallback", atMost: .days(1)) { spec.fallback = span }
    let help = "write how often an hour, from 0 to 60"
    if let rate = reader.number(node["reclaims"], path + ".reclaims", 0...60, help: help) { spec.reclaims = rate }
    if let rate = reader.number(node["pool reclaims"], path + ".pool reclaims", 0...60, help: help) {
      spec.poolReclaims = rate
    }
    if let share = reader.share(node["absence"], path + ".absence", 0...1, help: "write a share, as 2%") {
      spec.absence = share
    }
    return spec
  }

  /// The base on demand and the spot machines above it, for each type that has a spot price, over the coming year's ordinary
  /// weeks.
  static func spot(_ draft: PlanDraft) -> [SpotLadder] {
    let week = draft[SizingSlice.self].hourOfWeek
    guard let spec = draft.plan[CommitmentSlice.self].spot, !week.isEmpty else { return [] }
    let supply = draft.plan.fleet.supply
    let growth = draft[DemandSlice.self].growth?.mid.rawValue ?? 0
    // The year's middle stands for the year.
    let factor = max(0, 1 + growth).squareRoot()
    let hours = week.map { supply.holding($0).fleet.pools.map(\.count) }
    return supply.pools.enumerated().compactMap { i, pool -> SpotLadder? in
      guard pool.lifecycle == .onDemand, let price = pool.price,
        let spot = pool.machine.price(.spot, in: pool.region.isEmpty ? nil : pool.region)
      else { return nil }
      let serving = SpotServing(
        onDemand: price.hourly, spot: spot.hourly, reclaims: spec.reclaims, poolReclaims: spec.poolReclaims,
        fallback: spec.fallback.seconds, absence: spec.absence, objective: spec.availability)
      let demand = hours.map { (Double($0[i]) * factor).rounded(.up) }
      return SpotLadder(
        machine: pool.machine.name, region: pool.region, serving: serving, spot: spot,
        choice: serving.optimum(demand: demand), peak: Int(demand.max() ?? 0), weekHours: week.count)
    }
  }
}

/// What stands under `commitments: spot serving`; rates are those of `commit --batch` where nothing is said.
public struct SpotServingSpec: Hashable, Sendable {
  public var availability = 0.999
  public var fallback = Duration.seconds(180)
  /// An hour.
  public var reclaims = 0.05
  public var poolReclaims = 0.005
  public var absence = 0.02
}

/// How much of one machine type in one region stands on demand, and how much above it on spot machines.
public struct SpotLadder: Hashable, Sendable {
  public var machine: String
  public var region: String
  public var serving: SpotServing
  public var spot: Price
  /// Nil where no base holds the availability.
  public var choice: SpotServing.Choice?
  /// Machines of the busiest hour.
  public var peak: Int
  public var weekHours: Int

  private var scale: Double { weekHours > 0 ? 8760 / Double(weekHours) : 0 }
  public var costOfYear: Money? { choice.map { $0.cost * scale } }
  public var savingOfYear: Money? { choice.map { ($0.costOnDemand - $0.cost) * scale } }
}

extension PlanOutcome {
  public var spotServing: [SpotLadder] { self[CommitmentSlice.self].spot }
}
