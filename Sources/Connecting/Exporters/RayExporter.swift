import Documents
import Planning
import Quantities
import Scaling

/// A plan's bounds and target in the Ray Serve config, or the RayService, that its policy was read from.
public enum RayExporter {
  public static let descriptor = ExporterDescriptor(
    name: "ray", summary: "Your own Ray Serve config or RayService, with the plan's bounds and target.",
    parameters: [], example: "headroom export ray plan.yaml > serve.yaml"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    guard let own = outcome.plan.policy as? RayServeRecipe, let source = own.source else {
      throw ExportFault(
        "There is no Ray Serve config to write into. Name it in the plan: scaling: { ray: { manifest: serve.yaml } }.")
    }
    var config = own.config
    config.maxReplicas = max(config.maxReplicas, outcome.sizing.replicas)
    var notes: [String] = []
    if config.maxReplicas > own.config.maxReplicas {
      notes.append("max_replicas is raised from \(own.config.maxReplicas) to \(config.maxReplicas), for the peak.")
    }
    if let limit = own.workerLimit, limit < config.maxReplicas {
      notes.append("The worker groups hold \(limit) replicas: raise their maxReplicas, too.")
    }
    let changed = config
    let export = try request.patch(
      source, { (source) throws(Diagnostics) in try source.patched(ray: { $0 = changed }) }, notes: notes)
    return export ?? Export("", notes: notes)
  }
}
