import Documents
import Scaling

/// What stands beside autoscalers in manifests and decides whether they work: what they scale, and who else moves it.
public struct ManifestSurroundings: Sendable {
  /// A Deployment, StatefulSet, ReplicaSet or Rollout.
  struct Workload: Sendable {
    var kind: String
    var name: String
    var namespace: String
    /// `spec.replicas`, where it is written.
    var replicas: Node?
    /// By container, the resources that it requests.
    var containers: [(name: String, requests: Set<String>)]
    var selector: [String: String]
    var labels: [String: String]
  }
  /// A VerticalPodAutoscaler that changes requests.
  struct Vertical: Sendable {
    var name: String
    var namespace: String
    var kind: String
    var target: String
    var mode: String
    var resources: Set<String>
  }
  private(set) var workloads: [Workload] = []
  private(set) var verticals: [Vertical] = []

  public init() {}
  /// Whether something was read that autoscalers depend on.
  public var isEmpty: Bool { workloads.isEmpty && verticals.isEmpty }

  public mutating func merge(_ other: ManifestSurroundings) {
    workloads += other.workloads
    verticals += other.verticals
  }

  private static func texts(_ node: Node?) -> [String: String] {
    Dictionary(
      (node?.entries ?? []).compactMap { entry in entry.value.text.map { (entry.key, $0) } },
      uniquingKeysWith: { first, _ in first })
  }

  /// Reads one object, where it is of a kind that matters here.
  mutating func read(_ node: Node) {
    let kind = node["kind"]?.text ?? ""
    let name = node["metadata"]?["name"]?.text ?? ""
    let namespace = node["metadata"]?["namespace"]?.text ?? "default"
    let spec = node["spec"]
    switch kind {
    case "Deployment", "StatefulSet", "ReplicaSet", "Rollout":
      let template = spec?["template"]
      workloads.append(
        Workload(
          kind: kind, name: name, namespace: namespace, replicas: spec?["replicas"].flatMap { $0.isNull ? nil : $0 },
          containers: (template?["spec"]?["containers"]?.elements ?? []).map { container in
            let resources = container["resources"]
            // Without a request the API takes the limit for it.
            let keys = (resources?["requests"]?.entries ?? []) + (resources?["limits"]?.entries ?? [])
            return (container["name"]?.text ?? "", Set(keys.map(\.key)))
          }, selector: Self.texts(spec?["selector"]?["matchLabels"]),
          labels: Self.texts(template?["metadata"]?["labels"])))
    case "VerticalPodAutoscaler":
      // The default mode changes requests (autoscaling.k8s.io/v1: Auto, today as Recreate).
      let mode = spec?["updatePolicy"]?["updateMode"]?.text ?? "Auto"
      guard mode != "Off" else { return }
      var resources: Set<String> = ["cpu", "memory"]
      for policy in spec?["resourcePolicy"]?["containerPolicies"]?.elements ?? []
      where policy["containerName"]?.text == "*" {
        if policy["mode"]?.text == "Off" { resources = [] }
        if let controlled = policy["controlledResources"]?.elements {
          resources.formIntersection(controlled.compactMap(\.text))
        }
      }
      verticals.append(
        Vertical(
          name: name, namespace: namespace, kind: spec?["targetRef"]?["kind"]?.text ?? "",
          target: spec?["targetRef"]?["name"]?.text ?? "", mode: mode, resources: resources))
    default: return
    }
  }

  // MARK: Judging

  /// What goes wrong between autoscalers and what stands beside them.
  public func hazards(of objects: [ImportedObject]) -> [Hazard] {
    var hazards: [Hazard] = []
    for object in objects {
      guard let target = object.target else { continue }
      let who = "\(object.kind) \(object.name)"
      let namespace = object.namespace ?? "default"
      let meant = workloads.filter {
        $0.kind == target.kind && $0.name == target.name && $0.namespace == namespace
      }
      for workload in meant {
        let named = "\(workload.kind)/\(workload.name)"
        if let replicas = workload.replicas {
          hazards.append(
            Hazard(
              "replicas-beside-autoscaler", what: "\(named) says replicas: \(replicas.text ?? "") and \(who) scales it",
              because: "each apply of the manifest sets the replicas back, and the autoscaler has to begin anew",
              remedy:
                "take replicas: out of the manifest (kubectl apply keeps what runs once the field is no longer managed)"
            ))
        }
        for resource in object.utilizations.sorted() {
          let lacking = workload.containers.filter { !$0.requests.contains(resource) }
          guard let first = lacking.first else { continue }
          hazards.append(
            Hazard(
              "request-missing",
              what:
                "\(who) holds a share of the \(resource) request, and \(named) has none in container '\(first.name)'",
              because:
                "a share of nothing cannot be told: the autoscaler reports FailedGetResourceMetric and stands still",
              remedy:
                "write resources: { requests: { \(resource): ... } } in each container, or scale on a container's resource"
            ))
        }
        hazards += overlaps(of: workload, who)
      }
      for vertical in verticals
      where vertical.kind == target.kind && vertical.target == target.name && vertical.namespace == namespace {
        let both = object.utilizations.intersection(vertical.resources)
        guard !both.isEmpty else { continue }
        hazards.append(
          Hazard(
            "vertical-on-same-resource",
            what:
              "\(who) scales \(target.kind)/\(target.name) by \(both.sorted().joined(separator: " and ")), which VerticalPodAutoscaler \(vertical.name) changes",
            because:
              "it changes the request that the share is taken of (mode \(vertical.mode)), so each answers what the other did",
            remedy:
              "write updateMode: \"Off\", leave the resource out of controlledResources, or scale on requests a second")
        )
      }
    }
    return hazards
  }

  /// Other workloads whose pods this one's selector takes for its own, or the other way round.
  private func overlaps(of workload: Workload, _ who: String) -> [Hazard] {
    func selects(_ selector: [String: String], _ labels: [String: String]) -> Bool {
      !selector.isEmpty && selector.allSatisfy { labels[$0.key] == $0.value }
    }
    return workloads.filter { other in
      other.namespace == workload.namespace && (other.kind, other.name) != (workload.kind, workload.name)
        && selects(workload.selector, other.labels)
    }.map { other in
      Hazard(
        "overlapping-selectors",
        what: "the selector of \(workload.kind)/\(workload.name) takes the pods of \(other.kind)/\(other.name), too",
        because: "\(who) counts and measures both: its share and its number of pods are those of two services",
        remedy: "give both a label of their own and select by it")
    }
  }
}

extension ImportedObject {
  /// What it scales; nil where it scales nothing by a reference.
  var target: ScaleTarget? { hpa?.spec.target ?? keda?.spec.target }

  /// The resources whose share of the request it holds.
  var utilizations: Set<String> {
    var names: Set<String> = []
    let metrics = (hpa?.spec.metrics ?? []) + (keda?.spec.hpa.metrics ?? [])
    for metric in metrics {
      if case .utilization = metric.goal, case .resource(let name) = metric.source { names.insert(name) }
    }
    return names
  }
}
