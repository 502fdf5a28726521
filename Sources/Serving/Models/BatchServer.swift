import Catalogs
import Documents
import Glibc
import Quantities

/// A replica that works in batches, as Triton and TensorFlow Serving do: a batch of b requests takes alpha + beta b, up to a
/// maximum, and waits for others to join no longer than a delay. For ranking, embedding and vision models.
///
/// Saturation is maximum / (alpha + beta maximum) on each instance. Times below it are those of a simulation of Poisson
/// arrivals by the batcher's rules (`BatchLine`), remembered at 65 utilizations; each is known to about 1 %. The usual
/// formula, 1.5 times the time of a batch of l alpha / (1 - l beta), knows neither full batches nor delay.
///
/// Each replica batches for itself: requests are taken to be split by chance, which is the most that they wait.
public struct BatchServer: ServiceModel {
  /// The time of a batch beside its requests, and of each of them.
  public let batchTime: Duration
  public let requestTime: Duration
  public let rules: BatchRules
  /// Memory of one batch: beside its requests, and of each of them; nil where it is not known.
  public let batchMemory: (fixed: Bytes, each: Bytes)?

  private let line: BatchLine
  private let states: SimulatedStates

  /// - Throws: ``ServingError`` for times that are negative or both zero, and for a batch of more than 65536.
  public init(
    batchTime: Duration, requestTime: Duration, rules: BatchRules, batchMemory: (fixed: Bytes, each: Bytes)? = nil
  ) throws(ServingError) {
    guard batchTime >= .zero, requestTime >= .zero, batchTime + requestTime > .zero else {
      throw ServingError(
        .invalidParameter, "a batch of b takes \(batchTime) + \(requestTime) b: give times, one of them above 0")
    }
    guard rules.maximum <= 65_536, rules.instances <= 4096 else {
      throw ServingError(
        .invalidParameter, "batches of \(rules.maximum) on \(rules.instances) instances: give up to 65536 and 4096")
    }
    self.batchTime = batchTime
    self.requestTime = requestTime
    self.rules = rules
    self.batchMemory = batchMemory
    let (fixed, each) = (batchTime.seconds, requestTime.seconds)
    let line = BatchLine(rules: rules, seconds: (1...rules.maximum).map { fixed + each * Double($0) })
    self.line = line
    states = SimulatedStates { line.state(at: $0) }
  }

  public var summary: String {
    "batches of up to \(rules.maximum), \(NumberFormat.duration(batchTime)) and \(NumberFormat.duration(requestTime)) "
      + "for each request"
      + (rules.delay > .zero ? ", waiting up to \(NumberFormat.duration(rules.delay))" : "")
      + (rules.instances > 1 ? ", \(rules.instances) instances" : "")
  }
  public var capacityPerReplica: RequestRate { .perSecond(line.capacity) }
  public var metrics: Set<ServiceMetric> { [.response, .wait] }
  public var hasIndependentReplicas: Bool { true }
  public var batchRules: BatchRules? { rules }
  public func batchStep(of size: Int) -> BatchStep? {
    let n = min(max(1, size), rules.maximum)
    return BatchStep(
      time: line.seconds[n - 1],
      memory: batchMemory.map { Bytes(rawValue: $0.fixed.rawValue + $0.each.rawValue * Double(n)) })
  }

  /// What the simulation leaves uncertain.
  private static let band = ErrorBand(
    low: 0.97, high: 1.03, confidence: 0.95, source: "the batch simulation's own scatter,")

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    let utilization = offeredUtilization(of: demand, replicas: replicas)
    guard utilization.rawValue < 1 else {
      return ServiceLevel(
        utilization: utilization, served: capacity(of: replicas), concurrency: .infinity,
        latencies: [.response: .unbounded, .wait: .unbounded], binding: .capacity)
    }
    let state = states.state(at: utilization.rawValue)
    let served = max(demand, .zero)
    return ServiceLevel(
      utilization: utilization, served: served, concurrency: served.perSecond * state.mean,
      latencies: [.response: state.latency, .wait: state.waitLatency], band: Self.band,
      binding: state.waitMean > (state.mean - state.waitMean) / 2 ? .queue : .none)
  }

  public func share(of metric: ServiceMetric, within bound: Double, of demand: RequestRate, replicas: Int) -> Double? {
    guard metrics.contains(metric) else { return nil }
    let utilization = offeredUtilization(of: demand, replicas: replicas).rawValue
    guard utilization < 1 else { return 0 }
    let state = states.state(at: utilization)
    return SimulatedStates.State.share(within: bound, metric == .wait ? state.waitQuantiles : state.quantiles)
  }
}

extension BatchServer {
  public static let descriptor = ServiceModelDescriptor(
    name: "batching",
    summary: "A server that works in batches (Triton, TensorFlow Serving): ranking, embedding and vision models.",
    key: "batch time",
    fields: [
      Field(
        "batch time", "the time of a batch beside its requests, alpha of alpha + beta x size", UnitSchema.span,
        example: "4ms"),
      Field(
        "request time", "what each request adds to its batch, beta of alpha + beta x size", UnitSchema.span,
        example: "0.5ms"),
      Field("maximum batch", "the most requests in one batch", .integer, example: "32"),
      Field(
        "batch delay", "how long the oldest request waits for others to join", UnitSchema.span, example: "2ms",
        default: "0s"),
      Field(
        "preferred batches", "sizes at which a batch does not wait any longer", .list(.integer), example: "[8, 16]"),
      Field("instances", "copies of the model on one replica, each with a batch of its own", .integer, default: "1"),
    ],
    example: """
      service:
        batch time: 4ms
        request time: 0.5ms
        maximum batch: 32
        batch delay: 2ms
        objective: { p99: 50ms }
      """
  ) { node, path, reader in
    let batch = reader.values.positiveSpan(node["batch time"], "\(path).batch time")
    let each = reader.values.positiveSpan(node["request time"], "\(path).request time")
    let most = reader.values.count(node["maximum batch"], "\(path).maximum batch", 1...65_536)
    let delay: Duration? = reader.values.quantity(node["batch delay"], "\(path).batch delay")
    let instances = reader.values.count(node["instances"], "\(path).instances", 1...4096)
    var preferred: [Int] = []
    for (i, item) in (node["preferred batches"]?.elements ?? []).enumerated() {
      if let size = reader.values.count(item, "\(path).preferred batches[\(i)]", 1...max(1, most ?? 1)) {
        preferred.append(size)
      }
    }
    for (key, value) in [("request time", each == nil), ("maximum batch", most == nil)]
    where value && node[key] == nil {
      reader.values.fail(
        "'\(key)' is missing", node, path, help: "add \(key): \(key == "request time" ? "0.5ms" : "32")")
    }
    guard let batch, let each, let most else { return nil }
    let rules = BatchRules(
      maximum: most, delay: max(delay ?? .zero, .zero), preferred: preferred, instances: instances ?? 1)
    return reader.make(node, "\(path).batch time") { () throws(ServingError) in
      ServiceEstimate(exactly: try BatchServer(batchTime: batch, requestTime: each, rules: rules))
    }
  }
}
