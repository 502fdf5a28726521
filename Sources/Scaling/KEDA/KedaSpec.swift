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
    public init(type: String, name: String, query: String = "", kind: Kind, isTotal: Bool = false) {
      self.type = type
      self.name = name
      self.query = query
      self.kind = kind
      self.isTotal = isTotal
    }
    /// The signal that it reads by the words of its name, of its query, or because its type counts a queue.
    func binding(_ signals: [String: Signal]) -> MetricBinding? {
      if let signal = signals[name] { return MetricBinding(signal) }
      if let binding = MetricBinding.standard(for: name) { return binding }
      if let binding = MetricBinding.standard(for: query) { return binding }
      return KedaTriggerType.named(type)?.countsQueue == true ? MetricBinding(.queueDepth) : nil
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

  /// KEDA pauses one direction by the autoscaler's own rules: `selectPolicy: Disabled`.
  private var pausedBehavior: HPABehavior? {
    guard pause.isScaleIn || pause.isScaleOut else { return behavior }
    var paused = behavior ?? HPABehavior(scaleUp: .defaultScaleUp, scaleDown: .defaultScaleDown)
    if pause.isScaleIn { paused.scaleDown.select = .disabled }
    if pause.isScaleOut { paused.scaleUp.select = .disabled }
    return paused
  }
}
