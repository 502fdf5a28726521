import Catalogs
import Quantities
import Serving
import Traffic

/// How many of what: replicas and machines for the provisioned rate, an ordinary week by hour, how long today's capacity
/// lasts, and what is left when something fails.
enum SizingSlice: PlanSlice {
  typealias Spec = NoKeys
  typealias Settings = NoKeys
  typealias Answer = Sizing

  static func answer(_ draft: inout PlanDraft) -> Sizing {
    let plan = draft.plan
    let demand = draft[DemandSlice.self]
    let provisioned = RequestRate.perSecond(
      draft.ledger.derive("provisioned", "provisioned rate", .rate, "peak" * (1 + "headroom")))
    let placed = draft[PlacementSlice.self].flatMap { $0.isPlaced ? $0 : nil }
    let byRegion = placed.map { placedReplicas($0, plan) } ?? plan.replicas(byRegionFor: provisioned)
    let replicas = max(1, placed == nil ? deriveReplicas(plan, byRegion, &draft) : derivePlaced(byRegion, &draft))
    let filling = plan.fleet.regions.isEmpty ? plan.fleet.supply.holding(replicas) : plan.fleet.supply.holding(byRegion)
    let machines = filling.fleet.machineCount
    deriveMachines(filling.fleet, machines, &draft)
    let share = 1 + draft[HeadroomSlice.self].fraction
    let week = plan.replicas(forEach: ordinaryWeek(demand, plan).map { $0 * share }).map { max(1, $0) }
    return Sizing(
      peak: demand.peak, provisioned: provisioned, capacityPerReplica: draft[ServiceSlice.self].capacity.mid,
      carried: plan.carried(by: replicas), replicas: replicas, fleet: filling.fleet, unplaced: filling.unplaced,
      replicasPerMachine: plan.fleet.replicasPerMachine, machines: machines, machine: plan.fleet.machine,
      running: plan.service.running, hourOfWeek: week,
      meanReplicas: week.isEmpty ? Double(replicas) : Double(week.reduce(0, +)) / Double(week.count),
      regions: regions(plan, demand, byRegion), runway: runway(demand, draft),
      survival: placed.map { survival(plan, demand, $0) }
        ?? survival(plan, byRegion, standing(filling.fleet, plan, byRegion, replicas)))
  }

  /// The replicas of the machines that were placed.
  private static func placedReplicas(_ outcome: PlacementOutcome, _ plan: Plan) -> [Int] {
    let counts = outcome.placement?.counts ?? []
    let packing = Dictionary(
      plan.fleet.supply.pools.map { ("\($0.region) \($0.machine.name)", $0.replicasPerMachine) },
      uniquingKeysWith: { first, _ in first })
    var replicas = [Int](repeating: 0, count: outcome.problem.regions.count)
    for (offer, n) in zip(outcome.problem.offers, counts) {
      replicas[offer.region] += n * (packing["\(outcome.problem.regions[offer.region].id) \(offer.machine)"] ?? 1)
    }
    return replicas
  }

  private static func derivePlaced(_ byRegion: [Int], _ draft: inout PlanDraft) -> Int {
    Int(
      draft.ledger.compute(
        "replicas", "replicas", Double(byRegion.reduce(0, +)), .count,
        how:
          "machines placed over the regions at the least cost that serves every hour and survives every loss, x replicas on a machine: \(zip(draft.plan.fleet.regions, byRegion).map { "\($0.name) \($1)" }.joined(separator: ", "))",
        from: ["peak", "headroom", "capacity", "replicas-per-machine"]))
  }

  /// Replicas that found a machine, in all and by region.
  private static func standing(_ fleet: Fleet, _ plan: Plan, _ byRegion: [Int], _ replicas: Int) -> [Int] {
    guard !plan.fleet.regions.isEmpty else { return [min(replicas, fleet.room)] }
    return zip(plan.fleet.regions, byRegion).map { min($1, fleet.pools(in: $0.name).room) }
  }

  /// The replicas of all regions, by arithmetic that is evaluated where it is written.
  private static func deriveReplicas(_ plan: Plan, _ byRegion: [Int], _ draft: inout PlanDraft) -> Int {
    let capacity = plan.service.capacity.mid
    func need(_ share: Double) -> Formula {
      let rate: Formula = share == 1 ? "provisioned" : "provisioned" * .constant(share, .share)
      return .replicas(capacity, rate: rate, capacity: "capacity")
    }
    let shares = plan.fleet.shares.isEmpty ? [1] : plan.fleet.shares
    let formula = shares.dropFirst().reduce(need(shares[0])) { $0 + need($1) }
    return Int(
      draft.ledger.derive(
        "replicas", "replicas", .count, formula,
        because: capacity.isProportional
          ? "Rounded up\(shares.count > 1 ? " in each region" : ""), forgiving the rounding error of the division: 0.3 / 0.1 is 3 replicas, not 4."
          : "Replicas that share a line help each other: more of them carry more than their sum, so the model is asked."
      ))
  }

  private static func deriveMachines(_ fleet: Fleet, _ machines: Int, _ draft: inout PlanDraft) {
    let types = fleet.pools.filter { $0.count > 0 }
    let names = fleet.machinesByType.filter { $0.count > 0 }.map(\.machine.name).filter { !$0.isEmpty }
    let title = names.isEmpty ? "machines" : "machines (\(names.joined(separator: ", ")))"
    if types.count == 1, fleet.regions.isEmpty, types[0].lifecycle == .onDemand,
      types[0].replicasPerMachine == draft.plan.fleet.replicasPerMachine,
      types[0].quota == nil || types[0].count < types[0].quota ?? 0
    {
      draft.ledger.derive("machines", title, .count, .ceil("replicas" / "replicas-per-machine"))
      return
    }
    let words = types.map { pool in
      "\(pool.count) \(pool.machine.isNamed ? pool.machine.name : "machines") \(pool.lifecycle)"
        + (pool.region.isEmpty ? "" : " in \(pool.region)")
    }
    draft.ledger.compute(
      "machines", title, Double(machines), .count,
      how: "replicas on the fleet's pools in order of preference: \(words.joined(separator: ", "))",
      from: ["replicas", "replicas-per-machine"])
  }

  /// Demand by hour of the week without events: the highest that is expected in that hour over the horizon. Empty where
  /// the plan states its traffic.
  private static func ordinaryWeek(_ demand: DemandOutlook, _ plan: Plan) -> [RequestRate] {
    guard let forecast = demand.forecast else { return [] }
    let zone = plan.zone
    let eventDays = Set(
      demand.events.flatMap { event in (0...Int(event.days.rounded(.up))).map { (event.start + $0).daysSinceEpoch } })
    var highest = Array(repeating: 0.0, count: 168)
    let hoursAStep = min(168, max(1, Int(forecast.mid.step.hours.rounded())))
    var seen = false
    for pass in 0..<2 where !seen {
      // A horizon that is all event leaves no ordinary hour: then events count too.
      for (i, value) in forecast.mid.rawValues.enumerated() where !value.isNaN {
        let (date, second) = zone.local(forecast.mid.time(at: i))
        if pass == 0, eventDays.contains(date.daysSinceEpoch) { continue }
        // A step longer than an hour stands for every hour that it covers.
        let first = date.weekday.rawValue * 24 + second / 3600
        for hour in first..<(first + hoursAStep) { highest[hour % 168] = max(highest[hour % 168], value) }
        seen = true
      }
    }
    return highest.map { .perSecond($0) }
  }

  private static func regions(_ plan: Plan, _ demand: DemandOutlook, _ byRegion: [Int]) -> [RegionSizing] {
    guard !plan.fleet.regions.isEmpty else { return [] }
    let shares = plan.fleet.demandShares
    let own = shares.map { plan.service.capacity.replicas(for: demand.peak.mid * $0) }
    return plan.fleet.regions.enumerated().map { i, region in
      let rest = byRegion.enumerated().filter { $0.offset != i }.map {
        plan.service.capacity.mid.carried(by: $0.element)
      }
      return RegionSizing(
        name: region.name, share: shares[i], own: own[i], replicas: byRegion[i],
        leftWithout: rest.reduce(.zero) { $0 + $1 })
    }
  }

  /// When the capacity that runs today no longer suffices.
  private static func runway(_ demand: DemandOutlook, _ draft: PlanDraft) -> Runway? {
    guard let running = draft.plan.service.running, let forecast = demand.forecast else { return nil }
    let capacity = draft.plan.carried(by: running)
    let days = forecast.dailyPeaks.filter { $0.date >= draft.today }
    let expected = days.first { $0.peak.mid > capacity.mid }?.date
    // A replica may carry less, and demand be higher, than is expected.
    let early = days.first { $0.peak.high > capacity.mid || $0.peak.mid > capacity.low }?.date
    let late = days.first { $0.peak.low > capacity.mid }?.date
    let cause = (expected ?? early).flatMap { day in
      demand.events.first { $0.start <= day && day <= $0.start + max(0, Int($0.days.rounded(.up)) - 1) }?.name
    }
    return Runway(capacity: capacity.mid, expected: expected, early: early, late: late, cause: cause)
  }

  /// What the plan must survive: the rate that is left after each loss, held against the expected peak. Replicas without a
  /// machine carry nothing, before a loss and after it.
  private static func survival(_ plan: Plan, _ byRegion: [Int], _ serving: [Int]) -> Survival? {
    guard let survive = plan.fleet.survive else { return nil }
    let capacity = plan.service.capacity.mid
    // Standbys that run take over; cold ones come later than the loss is felt.
    let supply = plan.fleet.supply
    let waiting = (plan.fleet.regions.isEmpty ? [supply] : plan.fleet.regions.map { supply.pools(in: $0.name) }).map {
      $0.pools.reduce(0) { $1.lifecycle == .standbyHot || $1.lifecycle == .standbyWarm ? $0 + $1.room : $0 }
    }
    let standing = zip(serving, waiting).map { $0 + $1 }
    func left(_ parts: [Int]) -> RequestRate { parts.reduce(.zero) { $0 + capacity.carried(by: $1) } }
    if let of = survive.of {
      // Equal parts, in every region.
      let factor = survive.factor(shares: []) ?? .infinity
      let rest =
        capacity.isProportional ? left(standing) / factor : left(standing.map { $0 * (of - survive.lost) / of })
      return Survival(tolerance: survive, left: rest, lost: [], factor: factor)
    }
    // The largest regions together are the worst of all losses of so many.
    let order = standing.indices.sorted { (standing[$0], $1) > (standing[$1], $0) }
    let lost = Array(order.prefix(survive.lost))
    return Survival(
      tolerance: survive, left: left(standing.indices.filter { !lost.contains($0) }.map { standing[$0] }),
      lost: lost.map { plan.fleet.regions[$0].name }, factor: survive.factor(shares: plan.fleet.shares) ?? .infinity)
  }

  /// The same of a placement: so many times the peak is served after the worst loss, by whom it may be and in whatever hour.
  private static func survival(
    _ plan: Plan, _ demand: DemandOutlook, _ outcome: PlacementOutcome
  ) -> Survival? {
    guard let survive = plan.fleet.survive, let worst = outcome.worstLoss else { return nil }
    let lost = worst.loss.map { outcome.problem.losses[$0] } ?? []
    return Survival(
      tolerance: survive, left: demand.peak.mid * min(worst.factor, 1e6),
      lost: lost.map { outcome.problem.regions[$0].id }, factor: 1 / max(1e-9, worst.factor))
  }
}

/// How many of what.
public struct Sizing: Sendable {
  public var peak: Estimate<RequestRate>
  public var provisioned: RequestRate
  public var capacityPerReplica: RequestRate
  /// What the replicas carry together, with the doubt about their capacity.
  public var carried: Estimate<RequestRate>
  /// Replicas for the provisioned rate.
  public var replicas: Int
  /// The machines for them.
  public var fleet: Fleet
  /// Replicas that found no machine within the quotas.
  public var unplaced: Int
  public var replicasPerMachine: Int
  public var machines: Int
  /// The preferred machine; nil where the plan names none.
  public var machine: Machine?
  /// What runs today, where the plan says so.
  public var running: Int?
  /// Replicas for an ordinary week by hour, Monday 00:00 first (168 values), headroom included.
  public var hourOfWeek: [Int]
  /// Mean of `hourOfWeek`.
  public var meanReplicas: Double
  public var regions: [RegionSizing]
  /// Nil where the plan does not say what runs.
  public var runway: Runway?
  /// Nil where nothing need fail.
  public var survival: Survival?
}

/// One region's part.
public struct RegionSizing: Hashable, Sendable {
  public var name: String
  public var share: Double
  /// Replicas for its share of the peak alone.
  public var own: Int
  /// Replicas held in all.
  public var replicas: Int
  /// The rate that the other regions carry when this one is lost.
  public var leftWithout: RequestRate
}

/// When the capacity that runs today no longer suffices.
public struct Runway: Hashable, Sendable {
  public var capacity: RequestRate
  /// The first day on which the expected peak exceeds the capacity; nil within the horizon.
  public var expected: CivilDate?
  /// The first day on which the upper end of the interval does, or the expected peak the low end of the capacity.
  public var early: CivilDate?
  /// The first day on which even the low end of the interval exceeds it; nil within the horizon.
  public var late: CivilDate?
  /// The event that causes it, where one does.
  public var cause: String?
}

/// What is left when what must be able to fail does, at its worst.
public struct Survival: Hashable, Sendable {
  public var tolerance: FailureTolerance
  public var left: RequestRate
  /// The regions that are lost; empty for zones.
  public var lost: [String]
  /// By how much the capacity must exceed what is to be held.
  public var factor: Double
}

extension PlanOutcome {
  public var sizing: Sizing {
    get { self[SizingSlice.self] }
    set { self[SizingSlice.self] = newValue }
  }
  public var runway: Runway? { sizing.runway }
}
