import Quantities

/// Commitments for three years with commitments for one year on top, chosen anew each year.
///
/// For a given three-year layer each year stands alone and the quantile rule of ``Commitment`` is exact for its
/// one-year layer; the cost over all years is convex in the three-year layer, so a bisection finds it.
/// Commitments that exist already are sunk: they cover demand until they end and are paid in any case.
public struct StackedCommitment: Hashable, Sendable {
  public var onDemand: HourlyPrice
  public var oneYear: HourlyPrice
  public var threeYears: HourlyPrice
  public var existing: [Existing]

  /// A commitment that cannot be undone.
  public struct Existing: Hashable, Sendable {
    public var units: Int
    public var hourly: HourlyPrice
    /// How many of the years it still covers: 1 means the first only.
    public var years: Int
    /// - Precondition: neither number is negative.
    public init(units: Int, hourly: HourlyPrice, years: Int) {
      precondition(units >= 0 && years >= 0, "an existing commitment cannot be negative")
      self.units = units
      self.hourly = hourly
      self.years = years
    }
  }

  public init(onDemand: HourlyPrice, oneYear: HourlyPrice, threeYears: HourlyPrice, existing: [Existing] = []) {
    self.onDemand = onDemand
    self.oneYear = oneYear
    self.threeYears = threeYears
    self.existing = existing
  }

  /// What to commit to.
  public struct Choice: Hashable, Sendable {
    /// Units for the whole time.
    public var threeYears: Int
    /// Further units for each year.
    public var oneYear: [Int]
    public var cost: Money
    /// The cost with what exists already and nothing new.
    public var costWithout: Money
    public var saving: Money { costWithout - cost }
  }

  /// The cheapest stack, and the smallest three-year layer where several cost the same.
  ///
  /// - Parameter demand: For each year the units needed in each of its hours (or of a typical week's). Gaps and
  ///   negative values count as no demand.
  public func optimum(demandByYear demand: [[Double]]) -> Choice {
    var sunk = Money.zero
    var rest: [[Double]] = []
    for (year, hours) in demand.enumerated() {
      let running = existing.filter { year < $0.years }
      for one in running { sunk += Money(rawValue: one.hourly.rawValue * Double(one.units * hours.count)) }
      let covered = Double(running.reduce(0) { $0 + $1.units })
      rest.append(hours.map { $0.isFinite ? max(0, $0 - covered) : 0 })
    }
    let scale = rest.joined().reduce(0, +) * onDemand.rawValue
    let tolerance = abs(scale) * 1e-12
    var low = 0
    var high = Int(min(rest.joined().max() ?? 0, 1e9).rounded(.up))
    while low < high {
      let middle = low + (high - low) / 2
      let gain = stack(on: middle, rest).cost - stack(on: middle + 1, rest).cost
      if gain.rawValue > tolerance { low = middle + 1 } else { high = middle }
    }
    let best = stack(on: low, rest)
    return Choice(
      threeYears: low, oneYear: best.units, cost: best.cost + sunk, costWithout: Money(rawValue: scale) + sunk)
  }

  /// The best one-year layers over a three-year layer, and the cost of all that is new.
  private func stack(on base: Int, _ demand: [[Double]]) -> (units: [Int], cost: Money) {
    let layer = Commitment(onDemand: onDemand, committed: oneYear)
    var units: [Int] = []
    var cost = Money.zero
    for hours in demand {
      let choice = layer.optimum(demand: hours.map { max(0, $0 - Double(base)) })
      units.append(choice.units)
      cost += choice.cost + Money(rawValue: threeYears.rawValue * Double(base) * Double(hours.count))
    }
    return (units, cost)
  }
}
