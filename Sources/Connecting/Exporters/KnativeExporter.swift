import Documents
import Planning
import Quantities
import Scaling

/// A plan as a Knative Service whose annotations hold the target and the bounds.
public enum KnativeExporter {
  public static let descriptor = ExporterDescriptor(
    name: "knative", summary: "A Knative Service with the autoscaling annotations of the plan.",
    parameters: ExportRequest.common + [.init("image", default: "IMAGE", "the container's image")],
    example: "headroom export knative plan.yaml --set image=registry.example/shop:1 > service.yaml"
  ) { (request) throws(ExportFault) in
    let outcome = request.outcome
    let sizing = outcome.sizing
    var manifest: KnativeManifest
    var notes: [String] = []
    if let own = outcome.plan.policy as? KnativeRecipe {
      manifest = own.manifest
      if manifest.maxScale > 0 { manifest.maxScale = max(manifest.maxScale, sizing.replicas) }
      let changed = manifest
      let name = try request.name()
      let namespace = try request.namespace()
      let settings = request.settings
      let patched = try request.patch(
        own.source,
        { (source) throws(Diagnostics) in
          try source.patched(knative: { manifest in
            let (oldName, oldNamespace, oldImage) = (manifest.name, manifest.namespace, manifest.image)
            manifest = changed
            manifest.name = settings["name"] == nil ? oldName : name
            manifest.namespace = namespace ?? oldNamespace
            manifest.image = settings["image"] ?? oldImage
          })
        }, notes: [])
      if let patched { return patched }
    } else {
      var spec = KnativeSpec()
      let policy = outcome.plan.policy
      let tracked = policy as? TargetTrackingRecipe
      if tracked?.signal == .concurrency {
        spec.metric = .concurrency
        spec.totalValue = (tracked?.target ?? 70) / 0.7
      } else {
        spec.metric = .rps
        let load = tracked?.signal == .requestRate ? tracked?.target : nil
        spec.totalValue = load.map { $0 / 0.7 } ?? sizing.capacityPerReplica.perSecond
      }
      spec.totalValue = max(0.01, (spec.totalValue * 100).rounded() / 100)
      let share = tracked?.signal == .utilization ? (tracked?.target ?? 0.7) : 0.7
      spec.targetValue = spec.totalValue * share
      // Panic must outlast a start, or the pods that it asked for come when it is over.
      let startup = outcome.plan.service.startup.mean.seconds
      spec.stableWindow = Int(min(3600, max(60, (2 * startup).rounded(.up))))
      spec.panicWindow = max(1, spec.stableWindow / 10)
      manifest = KnativeManifest(
        name: "", spec: spec, minScale: max(1, outcome.bounds.minimum), maxScale: max(1, outcome.bounds.maximum),
        targetUtilization: share)
      if policy as? TargetTrackingRecipe == nil {
        notes.append(
          "The policy '\(policy.name)' has no counterpart in Knative; 70 % of a replica's capacity is the target.")
      }
    }
    manifest.name = try request.name()
    manifest.namespace = try request.namespace()
    manifest.image = request.settings["image"] ?? manifest.image
    if manifest.image == "IMAGE" { notes.append("The image is left to you: set image=NAME.") }
    return Export(manifest.yaml, notes: notes)
  }
}
