import Catalogs
import Documents
import Quantities
import Testing

@testable import Planning

@Suite("The fleet of a plan") struct FleetSliceTests {
  private func problems(_ rest: String, traffic: String = "average: 30000/s") -> [String] {
    allDiagnostics(of: planText(traffic: traffic, rest: rest)).map { "\($0)" }
  }

  @Test("packing said twice must agree")
  func packing() {
    let told = problems("machines: [ { type: g5.xlarge, replicas: 2 } ]\nsimulation: { nodes: { per node: 4 } }")
    #expect(told.contains { $0.contains("'per node' says 4 replicas on a node, and g5.xlarge holds 2") }, "\(told)")
    let agreed = problems("machines: [ { type: g5.xlarge, replicas: 4 } ]\nsimulation: { nodes: { per node: 4 } }")
    #expect(agreed.allSatisfy { $0.contains("'per node' is deprecated") }, "\(agreed)")
  }

  @Test("nodes alone say how many replicas a machine holds, for sizes, bills and the world alike")
  func packingOfNodes() throws {
    let outcome = try PlannerTests.outcome("headroom: 30%\nhorizon: 1d\nsimulation: { nodes: { per node: 4 } }")
    #expect(outcome.sizing.machines == (outcome.sizing.replicas + 3) / 4)
    #expect(outcome.ledger["replicas-per-machine"]?.value == 4)
    let fleet = try #require(outcome.simulations.first?.outcome.fleet)
    #expect(fleet.use.machineHours < 0.6 * fleet.replicaHours)
  }

  @Test("what bounds nothing, or contradicts itself, is told")
  func contradictions() {
    #expect(
      problems("machines: [ { type: g5.xlarge, reserved: 30, quota: 20 } ]").contains {
        $0.contains("'reserved' is above 'quota'")
      })
    #expect(
      problems("machines: [ { type: g5.xlarge, spot quota: 20 } ]").contains {
        $0.contains("bounds nothing without 'spot'")
      })
    #expect(problems("machines: [ { type: g5.xlarg } ]").contains { $0.contains("did you mean 'g5.xlarge'?") })
    let three = "regions: { a: { share: 70% }, b: { share: 20% }, c: { share: 10% } }\n"
    #expect(problems(three + "survive: 1 of 2 regions").contains { $0.contains("lists 3 regions, not 2") })
    #expect(problems("regions: { a: { share: 100% } }\nsurvive: 1 region").contains { $0.contains("leaves nothing") })
  }

  @Test("what found no machine carries nothing after a loss either, and a standby that runs does")
  func survivalOfWhatStands() throws {
    func left(_ machine: String) throws -> Double {
      let outcome = try PlannerTests.outcome(
        "headroom: 100%\nmachines: [ { type: g5.xlarge, \(machine) } ]\nregions: { a: { share: 50% }, b: { share: 50% } }\nsurvive: 1 region",
        service: "capacity: 1000/s per replica")
      return try #require(outcome.sizing.survival).left.perSecond
    }
    #expect(try left("quota: 10") == 10_000)
    #expect(try left("quota: 10, standby: { hot: 3, warm: 2, cold: 40 }") == 15_000)
    #expect(try left("quota: 100000") > 10_000)
  }

  private func survival(_ headroom: String) throws -> PlanOutcome {
    try PlannerTests.outcome(
      """
      headroom: \(headroom)
      regions: { a: { share: 70% }, b: { share: 20% }, c: { share: 10% } }
      survive: 1 of 3 regions
      """, service: "capacity: 100/s per replica")
  }

  @Test("regions of unequal shares are held against the loss of each: 70, 20 and 10 % do not survive as thirds")
  func unequalRegions() throws {
    // Thirds would survive at 50 % headroom; without the first region 30 % of 150 % is left, far below the peak.
    let claimed = try survival("50%")
    #expect(!claimed.survives)
    let left = claimed.sizing.regions.map { $0.leftWithout / claimed.sizing.peak.mid }
    for (share, expected) in zip(left, [0.45, 1.2, 1.35]) { #expect(abs(share - expected) < 0.02, "\(left)") }
    // 1 / 0.3 of the peak is what survives it.
    #expect(try survival("240%").survives)
    #expect(try !survival("225%").survives)
    let derived = try survival("{ cover: { failures: 1 region } }")
    #expect(abs(derived.headroom.fraction - (1 / 0.3 - 1)) < 1e-9)
    #expect(derived.survives)
  }

  @Test("two types in order of preference: the second takes what the first has no quota for")
  func twoTypes() throws {
    let outcome = try PlannerTests.outcome(
      "headroom: 30%\nmachines: [ { type: g5.xlarge, quota: 20 }, { type: g5.2xlarge, replicas: 2 } ]")
    let counts = outcome.sizing.fleet.pools.map { "\($0.count) \($0.machine.name)" }
    let rest = (outcome.sizing.replicas - 20 + 1) / 2
    #expect(counts == ["20 g5.xlarge", "\(rest) g5.2xlarge"] && outcome.sizing.machines == 20 + rest)
    // The simulated fleet stands on the same machines in the same order.
    let pools = try #require(outcome.simulations.first?.outcome.fleet).use.pools
    #expect(pools.map(\.pool.machine.name) == ["g5.xlarge", "g5.2xlarge"])
  }

  @Test("a quota that does not hold the replicas is told with the number to ask for")
  func quota() throws {
    let outcome = try PlannerTests.outcome("headroom: 30%\nmachines: [ { type: g5.xlarge, quota: 20 } ]")
    #expect(outcome.sizing.unplaced == outcome.sizing.replicas - 20)
    #expect(outcome.findings.contains { $0.severity == .act && $0.code.contains("quota") })
    // What is not placed carries nothing: 20 replicas at 2,000/s.
    let verdict = try #require(outcome.verdicts.first { $0.objective == .capacity && $0.basis == .expected })
    #expect(!verdict.met && verdict.got == 40_000 && verdict.binding == .quota(20))
  }

  @Test("preemptions without spot machines change nothing, and are told")
  func preemptions() {
    let told = problems("machines: [ { type: g5.xlarge } ]\nsimulation: { incidents: { preemptions: 2/h } }")
    #expect(told.contains { $0.contains("preemptions") && $0.contains("spot") }, "\(told)")
  }
}

extension PlanOutcome {
  /// Whether the loss that is asked to be survived is found to be; finding and verdict agree.
  var survives: Bool {
    let isFound = findings.contains { $0.code == "survives" }
    let verdict = verdicts.first { if case .survival = $0.objective { true } else { false } }
    #expect(verdict?.met == isFound)
    return isFound
  }
}
