import Costs
import Quantities
import Testing

@Suite struct CommitmentTests {
  static let discounted = Commitment(onDemand: .dollarsPerHour(1), committed: .dollarsPerHour(0.63))

  @Test("break-even utilization is one minus the discount")
  func breakEven() {
    #expect(abs(Self.discounted.breakEven.percent - 63) < 1e-9)
  }

  @Test("a unit is committed while it is used in more than c/o of the hours")
  func quantileRule() {
    // Ten hours: unit 1 is used in 10, unit 2 in 7, unit 3 in 6.
    let demand: [Double] = [1, 1, 1, 2, 3, 3, 3, 3, 3, 3]
    let choice = Self.discounted.optimum(demand: demand)
    #expect(choice.units == 2)
    #expect(abs(choice.cost.dollars - (20 * 0.63 + 6)) < 1e-9)
    #expect(abs(choice.used.percent - 70) < 1e-9)
  }

  @Test("of equal costs the smallest commitment is taken")
  func ties() {
    let half = Commitment(onDemand: .dollarsPerHour(1), committed: .dollarsPerHour(0.5))
    #expect(half.optimum(demand: [0, 0, 4, 4]).units == 0)
  }

  @Test("no demand, gaps and a price without discount commit to nothing")
  func nothing() {
    #expect(Self.discounted.optimum(demand: []).units == 0)
    #expect(Self.discounted.optimum(demand: [.nan, -3, .infinity]).units == 0)
    let dear = Commitment(onDemand: .dollarsPerHour(1), committed: .dollarsPerHour(1.2))
    #expect(dear.optimum(demand: [5, 5, 5]).units == 0)
  }

  @Test("bisection finds what trying every commitment finds", arguments: [1 as UInt64, 2, 3, 4, 5, 6, 7, 8])
  func enumeration(seed: UInt64) {
    var random = RandomStream(seed: seed)
    let demand = (0..<200).map { _ in Double(random.poisson(mean: 20)) }
    let spot =
      seed % 2 == 0
      ? Commitment.Spot(
        hourly: .dollarsPerHour(random.uniform(0.2, 0.7)), overhead: .percent(10), maximumShare: .percent(40)) : nil
    let commitment = Commitment(
      onDemand: .dollarsPerHour(1), committed: .dollarsPerHour(random.uniform(0.3, 0.9)), spot: spot)
    let all = (0...60).map { commitment.cost(committing: $0, demand: demand) }
    let choice = commitment.optimum(demand: demand)
    #expect(abs(choice.cost.dollars - (all.min()?.dollars ?? 0)) < 1e-9, "seed \(seed)")
  }
}
