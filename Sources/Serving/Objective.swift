import Quantities

/// A promise on response time: this share of requests is answered within this time.
public struct LatencyBound: Hashable, Sendable, CustomStringConvertible {
  /// The share of requests: 0.99 for p99.
  public var quantile: Double
  public var limit: Duration

  /// - Precondition: 0 < quantile < 1 and a positive limit.
  public init(quantile: Double, limit: Duration) {
    precondition(quantile > 0 && quantile < 1, "a latency bound's quantile lies between 0 and 1")
    precondition(limit > .zero, "a latency bound's limit is positive")
    self.quantile = quantile
    self.limit = limit
  }
  public static func p50(_ limit: Duration) -> Self { Self(quantile: 0.5, limit: limit) }
  public static func p90(_ limit: Duration) -> Self { Self(quantile: 0.9, limit: limit) }
  public static func p95(_ limit: Duration) -> Self { Self(quantile: 0.95, limit: limit) }
  public static func p99(_ limit: Duration) -> Self { Self(quantile: 0.99, limit: limit) }

  /// `p99`, `p99.9`.
  public var name: String { "p" + NumberFormat.significant(quantile * 100, 5) }
  public var description: String { "\(name) within \(NumberFormat.duration(limit))" }
}

/// What a service promises.
public struct Objective: Hashable, Sendable {
  /// Bounds on response time; the first is the one that outcomes count requests against.
  public var latency: [LatencyBound]
  /// The share of requests that must be served at all, over the time looked at.
  public var availability: Fraction?

  public init(latency: [LatencyBound] = [], availability: Fraction? = nil) {
    self.latency = latency
    self.availability = availability
  }
}

extension ServiceModel {
  /// Whether a steady demand meets every bound of an objective. Overload meets none; a model without latencies
  /// meets latency bounds wherever it is not in overload, and ``ServiceLevel/latency`` says that it does not know.
  public func attains(_ objective: Objective, of demand: RequestRate, replicas: Int) -> Bool {
    firstMissed(objective, of: demand, replicas: replicas) == nil
  }

  func firstMissed(_ objective: Objective, of demand: RequestRate, replicas: Int) -> ReplicaNeed.Binding? {
    let level = level(of: demand, replicas: replicas)
    // Without latency bounds, a fleet that is exactly busy still serves everything.
    if level.utilization.rawValue > 1 { return .capacity }
    for bound in objective.latency {
      guard let share = share(within: bound.limit.seconds, of: demand, replicas: replicas) else { continue }
      if share < bound.quantile { return .latency(bound) }
    }
    return nil
  }
}
