import Documents

extension HPASpecReader {
  private enum MetricType: String, CaseIterable {
    case resource = "Resource"
    case containerResource = "ContainerResource"
    case pods = "Pods"
    case object = "Object"
    case external = "External"
    /// The key that holds the metric itself.
    var key: String { rawValue.prefix(1).lowercased() + rawValue.dropFirst() }
  }
  private enum TargetType: String, CaseIterable {
    case utilization = "Utilization"
    case value = "Value"
    case averageValue = "AverageValue"
  }
  private static let example =
    "metrics: [{ type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 70 } } }]"

  /// The metrics, or nil where there are none or a fault was found.
  mutating func metrics(_ node: Node?, _ path: String) -> [HPAMetric]? {
    guard let list = fields.list(node, path, help: "write \(Self.example)") else { return nil }
    return list.enumerated().compactMap { i, node in metric(node, "\(path)[\(i)]") }
  }

  private mutating func metric(_ node: Node, _ path: String) -> HPAMetric? {
    guard let node = fields.mapping(node, path, required: Self.example) else { return nil }
    fields.onlyKeys(["type"] + MetricType.allCases.map(\.key), of: node, path)
    let types = "type: Resource, ContainerResource, Pods, Object or External"
    guard let type: MetricType = fields.choice(node["type"], path + ".type", required: types, in: node) else {
      return nil
    }
    for other in MetricType.allCases where other != type && node[other.key] != nil {
      fields.error(
        "type \(type.rawValue) does not go with '\(other.key)'", at: node[other.key], path: "\(path).\(other.key)",
        help: "write type: \(other.rawValue), or move the metric under '\(type.key):'")
    }
    let inside = "\(path).\(type.key)"
    guard let body = fields.mapping(node[type.key], inside, required: "\(type.key): { ... } for type \(type.rawValue)")
    else { return nil }
    switch type {
    case .resource, .containerResource: return resource(body, inside, isContainer: type == .containerResource)
    case .pods, .object, .external: return custom(body, inside, type)
    }
  }

  private mutating func resource(_ node: Node, _ path: String, isContainer: Bool) -> HPAMetric? {
    fields.onlyKeys(
      ["name", "target"] + (isContainer ? ["container"] : []), of: node, path,
      remedies: [
        "targetAverageUtilization": {
          "write target: { type: Utilization, averageUtilization: "
            + "\(FieldReader.leadingInteger($0.text ?? "") ?? 70) }"
        },
        "targetAverageValue": { "write target: { type: AverageValue, averageValue: \($0.text ?? "500m") }" },
        "averageUtilization": {
          "write target: { type: Utilization, averageUtilization: "
            + "\(FieldReader.leadingInteger($0.text ?? "") ?? 70) }"
        },
      ])
    let name = fields.string(node["name"], path + ".name", required: "name: cpu")
    let container = isContainer ? fields.string(node["container"], path + ".container", required: "its container") : ""
    guard let target = target(node["target"], path + ".target", allowed: [.utilization, .averageValue]) else {
      return nil
    }
    guard let name, let container else { return nil }
    return HPAMetric(
      isContainer ? .containerResource(name: name, container: container) : .resource(name: name), goal: target)
  }

  private mutating func custom(_ node: Node, _ path: String, _ type: MetricType) -> HPAMetric? {
    fields.onlyKeys(
      ["metric", "target"] + (type == .object ? ["describedObject"] : []), of: node, path,
      remedies: [
        "metricName": { "write metric: { name: \($0.text ?? "NAME") }" },
        "name": { "write metric: { name: \($0.text ?? "NAME") }" },
        "metricSelector": { _ in "write metric: { name: NAME, selector: { matchLabels: { ... } } }" },
        "targetValue": { "write target: { type: Value, value: \($0.text ?? "100") }" },
        "targetAverageValue": { "write target: { type: AverageValue, averageValue: \($0.text ?? "100") }" },
      ])
    var name: String?
    var selector: [String: String] = [:]
    if let metric = fields.mapping(node["metric"], path + ".metric", required: "metric: { name: NAME }") {
      fields.onlyKeys(["name", "selector"], of: metric, path + ".metric")
      name = fields.string(metric["name"], path + ".metric.name", required: "the name of the metric")
      selector = labels(metric["selector"], path + ".metric.selector")
    }
    let allowed: [TargetType] = type == .pods ? [.averageValue] : [.value, .averageValue]
    let goal = target(node["target"], path + ".target", allowed: allowed)
    var source: HPAMetric.Source?
    switch type {
    case .object:
      let object = path + ".describedObject"
      let example = "describedObject: { apiVersion: v1, kind: Service, name: NAME }"
      if let described = fields.mapping(node["describedObject"], object, required: example) {
        fields.onlyKeys(["apiVersion", "kind", "name"], of: described, object)
        let kind = fields.string(described["kind"], object + ".kind", required: "kind: Service")
        let named = fields.string(described["name"], object + ".name", required: "the object's name")
        if let kind, let named, let name { source = .object(metric: name, kind: kind, name: named) }
      }
    case .pods: source = name.map { .pods(metric: $0) }
    default: source = name.map { .external(metric: $0) }
    }
    guard let source, let goal else { return nil }
    return HPAMetric(source, goal: goal, selector: selector)
  }

  private mutating func labels(_ node: Node?, _ path: String) -> [String: String] {
    guard let node = fields.mapping(node, path) else { return [:] }
    fields.onlyKeys(["matchLabels", "matchExpressions"], of: node, path)
    var result: [String: String] = [:]
    for (key, _, value) in fields.mapping(node["matchLabels"], path + ".matchLabels")?.entries ?? [] {
      result[key] = value.text ?? ""
    }
    return result
  }

  private mutating func target(_ node: Node?, _ path: String, allowed: [TargetType]) -> HPAMetric.Goal? {
    let example =
      allowed.contains(.utilization)
      ? "target: { type: Utilization, averageUtilization: 70 }" : "target: { type: AverageValue, averageValue: 100 }"
    guard let node = fields.mapping(node, path, required: example) else { return nil }
    fields.onlyKeys(["type", "averageUtilization", "averageValue", "value"], of: node, path)
    let type: TargetType? = fields.choice(node["type"], path + ".type", required: example, in: node)
    // An absolute utilization has no upper bound: a target of 150 % of the request is common.
    let percent = fields.integer(node["averageUtilization"], path + ".averageUtilization", in: 1...Int(Int32.max))
    let value = positive(node["value"], path + ".value")
    let average = positive(node["averageValue"], path + ".averageValue")
    guard let type else { return nil }
    guard allowed.contains(type) else {
      fields.error(
        "a target of type \(type.rawValue) is not possible here", at: node["type"], path: path + ".type",
        help: "write \(example)")
      return nil
    }
    let given = [
      (TargetType.utilization, "averageUtilization"), (.value, "value"), (.averageValue, "averageValue"),
    ].filter { node[$0.1].map { !$0.isNull } ?? false }
    if given.isEmpty {
      fields.error("the target has no value", at: node, path: path, help: "write \(example)")
      return nil
    }
    for (other, key) in given where other != type {
      fields.error(
        "'\(key)' does not go with type \(type.rawValue)", at: node[key], path: "\(path).\(key)",
        help: "write type: \(other.rawValue), or leave '\(key)' out")
    }
    switch type {
    case .utilization: return percent.map { .utilization($0) }
    case .value: return value.map { .value($0) }
    case .averageValue: return average.map { .averageValue($0) }
    }
  }

  private mutating func positive(_ node: Node?, _ path: String) -> KubernetesQuantity? {
    guard let quantity = fields.quantity(node, path) else { return nil }
    guard quantity.milli > 0 else {
      fields.error("'\(FieldReader.last(path))' must be positive", at: node, path: path, help: "write a value above 0")
      return nil
    }
    return quantity
  }
}
