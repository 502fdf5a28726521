import Documents
import Quantities

/// `keda:` of a plan file.
public struct KedaRecipe: PolicyRecipe {
  public static let name = "keda"
  public var spec: KedaSpec
  public var mapped: [String: SignalMapping] = [:]
  public var objectName: String?
  /// The document that it was read from; nil where the plan states it in place.
  public var source: ManifestSource?
  private let made: KedaPolicy

  /// - Throws: a diagnostic for each trigger that no signal tells.
  public init(_ spec: KedaSpec, signals: [String: SignalMapping] = [:], objectName: String? = nil) throws(Diagnostics) {
    self.spec = spec
    self.mapped = signals
    self.objectName = objectName
    made = try KedaPolicy(spec, signals: signals)
  }

  public var title: String { objectName.map { "the ScaledObject '\($0)'" } ?? "the ScaledObject of the plan" }
  public var minimum: Int? { spec.idleReplicaCount ?? spec.minReplicaCount }
  public var maximum: Int? { spec.maxReplicaCount }
  public var signals: Set<Signal> { Set(spec.triggers.compactMap { $0.binding(mapped)?.signal }) }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy { made }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    spec.triggers.compactMap { trigger in
      guard case .metric(let threshold, _) = trigger.kind else { return nil }
      let value = Double(threshold.milli) / 1000
      return TunableSetting(
        "\(trigger.name) threshold", .number, value, from: value / 4, to: value * 4, isLogarithmic: true)
    } + [
      TunableSetting("cooldownPeriod", .seconds, Double(spec.cooldownPeriod), from: 0, to: 1800)
    ] + (spec.behavior ?? HPABehavior()).tunables(window: 300)
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count == tunables(in: setting).count else { return self }
    var spec = spec
    var left = values[...]
    for i in spec.triggers.indices {
      guard case .metric(_, let activation) = spec.triggers[i].kind, let value = left.popFirst() else { continue }
      spec.triggers[i].kind = .metric(
        threshold: KubernetesQuantity(milli: Int64(min(max(value * 1000, 1), 9e15).rounded())), activation: activation)
    }
    spec.cooldownPeriod = Int(min(max(left.popFirst() ?? 300, 0), 1e6))
    spec.behavior = (spec.behavior ?? HPABehavior()).tuned(left)
    return with(spec)
  }
  public func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe {
    var spec = spec
    spec.minReplicaCount = bounds.lowerBound
    spec.maxReplicaCount = max(1, bounds.upperBound)
    if let idle = spec.idleReplicaCount, idle >= spec.minReplicaCount { spec.idleReplicaCount = nil }
    return with(spec)
  }
  private func with(_ spec: KedaSpec) -> KedaRecipe {
    guard var other = try? KedaRecipe(spec, signals: mapped, objectName: objectName) else { return self }
    other.source = source
    return other
  }
  public func hazards(_ context: HazardContext) -> [Hazard] {
    HazardCheck.check(spec, context) + made.unsimulated.map { HazardCheck.unsimulated($0) }
  }
}

extension KedaPolicy {
  static let specSchema = ObjectSchema(
    title: "ScaledObject spec", summary: "The `spec` of a keda.sh/v1alpha1 manifest; scaleTargetRef may be left out.",
    fields: [
      Field("pollingInterval", "seconds between KEDA's own looks", .integer, default: "30"),
      Field("cooldownPeriod", "seconds without activity before the step to zero", .integer, default: "300"),
      Field("initialCooldownPeriod", "seconds after creation before the first", .integer, default: "0"),
      Field("idleReplicaCount", "replicas while nothing is active", .integer),
      Field("minReplicaCount", "never fewer while something is active", .integer, default: "0"),
      Field("maxReplicaCount", "never more", .integer, default: "100"),
      Field("fallback", "as in a manifest", .map(.anything)),
      Field("advanced", "as in a manifest", .map(.anything)),
      Field("triggers", "as in a manifest", .list(.anything), required: true),
      Field("scaleTargetRef", "as in a manifest", .map(.anything)),
    ], allowsUnknownKeys: true)

  public static let descriptor = PolicyDescriptor(
    name: "keda",
    summary: "Your own KEDA ScaledObject: scale to zero and wake by KEDA, the rest by the autoscaler that it makes.",
    schema: PolicySchema.pathOr(
      "ScaledObject", "A manifest, or its spec in place.",
      [
        PolicySchema.manifest("ScaledObject", "scaledobject.yaml"), PolicySchema.objectName,
        Field("spec", "the spec in place of a manifest", .object(specSchema)), PolicySchema.signals,
        Field(
          "partitions",
          "how many partitions a Kafka trigger's topic has, by the trigger's name: no more replicas have work",
          .map(.integer), example: "{ orders: 12 }"),
      ]),
    example: """
      scaling:
        keda:
          spec:
            minReplicaCount: 2
            maxReplicaCount: 60
            triggers:
              - { type: kafka, name: orders, metadata: { topic: orders, lagThreshold: "50" } }
              - { type: cron, metadata: { timezone: UTC, start: 0 7 * * *, end: 0 20 * * *, desiredReplicas: "10" } }
      """
  ) { node, path, reader in
    let signals = reader.signals(node["signals"], "\(path).signals")
    let manifest = reader.manifest(node)
    guard reader.needsOne(of: manifest != nil, node["spec"] != nil, node, path, key: "spec") else { return nil }
    let zones: (String) -> TimeZoneRules? = reader.zones ?? { _ in .utc }
    var spec: KedaSpec?
    var name: String?
    var source: ManifestSource?
    if let manifest {
      let read = reader.load(manifest.path, manifest.place) { (bytes) throws(Diagnostics) in
        source = ManifestSource(file: manifest.path, bytes: bytes, name: manifest.name)
        return try KedaManifest.read(bytes, file: manifest.path, name: manifest.name, zones: zones)
      }
      if let read { reader.merge(read.warnings) }
      spec = read?.spec
      name = read?.name
    } else {
      var inline = KedaReader(hpa: HPASpecReader(needsTarget: false), zones: zones)
      let read = inline.spec(node["spec"], "\(path).spec")
      reader.merge(inline.hpa.fields.problems)
      if inline.hpa.fields.problems.hasErrors { return nil }
      spec = read
    }
    guard var spec else { return nil }
    for (key, place, value) in node["partitions"]?.entries ?? [] {
      guard let i = spec.triggers.firstIndex(where: { $0.name == key }) else {
        reader.fail(
          "no trigger is named '\(key)'", value, "\(path).partitions.\(key)",
          help: "there are: \(spec.triggers.map(\.name).joined(separator: ", "))")
        _ = place
        continue
      }
      spec.triggers[i].partitions = reader.count(value, "\(path).partitions.\(key)", 1...1_000_000)
    }
    do throws(Diagnostics) {
      var recipe = try KedaRecipe(spec, signals: signals, objectName: name)
      recipe.source = source
      return recipe
    } catch {
      for one in error.all { reader.fail(one.message, manifest?.place ?? node["spec"], path, help: one.help ?? "") }
      return nil
    }
  }
}
