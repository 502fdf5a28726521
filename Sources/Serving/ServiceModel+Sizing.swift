import Glibc
import Quantities

/// How many replicas a demand needs, and what asks for them.
public struct ReplicaNeed: Hashable, Sendable {
  /// What one replica less would miss, or what no number of replicas meets.
  public enum Binding: Hashable, Sendable {
    /// The demand would exceed the capacity.
    case capacity
    /// The bound would be missed.
    case latency(LatencyBound)
  }

  /// The smallest number that meets the objective; nil where no number does.
  public var replicas: Int?
  public var binding: Binding
  /// How the service fares with that many (or, where none is enough, with an idle fleet).
  public var level: ServiceLevel
}

extension ServiceModel {
  /// The smallest number of replicas whose steady state meets an objective, by bisection: more replicas never
  /// fare worse.
  ///
  /// - Parameters:
  ///   - demand: requests a second; not above zero needs none.
  ///   - objective: latency bounds; plain capacity where it has none (a full fleet at exactly the demand).
  ///   - limit: more than this is called unattainable.
  public func replicasNeeded(
    for demand: RequestRate, meeting objective: Objective = Objective(), limit: Int = 10_000_000
  ) -> ReplicaNeed {
    func need(_ replicas: Int?, _ binding: ReplicaNeed.Binding) -> ReplicaNeed {
      ReplicaNeed(
        replicas: replicas, binding: binding,
        level: level(of: replicas == nil ? .zero : demand, replicas: replicas ?? 1))
    }
    guard demand > .zero else { return need(0, .capacity) }
    let ratio = Statistics.ceilingOfRatio(demand.rawValue, capacityPerReplica.rawValue)
    guard ratio.isFinite, ratio <= Double(limit) else { return need(nil, .capacity) }
    // A fleet without demand answers as fast as this service ever does.
    for bound in objective.latency {
      if let best = share(of: bound.metric, within: bound.limit.seconds, of: .zero, replicas: 1), best < bound.quantile
      {
        return need(nil, .latency(bound))
      }
    }
    let plain = max(1, Int(ratio))
    // The rounding that the ceiling forgave may leave the utilization a hair above 1.
    func missed(_ replicas: Int) -> ReplicaNeed.Binding? {
      let binding = firstMissed(objective, of: demand, replicas: replicas)
      return binding == .capacity && replicas >= plain && objective.latency.isEmpty ? nil : binding
    }
    guard var binding = missed(plain) else { return need(plain, .capacity) }
    var low = plain
    var high = plain
    var stride = 1
    while let now = missed(high) {
      binding = now == .capacity ? binding : now
      if high >= limit { return need(nil, binding) }
      low = high
      high = min(limit, high + stride)
      stride *= 2
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if let now = missed(middle) {
        binding = now
        low = middle
      } else {
        high = middle
      }
    }
    return need(high, binding)
  }
}
