import Documents
import Quantities

/// A KEDA ScaledObject as the user wrote it.
public struct KedaManifest: Sendable {
  public var name: String
  public var namespace: String?
  public var spec: KedaSpec
  /// What is legal but deserves a word.
  public var warnings: Diagnostics
  /// The name that the object gives its autoscaler; nil for KEDA's own.
  private var ownName: String?

  /// The HorizontalPodAutoscaler that KEDA makes of it (KEDA's `getHPAName`).
  public var hpaName: String { ownName ?? "keda-hpa-\(name)" }

  /// Reads the ScaledObject of a file, which may hold other objects too.
  /// - Parameters:
  ///   - name: which one, where there are several.
  ///   - zones: the rules of a time zone by name, for cron triggers; UTC is always known.
  /// - Throws: everything that is wrong, with line, column and the right form.
  public static func read(
    _ bytes: [UInt8], file: String? = nil, name: String? = nil,
    zones: @escaping (String) -> TimeZoneRules? = { _ in nil }
  ) throws(Diagnostics) -> KedaManifest {
    let objects = try ManifestFile(bytes, file: file)
    let node = try objects.object(
      kind: "ScaledObject", name: name, file: file, remedy: "write apiVersion: keda.sh/v1alpha1 and kind: ScaledObject")
    return try read(node, zones: zones)
  }

  /// Reads one object.
  public static func read(
    _ node: Node, zones: @escaping (String) -> TimeZoneRules? = { _ in nil }
  ) throws(Diagnostics) -> KedaManifest {
    var reader = KedaReader(hpa: HPASpecReader(), zones: zones)
    let fields = ["apiVersion", "kind", "metadata", "spec", "status"]
    reader.hpa.fields.onlyKeys(
      fields, of: node, "",
      remedies: Dictionary(
        uniqueKeysWithValues: KedaReader.keys.map { key in (key, { (_: Node) in "move '\(key)' under 'spec:'" }) }))
    if let version = node["apiVersion"]?.text, version != "keda.sh/v1alpha1" {
      reader.hpa.fields.error(
        "'\(version)' is not the API version of a ScaledObject", at: node["apiVersion"], path: "apiVersion",
        help: "write keda.sh/v1alpha1")
    }
    let metadata = reader.hpa.fields.mapping(node["metadata"], "metadata", required: "metadata: { name: NAME }")
    let written = metadata.flatMap { reader.hpa.fields.string($0["name"], "metadata.name", required: "a name") }
    var spec = reader.spec(node["spec"], "spec")
    if let annotations = metadata?["annotations"] {
      spec.pause = reader.pause(annotations, "metadata.annotations")
    }
    let problems = reader.hpa.fields.problems.sorted()
    try problems.throwIfErrors()
    var manifest = KedaManifest(
      name: written ?? "", namespace: metadata?["namespace"]?.text, spec: spec, warnings: problems)
    manifest.ownName = node["spec"]?["advanced"]?["horizontalPodAutoscalerConfig"]?["name"]?.text
    return manifest
  }

  public init(name: String, namespace: String? = nil, spec: KedaSpec, warnings: Diagnostics = Diagnostics()) {
    self.name = name
    self.namespace = namespace
    self.spec = spec
    self.warnings = warnings
  }

  /// The manifest as YAML. A Prometheus trigger is written with `serverAddress`.
  public func yaml(serverAddress: String = "http://prometheus.monitoring:9090") -> String {
    var out = ManifestWriter()
    out.line("apiVersion: keda.sh/v1alpha1")
    out.line("kind: ScaledObject")
    out.block("metadata") { out in
      out.field("name", name)
      if let namespace { out.field("namespace", namespace) }
    }
    out.block("spec") { out in
      out.block("scaleTargetRef") { $0.scaleTarget(spec.target) }
      out.field("pollingInterval", spec.pollingInterval)
      out.field("cooldownPeriod", spec.cooldownPeriod)
      if spec.initialCooldownPeriod > 0 { out.field("initialCooldownPeriod", spec.initialCooldownPeriod) }
      if let idle = spec.idleReplicaCount { out.field("idleReplicaCount", idle) }
      out.field("minReplicaCount", spec.minReplicaCount)
      out.field("maxReplicaCount", spec.maxReplicaCount)
      if let fallback = spec.fallback {
        out.block("fallback") { out in
          out.field("failureThreshold", fallback.failureThreshold)
          out.field("replicas", fallback.replicas)
          if fallback.behavior != .static { out.field("behavior", fallback.behavior.rawValue) }
        }
      }
      if let behavior = spec.behavior {
        out.block("advanced") { out in
          out.block("horizontalPodAutoscalerConfig") { out in out.block("behavior") { $0.hpaBehavior(behavior) } }
        }
      }
      out.line("triggers:")
      for trigger in spec.triggers { out.item { $0.kedaTrigger(trigger, serverAddress) } }
    }
    return out.text
  }
}

extension ManifestWriter {
  fileprivate mutating func kedaTrigger(_ trigger: KedaSpec.Trigger, _ serverAddress: String) {
    field("type", trigger.type)
    switch trigger.kind {
    case .resource(let metric):
      switch metric.goal {
      case .utilization(let percent):
        field("metricType", "Utilization")
        block("metadata") { $0.line("value: \"\(percent)\"") }
      case .value(let quantity), .averageValue(let quantity):
        field("metricType", "AverageValue")
        block("metadata") { $0.quantity("value", quantity) }
      }
    case .cron(let window, let replicas):
      block("metadata") { out in
        out.field("timezone", window.zone.name)
        out.field("start", window.start.description)
        out.field("end", window.end.description)
        out.line("desiredReplicas: \"\(replicas)\"")
      }
    case .metric(let threshold, let activation):
      field("name", trigger.name)
      if trigger.isTotal { field("metricType", "Value") }
      let keys = KedaTriggerType.named(trigger.type)
      block("metadata") { out in
        if trigger.type == "prometheus" {
          out.field("serverAddress", serverAddress)
          out.field("query", trigger.query)
        } else if let subject = keys?.subject {
          out.field(subject, trigger.query)
        }
        out.quantity(keys?.threshold ?? "threshold", threshold)
        if activation != 0 {
          out.line("\(keys?.activation ?? "activationThreshold"): \"\(NumberFormat.significant(activation, 12))\"")
        }
      }
    }
  }
}
