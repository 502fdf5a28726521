import Documents
import Quantities

/// The autoscaling of one deployment of a Ray Serve config file (`serve build`, `serve deploy`), or of a RayService of
/// KubeRay, which holds such a file as a text.
public struct RayServeManifest: Sendable {
  /// The deployment's name.
  public var name: String
  public var application: String
  public var config: RayServeConfig
  public var lookBack: Duration
  /// What is legal but deserves a word.
  public var warnings: Diagnostics

  /// - Parameter name: which deployment, where several scale.
  /// - Throws: everything that is wrong, with line, column and the right form.
  public static func read(_ bytes: [UInt8], file: String? = nil, name: String? = nil) throws(Diagnostics)
    -> RayServeManifest
  {
    let objects = try ManifestFile(bytes, file: file).objects
    let place = SourceLocation(file: file, line: 1, column: 1)
    var root = objects.first { $0["applications"] != nil }
    if root == nil, let service = objects.first(where: { $0["kind"]?.text == "RayService" }) {
      guard let text = service["spec"]?["serveConfigV2"]?.text else {
        throw Diagnostics([
          .error(
            "the RayService has no 'serveConfigV2'", at: service.location, path: "spec.serveConfigV2",
            help: "write spec: { serveConfigV2: | ... } with the applications")
        ])
      }
      root = try YAML.parse(Array(text.utf8), file: file.map { "\($0) (serveConfigV2)" })
    }
    guard let root else {
      throw Diagnostics([
        .error(
          "no Ray Serve applications in this file", at: objects.first?.location ?? place,
          help: "give a config file with applications: [{ deployments: [{ name: ..., autoscaling_config: ... }] }]")
      ])
    }
    return try read(root, name: name, place: place)
  }

  private static func read(_ root: Node, name: String?, place: SourceLocation) throws(Diagnostics) -> RayServeManifest {
    var fields = FieldReader()
    var found: [RayServeManifest] = []
    var others: [String] = []
    for (i, application) in (fields.list(root["applications"], "applications") ?? []).enumerated() {
      for (j, deployment) in (application["deployments"]?.elements ?? []).enumerated() {
        let path = "applications[\(i)].deployments[\(j)]"
        let title = fields.string(deployment["name"], "\(path).name", required: "name: LLMServer") ?? ""
        if let name, title != name {
          others.append(title)
          continue
        }
        let written = deployment["autoscaling_config"]
        let isAuto = deployment["num_replicas"]?.text == "auto"
        if let count = deployment["num_replicas"], !isAuto, written != nil {
          fields.error(
            "'num_replicas' and 'autoscaling_config' exclude each other", at: count, path: "\(path).num_replicas",
            help: "take num_replicas out, or write num_replicas: auto")
        }
        guard written != nil || isAuto else {
          others.append(title)
          continue
        }
        let here = "\(path).autoscaling_config"
        var config = written == nil ? RayServeConfig() : fields.rayServeConfig(written, here)
        // With `auto` Ray raises the limit to 100; what is written stands.
        if isAuto, written?["max_replicas"] == nil { config.maxReplicas = max(100, config.minReplicas) }
        found.append(
          RayServeManifest(
            name: title, application: application["name"]?.text ?? "default", config: config,
            lookBack: fields.lookBack(written, here), warnings: Diagnostics()))
      }
    }
    let problems = fields.problems.sorted()
    try problems.throwIfErrors()
    guard var one = found.first, found.count == 1 else {
      let names = (found.isEmpty ? others : found.map(\.name)).joined(separator: ", ")
      throw Diagnostics([
        .error(
          found.isEmpty
            ? (name.map { "no deployment '\($0)' scales itself" } ?? "no deployment of this file scales itself")
            : "\(found.count) deployments scale themselves: \(names)", at: root["applications"]?.location ?? place,
          help: found.isEmpty
            ? "write autoscaling_config: { min_replicas: 1, max_replicas: 10 }"
              + (names.isEmpty ? "" : "; there is: \(names)")
            : "name the one that is meant")
      ])
    }
    one.warnings = problems
    return one
  }
}

extension FieldReader {
  /// `look_back_period_s`, 30 s where it is not there.
  mutating func lookBack(_ config: Node?, _ path: String) -> Duration {
    .seconds(number(config?["look_back_period_s"], path + ".look_back_period_s", in: 0.1...86_400) ?? 30)
  }
}
