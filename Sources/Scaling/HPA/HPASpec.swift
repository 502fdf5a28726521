/// A HorizontalPodAutoscaler (autoscaling/v2) after the API server's defaults.
///
/// Defaults: `pkg/apis/autoscaling/v2/defaults.go` of Kubernetes 1.34.
public struct HPASpec: Hashable, Sendable {
  /// What is scaled: `Deployment/shop`.
  public var target: ScaleTarget
  /// 0 where scale to zero is wanted, else at least 1.
  public var minReplicas: Int
  public var maxReplicas: Int
  /// At least one: an empty list means CPU utilization at 80 %.
  public var metrics: [HPAMetric]
  /// Nil where the manifest has no `behavior` at all, which is a rule set of its own: up to twice the replicas (or
  /// four) at once, down only past the stabilization window.
  public var behavior: HPABehavior?

  public init(
    target: ScaleTarget = ScaleTarget(), minReplicas: Int = 1, maxReplicas: Int,
    metrics: [HPAMetric] = [.defaultCPU], behavior: HPABehavior? = nil
  ) {
    self.target = target
    self.minReplicas = minReplicas
    self.maxReplicas = maxReplicas
    self.metrics = metrics.isEmpty ? [.defaultCPU] : metrics
    self.behavior = behavior
  }
}

/// The object whose replicas are set.
public struct ScaleTarget: Hashable, Sendable {
  public var apiVersion: String
  public var kind: String
  public var name: String
  public init(apiVersion: String = "apps/v1", kind: String = "Deployment", name: String = "service") {
    self.apiVersion = apiVersion
    self.kind = kind
    self.name = name
  }
}

/// One metric of an autoscaler and what it should be.
public struct HPAMetric: Hashable, Sendable {
  public enum Source: Hashable, Sendable {
    /// CPU or memory of the pods.
    case resource(name: String)
    /// CPU or memory of one container of the pods.
    case containerResource(name: String, container: String)
    /// A metric that each pod reports.
    case pods(metric: String)
    /// A metric of one Kubernetes object.
    case object(metric: String, kind: String, name: String)
    /// A metric of something outside the cluster.
    case external(metric: String)
  }
  public enum Goal: Hashable, Sendable {
    /// Percent of the request, over all pods.
    case utilization(Int)
    /// The value itself, for Object and External metrics.
    case value(KubernetesQuantity)
    /// The value for each pod.
    case averageValue(KubernetesQuantity)
  }
  public var source: Source
  public var goal: Goal
  /// `matchLabels` of the metric's selector, in order of name.
  public var selector: [String: String]
  public init(_ source: Source, goal: Goal, selector: [String: String] = [:]) {
    self.source = source
    self.goal = goal
    self.selector = selector
  }
  /// CPU at 80 %: what an autoscaler without metrics gets.
  public static let defaultCPU = HPAMetric(.resource(name: "cpu"), goal: .utilization(80))

  /// The metric's own name: `cpu`, `http_requests_per_second`.
  public var name: String {
    switch source {
    case .resource(let name), .containerResource(let name, _): name
    case .pods(let metric), .external(let metric), .object(let metric, _, _): metric
    }
  }
}

/// How fast an autoscaler may move, each way.
public struct HPABehavior: Hashable, Sendable {
  public var scaleUp: HPAScalingRules
  public var scaleDown: HPAScalingRules
  public init(scaleUp: HPAScalingRules = .defaultScaleUp, scaleDown: HPAScalingRules = .defaultScaleDown) {
    self.scaleUp = scaleUp
    self.scaleDown = scaleDown
  }
}

/// The rules of one direction.
public struct HPAScalingRules: Hashable, Sendable {
  public enum Select: String, Hashable, Sendable, CaseIterable { case max = "Max", min = "Min", disabled = "Disabled" }
  public struct Policy: Hashable, Sendable {
    public enum Unit: String, Hashable, Sendable, CaseIterable { case pods = "Pods", percent = "Percent" }
    public var unit: Unit
    /// Pods, or percent of the replicas at the start of the period.
    public var value: Int
    public var periodSeconds: Int
    public init(_ unit: Unit, _ value: Int, periodSeconds: Int) {
      self.unit = unit
      self.value = value
      self.periodSeconds = periodSeconds
    }
  }
  public var policies: [Policy]
  public var select: Select
  /// Nil for the controller's own downscale window (300 s).
  public var windowSeconds: Int?
  /// Nil for the controller's own tolerance (0.1).
  public var tolerance: KubernetesQuantity?

  public init(
    policies: [Policy], select: Select = .max, windowSeconds: Int? = nil, tolerance: KubernetesQuantity? = nil
  ) {
    self.policies = policies
    self.select = select
    self.windowSeconds = windowSeconds
    self.tolerance = tolerance
  }
  /// Four pods or twice the replicas every 15 s, whichever is more; no window.
  public static let defaultScaleUp = HPAScalingRules(
    policies: [Policy(.pods, 4, periodSeconds: 15), Policy(.percent, 100, periodSeconds: 15)], windowSeconds: 0)
  /// Anything every 15 s, past the controller's window.
  public static let defaultScaleDown = HPAScalingRules(policies: [Policy(.percent, 100, periodSeconds: 15)])
}

/// The flags of the controller manager that the autoscaler's decisions depend on.
public struct HPASettings: Hashable, Sendable {
  /// `--horizontal-pod-autoscaler-sync-period`.
  public var syncPeriod: Duration = .seconds(15)
  /// `--horizontal-pod-autoscaler-tolerance`: the share by which a metric may miss its target before anything moves.
  public var tolerance = 0.1
  /// `--horizontal-pod-autoscaler-downscale-stabilization`.
  public var downscaleStabilization: Duration = .seconds(300)
  /// `--horizontal-pod-autoscaler-cpu-initialization-period`.
  public var cpuInitializationPeriod: Duration = .seconds(300)
  /// `--horizontal-pod-autoscaler-initial-readiness-delay`.
  public var initialReadinessDelay: Duration = .seconds(30)
  /// The span that one CPU sample covers (metrics-server: 30 s).
  public var metricWindow: Duration = .seconds(30)
  /// From Kubernetes 1.37 on, an autoscaler wakes a service at zero only where it put it there itself; before, a
  /// minimum of zero was enough.
  public var wakesOnlyWhatItPutToSleep = false
  public init() {}
}
