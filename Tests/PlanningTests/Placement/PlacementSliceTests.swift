import Catalogs
import Costs
import Documents
import Optimizing
import Placing
import Quantities
import Testing

@testable import Planning

@Suite("The placement of a plan") struct PlacementSliceTests {
  static let regions = """
    headroom: 20%
    machines: [ { type: g5.xlarge, replicas: 1, quota: 60 }, { type: g5.2xlarge, replicas: 2, quota: 40 } ]
    regions:
      us-east-1: { share: 50%, latency: { us-west-2: 60ms, eu-west-1: 70ms }, fixed cost: $2/h }
      us-west-2: { share: 20%, latency: { eu-west-1: 130ms } }
      eu-west-1: { share: 30%, residency: [eu-west-1, us-east-1] }
    survive: 1 region
    placement: { latency limit: 100ms, latency limit under failure: 150ms, egress: $0.0002/h }
    horizon: 30d
    """

  static func outcome(_ rest: String = regions) throws -> PlanOutcome {
    let plan = try PlannerTests.plan(rest, traffic: "average: 30000/s\n  peak to average: 2.5")
    return try Planner.outcome(of: plan, trace: nil, now: PlannerTests.trace.end)
  }

  @Test(
    "sizes, bill and placement are one: the month's cost is 730 hours of what was placed",
    .enabled(if: Solver.isAvailable, "HiGHS is not installed"))
  func oneAnswer() throws {
    let outcome = try Self.outcome()
    let placed = try #require(outcome.placement?.placement)
    #expect(placed.status == .optimal)
    #expect(abs(outcome.cost.flatPerMonth.dollars - placed.cost.dollarsPerHour * 730) < 0.01)
    #expect(outcome.sizing.machines == placed.counts.reduce(0, +))
    #expect(outcome.sizing.fleet.cost(over: .hours(730)).charges.isEmpty)
    #expect(outcome.sizing.regions.map(\.replicas).reduce(0, +) == outcome.sizing.replicas)
    // Whoever fills the fleet with that many replicas later gets the same machines.
    let again = outcome.plan.fleet.supply.holding(outcome.sizing.replicas).fleet
    #expect(again.pools.map(\.count) == outcome.sizing.fleet.pools.map(\.count))
    #expect(outcome.survives)
    // The arithmetic that is printed gives the bill, charges included.
    let bill = try #require(outcome.ledger["cost-per-month-flat"])
    #expect(abs(bill.value - outcome.cost.flatPerMonth.dollars) < 1e-6)
  }

  @Test(
    "the peak of all regions together is the plan's peak, whatever hours each has",
    .enabled(if: Solver.isAvailable, "HiGHS is not installed"))
  func hours() throws {
    let day = (0..<24).map { "\(1 + min($0, 24 - $0))" }.joined(separator: ",")
    let night = (0..<24).map { "\(13 - min($0, 24 - $0))" }.joined(separator: ",")
    let outcome = try Self.outcome(
      """
      headroom: 0%
      machines: [ { type: g5.xlarge, replicas: 1 } ]
      regions: { a: { share: 50%, by hour: [\(day)] }, b: { share: 50%, by hour: [\(night)] } }
      horizon: 30d
      """)
    let problem = try #require(outcome.placement?.problem)
    let peak = (0..<24).map { t in problem.origins.reduce(0) { $0 + $1.demand[t] } }.max() ?? 0
    #expect(abs(peak - 75_000) < 1e-6)
    #expect(problem.multiplexingGain > 1.5)
    // One fleet for all hours: no more than the common peak asks, wherever it stands.
    #expect(outcome.sizing.replicas == 38)
  }

  @Test(
    "what shares a line is placed by what it carries where it stands: a small region's replicas carry less each",
    .enabled(if: Solver.isAvailable, "HiGHS is not installed"))
  func sharedLines() throws {
    // Three regions that may serve only their own: 80, 15 and 5 % of the peak.
    let plan = try PlannerTests.plan(
      """
      headroom: 0%
      machines: [ { type: g5.xlarge, replicas: 1 } ]
      regions:
        a: { share: 80%, residency: [a] }
        b: { share: 15%, residency: [b] }
        c: { share: 5%, residency: [c] }
      placement: { strategy: best }
      horizon: 30d
      """, service: "{ service time: 100ms, concurrency: 1, balancing: shared line, objective: { p99: 500ms } }",
      traffic: "average: 200/s\n  peak to average: 1")
    let outcome = try Planner.outcome(of: plan, trace: nil, now: PlannerTests.trace.end)
    let placed = try #require(outcome.placement)
    let placement = try #require(placed.placement)
    let capacity = plan.service.capacity.mid
    for (r, rate) in [(0, 160.0), (1, 30), (2, 10)] {
      let replicas = zip(placed.problem.offers, placement.counts).reduce(0) { $0 + ($1.0.region == r ? $1.1 : 0) }
      // Held against the line itself, and hardly more than it needs.
      #expect(capacity.carried(by: replicas).perSecond >= rate * (1 - 1e-9), "region \(r)")
      #expect(replicas <= capacity.replicas(for: .perSecond(rate)) + 1, "region \(r)")
    }
    #expect(placed.slack.allSatisfy { $0.factor >= 1 - 1e-9 })
  }

  @Test(
    "nothing that holds is a finding with its clash, and the sizes are those of the shares",
    .enabled(if: Solver.isAvailable, "HiGHS is not installed"))
  func infeasible() throws {
    let outcome = try Self.outcome(Self.regions.replacingQuotas(with: 4))
    let codes = outcome.findings.map(\.code)
    #expect(codes.contains("placement-infeasible"))
    #expect(outcome.placement?.isPlaced == false)
    #expect(outcome.sizing.replicas > 0)
  }

  @Test(
    "residency that leaves nobody after a loss is told",
    .enabled(if: Solver.isAvailable, "HiGHS is not installed"))
  func trap() throws {
    let alone = Self.regions.replacing("residency: [eu-west-1, us-east-1]", with: "residency: [eu-west-1]")
    let outcome = try Self.outcome(alone)
    #expect(outcome.findings.map(\.code).contains("unservable-when-lost"))
  }

  @Test(
    "a quota that cannot be had in time is not counted on; what must be ordered has its last day",
    .enabled(if: Solver.isAvailable, "HiGHS is not installed"))
  func procurement() throws {
    func outcome(_ obtainable: String, _ placement: String) throws -> PlanOutcome {
      try Self.outcome(
        """
        headroom: 0%
        machines: [ { type: g5.xlarge, quota: 100, obtainable: \(obtainable) }, { type: g5.2xlarge, quota: 100 } ]
        regions: { a: { share: 100% } }
        placement: \(placement)
        horizon: 30d
        """)
    }
    let scarce = try outcome("{ probability: 40%, lead: 60d }", "{ assurance: 90% }")
    #expect(scarce.findings.map(\.code).contains("quota-is-not-capacity"))
    #expect(scarce.sizing.fleet.pools.filter { $0.count > 0 }.map(\.machine.name) == ["g5.2xlarge"])
    let now = try Self.outcome("horizon: 30d").now
    let day = TimeZoneRules.utc.local(now).date
    let ordered = try outcome("{ probability: 40%, lead: 20d }", "{ assurance: 90%, needed by: \(day + 25) }")
    let order = try #require(ordered.findings.first { $0.code == "order-capacity" })
    #expect(order.by == day + 5)
  }

  @Test("what cannot be is a diagnostic with its place")
  func faults() {
    func told(_ rest: String) -> [String] {
      allDiagnostics(of: planText(rest: rest)).map { "\($0)" }
    }
    let two = "regions: { a: { share: 60%, %A }, b: { share: 40% } }\nmachines: [ { type: g5.xlarge, quota: 5 } ]"
    func region(_ text: String) -> [String] { told(two.replacing("%A", with: text)) }
    #expect(region("residency: [c]").contains { $0.contains("there is no region 'c'") })
    #expect(region("residency: []").contains { $0.contains("'residency' is empty") })
    #expect(region("by hour: [1, 2]").contains { $0.contains("has 2 values, not 24") })
    #expect(region("latency: { c: 10ms }").contains { $0.contains("there is no region 'c'") })
    #expect(region("latency: { b: -10ms }").contains { $0.contains("'b'") && $0.contains("error") })
    #expect(region("fixed cost: -$2/h").contains { $0.contains("fixed cost") })
    #expect(region("minimum: 7").contains { $0.contains("can hold nothing") })
    #expect(region("minimum: 7, maximum: 3").contains { $0.contains("'maximum' is below 'minimum'") })
    #expect(told("placement: { latency limit: 100ms }").contains { $0.contains("no regions to place") })
    #expect(
      told(two.replacing(", %A", with: "") + "\nplacement: { lost together: [[a, x]] }").contains {
        $0.contains("there is no region 'x'")
      })
    let three =
      "regions: { a: { share: 60%, latency: { b: 10ms } }, b: { share: 30% }, c: { share: 10% } }\nmachines: [ { type: g5.xlarge } ]"
    #expect(told(three).contains { $0.contains("they count as unreachable") })
    #expect(
      told(two.replacing(", %A", with: "") + "\nplacement: { latency limit: 100ms }").contains {
        $0.contains("the latency limit has nothing to hold")
      })
  }
}

extension String {
  fileprivate func replacingQuotas(with n: Int) -> String {
    replacing("quota: 60", with: "quota: \(n)").replacing("quota: 40", with: "quota: \(n)")
  }
  /// The standard library's own, by hand: Foundation is not here.
  fileprivate func replacing(_ word: String, with other: String) -> String {
    var out = ""
    var rest = self[...]
    while let range = rest.firstRange(of: word) {
      out += rest[..<range.lowerBound] + other
      rest = rest[range.upperBound...]
    }
    return out + rest
  }
}
