import Quantities

/// A service on a base that stays, with spot machines above it, which leave without notice.
///
/// In an hour with a demand of D units the base holds min(D, b) on demand, spot the rest. A spot machine is reclaimed at some
/// rate, and now and then a whole pool at once (when a region is lost, everybody asks for the same machines); until what is
/// lost runs on demand, `fallback` seconds later, it is unserved. In the share `absence` of the time no spot machine can be
/// had at all, and its part runs on demand.
///
/// With rates small against 1 / fallback, requests unserved are (reclaims + pool reclaims) x fallback x the sum of spot
/// units over the hours: linear in the spot units, so that the smallest base within the objective is the cheapest.
public struct SpotServing: Hashable, Sendable {
  public var onDemand: HourlyPrice
  public var spot: HourlyPrice
  /// Reclaims of one machine, and of the whole pool at once, an hour.
  public var reclaims: Double
  public var poolReclaims: Double
  /// Seconds from a reclaim until what ran there serves elsewhere.
  public var fallback: Double
  /// The share of time in which spot cannot be had.
  public var absence: Double
  /// The share of requests that must be served.
  public var objective: Double

  public init(
    onDemand: HourlyPrice, spot: HourlyPrice, reclaims: Double, poolReclaims: Double, fallback: Double,
    absence: Double, objective: Double
  ) {
    self.onDemand = onDemand
    self.spot = spot
    self.reclaims = max(0, reclaims)
    self.poolReclaims = max(0, poolReclaims)
    self.fallback = max(0, fallback)
    self.absence = min(1, max(0, absence))
    self.objective = min(1, max(0, objective))
  }

  public struct Choice: Hashable, Sendable {
    /// Units that stand on demand.
    public var base: Int
    public var cost: Money
    public var costOnDemand: Money
    /// The share of requests that is unserved, and the share that is while a whole pool is gone in the busiest hour.
    public var unserved: Double
    public var worst: Double
    /// The share of unit-hours on spot.
    public var spotShare: Double
  }

  /// The share of its time that a spot unit is missing: an alternating renewal process of up times of mean 1 / rate and down
  /// times of `fallback` (Ross, Introduction to Probability Models, 7.5.1).
  var missing: Double {
    let rate = (reclaims + poolReclaims) / 3600
    guard rate > 0 else { return 0 }
    return rate * fallback / (1 + rate * fallback)
  }

  /// What a base costs and leaves unserved over the hours.
  public func choice(base: Int, demand: [Double]) -> Choice {
    var onBase = 0.0
    var above = 0.0
    var peak = 0.0
    for raw in demand where raw.isFinite && raw > 0 {
      onBase += min(raw, Double(base))
      above += max(0, raw - Double(base))
      peak = max(peak, raw)
    }
    let total = onBase + above
    // While spot is missing, or cannot be had, its part is paid on demand.
    let onSpot = above * (1 - absence) * (1 - missing)
    return Choice(
      base: base,
      cost: Money(rawValue: (onBase + above - onSpot) * onDemand.rawValue + onSpot * spot.rawValue),
      costOnDemand: Money(rawValue: total * onDemand.rawValue),
      unserved: total > 0 ? above * (1 - absence) * missing / total : 0,
      worst: peak > 0 ? max(0, peak - Double(base)) / peak : 0, spotShare: total > 0 ? onSpot / total : 0)
  }

  /// The cheapest base within the objective; everything on demand where spot saves nothing.
  public func optimum(demand: [Double]) -> Choice? {
    let peak = Int(min(1e9, (demand.filter(\.isFinite).max() ?? 0).rounded(.up)))
    let all = choice(base: peak, demand: demand)
    guard spot < onDemand else { return all }
    func holds(_ base: Int) -> Bool { choice(base: base, demand: demand).unserved <= 1 - objective + 1e-12 }
    guard holds(peak) else { return nil }
    var low = 0
    var high = peak
    while low < high {
      let middle = low + (high - low) / 2
      if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return choice(base: low, demand: demand)
  }
}
