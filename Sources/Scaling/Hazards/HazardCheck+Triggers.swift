import Quantities

extension HazardCheck {
  /// What is known to go wrong with single triggers and metrics, whatever the service.
  static func triggers(of spec: KedaSpec) -> [Hazard] {
    var hazards: [Hazard] = []
    for trigger in spec.triggers {
      if trigger.isAverage {
        hazards.append(
          Hazard(
            "average-divided-twice",
            what: "the query of '\(trigger.name)' is an average, and its target is one of each replica",
            because:
              "AverageValue divides what the query yields by the replicas: an average is divided twice, and the more replicas "
              + "run the fewer are asked for",
            remedy: "write sum(...) in place of avg(...), or metricType: Value"))
      }
      guard trigger.type == "kafka" || trigger.type == "apache-kafka", !trigger.allowsIdle else { continue }
      if let partitions = trigger.partitions {
        guard partitions < spec.maxReplicaCount else { continue }
        hazards.append(
          Hazard(
            "kafka-partitions", what: "'\(trigger.name)' never asks for more than \(partitions) replicas",
            because:
              "a consumer beyond the topic's partitions has no work, so KEDA caps the lag there; maxReplicaCount is \(spec.maxReplicaCount)",
            remedy: "add partitions, write maxReplicaCount: \(partitions), or allowIdleConsumers: \"true\""))
      } else {
        hazards.append(
          Hazard(
            "kafka-partitions-unknown", .note,
            what: "'\(trigger.name)' is capped by the partitions of its topic, which nobody tells",
            because:
              "KEDA never asks for more replicas than there are partitions, and the manifest does not say how many",
            remedy: "say it in the plan: keda: { partitions: { \(trigger.name): 12 } }"))
      }
    }
    return hazards
  }

  /// A trigger that no signal tells and that is left out of the simulation.
  static func unsimulated(_ name: String) -> Hazard {
    Hazard(
      "trigger-not-simulated", .note, what: "the trigger '\(name)' is not simulated",
      because: "no signal tells what it reads",
      remedy: "say what it follows: signals: { \(name): queue depth }")
  }

  /// Resources that the metrics server does not measure (kubernetes-sigs/metrics-server: CPU and memory alone), so that the
  /// autoscaler finds no metric.
  static func resources(of spec: HPASpec) -> [Hazard] {
    spec.metrics.compactMap { metric in
      let name: String
      switch metric.source {
      case .resource(let resource), .containerResource(let resource, _): name = resource
      default: return nil
      }
      guard name != "cpu", name != "memory" else { return nil }
      return Hazard(
        "resource-not-measured", what: "the resource '\(name)' has no measurement",
        because:
          "the metrics server measures cpu and memory alone: the autoscaler reports FailedGetResourceMetric and does not scale by it",
        remedy: name.contains("gpu")
          ? "scale on a metric of the pods, as DCGM_FI_DEV_GPU_UTIL, or on requests waiting"
          : "write a Pods or External metric")
    }
  }

  /// API versions of what is scaled that the cluster no longer serves (Kubernetes 1.16, deprecation guide).
  static func deadTarget(_ target: ScaleTarget, _ who: String) -> Hazard? {
    guard ["extensions/v1beta1", "apps/v1beta1", "apps/v1beta2"].contains(target.apiVersion) else { return nil }
    return Hazard(
      "dead-target-version", what: "\(who) scales \(target.kind)/\(target.name) of \(target.apiVersion)",
      because: "that version is no longer served since Kubernetes 1.16: the target is not found and nothing scales",
      remedy: "write apiVersion: apps/v1")
  }
}
