import Documents

/// A HorizontalPodAutoscaler as the user wrote it for `kubectl apply`.
public struct HPAManifest: Sendable {
  public var name: String
  public var namespace: String?
  /// The ScaledObject that made this HPA and owns it, by its owner reference.
  public var ownerScaledObject: String?
  /// Defaulted as the API server does.
  public var spec: HPASpec
  /// What is legal but deserves a word.
  public var warnings: Diagnostics

  public init(name: String, namespace: String? = nil, spec: HPASpec) {
    self.name = name
    self.namespace = namespace
    self.spec = spec
    warnings = Diagnostics()
  }

  /// Reads the HorizontalPodAutoscaler of a file, which may hold other objects too.
  /// - Parameter name: which one, where there are several.
  /// - Throws: everything that the API server would refuse, with line, column and the right form.
  public static func read(_ bytes: [UInt8], file: String? = nil, name: String? = nil) throws(Diagnostics) -> HPAManifest
  {
    let objects = try ManifestFile(bytes, file: file)
    let node = try objects.object(
      kind: "HorizontalPodAutoscaler", name: name, file: file,
      remedy: "write apiVersion: autoscaling/v2 and kind: HorizontalPodAutoscaler")
    return try read(node)
  }

  /// Reads one object.
  public static func read(_ node: Node) throws(Diagnostics) -> HPAManifest {
    var reader = HPASpecReader()
    reader.fields.onlyKeys(
      ["apiVersion", "kind", "metadata", "spec", "status"], of: node, "",
      remedies: Dictionary(
        uniqueKeysWithValues: HPASpecReader.specKeys.map { key in (key, { (_: Node) in "move '\(key)' under 'spec:'" })
        }))
    let version = node["apiVersion"]?.text
    switch version {
    case "autoscaling/v2": break
    case nil:
      reader.fields.error("'apiVersion' is missing", at: node, path: "apiVersion", help: "write autoscaling/v2")
    case "autoscaling/v1": reader.isFirstVersion = true
    case "autoscaling/v2beta1", "autoscaling/v2beta2":
      reader.fields.error(
        "\(version ?? "") was removed from Kubernetes (1.25 and 1.26)", at: node["apiVersion"], path: "apiVersion",
        help: version == "autoscaling/v2beta2"
          ? "write autoscaling/v2; the fields are the same" : "write autoscaling/v2, with a 'target:' in each metric")
    default:
      reader.fields.error(
        "'\(version ?? "")' is not an API version of a HorizontalPodAutoscaler", at: node["apiVersion"],
        path: "apiVersion", help: "write autoscaling/v2")
    }
    let metadata = reader.fields.mapping(node["metadata"], "metadata", required: "metadata: { name: NAME }")
    let name = metadata.flatMap {
      $0["generateName"]?.text ?? reader.fields.string($0["name"], "metadata.name", required: "a name")
    }
    let spec = reader.spec(node["spec"], "spec")
    let problems = reader.fields.problems.sorted()
    try problems.throwIfErrors()
    guard let spec else { throw problems }
    var manifest = HPAManifest(name: name ?? "", namespace: metadata?["namespace"]?.text, spec: spec)
    manifest.warnings = problems
    manifest.ownerScaledObject =
      metadata?["ownerReferences"]?.elements?
      .first { $0["kind"]?.text == "ScaledObject" }?["name"]?.text
    return manifest
  }

  /// The manifest as valid autoscaling/v2 YAML.
  public var yaml: String {
    var out = ManifestWriter()
    out.line("apiVersion: autoscaling/v2")
    out.line("kind: HorizontalPodAutoscaler")
    out.block("metadata") { out in
      out.field("name", name)
      if let namespace { out.field("namespace", namespace) }
    }
    out.block("spec") { $0.hpaSpec(spec) }
    return out.text
  }
}

extension ManifestWriter {
  mutating func hpaSpec(_ spec: HPASpec) {
    block("scaleTargetRef") { $0.scaleTarget(spec.target) }
    field("minReplicas", spec.minReplicas)
    field("maxReplicas", spec.maxReplicas)
    line("metrics:")
    for metric in spec.metrics { item { $0.hpaMetric(metric) } }
    if let behavior = spec.behavior { block("behavior") { $0.hpaBehavior(behavior) } }
  }

  mutating func scaleTarget(_ target: ScaleTarget) {
    if !target.apiVersion.isEmpty { field("apiVersion", target.apiVersion) }
    field("kind", target.kind)
    field("name", target.name)
  }

  mutating func hpaBehavior(_ behavior: HPABehavior) {
    block("scaleUp") { $0.hpaRules(behavior.scaleUp) }
    block("scaleDown") { $0.hpaRules(behavior.scaleDown) }
  }

  private mutating func hpaRules(_ rules: HPAScalingRules) {
    if let seconds = rules.windowSeconds { field("stabilizationWindowSeconds", seconds) }
    field("selectPolicy", rules.select.rawValue)
    if let tolerance = rules.tolerance { quantity("tolerance", tolerance) }
    // Without any policy the defaults hold, and an empty list would be refused.
    if !rules.policies.isEmpty { line("policies:") }
    for policy in rules.policies {
      item { out in
        out.field("type", policy.unit.rawValue)
        out.field("value", policy.value)
        out.field("periodSeconds", policy.periodSeconds)
      }
    }
  }

  private mutating func hpaMetric(_ metric: HPAMetric) {
    func target(_ out: inout ManifestWriter) {
      out.block("target") { out in
        switch metric.goal {
        case .utilization(let percent):
          out.field("type", "Utilization")
          out.field("averageUtilization", percent)
        case .value(let quantity):
          out.field("type", "Value")
          out.quantity("value", quantity)
        case .averageValue(let quantity):
          out.field("type", "AverageValue")
          out.quantity("averageValue", quantity)
        }
      }
    }
    func named(_ out: inout ManifestWriter, _ name: String) {
      out.block("metric") { out in
        out.field("name", name)
        if !metric.selector.isEmpty {
          out.block("selector") { out in
            out.block("matchLabels") { out in
              for (key, value) in metric.selector.sorted(by: { $0.key < $1.key }) { out.field(key, value) }
            }
          }
        }
      }
    }
    switch metric.source {
    case .resource(let name):
      field("type", "Resource")
      block("resource") { out in
        out.field("name", name)
        target(&out)
      }
    case .containerResource(let name, let container):
      field("type", "ContainerResource")
      block("containerResource") { out in
        out.field("name", name)
        out.field("container", container)
        target(&out)
      }
    case .pods(let name):
      field("type", "Pods")
      block("pods") { out in
        named(&out, name)
        target(&out)
      }
    case .object(let name, let kind, let object):
      field("type", "Object")
      block("object") { out in
        out.block("describedObject") { out in
          out.field("apiVersion", "v1")
          out.field("kind", kind)
          out.field("name", object)
        }
        named(&out, name)
        target(&out)
      }
    case .external(let name):
      field("type", "External")
      block("external") { out in
        named(&out, name)
        target(&out)
      }
    }
  }
}
