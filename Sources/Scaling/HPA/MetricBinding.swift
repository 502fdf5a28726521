import Documents

/// Which of the simulator's signals a metric of a manifest reads, and in which unit.
///
/// A simulated service has five signals. A manifest names metrics freely, so the binding is by name: what a user maps
/// is taken as said; the rest is bound by the words of the name, as stated in ``standard(for:)``; what fits no word is
/// reported, never guessed.
public struct MetricBinding: Hashable, Sendable {
  public var signal: Signal
  /// What one unit of the signal is in the metric: 100 where the metric counts percent of a share.
  public var scale: Double
  /// What each replica shows without any load.
  public var base: Double
  public init(_ signal: Signal, scale: Double = 1, base: Double = 0) {
    self.signal = signal
    self.scale = scale
    self.base = base
  }

  /// What a user maps; where only the signal is said, in the unit that the metric's name tells.
  init(_ mapping: SignalMapping, name: String) {
    let standard = Self.standard(for: name)
    let usual = standard?.signal == mapping.signal ? standard?.scale ?? 1 : 1
    self.init(mapping.signal, scale: mapping.each ?? usual, base: mapping.base)
  }

  /// The metric of one replica.
  func value(ofEach signal: Double, ready: Int) -> Double {
    base + (self.signal.isTotal ? signal / Double(ready) : signal) * scale
  }
  /// The metric of the whole service.
  func value(ofAll signal: Double, ready: Int) -> Double { base * Double(ready) + signal * scale }

  /// The binding by the words of a metric's name, or nil where no word fits:
  /// - `cpu`, `gpu_util`, `utilization`: utilization (percent where the name says `DCGM_FI` or `percent`);
  /// - `latency`, `duration`, `p99`, `ttft`: p99 latency (milliseconds where the name says `ms`);
  /// - `queue`, `waiting`, `backlog`, `lag`, `pending`, `depth`: queue depth;
  /// - `concurren`, `in_flight`, `inflight`, `ongoing`, `running`, `active_requests`: concurrency;
  /// - `request`, `rps`, `qps`, `rate`, `http_`: request rate.
  public static func standard(for name: String) -> MetricBinding? {
    let words = name.lowercased().map { $0 == "-" || $0 == "." || $0 == ":" || $0 == "/" ? "_" : $0 }
    let lower = String(words)
    func has(_ parts: [String]) -> Bool { parts.contains { lower.contains($0) } }
    if lower.contains("memory") || lower.contains("cache") { return nil }
    if lower == "cpu" || has(["cpu_util", "gpu_util", "utilization", "utilisation", "gpu_duty"]) {
      return MetricBinding(.utilization, scale: has(["dcgm_fi", "percent", "duty"]) ? 100 : 1)
    }
    if has(["latency", "duration", "p99", "ttft", "response_time"]) {
      return MetricBinding(.p99Latency, scale: has(["_ms", "millis"]) ? 1000 : 1)
    }
    if has(["queue", "waiting", "backlog", "pending", "depth"]) || lower.split(separator: "_").contains("lag") {
      return MetricBinding(.queueDepth)
    }
    if has(["concurren", "in_flight", "inflight", "ongoing", "running", "active_requests"]) {
      return MetricBinding(.concurrency)
    }
    if has(["request", "rps", "qps", "_rate", "http_", "throughput"]) { return MetricBinding(.requestRate) }
    return nil
  }

  /// Bindings for all metrics of an autoscaler, with a diagnostic for each that fits no signal.
  /// - Parameter signals: what the user maps, by metric name.
  public static func bind(
    _ metrics: [HPAMetric], signals: [String: SignalMapping] = [:]
  ) throws(Diagnostics) -> [MetricBinding] {
    var problems = Diagnostics()
    var bindings: [MetricBinding] = []
    for (i, metric) in metrics.enumerated() {
      if let binding = binding(of: metric, signals) {
        bindings.append(binding)
        continue
      }
      problems.append(
        .error(
          "nothing in the simulation tells '\(metric.name)'", at: nil, path: "metrics[\(i)]",
          help: metric.isMemory
            ? "say what each replica takes: signals: { \(metric.name): { of: concurrency, base: 40%, each: 2% } }"
            : "map it: signals: { \(metric.name): \(Signal.requestRate.rawValue) }, or one of "
              + Signal.allCases.map(\.rawValue).joined(separator: ", ")))
    }
    try problems.throwIfErrors()
    return bindings
  }

  private static func binding(of metric: HPAMetric, _ signals: [String: SignalMapping]) -> MetricBinding? {
    if let mapping = signals[metric.name] { return MetricBinding(mapping, name: metric.name) }
    switch metric.source {
    case .resource(let name), .containerResource(let name, _):
      // A share of the request is read as the busy share of the replica; cores are not simulated.
      guard name == "cpu", case .utilization = metric.goal else { return nil }
      return MetricBinding(.utilization)
    case .pods(let name), .object(let name, _, _), .external(let name): return standard(for: name)
    }
  }
}

extension HPAMetric {
  /// Whether it is the pods' memory, of which no signal alone tells.
  fileprivate var isMemory: Bool {
    switch source {
    case .resource("memory"), .containerResource("memory", _): true
    default: false
    }
  }
}

extension Signal {
  /// Whether the signal is a total over the replicas, which a metric of single pods divides by them.
  var isTotal: Bool {
    switch self {
    case .requestRate, .concurrency, .queueDepth: true
    case .utilization, .p99Latency: false
    }
  }
}
