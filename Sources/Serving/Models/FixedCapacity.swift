import Catalogs
import Documents
import Glibc
import Quantities

/// A replica that serves so many requests a second and no more.
///
/// Alone it knows no latency and says so. With a service time it is an ``ErlangC`` queue whose concurrency follows from
/// Little's law: capacity times service time requests are in service at saturation (rounded down to whole servers, at least
/// one; the time per server is then such that the capacity is kept).
public struct FixedCapacity: ServiceModel, Hashable {
  public let capacityPerReplica: RequestRate
  public let serviceTime: Duration?
  private let queue: ErlangC?

  /// - Throws: ``ServingError`` for a capacity or a service time that is not above zero and finite.
  public init(
    _ capacityPerReplica: RequestRate, serviceTime: Duration? = nil, balancing: Balancing = .usual
  ) throws(ServingError) {
    guard capacityPerReplica.isFinite, capacityPerReplica > .zero else {
      throw ServingError(
        .invalidParameter, "the capacity of a replica is \(capacityPerReplica.rawValue)/s: give a rate above 0")
    }
    self.capacityPerReplica = capacityPerReplica
    self.serviceTime = serviceTime
    if let serviceTime {
      let servers = max(1, (capacityPerReplica.rawValue * serviceTime.seconds + 1e-9).rounded(.down))
      guard servers <= 1e9 else {
        throw ServingError(
          .invalidParameter,
          "\(capacityPerReplica) at \(NumberFormat.duration(serviceTime)) a request are more than 10^9 requests "
            + "in service at once: check the units of both")
      }
      queue = try ErlangC(
        concurrency: Int(servers), serviceTime: .seconds(servers / capacityPerReplica.rawValue), balancing: balancing)
    } else {
      queue = nil
    }
  }

  public var summary: String {
    guard let serviceTime, let queue else { return "\(capacityPerReplica) a replica, latency not known" }
    return
      "\(capacityPerReplica) a replica, \(NumberFormat.duration(serviceTime)) a request, \(queue.balancing.rawValue)"
  }
  public var metrics: Set<ServiceMetric> { queue?.metrics ?? [] }
  public var hasIndependentReplicas: Bool { queue?.hasIndependentReplicas ?? true }
  public var balancing: Balancing { queue?.balancing ?? .usual }
  public var requestLimit: Int? { queue?.requestLimit }
  public func requestTime(inFlight: Int) -> TimeDistribution? { queue?.requestTime(inFlight: inFlight) }

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    if let queue { return queue.level(of: demand, replicas: replicas) }
    let utilization = offeredUtilization(of: demand, replicas: replicas)
    return ServiceLevel(
      utilization: utilization, served: min(max(demand, .zero), capacity(of: replicas)),
      binding: utilization.rawValue >= 1 ? .capacity : .none)
  }

  public func share(of metric: ServiceMetric, within bound: Double, of demand: RequestRate, replicas: Int) -> Double? {
    queue?.share(of: metric, within: bound, of: demand, replicas: replicas)
  }
}

extension FixedCapacity {
  static let serviceTime = Field(
    "service time", "mean time to serve one request alone; with it latencies are known", UnitSchema.span,
    example: "20ms")

  public static let descriptor = ServiceModelDescriptor(
    name: "capacity",
    summary: "So many requests a second per replica; latency only where a service time is given beside it.",
    key: "capacity",
    fields: [
      Field(
        "capacity", "the rate that one replica carries within its objective",
        UnitSchema.estimate(of: UnitSchema.replicaRate, "rate", examples: ["1800/s", "2000/s", "2100/s"]),
        example: "2000/s per replica"),
      serviceTime,
    ],
    example: """
      service:
        capacity: { low: 1800/s, mid: 2000/s, high: 2100/s }
        service time: 20ms
        balancing: least connections
      """
  ) { node, path, reader in
    let rate = reader.values.estimate(node["capacity"], "\(path).capacity") { $0.replicaRate($1, $2) }
    let time = reader.values.positiveSpan(node["service time"], "\(path).service time")
    guard let rate else { return nil }
    let balancing = reader.balancing
    return reader.make(node, "\(path).capacity") { () throws(ServingError) in
      try ServiceEstimate(rate) { (rate) throws(ServingError) in
        try FixedCapacity(rate, serviceTime: time, balancing: balancing)
      }
    }
  }
}
