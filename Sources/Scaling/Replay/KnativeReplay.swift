import Documents

/// What the Knative autoscaler would have decided on recorded concurrency or request rates.
public enum KnativeReplay {
  /// Answers one question: `spec` as the decider's, `initialReady`, `perSecond` (the total of each second, -1 where
  /// there was none) and `readyPerTick` (ready pods at seconds 1, 3, 5, ...).
  /// - Returns: one JSON object: `{"id":..., "desired":[...], "ebc":[...], "panic":"..P"}`.
  /// - Throws: everything that is wrong with the question, with paths.
  public static func answer(_ question: Node) throws(Diagnostics) -> [UInt8] {
    var fields = FieldReader()
    guard question.entries != nil else {
      throw Diagnostics([.error("a question is an object with 'spec' and 'perSecond'", at: question.location, path: "")]
      )
    }
    let spec = fields.knativeSpec(question["spec"], "spec")
    let perSecond = fields.numbers(question["perSecond"], "perSecond")
    let ready = fields.numbers(question["readyPerTick"], "readyPerTick")
    let initial = fields.integer(question["initialReady"], "initialReady", in: 0...Int(Int32.max)) ?? 0
    if let perSecond, let ready, 2 * ready.count > perSecond.count {
      fields.error(
        "'readyPerTick' has \(ready.count) ticks of 2 s, 'perSecond' only \(perSecond.count) s",
        at: question["readyPerTick"],
        path: "readyPerTick")
    }
    try fields.throwIfErrors()
    guard let perSecond, let ready else { throw fields.problems }

    var decider = KnativeDecider(spec, ready: initial)
    var desired: [Double] = []
    var excess: [Double] = []
    var panic: [UInt8] = []
    for (second, value) in perSecond.enumerated() {
      let now = Int64(second) * 1_000_000_000
      if value >= 0 { decider.record(value, at: now) }
      guard second % 2 == 1, second / 2 < ready.count else { continue }
      let scale = decider.scale(ready: clampedInt32(ready[second / 2]), at: now)
      desired.append(Double(scale.desired))
      excess.append(Double(scale.excessBurstCapacity))
      panic.append(scale.isPanicking ? 80 : 46)
    }
    var json = JSONWriter()
    json.object { json in
      if let id = question["id"] {
        json.key("id")
        json.node(id)
      }
      json.key("desired")
      json.numbers(desired)
      json.key("ebc")
      json.numbers(excess)
      json.key("panic")
      json.string(String(decoding: panic, as: UTF8.self))
    }
    return json.bytes
  }
}

extension FieldReader {
  /// A list of numbers; null reads as NaN.
  mutating func numbers(_ node: Node?, _ path: String) -> [Double]? {
    guard let node, !node.isNull else {
      error("'\(path)' is missing", at: node, path: path, help: "write a list of numbers")
      return nil
    }
    guard let values = node.numbers else {
      error("'\(path)' must be a list of numbers", at: node, path: path)
      return nil
    }
    return values
  }

  mutating func knativeSpec(_ node: Node?, _ path: String) -> KnativeSpec {
    var spec = KnativeSpec()
    guard let node = mapping(node, path, required: "spec: { targetValue: 70, totalValue: 100 }") else { return spec }
    if let metric: KnativeSpec.Metric = choice(node["metric"], path + ".metric") { spec.metric = metric }
    if let kind: KnativeSpec.Aggregation = choice(node["aggregation"], path + ".aggregation") {
      spec.aggregation = kind
    }
    func set(_ key: String, _ keyPath: WritableKeyPath<KnativeSpec, Double>, in range: ClosedRange<Double>) {
      if let value = number(node[key], "\(path).\(key)", in: range) { spec[keyPath: keyPath] = value }
    }
    func set(_ key: String, _ keyPath: WritableKeyPath<KnativeSpec, Int>, in range: ClosedRange<Int>) {
      if let value = integer(node[key], "\(path).\(key)", in: range) { spec[keyPath: keyPath] = value }
    }
    set("targetValue", \.targetValue, in: 1e-6...1e12)
    set("totalValue", \.totalValue, in: 1e-6...1e12)
    set("targetBurstCapacity", \.targetBurstCapacity, in: -1e9...1e12)
    set("panicThreshold", \.panicThreshold, in: 0...1e9)
    set("maxScaleUpRate", \.maxScaleUpRate, in: 1...1e9)
    set("maxScaleDownRate", \.maxScaleDownRate, in: 1...1e9)
    set("stableWindowS", \.stableWindow, in: 1...86_400)
    set("panicWindowS", \.panicWindow, in: 1...86_400)
    set("scaleDownDelayS", \.scaleDownDelay, in: 0...86_400)
    set("activationScale", \.activationScale, in: 0...Int(Int32.max))
    if let reachable = bool(node["reachable"], path + ".reachable") { spec.isReachable = reachable }
    return spec
  }
}
