import Quantities

/// What replicas of a service make of a demand: the only source of capacity. Sizing and the worlds ask the same model, and
/// the load balancing is part of it.
public protocol ServiceModel: Sendable {
  /// The model with its numbers, in a line: `"M/M/16 a replica, 50 ms a request, random split"`.
  var summary: String { get }
  /// The highest rate that one replica sustains, at saturation.
  var capacityPerReplica: RequestRate { get }
  /// The times that it knows.
  var metrics: Set<ServiceMetric> { get }
  /// Whether replicas do not help each other: n of them carry n times what one does, within any objective.
  var hasIndependentReplicas: Bool { get }
  /// The steady state of `replicas` replicas under a demand for all of them.
  func level(of demand: RequestRate, replicas: Int) -> ServiceLevel
  /// The share of requests within `bound` seconds by a metric in that steady state, or nil where the model does not know
  /// it. Models with an exact formula override the default, which reads it off the level's quantiles.
  func share(of metric: ServiceMetric, within bound: Double, of demand: RequestRate, replicas: Int) -> Double?

  // What worlds of single requests ask; a model that knows only steady states leaves it out.

  /// How requests find their replica.
  var balancing: Balancing { get }
  /// How many requests one replica works on at once, others wait in line; nil for as many as come.
  var requestLimit: Int? { get }
  /// The time in service that one request takes while so many, it among them, are worked on on its replica: with all of
  /// them there from its beginning to its end.
  func requestTime(inFlight: Int) -> TimeDistribution?
  /// How batches form; nil for a replica that does not work in batches.
  var batchRules: BatchRules? { get }
  /// The time, and the memory, of one step over a batch of 1 or more requests.
  func batchStep(of size: Int) -> BatchStep?
}

extension ServiceModel {
  public func share(of metric: ServiceMetric, within bound: Double, of demand: RequestRate, replicas: Int) -> Double? {
    level(of: demand, replicas: replicas).latencies[metric]?.share(within: bound)
  }

  /// The capacity of `replicas` replicas at saturation.
  public func capacity(of replicas: Int) -> RequestRate { capacityPerReplica * Double(max(0, replicas)) }

  /// The offered load over capacity: above 1 in overload, infinite where demand meets no replica.
  func offeredUtilization(of demand: RequestRate, replicas: Int) -> Utilization {
    let capacity = capacity(of: replicas)
    guard demand > .zero else { return .zero }
    return Utilization(rawValue: capacity > .zero ? demand / capacity : .infinity)
  }
}
