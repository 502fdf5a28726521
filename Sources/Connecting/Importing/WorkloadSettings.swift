import Documents
import Scaling

/// What a Deployment and its HorizontalPodAutoscaler set today: the request of a pod, and the share of it that is held.
public struct WorkloadSettings: Sendable {
  public var name = ""
  /// Of all containers of a pod together, in thousandths of a core; nil where nobody says.
  public var requestMilli: Int64?
  public var limitMilli: Int64?
  /// Percent of the request.
  public var target: Int?
  public var minimum: Int?
  public var maximum: Int?

  public init() {}

  /// Reads the first workload and the first autoscaler of some manifests.
  /// - Throws: where the text is no YAML, or an autoscaler would be refused.
  public init(_ bytes: [UInt8], file: String) throws(Diagnostics) {
    for node in try ManifestFile.nodes(bytes, file: file) {
      switch node["kind"]?.text {
      case "Deployment", "StatefulSet":
        guard requestMilli == nil else { continue }
        let containers = node["spec"]?["template"]?["spec"]?["containers"]?.elements ?? []
        name = node["metadata"]?["name"]?.text ?? ""
        func sum(_ what: String, _ otherwise: String?) -> Int64? {
          var total: Int64 = 0
          for container in containers {
            let resources = container["resources"]
            let text = resources?[what]?["cpu"]?.text ?? otherwise.flatMap { resources?[$0]?["cpu"]?.text }
            guard let quantity = text.flatMap({ KubernetesQuantity($0) }), quantity.milli > 0 else { return nil }
            total = total.addingReportingOverflow(quantity.milli).partialValue
          }
          return containers.isEmpty || total <= 0 ? nil : total
        }
        // Without a request the API takes the limit for it.
        requestMilli = sum("requests", "limits")
        limitMilli = sum("limits", nil)
      case "HorizontalPodAutoscaler":
        guard target == nil else { continue }
        let spec = try HPAManifest.read(node).spec
        if name.isEmpty { name = spec.target.name }
        minimum = max(1, spec.minReplicas)
        maximum = spec.maxReplicas
        for metric in spec.metrics {
          guard case .resource(name: "cpu") = metric.source, case .utilization(let share) = metric.goal else {
            continue
          }
          target = share
        }
      default: continue
      }
    }
  }

  /// What is not said yet, from another file.
  public mutating func merge(_ other: WorkloadSettings) {
    if name.isEmpty { name = other.name }
    requestMilli = requestMilli ?? other.requestMilli
    limitMilli = limitMilli ?? other.limitMilli
    target = target ?? other.target
    minimum = minimum ?? other.minimum
    maximum = maximum ?? other.maximum
  }
}
