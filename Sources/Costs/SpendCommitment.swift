import Quantities

/// A promise to spend so many dollars an hour (AWS Savings Plans, GCP flexible commitments), over several machine
/// types whose committed prices differ.
///
/// Each hour's promise is used up on the type with the highest saving first, ties by the lowest committed price
/// (AWS, "How Savings Plans apply to your usage"); what is left of it is lost, usage beyond it is paid on demand.
/// The cost is convex and piecewise linear in the promise, so the optimum lies at a breakpoint: an hour's full use
/// up to one of the types.
public struct SpendCommitment: Hashable, Sendable {
  /// One machine type's usage and prices.
  public struct Usage: Hashable, Sendable {
    public var name: String
    public var onDemand: HourlyPrice
    public var committed: HourlyPrice
    /// Units in each hour. Gaps and negative values count as none.
    public var units: [Double]
    public init(name: String, onDemand: HourlyPrice, committed: HourlyPrice, units: [Double]) {
      self.name = name
      self.onDemand = onDemand
      self.committed = committed
      self.units = units
    }
  }

  /// In the order in which a promise is used up.
  public let usages: [Usage]
  /// The number of hours: that of the longest usage.
  public let hours: Int

  /// Types whose committed price is not positive and below on demand are never covered; they are paid on demand.
  public init(_ usages: [Usage]) {
    func ratio(_ usage: Usage) -> Double {
      let ratio = usage.committed / usage.onDemand
      return ratio.isFinite ? ratio : .greatestFiniteMagnitude
    }
    self.usages = usages.sorted { a, b in
      let (first, second) = (ratio(a), ratio(b))
      return first == second ? a.committed < b.committed : first < second
    }
    hours = usages.map(\.units.count).max() ?? 0
  }

  private func units(_ usage: Usage, _ hour: Int) -> Double {
    guard hour < usage.units.count, usage.units[hour].isFinite else { return 0 }
    return max(0, usage.units[hour])
  }
  private func isCovered(_ usage: Usage) -> Bool { usage.committed > .zero && usage.committed < usage.onDemand }

  /// What it costs to promise so much an hour.
  public func cost(promising promise: HourlyPrice) -> Money {
    var total = promise.rawValue * Double(hours)
    for hour in 0..<hours {
      var left = promise.rawValue
      for usage in usages {
        let need = units(usage, hour)
        let covered = isCovered(usage) ? min(need, left / usage.committed.rawValue) : 0
        left -= covered * usage.committed.rawValue
        total += (need - covered) * usage.onDemand.rawValue
      }
    }
    return Money(rawValue: total)
  }

  /// The cheapest promise, and the smallest where several cost the same.
  ///
  /// A dollar promised saves, in each hour, on-demand / committed price of the type that it reaches. The promise
  /// grows while the sum of that over the hours is more than the number of hours (what the dollar costs).
  /// - Complexity: O(n log n) for n = hours x types.
  public func optimum() -> Choice {
    /// Where the saving of one hour's next dollar falls, and by how much.
    var steps: [(at: Double, fall: Double)] = []
    var saving = 0.0
    for hour in 0..<hours {
      var reached = 0.0
      var last: Double?
      for usage in usages where isCovered(usage) && units(usage, hour) > 0 {
        let ratio = usage.onDemand / usage.committed
        if let last { steps.append((reached, last - ratio)) } else { saving += ratio }
        last = ratio
        reached += units(usage, hour) * usage.committed.rawValue
      }
      if let last { steps.append((reached, last)) }
    }
    steps.sort { $0.at < $1.at }
    let price = Double(hours)
    var promise = 0.0
    for step in steps {
      if saving <= price * (1 + 1e-12) { break }
      promise = step.at
      saving -= step.fall
    }
    let chosen = HourlyPrice.dollarsPerHour(promise)
    return Choice(promise: chosen, cost: cost(promising: chosen), costWithout: cost(promising: .zero))
  }

  /// A promise that was chosen.
  public struct Choice: Hashable, Sendable {
    public var promise: HourlyPrice
    public var cost: Money
    /// The cost without any promise.
    public var costWithout: Money
    public var saving: Money { costWithout - cost }
  }
}
