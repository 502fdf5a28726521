import Quantities

/// How many units to commit to for a whole span, against paying on demand hour by hour.
///
/// A commitment is paid at every hour, used or not. The next unit is worth it while it is used in more than
/// c / o of the hours (c the committed, o the on-demand price): the newsvendor's quantile rule, exact for one
/// layer. Break-even utilization is 1 - discount: 63 % for a discount of 37 %.
public struct Commitment: Hashable, Sendable {
  public var onDemand: HourlyPrice
  public var committed: HourlyPrice
  /// The price of an hour of work on spot machines (list price / (1 - overhead)), and the largest share of each
  /// hour's demand that may run there; nil where spot is not used.
  public var spot: Spot?

  public struct Spot: Hashable, Sendable {
    public var effective: HourlyPrice
    public var maximumShare: Fraction
    /// - Precondition: the overhead lies in [0, 1), the share in [0, 1].
    public init(hourly: HourlyPrice, overhead: Fraction = .zero, maximumShare: Fraction) {
      precondition((0..<1).contains(overhead.rawValue), "spot machines must do some work")
      precondition((0...1).contains(maximumShare.rawValue), "a share of spot machines lies between 0 and 1")
      effective = hourly / (1 - overhead.rawValue)
      self.maximumShare = maximumShare
    }
  }

  public init(onDemand: HourlyPrice, committed: HourlyPrice, spot: Spot? = nil) {
    self.onDemand = onDemand
    self.committed = committed
    self.spot = spot
  }

  /// The share of hours in which a committed unit must be used to pay for itself. Above 1 it never does.
  public var breakEven: Utilization {
    onDemand > .zero ? .fraction(committed / onDemand) : .fraction(committed > .zero ? .infinity : 0)
  }

  /// What it costs to commit to some units and buy the rest as it comes.
  ///
  /// - Parameters:
  ///   - units: Committed units, at every hour.
  ///   - demand: Units needed in each hour. Gaps (NaN) and negative values count as no demand.
  public func cost(committing units: Int, demand: [Double]) -> Money {
    var bought = 0.0
    for raw in demand {
      let need = raw.isFinite ? max(0, raw) : 0
      let rest = max(0, need - Double(units))
      if let spot, spot.effective < onDemand {
        let onSpot = min(rest, need * spot.maximumShare.rawValue)
        bought += onSpot * spot.effective.rawValue + (rest - onSpot) * onDemand.rawValue
      } else {
        bought += rest * onDemand.rawValue
      }
    }
    return Money(rawValue: bought + Double(units) * committed.rawValue * Double(demand.count))
  }

  /// The cheapest commitment, and the smallest where several cost the same.
  ///
  /// The cost is convex in the units (each hour's rest is bought at a price that rises with it), so the first
  /// unit that does not pay ends the search; it is found by bisection. - Complexity: O(hours * log(peak)).
  public func optimum(demand: [Double]) -> CommitmentChoice {
    let peak = demand.reduce(0.0) { $1.isFinite ? max($0, $1) : $0 }
    // Equal costs differ by rounding alone: a saving counts when it is more than that.
    let scale = onDemand.rawValue * demand.reduce(0.0) { $1.isFinite ? $0 + max(0, $1) : $0 }
    let tolerance = abs(scale) * 1e-12
    var low = 0
    var high = Int(min(peak.rounded(.up), 1e9))
    while low < high {
      let middle = low + (high - low) / 2
      let gain = cost(committing: middle, demand: demand) - cost(committing: middle + 1, demand: demand)
      if gain.rawValue > tolerance { low = middle + 1 } else { high = middle }
    }
    return CommitmentChoice(
      units: low, cost: cost(committing: low, demand: demand), costWithout: cost(committing: 0, demand: demand),
      costOnDemand: Commitment(onDemand: onDemand, committed: committed).cost(committing: 0, demand: demand),
      breakEven: breakEven, used: used(units: low, demand: demand))
  }

  /// The share of its hours in which the last of some committed units is used.
  func used(units: Int, demand: [Double]) -> Utilization {
    guard units > 0, !demand.isEmpty else { return .fraction(0) }
    let hours = demand.reduce(0) { $0 + ($1.isFinite && $1 >= Double(units) ? 1 : 0) }
    return .fraction(Double(hours) / Double(demand.count))
  }
}

/// A commitment that was chosen, with what speaks for it.
public struct CommitmentChoice: Hashable, Sendable {
  public var units: Int
  public var cost: Money
  /// The cost without any commitment: on demand, and on spot where it may be used.
  public var costWithout: Money
  /// The cost of everything on demand.
  public var costOnDemand: Money
  /// The use that the last unit needs to pay for itself, and the use that it has.
  public var breakEven: Utilization
  public var used: Utilization
  public var saving: Money { costWithout - cost }

  /// The saving of a month, where the demand was that of so many hours.
  public func savingPerMonth(of hours: Int) -> Money {
    hours > 0 ? saving * (CostBreakdown.hoursPerMonth / Double(hours)) : .zero
  }
}
