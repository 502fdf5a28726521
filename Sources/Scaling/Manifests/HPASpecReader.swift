import Documents

/// Reads the `spec` of a HorizontalPodAutoscaler, defaulted and validated as the Kubernetes API server does
/// (`pkg/apis/autoscaling/v2/defaults.go`, `pkg/apis/autoscaling/validation`).
///
/// Forms that circulate in guides but that the API server refuses are told with the right form.
struct HPASpecReader {
  var fields = FieldReader()
  /// Whether the object is of autoscaling/v1, which the API serves and converts: CPU only, no behavior.
  var isFirstVersion = false
  /// Whether the object to be scaled must be named, as in a manifest.
  var needsTarget = true

  static let specKeys = ["scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior"]

  mutating func spec(_ node: Node?, _ path: String) -> HPASpec? {
    guard let node = fields.mapping(node, path, required: "a spec with scaleTargetRef, maxReplicas and metrics") else {
      return nil
    }
    let firstVersionKeys = ["scaleTargetRef", "minReplicas", "maxReplicas", "targetCPUUtilizationPercentage"]
    fields.onlyKeys(
      isFirstVersion ? firstVersionKeys : Self.specKeys, of: node, path,
      remedies: isFirstVersion
        ? Dictionary(
          uniqueKeysWithValues: ["metrics", "behavior"].map { key in
            (key, { (_: Node) in "write apiVersion: autoscaling/v2, which knows '\(key)'" })
          })
        : [
          "targetCPUUtilization": Self.cpuRemedy, "targetCPUUtilizationPercentage": Self.cpuRemedy,
          "targetMemoryUtilizationPercentage": { Self.resourceRemedy("memory", $0) },
          "stabilizationWindow": { Self.windowRemedy($0, under: "behavior: { scaleDown: { ", " } }") },
          "stabilizationWindowSeconds": { Self.windowRemedy($0, under: "behavior: { scaleDown: { ", " } }") },
          "scaleUp": { _ in "move it under 'behavior:'" }, "scaleDown": { _ in "move it under 'behavior:'" },
        ])
    let target = target(node["scaleTargetRef"], path + ".scaleTargetRef")
    let maximum = fields.integer(node["maxReplicas"], path + ".maxReplicas", in: 1...Int(Int32.max), required: true)
    let minimum = fields.integer(node["minReplicas"], path + ".minReplicas", in: 0...Int(Int32.max)) ?? 1
    if let maximum, minimum > maximum {
      fields.error(
        "'maxReplicas' must be at least minReplicas: \(maximum) is below \(minimum)", at: node["maxReplicas"],
        path: path + ".maxReplicas", help: "raise maxReplicas or lower minReplicas")
    }
    let metrics = isFirstVersion ? cpuTarget(node, path) : metrics(node["metrics"], path + ".metrics")
    let hasNone = node["metrics"].map(\.isNull) ?? true
    if minimum == 0, hasNone || !(metrics ?? []).isEmpty, !(metrics ?? []).contains(where: \.canWake) {
      fields.error(
        "minReplicas: 0 needs an Object or External metric, which exist without pods", at: node["minReplicas"],
        path: path + ".minReplicas", help: "write minReplicas: 1, or add an External metric")
    }
    let behavior = behavior(node["behavior"], path + ".behavior")
    guard let maximum else { return nil }
    return HPASpec(
      target: target ?? ScaleTarget(), minReplicas: minimum, maxReplicas: maximum, metrics: metrics ?? [],
      behavior: behavior)
  }

  /// The one metric of autoscaling/v1, as the API converts it; 80 % where none is given
  /// (`pkg/apis/autoscaling/v1/defaults.go`).
  private mutating func cpuTarget(_ node: Node, _ path: String) -> [HPAMetric] {
    let key = "targetCPUUtilizationPercentage"
    let percent = fields.integer(node[key], "\(path).\(key)", in: 1...Int(Int32.max)) ?? 80
    return [HPAMetric(.resource(name: "cpu"), goal: .utilization(percent))]
  }

  private static func cpuRemedy(_ value: Node) -> String { resourceRemedy("cpu", value) }

  private static func resourceRemedy(_ resource: String, _ value: Node) -> String {
    let percent = FieldReader.leadingInteger(value.text ?? "") ?? 80
    return "autoscaling/v2 has metrics: [{ type: Resource, resource: { name: \(resource), target: { type: "
      + "Utilization, averageUtilization: \(percent) } } }]"
  }

  static func windowRemedy(_ value: Node, under before: String = "", _ after: String = "") -> String {
    "write \(before)stabilizationWindowSeconds: \(seconds(value))\(after)"
  }

  /// Whole seconds of `60`, `60s` or `5m`.
  static func seconds(_ value: Node) -> Int {
    let written = value.text ?? ""
    let number = FieldReader.leadingInteger(written) ?? 60
    switch written.last {
    case "m": return number &* 60
    case "h": return number &* 3600
    default: return number
    }
  }

  private mutating func target(_ node: Node?, _ path: String) -> ScaleTarget? {
    let example = "scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: NAME }"
    guard let node = fields.mapping(node, path, required: needsTarget ? example : nil) else { return nil }
    fields.onlyKeys(["apiVersion", "kind", "name"], of: node, path)
    let kind = fields.string(node["kind"], path + ".kind", required: "kind: Deployment")
    let name = fields.string(node["name"], path + ".name", required: "the name of what is scaled")
    let version = fields.string(node["apiVersion"], path + ".apiVersion")
    guard let kind, let name else { return nil }
    return ScaleTarget(apiVersion: version ?? "", kind: kind, name: name)
  }

  // MARK: Behavior

  mutating func behavior(_ node: Node?, _ path: String) -> HPABehavior? {
    guard let node = fields.mapping(node, path) else { return nil }
    fields.onlyKeys(
      ["scaleUp", "scaleDown"], of: node, path,
      remedies: [
        "stabilizationWindowSeconds": { _ in "move it under 'scaleUp:' or 'scaleDown:'" },
        "policies": { _ in "move it under 'scaleUp:' or 'scaleDown:'" },
      ])
    return HPABehavior(
      scaleUp: rules(node["scaleUp"], path + ".scaleUp", standard: .defaultScaleUp),
      scaleDown: rules(node["scaleDown"], path + ".scaleDown", standard: .defaultScaleDown))
  }

  private mutating func rules(_ node: Node?, _ path: String, standard: HPAScalingRules) -> HPAScalingRules {
    guard let node = fields.mapping(node, path) else { return standard }
    var rules = standard
    fields.onlyKeys(
      ["stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance"], of: node, path,
      remedies: [
        "stabilizationWindow": { Self.windowRemedy($0) }, "stabilizationSeconds": { Self.windowRemedy($0) },
        "policy": { _ in "write policies: [{ type: Percent, value: 100, periodSeconds: 15 }]" },
        "cooldownPeriod": { Self.windowRemedy($0) }, "cooldown": { Self.windowRemedy($0) },
      ])
    if let seconds = fields.integer(
      node["stabilizationWindowSeconds"], path + ".stabilizationWindowSeconds", in: 0...3600)
    {
      rules.windowSeconds = seconds
    }
    if let select: HPAScalingRules.Select = fields.choice(node["selectPolicy"], path + ".selectPolicy") {
      rules.select = select
    }
    if let tolerance = fields.quantity(node["tolerance"], path + ".tolerance") {
      if tolerance.approximate < 0 {
        fields.error(
          "'tolerance' must not be negative", at: node["tolerance"], path: path + ".tolerance",
          help: "write tolerance: 0 to act on every difference")
      } else {
        rules.tolerance = tolerance
      }
    }
    if let list = fields.list(node["policies"], path + ".policies", help: "write policies: [{ type: Pods, ... }]") {
      if list.isEmpty {
        fields.error(
          "'policies' is empty", at: node["policies"], path: path + ".policies",
          help: "write selectPolicy: Disabled to forbid the direction, or leave 'policies' out for the defaults")
      }
      rules.policies = list.enumerated().compactMap { i, node in policy(node, "\(path).policies[\(i)]") }
    }
    return rules
  }

  private mutating func policy(_ node: Node, _ path: String) -> HPAScalingRules.Policy? {
    let example = "{ type: Pods, value: 4, periodSeconds: 15 }"
    guard let node = fields.mapping(node, path, required: example) else { return nil }
    fields.onlyKeys(
      ["type", "value", "periodSeconds"], of: node, path,
      remedies: [
        "period": { "write periodSeconds: \(Self.seconds($0))" },
        "percent": { "write type: Percent, value: \(FieldReader.leadingInteger($0.text ?? "") ?? 100)" },
        "pods": { "write type: Pods, value: \(FieldReader.leadingInteger($0.text ?? "") ?? 4)" },
      ])
    let unit: HPAScalingRules.Policy.Unit? = fields.choice(
      node["type"], path + ".type", required: "type: Pods or type: Percent", in: node)
    let value = fields.integer(node["value"], path + ".value", in: 1...Int(Int32.max), required: true)
    let period = fields.integer(node["periodSeconds"], path + ".periodSeconds", in: 1...1800, required: true)
    guard let unit, let value, let period else { return nil }
    return HPAScalingRules.Policy(unit, value, periodSeconds: period)
  }
}

extension HPAMetric {
  /// Whether the metric exists while there are no pods.
  var canWake: Bool {
    switch source {
    case .object, .external: true
    case .resource, .containerResource, .pods: false
    }
  }
}
