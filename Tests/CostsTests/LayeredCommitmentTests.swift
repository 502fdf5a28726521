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

@Suite struct CommitmentWorldTests {
  let stack = StackedCommitment(
    onDemand: .dollarsPerHour(1), oneYear: .dollarsPerHour(0.6), threeYears: .dollarsPerHour(0.4),
    existing: [.init(units: 1, hourly: .dollarsPerHour(0.5), years: 2)])

  static func worlds(_ seed: UInt64, count: Int) -> [CommitmentWorld] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in
      CommitmentWorld(
        (0..<3).map { _ in (0..<6).map { _ in Double(random.poisson(mean: 3)) + (random.uniform() < 0.2 ? 0.5 : 0) } },
        onDemand: (0..<3).map { _ in random.uniform(0.5, 1.2) },
        oneYear: [1] + (0..<2).map { _ in random.uniform(0.4, 1.3) },
        weight: random.uniform(0.1, 2))
    }
  }

  @Test(
    "no other stack costs less in expectation over worlds of demand and prices",
    arguments: 1...12 as ClosedRange<UInt64>)
  func optimum(seed: UInt64) {
    let worlds = Self.worlds(seed, count: Int(seed % 4) + 1)
    let sum = worlds.reduce(0) { $0 + $1.weight }
    func expected(_ three: Int, _ one: [Int]) -> Double {
      worlds.reduce(0) { $0 + $1.weight / sum * stack.cost(threeYears: three, oneYear: one, in: $1).dollars }
    }
    let best = stack.optimum(expecting: worlds)
    #expect(abs(expected(best.threeYears, best.oneYear) - best.cost.dollars) < 1e-9)
    #expect(abs(expected(0, [0, 0, 0]) - best.costWithout.dollars) < 1e-9)
    // Every stack there is, one by one: each year stands alone over a base.
    var least = Double.infinity
    for base in 0...11 {
      var cost = 0.0
      for year in 0..<3 {
        cost +=
          (0...11).map { units -> Double in
            var layers = [0, 0, 0]
            layers[year] = units
            return expected(base, layers) - expected(base, [0, 0, 0])
          }.min() ?? 0
      }
      least = min(least, expected(base, [0, 0, 0]) + cost)
    }
    #expect(abs(least - best.cost.dollars) < 1e-9, "seed \(seed)")
  }

  @Test("a single world without changes of price is the stack's own optimum", arguments: 1...6 as ClosedRange<UInt64>)
  func single(seed: UInt64) {
    let demand = Self.worlds(seed, count: 1)[0].demandByYear
    #expect(stack.optimum(expecting: [CommitmentWorld(demand)]) == stack.optimum(demandByYear: demand))
  }

  @Test("prices that fall speak against three years")
  func falling() {
    let steady = [[5.0, 5], [5, 5], [5, 5]]
    let plain = StackedCommitment(
      onDemand: .dollarsPerHour(1), oneYear: .dollarsPerHour(0.6), threeYears: .dollarsPerHour(0.5))
    #expect(plain.optimum(expecting: [CommitmentWorld(steady)]).threeYears == 5)
    // Three years cost 1.5 a unit; bought year by year 0.6 + 0.36 + 0.22 = 1.18.
    let falling = CommitmentWorld(steady, onDemand: [0.8, 0.48, 0.29], oneYear: [1, 0.6, 0.36])
    let choice = plain.optimum(expecting: [falling])
    #expect(choice.threeYears == 0 && choice.oneYear == [5, 5, 5])
  }

  @Test("the best in expectation comes first, and regret is above each world's own best")
  func ranked() throws {
    let worlds = Self.worlds(99, count: 8)
    let ranked = stack.ranked(worlds)
    let best = try #require(ranked.first)
    #expect(best.choice.threeYears == stack.optimum(expecting: worlds).threeYears)
    #expect(ranked.allSatisfy { $0.expectedCost >= best.expectedCost - Money(rawValue: 1e-9) })
    let sum = worlds.reduce(0) { $0 + $1.weight }
    let own = worlds.reduce(0) { $0 + $1.weight / sum * stack.optimum(expecting: [$1]).cost.dollars }
    #expect(abs(best.expectedRegret.dollars - (best.expectedCost.dollars - own)) < 1e-9)
    #expect(ranked.allSatisfy { $0.worstRegret >= $0.expectedRegret })
    #expect(stack.ranked([]).isEmpty)
  }
}
