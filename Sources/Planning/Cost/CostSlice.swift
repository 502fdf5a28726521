import Catalogs
import Costs
import Documents
import Quantities
import Serving

/// What it costs: every figure a bill of the one fleet, over one number of machine-hours or another.
enum CostSlice: PlanSlice {
  typealias Spec = CostSpec
  typealias Settings = CostSpec
  typealias Answer = PlanCost

  static func fields(_ format: PlanFormat) -> [Field] {
    [
      Field("budget", "what the fleet may cost a month", UnitSchema.money, example: "$50k"),
      Field(
        "spent", "what was spent: a FOCUS cost and usage file (1.0 and later, CSV) beside the plan", .string,
        example: "focus-2026-05.csv"),
      Field(
        "currency", "in which every amount of the plan is read and shown", UnitSchema.currency, example: "EUR",
        default: "USD"),
    ]
  }

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> CostSpec {
    CostSpec(
      budget: reader.positive(plan["budget"], "budget", zero: Money.zero), file: reader.string(plan["spent"], "spent"),
      currency: .current)
  }

  static func resolve(_ resolver: inout PlanResolver) -> CostSpec? {
    var spec = resolver.spec[CostSlice.self]
    guard let file = spec.file else { return spec }
    do throws(Diagnostics) {
      spec.spent = try FOCUSBill(try resolver.files(file), file: file)
    } catch {
      for fault in error.all {
        resolver.fail(fault.message, "spent", at: fault.location, help: fault.help ?? "name a CSV file beside the plan")
      }
      return nil
    }
    return spec
  }

  // MARK: Answering

  static func answer(_ draft: inout PlanDraft) -> PlanCost {
    let supply = draft.plan.fleet.supply
    let sizing = draft[SizingSlice.self]
    let charges = draft[PlacementSlice.self]?.charges ?? []
    let bill = sizing.fleet.costPerMonth.adding(charges)
    let week = sizing.hourOfWeek
    let following = week.isEmpty ? bill : supply.use(following: week, step: .hours(1)).cost.adding(charges)
    let busiest = week.isEmpty ? sizing.fleet : supply.holding(week.max() ?? sizing.replicas).fleet
    let ordinary = busiest.costPerMonth.adding(charges)
    let horizon = horizon(draft)
    derive(bill, ordinary, following, horizon.total, busiest, &draft)
    let simulated = draft[SimulationSlice.self].policies.first
    let price = supply.pools.first { $0.lifecycle == .onDemand }?.price ?? supply.pools.first?.price
    return PlanCost(
      hourlyPrice: price?.hourly ?? .zero,
      priceSource: price.map(FleetSlice.source)
        ?? (draft.plan.fleet.machine == nil ? "no machine" : "no price known"),
      isPriced: supply.isPriced, bill: bill, followingBill: following.month,
      perHour: bill.perHour, flatPerMonth: bill.total, flatByCapacity: byCapacity(draft),
      ordinaryFlatPerMonth: ordinary.total, followingPerMonth: following.perMonth,
      simulatedPerMonth: simulated?.costPerMonth,
      runningPerMonth: sizing.running.map { supply.holding($0).fleet.costPerMonth.adding(charges).total },
      horizon: horizon.total, events: horizon.events,
      saving: ordinary.total > .zero ? max(0, 1 - following.perMonth / ordinary.total) : 0,
      commitments: week.isEmpty ? [] : Self.commitments(supply, week))
  }

  /// The flat fleet where a replica carries the high, the middle and the low end of what it may: fewer replicas, or more.
  private static func byCapacity(_ draft: PlanDraft) -> Estimate<Money>? {
    let capacity = draft.plan.service.capacity
    guard !capacity.isCertain else { return nil }
    let rate = draft[SizingSlice.self].provisioned
    let shares = draft.plan.fleet.shares.isEmpty ? [1] : draft.plan.fleet.shares
    func cost(_ service: ServiceCapacity) -> Money {
      draft.plan.fleet.supply.holding(shares.map { max(1, service.replicas(for: rate * $0)) }).fleet.costPerMonth.total
    }
    let (few, middle, many) = (cost(capacity.high), cost(capacity.mid), cost(capacity.low))
    return Estimate(low: min(few, middle), mid: middle, high: max(middle, many), confidence: capacity.confidence)
  }

  /// The fleet that follows expected demand with the headroom, step by step; and the part that events cause.
  private static func horizon(_ draft: PlanDraft) -> (total: Money, events: Money) {
    let plan = draft.plan
    let sizing = draft[SizingSlice.self]
    let supply = plan.fleet.supply
    guard let forecast = draft[DemandSlice.self].forecast, !sizing.hourOfWeek.isEmpty else {
      return (sizing.fleet.cost(over: plan.horizon).total, .zero)
    }
    let share = sizing.provisioned / sizing.peak.mid
    let zone = plan.zone
    let (mid, now) = (forecast.mid, draft.now)
    let steps = mid.rawValues.indices.filter { !mid.rawValues[$0].isNaN && mid.time(at: $0) >= now }
    let needed = plan.replicas(forEach: steps.map { .perSecond(mid.rawValues[$0]) * share }).map { max(1, $0) }
    let ordinary = zip(steps, needed).map { i, replicas in
      let (date, second) = zone.local(mid.time(at: i))
      return min(replicas, sizing.hourOfWeek[date.weekday.rawValue * 24 + second / 3600])
    }
    let step = mid.step
    let total = supply.use(following: needed, step: step).cost.total
    return (total, total - supply.use(following: ordinary, step: step).cost.total)
  }

  /// What a commitment for a year would save on the ordinary week, machine type by machine type.
  private static func commitments(_ supply: Fleet, _ week: [Int]) -> [CommitmentAdvice] {
    let hours = week.map { supply.holding($0).fleet.pools.map(\.count) }
    return supply.pools.enumerated().compactMap { i, pool in
      guard pool.lifecycle == .onDemand, let price = pool.price,
        let committed = pool.machine.price(.reservedOneYear, in: pool.region.isEmpty ? nil : pool.region),
        price.hourly > committed.hourly
      else { return nil }
      let choice = Commitment(onDemand: price.hourly, committed: committed.hourly).optimum(
        demand: hours.map { Double($0[i]) })
      guard choice.units > 0, choice.saving > .zero else { return nil }
      return CommitmentAdvice(
        machine: pool.machine.name, region: pool.region, price: committed, choice: choice,
        savingPerMonth: choice.savingPerMonth(of: hours.count))
    }
  }

  private static func derive(
    _ flat: CostBreakdown, _ ordinary: CostBreakdown, _ following: CostBreakdown, _ horizon: Money, _ busiest: Fleet,
    _ draft: inout PlanDraft
  ) {
    let prices = draft[FleetSlice.self].prices
    // Without a price there is no cost: zero would be a number that nobody found.
    guard draft.plan.fleet.supply.isPriced else { return }
    draft.ledger.derive(
      "cost-per-month-flat", "flat fleet, a month", .money, .bill(flat, of: ["machines"] + prices),
      because: "A month has \(NumberFormat.grouped(CostBreakdown.hoursPerMonth)) hours.")
    let sizing = draft[SizingSlice.self]
    guard !sizing.hourOfWeek.isEmpty else { return }
    let basis = ["baseline-peak", "headroom", "capacity", "replicas-per-machine"]
    draft.ledger.compute(
      "machines-ordinary", "machines for the busiest hour of an ordinary week", Double(busiest.machineCount), .count,
      how: "machines for the highest expected demand of an ordinary week x (1 + headroom)", from: basis)
    draft.ledger.derive(
      "cost-per-month-ordinary-flat", "flat fleet for an ordinary week, a month", .money,
      .bill(ordinary, of: ["machines-ordinary"] + prices))
    draft.ledger.compute(
      "machines-mean", "machines, mean over an ordinary week", following.machineHours.rawValue / following.span.hours,
      .plain,
      how:
        "mean over 168 hours of ceil(highest expected demand of the hour x (1 + headroom) / capacity) on machines",
      from: basis)
    draft.ledger.derive(
      "cost-per-month", "fleet that follows the week, a month", .money,
      .bill(following.month, of: ["machines-mean"] + prices))
    draft.ledger.compute(
      "cost-horizon", "fleet over the horizon, events included", horizon.dollars, .money,
      how: "sum over the horizon of machines for expected demand x (1 + headroom) x price",
      from: prices + ["headroom", "capacity"])
  }

  // MARK: Judging

  static func judge(_ draft: inout PlanDraft) {
    let cost = draft[CostSlice.self]
    let sizing = draft[SizingSlice.self]
    if !sizing.hourOfWeek.isEmpty, cost.ordinaryFlatPerMonth > .zero, cost.saving > 0.1, draft.plan.policy.isFlat {
      draft.tell(
        CostFinding.autoscalingSaves(flat: cost.ordinaryFlatPerMonth, following: cost.followingPerMonth))
    }
    for advice in cost.commitments where advice.savingPerMonth / max(cost.followingPerMonth, .dollars(1e-9)) > 0.02 {
      draft.tell(CostFinding.commitmentSaves(advice))
    }
    if let month = draft.plan[CostSlice.self].spent?.months.last(where: \.isWhole) {
      draft.tell(CostFinding.spent(month, planned: cost.simulatedPerMonth ?? cost.followingPerMonth))
    }
    judgeBudget(cost, &draft)
  }

  private static func judgeBudget(_ cost: PlanCost, _ draft: inout PlanDraft) {
    // What the policy spends is known where it has been simulated.
    guard draft.depth == .full, let budget = draft.plan.budget else { return }
    let spent = cost.simulatedPerMonth ?? cost.followingPerMonth
    draft.verdicts.append(
      Verdict(
        .budget, asked: budget.dollars, got: spent.dollars, unit: .money, met: spent <= budget,
        margin: 1 - spent / budget, binding: .fleetCost))
    if let range = cost.flatByCapacity, spent <= budget, range.mid > .zero {
      let high = spent * (range.high / range.mid)
      draft.verdicts.append(
        Verdict(
          .budget, .lowCapacity, asked: budget.dollars, got: high.dollars, unit: .money, met: high <= budget,
          margin: 1 - high / budget, binding: .capacityError(nil)))
    }
  }
}

/// What the fleet may cost.
public struct CostSpec: Sendable {
  public var budget: Money?
  var file: String?
  /// What was spent.
  public var spent: FOCUSBill?
  /// In which every amount of the plan counts.
  public var currency = Currency.dollars
}

/// What it costs.
public struct PlanCost: Sendable {
  /// An hour of the preferred machine on demand, and where the price comes from.
  public var hourlyPrice: HourlyPrice
  public var priceSource: String
  /// Whether any price is known.
  public var isPriced: Bool
  /// The flat fleet's month, line by line.
  public var bill: CostBreakdown
  /// The month of the fleet that follows the hours of an ordinary week, line by line.
  public var followingBill: CostBreakdown
  public var perHour: HourlyPrice
  /// 730 hours of the flat fleet.
  public var flatPerMonth: Money
  /// The same over what a replica may carry; nil where that is certain.
  public var flatByCapacity: Estimate<Money>?
  /// 730 hours of a flat fleet for the busiest hour of an ordinary week, events left out.
  public var ordinaryFlatPerMonth: Money
  /// The fleet that follows the hours of an ordinary week.
  public var followingPerMonth: Money
  /// The simulated policy, events included, scaled to a month.
  public var simulatedPerMonth: Money?
  /// The replicas that run today, held all month; nil where the plan does not say how many do.
  public var runningPerMonth: Money?
  public var horizon: Money
  /// What the events add over the horizon.
  public var events: Money
  /// What following the ordinary week saves against a flat fleet for that week: 1 - following / ordinary flat.
  public var saving: Double
  /// Commitments that would save on the ordinary week.
  public var commitments: [CommitmentAdvice]

  /// What a month costs under the plan's policy: as simulated, or following the ordinary week where nothing was.
  public var underPolicy: Money { simulatedPerMonth ?? followingPerMonth }
}

/// A commitment that would pay.
public struct CommitmentAdvice: Hashable, Sendable {
  public var machine: String
  public var region: String
  public var price: Price
  public var choice: CommitmentChoice
  public var savingPerMonth: Money
}

extension Plan {
  public var budget: Money? { self[CostSlice.self].budget }
  /// In which every amount of the plan counts.
  public var currency: Currency { self[CostSlice.self].currency }
}

extension PlanSpec {
  public var currency: Currency { self[CostSlice.self].currency }
}

extension PlanOutcome {
  public var cost: PlanCost { self[CostSlice.self] }
}
