import Quantities

/// One way the years may come out: what is needed, and what hours cost then.
public struct CommitmentWorld: Hashable, Sendable {
  /// How probable it is; weights need not add up to one.
  public var weight: Double
  /// For each year the units needed in each hour of a typical week. Gaps and negative values count as no demand.
  public var demandByYear: [[Double]]
  /// By year, the on-demand price over today's, and that of a commitment bought for that year over today's. What is bought
  /// today keeps its price: the first of the latter is 1 as a rule.
  public var onDemand: [Double]
  public var oneYear: [Double]

  public init(_ demandByYear: [[Double]], onDemand: [Double] = [], oneYear: [Double] = [], weight: Double = 1) {
    self.demandByYear = demandByYear
    self.onDemand = onDemand
    self.oneYear = oneYear
    self.weight = weight
  }

  func onDemand(_ year: Int) -> Double { year < onDemand.count ? onDemand[year] : 1 }
  func oneYear(_ year: Int) -> Double { year < oneYear.count ? oneYear[year] : 1 }
}

extension StackedCommitment {
  /// What a choice costs in a world; what exists already is in it.
  public func cost(threeYears: Int, oneYear: [Int], in world: CommitmentWorld) -> Money {
    var sum = 0.0
    for (year, hours) in world.demandByYear.enumerated() {
      let (covered, sunk) = standing(year)
      let layer = year < oneYear.count ? oneYear[year] : 0
      let price = self.oneYear.rawValue * world.oneYear(year)
      sum +=
        Double(hours.count) * (sunk + Double(threeYears) * self.threeYears.rawValue + Double(layer) * price)
      let has = covered + Double(threeYears + layer)
      let missing = hours.reduce(0) { $0 + ($1.isFinite ? max(0, $1 - has) : 0) }
      sum += missing * onDemand.rawValue * world.onDemand(year)
    }
    return Money(rawValue: sum)
  }

  /// Units that exist in a year, and what they cost an hour.
  private func standing(_ year: Int) -> (units: Double, hourly: Double) {
    let running = existing.filter { year < $0.years }
    return (
      Double(running.reduce(0) { $0 + $1.units }),
      running.reduce(HourlyPrice.zero) { $0 + $1.hourly * Double($1.units) }.rawValue
    )
  }

  /// The choice that costs least on average over worlds: exact.
  ///
  /// What a year costs in expectation depends on its units alone and is convex in them, so that the best of a year, x, is
  /// found by bisection over all worlds' hours together, each with its probability and price; over a three-year layer b the
  /// year takes max(0, x - b) more, and the sum over the years is convex in b.
  public func optimum(expecting worlds: [CommitmentWorld]) -> Choice {
    let sum = worlds.reduce(0) { $0 + max(0, $1.weight) }
    let years = (0..<(worlds.map(\.demandByYear.count).max() ?? 0)).map { ExpectedYear(self, $0, worlds, sum) }
    guard sum > 0, !years.isEmpty else { return Choice(threeYears: 0, oneYear: [], cost: .zero, costWithout: .zero) }
    let without = years.reduce(0) { $0 + $1.missing(0) }
    let tolerance = without * 1e-12
    let best = years.map { $0.best(tolerance) }
    func cost(_ base: Int) -> Double {
      zip(years, best).reduce(0) { sum, pair in
        let (year, x) = pair
        return sum + Double(base) * threeYears.rawValue * year.hours + Double(max(0, x - base)) * year.price
          + year.missing(max(base, x))
      }
    }
    var low = 0
    var high = years.reduce(0) { max($0, $1.most) }
    while low < high {
      let middle = low + (high - low) / 2
      if cost(middle) - cost(middle + 1) > tolerance { low = middle + 1 } else { high = middle }
    }
    let sunk = years.reduce(0) { $0 + $1.sunk }
    return Choice(
      threeYears: low, oneYear: best.map { max(0, $0 - low) }, cost: Money(rawValue: cost(low) + sunk),
      costWithout: Money(rawValue: without + sunk))
  }

  /// The choice that is best in expectation and the best of each world, each held against all of them; the cheapest in
  /// expectation first.
  public func ranked(_ worlds: [CommitmentWorld]) -> [Regret] {
    let sum = worlds.reduce(0) { $0 + max(0, $1.weight) }
    guard sum > 0 else { return [] }
    let own = worlds.map { optimum(expecting: [$0]) }
    var seen: Set<[Int]> = []
    let choices = ([optimum(expecting: worlds)] + own).filter { seen.insert([$0.threeYears] + $0.oneYear).inserted }
    let ranked = choices.map { choice in
      var regret = Regret(choice: choice, expectedCost: .zero, expectedRegret: .zero, worstRegret: .zero)
      var without = Money.zero
      for (i, world) in worlds.enumerated() {
        let share = max(0, world.weight) / sum
        let cost = cost(threeYears: choice.threeYears, oneYear: choice.oneYear, in: world)
        // What lies within the rounding of the two sums is no regret.
        let difference = cost - own[i].cost
        let more = difference.rawValue > abs(cost.rawValue) * 1e-12 ? difference : .zero
        regret.expectedCost += cost * share
        regret.expectedRegret += more * share
        regret.worstRegret = max(regret.worstRegret, more)
        without += own[i].costWithout * share
      }
      regret.choice.cost = regret.expectedCost
      regret.choice.costWithout = without
      return regret
    }
    // Equal but for rounding: the one that is best in expectation stays first.
    let least = ranked.first?.expectedCost ?? .zero
    let slack = Money(rawValue: abs(least.rawValue) * 1e-12)
    return Array(ranked.prefix(1))
      + ranked.dropFirst().sorted { max($0.expectedCost, least + slack) < max($1.expectedCost, least + slack) }
  }
}

/// A year over all worlds.
private struct ExpectedYear {
  /// Hours of the week that stands for it, and what a unit for the year costs in them, in expectation.
  let hours: Double
  let price: Double
  let sunk: Double
  /// Units needed, falling, and up to each the probable price of an hour and that times the units.
  private let units: [Double]
  private let prices: [Double]
  private let products: [Double]

  init(_ stack: StackedCommitment, _ year: Int, _ worlds: [CommitmentWorld], _ sum: Double) {
    let running = stack.existing.filter { year < $0.years }
    let covered = Double(running.reduce(0) { $0 + $1.units })
    var hours = 0.0
    var price = 0.0
    var needs: [(units: Double, price: Double)] = []
    for world in worlds where world.weight > 0 && year < world.demandByYear.count {
      let share = world.weight / sum
      let week = world.demandByYear[year]
      hours += share * Double(week.count)
      price += share * Double(week.count) * stack.oneYear.rawValue * world.oneYear(year)
      let hour = share * stack.onDemand.rawValue * world.onDemand(year)
      for need in week where need.isFinite && need > covered { needs.append((need - covered, hour)) }
    }
    needs.sort { $0.units > $1.units }
    self.hours = hours
    self.price = price
    sunk = hours * running.reduce(HourlyPrice.zero) { $0 + $1.hourly * Double($1.units) }.rawValue
    units = needs.map(\.units)
    var prices = [0.0]
    var products = [0.0]
    for need in needs {
      prices.append((prices.last ?? 0) + need.price)
      products.append((products.last ?? 0) + need.price * need.units)
    }
    self.prices = prices
    self.products = products
  }

  var most: Int { Int(min(1e9, (units.first ?? 0).rounded(.up))) }

  /// What is bought on demand beside so many units.
  func missing(_ count: Int) -> Double {
    let has = Double(count)
    // How many needs exceed it.
    var low = 0
    var high = units.count
    while low < high {
      let middle = (low + high) / 2
      if units[middle] > has { low = middle + 1 } else { high = middle }
    }
    return max(0, products[low] - has * prices[low])
  }

  /// The units that cost least, the fewest of them.
  func best(_ tolerance: Double) -> Int {
    var low = 0
    var high = most
    while low < high {
      let middle = low + (high - low) / 2
      if missing(middle) - missing(middle + 1) - price > tolerance { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
