import Quantities

extension StackedCommitment {
  /// What a choice costs on a demand that is not the one it was made for; what exists already is in it.
  public func cost(threeYears: Int, oneYear: [Int], demandByYear demand: [[Double]]) -> Money {
    var sum = Money.zero
    for (year, hours) in demand.enumerated() {
      let running = existing.filter { year < $0.years }
      for one in running { sum += Money(rawValue: one.hourly.rawValue * Double(one.units * hours.count)) }
      let covered = Double(running.reduce(0) { $0 + $1.units } + threeYears)
      let layer = Commitment(onDemand: onDemand, committed: self.oneYear)
      sum += layer.cost(
        committing: year < oneYear.count ? oneYear[year] : 0,
        demand: hours.map { $0.isFinite ? max(0, $0 - covered) : 0 })
      sum += Money(rawValue: self.threeYears.rawValue * Double(threeYears) * Double(hours.count))
    }
    return sum
  }

  /// By how much all demand may fall short before a choice costs more than buying nothing: 0.3 is at 70 % of it, 1 never.
  ///
  /// What it saves grows with the demand until the commitments are full, so a bisection finds where it begins to save.
  public func cliff(of choice: Choice, demandByYear demand: [[Double]]) -> Double {
    func saves(_ share: Double) -> Bool {
      let less = demand.map { $0.map { $0 * share } }
      let with = cost(threeYears: choice.threeYears, oneYear: choice.oneYear, demandByYear: less)
      let without = cost(threeYears: 0, oneYear: [], demandByYear: less)
      return with <= without + Money(rawValue: 1e-9 * abs(without.rawValue))
    }
    guard choice.threeYears > 0 || choice.oneYear.contains(where: { $0 > 0 }), !saves(0) else { return 1 }
    guard saves(1) else { return 0 }
    var low = 0.0
    var high = 1.0
    for _ in 0..<40 {
      let middle = (low + high) / 2
      if saves(middle) { high = middle } else { low = middle }
    }
    return 1 - high
  }

  /// Choices made for several demands, each held against all of them.
  public struct Regret: Hashable, Sendable {
    public var choice: Choice
    /// The mean of its cost over the demands, the mean and the largest of what it costs above each demand's own best.
    public var expectedCost: Money
    public var expectedRegret: Money
    public var worstRegret: Money
  }
}
