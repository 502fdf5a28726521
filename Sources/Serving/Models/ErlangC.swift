import Catalogs
import Documents
import Glibc
import Quantities

/// A queue with several servers: every replica works on up to `concurrency` requests at once, and ``balancing`` says how
/// requests find their replica.
///
/// Exact for Poisson arrivals and exponential service times (M/M/c): Erlang C for the share that waits,
/// P(W > t) = C e^{-(c m - l) t} for the wait, and the closed form of their sum with the service for the response
/// time. A shared line is one such queue with the servers of all replicas; a random split is one for each replica, exact
/// again, since a Poisson stream split by chance is Poisson; least connections lies between (``LeastConnections``).
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
  public let balancing: Balancing

  private let seconds: Double

  /// - Throws: ``ServingError`` for a concurrency below 1, a service time that is not positive, or variabilities
  ///   that are negative or not finite.
  public init(
    concurrency: Int, serviceTime: Duration, arrivalVariability: Double = 1, serviceVariability: Double = 1,
    balancing: Balancing = .usual
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
    self.balancing = balancing
    seconds = serviceTime.seconds
  }

  public var capacityPerReplica: RequestRate { .perSecond(Double(concurrency) / seconds) }

  public var summary: String {
    let kind =
      arrivalVariability == 1 && serviceVariability == 1
      ? "M/M/\(concurrency)"
      : "G/G/\(concurrency) (variabilities \(NumberFormat.significant(arrivalVariability, 3)) of arrivals, "
        + "\(NumberFormat.significant(serviceVariability, 3)) of service)"
    return "\(kind) a replica, \(NumberFormat.duration(serviceTime)) a request, \(balancing.rawValue)"
  }

  public var metrics: Set<ServiceMetric> { [.response, .wait] }
  public var hasIndependentReplicas: Bool { balancing == .random }

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

  /// How far its times may lie off, as simulation of single requests found; nil where the formula is exact.
  public var band: ErrorBand? {
    if serviceVariability != 1 || arrivalVariability != 1 {
      return ErrorBand(
        low: arrivalVariability > 1 ? 0.85 : 0.75, high: arrivalVariability > 1 ? 1.8 : 1.05,
        source: "the queue's mean wait against simulation, 1 to 64 servers at 80 to 95 %")
    }
    return balancing == .leastConnections ? LeastConnections.band : nil
  }

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    let utilization = offeredUtilization(of: demand, replicas: replicas)
    guard utilization.rawValue < 1 else {
      return ServiceLevel(
        utilization: utilization, served: capacity(of: replicas), concurrency: .infinity,
        latencies: [.response: .unbounded, .wait: .unbounded], band: band, binding: .capacity, caution: caution)
    }
    let response = responseTime(of: demand, replicas: replicas)
    let served = max(demand, .zero)
    return ServiceLevel(
      utilization: utilization, served: served, concurrency: served.rawValue * response.mean,
      latencies: [.response: response.latency, .wait: response.waitLatency], band: band,
      // Half the time of the service spent waiting is more waiting than anybody planned for.
      binding: response.mean - seconds > seconds / 2 ? .queue : .none, caution: caution)
  }

  public func share(of metric: ServiceMetric, within bound: Double, of demand: RequestRate, replicas: Int) -> Double? {
    guard metrics.contains(metric) else { return nil }
    guard offeredUtilization(of: demand, replicas: replicas).rawValue < 1 else { return 0 }
    let response = responseTime(of: demand, replicas: replicas)
    return 1 - (metric == .wait ? response.waitTail(bound) : response.tail(bound))
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
    return responseTime(of: demand, replicas: replicas).waitQuantile(p)
  }

  /// The queue as it stands: who waits, and for how long.
  private func responseTime(of demand: RequestRate, replicas: Int) -> ResponseTime {
    let count = max(0, replicas)
    let all = max(0, demand.rawValue)
    // A split queue is that of one replica with its part of the demand.
    let (lines, rate) = balancing == .random && count > 0 ? (1, all / Double(count)) : (count, all)
    let product = lines.multipliedReportingOverflow(by: concurrency)
    let servers = product.overflow ? Int.max / 2 : product.partialValue
    let factor = (arrivalVariability + serviceVariability) / 2
    let waits = rate > 0 && factor > 0
    var probability = waits ? Erlang.waiting(servers: servers, load: rate * seconds) : 0
    var mean = 1 / (Double(servers) / seconds - rate)
    if balancing == .leastConnections, waits, count > 1 {
      let line = LeastConnections(
        replicas: count, concurrency: concurrency, utilization: rate * seconds / Double(servers),
        sharedWaiting: probability)
      probability = line.waitProbability
      mean = line.meanWait * seconds
    }
    return ResponseTime(
      waitProbability: probability, waitRate: 1 / max(mean * factor, 1e-300), serviceTime: seconds,
      variability: serviceVariability)
  }
}

extension ErlangC {
  private static let variability = Schema.bounded(.number, minimum: 0, maximum: 100)

  public static let descriptor = ServiceModelDescriptor(
    name: "queueing",
    summary: "A queue with several servers (Erlang C): latency rises with utilization as queueing theory says.",
    key: "service time",
    fields: [
      FixedCapacity.serviceTime,
      Field("concurrency", "requests that one replica serves at a time", .integer, example: "32", default: "1"),
      Field(
        "arrival variability", "squared coefficient of variation of the time between arrivals: 1 is Poisson",
        variability,
        default: "1"),
      Field(
        "service variability", "squared coefficient of variation of the service time: 0 is constant, 1 exponential",
        variability, default: "1"),
    ],
    example: """
      service:
        model: queueing
        service time: 50ms
        concurrency: 16
        balancing: shared line
        objective: { p99: 400ms }
      """
  ) { node, path, reader in
    let time = reader.values.positiveSpan(node["service time"], "\(path).service time")
    let servers = reader.values.count(node["concurrency"], "\(path).concurrency", 1...100_000)
    func variability(_ key: String) -> Double {
      reader.values.number(node[key], "\(path).\(key)", 0...100, help: "write a number from 0 to 100, as 1") ?? 1
    }
    let (arrivals, services) = (variability("arrival variability"), variability("service variability"))
    guard let time else { return nil }
    let balancing = reader.balancing
    return reader.make(node, "\(path).service time") { () throws(ServingError) in
      ServiceEstimate(
        exactly: try ErlangC(
          concurrency: servers ?? 1, serviceTime: time, arrivalVariability: arrivals, serviceVariability: services,
          balancing: balancing))
    }
  }
}
