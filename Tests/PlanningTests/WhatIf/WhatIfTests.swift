import Catalogs
import Quantities
import Scaling
import Testing
import Traffic

@testable import Planning

/// What if: each answer is that of a plan file that says the same.
@Suite("What if") struct WhatIfTests {
  static let trace = TraceGenerator.example(start: PlannerTests.start, days: 56, seed: 1).trace()
  static let service =
    "capacity: 2000/s per replica\n  objective: { p99: 200ms, availability: 99.9% }\n  startup: { node: 90s }\n  running: 20"

  static func outcome(_ rest: String, trace: Trace = trace) throws -> PlanOutcome {
    let plan = try PlannerTests.plan("machines: [ { type: g5.xlarge } ]\nhorizon: 28d\n" + rest, service: service)
    return try Planner.outcome(of: plan, trace: trace, now: trace.end)
  }
  static let planned = Result { try outcome("headroom: 50%") }

  private func expectSame(_ a: PlanOutcome, _ b: PlanOutcome, within tolerance: Double = 0) {
    func near(_ x: Double, _ y: Double) -> Bool { abs(x - y) <= tolerance * abs(y) }
    #expect(near(a.sizing.peak.mid.perSecond, b.sizing.peak.mid.perSecond))
    #expect(near(a.sizing.peak.high.perSecond, b.sizing.peak.high.perSecond))
    #expect(a.sizing.replicas == b.sizing.replicas && a.sizing.machines == b.sizing.machines)
    #expect(a.runway == b.runway && a.sizing.hourOfWeek == b.sizing.hourOfWeek)
    #expect(near(a.cost.flatPerMonth.dollars, b.cost.flatPerMonth.dollars))
    #expect(near(a.cost.underPolicy.dollars, b.cost.underPolicy.dollars))
    #expect(
      a.verdicts.map(\.met) == b.verdicts.map(\.met) && a.verdicts.map(\.objective) == b.verdicts.map(\.objective))
    #expect(a.risk.curve.map(\.replicas) == b.risk.curve.map(\.replicas))
    #expect(a.bounds == b.bounds)
  }

  @Test("nothing changed gives the plan's own numbers")
  func nothing() throws {
    let planned = try Self.planned.get()
    expectSame(try Planner.outcome(of: planned, if: WhatIf()), planned)
  }

  @Test("another headroom is what the plan file with that headroom says")
  func headroom() throws {
    let asked = try Planner.outcome(of: try Self.planned.get(), if: WhatIf(headroom: .percent(80)))
    expectSame(asked, try Self.outcome("headroom: 80%"))
    #expect(asked.ledger["headroom"]?.value == 0.8)
  }

  @Test("more traffic is what the plan says of a history as many times as high", arguments: [0.5, 1.3, 4])
  func lift(_ factor: Double) throws {
    let series = Self.trace.series
    let high = Trace(
      series: series.with(rawValues: series.rawValues.map { $0 * factor }), source: Self.trace.source,
      zone: Self.trace.zone)
    let asked = try Planner.outcome(of: try Self.planned.get(), if: WhatIf(lift: Factor(rawValue: factor)))
    expectSame(asked, try Self.outcome("headroom: 50%", trace: high), within: 1e-6)
    #expect(asked.ledger["what-if-lift"]?.value == factor)
    #expect(asked.ledger["baseline-peak"]?.inputs.contains("what-if-lift") == true)
  }

  @Test("more traffic on a stated average multiplies its peak, and the arithmetic says so")
  func statedLift() throws {
    let plan = try PlannerTests.plan("headroom: 50%", traffic: "average: 30000/s\n  peak to average: 2")
    let planned = try Planner.outcome(of: plan, trace: nil, now: Self.trace.end)
    let asked = try Planner.outcome(of: planned, if: WhatIf(lift: Factor(rawValue: 1.5)))
    // 30,000 x 2 x 1.5, and half as much again at 2,000 a replica.
    #expect(asked.sizing.peak.mid.perSecond == 90_000 && asked.sizing.replicas == 68)
    #expect(asked.ledger["peak"]?.formula.contains("what-if-lift") == true)
  }

  @Test("another policy is what the plan file with that policy says")
  func policy() throws {
    let target = try Planner.outcome(
      of: try Self.planned.get(), if: WhatIf(policy: "target", utilization: .percent(50)))
    expectSame(target, try Self.outcome("headroom: 50%\nscaling: { target: { utilization: 50% } }"))
    let fixed = try Planner.outcome(of: try Self.planned.get(), if: WhatIf(policy: "fixed"))
    #expect(fixed.plan.policy.isFlat && fixed.cost.underPolicy.dollars > target.cost.underPolicy.dollars)
  }

  @Test("a lost region is the plan of the others, with the replicas that run there")
  func region() throws {
    func plan(_ regions: String, running: Int, survive: String) throws -> PlanOutcome {
      let plan = try PlannerTests.plan(
        "headroom: 25%\nmachines: [ { type: g5.xlarge } ]\nregions: { \(regions) }\n\(survive)",
        service: "capacity: 500/s\n  running: \(running)", traffic: "average: 20000/s\n  peak to average: 2")
      return try Planner.outcome(of: plan, trace: nil, now: Self.trace.end)
    }
    let planned = try plan(
      "us-east-1: { share: 50% }, eu-west-1: { share: 30% }, ap-south-1: { share: 20% }", running: 150,
      survive: "survive: 1 region")
    let asked = try Planner.outcome(of: planned, if: WhatIf(lostRegion: "us-east-1"))
    // Of 150 half stood in the region that is gone; 30 and 20 of 50 are 60 % and 40 %.
    let rest = try plan("eu-west-1: { share: 60% }, ap-south-1: { share: 40% }", running: 75, survive: "")
    expectSame(asked, rest)
    #expect(asked.sizing.running == 75 && asked.sizing.regions.map(\.name) == ["eu-west-1", "ap-south-1"])
    #expect(asked.verdicts.map(\.objective) == rest.verdicts.map(\.objective))
  }

  @Test("what cannot be asked is told by its field, all of it at once")
  func problems() throws {
    let plan = try Self.planned.get().plan
    let all = WhatIf(
      headroom: Fraction(rawValue: -1), lift: Factor(rawValue: .nan), policy: "prayer", utilization: .percent(50),
      lostRegion: "mars")
    #expect(all.problems(for: plan).map(\.field) == ["headroom", "lift", "policy", "utilization", "lost_region"])
    #expect(WhatIf(headroom: .percent(50), lift: Factor(rawValue: 2), policy: "fixed").problems(for: plan).isEmpty)
  }
}
