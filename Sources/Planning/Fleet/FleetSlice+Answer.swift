import Catalogs
import Quantities

extension FleetSlice {
  /// Notes the packing and the prices that sizes and bills rest on.
  static func answer(_ draft: inout PlanDraft) -> FleetAnswer {
    let fleet = draft.plan.fleet
    draft.ledger.note(
      "replicas-per-machine", "replicas on one machine", Double(fleet.replicasPerMachine), .count,
      from: draft.plan.origin(
        "machines[0].replicas",
        otherwise: draft.plan.origin(
          "simulation.nodes.per node", otherwise: .assumption(why: "one replica takes one machine"))))
    var ids: [String] = []
    for pool in fleet.supply.pools where !pool.lifecycle.isStandby || pool.count > 0 {
      guard let price = pool.price else { continue }
      // The preferred machine on demand is the price; others are named.
      let isFirst = pool.machine == fleet.supply.pools.first?.machine && pool.lifecycle == .onDemand
      let words =
        (["price"]
        + (isFirst && !ids.contains("price") ? [] : [pool.region, pool.machine.name, pool.lifecycle.rawValue]))
        .filter { !$0.isEmpty }
      let id = words.joined(separator: "-").replacingSpaces
      guard draft.ledger[id] == nil else { continue }
      let title =
        words.count == 1
        ? "price of a machine hour"
        : "price of an hour of \(pool.machine.name) (\(pool.lifecycle)\(pool.region.isEmpty ? "" : ", \(pool.region)"))"
      draft.ledger.note(
        id, title, price.hourly.dollarsPerHour, .price, from: origin(of: price, pool, draft.plan))
      ids.append(id)
    }
    return FleetAnswer(prices: ids)
  }

  private static func origin(of price: Price, _ pool: Pool, _ plan: Plan) -> Derivation.Origin {
    let catalog = Derivation.Origin.catalog(source: source(of: price))
    guard price.region == Price.anyRegion else { return catalog }
    let key = "prices.\(pool.machine.name)"
    return plan.origin("\(key).\(pool.lifecycle.rawValue)", otherwise: plan.origin(key, otherwise: catalog))
  }

  /// Where a price comes from, in words.
  static func source(of price: Price) -> String {
    if price.region == Price.anyRegion, price.date.isEmpty { return "the plan file" }
    return "\(price.source)\(price.date.isEmpty ? "" : ", \(price.date)")\(price.isEstimate ? " (estimated)" : "")"
  }

  static func judge(_ draft: inout PlanDraft) {
    let fleet = draft.plan.fleet
    if fleet.machine == nil {
      draft.tell(FleetFinding.noMachine)
    }
    var told: Set<String> = []
    for pool in fleet.supply.pools where pool.machine.isNamed && (pool.price?.hourly ?? .zero) <= .zero {
      guard pool.lifecycle != .standbyCold, told.insert("\(pool.machine.name) \(pool.lifecycle)").inserted else {
        continue
      }
      draft.tell(FleetFinding.noPrice(machine: pool.machine.name, pool.lifecycle))
    }
    if let survive = fleet.survive, survive.what == "region", fleet.regions.isEmpty, let of = survive.of {
      draft.assume(FleetAssumption.equalRegions(of))
    }
  }
}
