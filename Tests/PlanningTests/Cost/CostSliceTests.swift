import Catalogs
import Costs
import Quantities
import Simulating
import Testing

@testable import Planning

/// One price of one thing: whatever is compared, ranked or told is the bill of the machines that stood.
@Suite("What a plan costs") struct CostSliceTests {
  /// A dollar an hour, so that machine-hours are dollars.
  private static func outcome(_ simulation: String, scaling: String = "target: { utilization: 70% }") throws
    -> PlanOutcome
  {
    try PlannerTests.outcome(
      """
      headroom: 30%
      horizon: 1d
      machines: [ { type: g5.xlarge } ]
      prices: { g5.xlarge: $1/h }
      scaling: { \(scaling) }
      simulation: { \(simulation) }
      """, service: "{ capacity: 2000/s per replica, objective: { availability: 99.9% }, startup: { node: 60s } }")
  }

  @Test("spare nodes are paid in the plan, in its policies, in sampled futures and in tuning alike")
  func warmNodes() throws {
    let outcome = try Self.outcome("warm nodes: 50")
    // 50 machines at a dollar an hour, on top of those with a replica.
    for simulation in outcome.simulations.prefix(4) {
      let fleet = try #require(simulation.outcome.fleet)
      let spare = fleet.use.machineHours - fleet.replicaHours
      #expect(abs(spare / (50 * fleet.use.span.hours) - 1) < 0.01, "\(simulation.title)")
      #expect(abs(simulation.cost.dollars - fleet.use.machineHours) < 1e-6)
      #expect(simulation.costPerMonth == fleet.use.cost.perMonth)
    }
    let own = try #require(outcome.simulations.first)
    #expect(outcome.cost.simulatedPerMonth == own.costPerMonth)
    let futures = try #require(
      Planner.futures(of: outcome, count: 4, seed: 1) { count, work in (0..<count).map { work($0) } })
    let month = try #require(futures.costPerMonth)
    #expect(month.least > 50 * 730 && abs(month.p50 / own.costPerMonth.dollars - 1) < 0.3)
    let tuning = try Tuner(
      outcome, TuningControl(budget: 200, seed: 1, map: { count, work in (0..<count).map { work($0) } })
    ).run()
    #expect(tuning.current.costPerMonth > 50 * 730 && tuning.chosen.costPerMonth > 50 * 730)
  }

  @Test("nodes of their own are paid whole, however few replicas stand on them")
  func nodes() throws {
    let outcome = try Self.outcome("nodes: { minimum: 300 }")
    let own = try #require(outcome.simulations.first)
    let fleet = try #require(own.outcome.fleet)
    #expect(abs(try #require(fleet.nodeHours) - fleet.use.machineHours) < 1e-6)
    #expect(own.cost.dollars >= 300 * 24 - 1 && fleet.replicaHours < 0.7 * fleet.use.machineHours)
    #expect(own.costPerMonth == fleet.use.cost.perMonth)
  }

  @Test("the bill's lines add up to the month, and each is its machine-hours at its price")
  func bill() throws {
    let outcome = try PlannerTests.outcome(
      """
      headroom: 30%
      machines: [ { type: g5.xlarge, reserved: 10, spot: 30% } ]
      prices: { g5.xlarge: { on demand: $1/h, spot: $0.25/h, reserved 1y: $0.5/h } }
      """)
    let lines = outcome.cost.bill.lines
    #expect(Set(lines.map(\.lifecycle)) == [.reservedOneYear, .spot, .onDemand])
    let prices: [Lifecycle: Double] = [.onDemand: 1, .spot: 0.25, .reservedOneYear: 0.5]
    for line in lines {
      #expect(abs(line.amount.dollars - line.machineHours.rawValue * (prices[line.lifecycle] ?? .nan)) < 1e-6)
    }
    let sum = lines.reduce(Money.zero) { $0 + $1.amount }
    #expect(sum == outcome.cost.flatPerMonth && outcome.cost.flatPerMonth.dollars > 0)
    // What is reserved is paid in every hour, also of a week that needs less.
    #expect(outcome.cost.followingPerMonth.dollars >= 10 * 0.5 * 730)
    let reserved = lines.first { $0.lifecycle == .reservedOneYear }
    #expect(reserved.map { abs($0.machineHours.rawValue - 10 * 730) < 1e-6 } == true)
  }

  @Test(
    "a budget is judged by what the fleet costs under its policy, and by its low end where a replica may carry less")
  func budget() throws {
    let rest = "machines: [ { type: g5.xlarge } ]\nprices: { g5.xlarge: $1/h }\nheadroom: 30%\nhorizon: 7d\nbudget: "
    let cost = try PlannerTests.outcome(rest + "$1").cost
    let spent = try #require(cost.simulatedPerMonth).dollars
    func met(_ budget: Double, _ service: String = "capacity: 2000/s per replica") throws -> [Bool] {
      try PlannerTests.outcome(rest + "$\(Int(budget))", service: service).verdicts.filter { verdict in
        verdict.isOfBudget
      }.map(\.met)
    }
    #expect(try met(spent * 1.05) == [true] && met(spent * 0.95) == [false])
    #expect(
      try met(spent * 1.2, "capacity: { low: 1000/s, mid: 2000/s, high: 2200/s }") == [true, false],
      "at 1000/s twice the replicas are needed")
  }

  @Test("without a price there is no cost, rather than one of nothing")
  func unpriced() throws {
    let outcome = try PlannerTests.outcome("headroom: 30%")
    #expect(!outcome.cost.isPriced && outcome.ledger["cost-per-month"] == nil && outcome.ledger["price"] == nil)
    #expect(outcome.ledger["machines"] != nil)
  }
}

extension Verdict {
  var isOfBudget: Bool { objective == .budget }
}
