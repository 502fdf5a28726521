import Catalogs
import Costs
import Quantities
import Testing

func replicas(_ values: [Double], step: Duration = .hours(1)) -> TimeSeries<Count> {
  TimeSeries(start: Timestamp(nanosecondsSinceEpoch: 0), step: step, rawValues: values)
}

@Suite struct MachineTimelineTests {
  @Test("machines are rounded up at each step, not once at the end")
  func roundedUpPerStep() {
    let timeline = MachineTimeline(replicas: replicas([1, 4, 5, 0]), replicasPerMachine: 4)
    #expect(timeline.machines == [1, 1, 2, 0])
    #expect(timeline.machineHours == Count(4))
    #expect(timeline.replicaHours == Count(10))
  }

  @Test("a gap keeps the count before it, and is counted")
  func gaps() {
    let timeline = MachineTimeline(replicas: replicas([.nan, 3, .nan, .infinity, 2, -4]))
    #expect(timeline.machines == [3, 3, 3, 3, 2, 0])
    #expect(timeline.gapCount == 3)
  }

  @Test("an empty timeline costs nothing and has no peak")
  func empty() {
    let timeline = MachineTimeline(replicas: replicas([]))
    #expect(timeline.peak == 0)
    #expect(timeline.cost(on: machine()).total == .zero)
    #expect(timeline.flatAgainstFollowing(on: machine()).savingShare == .zero)
  }

  @Test("a bill is the sum of the steps whatever their length")
  func stepLength() {
    let quarter = MachineTimeline(replicas: replicas([1, 2, 3, 4], step: .minutes(15)))
    #expect(quarter.cost(on: machine()).total == .dollars(2.5))
  }

  @Test("a fleet that follows by the hour pays each hour's highest need")
  func followingByHour() {
    let timeline = MachineTimeline(replicas: replicas([1, 2, 5, 4, 1, 1, 1, 1], step: .minutes(15)))
    #expect(timeline.followingByHour.machines == [5, 5, 5, 5, 1, 1, 1, 1])
    let comparison = timeline.flatAgainstFollowing(on: machine())
    #expect(comparison.base.total == .dollars(10))
    #expect(comparison.other.total == .dollars(6))
    #expect(comparison.saving == .dollars(4))
    #expect(comparison.savingShare == .percent(40))
  }

  @Test("steps that do not divide an hour are left as they are")
  func oddStep() {
    let timeline = MachineTimeline(replicas: replicas([1, 2, 3], step: .minutes(7)))
    #expect(timeline.followingByHour == timeline)
  }

  @Test("an event costs what the machines above the usual ones cost")
  func event() {
    let usual = MachineTimeline(replicas: replicas([10, 10, 10]))
    let lifted = MachineTimeline(replicas: replicas([10, 35, 20]))
    #expect(lifted.extraCost(over: usual, on: machine()).extra == .dollars(35))
  }

  @Test("committed machines are paid at every hour and used first")
  func mix() {
    let timeline = MachineTimeline(machines: [1, 4, 6], step: .hours(1))
    let bill = timeline.cost(
      on: machine(onDemand: 1, reserved: 0.5, spot: 0.25),
      mix: LifecycleMix(reservedOneYear: 2, spotShare: .percent(50), spotOverhead: .percent(20)))
    // reserved: 2 x 3 h at 0.50; spot: min(rest, half of the need) = 0 + 2 + 3 = 5 h, x 1/0.8 at 0.25;
    // on demand: 0 + 0 + 1 h at 1.
    #expect(bill.lines.map(\.lifecycle) == [.reservedOneYear, .spot, .onDemand])
    #expect(bill.lines.map(\.machineHours) == [Count(6), Count(6.25), Count(1)])
    #expect(abs(bill.total.dollars - (3 + 1.5625 + 1)) < 1e-12)
  }

  @Test("a lifecycle without a price is named")
  func missingPrice() {
    let bill = MachineTimeline(machines: [2], step: .hours(1)).cost(
      on: machine(), mix: LifecycleMix(reservedThreeYears: 1))
    #expect(bill.unpriced.map(\.lifecycle) == [.reservedThreeYears])
    #expect(bill.total == .dollars(1))
  }
}
