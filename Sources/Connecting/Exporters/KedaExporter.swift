import Documents
import Planning
import Quantities
import Scaling

/// A plan as a KEDA ScaledObject: a Prometheus trigger for the load of a replica, and the schedule's times as cron
/// triggers.
public enum KedaExporter {
  public static let descriptor = ExporterDescriptor(
    name: "keda", summary: "A KEDA ScaledObject with a Prometheus trigger and the plan's bounds and rates.",
    parameters: ExportRequest.common + ExportRequest.targets + [
      .init("server", default: "the plan's source, or http://prometheus.monitoring:9090", "the Prometheus server"),
      .init("query", default: "the plan's source, or a request rate", "PromQL that yields the demand"),
    ],
    example: "headroom export keda plan.yaml --set server=http://prometheus.monitoring:9090 > scaledobject.yaml"
  ) { (request) throws(ExportFault) in
    let name = try request.name()
    let outcome = request.outcome
    var notes: [String] = []
    var server = request.settings["server"]
    var query = request.settings["query"]
    if case .measured(let source as PrometheusQuerySource) = outcome.plan.demand.source {
      server = server ?? source.url
      query = query ?? source.query
    }
    if query == nil {
      notes.append("The query is a guess: set query=PROMQL to the one that yields the service's requests per second.")
    }
    let own = outcome.plan.policy as? KedaRecipe
    let target = try request.target(own: own?.spec.target)
    if let own {
      var spec = own.spec
      spec.maxReplicaCount = max(spec.maxReplicaCount, outcome.sizing.replicas)
      let namespace = try request.namespace()
      let settings = request.settings
      let raised = spec.maxReplicaCount > own.spec.maxReplicaCount
      let patched = try request.patch(
        own.source,
        { (source) throws(Diagnostics) in
          try source.patched(
            keda: { manifest in
              let kept = manifest.spec.target
              manifest.spec = spec
              manifest.spec.target = settings["target"] == nil && settings["kind"] == nil ? kept : target
              if settings["name"] != nil { manifest.name = name }
              if let namespace { manifest.namespace = namespace }
            }, zones: ZoneFiles.zone(named:))
        },
        notes: raised
          ? [
            "maxReplicaCount is raised from \(own.spec.maxReplicaCount) to \(spec.maxReplicaCount), for the peak."
          ] : [])
      if let patched { return patched }
      spec.target = target
      let manifest = KedaManifest(name: name, namespace: try request.namespace(), spec: spec)
      return Export(manifest.yaml(serverAddress: server ?? Self.server), notes: notes)
    }
    var spec = bounds(request, target)
    let share = outcome.plan.policy.initialUtilization
    var load = outcome.sizing.capacityPerReplica.perSecond * share
    if let tracked = outcome.plan.policy as? TargetTrackingRecipe, tracked.signal == .requestRate {
      load = tracked.target
    }
    spec.triggers = [
      KedaSpec.Trigger(
        type: "prometheus", name: "requests",
        query: query ?? "sum(rate(http_requests_total{service=\"\(name)\"}[1m]))",
        kind: .metric(threshold: KubernetesQuantity(milli: HPAExporter.milli(load)), activation: 0))
    ]
    for schedule in schedules(outcome.plan.policy) {
      spec.triggers += triggers(schedule, &notes)
    }
    let manifest = KedaManifest(name: name, namespace: try request.namespace(), spec: spec)
    return Export(manifest.yaml(serverAddress: server ?? Self.server), notes: notes)
  }

  static let server = "http://prometheus.monitoring:9090"

  /// A ScaledObject with the plan's bounds and behavior, and what KEDA holds where it does not see the demand.
  static func bounds(_ request: ExportRequest, _ target: ScaleTarget) -> KedaSpec {
    let (hpa, _) = HPAExporter.spec(request)
    var spec = KedaSpec()
    spec.target = target
    spec.minReplicaCount = hpa.minReplicas
    spec.maxReplicaCount = hpa.maxReplicas
    spec.behavior = hpa.behavior
    // Without the demand it holds what an ordinary week needs on average, or more where more runs.
    spec.fallback = KedaSpec.Fallback(
      failureThreshold: 3,
      replicas: max(1, min(hpa.maxReplicas, Int(request.outcome.sizing.meanReplicas.rounded(.up)))),
      behavior: .currentReplicasIfHigher)
    return spec
  }

  private static func schedules(_ policy: any PolicyRecipe) -> [ScheduleRecipe] {
    if let one = policy as? ScheduleRecipe { return [one] }
    return (policy as? CompositeRecipe)?.parts.flatMap(schedules) ?? []
  }

  /// From each time of the schedule to the next one as a window of a cron trigger.
  private static func triggers(_ schedule: ScheduleRecipe, _ notes: inout [String]) -> [KedaSpec.Trigger] {
    guard schedule.entries.count > 1 else {
      if !schedule.entries.isEmpty { notes.append("A schedule of one time has no end and is left out.") }
      return []
    }
    return schedule.entries.indices.map { i in
      let entry = schedule.entries[i]
      let end = schedule.entries[(i + 1) % schedule.entries.count]
      return KedaSpec.Trigger(
        type: "cron", name: "schedule-\(i + 1)",
        kind: .cron(CronWindow(start: entry.at, end: end.at, zone: schedule.zone), replicas: entry.replicas))
    }
  }
}
