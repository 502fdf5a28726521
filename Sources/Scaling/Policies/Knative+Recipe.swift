import Documents
import Quantities

/// `knative:` of a plan file.
public struct KnativeRecipe: PolicyRecipe {
  public static let name = "knative"
  public var manifest: KnativeManifest
  /// The document that it was read from; nil where the plan states it in place.
  public var source: ManifestSource?
  public init(_ manifest: KnativeManifest) { self.manifest = manifest }
  public var title: String {
    manifest.name.isEmpty ? "the Knative pod autoscaler" : "the Knative Service '\(manifest.name)'"
  }
  public var minimum: Int? { manifest.minScale }
  public var maximum: Int? { manifest.maxScale > 0 ? manifest.maxScale : nil }
  public var signals: Set<Signal> { [manifest.spec.metric == .rps ? .requestRate : .concurrency] }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy { manifest.policy }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    [
      TunableSetting(
        "target-utilization-percentage", .share, manifest.targetUtilization, from: 0.3, to: 1),
      TunableSetting("window", .seconds, Double(manifest.spec.stableWindow), from: 10, to: 600, isLogarithmic: true),
      TunableSetting("scale-down-delay", .seconds, Double(manifest.spec.scaleDownDelay), from: 0, to: 900),
    ]
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count == 3 else { return self }
    var recipe = self
    recipe.manifest.targetUtilization = min(max(values[0], 0.01), 1)
    recipe.manifest.spec.targetValue = recipe.manifest.spec.totalValue * recipe.manifest.targetUtilization
    let share = Double(manifest.spec.panicWindow) / Double(max(1, manifest.spec.stableWindow))
    recipe.manifest.spec.stableWindow = Int(min(max(values[1], 6), 3600))
    recipe.manifest.spec.panicWindow = max(1, Int((Double(recipe.manifest.spec.stableWindow) * share).rounded()))
    recipe.manifest.spec.scaleDownDelay = Int(min(max(values[2], 0), 3600))
    return recipe
  }
  public func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe {
    var recipe = self
    recipe.manifest.minScale = bounds.lowerBound
    recipe.manifest.maxScale = max(1, bounds.upperBound)
    return recipe
  }
  public func hazards(_ context: HazardContext) -> [Hazard] { HazardCheck.check(manifest.policy, context) }
}

extension KnativePolicy {
  public static let descriptor = PolicyDescriptor(
    name: "knative",
    summary: "The Knative pod autoscaler: stable and panic windows over concurrency or request rate, scale to zero.",
    schema: PolicySchema.pathOr(
      "Knative Service", "A manifest, or its annotations in place.",
      [
        PolicySchema.manifest("Knative Service", "service.yaml"), PolicySchema.objectName,
        Field(
          "annotations", "those of autoscaling.knative.dev, with or without that prefix", .map(.anything),
          example: "{ metric: rps, target: \"1400\", max-scale: \"60\" }"),
        Field(
          "containerConcurrency", "the hard limit of requests in a pod, at most 1000; 0 for none", .integer,
          default: "0"),
      ]),
    example: """
      scaling:
        knative:
          annotations: { metric: rps, target: "2000", target-utilization-percentage: "70", min-scale: "2", max-scale: "60" }
      """
  ) { node, path, reader in
    let manifest = reader.manifest(node)
    guard reader.needsOne(of: manifest != nil, node["annotations"] != nil, node, path, key: "annotations") else {
      return nil
    }
    if let manifest {
      var source: ManifestSource?
      let read = reader.load(manifest.path, manifest.place) { (bytes) throws(Diagnostics) in
        source = ManifestSource(file: manifest.path, bytes: bytes, name: manifest.name)
        return try KnativeManifest.read(bytes, file: manifest.path, name: manifest.name)
      }
      guard let read else { return nil }
      reader.merge(read.warnings)
      var recipe = KnativeRecipe(read)
      recipe.source = source
      return recipe
    }
    let limit = reader.count(node["containerConcurrency"], "\(path).containerConcurrency", 0...1000) ?? 0
    let before = reader.problems.hasErrors
    let made = KnativeManifest.inline(
      node["annotations"], "\(path).annotations", containerConcurrency: limit, &reader.fields)
    return before || !reader.problems.hasErrors ? KnativeRecipe(made) : nil
  }
}
