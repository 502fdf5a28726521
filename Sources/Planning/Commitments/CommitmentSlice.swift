import Catalogs
import Costs
import Documents
import Quantities

/// What to commit to over three years: layers of one and three years against the growth that may come.
enum CommitmentSlice: PlanSlice {
  typealias Spec = CommitmentSpec
  typealias Settings = CommitmentSpec
  typealias Answer = CommitmentOutcome

  static func fields(_ format: PlanFormat) -> [Field] {
    [Field("commitments", "what is committed already, and what may be", .object(commitments))]
  }

  private static let commitments = ObjectSchema(
    title: "commitments", summary: "Commitments that exist; `headroom commit plan.yaml` says what to add.",
    fields: [
      Field(
        "existing", "commitments that cannot be undone",
        .list(
          .object(
            ObjectSchema(
              title: "existing commitment",
              fields: [
                Field("machine", "the machine type", .string, required: true, example: "g5.xlarge"),
                Field("in", "the region; left out for every region", .string, example: "us-east-1"),
                Field("units", "how many machines", .integer, required: true, example: "40"),
                Field("until", "the day on which they end", .date, required: true, example: "2027-03-01"),
              ])))),
      Field(
        "focus", "a FOCUS Contract Commitment file (1.3 or 1.4, CSV) beside the plan: what exists is read from it",
        .string, example: "contract-commitments.csv"),
      Field(
        "savings plan", "prices of an hour under a promise to spend, by machine type", .map(UnitSchema.price),
        example: "{ g5.xlarge: $0.66/h }"),
      Field(
        "price change", "how on-demand prices change, and those of what is committed to later; none where absent",
        UnitSchema.estimate(
          of: UnitSchema.yearlyGrowth, "change", examples: ["-20%/year", "-5%/year", "0%/year"]), example: "-5%/year"),
      Field(
        "later discount",
        "what commitments of one year that are bought later take off the on-demand price of their time; today's where absent",
        UnitSchema.estimate(of: UnitSchema.share, "share", examples: ["20%", "30%", "35%"]), example: "30%"),
      Field("spot serving", "a base on demand with spot machines above it", .object(spotServing)),
    ])

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> CommitmentSpec {
    var spec = CommitmentSpec()
    for (i, node) in (plan["commitments"]?["existing"]?.elements ?? []).enumerated() {
      let path = "commitments.existing[\(i)]"
      guard let machine = reader.string(node["machine"], path + ".machine"),
        let units = reader.count(node["units"], path + ".units", 0...10_000_000),
        let until = reader.date(node["until"], path + ".until")
      else { continue }
      spec.existing.append(
        .init(machine: machine, region: node["in"]?.text ?? "", units: units, until: until))
    }
    spec.focus = reader.string(plan["commitments"]?["focus"], "commitments.focus")
    spec.spot = readSpot(plan["commitments"]?["spot serving"], &reader)
    spec.priceChange = reader.estimate(plan["commitments"]?["price change"], "commitments.price change") {
      $0.yearlyGrowth($1, $2)
    }
    spec.laterDiscount = reader.estimate(plan["commitments"]?["later discount"], "commitments.later discount") {
      $0.share($1, $2, 0...0.99, help: "write 30%").map { Fraction(rawValue: $0) }
    }
    for entry in plan["commitments"]?["savings plan"]?.entries ?? [] {
      if let price = reader.price(entry.value, "commitments.savings plan.\(entry.key)") {
        spec.savings[entry.key] = price
      }
    }
    return spec
  }

  static func resolve(_ resolver: inout PlanResolver) -> CommitmentSpec? {
    var spec = resolver.spec[CommitmentSlice.self]
    // Without machines there is nothing to hold the names against, and why is told by them.
    guard resolver.plan.has(FleetSlice.self) else { return spec }
    let names = resolver.plan.fleet.supply.pools.map(\.machine.name)
    for (i, one) in spec.existing.enumerated() where !names.contains(one.machine) {
      resolver.warn(
        "nothing runs on '\(one.machine)', which is committed", "commitments.existing[\(i)].machine",
        help: nearest(one.machine, in: names).map { "did you mean '\($0)'?" } ?? "name it under machines")
    }
    if spec.spot != nil,
      !resolver.plan.fleet.supply.pools.contains(where: {
        $0.lifecycle == .onDemand && $0.machine.price(.spot, in: $0.region.isEmpty ? nil : $0.region) != nil
      })
    {
      resolver.warn(
        "no machine of the plan has a spot price", "commitments.spot serving",
        help: "state one under prices, or take a machine of the catalog that has one")
    }
    for name in spec.savings.keys.sorted() where !names.contains(name) {
      resolver.warn(
        "nothing runs on '\(name)', whose price under a savings plan is stated", "commitments.savings plan.\(name)",
        help: nearest(name, in: names).map { "did you mean '\($0)'?" } ?? "name it under machines")
    }
    if let file = spec.focus { readFOCUS(file, names, &spec, &resolver) }
    return spec
  }

  private static func readFOCUS(
    _ file: String, _ machines: [String], _ spec: inout CommitmentSpec, _ resolver: inout PlanResolver
  ) {
    do throws(Diagnostics) {
      let found = try FOCUSCommitments.read(
        try resolver.files(file), file: file, machines: machines, regions: resolver.spec.fleet.regions.map(\.name))
      spec.existing += found.existing
      spec.promises += found.spend
      resolver.reader.merge(found.2)
    } catch {
      for fault in error.all {
        resolver.fail(
          fault.message, "commitments.focus", at: fault.location,
          help: fault.help ?? "name a CSV file beside the plan")
      }
    }
  }

  static func answer(_ draft: inout PlanDraft) -> CommitmentOutcome {
    guard draft.known == nil, draft.depth == .full else {
      return CommitmentOutcome(ladders: [], spend: nil, blocks: [], spot: [], lack: nil)
    }
    return CommitmentOutcome(
      ladders: ladders(draft), spend: spend(draft), blocks: blocks(draft), spot: spot(draft), lack: lack(draft))
  }

  /// Why nothing can be said about commitments of one and three years.
  private static func lack(_ draft: PlanDraft) -> CommitmentOutcome.Lack? {
    let pools = draft.plan.fleet.supply.pools.filter { $0.machine.isNamed && $0.lifecycle == .onDemand }
    if pools.isEmpty { return .machines }
    if draft[SizingSlice.self].hourOfWeek.isEmpty { return .week }
    let isPriced = pools.contains { pool in
      let region = pool.region.isEmpty ? nil : pool.region
      return pool.price != nil && pool.machine.price(.reservedOneYear, in: region) != nil
        && pool.machine.price(.reservedThreeYears, in: region) != nil
    }
    if isPriced { return nil }
    return .prices(of: pools.map(\.machine.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
  }

  private static func ladders(_ draft: PlanDraft) -> [CommitmentLadder] {
    let supply = draft.plan.fleet.supply
    let week = draft[SizingSlice.self].hourOfWeek
    guard !week.isEmpty else { return [] }
    let spec = draft.plan[CommitmentSlice.self]
    let growth = draft[DemandSlice.self].growth ?? Estimate(exactly: .zero)
    let capacity = draft[ServiceSlice.self].capacity
    let today = draft.today
    let hours = week.map { supply.holding($0).fleet.pools.map(\.count) }
    return supply.pools.enumerated().compactMap { i, pool -> CommitmentLadder? in
      let region = pool.region.isEmpty ? nil : pool.region
      guard pool.lifecycle == .onDemand, let onDemand = pool.price,
        let one = pool.machine.price(.reservedOneYear, in: region),
        let three = pool.machine.price(.reservedThreeYears, in: region)
      else { return nil }
      let existing = spec.existing.filter {
        $0.machine == pool.machine.name && ($0.region.isEmpty || $0.region == pool.region)
      }
      let stack = StackedCommitment(onDemand: onDemand.hourly, oneYear: one.hourly, threeYears: three.hourly)
      // A year's typical week: today's, grown to the year's middle. What exists covers the years that it outlasts.
      func demand(_ rate: Double, times scale: Double = 1) -> [[Double]] {
        (0..<3).map { year in
          let level = max(0, 1 + rate)
          var factor = 1.0
          for _ in 0..<year { factor *= level }
          factor *= level.squareRoot() * scale
          let covered = existing.reduce(0) { $0 + ($1.until >= today + (year + 1) * 365 - 182 ? $1.units : 0) }
          return hours.map { max(0, Double($0[i]) * factor - Double(covered)) }
        }
      }
      let discount =
        spec.laterDiscount
        ?? Estimate(exactly: Fraction(rawValue: onDemand.hourly > .zero ? 1 - one.hourly / onDemand.hourly : 0))
      let change = spec.priceChange ?? Estimate(exactly: .zero)
      // Worlds by the middles of as many equal slices of what is not certain: the first by itself, the others mixed with it
      // evenly and without chance (Halton's sequence, 1960: van der Corput's in the bases 2, 3 and 5).
      let doubts = [growth.isCertain, capacity.isCertain, change.isCertain, discount.isCertain].count { !$0 }
      let count = [1, 16, 32, 64, 64][doubts]
      let worlds = (0..<count).map { k -> CommitmentWorld in
        var bases = [1, 2, 3, 5][...]
        func place<Q: Quantity>(_ estimate: Estimate<Q>) -> Double {
          guard !estimate.isCertain else { return 0.5 }
          let base = bases.removeFirst()
          if base == 1 { return (Double(k) + 0.5) / Double(count) }
          return min(1 - 1e-9, Worlds.radicalInverse(k, base: base) + 0.5 / Double(count))
        }
        let grown = growth.quantile(place(growth)).rawValue
        // Between its ends: beyond them a replica might carry nothing.
        let carried = min(max(capacity.quantile(place(capacity)), capacity.low), capacity.high) / capacity.mid
        let level = max(0.01, 1 + min(max(change.quantile(place(change)), change.low), change.high).rawValue)
        let kept = 1 - min(max(discount.quantile(place(discount)), discount.low), discount.high).rawValue
        var bought = [1.0, level, level * level]
        // On demand a year costs what its middle does; a commitment what it does on the day that it is bought.
        let onDemandLevels = bought.map { $0 * level.squareRoot() }
        for year in 1..<3 { bought[year] *= one.hourly > .zero ? kept * (onDemand.hourly / one.hourly) : 1 }
        return CommitmentWorld(
          demand(grown, times: carried > 0 ? 1 / carried : 1), onDemand: onDemandLevels, oneYear: bought)
      }
      let ranked = stack.ranked(worlds)
      guard let best = ranked.first else { return nil }
      return CommitmentLadder(
        machine: pool.machine.name, region: pool.region, onDemand: onDemand, oneYear: one, threeYears: three,
        weekHours: week.count, best: best, calmest: ranked.min { $0.worstRegret < $1.worstRegret } ?? best,
        steps: steps(best.choice, from: today), existing: existing, worlds: count,
        cliff: stack.cliff(of: best.choice, demandByYear: demand(growth.mid.rawValue)))
    }
  }

  private enum Worlds {
    /// The digits of a number mirrored at the point (van der Corput, 1935).
    static func radicalInverse(_ index: Int, base: Int) -> Double {
      var (rest, digit, sum) = (index, 1 / Double(base), 0.0)
      while rest > 0 {
        sum += Double(rest % base) * digit
        rest /= base
        digit /= Double(base)
      }
      return sum
    }
  }

  /// What to buy when: three years now, one year now and at the beginning of each year.
  private static func steps(_ choice: StackedCommitment.Choice, from today: CivilDate) -> [CommitmentLadder.Step] {
    var steps: [CommitmentLadder.Step] = []
    if choice.threeYears > 0 { steps.append(.init(date: today, years: 3, units: choice.threeYears)) }
    for (year, units) in choice.oneYear.enumerated() where units > 0 {
      steps.append(.init(date: today + year * 365, years: 1, units: units))
    }
    return steps
  }
}

/// What stands under `commitments:`.
public struct CommitmentSpec: Sendable {
  public struct Existing: Hashable, Sendable {
    public var machine: String
    public var region: String
    public var units: Int
    public var until: CivilDate
  }
  /// A promise to spend that exists already.
  public struct Promise: Hashable, Sendable {
    public var hourly: HourlyPrice
    public var until: CivilDate
  }
  public var existing: [Existing] = []
  public var promises: [Promise] = []
  /// A FOCUS file of what exists.
  public var focus: String?
  /// How on-demand prices change in a year, and what later commitments of one year take off them; nil for not at all, and
  /// for what they do today.
  public var priceChange: Estimate<Fraction>?
  public var laterDiscount: Estimate<Fraction>?
  /// Prices under a promise to spend, by machine type.
  public var savings: [String: HourlyPrice] = [:]
  /// Serving on spot machines above a base; nil where nobody asked for it.
  public var spot: SpotServingSpec?
}

/// What to commit to, of each kind.
public struct CommitmentOutcome: Sendable {
  /// Why commitments cannot be weighed at all, which is not the same as that none pays.
  public enum Lack: Hashable, Sendable {
    /// The plan states its traffic: in how many hours a unit is used is not known.
    case week
    /// The plan names no machine that is bought on demand.
    case machines
    /// No price of one and three years is known of these.
    case prices(of: [String])
  }
  /// Commitments to use, by machine type and region.
  public var ladders: [CommitmentLadder]
  /// A promise to spend over all of them; nil where no price under one is known.
  public var spend: SpendLadder?
  /// Capacity that is bought ahead.
  public var blocks: [BlockLadder]
  /// A base on demand and spot machines above it.
  public var spot: [SpotLadder]
  /// Nil where commitments of one and three years were weighed.
  public var lack: Lack?
}

/// What to commit to of one machine type in one region.
public struct CommitmentLadder: Hashable, Sendable {
  public struct Step: Hashable, Sendable {
    public var date: CivilDate
    public var years: Int
    public var units: Int
  }
  public var machine: String
  public var region: String
  public var onDemand: Price
  public var oneYear: Price
  public var threeYears: Price
  /// Hours of the week that stands for a year.
  public var weekHours: Int
  /// The cheapest in expectation, and the one that may cost least too much; money is of three typical weeks.
  public var best: StackedCommitment.Regret
  public var calmest: StackedCommitment.Regret
  public var steps: [Step]
  public var existing: [CommitmentSpec.Existing]
  /// Worlds that it was held against.
  public var worlds: Int
  /// By how much all demand may fall short of what is expected before it costs more than no commitment: 0.3 is 30 %.
  public var cliff: Double

  /// The share of hours in which a unit must be used to pay for itself.
  public var breakEvenOneYear: Double { oneYear.hourly / onDemand.hourly }
  public var breakEvenThreeYears: Double { threeYears.hourly / onDemand.hourly }
  /// Money of the three weeks as that of three years.
  private var scale: Double { weekHours > 0 ? 8760 / Double(weekHours) : 0 }
  public var costWithout: Money { best.choice.costWithout * scale }
  public var cost: Money { best.choice.cost * scale }
  public var expectedCost: Money { best.expectedCost * scale }
  public var saving: Money { best.choice.saving * scale }
  public var expectedRegret: Money { best.expectedRegret * scale }
  public var worstRegret: Money { best.worstRegret * scale }
}

extension PlanOutcome {
  public var commitments: [CommitmentLadder] { self[CommitmentSlice.self].ladders }
  public var commitmentLack: CommitmentOutcome.Lack? { self[CommitmentSlice.self].lack }
  public var spendCommitment: SpendLadder? { self[CommitmentSlice.self].spend }
  public var capacityBlocks: [BlockLadder] { self[CommitmentSlice.self].blocks }
}
