import Quantities
import Serving
import Traffic

/// How likely demand exceeds what replicas carry, and for how long: over the futures of the demand and over the doubt about
/// the capacity at once. Every probability of overload that a plan tells comes from here.
struct OverloadRisk: Sendable {
  let demand: DemandOutlook
  let plan: Plan
  /// Ranks of the capacity, each as likely as the others: one where it is certain, else fifteen, which give the probability
  /// of a peak above it to about a point.
  private let ranks: [Double]

  init(_ demand: DemandOutlook, _ plan: Plan) {
    self.demand = demand
    self.plan = plan
    let count = plan.service.capacity.isCertain ? 1 : 15
    ranks = (0..<count).map { (Double($0) + 0.5) / Double(count) }
  }

  /// The rates that so many replicas may carry, one for each rank.
  private func carried(by replicas: Int) -> [RequestRate] {
    let carried = plan.carried(by: replicas)
    return ranks.map { carried.isCertain ? carried.mid : max(.zero, carried.quantile($0)) }
  }

  /// The probability that the horizon's peak exceeds a rate.
  func probability(peakAbove rate: RequestRate) -> Double {
    demand.forecast?.probability(peakAbove: rate) ?? demand.peak.probability(above: rate)
  }

  /// The probability that the horizon's peak exceeds what so many replicas carry.
  func probability(with replicas: Int) -> Double {
    mean(carried(by: replicas).map { probability(peakAbove: $0) })
  }

  /// Expected minutes of demand above what so many replicas carry, over the horizon; 0 without sampled futures.
  func minutes(with replicas: Int) -> Double {
    guard let step = demand.paths.first?.step.seconds else { return 0 }
    let limits = carried(by: replicas).map(\.perSecond)
    guard let least = limits.min() else { return 0 }
    // Once for all ranks: only what lies above the least can lie above another.
    var high: [Double] = []
    for path in demand.paths { for value in path.rawValues where value > least { high.append(value) } }
    let above = limits.map { limit in Double(high.count { $0 > limit }) }
    return mean(above) * step / 60 / Double(demand.paths.count)
  }

  /// The factor over the expected peak that keeps the peak within what replicas carry with a probability, where both may
  /// be off: the forecast, and what a replica carries.
  func factor(holding quantile: Double) -> Double {
    let one = plan.service.capacity.ofOne
    guard !one.isCertain, one.mid > .zero else { return forecastFactor(quantile) }
    let relative = ranks.map { max(1e-6, one.quantile($0) / one.mid) }
    func risk(_ factor: Double) -> Double {
      mean(relative.map { probability(peakAbove: demand.peak.mid * (factor * $0)) })
    }
    var low = 0.0
    var high = max(1, forecastFactor(quantile)) / (relative.min() ?? 1) + 1
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if risk(middle) > 1 - quantile { low = middle } else { high = middle }
    }
    return high
  }

  /// The peak's quantile over the expected peak.
  func forecastFactor(_ quantile: Double) -> Double { peak(at: quantile) / demand.peak.mid }

  /// The peak's quantile.
  func peak(at quantile: Double) -> RequestRate {
    demand.forecast?.peakQuantile(quantile) ?? demand.peak.quantile(quantile)
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
}
