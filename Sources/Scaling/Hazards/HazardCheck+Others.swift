import Glibc
import Quantities

extension HazardCheck {
  /// What is known to go wrong with a ScaledObject: its autoscaler's hazards and those of the two controllers together.
  public static func check(
    _ spec: KedaSpec, settings: HPASettings = HPASettings(), _ context: HazardContext
  ) -> [Hazard] {
    var hazards: [Hazard] = []
    let resting = spec.idleReplicaCount ?? spec.minReplicaCount
    if resting == 0 {
      let wake = Double(spec.pollingInterval) + context.metricDelay.seconds + context.startup.seconds
      hazards.append(
        Hazard(
          "cold-start", .note, what: "the first requests after a pause wait \(text(wake)) s",
          because:
            "KEDA looks every \(spec.pollingInterval) s, the metric is \(text(context.metricDelay.seconds)) s old "
            + "and a start takes \(text(context.startup.seconds)) s",
          remedy: "write minReplicaCount: 1 where the objective does not allow it"))
      let size = context.replicas(for: context.peak.rawValue)
      if spec.behavior?.scaleDown != nil, size > 1 {
        hazards.append(
          Hazard(
            "zero-bypasses-scale-down", what: "scale-down rules do not hold for the step to \(resting)",
            because:
              "after \(spec.cooldownPeriod) s without activity KEDA goes from any number of replicas to \(resting) "
              + "at once, past the autoscaler",
            remedy: "write a cooldownPeriod longer than the quiet spells, or idleReplicaCount and a minimum above 0"))
      }
      if Double(spec.cooldownPeriod) < context.startup.seconds {
        hazards.append(
          Hazard(
            "cooldown-below-startup", what: "cooldownPeriod: \(spec.cooldownPeriod) is shorter than a start",
            because: "a pause of \(spec.cooldownPeriod) s costs \(text(context.startup.seconds)) s of start-up",
            remedy: "write cooldownPeriod: \(clampedInt32(ceil(2 * context.startup.seconds)))"))
      }
    } else if spec.cooldownPeriod != 300 {
      hazards.append(
        Hazard(
          "cooldown-without-zero", .note, what: "cooldownPeriod has no effect here",
          because: "it counts for the step to zero only; above that the autoscaler's window of "
            + "\(text(settings.downscaleStabilization.seconds)) s holds",
          remedy: "write stabilizationWindowSeconds under advanced.horizontalPodAutoscalerConfig.behavior.scaleDown"))
    }
    if Double(spec.pollingInterval) < settings.syncPeriod.seconds, spec.triggers.contains(where: { !$0.isResource }) {
      hazards.append(
        Hazard(
          "polling-is-not-the-pace", .note,
          what: "pollingInterval: \(spec.pollingInterval) does not make scaling faster",
          because: "it wakes from zero; between one and many the autoscaler looks every "
            + "\(text(settings.syncPeriod.seconds)) s",
          remedy: "leave it at 30 unless waking matters"))
    }
    if spec.fallback == nil, resting == 0, spec.triggers.contains(where: { !$0.isResource }) {
      hazards.append(
        Hazard(
          "no-fallback", .note, what: "an outage of the metrics source freezes the replicas",
          because: "without a fallback a trigger that fails neither wakes the service nor scales it",
          remedy: "write fallback: { failureThreshold: 3, replicas: "
            + "\(max(1, context.replicas(for: context.trough.rawValue))) }"))
    }
    return hazards + triggers(of: spec)
      + check(spec.hpa, settings: settings, context).filter {
        // At zero the floor is what KEDA leaves, told above.
        $0.name != "floor-below-startup" || resting > 0
      }
  }

  /// What goes wrong between autoscalers of one namespace: two that move the same object.
  public static func conflicts(_ hpas: [HPAManifest], _ kedas: [KedaManifest]) -> [Hazard] {
    var owners: [(target: ScaleTarget, namespace: String, who: String, isHPA: Bool)] = []
    // A ScaledObject's own HPA, as 'kubectl get' shows it, is the same owner seen twice.
    let own = hpas.filter { hpa in
      !kedas.contains { keda in
        (keda.namespace ?? "default") == (hpa.namespace ?? "default")
          && (hpa.ownerScaledObject == keda.name || hpa.name == keda.hpaName)
      }
    }
    owners += own.map { ($0.spec.target, $0.namespace ?? "default", "HorizontalPodAutoscaler \($0.name)", true) }
    owners += kedas.map { ($0.spec.target, $0.namespace ?? "default", "ScaledObject \($0.name)", false) }
    var hazards: [Hazard] = owners.compactMap { deadTarget($0.target, $0.who) }
    for (i, one) in owners.enumerated() {
      for other in owners[(i + 1)...]
      where one.target.kind == other.target.kind && one.target.name == other.target.name
        && one.namespace == other.namespace
      {
        hazards.append(
          Hazard(
            "two-owners", what: "\(one.who) and \(other.who) both own \(one.target.kind)/\(one.target.name)",
            // kubernetes/kubernetes pkg/controller/podautoscaler/horizontal.go, since 1.26: pods that several HPAs select
            // set ScalingActive to False with the reason AmbiguousSelector. A ScaledObject acts through an HPA.
            because:
              "several HorizontalPodAutoscalers select the same pods, so since Kubernetes 1.26 each of them stops "
              + "with AmbiguousSelector and nothing scales; before, each undid what the other did",
            remedy: "keep one: put the metrics of both into it (KEDA has cpu and memory triggers)"))
      }
    }
    return hazards
  }

  /// What is known to go wrong with a Knative revision.
  public static func check(_ policy: KnativePolicy, _ context: HazardContext) -> [Hazard] {
    var hazards: [Hazard] = []
    floor(policy.minScale, reaction: context.reaction(period: policy.period), context, "min-scale", &hazards)
    if policy.maxScale > 0 { ceiling(policy.maxScale, context, "max-scale", &hazards) }
    if Double(policy.spec.stableWindow) < context.startup.seconds {
      hazards.append(
        Hazard(
          "window-below-startup", what: "the window of \(policy.spec.stableWindow) s is shorter than a start",
          because:
            "panic ends before the pods that it asked for serve (\(text(context.startup.seconds)) s), and the fleet "
            + "may shrink again",
          remedy: "write window: \(clampedInt32(min(3600, ceil(2 * context.startup.seconds))))s"))
    }
    if policy.minScale == 0, context.startup.seconds > 10 {
      hazards.append(
        Hazard(
          "cold-start", .note, what: "the first requests after a pause wait \(text(context.startup.seconds)) s",
          because: "min-scale is 0 and the activator holds them until a pod serves", remedy: "write min-scale: 1"))
    }
    return hazards
  }

  /// What is known to go wrong with a Ray Serve deployment.
  public static func check(_ config: RayServeConfig, _ context: HazardContext) -> [Hazard] {
    var hazards: [Hazard] = []
    let reaction = context.reaction(period: .seconds(config.upscaleDelay))
    floor(config.minReplicas, reaction: reaction, context, "min_replicas", &hazards)
    ceiling(config.maxReplicas, context, "max_replicas", &hazards)
    if config.downscaleDelay < context.startup.seconds {
      hazards.append(
        Hazard(
          "scale-down-faster-than-startup", what: "replicas go faster than they can come back",
          because:
            "downscale_delay_s is \(text(config.downscaleDelay)) and a start takes \(text(context.startup.seconds)) s",
          remedy: "write downscale_delay_s: \(clampedInt32(ceil(2 * context.startup.seconds)))"))
    }
    if config.upscalingFactor < 1 {
      hazards.append(
        Hazard(
          "upscaling-factor", .note,
          what: "each increase makes only \(text(config.upscalingFactor * 100)) % of the way",
          because: "and then waits another \(text(config.upscaleDelay)) s", remedy: "write upscaling_factor: 1"))
    }
    return hazards
  }
}
