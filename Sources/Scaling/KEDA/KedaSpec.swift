import Quantities

/// A KEDA ScaledObject with its defaults (kedacore/keda: `withtriggers_types.go`, `scaledobject_types.go`).
public struct KedaSpec: Sendable, Hashable {
  public var target = ScaleTarget()
  /// Seconds between KEDA's own looks; the HorizontalPodAutoscaler keeps its own pace.
  public var pollingInterval = 30
  /// Seconds without an active trigger before the service is put to sleep. From any number of replicas at once.
  public var cooldownPeriod = 300
  /// Seconds after creation before it may be put to sleep the first time.
  public var initialCooldownPeriod = 0
  /// Replicas while nothing is active; nil for the minimum.
  public var idleReplicaCount: Int?
  public var minReplicaCount = 0
  public var maxReplicaCount = 100
  public var fallback: Fallback?
  /// `advanced.horizontalPodAutoscalerConfig.behavior`.
  public var behavior: HPABehavior?
  public var triggers: [Trigger] = []
  /// `advanced.scalingModifiers`: one metric made of the triggers, in place of theirs.
  public var modifiers: KedaModifiers?
  /// What the object's annotations hold still.
  public var pause = Pause()
  public init() {}

  /// Annotations of a ScaledObject that stop it (KEDA documentation, "Pausing autoscaling"): `paused-replicas`, `paused`,
  /// `paused-scale-in`, `paused-scale-out`, each under `autoscaling.keda.sh/`.
  public struct Pause: Sendable, Hashable {
    /// The replicas that are kept while everything is paused; nil keeps those that there are.
    public var replicas: Int?
    /// Whether nothing moves.
    public var isWhole = false
    public var isScaleIn = false
    public var isScaleOut = false
    public init() {}
  }

  /// Replicas while a trigger cannot be read.
  public struct Fallback: Sendable, Hashable {
    public enum Behavior: String, Sendable, Hashable, CaseIterable {
      case `static`
      case currentReplicas
      case currentReplicasIfHigher
      case currentReplicasIfLower
    }
    /// Failures in a row that are waited out.
    public var failureThreshold: Int
    public var replicas: Int
    public var behavior: Behavior
    public init(failureThreshold: Int, replicas: Int, behavior: Behavior = .static) {
      self.failureThreshold = failureThreshold
      self.replicas = replicas
      self.behavior = behavior
    }
  }

  /// One source of load.
  public struct Trigger: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
      /// A metric that KEDA reads (Prometheus, a queue): active above the activation threshold, strictly.
      case metric(threshold: KubernetesQuantity, activation: Double)
      /// Replicas by the clock.
      case cron(CronWindow, replicas: Int)
      /// CPU or memory, which the HorizontalPodAutoscaler reads itself; it never wakes a sleeping service.
      case resource(HPAMetric)
    }
    /// `prometheus`, `kafka`, `cron`, ...
    public var type: String
    /// The trigger's name, or what it reads (a queue, a topic, a query).
    public var name: String
    /// The query where there is one: it binds the trigger to a signal where the name says nothing.
    public var query: String
    public var kind: Kind
    /// `metricType: Value` instead of AverageValue.
    public var isTotal: Bool
    /// Whether nothing of its metadata tells the target: it is not simulated.
    public var isOpaque = false
    /// Of Kafka: the partitions of the topic, where they are known, and whether replicas beyond them may idle
    /// (`allowIdleConsumers`); KEDA never asks for more replicas than there are partitions unless they may.
    public var partitions: Int?
    public var allowsIdle = false
    public init(type: String, name: String, query: String = "", kind: Kind, isTotal: Bool = false) {
      self.type = type
      self.name = name
      self.query = query
      self.kind = kind
      self.isTotal = isTotal
    }
    /// The signal that it reads by the words of its name, of its query, or because its type counts a queue.
    func binding(_ signals: [String: SignalMapping]) -> MetricBinding? {
      if let mapping = signals[name] { return MetricBinding(mapping, name: name) }
      if isOpaque { return nil }
      if let binding = MetricBinding.standard(for: name) { return binding }
      if let binding = MetricBinding.standard(for: query) { return binding }
      return KedaTriggerType.named(type)?.countsQueue == true ? MetricBinding(.queueDepth) : nil
    }
    /// Whether the query is an average already, which a target of AverageValue divides by the replicas once more.
    var isAverage: Bool {
      guard !isTotal, case .metric = kind else { return false }
      let words = query.lowercased().drop { $0 == " " || $0 == "(" || $0 == "\n" }
      return words.hasPrefix("avg(") || words.hasPrefix("avg (") || words.hasPrefix("avg by")
        || words.hasPrefix("avg without")
        || words.hasPrefix("quantile(") || words.hasPrefix("histogram_quantile(")
    }
    /// What KEDA makes of a reading: no more lag than its partitions can have work for.
    func capped(_ value: Double) -> Double {
      guard let partitions, !allowsIdle, case .metric(let threshold, _) = kind else { return value }
      return min(value, Double(partitions) * Double(threshold.milli) / 1000)
    }
    var isResource: Bool { if case .resource = kind { true } else { false } }
  }

  /// The HorizontalPodAutoscaler that KEDA makes. Its minimum is at least 1: at zero it is off, and KEDA alone wakes.
  public var hpa: HPASpec {
    HPASpec(
      target: target, minReplicas: max(1, minReplicaCount), maxReplicas: maxReplicaCount,
      metrics: triggers.map { trigger in
        switch trigger.kind {
        case .metric(let threshold, _):
          HPAMetric(
            .external(metric: trigger.name), goal: trigger.isTotal ? .value(threshold) : .averageValue(threshold))
        case .cron:
          HPAMetric(.external(metric: trigger.name), goal: .averageValue(KubernetesQuantity(milli: 1000)))
        case .resource(let metric): metric
        }
      }, behavior: pausedBehavior)
  }

  /// The same with what `scalingModifiers` make of the triggers: one metric in place of all that KEDA itself reads.
  public var effective: KedaSpec {
    guard let modifiers else { return self }
    var spec = self
    spec.modifiers = nil
    spec.triggers =
      [
        Trigger(
          type: "composite", name: "composite-metric",
          kind: .metric(threshold: modifiers.target, activation: modifiers.activation), isTotal: modifiers.isTotal)
      ] + triggers.filter(\.isResource)
    return spec
  }

  /// The triggers' readings as ``effective`` has them: the formula's value in place of all that KEDA itself reads.
  func effective(_ readings: [KedaController.Reading], at now: Timestamp) -> [KedaController.Reading] {
    guard let modifiers else { return readings }
    var values: [String: Double] = [:]
    for (trigger, reading) in zip(triggers, readings) {
      if case .value(let value) = reading { values[trigger.name] = value }
      if case .cron(let window, let replicas) = trigger.kind {
        var window = window
        values[trigger.name] = window.contains(now) ? Double(replicas) : 0
      }
    }
    let one = modifiers.value { values[$0] }.map { KedaController.Reading.value($0) } ?? .failed
    return [one] + zip(triggers, readings).filter { $0.0.isResource }.map(\.1)
  }

  /// KEDA pauses one direction by the autoscaler's own rules: `selectPolicy: Disabled`.
  private var pausedBehavior: HPABehavior? {
    guard pause.isScaleIn || pause.isScaleOut else { return behavior }
    var paused = behavior ?? HPABehavior(scaleUp: .defaultScaleUp, scaleDown: .defaultScaleDown)
    if pause.isScaleIn { paused.scaleDown.select = .disabled }
    if pause.isScaleOut { paused.scaleUp.select = .disabled }
    return paused
  }
}
