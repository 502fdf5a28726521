import Catalogs
import Costs
import Documents
import Placing
import Quantities

extension FleetSlice {
  static func resolve(_ resolver: inout PlanResolver) -> FleetSettings? {
    let spec = resolver.spec.fleet
    let named = Set((spec.machines + spec.regions.flatMap(\.machines)).map(\.type))
    if let prices = spec.prices {
      let used = known(prices, named, &resolver)
      resolver.catalog = resolver.catalog.priced(by: used, date: "", own: named, &resolver.reader)
      resolver.plan.places.merge(resolver.reader.places) { first, _ in first }
    }
    let packing = packing(spec, &resolver)
    var pools: [Pool] = []
    for (i, region) in (spec.regions.isEmpty ? [RegionSpec()] : spec.regions).enumerated() {
      let own = region.machines.isEmpty ? spec.machines : region.machines
      let path = region.machines.isEmpty ? "machines" : "regions.\(region.name).machines"
      // A fault of the plan's own list is told once, not once for each region.
      let isTold = i > 0 && region.machines.isEmpty
      for (j, machine) in own.enumerated() {
        guard let found = resolve(machine, "\(path)[\(j)].type", isTold: isTold, &resolver) else { continue }
        pools += self.pools(machine, found, in: region.name)
      }
      if own.isEmpty {
        pools.append(Pool(region: region.name, machine: .unnamed, replicasPerMachine: packing ?? 1))
      }
    }
    checkFailures(spec, &resolver)
    guard !pools.isEmpty else { return nil }
    var origins = spec.regions
    for i in origins.indices {
      let machines = origins[i].machines.isEmpty ? spec.machines : origins[i].machines
      (origins[i].obtainable, origins[i].blocks) = procurement(machines, in: origins[i].name, resolver.catalog)
    }
    let own = procurement(spec.machines, in: nil, resolver.catalog)
    return FleetSettings(
      supply: Fleet(pools: pools, regions: spec.regions.map { .init(name: $0.name, share: $0.share) }),
      origins: origins, planObtainable: own.obtainable, planBlocks: own.blocks,
      survive: spec.survive.map { $0.over(regions: spec.regions.count) }, quotaLead: spec.quotaLead ?? .days(14))
  }

  /// How surely machines can be had, and what is bought ahead; a block without a price of its own costs what the machine
  /// costs on demand.
  private static func procurement(
    _ machines: [MachineSpec], in region: String?, _ catalog: Catalog
  ) -> (obtainable: [String: Obtainable], blocks: [String: CapacityBlock]) {
    var found: (obtainable: [String: Obtainable], blocks: [String: CapacityBlock]) = ([:], [:])
    for machine in machines {
      found.obtainable[machine.type] = machine.obtainable
      guard var block = machine.block else { continue }
      if block.hourly == .zero {
        block.hourly = catalog.machine(machine.type)?.price(.onDemand, in: region)?.hourly ?? .zero
      }
      found.blocks[machine.type] = block
    }
    return found
  }

  /// The ways in which a machine may be held: what is committed, then spot up to its share, then on demand.
  private static func pools(_ spec: MachineSpec, _ machine: Machine, in region: String) -> [Pool] {
    func pool(_ lifecycle: Lifecycle, count: Int = 0, quota: Int? = nil, share: Double? = nil) -> Pool {
      Pool(
        region: region, machine: machine, lifecycle: lifecycle, count: count, replicasPerMachine: spec.replicas,
        quota: quota, share: share.map { Fraction(rawValue: $0) })
    }
    var pools: [Pool] = []
    if spec.reserved > 0 { pools.append(pool(spec.term, count: spec.reserved, quota: spec.reserved)) }
    if spec.spot > 0 { pools.append(pool(.spot, quota: spec.spotQuota, share: spec.spot)) }
    pools.append(pool(.onDemand, quota: spec.quota.map { max(0, $0 - spec.reserved) }))
    pools += spec.standby.map { pool($0.lifecycle, count: $0.count) }
    return pools
  }

  private static func resolve(
    _ spec: MachineSpec, _ path: String, isTold: Bool, _ resolver: inout PlanResolver
  ) -> Machine? {
    if let machine = resolver.catalog.machine(spec.type) {
      let foreign = machine.prices.isEmpty ? resolver.known.machine(spec.type)?.prices.first : nil
      if let foreign, !isTold {
        resolver.fail(
          "the price of '\(spec.type)' is in \(foreign.currency.title) (\(foreign.source)), and the plan counts in \(Currency.current.title)",
          path, at: spec.location, help: "add prices: { \(spec.type): 1.20 \(Currency.current)/h }")
      }
      return machine
    }
    let near = nearest(spec.type, in: resolver.catalog.machines.map { $0.name })
    let own = "add prices: { \(spec.type): \(Currency.current.written("1.20", isNegative: false, per: "/h")) }"
    if !isTold {
      resolver.fail(
        "'\(spec.type)' is not in the catalog of machines", path, at: spec.location,
        help: near.map { "did you mean '\($0)'? Else \(own)" } ?? own)
    }
    return nil
  }

  /// The prices of machines that the plan uses; a word on the others.
  private static func known(_ prices: Node, _ named: Set<String>, _ resolver: inout PlanResolver) -> Node {
    let first = resolver.spec.fleet.machines.first?.type
    for entry in prices.entries ?? [] where !named.contains(entry.key) {
      resolver.warn(
        "the price of '\(entry.key)' is not used", "prices.\(entry.key)", at: entry.keyLocation,
        help: first.map { "the plan's machine is '\($0)'" } ?? "name it under machines")
    }
    return prices.filter { named.contains($0) }
  }

  /// How many replicas one machine holds is said in one place: under machines. Nodes that say it, too, must agree.
  private static func packing(_ spec: FleetSpec, _ resolver: inout PlanResolver) -> Int? {
    guard let said = resolver.spec.simulation.replicasPerNode else { return nil }
    let all = spec.machines + spec.regions.flatMap(\.machines)
    if let other = all.first(where: { $0.replicas != said }) {
      resolver.fail(
        "'per node' says \(said) replicas on a node, and \(other.type) holds \(other.replicas)",
        "simulation.nodes.per node", help: "say it once: machines: [ { type: \(other.type), replicas: \(said) } ]")
    }
    return said
  }

  private static func checkFailures(_ spec: FleetSpec, _ resolver: inout PlanResolver) {
    var asked: [(FailureTolerance, String)] = []
    if let survive = spec.survive { asked.append((survive, "survive")) }
    if case .cover(let cover)? = resolver.spec.headroom.choice, let failures = cover.failures {
      asked.append((failures, "headroom.cover.failures"))
    }
    for (tolerance, path) in asked {
      if tolerance.what == "region", let of = tolerance.of, !spec.regions.isEmpty, of != spec.regions.count {
        resolver.fail(
          "the plan lists \(spec.regions.count) regions, not \(of)", path,
          help: "write '\(tolerance.lost) of \(spec.regions.count) regions', or list the others under regions")
        continue
      }
      let counted = tolerance.over(regions: spec.regions.count)
      guard counted.factor(shares: spec.regions.map { $0.share }) == nil else { continue }
      resolver.fail(
        "losing \(tolerance.lost) \(tolerance.what)\(tolerance.lost == 1 ? "" : "s") leaves nothing", path,
        help: spec.regions.isEmpty ? "list the regions, or write '1 of 3 zones'" : "survive fewer, or add a region")
    }
  }
}
