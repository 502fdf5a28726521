import Documents
import Quantities

/// `hpa:` of a plan file.
public struct HPARecipe: PolicyRecipe {
  public static let name = "hpa"
  public var spec: HPASpec
  public var settings = HPASettings()
  /// What the user maps; the other metrics are bound by the words of their names.
  public var mapped: [String: SignalMapping] = [:]
  /// The manifest's own name, where there is one.
  public var objectName: String?
  /// The document that it was read from; nil where the plan states it in place.
  public var source: ManifestSource?
  private let made: HPAPolicy

  /// - Throws: a diagnostic for each metric that no signal tells.
  public init(
    _ spec: HPASpec, settings: HPASettings = HPASettings(), signals: [String: SignalMapping] = [:],
    objectName: String? = nil
  ) throws(Diagnostics) {
    self.spec = spec
    self.settings = settings
    self.mapped = signals
    self.objectName = objectName
    made = try HPAPolicy(spec, settings: settings, signals: signals)
  }

  public var title: String {
    objectName.map { "the HorizontalPodAutoscaler '\($0)'" } ?? "the HorizontalPodAutoscaler of the plan"
  }
  public var minimum: Int? { spec.minReplicas }
  public var maximum: Int? { spec.maxReplicas }
  public var signals: Set<Signal> {
    Set(((try? MetricBinding.bind(spec.metrics, signals: mapped)) ?? []).map(\.signal))
  }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy { made }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    let bindings = try? MetricBinding.bind(spec.metrics, signals: mapped)
    let goals = spec.metrics.enumerated().map { $1.tunable(bindings?[$0], capacity: setting.capacity) }
    return goals + (spec.behavior ?? HPABehavior()).tunables(window: settings.downscaleStabilization.seconds)
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count == spec.metrics.count + 4 else { return self }
    var spec = spec
    for i in spec.metrics.indices { spec.metrics[i] = spec.metrics[i].tuned(values[i]) }
    spec.behavior = (spec.behavior ?? HPABehavior()).tuned(values[spec.metrics.count...])
    return with(spec)
  }
  public func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe {
    var spec = spec
    spec.minReplicas = bounds.lowerBound
    spec.maxReplicas = max(1, bounds.upperBound)
    return with(spec)
  }
  private func with(_ spec: HPASpec) -> HPARecipe {
    guard var other = try? HPARecipe(spec, settings: settings, signals: mapped, objectName: objectName) else {
      return self
    }
    other.source = source
    return other
  }

  public func hazards(_ context: HazardContext) -> [Hazard] {
    HazardCheck.check(spec, settings: settings, context)
  }
}

extension HPAPolicy {
  /// The spec of a manifest as a schema: the names only, because the manifest's own reader knows the rest.
  static let specSchema = ObjectSchema(
    title: "HorizontalPodAutoscaler spec",
    summary: "The `spec` of an autoscaling/v2 manifest; scaleTargetRef may be left out.",
    fields: [
      Field("minReplicas", "never fewer", .integer, default: "1"),
      Field("maxReplicas", "never more", .integer, required: true, example: "60"),
      Field("metrics", "as in a manifest", .list(.anything), default: "CPU at 80 %"),
      Field("behavior", "as in a manifest", .map(.anything)),
      Field("scaleTargetRef", "as in a manifest", .map(.anything)),
    ], allowsUnknownKeys: true)

  public static let descriptor = PolicyDescriptor(
    name: "hpa",
    summary: "Your own HorizontalPodAutoscaler, decided exactly as Kubernetes decides it.",
    schema: PolicySchema.pathOr(
      "HorizontalPodAutoscaler", "A manifest, or its spec in place; and what only the cluster knows.",
      [
        PolicySchema.manifest("HorizontalPodAutoscaler", "hpa.yaml"), PolicySchema.objectName,
        Field("spec", "the spec in place of a manifest", .object(specSchema)), PolicySchema.signals,
        Field("tolerance", "--horizontal-pod-autoscaler-tolerance", PolicySchema.share, default: "10%"),
        Field("sync period", "--horizontal-pod-autoscaler-sync-period", PolicySchema.span, default: "15s"),
        Field(
          "downscale stabilization", "--horizontal-pod-autoscaler-downscale-stabilization", PolicySchema.span,
          default: "5m"),
      ]),
    example: """
      scaling:
        hpa:
          spec:
            minReplicas: 4
            maxReplicas: 60
            metrics: [{ type: Pods, pods: { metric: { name: http_requests_per_second }, target: { type: AverageValue, averageValue: "1400" } } }]
      """
  ) { node, path, reader in
    var settings = HPASettings()
    settings.tolerance = reader.share(node["tolerance"], "\(path).tolerance", 0...10, help: "write 10%") ?? 0.1
    settings.syncPeriod =
      reader.span(node["sync period"], "\(path).sync period", atLeast: .seconds(1)) ?? settings.syncPeriod
    settings.downscaleStabilization =
      reader.span(node["downscale stabilization"], "\(path).downscale stabilization") ?? settings.downscaleStabilization
    let signals = reader.signals(node["signals"], "\(path).signals")
    let manifest = reader.manifest(node)
    guard reader.needsOne(of: manifest != nil, node["spec"] != nil, node, path, key: "spec") else { return nil }
    var spec: HPASpec?
    var name: String?
    var source: ManifestSource?
    if let manifest {
      let read = reader.load(manifest.path, manifest.place) { (bytes) throws(Diagnostics) in
        source = ManifestSource(file: manifest.path, bytes: bytes, name: manifest.name)
        return try HPAManifest.read(bytes, file: manifest.path, name: manifest.name)
      }
      if let read { reader.merge(read.warnings) }
      spec = read?.spec
      name = read?.name
    } else {
      var inline = HPASpecReader(needsTarget: false)
      spec = inline.spec(node["spec"], "\(path).spec")
      reader.merge(inline.fields.problems)
      if inline.fields.problems.hasErrors { return nil }
    }
    guard let spec else { return nil }
    do throws(Diagnostics) {
      var recipe = try HPARecipe(spec, settings: settings, signals: signals, objectName: name)
      recipe.source = source
      return recipe
    } catch {
      for one in error.all { reader.fail(one.message, manifest?.place ?? node["spec"], path, help: one.help ?? "") }
      return nil
    }
  }
}
