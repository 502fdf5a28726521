import Quantities
import Testing

@testable import Planning

/// What a plan finds, as data: the words are Reporting's.
@Suite struct PlanFindingTests {
  @Test("a typical plan's findings: a flat fleet that runs out and has no price")
  func typical() throws {
    let outcome = try PlannerTests.outcome(
      "horizon: 14d\nheadroom: 50%\nscaling: { fixed: true }",
      service: "capacity: 2000/s per replica\n  running: 5")
    #expect(outcome.findings.map(\.severity) == outcome.findings.map(\.severity).sorted())
    let sizing = outcome.findings.compactMap { $0.fact as? SizingFinding }
    let runway = try #require(outcome.runway)
    let day = try #require(runway.expected)
    let today = outcome.plan.zone.local(outcome.now).date
    #expect(day <= today + 1)
    #expect(
      sizing == [
        .capacityRunsOut(
          SizingFinding.Shortfall(
            running: 5, capacity: .perSecond(10_000), replicas: outcome.sizing.replicas, day: day, isExpected: true,
            cause: nil, addBy: today, requestQuotaBy: today, loadTestBy: today, quotaLead: .days(14), isQuotaLate: true,
            today: today))
      ])
    // The day before the first day is over: act today.
    #expect(outcome.findings.first?.by == today && outcome.findings.first?.isDue == true)
    #expect(outcome.findings.compactMap { $0.fact as? FleetFinding } == [.noMachine])
  }

  @Test("the codes and how urgent they are do not change with the words")
  func codes() throws {
    let outcome = try PlannerTests.outcome(
      "horizon: 14d\nheadroom: 50%\nsurvive: 1 of 3 zones\nmachines: [ { type: g5.xlarge, quota: 5 } ]",
      service: "capacity: 2000/s per replica\n  running: 5000")
    let told = outcome.findings.map { "\($0.severity) \($0.code)" }
    #expect(told.first == "act machine-quota-too-low")
    #expect(told.contains("change capacity-surplus") && told.contains("act does-not-survive"), "\(told)")
    let roomy = try PlannerTests.outcome(
      "horizon: 14d\nheadroom: 50%\nsurvive: 1 of 3 zones\nmachines: [ { type: g5.xlarge } ]",
      service: "capacity: 2000/s per replica\n  running: 5000")
    #expect(roomy.findings.contains { "\($0.severity) \($0.code)" == "holds survives" })
  }

  @Test("what is assumed is data, and the same is assumed once")
  func assumptions() throws {
    var draft = PlanDraft(
      plan: try PlannerTests.plan(), now: PlannerTests.trace.end, seed: 1, trace: PlannerTests.trace)
    draft.assume(FleetAssumption.equalRegions(3))
    draft.assume(ServiceAssumption.startsAtOnce)
    draft.assume(FleetAssumption.equalRegions(3))
    #expect(draft.assumptions.count == 2)
    let outcome = try PlannerTests.outcome("horizon: 3d")
    #expect(
      outcome.assumptions.compactMap { $0 as? HeadroomAssumption }
        == [.middle(of: HeadroomScenario.all[0]), .notWritten])
    #expect(outcome.assumptions.contains { $0 as? ServiceAssumption == .startsAtOnce })
  }

  @Test("verdicts carry what was asked and what came out in their unit")
  func verdicts() throws {
    let outcome = try PlannerTests.outcome(
      "horizon: 3d\nbudget: $5k\nmachines: [ { type: g5.xlarge } ]",
      service: "capacity: { low: 1500/s, mid: 2000/s, high: 2200/s }\n  objective: { availability: 99.9% }")
    let asked = outcome.verdicts.map(\.objective)
    #expect(Set(asked) == [.capacity, .availability, .budget])
    let bases = outcome.verdicts.filter { $0.objective == .capacity }.map(\.basis)
    #expect(bases == [.expected, .highDemand, .lowCapacity])
    let budget = try #require(outcome.verdicts.first { $0.objective == .budget })
    #expect(budget.asked == 5000 && budget.unit == .money && budget.binding == .fleetCost)
    #expect(budget.met == (budget.got <= 5000) && budget.got == outcome.cost.simulatedPerMonth?.dollars)
    let served = try #require(outcome.verdicts.first { $0.objective == .availability })
    #expect(served.asked == outcome.plan.service.objective.availability?.rawValue && served.unit == .share)
    #expect(served.got == outcome.simulations[0].outcome.service.shareServed.rawValue)
  }
}
