import Documents
import Glibc
import Planning
import Quantities
import Scaling

/// A plan as a HorizontalPodAutoscaler: the plan's bounds, the load that a replica should carry, and rates that follow
/// the demand.
public enum HPAExporter {
  public static let descriptor = ExporterDescriptor(
    name: "hpa", summary: "A HorizontalPodAutoscaler (autoscaling/v2) with the plan's bounds, target and rates.",
    parameters: ExportRequest.common + ExportRequest.targets + [
      .init("metric", default: "by the policy", "the name of the pods' metric, where the target is not CPU")
    ],
    example: "headroom export hpa plan.yaml --set namespace=shop > hpa.yaml"
  ) { (request) throws(ExportFault) in
    let name = try request.name()
    let namespace = try request.namespace()
    let own = request.outcome.plan.policy as? HPARecipe
    let target = try request.target(own: own?.spec.target)
    var (spec, notes) = spec(request)
    let settings = request.settings
    let patched = try request.patch(
      own?.source,
      { (source) throws(Diagnostics) in
        try source.patched(hpa: { manifest in
          let kept = manifest.spec.target
          manifest.spec = spec
          manifest.spec.target = settings["target"] == nil && settings["kind"] == nil ? kept : target
          if settings["name"] != nil { manifest.name = name }
          if let namespace { manifest.namespace = namespace }
        })
      }, notes: notes)
    if let patched { return patched }
    spec.target = target
    return Export(HPAManifest(name: name, namespace: namespace, spec: spec).yaml, notes: notes)
  }

  /// The autoscaler of a plan's answer, and what had to be assumed.
  static func spec(_ request: ExportRequest) -> (HPASpec, [String]) {
    let outcome = request.outcome
    let sizing = outcome.sizing
    let maximum = max(1, outcome.bounds.maximum)
    if let own = outcome.plan.policy as? HPARecipe {
      // The user's own manifest, with the bounds that the plan found.
      var spec = own.spec
      spec.maxReplicas = max(spec.maxReplicas, sizing.replicas)
      let raised = spec.maxReplicas > own.spec.maxReplicas
      return (
        spec,
        raised ? ["maxReplicas is raised from \(own.spec.maxReplicas) to \(spec.maxReplicas), for the peak."] : []
      )
    }
    var notes: [String] = []
    let metric = metric(outcome.plan.policy, request.settings["metric"], outcome, &notes)
    let startup = outcome.plan.service.startup.mean.seconds
    // Twice a start, so that a dip is not answered before its replicas could be back; one hour is the API's limit.
    let window = min(3600, max(300, clampedSeconds(2 * startup)))
    let behavior = HPABehavior(
      scaleUp: HPAScalingRules(
        policies: [.init(.percent, 100, periodSeconds: 15), .init(.pods, pods(outcome), periodSeconds: 60)],
        windowSeconds: 0),
      scaleDown: HPAScalingRules(policies: [.init(.percent, 10, periodSeconds: 60)], windowSeconds: window))
    let spec = HPASpec(
      minReplicas: max(1, min(outcome.bounds.minimum, maximum)), maxReplicas: maximum, metrics: [metric],
      behavior: behavior)
    return (spec, notes)
  }

  /// What the policy keeps, as a metric that Kubernetes can read.
  private static func metric(
    _ policy: any PolicyRecipe, _ name: String?, _ outcome: PlanOutcome, _ notes: inout [String]
  ) -> HPAMetric {
    func pods(_ standard: String, _ value: Double) -> HPAMetric {
      notes.append(
        "The metric '\(name ?? standard)' must be served by a metrics adapter (custom.metrics.k8s.io), per pod.")
      return HPAMetric(.pods(metric: name ?? standard), goal: .averageValue(KubernetesQuantity(milli: milli(value))))
    }
    guard let target = policy as? TargetTrackingRecipe else {
      notes.append(
        "The policy '\(policy.name)' has no counterpart in a HorizontalPodAutoscaler; CPU at 70 % stands in for it.")
      return HPAMetric(.resource(name: "cpu"), goal: .utilization(70))
    }
    switch target.signal {
    case .requestRate: return pods("http_requests_per_second", target.target)
    case .concurrency: return pods("http_requests_in_flight", target.target)
    case .queueDepth: return pods("requests_waiting", target.target)
    default:
      if name != nil {
        return pods("http_requests_per_second", outcome.sizing.capacityPerReplica.perSecond * target.target)
      }
      notes.append("CPU utilization stands for the busy share; where a GPU is what fills up, set metric=NAME.")
      return HPAMetric(.resource(name: "cpu"), goal: .utilization(max(1, clampedSeconds(target.target * 100))))
    }
  }

  /// Pods a minute that the steepest rise of the forecast asks for; at least four, as by default.
  private static func pods(_ outcome: PlanOutcome) -> Int {
    guard let forecast = outcome.demand.forecast else { return max(4, outcome.sizing.replicas / 4) }
    let values = forecast.high.interpolated().rawValues
    var ramp = 0.0
    for i in values.indices.dropFirst() { ramp = max(ramp, (values[i] - values[i - 1]) / forecast.high.step.seconds) }
    let each = max(outcome.sizing.capacityPerReplica.perSecond, 1e-9)
    return max(4, clampedSeconds((ramp * 60 / each).rounded(.up)))
  }

  static func milli(_ value: Double) -> Int64 { Int64(min(max(value * 1000, 1), 9e15).rounded()) }
  private static func clampedSeconds(_ value: Double) -> Int { Int(min(max(value, 0), 1e6).rounded()) }
}
