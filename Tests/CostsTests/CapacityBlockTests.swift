import Quantities
import Testing

@testable import Costs

@Suite struct CapacityBlockTests {
  static let block = CapacityBlock(hourly: .dollarsPerHour(2), leadDays: 1)

  @Test("lengths are sold by the day up to a fortnight and by the week above, 182 days at the most")
  func lengths() {
    #expect(Self.block.length(covering: 0.5) == 1)
    #expect(Self.block.length(covering: 14) == 14)
    #expect(Self.block.length(covering: 15) == 21)
    #expect(Self.block.length(covering: 182) == 182)
    #expect(Self.block.length(covering: 183) == nil)
    #expect(Self.block.length(covering: .nan) == nil)
    #expect(CapacityBlock(hourly: .zero, shortest: 1, longest: 30).length(covering: 29) == 30)
  }

  @Test("what is prepaid is price x 24 hours x days x units")
  func prepaid() {
    #expect(Self.block.prepaid(units: 3, days: 7) == .dollars(2 * 24 * 7 * 3))
  }

  /// Every plan of blocks for one unit over a few days, tried out.
  static func least(_ needed: [Bool], _ market: BlockMarket, from day: Int = 0) -> Double {
    guard day < needed.count else { return 0 }
    let prices = market.dayPrices
    var best = (needed[day] ? prices.chance : 0) + least(needed, market, from: day + 1)
    if day >= Int(market.block.leadDays) {
      for length in market.block.lengths(upTo: needed.count) {
        best = min(best, prices.block * Double(length) + least(needed, market, from: min(needed.count, day + length)))
      }
    }
    return best
  }

  @Test("the cost is the least, as trying every plan says", arguments: 1...12)
  func exact(_ seed: UInt64) {
    var random = RandomStream(seed: seed)
    let demand = (0..<9).map { _ in Int(random.uniform() * 4) }
    let market = BlockMarket(
      block: CapacityBlock(
        hourly: .dollarsPerHour(1 + random.uniform()), leadDays: Double(seed % 3), shortest: Int(1 + seed % 2)),
      onDemand: .dollarsPerHour(1), obtainable: Fraction(rawValue: 0.3 + 0.6 * random.uniform()),
      shortage: .dollarsPerHour(6))
    let choice = market.optimum(demand: demand)
    let expected = (1...4).reduce(0.0) { sum, x in sum + Self.least(demand.map { $0 >= x }, market) }
    #expect(abs(choice.cost.dollars - expected) < 1e-6)
    #expect(choice.cost <= choice.costWithout)
    #expect(choice.purchases.allSatisfy { $0.firstDay >= Int(market.block.leadDays) && $0.orderBy >= 0 })
  }

  @Test(
    "what is always to be had needs no block; what never is is bought for the days of need, by the last day to order")
  func extremes() {
    let demand = [0, 0, 0, 2, 2, 2, 0, 0]
    let sure = BlockMarket(
      block: Self.block, onDemand: .dollarsPerHour(2), obtainable: Fraction(rawValue: 1), shortage: .dollarsPerHour(20))
    #expect(sure.optimum(demand: demand).purchases.isEmpty)
    let never = BlockMarket(
      block: Self.block, onDemand: .dollarsPerHour(2), obtainable: .zero, shortage: .dollarsPerHour(20))
    let choice = never.optimum(demand: demand)
    #expect(choice.purchases == [.init(units: 2, firstDay: 3, days: 3, orderBy: 2)])
    #expect(choice.prepaid == .dollars(2 * 24 * 3 * 2) && choice.exposedUnitDays == 0)
    #expect(never.optimum(demand: []).purchases.isEmpty)
  }
}
