import Documents
import Quantities
import Scaling

/// Reads whatever scales in files of manifests, and says what it means.
public enum ManifestImport {
  /// - Returns: the objects that scale something, everything that is wrong or worth a word, with places, and what stands
  ///   beside them.
  public static func read(
    _ bytes: [UInt8], file: String, zones: @escaping (String) -> TimeZoneRules?
  ) -> (objects: [ImportedObject], problems: Diagnostics, surroundings: ManifestSurroundings) {
    if let metrics = MetricsPage.read(bytes, file: file) {
      return (metrics, Diagnostics(), ManifestSurroundings())
    }
    var problems = Diagnostics()
    let nodes: [Node]
    do throws(Diagnostics) {
      nodes = try ManifestFile.nodes(bytes, file: file)
    } catch {
      return ([], error, ManifestSurroundings())
    }
    var surroundings = ManifestSurroundings()
    for node in nodes { surroundings.read(node) }
    var objects: [ImportedObject] = []
    // One file's Ray configs are read together, so that a deployment is told once.
    if nodes.contains(where: { $0["kind"]?.text == "RayService" || $0["kind"] == nil && $0["applications"] != nil }) {
      do throws(Diagnostics) {
        objects += try ray(bytes, file, &problems)
      } catch {
        problems.merge(error)
      }
    }
    for node in nodes {
      do throws(Diagnostics) {
        if let object = try self.object(node, bytes, file: file, count: nodes.count, zones, &problems) {
          objects.append(object)
        }
      } catch {
        problems.merge(error)
      }
    }
    var inventory = ClusterInventory()
    for node in nodes { inventory.read(node, file: file) }
    return (objects + inventory.objects(), problems, surroundings)
  }

  private static func object(
    _ node: Node, _ bytes: [UInt8], file: String, count: Int, _ zones: @escaping (String) -> TimeZoneRules?,
    _ problems: inout Diagnostics
  ) throws(Diagnostics) -> ImportedObject? {
    let kind = node["kind"]?.text ?? ""
    let version = node["apiVersion"]?.text ?? ""
    func scaling(_ policy: String, _ name: String) -> String {
      let path = file == "standard input" ? "\(policy).yaml" : file
      return count == 1
        ? "scaling: { \(policy): \(path) }" : "scaling: { \(policy): { manifest: \(path), name: \(name) } }"
    }
    switch kind {
    case "HorizontalPodAutoscaler":
      let manifest = try HPAManifest.read(node)
      problems.merge(manifest.warnings)
      var object = ImportedObject(
        kind: kind, name: manifest.name, namespace: manifest.namespace, file: file,
        sentences: ManifestSentences.of(manifest.spec), plan: scaling("hpa", manifest.name))
      object.hpa = manifest
      object.recipe = try? HPARecipe(manifest.spec, objectName: manifest.name)
      return object
    case "ScaledObject":
      let manifest = try KedaManifest.read(node, zones: zones)
      problems.merge(manifest.warnings)
      var object = ImportedObject(
        kind: kind, name: manifest.name, namespace: manifest.namespace, file: file,
        sentences: ManifestSentences.of(manifest.spec), plan: scaling("keda", manifest.name))
      object.keda = manifest
      object.recipe = try? KedaRecipe(manifest.spec, objectName: manifest.name)
      return object
    case "Service" where version.hasPrefix("serving.knative.dev/"):
      let manifest = try KnativeManifest.read(node)
      problems.merge(manifest.warnings)
      var object = ImportedObject(
        kind: "Knative Service", name: manifest.name, namespace: manifest.namespace, file: file,
        sentences: ManifestSentences.of(manifest), plan: scaling("knative", manifest.name))
      object.recipe = KnativeRecipe(manifest)
      return object
    case "NodePool" where version.hasPrefix("karpenter.sh/"):
      return try nodePool(node, file)
    default: return nil
    }
  }

  private static func ray(
    _ bytes: [UInt8], _ file: String, _ problems: inout Diagnostics
  ) throws(Diagnostics) -> [ImportedObject] {
    let (deployments, warnings) = try RayServeManifest.all(bytes, file: file)
    problems.merge(warnings)
    return deployments.map { manifest in
      let shown = file == "standard input" ? "serve.yaml" : file
      let isAlone = deployments.filter { $0.name == manifest.name }.count == 1
      var object = ImportedObject(
        kind: "Ray Serve deployment", name: isAlone ? manifest.name : manifest.path, namespace: nil, file: file,
        sentences: ManifestSentences.of(manifest),
        plan: "scaling: { ray: { manifest: \(shown), name: \(isAlone ? manifest.name : manifest.path) } }")
      var recipe = RayServeRecipe(manifest.config)
      recipe.deployment = manifest.name
      recipe.workerLimit = manifest.workerLimit
      object.recipe = recipe
      return object
    }
  }

  /// A Karpenter NodePool: what its machines may be, and how many.
  private static func nodePool(_ node: Node, _ file: String) throws(Diagnostics) -> ImportedObject {
    let name = node["metadata"]?["name"]?.text ?? ""
    let version = node["apiVersion"]?.text ?? ""
    guard version == "karpenter.sh/v1" else {
      throw Diagnostics([
        .error(
          "'\(version)' is an old version of a NodePool", at: node["apiVersion"]?.location, path: "apiVersion",
          help: "write karpenter.sh/v1; 'karpenter convert' helps")
      ])
    }
    let template = node["spec"]?["template"]?["spec"]
    guard let reference = template?["nodeClassRef"], reference["name"]?.text != nil else {
      throw Diagnostics([
        .error(
          "the NodePool names no node class", at: (template ?? node).location, path: "spec.template.spec.nodeClassRef",
          help: "write nodeClassRef: { group: karpenter.k8s.aws, kind: EC2NodeClass, name: NAME }")
      ])
    }
    let requirements = (template?["requirements"]?.elements ?? []).map(KarpenterRequirement.init)
    let limits = node["spec"]?["limits"]?.entries ?? []
    let machines = KarpenterRequirement.machines(requirements, of: .builtIn)
    var sentences = KarpenterRequirement.sentences(requirements)
    sentences.append(
      limits.isEmpty
        ? "There is no limit."
        : "At most \(limits.map { "\($0.key) \($0.value.text ?? "")" }.joined(separator: ", ")) in all.")
    var plan = ""
    if let first = machines.first {
      // How many machines the limits hold: the plan's quota.
      let quota = KarpenterRequirement.quota(limits.map { ($0.key, $0.value.text ?? "") }, of: first)
      if let quota { sentences.append("That is \(quota) \(first.name).") }
      plan = "machines: [ { type: \(first.name)\(quota.map { ", quota: \($0)" } ?? "") } ]"
    }
    return ImportedObject(
      kind: "NodePool", name: name, namespace: nil, file: file, sentences: sentences, plan: plan)
  }

  // MARK: Showing

  /// A line a sentence, whatever its length.
  /// - Parameter together: what ``conflicts(_:among:)`` found.
  public static func text(_ objects: [ImportedObject], together: [Hazard]) -> String {
    var text = ""
    for (i, object) in objects.enumerated() {
      if i > 0 { text += "\n" }
      let place = object.namespace.map { " in \($0)" } ?? ""
      text += "\(object.kind) \(object.name)\(place) (\(object.file))\n"
      for sentence in object.sentences { text += "  \(sentence)\n" }
      if !object.plan.isEmpty { text += "  In a plan:  \(object.plan)\n" }
    }
    for hazard in together { text += "\n\(hazard.what): \(hazard.because); \(hazard.remedy).\n" }
    return text
  }

  /// What goes wrong between objects: those that move the same thing, and what stands beside them.
  public static func conflicts(_ objects: [ImportedObject], among surroundings: ManifestSurroundings) -> [Hazard] {
    HazardCheck.conflicts(objects.compactMap(\.hpa), objects.compactMap(\.keda)) + surroundings.hazards(of: objects)
  }

  public static func json(_ objects: [ImportedObject], together: [Hazard]) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("schema")
      json.string("headroom/import/1")
      json.key("objects")
      json.array { json in
        for object in objects {
          json.object { json in
            for (key, value) in [
              ("kind", object.kind), ("name", object.name), ("namespace", object.namespace ?? ""),
              ("file", object.file),
              ("plan", object.plan),
            ] {
              json.key(key)
              json.string(value)
            }
            json.key("says")
            json.array { json in for sentence in object.sentences { json.string(sentence) } }
          }
        }
      }
      json.key("conflicts")
      json.array { json in for hazard in together { json.string("\(hazard)") } }
    }
    return json.text + "\n"
  }
}
