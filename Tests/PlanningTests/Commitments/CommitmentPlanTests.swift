import Costs
import Quantities
import Testing

@testable import Planning

@Suite("Commitments of a plan") struct CommitmentPlanTests {
  @Test("what cannot be weighed is told apart from what does not pay")
  func lacks() throws {
    let named = "machines: [ { type: g5.xlarge } ]"
    #expect(try PlannerTests.outcome(named).commitmentLack == nil)
    #expect(try PlannerTests.outcome().commitmentLack == .machines)
    // Without a history nobody knows in how many hours the last machine is used.
    let plan = try PlannerTests.plan(named, traffic: "average: 30000/s\n  peak to average: 2.5")
    let stated = try Planner.outcome(of: plan, trace: nil, now: PlannerTests.trace.end)
    #expect(stated.commitmentLack == .week && stated.commitments.isEmpty)
    let unpriced = try PlannerTests.outcome("machines: [ { type: m5d.4xlarge } ]")
    #expect(unpriced.commitmentLack == .prices(of: ["m5d.4xlarge"]))
  }

  @Test("in the only world there is, the best choice regrets nothing, to the last bit")
  func noRegret() throws {
    let one = try #require(
      try PlannerTests.outcome(
        "machines: [ { type: g5.xlarge } ]", traffic: "source: { csv: t.csv }\n  growth: 10%/year"
      )
      .commitments.first)
    #expect(one.worlds == 1 && one.saving > .zero)
    #expect(one.expectedRegret == .zero && one.worstRegret == .zero)
  }
}
