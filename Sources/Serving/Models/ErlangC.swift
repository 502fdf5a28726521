import Glibc
import Quantities

/// A queue with several servers: every replica works on up to `concurrency` requests at once, all replicas share
/// one line.
///
/// Exact for Poisson arrivals and exponential service times (M/M/c): Erlang C for the share that waits,
/// P(W > t) = C e^{-(c m - l) t} for the wait, and the closed form of their sum with the service for the response
/// time. One line for all replicas is the best a load balancer can do (least requests comes close; random spreading
/// waits longer).
///
/// Other arrivals and service times: Allen and Cunneen's factor (ca2 + cs2) / 2 on the wait ("Probability,
/// Statistics, and Queueing Theory", Allen, 2nd ed., section 5.3). Against simulation with 1 to 64 servers at 80 to
/// 95 %, mean and worst error of the mean wait: (1, 0) 4.6 and 21 %; (1, 1) exact; (1, 4) 16 and 72 % too long;
/// (4, 0) 21 and 80 %, (4, 1) 17 and 70 %, (4, 4) 11 and 50 %, all three too SHORT. So bursty arrivals (ca2 above
/// 1) are beyond its range: ``caution`` says so, and a simulation of the requests should decide there.
public struct ErlangC: ServiceModel, Hashable {
  /// Requests that one replica works on at once, at full speed each.
  public let concurrency: Int
  /// The mean time of one request in service.
  public let serviceTime: Duration
  /// The squared coefficient of variation of the time between arrivals: 1 for Poisson.
  public let arrivalVariability: Double
  /// The squared coefficient of variation of the service time: 0 for a constant, 1 for exponential.
  public let serviceVariability: Double

  private let seconds: Double

  /// - Throws: ``ServingError`` for a concurrency below 1, a service time that is not positive, or variabilities
  ///   that are negative or not finite.
  public init(
    concurrency: Int, serviceTime: Duration, arrivalVariability: Double = 1, serviceVariability: Double = 1
  ) throws(ServingError) {
    guard concurrency >= 1 else {
      throw ServingError(.invalidParameter, "a concurrency of \(concurrency) serves nothing: give 1 or more")
    }
    guard serviceTime > .zero else {
      throw ServingError(.invalidParameter, "the service time is \(serviceTime): give a time above 0")
    }
    for (name, value) in [("arrivals", arrivalVariability), ("service times", serviceVariability)] {
      guard value.isFinite, value >= 0 else {
        throw ServingError(.invalidParameter, "the variability of \(name) is \(value): give a number, 0 or more")
      }
    }
    self.concurrency = concurrency
    self.serviceTime = serviceTime
    self.arrivalVariability = arrivalVariability
    self.serviceVariability = serviceVariability
    seconds = serviceTime.seconds
  }

  public var capacityPerReplica: RequestRate { .perSecond(Double(concurrency) / seconds) }

  public var summary: String {
    let kind =
      arrivalVariability == 1 && serviceVariability == 1
      ? "M/M/\(concurrency)"
      : "G/G/\(concurrency) (variabilities \(NumberFormat.significant(arrivalVariability, 3)) of arrivals, "
        + "\(NumberFormat.significant(serviceVariability, 3)) of service)"
    return "\(kind) a replica, \(NumberFormat.duration(serviceTime)) a request"
  }

  /// What limits the trust in its latencies, or nil where they are good.
  public var caution: String? {
    if arrivalVariability > 1 {
      return "arrivals are burstier than Poisson: waits are longer than this formula says (by half and more); "
        + "simulate the requests"
    }
    if serviceVariability > 1 {
      return "service times vary much: waits are shorter than this formula says (by 16 % on average)"
    }
    return nil
  }

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    let utilization = offeredUtilization(of: demand, replicas: replicas)
    guard utilization.rawValue < 1 else {
      return ServiceLevel(
        utilization: utilization, served: capacity(of: replicas), concurrency: .infinity, latency: .unbounded)
    }
    let response = responseTime(of: demand, replicas: replicas)
    let served = max(demand, .zero)
    return ServiceLevel(
      utilization: utilization, served: served, concurrency: served.rawValue * response.mean,
      latency: response.latency)
  }

  public func share(within bound: Double, of demand: RequestRate, replicas: Int) -> Double? {
    guard offeredUtilization(of: demand, replicas: replicas).rawValue < 1 else { return 0 }
    return 1 - responseTime(of: demand, replicas: replicas).tail(bound)
  }

  /// The share of requests that wait, and their mean wait over all requests in seconds; 1 and infinite in overload.
  public func wait(of demand: RequestRate, replicas: Int) -> (probability: Double, mean: Double) {
    guard offeredUtilization(of: demand, replicas: replicas).rawValue < 1 else { return (1, .infinity) }
    let response = responseTime(of: demand, replicas: replicas)
    return (response.waitProbability, response.mean - seconds)
  }

  /// The wait that a share `p` of requests stays within, in seconds: ln(C / (1 - p)) times the mean wait of those
  /// that wait, 0 where fewer than that wait at all.
  public func waitQuantile(_ p: Double, of demand: RequestRate, replicas: Int) -> Double {
    guard offeredUtilization(of: demand, replicas: replicas).rawValue < 1 else { return .infinity }
    let response = responseTime(of: demand, replicas: replicas)
    guard p < 1 else { return .infinity }
    return response.waitProbability > 1 - p ? log(response.waitProbability / (1 - p)) / response.waitRate : 0
  }

  private func responseTime(of demand: RequestRate, replicas: Int) -> ResponseTime {
    let servers = max(0, replicas).multipliedReportingOverflow(by: concurrency)
    let count = servers.overflow ? Int.max / 2 : servers.partialValue
    let rate = max(0, demand.rawValue)
    let load = rate * seconds
    let factor = (arrivalVariability + serviceVariability) / 2
    let waiting = rate > 0 && factor > 0 ? Erlang.waiting(servers: count, load: load) : 0
    return ResponseTime(
      waitProbability: waiting, waitRate: (Double(count) / seconds - rate) / max(factor, 1e-300),
      serviceTime: seconds, variability: serviceVariability)
  }
}

extension ErlangC {
  public static let descriptor = ServiceModelDescriptor(
    name: "queueing",
    summary: "A queue with several servers (Erlang C): latency rises with utilization as queueing theory says.",
    parameters: [
      .init("concurrency", default: "", unit: "requests", "what one replica works on at once"),
      .init("service_time", default: "", unit: "time", "the mean time of one request in service"),
      .init("arrival_variability", default: "1", unit: "number", "squared variation of times between arrivals"),
      .init("service_variability", default: "1", unit: "number", "squared variation of service times"),
    ],
    example: """
      service:
        model: queueing
        concurrency: 16
        service_time: 50ms
      """)
}
