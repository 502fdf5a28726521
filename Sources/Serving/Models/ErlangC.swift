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
/// again, since a Poisson stream split by chance is Poisson; least connections lies between (`LeastConnections`).
///
/// Other service times, Poisson arrivals: for a squared variation from 0.5 to 1 the mean wait by Kimura's interpolation
/// between M/M/c and M/D/c ("Approximations for multi-server queues: system interpolations", Queueing Systems 17, 1994), the
/// latter by Cosmetatos' formula (Operational Research Quarterly 27, 1976). Against simulation of 1 to 64 servers at 50 to
/// 95 % the mean is within 3 %, its error no larger than the simulation's own, and p99 mostly 4 to 9 % too long.
/// Exact means for one server (Pollaczek and Khinchine).
///
/// All else is simulated customer by customer (``WaitingLine``) at 65 utilizations, once, and ``caution`` says so: Allen and
/// Cunneen's factor (ca2 + cs2) / 2 on Erlang's wait is up to 80 % too short where arrivals come in bursts, and up to 72 % too
/// long where service times vary much. In turn over N replicas, each sees gaps of N summed: their variation is an N-th.
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
  public var hasIndependentReplicas: Bool { balancing == .random || balancing == .consistentHash }

  public var requestLimit: Int? { concurrency }
  public func requestTime(inFlight: Int) -> TimeDistribution? {
    try? TimeDistribution(mean: seconds, variability: serviceVariability)
  }

  /// How waits are found.
  private enum Method { case exact, formula, simulation }
  private func method(_ replicas: Int) -> Method {
    switch balancing {
    case .leastConnections, .powerOfTwo:
      return arrivalVariability == 1 && serviceVariability == 1 ? .exact : .formula
    case .shared, .random, .roundRobin, .consistentHash: break
    }
    guard arrivals(replicas) == 1 else { return .simulation }
    if serviceVariability == 1 { return .exact }
    return (0.5...1).contains(serviceVariability) ? .formula : .simulation
  }

  /// The squared variation of the gaps between a replica's arrivals.
  private func arrivals(_ replicas: Int) -> Double {
    guard balancing == .roundRobin, replicas > 1 else { return arrivalVariability }
    // In powers of two, so that few lines need to be known; from 32 on gaps are as good as even.
    let power = 1 << (Int.bitWidth - 1 - replicas.leadingZeroBitCount)
    return power >= 32 ? 0 : arrivalVariability / Double(power)
  }

  /// What is to be known of its latencies, or nil where they are exact or nearly so.
  public var caution: String? { caution(2) }
  private func caution(_ replicas: Int) -> String? {
    if balancing == .consistentHash {
      return
        "keys fall unevenly on a ring of hashes: the busiest replica is about a tenth fuller than its share, and its "
        + "requests wait longer than these"
    }
    switch method(replicas) {
    case .exact: return nil
    case .simulation:
      return arrivalVariability == 1 && serviceVariability == 1
        ? nil : "no formula is good here: waits are those of a simulation of single requests"
    case .formula:
      return balancing.splits || balancing == .shared
        ? nil : "variabilities and this balancing together have no formula: simulate the requests"
    }
  }

  /// How far its times may lie off, as simulation of single requests found; nil where the formula is exact.
  public var band: ErrorBand? { band(2) }
  private func band(_ replicas: Int) -> ErrorBand? {
    switch method(replicas) {
    case .simulation: return LineStates.band
    case .exact:
      return balancing == .leastConnections
        ? LeastConnections.band : balancing == .powerOfTwo ? PowerOfTwo.band : nil
    case .formula:
      if balancing.splits || balancing == .shared {
        return ErrorBand(
          low: 0.91, high: 1.03, source: "the queue's p99 against simulation, 1 to 64 servers at 50 to 95 %")
      }
      return ErrorBand(
        low: arrivalVariability > 1 ? 0.85 : 0.75, high: arrivalVariability > 1 ? 1.8 : 1.05,
        source: "the queue's mean wait against simulation, 1 to 64 servers at 80 to 95 %")
    }
  }

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    let utilization = offeredUtilization(of: demand, replicas: replicas)
    guard utilization.rawValue < 1 else {
      return ServiceLevel(
        utilization: utilization, served: capacity(of: replicas), concurrency: .infinity,
        latencies: [.response: .unbounded, .wait: .unbounded], band: band(replicas), binding: .capacity,
        caution: caution(replicas))
    }
    let response = responseTime(of: demand, replicas: replicas)
    let served = max(demand, .zero)
    return ServiceLevel(
      utilization: utilization, served: served, concurrency: served.rawValue * response.mean,
      latencies: [.response: response.latency, .wait: response.waitLatency], band: band(replicas),
      // Half the time of the service spent waiting is more waiting than anybody planned for.
      binding: response.mean - seconds > seconds / 2 ? .queue : .none, caution: caution(replicas))
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
    let (lines, rate) = balancing.splits && count > 0 ? (1, all / Double(count)) : (count, all)
    let product = lines.multipliedReportingOverflow(by: concurrency)
    let servers = product.overflow ? Int.max / 2 : product.partialValue
    let utilization = rate * seconds / Double(servers)
    if method(count) == .simulation, rate > 0 {
      return simulated(servers: servers, utilization: utilization, arrivals: arrivals(count))
    }
    let hasInterpolation = method(count) == .formula && (balancing.splits || balancing == .shared)
    let factor =
      hasInterpolation
      ? Self.interpolation(servers: servers, utilization: utilization, serviceVariability)
      : (arrivalVariability + serviceVariability) / 2
    let waits = rate > 0 && factor > 0
    var probability = waits ? Erlang.waiting(servers: servers, load: rate * seconds) : 0
    var mean = 1 / (Double(servers) / seconds - rate)
    if balancing == .powerOfTwo, waits, count > 1 {
      let line = PowerOfTwo(concurrency: concurrency, utilization: utilization)
      probability = line.waitProbability
      mean = line.meanWait * seconds
    }
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

  /// The mean wait of M/G/c over that of M/M/c: Cosmetatos' formula for constant times, Kimura's interpolation between.
  private static func interpolation(servers: Int, utilization: Double, _ variability: Double) -> Double {
    guard utilization > 0 else { return (1 + variability) / 2 }
    let c = Double(servers)
    let many = (1 - utilization) * (c - 1) * ((4 + 5 * c).squareRoot() - 2) / (16 * utilization * c)
    // Far below capacity the formula leaves its range; no wait is longer for being constant.
    let constant = min(1, (1 + many) / 2)
    return (1 + variability) / (2 * variability + (1 - variability) / constant)
  }

  /// Waits as a simulation found them: an exponential tail whose mean and whose 99 % quantile are the simulation's (99.9 %
  /// where fewer than 3 % wait).
  private func simulated(servers: Int, utilization: Double, arrivals: Double) -> ResponseTime {
    let state = LineStates.states(servers: servers, arrivals: arrivals, services: serviceVariability)
      .state(at: utilization)
    // One server with Poisson arrivals: the mean is known (Pollaczek and Khinchine), the simulation tells the shape.
    let isKnown = servers == 1 && arrivals == 1 && state.waitMean > 0
    let mean = isKnown ? utilization / (1 - utilization) * (1 + serviceVariability) / 2 : state.waitMean
    let scale = isKnown ? mean / state.waitMean : 1
    func quantile(_ p: Double) -> Double { SimulatedStates.State.quantile(p, state.waitQuantiles) * scale }
    func fitted(_ left: Double, _ time: Double) -> (probability: Double, rate: Double)? {
      guard time > 0, mean > 0 else { return nil }
      // The mean P t / ln(P / left) of a tail P e^{-rt} through (t, left) rises in P from e times left on.
      func implied(_ probability: Double) -> Double { probability * time / log(probability / left) }
      var (low, high) = (left * M_E, 1.0)
      guard implied(low) <= mean else { return nil }
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if implied(middle) < mean { low = middle } else { high = middle }
      }
      return (high, high / mean)
    }
    let fit = fitted(0.01, quantile(0.99)) ?? fitted(0.001, quantile(0.999)) ?? (min(1, max(mean, 0) * 1000), 1000)
    return ResponseTime(
      waitProbability: mean > 0 ? fit.probability : 0, waitRate: fit.rate / seconds, serviceTime: seconds,
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
