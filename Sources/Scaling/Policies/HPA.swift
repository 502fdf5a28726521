import Documents
import Quantities

/// A Kubernetes HorizontalPodAutoscaler on the signals of a simulated service.
///
/// The core is ``HPAController``, exact to the replica; what is simplified here is what it sees: all ready pods
/// report the same value, starting pods are not ready and have no metric, and the readiness delays of CPU samples
/// are not modelled.
public struct HPAPolicy: ScalingPolicy {
  public let spec: HPASpec
  public var period: Duration { controller.settings.syncPeriod }
  private var controller: HPAController
  private let bindings: [MetricBinding]
  private let kinds: [HPAGoal.Kind]

  /// - Parameter signals: signals for metrics by name; the others are bound by ``MetricBinding/standard(for:)``.
  /// - Throws: a diagnostic for each metric that no signal tells.
  public init(
    _ spec: HPASpec, settings: HPASettings = HPASettings(), signals: [String: Signal] = [:]
  ) throws(Diagnostics) {
    self.spec = spec
    bindings = try MetricBinding.bind(spec.metrics, signals: signals)
    controller = HPAController(spec, settings: settings)
    kinds = controller.goals.map(\.kind)
  }

  public mutating func step(_ observation: Observation) -> Decision {
    let replicas = observation.replicas
    let scale = HPAScale(
      replicas: max(0, replicas.desired), status: max(0, replicas.ready + replicas.starting),
      ready: max(0, replicas.ready)
    )
    let sync: HPASync
    if kinds.count == 1 {
      sync = controller.sync(at: observation.time, scale: scale, sample: sample(0, observation))
    } else {
      sync = controller.sync(at: observation.time, scale: scale, samples: kinds.indices.map { sample($0, observation) })
    }
    return Decision(desired: sync.replicas, because: sync.because)
  }

  private func sample(_ i: Int, _ observation: Observation) -> HPASample {
    let binding = bindings[i]
    let value: Double
    if let detail = observation.detail {
      guard let recorded = detail.value(of: spec.metrics[i].name) else { return .failed }
      value = recorded
    } else {
      value = observation.signals[binding.signal] * binding.scale
    }
    let ready = max(0, observation.replicas.ready)
    switch kinds[i] {
    case .value, .averageOfValue: return milli(value).map { .value($0) } ?? .failed
    case .utilization, .averageOfPods:
      guard let each = milli(binding.signal.isTotal ? value / Double(ready) : value) else { return .failed }
      return .uniform(each, ready: ready, unready: max(0, observation.replicas.starting))
    }
  }

  /// Thousandths, or nil for what is no measurement.
  private func milli(_ value: Double) -> Int64? {
    guard value.isFinite, abs(value) < 9e15 else { return nil }
    return Int64((value * 1000).rounded())
  }
}

extension HPAPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "hpa",
    summary: "Your own HorizontalPodAutoscaler manifest, decided exactly as Kubernetes decides it.",
    parameters: [
      .init("manifest", default: "", unit: "path", "a YAML file with an autoscaling/v2 HorizontalPodAutoscaler"),
      .init("name", default: "", unit: "name", "which one, where the file holds several"),
      .init(
        "signals", default: "by the words of the name", unit: "metric: signal",
        "which signal a metric reads: request_rate, utilization, concurrency, queue_depth or p99_latency"),
      .init("sync_period", default: "15s", unit: "time", "--horizontal-pod-autoscaler-sync-period"),
      .init("tolerance", default: "0.1", unit: "share", "--horizontal-pod-autoscaler-tolerance"),
      .init(
        "downscale_stabilization", default: "300s", unit: "time", "--horizontal-pod-autoscaler-downscale-stabilization"),
    ],
    example: """
      scaling:
        hpa:
          manifest: hpa.yaml
          signals:
            http_requests_per_second: request_rate
      """)
}
