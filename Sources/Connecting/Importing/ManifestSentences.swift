import Quantities
import Scaling

/// What manifests say, in words, with the defaults that the API fills in.
enum ManifestSentences {
  static func of(_ spec: HPASpec) -> [String] {
    var lines = [
      "Keeps \(spec.target.kind) \(spec.target.name) between \(spec.minReplicas) and \(spec.maxReplicas) replicas."
    ]
    for metric in spec.metrics { lines.append("Holds \(phrase(metric)).") }
    if spec.metrics.count > 1 { lines.append("The metric that asks for most decides.") }
    guard let behavior = spec.behavior else {
      lines.append(
        "Up: at each sync to twice the replicas, or four. Down: past the cluster's window (300 s), then at once.")
      return lines
    }
    lines.append("Up: " + phrase(behavior.scaleUp, window: behavior.scaleUp.windowSeconds ?? 0) + ".")
    lines.append("Down: " + phrase(behavior.scaleDown, window: behavior.scaleDown.windowSeconds ?? 300) + ".")
    return lines
  }

  private static func phrase(_ metric: HPAMetric) -> String {
    let goal =
      switch metric.goal {
      case .utilization(let percent): "at \(percent) % of the request"
      case .value(let quantity): "at \(quantity) in all"
      case .averageValue(let quantity): "at \(quantity) a pod"
      }
    switch metric.source {
    case .resource(let name): return "\(name) \(goal)"
    case .containerResource(let name, let container): return "\(name) of container \(container) \(goal)"
    case .pods(let name): return "the pods' \(name) \(goal)"
    case .object(let name, let kind, let object): return "\(name) of \(kind) \(object) \(goal)"
    case .external(let name): return "\(name) from outside the cluster \(goal)"
    }
  }

  private static func phrase(_ rules: HPAScalingRules, window: Int) -> String {
    if rules.select == .disabled { return "never" }
    let parts = rules.policies.map { policy in
      (policy.unit == .pods ? "\(policy.value) pods" : "\(policy.value) %") + " in \(policy.periodSeconds) s"
    }
    let which = parts.count > 1 ? (rules.select == .min ? ", whichever is less" : ", whichever is more") : ""
    var text = "at most " + parts.joined(separator: " or ") + which
    text += window > 0 ? ", after \(window) s" : ", at once"
    if let tolerance = rules.tolerance {
      text += ", past a tolerance of \(NumberFormat.significant(tolerance.approximate * 100, 3)) %"
    }
    return text
  }

  static func of(_ spec: KedaSpec) -> [String] {
    var lines: [String] = []
    let resting = spec.idleReplicaCount ?? spec.minReplicaCount
    lines.append(
      "Keeps \(spec.target.kind) \(spec.target.name) between \(max(1, spec.minReplicaCount)) and "
        + "\(spec.maxReplicaCount) replicas while a trigger is active.")
    for trigger in spec.triggers {
      switch trigger.kind {
      case .metric(let threshold, let activation):
        lines.append(
          "\(trigger.type) '\(trigger.name)': a replica for each \(threshold)\(trigger.isTotal ? " (as a total)" : "")"
            + ", active above \(NumberFormat.significant(activation, 6)).")
      case .cron(let window, let replicas):
        lines.append("From \(window.start) to \(window.end) (\(window.zone.name)) at least \(replicas) replicas.")
      case .resource(let metric): lines.append("Holds \(phrase(metric)).")
      }
    }
    if resting < max(1, spec.minReplicaCount) {
      lines.append(
        "KEDA looks every \(spec.pollingInterval) s: it wakes at the first activity, and after \(spec.cooldownPeriod) s "
          + "without any goes from any number to \(resting) in one step.")
    } else {
      lines.append("It never sleeps: pollingInterval and cooldownPeriod do nothing above the minimum.")
    }
    if let fallback = spec.fallback {
      lines.append(
        "Where a trigger fails more than \(fallback.failureThreshold) times in a row: \(fallback.replicas) replicas"
          + (fallback.behavior == .static ? "." : " (\(fallback.behavior.rawValue))."))
    }
    if let behavior = spec.behavior {
      lines.append("Up: " + phrase(behavior.scaleUp, window: behavior.scaleUp.windowSeconds ?? 0) + ".")
      lines.append("Down: " + phrase(behavior.scaleDown, window: behavior.scaleDown.windowSeconds ?? 300) + ".")
    }
    return lines
  }

  static func of(_ manifest: KnativeManifest) -> [String] {
    let spec = manifest.spec
    let unit = spec.metric == .rps ? "requests per second" : "concurrent requests"
    return [
      "Holds \(NumberFormat.significant(spec.targetValue, 4)) \(unit) a pod "
        + "(\(NumberFormat.significant(manifest.targetUtilization * 100, 3)) % of "
        + "\(NumberFormat.significant(spec.totalValue, 4))), averaged over \(spec.stableWindow) s.",
      "Between \(manifest.minScale) and \(manifest.maxScale == 0 ? "any number of" : "\(manifest.maxScale)") pods.",
      "Panics over \(spec.panicWindow) s at \(NumberFormat.significant(spec.panicThreshold * 100, 4)) % of what the ready "
        + "pods hold, and then does not shrink for \(spec.stableWindow) s.",
      spec.targetBurstCapacity < 0
        ? "The activator stays in the path."
        : "Up to \(NumberFormat.significant(spec.targetBurstCapacity, 6)) requests of burst are absorbed by the activator.",
    ]
  }

  static func of(_ manifest: RayServeManifest) -> [String] {
    let config = manifest.config
    func text(_ value: Double) -> String { NumberFormat.significant(value, 4) }
    return [
      "Holds \(text(config.targetOngoingRequests)) ongoing requests a replica, averaged over "
        + "\(text(manifest.lookBack.seconds)) s, between \(config.minReplicas) and \(config.maxReplicas) replicas.",
      "More after \(text(config.upscaleDelay)) s of wanting more, less after \(text(config.downscaleDelay)) s of wanting less.",
    ]
      + (manifest.workerLimit.map { ["The worker groups hold \($0) replicas of it at most."] } ?? [])
  }
}
