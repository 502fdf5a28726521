import Documents
import Quantities

/// A Knative Service (or Revision template) with the annotations that its autoscaler reads.
public struct KnativeManifest: Sendable {
  public var name: String
  public var namespace: String?
  /// As the decider sees it: the target includes the utilization.
  public var spec: KnativeSpec
  public var minScale: Int
  public var maxScale: Int
  public var initialScale: Int
  public var podRetention: Duration
  /// What is legal but deserves a word.
  public var warnings = Diagnostics()
  /// Share of the total that the target is.
  public var targetUtilization: Double
  /// 0 for no hard limit.
  public var containerConcurrency: Int
  public var image: String

  public init(
    name: String, namespace: String? = nil, spec: KnativeSpec = KnativeSpec(), minScale: Int = 0, maxScale: Int = 0,
    initialScale: Int = 1, podRetention: Duration = .zero, targetUtilization: Double = 0.7,
    containerConcurrency: Int = 0, image: String = "IMAGE"
  ) {
    self.name = name
    self.namespace = namespace
    self.spec = spec
    self.minScale = minScale
    self.maxScale = maxScale
    self.initialScale = initialScale
    self.podRetention = podRetention
    self.targetUtilization = targetUtilization
    self.containerConcurrency = containerConcurrency
    self.image = image
  }

  /// The policy that the service gets.
  public var policy: KnativePolicy {
    KnativePolicy(spec, minScale: minScale, maxScale: maxScale, podRetention: podRetention)
  }

  private static let prefix = "autoscaling.knative.dev/"

  /// Reads the Knative Service of a file, which may hold other objects too.
  /// - Throws: everything that is wrong, with line, column and the right form.
  public static func read(_ bytes: [UInt8], file: String? = nil, name: String? = nil) throws(Diagnostics)
    -> KnativeManifest
  {
    let objects = try ManifestFile(bytes, file: file)
    let node = try objects.object(
      kind: "Service", name: name, file: file, remedy: "write apiVersion: serving.knative.dev/v1 and kind: Service",
      version: "serving.knative.dev/")
    return try read(node)
  }

  /// Reads one object.
  public static func read(_ node: Node) throws(Diagnostics) -> KnativeManifest {
    var fields = FieldReader()
    if let version = node["apiVersion"]?.text, !version.hasPrefix("serving.knative.dev/") {
      fields.error(
        "'\(version)' is not Knative's Service", at: node["apiVersion"], path: "apiVersion",
        help: "write serving.knative.dev/v1")
    }
    let metadata = fields.mapping(node["metadata"], "metadata", required: "metadata: { name: NAME }")
    let written = metadata.flatMap { fields.string($0["name"], "metadata.name", required: "a name") }
    var manifest = KnativeManifest(name: written ?? "", namespace: metadata?["namespace"]?.text)
    let template = fields.mapping(node["spec"], "spec", required: "spec: { template: { ... } }").flatMap {
      fields.mapping($0["template"], "spec.template", required: "template: { spec: { containers: [...] } }")
    }
    let path = "spec.template.metadata.annotations"
    // Annotations of the Service itself do nothing for the autoscaler, a frequent mistake.
    for (key, place, _) in metadata?["annotations"]?.entries ?? [] where key.hasPrefix(Self.prefix) {
      fields.add(
        .error(
          "'\(key)' has no effect on the Service itself", at: place, path: "metadata.annotations",
          help: "move it to spec.template.metadata.annotations"))
    }
    if let hard = template?["spec"]?["containerConcurrency"] {
      // config-defaults of knative/serving: container-concurrency-max-limit is 1000 unless an operator raises it.
      manifest.containerConcurrency =
        fields.integer(hard, "spec.template.spec.containerConcurrency", in: 0...1000) ?? 0
    }
    manifest.image = template?["spec"]?["containers"]?.elements?.first?["image"]?.text ?? manifest.image
    var annotations = Annotations(path: path)
    for (key, place, value) in template?["metadata"]?["annotations"]?.entries ?? [] where key.hasPrefix(Self.prefix) {
      annotations.read(String(key.dropFirst(Self.prefix.count)), value, place, into: &fields)
    }
    annotations.apply(to: &manifest, &fields)
    let problems = fields.problems.sorted()
    try problems.throwIfErrors()
    manifest.warnings = problems
    return manifest
  }

  /// The service that annotations in place of a manifest describe.
  static func inline(
    _ node: Node?, _ path: String, containerConcurrency: Int, _ fields: inout FieldReader
  ) -> KnativeManifest {
    var manifest = KnativeManifest(name: "", containerConcurrency: containerConcurrency)
    var annotations = Annotations(path: path)
    for (key, place, value) in node?.entries ?? [] {
      let bare = key.hasPrefix(prefix) ? String(key.dropFirst(prefix.count)) : key
      annotations.read(bare, value, place, into: &fields)
    }
    annotations.apply(to: &manifest, &fields)
    return manifest
  }

  /// By annotation, the older name of it that Knative still reads.
  static let olderNames: [String: [String]] = Dictionary(
    uniqueKeysWithValues: Annotations.older.map { (prefix + $0.value, [prefix + $0.key]) })

  /// The Service as YAML.
  public var yaml: String {
    var out = ManifestWriter()
    func annotation(_ out: inout ManifestWriter, _ key: String, _ value: String) {
      out.line("\(Self.prefix)\(key): \"\(value)\"")
    }
    func number(_ value: Double) -> String { NumberFormat.significant(value, 12) }
    out.line("apiVersion: serving.knative.dev/v1")
    out.line("kind: Service")
    out.block("metadata") { out in
      out.field("name", name)
      if let namespace { out.field("namespace", namespace) }
    }
    out.block("spec") { out in
      out.block("template") { out in
        out.block("metadata") { out in
          out.block("annotations") { out in
            annotation(&out, "metric", spec.metric.rawValue)
            annotation(&out, "target", number(spec.totalValue))
            annotation(&out, "target-utilization-percentage", number(targetUtilization * 100))
            annotation(&out, "target-burst-capacity", number(spec.targetBurstCapacity))
            annotation(&out, "min-scale", "\(minScale)")
            annotation(&out, "max-scale", "\(maxScale)")
            if initialScale != 1 { annotation(&out, "initial-scale", "\(initialScale)") }
            if spec.activationScale > 1 { annotation(&out, "activation-scale", "\(spec.activationScale)") }
            annotation(&out, "window", "\(spec.stableWindow)s")
            annotation(
              &out, "panic-window-percentage",
              number(Double(spec.panicWindow) / Double(max(1, spec.stableWindow)) * 100))
            annotation(&out, "panic-threshold-percentage", number(spec.panicThreshold * 100))
            if spec.scaleDownDelay > 0 { annotation(&out, "scale-down-delay", "\(spec.scaleDownDelay)s") }
            if spec.aggregation == .weightedExponential {
              annotation(&out, "metric-aggregation-algorithm", "weighted-exponential")
            }
            if podRetention > .zero {
              annotation(&out, "scale-to-zero-pod-retention-period", "\(number(podRetention.seconds))s")
            }
          }
        }
        out.block("spec") { out in
          if containerConcurrency > 0 { out.field("containerConcurrency", containerConcurrency) }
          out.line("containers:")
          out.item { $0.field("image", image) }
        }
      }
    }
    return out.text
  }
}

/// The autoscaling annotations of one revision, as texts checked one by one.
private struct Annotations {
  let path: String
  private var numbers: [String: Double] = [:]
  private var metric: KnativeSpec.Metric?
  private var aggregation: KnativeSpec.Aggregation?

  /// Ranges: `pkg/apis/autoscaling/annotation_validation.go` of knative/serving.
  private static let ranges: [String: ClosedRange<Double>] = [
    "target": 0.01...1e9, "target-utilization-percentage": 1...100, "target-burst-capacity": -1...1e9,
    "panic-window-percentage": 1...100, "panic-threshold-percentage": 110...1000, "min-scale": 0...2_147_483_647,
    "max-scale": 0...2_147_483_647, "initial-scale": 0...2_147_483_647, "activation-scale": 1...2_147_483_647,
  ]
  /// Spans of time, in seconds.
  private static let spans: [String: ClosedRange<Double>] = [
    "window": 6...3600, "scale-down-delay": 0...3600, "scale-to-zero-pod-retention-period": 0...3600,
  ]
  static let older = [
    "minScale": "min-scale", "maxScale": "max-scale", "initialScale": "initial-scale",
    "targetUtilizationPercentage": "target-utilization-percentage", "targetBurstCapacity": "target-burst-capacity",
    "panicWindowPercentage": "panic-window-percentage", "panicThresholdPercentage": "panic-threshold-percentage",
  ]

  init(path: String) { self.path = path }

  mutating func read(_ written: String, _ value: Node, _ place: SourceLocation, into fields: inout FieldReader) {
    let key = Self.older[written] ?? written
    let text = value.text ?? ""
    let here = "\(path).\(written)"
    if let range = Self.ranges[key] {
      guard let number = Double(text), number.isFinite, range.contains(number) else {
        fields.error(
          "'\(written)' must be a number between \(Scaling.text(range.lowerBound)) and "
            + "\(Scaling.text(range.upperBound)), not \"\(text)\"", at: value, path: here)
        return
      }
      numbers[key] = number
    } else if let range = Self.spans[key] {
      guard let span = try? Duration.parse(text), range.contains(span.seconds) else {
        fields.error(
          "'\(written)' must be a span of time between \(Scaling.text(range.lowerBound)) s and "
            + "\(Scaling.text(range.upperBound)) s, not \"\(text)\"", at: value, path: here, help: "write \"60s\"")
        return
      }
      numbers[key] = span.seconds
    } else {
      switch key {
      case "class":
        if text != "kpa.autoscaling.knative.dev" {
          fields.error(
            "class '\(text)' is not the Knative pod autoscaler", at: value, path: here,
            help: "for hpa.autoscaling.knative.dev use the policy hpa")
        }
      case "metric":
        metric = KnativeSpec.Metric(rawValue: text)
        if metric == nil {
          fields.error(
            "the pod autoscaler knows the metrics concurrency and rps, not \"\(text)\"", at: value, path: here)
        }
      case "metric-aggregation-algorithm":
        aggregation = text == "linear" ? .linear : text == "weighted-exponential" ? .weightedExponential : nil
        if aggregation == nil {
          fields.error(
            "'\(written)' must be linear or weighted-exponential, not \"\(text)\"", at: value, path: here)
        }
      default:
        let known =
          Array(Self.ranges.keys) + Array(Self.spans.keys) + ["class", "metric", "metric-aggregation-algorithm"]
        fields.add(
          .warning(
            "unknown annotation '\(written)'", at: place, path: here,
            help: nearest(written, in: known.sorted()).map { "did you mean '\($0)'?" }))
      }
    }
  }

  /// Target and total as `ResolveMetricTarget` of knative/serving has them.
  func apply(to manifest: inout KnativeManifest, _ fields: inout FieldReader) {
    var spec = KnativeSpec()
    spec.metric = metric ?? .concurrency
    let hard = Double(manifest.containerConcurrency)
    var total = spec.metric == .rps ? 200 : (hard > 0 ? hard : 100)
    if let target = numbers["target"] {
      total = spec.metric == .concurrency && hard > 0 ? min(target, hard) : target
    }
    manifest.targetUtilization = (numbers["target-utilization-percentage"] ?? 70) / 100
    spec.totalValue = total
    spec.targetValue = max(0.01, total * manifest.targetUtilization)
    spec.targetBurstCapacity = numbers["target-burst-capacity"] ?? spec.targetBurstCapacity
    spec.stableWindow = Int(numbers["window"] ?? 60)
    let panic = (Double(spec.stableWindow) * (numbers["panic-window-percentage"] ?? 10) / 100).rounded()
    spec.panicWindow = max(1, Int(panic))
    spec.panicThreshold = (numbers["panic-threshold-percentage"] ?? 200) / 100
    spec.scaleDownDelay = Int(numbers["scale-down-delay"] ?? 0)
    spec.activationScale = Int(numbers["activation-scale"] ?? 1)
    spec.aggregation = aggregation ?? .linear
    manifest.spec = spec
    manifest.minScale = Int(numbers["min-scale"] ?? 0)
    manifest.maxScale = Int(numbers["max-scale"] ?? 0)
    manifest.initialScale = Int(numbers["initial-scale"] ?? 1)
    manifest.podRetention = .seconds(numbers["scale-to-zero-pod-retention-period"] ?? 0)
    if manifest.maxScale > 0, manifest.minScale > manifest.maxScale {
      fields.error(
        "min-scale (\(manifest.minScale)) is above max-scale (\(manifest.maxScale))", at: nil, path: path,
        help: "raise max-scale or lower min-scale")
    }
  }
}
