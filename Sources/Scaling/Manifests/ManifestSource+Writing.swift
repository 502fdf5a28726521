import Documents
import Quantities

/// What came of writing a policy back into the document that it was read from.
public struct PatchedManifest: Sendable, Hashable {
  /// The whole file, with only the changes in it.
  public var text: String
  /// What could not be written, a phrase each.
  public var losses: [String]
}

extension ManifestSource {
  /// The document with a HorizontalPodAutoscaler's new settings.
  /// - Parameter changed: makes of the manifest as it stands what it shall be.
  public func patched(
    hpa changed: (inout HPAManifest) -> Void
  ) throws(Diagnostics) -> PatchedManifest {
    let node = try ManifestFile(bytes, file: file).object(
      kind: "HorizontalPodAutoscaler", name: name, file: file, remedy: "")
    let old = try HPAManifest.read(node)
    var new = old
    changed(&new)
    var patch = ManifestPatch(bytes)
    guard node["apiVersion"]?.text == "autoscaling/v1" else {
      patch.change(node, from: try YAML.parse(old.yaml), to: try YAML.parse(new.yaml))
      return PatchedManifest(text: patch.text, losses: patch.losses)
    }
    let (before, after) = (try old.firstVersion(), try new.firstVersion())
    patch.change(node, from: before, to: after)
    var losses = patch.losses
    if old.spec.behavior != new.spec.behavior {
      losses.append("spec.behavior: autoscaling/v1 has none; write autoscaling/v2")
    }
    return PatchedManifest(text: patch.text, losses: losses)
  }

  /// The document with a ScaledObject's new settings.
  public func patched(
    keda changed: (inout KedaManifest) -> Void, zones: @escaping (String) -> TimeZoneRules?
  ) throws(Diagnostics) -> PatchedManifest {
    let node = try ManifestFile(bytes, file: file).object(kind: "ScaledObject", name: name, file: file, remedy: "")
    let old = try KedaManifest.read(node, zones: zones)
    var new = old
    changed(&new)
    var patch = ManifestPatch(bytes)
    patch.change(node, from: try YAML.parse(old.yaml()), to: try YAML.parse(new.yaml()))
    return PatchedManifest(text: patch.text, losses: patch.losses)
  }

  /// The document with a Knative Service's new annotations.
  public func patched(
    knative changed: (inout KnativeManifest) -> Void
  ) throws(Diagnostics) -> PatchedManifest {
    let node = try ManifestFile(bytes, file: file).object(
      kind: "Service", name: name, file: file, remedy: "", version: "serving.knative.dev/")
    let old = try KnativeManifest.read(node)
    var new = old
    changed(&new)
    var patch = ManifestPatch(bytes, otherNames: KnativeManifest.olderNames)
    patch.change(node, from: try YAML.parse(old.yaml), to: try YAML.parse(new.yaml))
    return PatchedManifest(text: patch.text, losses: patch.losses)
  }
}

extension ManifestSource {
  /// The document with the new settings of a Ray Serve deployment, in a config file or in a RayService's text of one.
  public func patched(
    ray changed: (inout RayServeConfig) -> Void
  ) throws(Diagnostics) -> PatchedManifest {
    let meant = try RayServeManifest.read(bytes, file: file, name: name)
    var config = meant.config
    changed(&config)
    let (before, after) = (try YAML.parse(meant.config.yaml), try YAML.parse(config.yaml))
    let reason = "autoscaling_config of \(meant.name): its place was not found"
    for object in try ManifestFile(bytes, file: file).objects {
      if object["applications"] != nil, let place = meant.place(in: object, service: nil) {
        var patch = ManifestPatch(bytes)
        patch.change(place, from: before, to: after, "autoscaling_config")
        return PatchedManifest(text: patch.text, losses: patch.losses)
      }
      guard object["kind"]?.text == "RayService", object["metadata"]?["name"]?.text ?? "" == meant.service,
        let scalar = object["spec"]?["serveConfigV2"], let text = scalar.text
      else { continue }
      guard let place = meant.place(in: try YAML.parse(Array(text.utf8)), service: meant.service) else { continue }
      var patch = ManifestPatch(Array(text.utf8))
      patch.change(place, from: before, to: after, "autoscaling_config")
      var outer = ManifestPatch(bytes)
      guard outer.replaceBlockText(scalar, with: patch.text) else {
        return PatchedManifest(text: String(decoding: bytes, as: UTF8.self), losses: patch.losses + [reason])
      }
      return PatchedManifest(text: outer.text, losses: patch.losses)
    }
    return PatchedManifest(text: String(decoding: bytes, as: UTF8.self), losses: [reason])
  }
}

extension RayServeManifest {
  /// The `autoscaling_config` of this deployment in a config document.
  fileprivate func place(in root: Node, service: String?) -> Node? {
    guard service == self.service else { return nil }
    for application in root["applications"]?.elements ?? []
    where application["name"]?.text ?? "default" == self.application {
      for deployment in application["deployments"]?.elements ?? [] where deployment["name"]?.text == name {
        return deployment["autoscaling_config"]
      }
      for model in application["args"]?["llm_configs"]?.elements ?? []
      where model["model_loading_config"]?["model_id"]?.text == name {
        return model["deployment_config"]?["autoscaling_config"] ?? model["autoscaling_config"]
      }
    }
    return nil
  }
}

extension RayServeConfig {
  /// The settings by the names that Ray gives them.
  fileprivate var yaml: String {
    func number(_ value: Double) -> String { NumberFormat.significant(value, 6) }
    return """
      min_replicas: \(minReplicas)
      max_replicas: \(maxReplicas)
      target_ongoing_requests: \(number(targetOngoingRequests))
      upscale_delay_s: \(number(upscaleDelay))
      downscale_delay_s: \(number(downscaleDelay))

      """
  }
}

extension HPAManifest {
  /// The tree of autoscaling/v1, which knows a target of CPU alone.
  fileprivate func firstVersion() throws(Diagnostics) -> Node {
    var out = ManifestWriter()
    out.block("metadata") { out in
      out.field("name", name)
      if let namespace { out.field("namespace", namespace) }
    }
    out.block("spec") { out in
      out.block("scaleTargetRef") { $0.scaleTarget(spec.target) }
      out.field("minReplicas", spec.minReplicas)
      out.field("maxReplicas", spec.maxReplicas)
      if case .utilization(let percent)? = spec.metrics.first?.goal {
        out.field("targetCPUUtilizationPercentage", percent)
      }
    }
    return try YAML.parse(out.text)
  }
}
