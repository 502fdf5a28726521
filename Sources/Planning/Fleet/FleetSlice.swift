import Catalogs
import Costs
import Documents
import Placing
import Quantities
import Serving

/// The fleet: what replicas may run on, in which regions, at which price and within which quotas, and what may fail.
enum FleetSlice: PlanSlice {
  typealias Spec = FleetSpec
  typealias Settings = FleetSettings
  typealias Answer = FleetAnswer

  static func fields(_ format: PlanFormat) -> [Field] {
    [
      Field(
        "machines",
        "the machines that replicas run on, in order of preference; in a plan with regions, counts and quotas are each region's",
        .list(.object(machine))),
      Field(
        "prices", "your own prices by machine type, bare (on demand) or by lifecycle",
        .map(.any(of: [UnitSchema.price, .object(prices)], description: "a price, or prices by lifecycle")),
        example: "{ g5.xlarge: $0.85/h }"),
      Field("regions", "regions with their shares of the demand", .map(.object(region))),
      Field(
        "survive",
        "what must be able to fail at the peak; where no headroom is written, the fleet holds what that takes",
        .quantity("number of failures", examples: ["1 of 3 zones", "1 region"]), example: "1 of 3 zones"),
      Field("quota lead", "time that a quota request takes", UnitSchema.span, example: "14d", default: "14d"),
    ]
  }

  static let machine = ObjectSchema(
    title: "machine", summary: "A machine type from the catalog, and how it is held.",
    fields: [
      Field("type", "the type's name", .string, required: true, example: "g5.xlarge"),
      Field("replicas", "replicas on one machine", .integer, example: "1", default: "1"),
      Field("quota", "the most of them, on demand and reserved together", .integer, example: "200"),
      Field(
        "reserved", "how many are committed for a term: used first, and paid for whether used or not", .integer,
        example: "40", default: "0"),
      Field("term", "the term of what is reserved", .choice(["1y", "3y"]), default: "1y"),
      Field(
        "spot", "the largest share of the replicas that may stand on spot machines; the rest falls back to on demand",
        UnitSchema.share, example: "30%", default: "0%"),
      Field("spot quota", "the most spot machines", .integer, example: "50"),
      Field("standby", "machines that wait for a failure", .object(standby)),
      Field(
        "obtainable", "placement: how surely they can be had on demand; a quota is not capacity", .object(obtainable)),
      Field("block", "placement: bought ahead for a fixed span, prepaid and not to be cancelled", .object(block)),
    ])

  static let obtainable = ObjectSchema(
    title: "obtainable", summary: "How surely machines can be had when they are asked for.",
    fields: [
      Field(
        "probability", "that they are there when they are asked for", UnitSchema.share, required: true, example: "70%"),
      Field("lead", "how long they take where they are not", UnitSchema.span, example: "21d"),
    ])

  static let block = ObjectSchema(
    title: "block",
    summary: "Capacity that is bought ahead: the price of the machine's hour is prepaid for its whole length.",
    fields: [
      Field("price", "an hour of one machine", UnitSchema.price, example: "$31.5/h"),
      Field("lead", "between the order and the first day", UnitSchema.span, example: "1d", default: "0d"),
      Field("ahead", "how far ahead it can be ordered", UnitSchema.span, example: "56d", default: "56d"),
      Field("shortest", "in days", .integer, example: "1", default: "1"),
      Field("longest", "in days", .integer, example: "182", default: "182"),
    ])

  static let standby = ObjectSchema(
    title: "standby", summary: "Machines that wait rather than serve.",
    fields: [
      Field("hot", "running at full size, paid as on demand", .integer, example: "4", default: "0"),
      Field("warm", "running at a part of the size, paid as on demand", .integer, example: "2", default: "0"),
      Field("cold", "not running until needed, not paid by the hour", .integer, example: "10", default: "0"),
    ])

  private static let prices = ObjectSchema(
    title: "prices", summary: "Prices of an hour by how the machine is held.",
    fields: Lifecycle.allCases.map { Field($0.rawValue, "an hour held so", UnitSchema.price) })

  static let region = ObjectSchema(
    title: "region", summary: "A region that serves a share of the demand.",
    fields: [
      Field("share", "its share of the demand", UnitSchema.share, required: true, example: "60%"),
      Field("machines", "its own machines, in place of the plan's", .list(.object(machine))),
      Field(
        "residency", "placement: the regions that may serve its users; left out for all", .list(.string),
        example: "[eu-west-1, eu-central-1]"),
      Field(
        "by hour",
        "placement: its demand by hour of the day in UTC, 24 numbers in any unit; left out for the traffic's own",
        .list(.bounded(.number, minimum: 0, maximum: 1e12))),
      Field(
        "latency",
        "placement: round trips to other regions, which count both ways; a pair that no region states is unreachable where any is stated",
        .map(UnitSchema.span), example: "{ eu-west-1: 80ms }"),
      Field(
        "fixed cost", "placement: what the region costs an hour as soon as anything stands there", UnitSchema.price,
        example: "$2/h"),
      Field("minimum", "placement: the fewest machines, where there are any", .integer, example: "3", default: "0"),
      Field("maximum", "placement: the most machines", .integer, example: "200"),
    ])

  // MARK: Reading

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> FleetSpec {
    var spec = FleetSpec()
    spec.machines = readMachines(plan["machines"], "machines", &reader)
    spec.prices = plan["prices"].flatMap { $0.entries == nil ? nil : $0 }
    spec.regions = readRegions(plan["regions"], &reader)
    spec.survive = readFailures(plan["survive"], "survive", &reader)
    spec.quotaLead = reader.quantity(plan["quota lead"], "quota lead")
    return spec
  }

  private static func readMachines(_ node: Node?, _ path: String, _ reader: inout NodeReader) -> [MachineSpec] {
    (node?.elements ?? []).enumerated().map { i, item in
      let here = "\(path)[\(i)]"
      let counts = 0...10_000_000
      var one = MachineSpec(
        type: reader.string(item["type"], "\(here).type") ?? "", location: item["type"]?.location)
      one.replicas = reader.count(item["replicas"], "\(here).replicas", 1...4096) ?? 1
      one.quota = reader.count(item["quota"], "\(here).quota", counts)
      one.reserved = reader.count(item["reserved"], "\(here).reserved", counts) ?? 0
      one.term = item["term"]?.text == "3y" ? .reservedThreeYears : .reservedOneYear
      one.spot = reader.share(item["spot"], "\(here).spot", 0...1, help: "write a share, as 30%") ?? 0
      one.spotQuota = reader.count(item["spot quota"], "\(here).spot quota", counts)
      for (word, lifecycle) in [("hot", Lifecycle.standbyHot), ("warm", .standbyWarm), ("cold", .standbyCold)] {
        if let count = reader.count(item["standby"]?[word], "\(here).standby.\(word)", counts), count > 0 {
          one.standby.append((lifecycle, count))
        }
      }
      readProcurement(item, here, &one, &reader)
      if let quota = one.quota, one.reserved > quota {
        reader.fail(
          "'reserved' is above 'quota': \(one.reserved) of \(quota)", item["reserved"], "\(here).reserved",
          help: "write reserved <= quota")
      }
      if one.spotQuota != nil, one.spot == 0 {
        reader.fail(
          "'spot quota' bounds nothing without 'spot'", item["spot quota"], "\(here).spot quota",
          help: "add spot: 30%, or take it out")
      }
      return one
    }
  }

  private static func readProcurement(
    _ item: Node, _ path: String, _ one: inout MachineSpec, _ reader: inout NodeReader
  ) {
    if let node = item["obtainable"], node.entries != nil,
      let probability = reader.share(
        node["probability"], "\(path).obtainable.probability", 0...1, help: "write a share, as 70%")
    {
      let lead = reader.span(node["lead"], "\(path).obtainable.lead", atMost: .days(3660))
      one.obtainable = Obtainable(probability: probability, leadDays: lead?.days ?? .infinity)
    }
    guard let node = item["block"], node.entries != nil else { return }
    let lead = reader.span(node["lead"], "\(path).block.lead")?.days ?? 0
    let ahead = reader.span(node["ahead"], "\(path).block.ahead")?.days ?? 56
    let shortest = reader.count(node["shortest"], "\(path).block.shortest", 1...3660) ?? 1
    let longest = reader.count(node["longest"], "\(path).block.longest", 1...3660) ?? 182
    guard shortest <= longest, lead <= ahead else {
      reader.fail(
        "the block's bounds are out of order", node, "\(path).block",
        help: "write shortest <= longest and lead <= ahead")
      return
    }
    one.block = CapacityBlock(
      hourly: reader.price(node["price"], "\(path).block.price") ?? .zero, leadDays: lead, aheadDays: ahead,
      shortest: shortest, longest: longest)
  }

  private static func readRegions(_ node: Node?, _ reader: inout NodeReader) -> [RegionSpec] {
    var regions: [RegionSpec] = []
    var areShares = true
    for entry in node?.entries ?? [] {
      let path = "regions.\(entry.key)"
      let share = reader.share(
        entry.value["share"], "\(path).share", 0...1, help: "write a share from 0 to 100%")
      var region = RegionSpec(
        name: entry.key, share: share ?? 0,
        machines: readMachines(entry.value["machines"], "\(path).machines", &reader),
        location: entry.keyLocation)
      readPlacing(entry.value, path, &region, &reader)
      regions.append(region)
      // What could not be read is told already: its sum says nothing more.
      areShares = areShares && (share != nil || entry.value["share"] == nil && entry.value.entries != nil)
    }
    let sum = regions.reduce(0) { $0 + $1.share }
    if let node, !regions.isEmpty, areShares, abs(sum - 1) > 0.005 {
      reader.fail(
        "the regions' shares add up to \(NumberFormat.significant(sum * 100, 4)) %", node, "regions",
        help: "make them 100%")
    }
    // What is left of a rounding (33.3 % three times) belongs to all of them.
    for i in regions.indices where sum > 0 { regions[i].share /= sum }
    return regions
  }

  private static func readPlacing(
    _ node: Node, _ path: String, _ region: inout RegionSpec, _ reader: inout NodeReader
  ) {
    if let list = node["residency"]?.elements {
      reader.remember(node["residency"] ?? node, "\(path).residency")
      region.residency = list.compactMap(\.text)
      if list.isEmpty {
        reader.fail(
          "'residency' is empty: no region may serve the users of '\(region.name)'", node["residency"],
          "\(path).residency", help: "name at least one region, or take the key out")
      }
    }
    if let list = node["by hour"]?.elements {
      region.hours = list.compactMap(\.number)
      if region.hours.count != 24 || !region.hours.contains(where: { $0 > 0 }) {
        reader.fail(
          list.count == 24 ? "'by hour' is zero all day" : "'by hour' has \(list.count) values, not 24",
          node["by hour"],
          "\(path).by hour", help: "write 24 numbers, midnight UTC first")
        region.hours = []
      }
    }
    for entry in node["latency"]?.entries ?? [] {
      if let span = reader.span(entry.value, "\(path).latency.\(entry.key)", atMost: .seconds(60)) {
        region.latency[entry.key] = span.seconds * 1000
      }
    }
    region.fixedCost = reader.price(node["fixed cost"], "\(path).fixed cost") ?? .zero
    region.minimum = reader.count(node["minimum"], "\(path).minimum", 0...1_000_000) ?? 0
    region.maximum = reader.count(node["maximum"], "\(path).maximum", 0...1_000_000)
    if let most = region.maximum, most < region.minimum {
      reader.fail(
        "'maximum' is below 'minimum': \(most) and \(region.minimum)", node["maximum"], "\(path).maximum",
        help: "write minimum <= maximum")
    }
    region.isPlaced = ["residency", "by hour", "latency", "fixed cost", "minimum", "maximum"].contains {
      node[$0] != nil
    }
  }

  static func readFailures(_ node: Node?, _ path: String, _ reader: inout NodeReader) -> FailureTolerance? {
    guard let node, let text = reader.string(node, path) else { return nil }
    do {
      return try FailureTolerance.parse(text)
    } catch {
      reader.fail("'\(NodeReader.lastKey(path))' \(error.problem): \"\(text)\"", node, path, help: error.remedy)
      return nil
    }
  }
}

/// What replicas may run on, as written.
public struct FleetSpec: Sendable {
  public var machines: [MachineSpec] = []
  /// What stands under `prices:`.
  var prices: Node?
  public var regions: [RegionSpec] = []
  public var survive: FailureTolerance?
  public var quotaLead: Duration?
}

/// A machine type, and how it is held.
public struct MachineSpec: Sendable {
  public var type = ""
  public var replicas = 1
  public var quota: Int?
  public var reserved = 0
  public var term = Lifecycle.reservedOneYear
  /// The largest share of the replicas on spot machines.
  public var spot = 0.0
  public var spotQuota: Int?
  public var standby: [(lifecycle: Lifecycle, count: Int)] = []
  public var obtainable: Obtainable?
  public var block: CapacityBlock?
  public var location: SourceLocation?
}

public struct RegionSpec: Sendable {
  public var name = ""
  public var share = 0.0
  /// Its own machines; empty for the plan's.
  public var machines: [MachineSpec] = []
  /// The regions that may serve its users; nil for all.
  public var residency: [String]?
  /// Its demand by hour of the day (UTC), in any unit; empty for the traffic's own.
  public var hours: [Double] = []
  /// Round trips to other regions in milliseconds.
  public var latency: [String: Double] = [:]
  public var fixedCost = HourlyPrice.zero
  public var minimum = 0
  public var maximum: Int?
  /// Whether it says something that only a placement holds.
  public var isPlaced = false
  public var location: SourceLocation?

  /// What is said of its machines' being had, by type.
  var obtainable: [String: Obtainable] = [:]
  var blocks: [String: CapacityBlock] = [:]
}

/// What replicas may run on, with machines and prices found.
public struct FleetSettings: Sendable {
  /// What may be had, in order of preference; regions with their shares.
  public var supply: Fleet
  /// What the plan asked for, where the supply is what was placed of it; nil where nothing was placed.
  public var asked: Fleet?
  /// The plan's regions with their shares of the demand, and what placing them needs.
  public var origins: [RegionSpec] = []
  /// Of a plan without regions: how surely machines can be had, and what is bought ahead, by type.
  var planObtainable: [String: Obtainable] = [:]
  var planBlocks: [String: CapacityBlock] = [:]
  public var survive: FailureTolerance?
  public var quotaLead: Duration

  public var regions: [Fleet.Region] { supply.regions }
  /// The regions' shares of the capacity: of the demand where nothing was placed.
  public var shares: [Double] { supply.regions.map(\.share) }
  /// The regions' shares of the demand.
  public var demandShares: [Double] { origins.isEmpty ? shares : origins.map(\.share) }
  /// The preferred machine; nil where the plan names none.
  public var machine: Machine? { supply.pools.first.flatMap { $0.machine.isNamed ? $0.machine : nil } }
  /// Replicas on one machine of the preferred type.
  public var replicasPerMachine: Int { supply.pools.first?.replicasPerMachine ?? 1 }
  /// What the fleet is made of, in words: `"g5.xlarge"`, `"g5.xlarge, then g5.2xlarge"`.
  public var title: String {
    var seen: Set<String> = []
    let names = supply.pools.map(\.machine.name).filter { !$0.isEmpty && seen.insert($0).inserted }
    return names.joined(separator: ", then ")
  }
}

/// What the fleet slice answers: the ledger's names for what its bills rest on.
public struct FleetAnswer: Sendable {
  /// The ids of prices in the ledger, the preferred pool's first.
  var prices: [String]
}

extension PlanSpec {
  public var fleet: FleetSpec { self[FleetSlice.self] }
}

extension Plan {
  public var fleet: FleetSettings {
    get { self[FleetSlice.self] }
    set { self[FleetSlice.self] = newValue }
  }

  /// Whether its regions are a placement problem.
  var spreads: Bool { self[PlacementSlice.self].isAsked }

  /// The fewest replicas of each region that carry its share of a rate; of the one place where there are no regions.
  public func replicas(byRegionFor rate: RequestRate) -> [Int] {
    let shares = fleet.shares.isEmpty ? [1] : fleet.shares
    return shares.map { service.capacity.replicas(for: rate * $0) }
  }

  /// The fewest replicas that carry a rate: the sum over the regions. The one answer to "how many for this".
  public func replicas(for rate: RequestRate) -> Int { replicas(forEach: CollectionOfOne(rate))[0] }

  /// The same of many rates: shares and capacity are looked up once.
  public func replicas(forEach rates: some Collection<RequestRate>) -> [Int] {
    let (shares, capacity) = (fleet.shares, service.capacity)
    guard !shares.isEmpty else { return rates.map { capacity.replicas(for: $0) } }
    return rates.map { rate in
      min(ServiceCapacity.most, shares.reduce(0) { $0 + capacity.replicas(for: rate * $1) })
    }
  }

  /// The rate that replicas carry, spread over the regions as the fleet spreads them.
  public func carried(by replicas: Int) -> Estimate<RequestRate> {
    let capacity = service.capacity
    guard !fleet.shares.isEmpty, !capacity.mid.isProportional else { return capacity.carried(by: replicas) }
    // The demand comes by shares: the region that is full first bounds it.
    let parts = zip(fleet.supply.apportioned(replicas), fleet.shares).filter { $0.1 > 0 }
    func least(_ end: (Estimate<RequestRate>) -> RequestRate) -> RequestRate {
      parts.map { end(capacity.carried(by: $0.0)) / $0.1 }.min() ?? .zero
    }
    return Estimate(
      low: least { $0.low }, mid: least { $0.mid }, high: least { $0.high },
      confidence: capacity.isCertain ? 1 : capacity.confidence)
  }
}
