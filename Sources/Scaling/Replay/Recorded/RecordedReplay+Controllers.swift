import Quantities

extension RecordedReplay {
  private static let replicasColumn = Column(
    "replicas", .replicas, meaning: "replicas that there really were", isRequired: false)
  private static let readyColumn = Column("ready", .ready, meaning: "pods that were ready", isRequired: false)

  /// A HorizontalPodAutoscaler over columns named as its metrics.
  public static func hpa(
    _ spec: HPASpec, settings: HPASettings = HPASettings(), mode: Mode = .recorded, initial: Int? = nil,
    stale: Duration = .minutes(5)
  ) -> RecordedReplay {
    RecordedReplay(
      RecordedController(hpa: HPAController(spec, settings: settings)), period: settings.syncPeriod,
      columns: columns(of: spec.metrics.map { ($0.columnName, $0.meaning) }), mode: mode, initial: initial,
      minimum: spec.minReplicas, stale: stale)
  }

  /// A KEDA ScaledObject over columns named as its triggers. Cron triggers need none.
  public static func keda(
    _ spec: KedaSpec, settings: HPASettings = HPASettings(), mode: Mode = .recorded, initial: Int? = nil,
    stale: Duration = .minutes(5)
  ) -> RecordedReplay {
    let metrics = spec.triggers.compactMap { trigger -> (String, String)? in
      switch trigger.kind {
      case .cron: nil
      case .resource(let metric): (trigger.name, metric.meaning)
      case .metric: (trigger.name, "what the trigger reads, the total")
      }
    }
    return RecordedReplay(
      RecordedController(keda: spec, settings: settings), period: KedaLoops(spec, settings).period,
      columns: columns(of: metrics), mode: mode, initial: initial,
      minimum: spec.idleReplicaCount ?? spec.minReplicaCount, stale: stale)
  }

  /// A Knative revision over a column `concurrency` or `rps`, the total of its pods.
  public static func knative(
    _ manifest: KnativeManifest, mode: Mode = .recorded, initial: Int? = nil, stale: Duration = .minutes(5)
  ) -> RecordedReplay {
    let isRate = manifest.spec.metric == .rps
    return RecordedReplay(
      RecordedController(manifest.policy, on: isRate ? .requestRate : .concurrency), period: manifest.policy.period,
      columns: columns(of: [
        (manifest.spec.metric.rawValue, isRate ? "requests per second, the total" : "requests in the pods, the total")
      ]), mode: mode, initial: initial, minimum: manifest.minScale, stale: stale)
  }

  /// A Ray Serve deployment over a column `ongoing`, the total of its replicas.
  public static func ray(
    _ config: RayServeConfig, version: RayServeAutoscaler.Version = .clock, lookBack: Duration = .seconds(30),
    mode: Mode = .recorded, initial: Int? = nil, stale: Duration = .minutes(5)
  ) -> RecordedReplay {
    let policy = RayServePolicy(config, lookBack: lookBack, version: version)
    return RecordedReplay(
      RecordedController(policy, on: .concurrency), period: policy.period,
      columns: columns(of: [("ongoing", "requests in service or waiting, the total")]), mode: mode, initial: initial,
      minimum: config.minReplicas, stale: stale)
  }

  private static func columns(of metrics: [(name: String, meaning: String)]) -> [Column] {
    var seen: [String: Int] = [:]
    return metrics.enumerated().map { i, metric in
      // A second metric of the same name is told apart by its number.
      let count = (seen[metric.name] ?? 0) + 1
      seen[metric.name] = count
      let name = count == 1 ? metric.name : "\(metric.name)-\(count)"
      return Column(name, .metric(i), meaning: metric.meaning, isRequired: true)
    } + [replicasColumn, readyColumn]
  }
}

extension HPAMetric {
  /// The column that a recording has for it: the metric's name, with its container where it is one container's.
  var columnName: String {
    if case .containerResource(let name, let container) = source { return "\(container)/\(name)" }
    return name
  }

  /// What a recorded value means.
  var meaning: String {
    switch (source, goal) {
    case (.resource, .utilization): "percent of the request, mean of the pods"
    case (.containerResource, .utilization): "percent of the container's request, mean of the pods"
    case (.resource(let name), _), (.containerResource(let name, _), _):
      name == "memory" ? "bytes a pod, mean" : "units a pod, mean (cores for cpu)"
    case (.pods, _): "the value of a pod, mean"
    case (.object, _), (.external, _): "the metric's value, the total"
    }
  }
}
