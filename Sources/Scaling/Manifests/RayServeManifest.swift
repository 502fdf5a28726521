import Documents
import Quantities

/// The autoscaling of one deployment of a Ray Serve config file (`serve build`, `serve deploy`), or of a RayService of
/// KubeRay, which holds such a file as a text. A deployment of `ray.serve.llm` is one of `llm_configs`.
public struct RayServeManifest: Sendable {
  /// The deployment's name; of a language model its `model_id`.
  public var name: String
  public var application: String
  /// The RayService that holds it; nil in a config file.
  public var service: String?
  public var config: RayServeConfig
  public var lookBack: Duration
  /// How many of its replicas the worker groups hold at most; nil where nobody says. Deployments of one cluster share them.
  public var workerLimit: Int?
  /// What is legal but deserves a word.
  public var warnings: Diagnostics

  /// Where it stands: `fleet/shop/LLMServer`.
  public var path: String { ([service, application, name] as [String?]).compactMap { $0 }.joined(separator: "/") }

  /// Whether a name means it: its own, or its path or the end of it.
  func isNamed(_ wanted: String) -> Bool { name == wanted || path == wanted || path.hasSuffix("/" + wanted) }

  /// - Parameter name: which deployment, where several scale: its name, or `APPLICATION/NAME`, or `SERVICE/APPLICATION/NAME`.
  /// - Throws: everything that is wrong, with line, column and the right form.
  public static func read(_ bytes: [UInt8], file: String? = nil, name: String? = nil) throws(Diagnostics)
    -> RayServeManifest
  {
    let (found, others, problems) = try list(bytes, file: file)
    try problems.throwIfErrors()
    let meant = name.map { name in found.filter { $0.isNamed(name) } } ?? found
    guard var one = meant.first, meant.count == 1 else {
      let known = found.isEmpty ? others : found.map(\.path)
      let isSeveral = meant.count > 1
      throw Diagnostics([
        .error(
          isSeveral
            ? "\(meant.count) deployments scale themselves: \(meant.map(\.path).joined(separator: ", "))"
            : name.map { "no deployment '\($0)' scales itself" } ?? "no deployment of this file scales itself",
          at: SourceLocation(file: file, line: 1, column: 1),
          help: isSeveral
            ? "name the one that is meant: name: \(meant[0].path)"
            : found.isEmpty
              ? "write autoscaling_config: { min_replicas: 1, max_replicas: 10 }"
                + (known.isEmpty ? "" : "; there is: \(known.joined(separator: ", "))")
              : "there is: \(known.joined(separator: ", "))")
      ])
    }
    one.warnings = problems
    return one
  }

  /// Every deployment of a file that scales itself.
  /// - Throws: everything that is wrong; a file without applications is.
  public static func all(_ bytes: [UInt8], file: String? = nil) throws(Diagnostics) -> (
    deployments: [RayServeManifest], warnings: Diagnostics
  ) {
    let (found, _, problems) = try list(bytes, file: file)
    try problems.throwIfErrors()
    return (found, problems)
  }

  // MARK: Reading

  private static func list(_ bytes: [UInt8], file: String?) throws(Diagnostics) -> (
    found: [RayServeManifest], others: [String], problems: Diagnostics
  ) {
    let objects = try ManifestFile(bytes, file: file).objects
    var reading = Reading()
    var isAny = false
    for object in objects {
      if object["applications"] != nil {
        isAny = true
        reading.applications(of: object, service: nil, workers: nil)
      } else if object["kind"]?.text == "RayService" {
        isAny = true
        let name = object["metadata"]?["name"]?.text ?? ""
        guard let text = object["spec"]?["serveConfigV2"]?.text else {
          reading.fields.error(
            "the RayService \(name.isEmpty ? "" : "'\(name)' ")has no 'serveConfigV2'", at: object,
            path: "spec.serveConfigV2", help: "write spec: { serveConfigV2: | ... } with the applications")
          continue
        }
        do {
          let root = try YAML.parse(Array(text.utf8), file: file.map { "\($0) (serveConfigV2)" })
          let cluster = object["spec"]?["rayClusterConfig"] ?? object["spec"]?["rayClusterSpec"]
          reading.applications(of: root, service: name, workers: cluster.map(RayWorkers.init))
        } catch {
          for one in error.all { reading.fields.add(one) }
        }
      }
    }
    guard isAny else {
      throw Diagnostics([
        .error(
          "no Ray Serve applications in this file",
          at: objects.first?.location ?? SourceLocation(file: file, line: 1, column: 1),
          help: "give a config file with applications: [{ deployments: [{ name: ..., autoscaling_config: ... }] }]")
      ])
    }
    return (reading.found, reading.others, reading.fields.problems.sorted())
  }

  private struct Reading {
    var fields = FieldReader()
    var found: [RayServeManifest] = []
    /// Deployments that do not scale themselves.
    var others: [String] = []

    mutating func applications(of root: Node, service: String?, workers: RayWorkers?) {
      for (i, application) in (fields.list(root["applications"], "applications") ?? []).enumerated() {
        let name = application["name"]?.text ?? "default"
        for (j, deployment) in (application["deployments"]?.elements ?? []).enumerated() {
          let path = "applications[\(i)].deployments[\(j)]"
          let title = fields.string(deployment["name"], "\(path).name", required: "name: LLMServer") ?? ""
          self.deployment(
            deployment, title, path, in: name, service,
            holding: workers?.replicas(of: deployment["ray_actor_options"], gpusAtLeast: 0))
        }
        // `ray.serve.llm`: each model is a deployment, its engine's GPUs the product of its parallelism.
        for (j, model) in (application["args"]?["llm_configs"]?.elements ?? []).enumerated() {
          let path = "applications[\(i)].args.llm_configs[\(j)]"
          guard model.entries != nil else {
            fields.warning(
              "the model's config stands in another file, \(model.text ?? ""), and is not read", at: model, path: path,
              help: "read that file by itself, or write it in place")
            continue
          }
          let title = model["model_loading_config"]?["model_id"]?.text ?? "model-\(j + 1)"
          let engine = model["engine_kwargs"]
          func cards(_ key: String) -> Int { min(max(1, engine?[key]?.integer ?? 1), 100_000) }
          let gpus = cards("tensor_parallel_size") * cards("pipeline_parallel_size")
          let isOnGPU = model["accelerator_type"]?.text != nil || engine != nil
          self.deployment(
            model["deployment_config"] ?? model, title, path + ".deployment_config", in: name, service,
            holding: workers?.replicas(
              of: model["deployment_config"]?["ray_actor_options"], gpusAtLeast: isOnGPU ? Double(max(1, gpus)) : 0))
        }
      }
    }

    private mutating func deployment(
      _ deployment: Node, _ title: String, _ path: String, in application: String, _ service: String?,
      holding limit: Int?
    ) {
      let written = deployment["autoscaling_config"]
      let isAuto = deployment["num_replicas"]?.text == "auto"
      if let count = deployment["num_replicas"], !isAuto, written != nil {
        fields.error(
          "'num_replicas' and 'autoscaling_config' exclude each other", at: count, path: "\(path).num_replicas",
          help: "take num_replicas out, or write num_replicas: auto")
      }
      guard written != nil || isAuto else {
        others.append(title)
        return
      }
      let here = "\(path).autoscaling_config"
      var config = written == nil ? RayServeConfig() : fields.rayServeConfig(written, here)
      // With `auto` Ray raises the limit to 100; what is written stands.
      if isAuto, written?["max_replicas"] == nil { config.maxReplicas = max(100, config.minReplicas) }
      if let limit, limit < config.maxReplicas {
        fields.warning(
          "'max_replicas' of \(title) is \(config.maxReplicas), and the worker groups hold \(limit) of its replicas",
          at: written?["max_replicas"] ?? deployment, path: here + ".max_replicas",
          help: "raise maxReplicas of the worker groups, or write max_replicas: \(max(1, limit))")
      }
      var manifest = RayServeManifest(
        name: title, application: application, service: service, config: config,
        lookBack: fields.lookBack(written, here), warnings: Diagnostics())
      manifest.workerLimit = limit
      found.append(manifest)
    }

    init() {}
  }
}

/// The worker groups of a Ray cluster: what their pods offer, and how many there may be.
struct RayWorkers {
  private struct Group {
    var most: Int
    var gpus: Double
    var cpus: Double
  }
  private var groups: [Group] = []

  /// KubeRay reads a pod's resources from rayStartParams, else from the limits of its first container.
  init(_ cluster: Node) {
    for group in cluster["workerGroupSpecs"]?.elements ?? [] {
      let container = group["template"]?["spec"]?["containers"]?.elements?.first?["resources"]
      func offered(_ parameter: String, _ resource: String) -> Double {
        if let text = group["rayStartParams"]?[parameter]?.text, let number = Double(text), number >= 0, number < 1e9 {
          return number
        }
        let text = container?["limits"]?[resource]?.text ?? container?["requests"]?[resource]?.text
        return text.flatMap(KubernetesQuantity.init).map { Double($0.milli) / 1000 } ?? 0
      }
      // Without the in-tree autoscaler the groups stay at their number.
      let isFixed = cluster["enableInTreeAutoscaling"]?.bool == false
      let count = group["replicas"]?.integer
      let most = isFixed ? count : group["maxReplicas"]?.integer ?? count
      let hosts = min(max(1, group["numOfHosts"]?.integer ?? 1), 1_000_000)
      groups.append(
        Group(
          most: min(max(0, most ?? 0), 10_000_000) * hosts, gpus: offered("num-gpus", "nvidia.com/gpu"),
          cpus: offered("num-cpus", "cpu")))
    }
  }

  /// How many replicas of a deployment they hold at most; nil where its actors or the pods ask for nothing that is known. A
  /// replica of several GPUs may be spread over pods, as a placement group is.
  func replicas(of options: Node?, gpusAtLeast: Double) -> Int? {
    let gpus = max(gpusAtLeast, options?["num_gpus"]?.number ?? 0)
    if gpus > 0, groups.contains(where: { $0.gpus > 0 }) {
      let held = groups.reduce(0.0) { sum, group in
        // Fractions share a GPU; a replica within a pod's GPUs does not straddle two pods.
        let each = group.gpus >= gpus ? (group.gpus / gpus + 1e-9).rounded(.down) * gpus : group.gpus
        return sum + Double(group.most) * each
      }
      return Int(min(1e7, (held / gpus + 1e-9).rounded(.down)))
    }
    let cpus = options?["num_cpus"]?.number ?? 1
    guard cpus > 0, groups.contains(where: { $0.cpus > 0 }) else { return nil }
    return Int(min(1e7, groups.reduce(0.0) { $0 + Double($1.most) * ($1.cpus / cpus + 1e-9).rounded(.down) }))
  }
}

extension FieldReader {
  /// `look_back_period_s`, 30 s where it is not there.
  mutating func lookBack(_ config: Node?, _ path: String) -> Duration {
    .seconds(number(config?["look_back_period_s"], path + ".look_back_period_s", in: 0.1...86_400) ?? 30)
  }
}
