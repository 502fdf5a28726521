import Catalogs
import Costs
import Documents
import Placing
import Quantities

/// A document of regions (`"schema": "headroom-regions/1"`): what `headroom place` reads, in JSON or YAML.
public struct RegionDocument: Sendable {
  public let name: String
  /// As it is stated; `assured(today:)` is what can be counted on.
  public let problem: RegionProblem
  /// What is not known of it; nil where all is stated without doubt.
  public let doubt: PlacementDoubt?
  /// The day on which it must stand, for how many days, and how sure of it one must be.
  public let neededBy: CivilDate?
  public let forDays: Double?
  public let assurance: Double
  public let warnings: Diagnostics

  public static let schemaName = "headroom-regions/1"

  /// - Parameter isYAML: read as YAML; else as JSON.
  /// - Throws: every diagnostic, each with its place and remedy.
  public init(bytes: [UInt8], file: String?, isYAML: Bool = false) throws(Diagnostics) {
    let root = isYAML ? try YAML.parse(bytes, file: file) : try JSON.parse(bytes, file: file)
    try self.init(root)
  }

  public init(_ root: Node) throws(Diagnostics) {
    var found = Self.schema.validate(root)
    try found.throwIfErrors()
    var reading = RegionReading(root)
    let problem = reading.problem()
    found.merge(reading.reader.diagnostics)
    try found.sorted().throwIfErrors()
    guard let problem else { throw found }
    self.problem = problem
    doubt = reading.doubt
    neededBy = reading.neededBy
    forDays = root["for_days"]?.number
    assurance = root["assurance"]?.number ?? 0.95
    name = root["name"]?.text ?? "regions"
    warnings = Diagnostics(found.all.filter { $0.severity != .error })
  }

  /// When it must stand, seen from a day.
  public func procurement(today: CivilDate) -> Procurement {
    Procurement(
      neededInDays: neededBy.map { Double(max(0, $0 - today)) } ?? 0, forDays: forDays, assurance: assurance)
  }

  private static let price = Schema.bounded(.number, minimum: 0, maximum: 1e9)
  private static let obtainable = ObjectSchema(
    title: "how surely it can be had",
    fields: [
      Field(
        "probability", "that it is there when it is asked for", .bounded(.number, minimum: 0, maximum: 1),
        required: true),
      Field("lead_days", "days until it comes where it is not", .bounded(.number, minimum: 0, maximum: 36_600)),
    ])
  private static let block = ObjectSchema(
    title: "a capacity block",
    fields: [
      Field("lead_days", "days between the order and the first day", .bounded(.number, minimum: 0, maximum: 3660)),
      Field("shortest_days", "the shortest", .bounded(.integer, minimum: 1, maximum: 3660)),
      Field("longest_days", "the longest", .bounded(.integer, minimum: 1, maximum: 3660)),
    ])
  private static let factor = Schema.any(
    of: [
      .bounded(.number, minimum: 0, maximum: 1e6),
      .object(
        ObjectSchema(
          title: "low, mid and high",
          fields: ["low", "mid", "high"].map {
            Field($0, "a factor; 10 %, 50 %, 90 %", .bounded(.number, minimum: 0, maximum: 1e6), required: true)
          })),
    ], description: "a factor, or low, mid and high of it")
  private static let uncertainty = ObjectSchema(
    title: "what is not known",
    fields: [
      Field("demand", "a factor on all demand", factor),
      Field("origins", "factors on single origins' demand", .map(factor)),
      Field("rates", "factors on what a machine type serves", .map(factor)),
      Field("prices", "factors on what a machine type costs", .map(factor)),
      Field(
        "penalty", "what missing capacity costs, in times the cheapest price of as much",
        .bounded(.number, minimum: 0, maximum: 1e6)),
    ])
  private static let terms = ObjectSchema(
    title: "a value for each state",
    fields: [
      Field("normal", "while every region stands", .bounded(.number, minimum: 0, maximum: 1e9), required: true),
      Field("failure", "under each loss that is survived", .bounded(.number, minimum: 0, maximum: 1e9), required: true),
    ])

  /// Its keys. Others are let through: documents carry notes and references of their own.
  public static let schema = Schema.object(
    ObjectSchema(
      title: "regions", summary: "What is to be placed over regions, and what must be survived.",
      fields: [
        Field("schema", "the document's kind", .choice([schemaName]), required: true),
        Field("name", "what it is called", .string),
        Field("hours_utc", "the hour of the day of each column of the demand", .list(.integer)),
        Field(
          "regions", "where machines may stand",
          .list(
            .object(
              ObjectSchema(
                title: "a region",
                fields: [
                  Field("id", "its name", .string, required: true),
                  Field("fixed_cost_per_h", "dollars an hour as soon as anything stands there", price),
                  Field(
                    "min_instances", "the fewest machines, where there are any",
                    .any(of: [.integer, .anything], description: "a whole number or null")),
                  Field(
                    "max_instances", "the most machines",
                    .any(of: [.integer, .anything], description: "a whole number or null")),
                ], allowsUnknownKeys: true))), required: true),
        Field(
          "types", "machine types and what one of them serves at its target utilization",
          .list(
            .object(
              ObjectSchema(
                title: "a machine type",
                fields: [
                  Field("id", "its name", .string, required: true),
                  Field("rps", "requests a second", .bounded(.number, minimum: 0, maximum: 1e12), required: true),
                ], allowsUnknownKeys: true))), required: true),
        Field(
          "offers", "what may be had where",
          .list(
            .object(
              ObjectSchema(
                title: "an offer",
                fields: [
                  Field("region", "where", .string, required: true),
                  Field("type", "which machine type", .string, required: true),
                  Field("price_per_h", "dollars an hour", price, required: true),
                  Field("quota", "the most of them", .bounded(.integer, minimum: 0, maximum: 1e9), required: true),
                  Field("obtainable", "how surely they can be had: a quota is not capacity", .object(obtainable)),
                  Field("block", "bought ahead for a fixed span, prepaid, not to be cancelled", .object(block)),
                ], allowsUnknownKeys: true))), required: true),
        Field(
          "origins", "where requests come from",
          .list(
            .object(
              ObjectSchema(
                title: "an origin",
                fields: [
                  Field("id", "its name", .string, required: true),
                  Field(
                    "home", "the region that serves it without egress",
                    .any(of: [.string, .anything], description: "a region or null")),
                  Field(
                    "demand_rps", "requests a second in each hour", .list(.bounded(.number, minimum: 0, maximum: 1e12)),
                    required: true),
                  Field(
                    "allowed", "residency: the regions that may hold its data; null for all",
                    .any(of: [.list(.string), .anything], description: "a list of regions or null")),
                ], allowsUnknownKeys: true))), required: true),
        Field(
          "latency_ms", "round-trip times by origin and region; a pair that is not there is unreachable",
          .map(.map(.anything)), required: true),
        Field("latency_limit_ms", "the longest round trip", .object(terms), required: true),
        Field("failure_sets", "regions that are lost together, each to be survived", .list(.list(.string))),
        Field("headroom", "spare capacity over the flow, as a share of it", .object(terms)),
        Field("served_fraction", "the share of the demand that is served", .object(terms)),
        Field("needed_by", "the day on which it must stand: YYYY-MM-DD", .string),
        Field(
          "for_days", "how many days it is needed; left out for good", .bounded(.number, minimum: 1, maximum: 36_600)),
        Field(
          "assurance", "how probable it must be that machines can be had for them to count",
          .bounded(.number, minimum: 0, maximum: 1)),
        Field("uncertainty", "what is not known, as factors on what is stated", .object(uncertainty)),
        Field("egress_cost_per_rps_h", "dollars an hour for a request a second served away from home", price),
      ], allowsUnknownKeys: true))
}

/// One reading of a document whose shape is known to be right.
private struct RegionReading {
  let root: Node
  var reader = NodeReader()
  private var regionNames: [String] = []
  private(set) var doubt: PlacementDoubt?
  private(set) var neededBy: CivilDate?

  init(_ root: Node) { self.root = root }

  mutating func problem() -> RegionProblem? {
    let regions = readRegions()
    let rates = readTypes()
    let offers = readOffers(rates)
    let origins = readOrigins(regionNames)
    let losses = readLosses()
    let normal = terms("normal")
    let failure = terms("failure")
    readDoubt(origins.map(\.id), Array(rates.keys))
    neededBy = reader.date(present(root["needed_by"]), "needed_by")
    guard !reader.diagnostics.hasErrors else { return nil }
    return RegionProblem(
      regions: regions, offers: offers, origins: origins, normal: normal, failure: failure, losses: losses,
      egress: HourlyPrice(rawValue: root["egress_cost_per_rps_h"]?.number ?? 0),
      hours: root["hours_utc"]?.elements?.compactMap(\.integer))
  }

  private mutating func readRegions() -> [RegionProblem.Region] {
    let nodes = root["regions"]?.elements ?? []
    if nodes.isEmpty { reader.fail("'regions' holds no region", root["regions"], "regions", help: "name at least one") }
    return nodes.enumerated().map { i, node in
      let id = node["id"]?.text ?? ""
      if regionNames.contains(id) {
        reader.fail("region '\(id)' stands there twice", node["id"], "regions[\(i)].id", help: "leave one of them out")
      }
      regionNames.append(id)
      let least = reader.count(present(node["min_instances"]), "regions[\(i)].min_instances", 0...1_000_000_000) ?? 0
      let most = reader.count(present(node["max_instances"]), "regions[\(i)].max_instances", 0...1_000_000_000)
      if let most, most < least {
        reader.warn(
          "region '\(id)' can hold nothing: at most \(most) machines, at least \(least)", node["max_instances"],
          "regions[\(i)].max_instances", help: "raise max_instances or lower min_instances")
      }
      return RegionProblem.Region(
        id: id, fixedCost: HourlyPrice(rawValue: node["fixed_cost_per_h"]?.number ?? 0), minimum: least, maximum: most)
    }
  }

  private mutating func readTypes() -> [String: Double] {
    var rates: [String: Double] = [:]
    for (i, node) in (root["types"]?.elements ?? []).enumerated() {
      let id = node["id"]?.text ?? ""
      if rates[id] != nil {
        reader.fail("type '\(id)' stands there twice", node["id"], "types[\(i)].id", help: "leave one of them out")
      }
      rates[id] = node["rps"]?.number ?? 0
    }
    return rates
  }

  private mutating func readOffers(_ rates: [String: Double]) -> [RegionProblem.Offer] {
    var offers: [RegionProblem.Offer] = []
    var seen: Set<[String]> = []
    var quotas: [Int: Int] = [:]
    for (i, node) in (root["offers"]?.elements ?? []).enumerated() {
      let type = node["type"]?.text ?? ""
      let region = region(node["region"], "offers[\(i)].region")
      guard let rate = rates[type] else {
        reader.fail(
          "there is no type '\(type)'", node["type"], "offers[\(i)].type",
          help: NodeReader.didYouMean(type, Array(rates.keys)))
        continue
      }
      guard let region else { continue }
      if !seen.insert([node["region"]?.text ?? "", type]).inserted {
        reader.fail(
          "'\(type)' is offered twice in '\(node["region"]?.text ?? "")'", node, "offers[\(i)]",
          help: "add the quotas up, or leave one out")
      }
      let quota = node["quota"]?.integer ?? 0
      quotas[region, default: 0] += quota
      offers.append(
        RegionProblem.Offer(
          region: region, machine: type, rate: RequestRate(rawValue: rate),
          price: HourlyPrice(rawValue: node["price_per_h"]?.number ?? 0), quota: quota,
          obtainable: present(node["obtainable"]).map {
            Obtainable(probability: $0["probability"]?.number ?? 1, leadDays: $0["lead_days"]?.number ?? .infinity)
          }, block: block(node, "offers[\(i)].block")))
      if node["price_per_h"]?.number == 0 {
        reader.warn(
          "'\(type)' in '\(node["region"]?.text ?? "")' costs nothing", node["price_per_h"], "offers[\(i)].price_per_h",
          help: "write its price; a machine without one is placed wherever it may stand")
      }
    }
    for (i, node) in (root["regions"]?.elements ?? []).enumerated() {
      if let least = node["min_instances"]?.integer, let quota = quotas[i], quota < least {
        reader.warn(
          "region '\(node["id"]?.text ?? "")' can hold nothing: its quotas add up to \(quota), its minimum is \(least)",
          node["min_instances"], "regions[\(i)].min_instances", help: "raise a quota or lower min_instances")
      }
    }
    return offers
  }

  private mutating func block(_ offer: Node, _ path: String) -> CapacityBlock? {
    guard let node = present(offer["block"]) else { return nil }
    let shortest = node["shortest_days"]?.integer ?? 1
    let longest = node["longest_days"]?.integer ?? 182
    let lead = node["lead_days"]?.number ?? 0
    guard shortest <= longest else {
      reader.fail(
        "the block's shortest length is above its longest: \(shortest) and \(longest) days", node, path,
        help: "write shortest_days <= longest_days")
      return nil
    }
    return CapacityBlock(
      hourly: HourlyPrice(rawValue: offer["price_per_h"]?.number ?? 0), leadDays: lead, aheadDays: max(56, lead),
      shortest: shortest, longest: longest)
  }

  private mutating func readDoubt(_ origins: [String], _ types: [String]) {
    guard let node = present(root["uncertainty"]) else { return }
    var doubt = PlacementDoubt(penalty: node["penalty"]?.number ?? 10)
    if let all = factor(node["demand"], "uncertainty.demand") { doubt.demand = all }
    for entry in node["origins"]?.entries ?? [] {
      let path = "uncertainty.origins.\(entry.key)"
      guard let o = origins.firstIndex(of: entry.key) else {
        reader.fail(
          "there is no origin '\(entry.key)'", entry.value, path, help: NodeReader.didYouMean(entry.key, origins))
        continue
      }
      doubt.origins[o] = factor(entry.value, path)
    }
    for key in ["rates", "prices"] {
      for entry in node[key]?.entries ?? [] {
        let path = "uncertainty.\(key).\(entry.key)"
        guard types.contains(entry.key) else {
          reader.fail(
            "there is no type '\(entry.key)'", entry.value, path, help: NodeReader.didYouMean(entry.key, types))
          continue
        }
        let found = factor(entry.value, path)
        if key == "rates" { doubt.rates[entry.key] = found } else { doubt.prices[entry.key] = found }
      }
    }
    self.doubt = doubt
  }

  private mutating func factor(_ node: Node?, _ path: String) -> Estimate<Factor>? {
    reader.estimate(node, path) { reader, node, path -> Factor? in
      guard let value = node.number, value > 0 else {
        reader.fail("a factor is not above zero", node, path, help: "write 1 for what is stated, 1.2 for a fifth more")
        return nil
      }
      return Factor(rawValue: value)
    }
  }

  private mutating func readOrigins(_ regions: [String]) -> [RegionProblem.Origin] {
    var steps: Int?
    var seen: Set<String> = []
    let nodes = root["origins"]?.elements ?? []
    if nodes.isEmpty { reader.fail("'origins' holds no origin", root["origins"], "origins", help: "name at least one") }
    return nodes.enumerated().map { i, node in
      let path = "origins[\(i)]"
      let id = node["id"]?.text ?? ""
      if !seen.insert(id).inserted {
        reader.fail("origin '\(id)' stands there twice", node["id"], path + ".id", help: "leave one of them out")
      }
      let demand = reader.hourlyDemand(node, path, steps: &steps)
      let home = present(node["home"]).flatMap { region($0, path + ".home") }
      return RegionProblem.Origin(
        id: id, home: home, demand: demand.count == steps ? demand : Array(repeating: 0, count: steps ?? 0),
        allowed: reader.residency(node, in: regions, path),
        latency: reader.latencies(of: id, in: root, regions: regions))
    }
  }

  private mutating func readLosses() -> [[Int]] {
    (root["failure_sets"]?.elements ?? []).enumerated().compactMap { i, node in
      let set = (node.elements ?? []).enumerated().compactMap { region($1, "failure_sets[\(i)][\($0)]") }
      return set.isEmpty ? nil : Array(Set(set)).sorted()
    }
  }

  private mutating func terms(_ state: String) -> RegionProblem.Terms {
    let served = root["served_fraction"]?[state]?.number ?? 1
    if served > 1 {
      reader.fail(
        "'served_fraction' is above 1: \(served)", root["served_fraction"]?[state], "served_fraction.\(state)",
        help: "write a share from 0 to 1")
    }
    return RegionProblem.Terms(
      latencyLimit: root["latency_limit_ms"]?[state]?.number ?? .infinity,
      headroom: root["headroom"]?[state]?.number ?? 0, served: min(1, served))
  }

  private func present(_ node: Node?) -> Node? { node.flatMap { $0.isNull ? nil : $0 } }

  private mutating func region(_ node: Node?, _ path: String) -> Int? {
    reader.index(of: node, in: regionNames, "region", path)
  }
}
