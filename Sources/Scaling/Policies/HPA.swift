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
  /// The first metric, and its kind where it is the only one: no list is looked into on every step.
  private let first: MetricBinding
  private let onlyKind: HPAGoal.Kind?

  /// - Parameter signals: signals for metrics by name; the others are bound by ``MetricBinding/standard(for:)``.
  /// - Throws: a diagnostic for each metric that no signal tells.
  public init(
    _ spec: HPASpec, settings: HPASettings = HPASettings(), signals: [String: SignalMapping] = [:]
  ) throws(Diagnostics) {
    self.spec = spec
    bindings = try MetricBinding.bind(spec.metrics, signals: signals)
    controller = HPAController(spec, settings: settings)
    kinds = controller.goals.map(\.kind)
    first = bindings[0]
    onlyKind = kinds.count == 1 ? kinds[0] : nil
  }

  /// The signal that each metric reads, by the metric's name.
  public var signalsByMetric: [String: Signal] {
    Dictionary(zip(spec.metrics.map(\.name), bindings.map(\.signal)), uniquingKeysWith: { first, _ in first })
  }
  public var reads: SignalSet { SignalSet(bindings.map { SignalSet($0.signal) }) }

  public mutating func step(_ observation: Observation) -> Decision {
    let replicas = observation.replicas
    let scale = HPAScale(
      replicas: max(0, replicas.desired), status: max(0, replicas.ready + replicas.starting),
      ready: max(0, replicas.ready)
    )
    let sync: HPASync
    if let kind = onlyKind {
      let value: Double?
      if let detail = observation.detail {
        value = detail.value(of: spec.metrics[0].name)
      } else {
        value = Self.value(observation.signals[first.signal], first, kind, ready: scale.ready)
      }
      let sample = value.map {
        Self.sample($0, first, kind, ready: scale.ready, unready: max(0, replicas.starting))
      }
      sync = controller.sync(at: observation.time, scale: scale, sample: sample ?? .failed)
    } else {
      let samples = kinds.indices.map { sample($0, observation) }
      sync = controller.sync(at: observation.time, scale: scale, samples: samples)
    }
    return Decision(desired: sync.replicas, because: sync.because)
  }

  public mutating func stillness(at time: Timestamp, _ replicas: ReplicaCount) -> Stillness? {
    guard let kind = onlyKind else { return nil }
    let binding = first
    let isPerPod = kind == .utilization || kind == .averageOfPods
    guard binding.scale > 0, binding.base == 0, replicas.ready > 0,
      let band = controller.stillness(
        HPAScale(
          replicas: max(0, replicas.desired), status: max(0, replicas.ready + replicas.starting),
          ready: max(0, replicas.ready)), unready: max(0, replicas.starting))
    else { return nil }
    let unit = (isPerPod && binding.signal.isTotal ? Double(replicas.ready) : 1) / binding.scale
    return Stillness(band.lowest * unit, band.highest * unit, isLasting: spec.behavior != nil)
  }

  public mutating func stoodStill(until time: Timestamp, _ replicas: ReplicaCount) {
    controller.stoodStill(at: time, replicas: replicas.desired)
  }

  public mutating func keeps(at time: Timestamp, _ replicas: ReplicaCount, reading: Double) -> Bool {
    guard let kind = onlyKind, first.base == 0 else { return false }
    let scale = HPAScale(
      replicas: max(0, replicas.desired), status: max(0, replicas.ready + replicas.starting),
      ready: max(0, replicas.ready))
    let isPerPod = kind == .utilization || kind == .averageOfPods
    let value = reading * first.scale
    guard let value = Self.milli(isPerPod && first.signal.isTotal ? value / Double(scale.ready) : value) else {
      return false
    }
    return controller.keeps(at: time, scale: scale, value: value, unready: max(0, replicas.starting))
  }

  private func sample(_ i: Int, _ observation: Observation) -> HPASample {
    let value: Double
    if let detail = observation.detail {
      guard let recorded = detail.value(of: spec.metrics[i].name) else { return .failed }
      value = recorded
    } else {
      value = Self.value(
        observation.signals[bindings[i].signal], bindings[i], kinds[i], ready: max(0, observation.replicas.ready))
    }
    return Self.sample(
      value, bindings[i], kinds[i], ready: max(0, observation.replicas.ready),
      unready: max(0, observation.replicas.starting))
  }

  /// What a metric shows of a signal: of the whole service, before it is divided by the pods.
  @inline(__always)
  private static func value(_ signal: Double, _ binding: MetricBinding, _ kind: HPAGoal.Kind, ready: Int) -> Double {
    let value = signal * binding.scale
    guard binding.base != 0 else { return value }
    let isPerPod = kind == .utilization || kind == .averageOfPods
    return isPerPod && !binding.signal.isTotal ? value + binding.base : value + binding.base * Double(ready)
  }

  @inline(__always)
  private static func sample(
    _ value: Double, _ binding: MetricBinding, _ kind: HPAGoal.Kind, ready: Int, unready: Int
  ) -> HPASample {
    switch kind {
    case .value, .averageOfValue: return milli(value).map { .value($0) } ?? .failed
    case .utilization, .averageOfPods:
      guard let each = milli(binding.signal.isTotal ? value / Double(ready) : value) else { return .failed }
      return .uniform(each, ready: ready, unready: unready)
    }
  }

  /// Thousandths, or nil for what is no measurement.
  @inline(__always)
  private static func milli(_ value: Double) -> Int64? {
    guard value.isFinite, value.magnitude < 9e15 else { return nil }
    // Rounded half away from zero, without a call.
    let thousandths = value * 1000
    let whole = Int64(thousandths)
    let rest = thousandths - Double(whole)
    return rest >= 0.5 ? whole &+ 1 : rest <= -0.5 ? whole &- 1 : whole
  }
}
