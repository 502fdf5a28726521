import Glibc
import Quantities

extension HazardCheck {
  /// What is known to go wrong with an autoscaler's settings on this service and demand, the gravest first.
  public static func check(
    _ spec: HPASpec, settings: HPASettings = HPASettings(), _ context: HazardContext
  ) -> [Hazard] {
    var hazards: [Hazard] = []
    let reaction = context.reaction(period: settings.syncPeriod)
    floor(spec.minReplicas, reaction: reaction, context, "minReplicas", &hazards)
    ceiling(spec.maxReplicas, context, "maxReplicas", &hazards)
    rateLimits(spec, settings, context, &hazards)
    windows(spec, settings, context, &hazards)
    tolerance(spec, settings, context, &hazards)
    scaleDown(spec, settings, context, &hazards)
    metrics(spec, settings, context, &hazards)
    hazards += resources(of: spec)
    return hazards
  }

  /// Below this floor the rise of demand outruns what can be started.
  static func floor(
    _ minimum: Int, reaction: Double, _ context: HazardContext, _ field: String, _ hazards: inout [Hazard]
  ) {
    guard context.steepestRamp > 0, context.steepestRamp.isFinite, reaction.isFinite else { return }
    let rise = context.steepestRamp * reaction
    let reached = min(context.trough.rawValue + rise, context.peak.rawValue)
    let needed = context.replicas(for: reached)
    guard needed > max(minimum, 0) else { return }
    hazards.append(
      Hazard(
        "floor-below-startup", what: "\(field): \(minimum) is too few for the time that a start takes",
        because: "from a quiet \(text(context.trough.rawValue)) req/s demand can reach \(text(reached)) req/s in the "
          + "\(text(reaction)) s until new replicas serve, which takes \(needed) replicas",
        remedy: "write \(field): \(needed), start faster, or scale ahead on a schedule or forecast"))
  }

  static func ceiling(_ maximum: Int, _ context: HazardContext, _ field: String, _ hazards: inout [Hazard]) {
    let needed = context.replicas(for: context.peak.rawValue)
    guard needed > maximum else { return }
    hazards.append(
      Hazard(
        "ceiling-below-peak", what: "\(field): \(maximum) is too few for the peak",
        because: "\(text(context.peak.rawValue)) req/s need \(needed) replicas at "
          + "\(text(context.safeUtilization * 100)) % busy",
        remedy: "write \(field): \(needed) or more"))
  }

  private static func rateLimits(
    _ spec: HPASpec, _ settings: HPASettings, _ context: HazardContext, _ hazards: inout [Hazard]
  ) {
    if spec.behavior?.scaleUp.select == .disabled {
      hazards.append(
        Hazard(
          "scale-up-disabled", what: "scaleUp is disabled", because: "the fleet can only shrink, and demand rises",
          remedy: "write selectPolicy: Max"))
      return
    }
    // What one replica serves is not known where a manifest is looked at alone.
    guard context.replicaCapacity > .zero else { return }
    let ramp = context.steepestRamp / max(context.replicaCapacity.rawValue * context.safeUtilization, 1e-12)
    guard ramp > 0, ramp.isFinite else { return }
    let size = max(1, spec.minReplicas, context.replicas(for: context.trough.rawValue))
    let allowed = upwardRate(spec, settings, size: size)
    guard allowed < ramp else { return }
    let perMinute = clampedInt32(ceil(ramp * 60))
    hazards.append(
      Hazard(
        "rate-limit-below-ramp", what: "the scale-up policies cannot follow the steepest rise of demand",
        because: "it asks for \(text(ramp * 60)) replicas a minute, and from \(size) replicas "
          + "\(text(allowed * 60)) a minute are allowed",
        remedy: "add { type: Pods, value: \(perMinute), periodSeconds: 60 } with selectPolicy: Max"))
  }

  /// Replicas a second that the rules allow from a fleet of a size, over the longest period of the rules.
  static func upwardRate(_ spec: HPASpec, _ settings: HPASettings, size: Int) -> Double {
    guard let rules = spec.behavior?.scaleUp else {
      // Twice the replicas, or four, at each sync.
      return Double(max(size, 4 - size)) / max(settings.syncPeriod.seconds, 1)
    }
    let rates = rules.policies.map { policy -> Double in
      let pods = policy.unit == .pods ? Double(policy.value) : ceil(Double(size) * Double(policy.value) / 100)
      return pods / Double(policy.periodSeconds)
    }
    return (rules.select == .min ? rates.min() : rates.max()) ?? 0
  }

  private static func windows(
    _ spec: HPASpec, _ settings: HPASettings, _ context: HazardContext, _ hazards: inout [Hazard]
  ) {
    let down = spec.behavior?.scaleDown.windowSeconds.map(Double.init) ?? settings.downscaleStabilization.seconds
    let blind = context.metricDelay.seconds + settings.syncPeriod.seconds
    if down < blind {
      hazards.append(
        Hazard(
          "window-below-metric-delay",
          what: "the scale-down window of \(text(down)) s is shorter than the metric's way",
          because: "a reading is up to \(text(blind)) s old when it is acted on, so the fleet shrinks on what was true "
            + "before its last change",
          remedy: "write stabilizationWindowSeconds: \(clampedInt32(ceil(2 * blind))) under scaleDown"))
    }
    let up = Double(spec.behavior?.scaleUp.windowSeconds ?? 0)
    if up > 0, up * context.steepestRamp > 0.2 * max(context.trough.rawValue, context.replicaCapacity.rawValue) {
      hazards.append(
        Hazard(
          "scale-up-window", .note, what: "a scale-up window of \(text(up)) s delays every increase",
          because: "demand can rise by \(text(up * context.steepestRamp)) req/s meanwhile",
          remedy: "write stabilizationWindowSeconds: 0 under scaleUp, unless spikes are shorter than a start"))
    }
  }

  private static func tolerance(
    _ spec: HPASpec, _ settings: HPASettings, _ context: HazardContext, _ hazards: inout [Hazard]
  ) {
    let up = spec.behavior?.scaleUp.tolerance?.approximate ?? settings.tolerance
    for metric in spec.metrics {
      guard case .utilization(let percent) = metric.goal, metric.name == "cpu" else { continue }
      let reached = Double(percent) / 100 * (1 + up)
      if context.isSafeUtilizationKnown, reached > context.safeUtilization {
        let target = clampedInt32(Glibc.floor(context.safeUtilization * 100 / (1 + up)))
        hazards.append(
          Hazard(
            "tolerance-beyond-objective", what: "nothing is added before \(text(reached * 100)) % busy",
            because: "the target of \(percent) % and a tolerance of \(text(up * 100)) % lie above the "
              + "\(text(context.safeUtilization * 100)) % at which the objective still holds",
            remedy: "write averageUtilization: \(max(1, target)), or tolerance: 0.01 under scaleUp"))
      }
    }
    let largest = min(spec.maxReplicas, max(context.replicas(for: context.peak.rawValue), spec.minReplicas))
    if up * Double(largest) >= 5 {
      hazards.append(
        Hazard(
          "tolerance-in-replicas", .note,
          what: "the dead band is \(text(Glibc.floor(up * Double(largest)))) replicas wide at the peak",
          because: "a tolerance of \(text(up * 100)) % of \(largest) replicas goes unanswered, each way",
          remedy: "write a tolerance under behavior.scaleUp (Kubernetes 1.33 and later), such as 0.02"))
    }
  }

  private static func scaleDown(
    _ spec: HPASpec, _ settings: HPASettings, _ context: HazardContext, _ hazards: inout [Hazard]
  ) {
    let rules = spec.behavior?.scaleDown ?? .defaultScaleDown
    guard rules.select != .disabled, context.startup > .zero else { return }
    let window = rules.windowSeconds.map(Double.init) ?? settings.downscaleStabilization.seconds
    let startup = context.startup.seconds
    let size = max(2, context.replicas(for: context.peak.rawValue))
    let losses = rules.policies.map { policy -> Double in
      let pods = policy.unit == .pods ? Double(policy.value) : Double(size) * Double(policy.value) / 100
      return min(Double(size), pods * max(1, startup / Double(policy.periodSeconds)))
    }
    let lost = (rules.select == .min ? losses.min() : losses.max()) ?? 0
    guard window < startup, lost >= Double(size) / 2 else { return }
    hazards.append(
      Hazard(
        "scale-down-faster-than-startup", what: "replicas go faster than they can come back",
        because:
          "in the \(text(startup)) s that a start takes, \(text(lost)) of \(size) replicas may go, after a dip of "
          + "only \(text(window)) s",
        remedy: "write stabilizationWindowSeconds: \(clampedInt32(ceil(2 * startup))) and "
          + "policies: [{ type: Percent, value: 10, periodSeconds: 60 }] under scaleDown"))
  }

  private static func metrics(
    _ spec: HPASpec, _ settings: HPASettings, _ context: HazardContext, _ hazards: inout [Hazard]
  ) {
    for metric in spec.metrics {
      switch (metric.source, metric.goal) {
      case (.object, .value), (.external, .value):
        hazards.append(
          Hazard(
            "all-unready-drop", what: "'\(metric.name)' of type Value drops to the minimum when no pod is ready",
            because:
              "the proposal is the ratio times the ready pods, and with none ready (overload, a bad rollout) that "
              + "is 0 replicas, at the worst moment",
            remedy: "write type: AverageValue with the load for each pod"))
      case (.resource(let name), .utilization(let percent)) where name == "cpu":
        // A busy meter ends at 100 %: the proposal never exceeds 100 / target times the fleet.
        let factor = max(1.0001, 100 / Double(percent))
        let start = max(context.trough.rawValue, context.replicaCapacity.rawValue * Double(max(1, spec.minReplicas)))
        guard context.peak.rawValue > start, start > 0 else { continue }
        let rounds = ceil(log(context.peak.rawValue / start) / log(factor))
        let climb = context.reaction(period: settings.syncPeriod) * rounds
        let given = context.steepestRamp > 0 ? (context.peak.rawValue - start) / context.steepestRamp : .infinity
        if climb > given {
          hazards.append(
            Hazard(
              "saturating-metric", what: "CPU utilization cannot say how much is missing",
              because: "it ends at 100 %, so each round asks for at most \(text(factor)) times the fleet: up to "
                + "\(text(climb)) s to the peak, and demand can be there in \(text(given)) s",
              remedy: "scale on requests per second or queue depth, which do not saturate"))
        }
      default: continue
      }
    }
  }
}
