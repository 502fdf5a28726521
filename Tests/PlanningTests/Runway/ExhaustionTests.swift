import Quantities
import Testing
import Traffic

@testable import Planning

@Suite("Exhaustion") struct ExhaustionTests {
  @Test("what fits, what is missing and which machines are to be ordered, by plain arithmetic")
  func arithmetic() throws {
    let plan = try PlannerTests.plan(
      "headroom: 50%\nmachines: [ { type: g5.xlarge, replicas: 2 } ]", service: "capacity: 500/s\n  running: 100",
      traffic: "average: 20000/s\n  peak to average: 2")
    let outcome = try Planner.outcome(of: plan, trace: nil, now: PlannerTests.trace.end)
    let it = try #require(outcome.exhaustion)
    // 100 x 500 against 40,000: 10,000/s or a quarter more users fit; 120 replicas on 60 machines are asked, 50 stand.
    #expect(it.capacity.perSecond == 50_000 && it.room.perSecond == 10_000 && it.share.rawValue == 0.25)
    #expect(it.planned.rawValue == 0.5 && it.shortfall?.missing == 20)
    #expect(it.order == [Exhaustion.MachineOrder(machine: "g5.xlarge", count: 10)])
    #expect(it.probability == 0 && it.expected == nil)
  }

  @Test("the day is the plan's own, and most futures run out around it")
  func day() throws {
    let outcome = try WhatIfTests.outcome("headroom: 50%")
    let it = try #require(outcome.exhaustion)
    #expect(it.expected == outcome.runway?.expected && it.probability > 0.5)
    let earliest = try #require(it.earliest)
    let expected = try #require(it.expected)
    #expect(earliest <= expected && it.until > earliest)
  }

  @Test("sooner is the earlier expected day, then the earlier possible one, then less room")
  func order() throws {
    func made(_ expected: Int?, _ earliest: Int?, _ share: Double) -> Exhaustion {
      func date(_ day: Int?) -> CivilDate? { day.map { CivilDate(daysSinceEpoch: $0) } }
      return Exhaustion(
        running: 1, capacity: .perSecond(1), expected: date(expected), earliest: date(earliest), latest: nil,
        probability: 0, until: CivilDate(daysSinceEpoch: 999), room: .zero, share: Fraction(rawValue: share),
        planned: .zero, shortfall: nil, order: [])
    }
    let all = [made(nil, nil, 0.2), made(5, 1, 9), made(nil, 3, 9), made(nil, nil, 0.1), made(5, 0, 9), made(2, 2, 9)]
    let sorted = all.sorted(by: Exhaustion.isSooner)
    #expect(sorted.map { $0.expected?.daysSinceEpoch } == [2, 5, 5, nil, nil, nil])
    #expect(sorted.map { $0.earliest?.daysSinceEpoch } == [2, 0, 1, 3, nil, nil])
    #expect(sorted.map(\.share.rawValue).suffix(2) == [0.1, 0.2])
  }

  @Test("a plan that does not say what runs has none")
  func unstated() throws {
    let plan = try PlannerTests.plan("headroom: 50%", traffic: "average: 20000/s")
    #expect(try Planner.outcome(of: plan, trace: nil, now: PlannerTests.trace.end).exhaustion == nil)
  }
}
