import Catalogs
import Documents
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
        "survive", "what must be able to fail at the peak",
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

  private static func readRegions(_ node: Node?, _ reader: inout NodeReader) -> [RegionSpec] {
    var regions: [RegionSpec] = []
    for entry in node?.entries ?? [] {
      let path = "regions.\(entry.key)"
      let share = reader.share(
        entry.value["share"], "\(path).share", 0...1, help: "write a share from 0 to 100%")
      regions.append(
        RegionSpec(
          name: entry.key, share: share ?? 0,
          machines: readMachines(entry.value["machines"], "\(path).machines", &reader),
          location: entry.keyLocation))
    }
    let sum = regions.reduce(0) { $0 + $1.share }
    if let node, !regions.isEmpty, abs(sum - 1) > 0.005 {
      reader.fail(
        "the regions' shares add up to \(NumberFormat.significant(sum * 100, 4)) %", node, "regions",
        help: "make them 100%")
    }
    // What is left of a rounding (33.3 % three times) belongs to all of them.
    for i in regions.indices where sum > 0 { regions[i].share /= sum }
    return regions
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
  public var location: SourceLocation?
}

public struct RegionSpec: Sendable {
  public var name = ""
  public var share = 0.0
  /// Its own machines; empty for the plan's.
  public var machines: [MachineSpec] = []
  public var location: SourceLocation?
}

/// What replicas may run on, with machines and prices found.
public struct FleetSettings: Sendable {
  /// What may be had, in order of preference; regions with their shares.
  public var supply: Fleet
  public var survive: FailureTolerance?
  public var quotaLead: Duration

  public var regions: [Fleet.Region] { supply.regions }
  public var shares: [Double] { supply.regions.map(\.share) }
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

  /// The fewest replicas of each region that carry its share of a rate; of the one place where there are no regions.
  public func replicas(byRegionFor rate: RequestRate) -> [Int] {
    let shares = fleet.shares.isEmpty ? [1] : fleet.shares
    return shares.map { service.capacity.replicas(for: rate * $0) }
  }

  /// The fewest replicas that carry a rate: the sum over the regions. The one answer to "how many for this".
  public func replicas(for rate: RequestRate) -> Int {
    guard !fleet.shares.isEmpty else { return service.capacity.replicas(for: rate) }
    return min(ServiceCapacity.most, replicas(byRegionFor: rate).reduce(0, +))
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
