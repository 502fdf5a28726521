import Catalogs
import Costs
import Documents
import Optimizing
import Placing
import Quantities

/// Which region holds how much: the plan's regions as a placement problem, at the least cost that survives.
///
/// Asked where the plan says something that only a placement can hold: `placement:`, or residency, hours, latencies, fixed
/// costs or bounds of a region. Everything behind it (sizes, bills, worlds) then reads the placed fleet.
enum PlacementSlice: PlanSlice {
  typealias Spec = PlacementSpec
  typealias Settings = PlacementSpec
  typealias Answer = PlacementOutcome?

  static func fields(_ format: PlanFormat) -> [Field] {
    [
      Field(
        "placement", "capacity over the regions at the least cost that survives; `headroom place plan.yaml` shows it",
        .object(placement))
    ]
  }

  static let placement = ObjectSchema(
    title: "placement", summary: "What the placement of capacity over the regions must hold.",
    fields: [
      Field("latency limit", "the longest round trip while every region stands", UnitSchema.span, example: "100ms"),
      Field(
        "latency limit under failure", "the same after a loss", UnitSchema.span, example: "200ms",
        default: "the latency limit"),
      Field(
        "headroom under failure", "spare capacity over the peak after a loss", UnitSchema.share, example: "10%",
        default: "0%"),
      Field(
        "served under failure", "the share of the demand that is served after a loss; the rest is shed",
        UnitSchema.share, example: "90%", default: "100%"),
      Field(
        "egress", "what a request a second costs an hour that is served away from its own region", UnitSchema.price,
        example: "$0.002/h"),
      Field(
        "lost together", "regions that may be lost together, each set to be survived beside what 'survive' says",
        .list(.list(.string)), example: "[[us-east-1, us-east-2]]"),
      Field(
        "strategy", "how capacity is placed", .choice(PlacementStrategy.all.map(\.name)), example: "best",
        default: "best"),
      Field("needed by", "the day on which it must stand", .date, example: "2026-11-20"),
      Field("for", "how long it is needed; left out for good", UnitSchema.span, example: "30d"),
      Field(
        "assurance", "how probable it must be that machines can be had for them to count", UnitSchema.share,
        example: "95%", default: "95%"),
    ])

  // MARK: Reading

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> PlacementSpec {
    var spec = PlacementSpec()
    guard let node = plan["placement"], node.entries != nil else { return spec }
    spec.isWritten = true
    func path(_ key: String) -> String { "placement.\(key)" }
    spec.latency = reader.span(node["latency limit"], path("latency limit"), atMost: .seconds(60))
    spec.failureLatency = reader.span(
      node["latency limit under failure"], path("latency limit under failure"), atMost: .seconds(60))
    let help = "write a share, as 10%"
    spec.failureHeadroom =
      reader.share(node["headroom under failure"], path("headroom under failure"), 0...10, help: help) ?? 0
    spec.served = reader.share(node["served under failure"], path("served under failure"), 0...1, help: help) ?? 1
    spec.egress = reader.price(node["egress"], path("egress")) ?? .zero
    for (i, set) in (node["lost together"]?.elements ?? []).enumerated() {
      let names = (set.elements ?? []).compactMap(\.text)
      reader.remember(set, path("lost together[\(i)]"))
      spec.lostTogether.append(names)
    }
    spec.strategy = node["strategy"]?.text.flatMap { PlacementStrategy.named($0) } ?? .best
    spec.neededBy = reader.date(node["needed by"], path("needed by"))
    spec.forSpan = reader.span(node["for"], path("for"), atLeast: .days(1), atMost: .days(3660))
    spec.assurance = reader.share(node["assurance"], path("assurance"), 0...1, help: help) ?? 0.95
    if let normal = spec.latency, let failure = spec.failureLatency, failure < normal {
      reader.warn(
        "the latency limit is stricter after a loss than before it", node["latency limit under failure"],
        path("latency limit under failure"), help: "write at least the normal limit")
    }
    return spec
  }

  // MARK: Resolving

  static func resolve(_ resolver: inout PlanResolver) -> PlacementSpec? {
    var spec = resolver.spec[PlacementSlice.self]
    let regions = resolver.spec.fleet.regions
    let names = regions.map(\.name)
    spec.isAsked = spec.isWritten || regions.contains { $0.isPlaced }
    guard spec.isAsked else { return spec }
    guard !regions.isEmpty else {
      resolver.fail(
        "'placement' has no regions to place capacity in", "placement",
        help: "add regions: { us-east-1: { share: 60% }, eu-west-1: { share: 40% } }")
      return nil
    }
    func check(_ name: String, _ path: String) {
      guard !names.contains(name) else { return }
      resolver.fail(
        "there is no region '\(name)'", path,
        help: nearest(name, in: names).map { "did you mean '\($0)'?" } ?? "there are: \(names.joined(separator: ", "))")
    }
    for (i, set) in spec.lostTogether.enumerated() { for name in set { check(name, "placement.lost together[\(i)]") } }
    for region in regions {
      for name in region.residency ?? [] { check(name, "regions.\(region.name).residency") }
      for name in region.latency.keys.sorted() { check(name, "regions.\(region.name).latency.\(name)") }
      guard resolver.plan.has(FleetSlice.self) else { continue }
      let quota = resolver.plan.fleet.supply.pools(in: region.name).quota
      if let quota, quota < region.minimum {
        resolver.warn(
          "region '\(region.name)' can hold nothing: its quotas add up to \(quota), its minimum is \(region.minimum)",
          "regions.\(region.name).minimum", help: "raise a quota or lower the minimum")
      }
    }
    warnOfUnknownWays(regions, isLimited: spec.latency != nil || spec.failureLatency != nil, &resolver)
    return spec
  }

  /// Pairs without a latency are unreachable, where the plan states any, and near, where it states none: told, because it is
  /// easily forgotten.
  private static func warnOfUnknownWays(
    _ regions: [RegionSpec], isLimited: Bool, _ resolver: inout PlanResolver
  ) {
    guard regions.contains(where: { !$0.latency.isEmpty }) else {
      if isLimited, regions.count > 1 {
        resolver.warn(
          "the latency limit has nothing to hold: no region states a latency to another", "placement",
          help: "write latency: { \(regions[1].name): 80ms } under regions.\(regions[0].name)")
      }
      return
    }
    var lacking: [String] = []
    for a in regions where a.share > 0 {
      for b in regions where b.name != a.name && Self.latency(a, b) == nil {
        if a.residency.map({ $0.contains(b.name) }) ?? true { lacking.append("\(a.name) to \(b.name)") }
      }
    }
    guard !lacking.isEmpty else { return }
    resolver.warn(
      "no latency is stated from \(lacking.prefix(4).joined(separator: ", "))\(lacking.count > 4 ? " and \(lacking.count - 4) more pairs" : ""): they count as unreachable",
      "regions.\(regions[0].name).latency", help: "write latency: { REGION: 80ms } under one of the two")
  }

  static func latency(_ a: RegionSpec, _ b: RegionSpec) -> Double? {
    if let own = a.latency[b.name] ?? b.latency[a.name] { return own }
    return a.name == b.name ? 0 : nil
  }

  // MARK: Answering

  static func answer(_ draft: inout PlanDraft) -> PlacementOutcome? {
    guard draft.plan[PlacementSlice.self].isAsked else { return nil }
    var rounds = PlacementRounds(draft)
    let settled = rounds.settled()
    if let fleet = settled.fleet { draft.place(fleet) }
    return settled.outcome
  }

  static func judge(_ draft: inout PlanDraft) {
    guard let outcome = draft[PlacementSlice.self] else { return }
    if let fault = outcome.fault {
      draft.tell(PlacementFinding.notSolved(fault))
      return
    }
    guard let placement = outcome.placement else { return }
    if placement.counts.isEmpty { draft.tell(PlacementFinding.nothingHolds(placement.clash, outcome.problem)) }
    let traps = Dictionary(grouping: placement.unservable, by: \.origin)
    for origin in traps.keys.sorted() {
      draft.tell(
        PlacementFinding.unservable(
          origin: outcome.problem.origins[origin].id,
          losses: (traps[origin] ?? []).map { outcome.problem.losses[$0.loss].map { outcome.problem.regions[$0].id } }))
    }
    if draft.plan.fleet.asked?.hasSpot ?? draft.plan.fleet.supply.hasSpot {
      draft.tell(PlacementFinding.spotLeftOut)
    }
    judgeProcurement(outcome, placement, &draft)
  }

  private static func judgeProcurement(
    _ outcome: PlacementOutcome, _ placement: Placement, _ draft: inout PlanDraft
  ) {
    for (i, offer) in outcome.stated.offers.enumerated() {
      let region = outcome.stated.regions[offer.region].id
      let count = placement.counts.isEmpty ? 0 : placement.counts[i] - offer.held
      switch outcome.procurement.standing(of: offer) {
      case .sure: break
      case .order(let day, let length):
        guard count > 0 else { continue }
        let by = draft.today + Int(day.rounded(.down))
        draft.tell(
          PlacementFinding.order(
            machine: offer.machine, region: region, count: count, by: by, blockDays: length,
            prepaid: length.flatMap { days in offer.block.map { $0.prepaid(units: count, days: days) } }), by: by)
      case .scarce:
        draft.tell(
          PlacementFinding.notCountedOn(
            machine: offer.machine, region: region, probability: offer.obtainable?.probability ?? 0,
            lead: offer.obtainable?.leadDays ?? .infinity))
      case .unsuitable:
        draft.tell(PlacementFinding.blockUnsuitable(machine: offer.machine, region: region))
      }
    }
  }
}

/// What stands under `placement:`.
public struct PlacementSpec: Sendable {
  var isWritten = false
  /// Whether the plan's regions are a placement problem.
  public var isAsked = false
  public var latency: Duration?
  public var failureLatency: Duration?
  public var failureHeadroom = 0.0
  public var served = 1.0
  public var egress = HourlyPrice.zero
  public var lostTogether: [[String]] = []
  public var strategy = PlacementStrategy.best
  public var neededBy: CivilDate?
  public var forSpan: Duration?
  public var assurance = 0.95
}

/// What came of placing the plan's regions.
public struct PlacementOutcome: Sendable {
  /// As the plan states it, and with what can be counted on alone: this one was solved.
  public var stated: RegionProblem
  public var problem: RegionProblem
  public var procurement: Procurement
  public var strategy: PlacementStrategy
  /// Nil where there was no solver.
  public var placement: Placement?
  public var fault: OptimizingError?
  /// Of the normal state and each loss.
  public var slack: [PlacementSlack] = []

  /// Whether the plan's fleet is what was placed.
  public var isPlaced: Bool { placement.map { !$0.counts.isEmpty } ?? false }
  /// The state with the least left.
  public var tightest: PlacementSlack? { slack.min { $0.factor < $1.factor } }
  public var worstLoss: PlacementSlack? { slack.filter { $0.loss != nil }.min { $0.factor < $1.factor } }

  /// What is paid an hour beside the machines: regions' fixed costs, and traffic between regions.
  public var charges: [HourlyCharge] {
    guard let placement, isPlaced else { return [] }
    var charges: [HourlyCharge] = []
    for (r, region) in problem.regions.enumerated()
    where region.fixedCost > .zero
      && zip(problem.offers, placement.counts).contains(where: { $0.0.region == r && $0.1 > 0 })
    {
      charges.append(HourlyCharge(what: "fixed cost", region: region.id, hourly: region.fixedCost))
    }
    if placement.egress > .zero {
      charges.append(HourlyCharge(what: "traffic between regions", region: "", hourly: placement.egress))
    }
    return charges
  }
}

extension PlanOutcome {
  /// Nil where the plan's regions are no placement problem.
  public var placement: PlacementOutcome? { self[PlacementSlice.self] }
}
