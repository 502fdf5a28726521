import Costs
import Quantities
import Testing

@Suite struct LayeredCommitmentTests {
  let stack = StackedCommitment(
    onDemand: .dollarsPerHour(1), oneYear: .dollarsPerHour(0.6), threeYears: .dollarsPerHour(0.4))

  @Test("steady demand is committed for three years")
  func steady() {
    let choice = stack.optimum(demandByYear: [[5, 5], [5, 5], [5, 5]])
    #expect(choice.threeYears == 5)
    #expect(choice.oneYear == [0, 0, 0])
    #expect(abs(choice.cost.dollars - 12) < 1e-9)
  }

  @Test("demand that goes away is committed for the years that have it")
  func decline() {
    // A unit for three years costs 3 x 0.35 = 1.05, two single years of it 1.2.
    var cheaper = stack
    cheaper.threeYears = .dollarsPerHour(0.35)
    let choice = cheaper.optimum(demandByYear: [[9, 9], [4, 4], [0, 0]])
    #expect(choice.threeYears == 4)
    #expect(choice.oneYear == [5, 0, 0])
  }

  @Test("what is committed already is paid and not bought twice")
  func existing() {
    var sunk = stack
    sunk.existing = [.init(units: 5, hourly: .dollarsPerHour(0.7), years: 3)]
    let choice = sunk.optimum(demandByYear: [[5, 5], [5, 5], [5, 5]])
    #expect(choice.threeYears == 0)
    #expect(abs(choice.cost.dollars - 21) < 1e-9)
    #expect(abs(choice.saving.dollars) < 1e-9)
  }

  @Test("no demand, no years and gaps commit to nothing")
  func nothing() {
    #expect(stack.optimum(demandByYear: []).threeYears == 0)
    #expect(stack.optimum(demandByYear: [[], [.nan, -1, .infinity]]).cost == .zero)
    #expect(SpendCommitment([]).optimum().promise == .zero)
  }

  @Test("no promise is cheaper than the one chosen", arguments: [1 as UInt64, 2, 3, 4, 5])
  func spendOptimum(seed: UInt64) {
    var random = RandomStream(seed: seed)
    let commitment = SpendCommitment(
      (0..<4).map { type in
        let onDemand = random.uniform(0.5, 5)
        return .init(
          name: "t\(type)", onDemand: .dollarsPerHour(onDemand),
          committed: .dollarsPerHour(onDemand * random.uniform(0.4, 1.1)),
          units: (0..<60).map { _ in Double(random.poisson(mean: 6)) })
      })
    let best = commitment.optimum()
    #expect(best.cost <= best.costWithout)
    for step in 0...400 {
      let other = commitment.cost(promising: .dollarsPerHour(Double(step) * 0.25))
      #expect(other.dollars >= best.cost.dollars - 1e-6, "seed \(seed), step \(step)")
    }
  }
}
