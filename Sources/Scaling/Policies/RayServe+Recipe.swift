import Documents
import Quantities

/// `ray:` of a plan file.
public struct RayServeRecipe: PolicyRecipe, Hashable {
  public static let name = "ray"
  public var config: RayServeConfig
  public var version = RayServeAutoscaler.Version.clock
  public var lookBack = Duration.seconds(30)
  public var deployment: String?
  /// How many replicas the worker groups of its cluster hold at most; nil where nobody says.
  public var workerLimit: Int?
  /// The document that it was read from; nil where the plan states it in place.
  public var source: ManifestSource?
  public init(_ config: RayServeConfig) { self.config = config }
  public var title: String {
    deployment.map { "Ray Serve's autoscaling of '\($0)'" } ?? "Ray Serve's autoscaling"
  }
  public var minimum: Int? { config.minReplicas }
  public var maximum: Int? { min(config.maxReplicas, max(1, workerLimit ?? .max)) }
  public var signals: Set<Signal> { [.concurrency] }
  public func policy(in setting: PolicySetting) -> any ScalingPolicy {
    RayServePolicy(config, lookBack: lookBack, version: version)
  }
  public func tunables(in setting: PolicySetting) -> [TunableSetting] {
    let target = config.targetOngoingRequests
    return [
      TunableSetting(
        "target_ongoing_requests", .number, target, from: target / 4, to: target * 4, isLogarithmic: true),
      TunableSetting("upscale_delay_s", .seconds, config.upscaleDelay, from: 0, to: 120),
      TunableSetting("downscale_delay_s", .seconds, config.downscaleDelay, from: 0, to: 1800),
    ]
  }
  public func tuned(_ values: [Double], in setting: PolicySetting) -> any PolicyRecipe {
    guard values.count == 3 else { return self }
    var recipe = self
    recipe.config.targetOngoingRequests = values[0]
    recipe.config.upscaleDelay = values[1]
    recipe.config.downscaleDelay = values[2]
    return recipe
  }
  public func bounded(_ bounds: ClosedRange<Int>) -> any PolicyRecipe {
    var recipe = self
    recipe.config.minReplicas = bounds.lowerBound
    recipe.config.maxReplicas = max(1, bounds.upperBound)
    return recipe
  }
  public func hazards(_ context: HazardContext) -> [Hazard] { HazardCheck.check(config, context) }
}

extension RayServePolicy {
  static let configSchema = ObjectSchema(
    title: "autoscaling_config", summary: "Ray's AutoscalingConfig.",
    fields: [
      Field("target_ongoing_requests", "in service or waiting, for each replica", .number, default: "2"),
      Field("min_replicas", "never fewer; 0 lets the deployment sleep", .integer, default: "1"),
      Field("max_replicas", "never more", .integer, default: "1", aliases: []),
      Field("upscale_delay_s", "how long more must be wanted", .number, default: "30"),
      Field("downscale_delay_s", "how long less must be wanted", .number, default: "600"),
      Field("upscaling_factor", "the share of the wanted increase that is made", .number, default: "1"),
      Field("downscaling_factor", "the share of the wanted decrease that is made", .number, default: "1"),
      Field("look_back_period_s", "the time over which requests are averaged", .number, default: "30"),
    ], allowsUnknownKeys: true)

  public static let descriptor = PolicyDescriptor(
    name: "ray",
    summary: "Ray Serve's default autoscaling: replicas in proportion to ongoing requests, after a delay.",
    schema: PolicySchema.pathOr(
      "Ray Serve config", "A config file (or a RayService), or its autoscaling_config in place.",
      [
        PolicySchema.manifest("Ray Serve config", "serve.yaml"),
        Field(
          "name", "which deployment, where the file holds several: NAME, APPLICATION/NAME or SERVICE/APPLICATION/NAME",
          .string, example: "LLMServer"),
        Field("autoscaling_config", "in place of a file", .object(configSchema)),
        Field(
          "version", "counting-loops: a delay is a number of control loops, as before 2.60",
          .choice(RayServeAutoscaler.Version.allCases.map(\.rawValue)), default: "2.60"),
      ]),
    example: """
      scaling:
        ray:
          autoscaling_config: { target_ongoing_requests: 5, min_replicas: 2, max_replicas: 40 }
      """
  ) { node, path, reader in
    let manifest = reader.manifest(node)
    guard
      reader.needsOne(
        of: manifest != nil, node["autoscaling_config"] != nil, node, path, key: "autoscaling_config")
    else { return nil }
    var recipe: RayServeRecipe
    if let manifest {
      var source: ManifestSource?
      let read = reader.load(manifest.path, manifest.place) { (bytes) throws(Diagnostics) in
        source = ManifestSource(file: manifest.path, bytes: bytes, name: manifest.name)
        return try RayServeManifest.read(bytes, file: manifest.path, name: manifest.name)
      }
      guard let read else { return nil }
      reader.merge(read.warnings)
      recipe = RayServeRecipe(read.config)
      recipe.deployment = read.name
      recipe.lookBack = read.lookBack
      recipe.workerLimit = read.workerLimit
      recipe.source = source
    } else {
      let here = "\(path).autoscaling_config"
      var fields = FieldReader()
      recipe = RayServeRecipe(fields.rayServeConfig(node["autoscaling_config"], here))
      recipe.lookBack = fields.lookBack(node["autoscaling_config"], here)
      reader.merge(fields.problems)
      if fields.problems.hasErrors { return nil }
    }
    if let written = node["version"]?.text, let version = RayServeAutoscaler.Version(rawValue: written) {
      recipe.version = version
    }
    return recipe
  }
}
