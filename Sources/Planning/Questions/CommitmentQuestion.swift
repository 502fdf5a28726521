import Costs
import Documents
import Quantities

/// One question of `headroom commit --batch`: what to commit to on a demand that is known or forecast.
public struct CommitmentQuestion: Sendable {
  /// What is wrong with a question, and at which key.
  public typealias Fault = PlanQuestion.Fault

  enum Kind: Sendable {
    case layer(Commitment, demand: [Double])
    case stack(StackedCommitment, demandByYear: [[Double]])
    case spend(SpendCommitment)
    case blocks(BlockMarket, demandByDay: [Int])
    case spotServing(SpotServing, demand: [Double])
  }
  let kind: Kind

  /// The names of the kinds, as `"kind"` says them.
  public static let kinds = [
    "single", "commit_spot_on_demand", "stack_1y_3y", "spend_commitment", "capacity_blocks", "spot_serving",
  ]

  public init(_ node: Node) throws(Fault) {
    guard node.entries != nil else {
      throw Fault(
        code: "not-an-object", message: "A question is a JSON object with \"kind\" and a demand.", path: "")
    }
    let reading = CommitmentReading(node: node)
    switch node["kind"]?.text {
    case "single", "commit_spot_on_demand": kind = try reading.layer()
    case "stack_1y_3y": kind = try reading.stack()
    case "spend_commitment": kind = try reading.spend()
    case "capacity_blocks": kind = try reading.blocks()
    case "spot_serving": kind = try reading.spotServing()
    case let other:
      throw Fault(
        code: other == nil ? "missing" : "unknown-kind",
        message: other.map { "There is no kind '\($0)'. Give one of \(Self.kinds.joined(separator: ", "))." }
          ?? "'kind' is missing: give one of \(Self.kinds.joined(separator: ", ")).", path: "kind")
    }
  }

  /// The exact optimum.
  public func answer() -> CommitmentAnswer {
    switch kind {
    case .layer(let commitment, let demand):
      .layer(commitment.optimum(demand: demand))
    case .stack(let stack, let demand):
      .stack(stack.optimum(demandByYear: demand))
    case .spend(let spend):
      .spend(spend.optimum(), order: spend.usages.map(\.name))
    case .blocks(let market, let demand): .blocks(market.optimum(demand: demand))
    case .spotServing(let spot, let demand): .spotServing(spot.optimum(demand: demand))
    }
  }
}

/// What to commit to.
public enum CommitmentAnswer: Hashable, Sendable {
  case layer(CommitmentChoice)
  case stack(StackedCommitment.Choice)
  case spend(SpendCommitment.Choice, order: [String])
  case blocks(BlockMarket.Choice)
  /// Nil where even everything on demand misses the objective.
  case spotServing(SpotServing.Choice?)
}

private struct CommitmentReading {
  typealias Fault = CommitmentQuestion.Fault
  let node: Node

  func layer() throws(Fault) -> CommitmentQuestion.Kind {
    let demand = try numbers(node["demand_units_by_hour"], "demand_units_by_hour")
    var spot: Commitment.Spot?
    if present("spot_rate") {
      let overhead = try number("spot_overhead", 0)
      let share = try number("max_spot_fraction_of_demand", 1)
      guard overhead < 1 else {
        throw Fault(code: "out-of-range", message: "'spot_overhead' must be below 1.", path: "spot_overhead")
      }
      guard share <= 1 else {
        throw Fault(
          code: "out-of-range", message: "'max_spot_fraction_of_demand' is a share from 0 to 1.",
          path: "max_spot_fraction_of_demand")
      }
      spot = Commitment.Spot(
        hourly: HourlyPrice(rawValue: try number("spot_rate")), overhead: Fraction(rawValue: overhead),
        maximumShare: Fraction(rawValue: share))
    }
    return .layer(
      Commitment(
        onDemand: HourlyPrice(rawValue: try number("on_demand_rate")),
        committed: HourlyPrice(rawValue: try number("commit_rate")), spot: spot), demand: demand)
  }

  func stack() throws(Fault) -> CommitmentQuestion.Kind {
    guard let years = node["demand_units_by_year_hour"]?.elements, !years.isEmpty else {
      throw Fault(
        code: "missing", message: "'demand_units_by_year_hour' is missing: give a list of hours for each year.",
        path: "demand_units_by_year_hour")
    }
    var demand: [[Double]] = []
    for (i, year) in years.enumerated() { demand.append(try numbers(year, "demand_units_by_year_hour[\(i)]")) }
    var existing: [StackedCommitment.Existing] = []
    let given = node["existing"].flatMap { $0.isNull ? nil : $0 }
    for (i, one) in (given?.elements ?? given.map { [$0] } ?? []).enumerated() {
      let path = "existing[\(i)]"
      guard let units = one["units"]?.integer, units >= 0, let rate = one["rate"]?.number, rate >= 0, rate.isFinite,
        let until = one["until_year"]?.integer, until >= 0
      else {
        throw Fault(
          code: "not-a-commitment",
          message: "An existing commitment has units, a rate and until_year (1: the first year only), none negative.",
          path: path)
      }
      existing.append(.init(units: units, hourly: HourlyPrice(rawValue: rate), years: until))
    }
    return .stack(
      StackedCommitment(
        onDemand: HourlyPrice(rawValue: try number("on_demand_rate")),
        oneYear: HourlyPrice(rawValue: try number("commit_rate_1y")),
        threeYears: HourlyPrice(rawValue: try number("commit_rate_3y")), existing: existing), demandByYear: demand)
  }

  func spend() throws(Fault) -> CommitmentQuestion.Kind {
    guard let types = node["types"]?.elements, !types.isEmpty else {
      throw Fault(
        code: "missing", message: "'types' is missing: give a list of {\"id\", \"od\", \"sp\"}.", path: "types")
    }
    var usages: [SpendCommitment.Usage] = []
    for (i, type) in types.enumerated() {
      let id = type["id"]?.text ?? ""
      usages.append(
        SpendCommitment.Usage(
          name: id, onDemand: HourlyPrice(rawValue: try number(type["od"], "types[\(i)].od")),
          committed: HourlyPrice(rawValue: try number(type["sp"], "types[\(i)].sp")),
          units: try numbers(node["usage_units_by_hour"]?[id], "usage_units_by_hour.\(id)")))
    }
    return .spend(SpendCommitment(usages))
  }

  func blocks() throws(Fault) -> CommitmentQuestion.Kind {
    let demand = try numbers(node["demand_units_by_day"], "demand_units_by_day")
    guard demand.count <= 3660, demand.allSatisfy({ $0 <= 1e6 && $0 == $0.rounded() }) else {
      throw Fault(
        code: "not-a-demand", message: "'demand_units_by_day' must be whole numbers up to 1000000, at most 3660 days.",
        path: "demand_units_by_day")
    }
    let onDemand = HourlyPrice(rawValue: try number("on_demand_rate"))
    let probability = try share("obtainable_probability", 1)
    let shortest = try days("shortest_days", 1)
    let longest = try days("longest_days", 182)
    let lead = try number("lead_days", 0)
    guard shortest <= longest else {
      throw Fault(code: "out-of-order", message: "'shortest_days' is above 'longest_days'.", path: "shortest_days")
    }
    return .blocks(
      BlockMarket(
        block: .init(
          hourly: HourlyPrice(rawValue: try number("block_rate")), leadDays: lead, aheadDays: max(56, lead),
          shortest: shortest, longest: longest), onDemand: onDemand, obtainable: Fraction(rawValue: probability),
        shortage: HourlyPrice(rawValue: try number("shortage_rate", 10 * onDemand.rawValue))),
      demandByDay: demand.map { Int($0) })
  }

  func spotServing() throws(Fault) -> CommitmentQuestion.Kind {
    .spotServing(
      SpotServing(
        onDemand: HourlyPrice(rawValue: try number("on_demand_rate")),
        spot: HourlyPrice(rawValue: try number("spot_rate")), reclaims: try number("reclaims_per_h", 0.05),
        poolReclaims: try number("pool_reclaims_per_h", 0.005), fallback: try number("fallback_seconds", 180),
        absence: try share("absence", 0.02), objective: try share("availability", 0.999)),
      demand: try numbers(node["demand_units_by_hour"], "demand_units_by_hour"))
  }

  private func share(_ key: String, _ fallback: Double) throws(Fault) -> Double {
    let value = try number(key, fallback)
    guard value <= 1 else {
      throw Fault(code: "out-of-range", message: "'\(key)' is a share from 0 to 1.", path: key)
    }
    return value
  }

  private func days(_ key: String, _ fallback: Double) throws(Fault) -> Int {
    let value = try number(key, fallback)
    guard value >= 1, value <= 3660, value == value.rounded() else {
      throw Fault(code: "out-of-range", message: "'\(key)' is a whole number of days from 1 to 3660.", path: key)
    }
    return Int(value)
  }

  private func present(_ key: String) -> Bool { node[key].map { !$0.isNull } ?? false }

  private func number(_ key: String, _ fallback: Double? = nil) throws(Fault) -> Double {
    if let fallback, !present(key) { return fallback }
    return try number(node[key], key)
  }

  private func number(_ node: Node?, _ path: String) throws(Fault) -> Double {
    guard let node, !node.isNull else {
      throw Fault(code: "missing", message: "'\(path)' is missing.", path: path)
    }
    guard let value = node.number, value.isFinite, value >= 0 else {
      throw Fault(code: "not-a-number", message: "'\(path)' must be a number that is not negative.", path: path)
    }
    return value
  }

  private func numbers(_ node: Node?, _ path: String) throws(Fault) -> [Double] {
    guard let node, !node.isNull else {
      throw Fault(code: "missing", message: "'\(path)' is missing: give the units of each hour.", path: path)
    }
    let values = node.numbers ?? node.elements?.map { $0.number ?? -1 } ?? []
    guard !values.isEmpty, values.allSatisfy({ $0.isFinite && $0 >= 0 && $0 <= 1e12 }) else {
      throw Fault(
        code: "not-a-demand", message: "'\(path)' must be a list of numbers that are not negative.", path: path)
    }
    return values
  }
}
