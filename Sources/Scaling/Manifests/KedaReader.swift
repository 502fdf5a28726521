import Documents
import Quantities

/// Reads the `spec` of a ScaledObject.
struct KedaReader {
  var hpa: HPASpecReader
  let zones: (String) -> TimeZoneRules?

  static let keys = [
    "scaleTargetRef", "pollingInterval", "cooldownPeriod", "initialCooldownPeriod", "idleReplicaCount",
    "minReplicaCount", "maxReplicaCount", "fallback", "advanced", "triggers",
  ]

  mutating func spec(_ node: Node?, _ path: String) -> KedaSpec {
    var spec = KedaSpec()
    guard let node = hpa.fields.mapping(node, path, required: "a spec with scaleTargetRef and triggers") else {
      return spec
    }
    hpa.fields.onlyKeys(
      Self.keys, of: node, path,
      remedies: [
        "minReplicas": { "write minReplicaCount: \($0.text ?? "0")" },
        "maxReplicas": { "write maxReplicaCount: \($0.text ?? "100")" },
        "behavior": { _ in "move it under advanced: { horizontalPodAutoscalerConfig: { behavior: ... } }" },
      ])
    if let target = hpa.fields.mapping(
      node["scaleTargetRef"], path + ".scaleTargetRef",
      required: hpa.needsTarget ? "scaleTargetRef: { name: NAME }" : nil)
    {
      hpa.fields.onlyKeys(
        ["apiVersion", "kind", "name", "envSourceContainerName"], of: target, path + ".scaleTargetRef")
      let name = hpa.fields.string(
        target["name"], path + ".scaleTargetRef.name", required: "the name of what is scaled")
      spec.target = ScaleTarget(
        apiVersion: target["apiVersion"]?.text ?? "apps/v1", kind: target["kind"]?.text ?? "Deployment",
        name: name ?? "")
    }
    func count(_ key: String, _ range: ClosedRange<Int>) -> Int? {
      hpa.fields.integer(node[key], "\(path).\(key)", in: range)
    }
    let most = 0...Int(Int32.max)
    spec.pollingInterval = count("pollingInterval", 1...86_400) ?? spec.pollingInterval
    spec.cooldownPeriod = count("cooldownPeriod", most) ?? spec.cooldownPeriod
    spec.initialCooldownPeriod = count("initialCooldownPeriod", most) ?? spec.initialCooldownPeriod
    spec.minReplicaCount = count("minReplicaCount", most) ?? spec.minReplicaCount
    spec.maxReplicaCount = count("maxReplicaCount", 1...Int(Int32.max)) ?? spec.maxReplicaCount
    spec.idleReplicaCount = count("idleReplicaCount", most)
    if spec.minReplicaCount > spec.maxReplicaCount {
      hpa.fields.error(
        "'maxReplicaCount' (\(spec.maxReplicaCount)) must be at least minReplicaCount (\(spec.minReplicaCount))",
        at: node["maxReplicaCount"] ?? node["minReplicaCount"], path: path + ".maxReplicaCount",
        help: "raise maxReplicaCount or lower minReplicaCount")
    }
    if let idle = spec.idleReplicaCount, idle >= spec.minReplicaCount {
      hpa.fields.error(
        "'idleReplicaCount' (\(idle)) must be below minReplicaCount (\(spec.minReplicaCount))",
        at: node["idleReplicaCount"], path: path + ".idleReplicaCount",
        help: "write idleReplicaCount: 0, or leave it out")
    }
    spec.fallback = fallback(node["fallback"], path + ".fallback")
    spec.behavior = behavior(node["advanced"], path + ".advanced")
    triggers(node["triggers"], path + ".triggers", into: &spec)
    spec.modifiers = modifiers(node["advanced"]?["scalingModifiers"], path + ".advanced.scalingModifiers", spec)
    return spec
  }

  /// The annotations that pause; a pause is told, since it decides everything.
  mutating func pause(_ annotations: Node, _ path: String) -> KedaSpec.Pause {
    var pause = KedaSpec.Pause()
    func text(_ key: String) -> Node? { annotations["autoscaling.keda.sh/\(key)"] }
    if let written = text("paused-replicas") {
      pause.replicas = Int(written.text ?? "").flatMap { (0...Int(Int32.max)).contains($0) ? $0 : nil }
      pause.isWhole = pause.replicas != nil
      if pause.replicas == nil {
        hpa.fields.error(
          "'paused-replicas' must be a whole number", at: written, path: path,
          help: "write autoscaling.keda.sh/paused-replicas: \"3\"")
      }
    }
    func isTrue(_ key: String) -> Bool {
      // KEDA takes 'paused' with any value but false for a pause (strconv.ParseBool).
      guard let value = text(key)?.text else { return false }
      return !["false", "f", "0"].contains(value.lowercased())
    }
    if isTrue("paused") { pause.isWhole = true }
    pause.isScaleIn = isTrue("paused-scale-in")
    pause.isScaleOut = isTrue("paused-scale-out")
    if pause.isWhole || pause.isScaleIn || pause.isScaleOut {
      let what = pause.isWhole ? "this ScaledObject" : pause.isScaleIn ? "scaling in" : "scaling out"
      hpa.fields.warning(
        "\(what) is paused by an annotation", at: annotations, path: path, help: "take it away to let it scale")
    }
    return pause
  }

  private mutating func fallback(_ node: Node?, _ path: String) -> KedaSpec.Fallback? {
    guard let node = hpa.fields.mapping(node, path) else { return nil }
    hpa.fields.onlyKeys(["failureThreshold", "replicas", "behavior"], of: node, path)
    let most = 0...Int(Int32.max)
    let threshold = hpa.fields.integer(node["failureThreshold"], path + ".failureThreshold", in: most, required: true)
    let replicas = hpa.fields.integer(node["replicas"], path + ".replicas", in: most, required: true)
    let behavior: KedaSpec.Fallback.Behavior = hpa.fields.choice(node["behavior"], path + ".behavior") ?? .static
    guard let threshold, let replicas else { return nil }
    return KedaSpec.Fallback(failureThreshold: threshold, replicas: replicas, behavior: behavior)
  }

  private mutating func behavior(_ node: Node?, _ path: String) -> HPABehavior? {
    guard let node = hpa.fields.mapping(node, path) else { return nil }
    hpa.fields.onlyKeys(
      ["restoreToOriginalReplicaCount", "horizontalPodAutoscalerConfig", "scalingModifiers"], of: node, path,
      remedies: ["behavior": { _ in "move it under horizontalPodAutoscalerConfig:" }])
    let inner = path + ".horizontalPodAutoscalerConfig"
    guard let config = hpa.fields.mapping(node["horizontalPodAutoscalerConfig"], inner) else { return nil }
    hpa.fields.onlyKeys(["name", "behavior"], of: config, inner)
    return hpa.behavior(config["behavior"], inner + ".behavior")
  }

  /// One metric made of the triggers (keda.sh, "Scaling modifiers").
  private mutating func modifiers(_ node: Node?, _ path: String, _ spec: KedaSpec) -> KedaModifiers? {
    guard let node = hpa.fields.mapping(node, path), !(node.entries?.isEmpty ?? true) else { return nil }
    hpa.fields.onlyKeys(["formula", "target", "activationTarget", "metricType"], of: node, path)
    let formula = hpa.fields.string(node["formula"], path + ".formula", required: "formula: \"a + b\"")
    guard let target = hpa.fields.quantity(node["target"], path + ".target"), target.milli > 0 else {
      hpa.fields.error(
        "'target' is missing, or not positive", at: node, path: path + ".target", help: "write target: \"100\"")
      return nil
    }
    let type = node["metricType"]?.text ?? "AverageValue"
    if type != "AverageValue", type != "Value" {
      hpa.fields.error(
        "'metricType' must be AverageValue or Value here, not \(type)", at: node["metricType"],
        path: path + ".metricType", help: "write metricType: AverageValue")
    }
    var activation = 0.0
    if let written = node["activationTarget"] { activation = number(written, path + ".activationTarget") ?? 0 }
    guard let formula else { return nil }
    let made = KedaModifiers(formula: formula, target: target, activation: activation, isTotal: type == "Value")
    if made.expression == nil {
      hpa.fields.warning(
        "the formula uses what is not computed here: the triggers count one by one", at: node["formula"],
        path: path + ".formula", help: "use numbers, names of triggers, + - * /, comparisons, ? :, min and max")
      return nil
    }
    let known = spec.triggers.map(\.name)
    for name in made.names.sorted() where !known.contains(name) {
      hpa.fields.error(
        "the formula names '\(name)', and no trigger has that name", at: node["formula"], path: path + ".formula",
        help: nearest(name, in: known).map { "did you mean '\($0)'?" } ?? "give the trigger a name: name: \(name)")
    }
    return made
  }

  private mutating func triggers(_ node: Node?, _ path: String, into spec: inout KedaSpec) {
    guard let list = hpa.fields.list(node, path), !list.isEmpty else {
      hpa.fields.error(
        "a ScaledObject needs at least one trigger", at: node, path: path,
        help: "write triggers: [{ type: prometheus, metadata: { query: ..., threshold: \"100\" } }]")
      return
    }
    for (i, node) in list.enumerated() {
      if let trigger = trigger(node, "\(path)[\(i)]") { spec.triggers.append(trigger) }
    }
    if spec.minReplicaCount == 0, spec.triggers.count == list.count, spec.triggers.allSatisfy(\.isResource) {
      hpa.fields.error(
        "CPU and memory alone cannot wake a sleeping service", at: node, path: path,
        help: "write minReplicaCount: 1, or add a trigger that can be read without pods")
    }
  }

  private mutating func trigger(_ node: Node, _ path: String) -> KedaSpec.Trigger? {
    guard let node = hpa.fields.mapping(node, path, required: "{ type: prometheus, metadata: { ... } }") else {
      return nil
    }
    hpa.fields.onlyKeys(
      ["type", "name", "metadata", "metricType", "useCachedMetrics", "authenticationRef"], of: node, path)
    guard let type = hpa.fields.string(node["type"], path + ".type", required: "type: prometheus"),
      let metadata = hpa.fields.mapping(node["metadata"], path + ".metadata", required: "the trigger's metadata")
    else { return nil }
    // The API's schema: metadata is a map of texts.
    for (key, place, value) in metadata.entries ?? [] {
      switch value.kind {
      case .number, .bool:
        hpa.fields.add(
          .error(
            "the API refuses \(key): \(value.text ?? ""), since a trigger's metadata holds texts", at: place,
            path: "\(path).metadata.\(key)", help: "write \(key): \"\(value.text ?? "")\""))
      default: break
      }
    }
    let name = node["name"]?.text
    switch type {
    case "cron": return cron(metadata, path + ".metadata", name: name)
    case "cpu", "memory": return resource(type, node, metadata, path, name: name)
    default: break
    }
    guard let known = KedaTriggerType.named(type) else {
      return other(type, node, metadata, path, name: name)
    }
    let inside = path + ".metadata."
    var threshold = hpa.fields.quantity(metadata[known.threshold], inside + known.threshold)
    if metadata[known.threshold] == nil {
      threshold = known.standard.flatMap { KubernetesQuantity($0) }
      if threshold == nil {
        hpa.fields.error(
          "'\(known.threshold)' is missing", at: metadata, path: inside + known.threshold,
          help: "write \(known.threshold): \"100\", the load for each replica")
      }
    }
    if let given = threshold, given.milli <= 0 {
      hpa.fields.error(
        "'\(known.threshold)' must be positive", at: metadata[known.threshold], path: inside + known.threshold)
      threshold = nil
    }
    var activation = 0.0
    if let written = metadata[known.activation] {
      activation = number(written, inside + known.activation) ?? 0
    }
    let metricType = node["metricType"]?.text
    if let metricType, metricType != "AverageValue", metricType != "Value" {
      hpa.fields.error(
        "'metricType' must be AverageValue or Value here, not \(metricType)", at: node["metricType"],
        path: path + ".metricType", help: "write metricType: AverageValue")
    }
    let subject = metadata[known.subject]?.text ?? ""
    guard let threshold else { return nil }
    var trigger = KedaSpec.Trigger(
      type: type, name: name ?? (subject.isEmpty ? type : subject), query: subject,
      kind: .metric(threshold: threshold, activation: activation), isTotal: metricType == "Value")
    trigger.allowsIdle = metadata["allowIdleConsumers"]?.text == "true"
    return trigger
  }

  /// A trigger of a type whose keys are not known one by one: a metric whose target is found by its usual words.
  private mutating func other(
    _ type: String, _ node: Node, _ metadata: Node, _ path: String, name: String?
  ) -> KedaSpec.Trigger? {
    let words = KedaTriggerType.all.map(\.name) + ["cron", "cpu", "memory"]
    if !KedaTriggerType.others.contains(type), let near = nearest(type, in: words + KedaTriggerType.others.sorted()) {
      hpa.fields.error(
        "'\(type)' is no trigger type of KEDA", at: node["type"], path: path + ".type", help: "did you mean '\(near)'?")
      return nil
    }
    func quantity(_ key: String) -> KubernetesQuantity? {
      metadata[key]?.text.flatMap(KubernetesQuantity.init).flatMap { $0.milli > 0 ? $0 : nil }
    }
    let key = KedaTriggerType.usualTargets.first { quantity($0) != nil }
    let activation = (metadata.entries ?? []).first { $0.key.hasPrefix("activation") }
    var trigger = KedaSpec.Trigger(
      type: type, name: name ?? type, query: metadata["query"]?.text ?? "",
      kind: .metric(
        threshold: key.flatMap(quantity) ?? KubernetesQuantity(milli: 1000),
        activation: activation?.value.text.flatMap(Double.init) ?? 0), isTotal: node["metricType"]?.text == "Value")
    trigger.isOpaque = true
    hpa.fields.warning(
      key.map { "trigger type '\(type)' is read as a metric with '\($0)' as its target" }
        ?? "trigger type '\(type)' tells no target that is known here", at: node["type"], path: path + ".type",
      help:
        "say in the plan what it follows: signals: { \(trigger.name): queue depth }; else it is left out of simulations"
    )
    if key == nil { trigger.query = "" }
    return trigger
  }

  /// KEDA's metadata holds texts: `"5"` is a number here.
  private mutating func number(_ node: Node, _ path: String) -> Double? {
    guard let text = node.text, let value = Double(text), value.isFinite else {
      hpa.fields.error("'\(FieldReader.last(path))' must be a number", at: node, path: path)
      return nil
    }
    return value
  }

  private mutating func resource(
    _ type: String, _ node: Node, _ metadata: Node, _ path: String, name: String?
  ) -> KedaSpec.Trigger? {
    let metricType = node["metricType"]?.text ?? metadata["type"]?.text ?? "Utilization"
    let inside = path + ".metadata.value"
    guard let value = metadata["value"] else {
      hpa.fields.error("'value' is missing", at: metadata, path: inside, help: "write value: \"70\"")
      return nil
    }
    switch metricType {
    case "Utilization":
      guard let percent = Int(value.text ?? ""), percent > 0, percent <= Int(Int32.max) else {
        hpa.fields.error(
          "'value' must be a whole percentage", at: value, path: inside,
          help: "write value: \"\(FieldReader.leadingInteger(value.text ?? "") ?? 70)\"")
        return nil
      }
      let metric = HPAMetric(.resource(name: type), goal: .utilization(percent))
      return KedaSpec.Trigger(type: type, name: name ?? type, kind: .resource(metric))
    case "AverageValue":
      guard let quantity = hpa.fields.quantity(value, inside), quantity.milli > 0 else { return nil }
      let metric = HPAMetric(.resource(name: type), goal: .averageValue(quantity))
      return KedaSpec.Trigger(type: type, name: name ?? type, kind: .resource(metric))
    default:
      hpa.fields.error(
        "'metricType' must be Utilization or AverageValue here, not \(metricType)", at: node["metricType"] ?? metadata,
        path: path + ".metricType", help: "write metricType: Utilization")
      return nil
    }
  }

  private mutating func cron(_ metadata: Node, _ path: String, name: String?) -> KedaSpec.Trigger? {
    func schedule(_ key: String) -> CronSchedule? {
      guard let text = hpa.fields.string(metadata[key], "\(path).\(key)", required: "a time such as 0 8 * * 1-5") else {
        return nil
      }
      if let schedule = CronSchedule(text) { return schedule }
      hpa.fields.error(
        "'\(key)' is not a cron time: \"\(text)\"", at: metadata[key], path: "\(path).\(key)",
        help: "write five fields: minute, hour, day, month, weekday, such as 0 8 * * 1-5")
      return nil
    }
    let start = schedule("start")
    let end = schedule("end")
    var zone: TimeZoneRules?
    if let written = hpa.fields.string(metadata["timezone"], path + ".timezone", required: "timezone: Europe/Berlin") {
      zone = written == "UTC" || written == "Etc/UTC" ? .utc : zones(written)
      if zone == nil {
        hpa.fields.error(
          "the time zone '\(written)' is not known here", at: metadata["timezone"], path: path + ".timezone",
          help: "write a name of the tz database, such as Europe/Berlin")
      }
    }
    var replicas: Int?
    if let written = metadata["desiredReplicas"] {
      replicas = Int(written.text ?? "").flatMap { (0...Int(Int32.max)).contains($0) ? $0 : nil }
      if replicas == nil {
        hpa.fields.error("'desiredReplicas' must be a whole number", at: written, path: path + ".desiredReplicas")
      }
    } else {
      hpa.fields.error(
        "'desiredReplicas' is missing", at: metadata, path: path + ".desiredReplicas",
        help: "write desiredReplicas: \"10\"")
    }
    guard let start, let end, let zone, let replicas else { return nil }
    return KedaSpec.Trigger(
      type: "cron", name: name ?? "cron",
      kind: .cron(CronWindow(start: start, end: end, zone: zone), replicas: replicas))
  }
}
