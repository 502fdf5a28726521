import Glibc
import Quantities

/// A replica that serves so many requests a second and no more.
///
/// Alone it knows no latency and says so. With a service time it is an ``ErlangC`` queue whose concurrency follows
/// from Little's law: capacity times service time requests are in service at saturation (rounded down to whole
/// servers, at least one; the time per server is then such that the capacity is kept).
public struct FixedCapacity: ServiceModel, Hashable {
  public let capacityPerReplica: RequestRate
  public let serviceTime: Duration?
  private let queue: ErlangC?

  /// - Throws: ``ServingError`` for a capacity or a service time that is not above zero and finite.
  public init(_ capacityPerReplica: RequestRate, serviceTime: Duration? = nil) throws(ServingError) {
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
        concurrency: Int(servers), serviceTime: .seconds(servers / capacityPerReplica.rawValue))
    } else {
      queue = nil
    }
  }

  public var summary: String {
    let time = serviceTime.map { ", \(NumberFormat.duration($0)) a request" } ?? ", latency not known"
    return "\(capacityPerReplica) a replica\(time)"
  }

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    if let queue { return queue.level(of: demand, replicas: replicas) }
    let capacity = capacity(of: replicas)
    return ServiceLevel(
      utilization: offeredUtilization(of: demand, replicas: replicas), served: min(max(demand, .zero), capacity),
      concurrency: nil, latency: nil)
  }

  public func share(within bound: Double, of demand: RequestRate, replicas: Int) -> Double? {
    queue?.share(within: bound, of: demand, replicas: replicas)
  }
}

extension FixedCapacity {
  public static let descriptor = ServiceModelDescriptor(
    name: "fixed",
    summary: "So many requests a second per replica; latency only where a service time is given.",
    parameters: [
      .init("capacity", default: "", unit: "req/s per replica", "what one replica serves at saturation"),
      .init("service_time", default: "none", unit: "time", "the mean time of one request in service"),
    ],
    example: """
      service:
        capacity: 2000/s per replica
      """)
}
