import Quantities

/// What replicas of a service make of a demand. Measured, queueing and batching models conform; the worlds and the
/// planner ask nothing else.
public protocol ServiceModel: Sendable {
  /// The model with its numbers, in a line: `"M/M/16 a replica, 50 ms a request"`.
  var summary: String { get }
  /// The highest rate that one replica sustains, at saturation.
  var capacityPerReplica: RequestRate { get }
  /// The steady state of `replicas` replicas that share `demand` evenly.
  func level(of demand: RequestRate, replicas: Int) -> ServiceLevel
  /// The share of requests answered within `bound` seconds in that steady state, or nil where the model knows no
  /// latency. Models with an exact formula override the default, which reads it off the level's quantiles.
  func share(within bound: Double, of demand: RequestRate, replicas: Int) -> Double?
}

extension ServiceModel {
  public func share(within bound: Double, of demand: RequestRate, replicas: Int) -> Double? {
    level(of: demand, replicas: replicas).latency?.share(within: bound)
  }

  /// The capacity of `replicas` replicas.
  public func capacity(of replicas: Int) -> RequestRate { capacityPerReplica * Double(max(0, replicas)) }

  /// The offered load over capacity: above 1 in overload, infinite where demand meets no replica.
  func offeredUtilization(of demand: RequestRate, replicas: Int) -> Utilization {
    let capacity = capacity(of: replicas)
    guard demand > .zero else { return .zero }
    return Utilization(rawValue: capacity > .zero ? demand / capacity : .infinity)
  }
}

/// How a service fares at a steady demand.
public struct ServiceLevel: Hashable, Sendable {
  /// Demand over capacity: above 1 in overload, infinite where demand meets no replica.
  public var utilization: Utilization
  /// What is served: the demand, or the capacity where that is less.
  public var served: RequestRate
  /// Requests in service or waiting, on average: infinite in overload, nil where the model knows no latency.
  public var concurrency: Double?
  /// Response time, waiting included: infinite in overload, nil where the model knows no latency.
  public var latency: Latency?

  public init(utilization: Utilization, served: RequestRate, concurrency: Double?, latency: Latency?) {
    self.utilization = utilization
    self.served = served
    self.concurrency = concurrency
    self.latency = latency
  }

  /// Whether demand is at or above capacity: queues grow without end.
  public var isSaturated: Bool { utilization.rawValue >= 1 }
}

/// Response time in seconds: its mean and some of its quantiles, infinite in overload.
public struct Latency: Hashable, Sendable {
  public var mean: Double
  public var p50: Double
  public var p90: Double
  public var p95: Double
  public var p99: Double
  public var p999: Double

  public init(mean: Double, p50: Double, p90: Double, p95: Double, p99: Double, p999: Double) {
    self.mean = mean
    self.p50 = p50
    self.p90 = p90
    self.p95 = p95
    self.p99 = p99
    self.p999 = p999
  }

  /// Without end: what overload leads to.
  public static let unbounded = Latency(
    mean: .infinity, p50: .infinity, p90: .infinity, p95: .infinity, p99: .infinity, p999: .infinity)
}
