import Catalogs
import Costs
import Quantities
import Testing

/// A machine with round prices, so that every figure can be checked by head.
func machine(_ name: String = "round.xlarge", onDemand: Double? = 1, reserved: Double? = nil, spot: Double? = nil)
  -> Machine
{
  func price(_ lifecycle: Lifecycle, _ hourly: Double?) -> [Price] {
    guard let hourly else { return [] }
    return [
      Price(
        hourly: .dollarsPerHour(hourly), lifecycle: lifecycle, region: "here", source: "the test", date: "2025-06")
    ]
  }
  return Machine(
    name: name, cloud: "test", vcpus: 4, memory: .gibibytes(16),
    prices: price(.onDemand, onDemand) + price(.reservedOneYear, reserved) + price(.spot, spot))
}

@Suite struct FleetCostTests {
  @Test("a constant fleet costs count x hours x price, line by line")
  func constantFleet() {
    let fleet = Fleet(pools: [
      Pool(region: "here", machine: machine(), count: 3),
      Pool(region: "here", machine: machine("big", onDemand: 10), count: 2),
    ])
    let bill = fleet.cost(over: .hours(2))
    #expect(bill.lines.map(\.amount) == [.dollars(6), .dollars(40)])
    #expect(bill.total == .dollars(46))
    #expect(bill.perHour == .dollarsPerHour(23))
    #expect(bill.machineHours == Count(10))
  }

  @Test("a month has 730 hours")
  func month() {
    let fleet = Fleet(pools: [Pool(region: "here", machine: machine(), count: 2)])
    #expect(fleet.costPerMonth.total == .dollars(1460))
    #expect(abs(fleet.cost(over: .days(90)).perMonth.dollars - 1460) < 1e-9)
  }

  @Test("a pool without a price is named and not counted as free")
  func unpriced() {
    let pool = Pool(region: "here", machine: machine("unknown", onDemand: nil), count: 3)
    let bill = Fleet(pools: [pool, Pool(region: "here", machine: machine(), count: 1)]).cost(over: .hours(1))
    #expect(bill.unpriced == [pool])
    #expect(!bill.isComplete)
    #expect(bill.total == .dollars(1))
  }

  @Test("an empty fleet and no time cost nothing")
  func empty() {
    #expect(Fleet().cost(over: .hours(5)).total == .zero)
    #expect(Fleet().cost(over: .zero).perHour == .zero)
    let fleet = Fleet(pools: [Pool(region: "here", machine: machine(), count: 2)])
    #expect(fleet.cost(over: .zero).total == .zero)
    #expect(fleet.cost(over: .seconds(-5)).total == .zero)
  }

  @Test("hot standby costs as on demand, cold standby nothing")
  func standby() {
    func cost(_ lifecycle: Lifecycle) -> Money {
      Fleet(pools: [Pool(region: "here", machine: machine(), lifecycle: lifecycle, count: 4)]).cost(over: .hours(1))
        .total
    }
    #expect(cost(.standbyHot) == .dollars(4))
    #expect(cost(.standbyWarm) == .dollars(4))
    #expect(cost(.standbyCold) == .zero)
  }

  @Test("amounts add up by any property of the lines")
  func totals() {
    let fleet = Fleet(pools: [
      Pool(region: "east", machine: machine(), count: 1), Pool(region: "west", machine: machine(), count: 2),
      Pool(region: "east", machine: machine(onDemand: 5), count: 1),
    ])
    let byRegion = fleet.cost(over: .hours(1)).total(by: \.region)
    #expect(byRegion.map(\.key) == ["east", "west"])
    #expect(byRegion.map(\.amount) == [.dollars(6), .dollars(2)])
  }
}

@Suite("A bill") struct BillTests {
  @Test("what a fleet did is priced pool by pool, and machines that are committed cost whether used or not")
  func use() {
    let fleet = Fleet(pools: [
      Pool(region: "here", machine: machine(reserved: 0.6), lifecycle: .reservedOneYear, count: 2, quota: 2),
      Pool(region: "here", machine: machine(spot: 0.25), lifecycle: .spot, share: .percent(50)),
      Pool(region: "here", machine: machine()),
    ])
    // Hour by hour: 1, 4 and 8 replicas. Committed 2 at every hour; spot 2 and 4; on demand 0 and 2.
    let bill = fleet.use(following: [1, 4, 8], step: .hours(1)).cost
    #expect(bill.lines.map(\.machineHours.rawValue) == [6, 6, 2])
    #expect(abs(bill.total.dollars - (6 * 0.6 + 6 * 0.25 + 2)) < 1e-12)
    #expect(abs(bill.committed.dollars - 3.6) < 1e-12)
    #expect(abs(bill.month.total.dollars - bill.perMonth.dollars) < 1e-9)
  }
}
