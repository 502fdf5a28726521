import Quantities

/// A promise on a time: this share of requests is within this limit.
public struct LatencyBound: Hashable, Sendable, CustomStringConvertible {
  /// Which time: the response time unless said otherwise.
  public var metric: ServiceMetric
  /// The share of requests: 0.99 for p99.
  public var quantile: Double
  public var limit: Duration

  /// - Precondition: a metric that is a time, 0 < quantile < 1 and a positive limit.
  public init(_ metric: ServiceMetric = .response, quantile: Double, limit: Duration) {
    precondition(metric.kind == .time, "a latency bound is on a time")
    precondition(quantile > 0 && quantile < 1, "a latency bound's quantile lies between 0 and 1")
    precondition(limit > .zero, "a latency bound's limit is positive")
    self.metric = metric
    self.quantile = quantile
    self.limit = limit
  }
  public static func p50(_ limit: Duration) -> Self { Self(quantile: 0.5, limit: limit) }
  public static func p90(_ limit: Duration) -> Self { Self(quantile: 0.9, limit: limit) }
  public static func p95(_ limit: Duration) -> Self { Self(quantile: 0.95, limit: limit) }
  public static func p99(_ limit: Duration) -> Self { Self(quantile: 0.99, limit: limit) }

  /// As an objective writes it: `p99`, `ttft p99.9`.
  public var name: String { (metric.word.isEmpty ? "" : metric.word + " ") + Percentile.name(quantile) }
  public var description: String { "\(name) within \(NumberFormat.duration(limit))" }
}

/// What a service promises.
public struct Objective: Hashable, Sendable {
  /// Bounds on times, several at once if need be; the first is the one that reports tell first.
  public var latency: [LatencyBound]
  /// The share of requests that must be served at all, over the time looked at.
  public var availability: Fraction?

  public init(latency: [LatencyBound] = [], availability: Fraction? = nil) {
    self.latency = latency
    self.availability = availability
  }

  /// Whether anything is promised.
  public var isEmpty: Bool { latency.isEmpty && availability == nil }
}

extension ServiceModel {
  /// Whether a steady demand meets every bound of an objective. Overload meets none; a model that does not know a bound's
  /// metric meets it wherever it is not in overload, and ``ServiceModel/metrics`` says that it does not know.
  public func attains(_ objective: Objective, of demand: RequestRate, replicas: Int) -> Bool {
    firstMissed(objective, of: demand, replicas: replicas) == nil
  }

  func firstMissed(_ objective: Objective, of demand: RequestRate, replicas: Int) -> ReplicaNeed.Binding? {
    // Without latency bounds, a fleet that is exactly busy still serves everything.
    if offeredUtilization(of: demand, replicas: replicas).rawValue > 1 { return .capacity }
    for bound in objective.latency {
      guard let share = share(of: bound.metric, within: bound.limit.seconds, of: demand, replicas: replicas) else {
        continue
      }
      if share < bound.quantile { return .latency(bound) }
    }
    return nil
  }
}
