import Documents

/// What Ray Serve's default policy would have decided on recorded ongoing requests.
public enum RayServeReplay {
  /// Answers one question: `config` with the fields of Ray's `AutoscalingConfig`, `dtS` seconds between decisions,
  /// `initial` target, `total` ongoing requests and `running` replicas at each decision; `version` "2.60" (default)
  /// or "counting-loops".
  /// - Returns: one JSON object: `{"id":..., "target":[...]}`.
  /// - Throws: everything that is wrong with the question, with paths.
  public static func answer(_ question: Node) throws(Diagnostics) -> [UInt8] {
    var fields = FieldReader()
    guard question.entries != nil else {
      throw Diagnostics([.error("a question is an object with 'config' and 'total'", at: question.location, path: "")])
    }
    let config = fields.rayServeConfig(question["config"], "config")
    let step = fields.number(question["dtS"], "dtS", in: 1e-6...1e9, required: true) ?? 1
    let initial = fields.integer(question["initial"], "initial", in: 0...Int(Int32.max), required: true) ?? 0
    let total = fields.numbers(question["total"], "total")
    let running = fields.numbers(question["running"], "running")
    let version: RayServeAutoscaler.Version = fields.choice(question["version"], "version") ?? .clock
    if let total, let running {
      if total.count != running.count {
        fields.error(
          "'total' has \(total.count) entries and 'running' \(running.count)", at: question["running"], path: "running")
      }
      if let i = total.firstIndex(where: \.isNaN) {
        fields.error("'total[\(i)]' is missing", at: question["total"], path: "total[\(i)]")
      }
      if let i = running.firstIndex(where: { !($0 >= 0) }) {
        fields.error("'running[\(i)]' must be 0 or more", at: question["running"], path: "running[\(i)]")
      }
    }
    try fields.throwIfErrors()
    guard let total, let running else { throw fields.problems }
    var autoscaler = RayServeAutoscaler(config, version: version, interval: step)
    var target = initial
    var targets: [Double] = []
    targets.reserveCapacity(total.count)
    for i in total.indices {
      target =
        autoscaler.decide(
          at: Double(i) * step, ongoing: total[i], running: clampedInt32(running[i]), target: target
        ).desired
      targets.append(Double(target))
    }
    var json = JSONWriter()
    json.object { json in
      if let id = question["id"] {
        json.key("id")
        json.node(id)
      }
      json.key("target")
      json.numbers(targets)
    }
    return json.bytes
  }
}

extension FieldReader {
  mutating func rayServeConfig(_ node: Node?, _ path: String) -> RayServeConfig {
    var config = RayServeConfig()
    guard let node = mapping(node, path, required: "config: { max_replicas: 10 }") else { return config }
    onlyKeys(
      [
        "min_replicas", "initial_replicas", "max_replicas", "target_ongoing_requests", "metrics_interval_s",
        "look_back_period_s", "smoothing_factor", "upscale_smoothing_factor", "downscale_smoothing_factor",
        "upscaling_factor", "downscaling_factor", "upscale_delay_s", "downscale_delay_s", "downscale_to_zero_delay_s",
        "aggregation_function", "policy",
      ], of: node, path,
      remedies: [
        "target_num_ongoing_requests_per_replica": { "write target_ongoing_requests: \($0.text ?? "2")" }
      ])
    if let value = integer(node["min_replicas"], path + ".min_replicas", in: 0...Int(Int32.max)) {
      config.minReplicas = value
    }
    if let value = integer(node["max_replicas"], path + ".max_replicas", in: 1...Int(Int32.max)) {
      config.maxReplicas = value
    }
    if config.maxReplicas < config.minReplicas {
      error(
        "'max_replicas' (\(config.maxReplicas)) must be at least min_replicas (\(config.minReplicas))",
        at: node["max_replicas"] ?? node, path: path + ".max_replicas")
    }
    func read(_ key: String, in range: ClosedRange<Double>) -> Double? {
      number(node[key], "\(path).\(key)", in: range)
    }
    let factors = 1e-6...1e6
    let both = read("smoothing_factor", in: factors) ?? 1
    let up = read("upscale_smoothing_factor", in: factors) ?? both
    let down = read("downscale_smoothing_factor", in: factors) ?? both
    config.upscalingFactor = read("upscaling_factor", in: factors) ?? up
    config.downscalingFactor = read("downscaling_factor", in: factors) ?? down
    config.targetOngoingRequests = read("target_ongoing_requests", in: 1e-6...1e9) ?? config.targetOngoingRequests
    config.upscaleDelay = read("upscale_delay_s", in: 0...1e9) ?? config.upscaleDelay
    config.downscaleDelay = read("downscale_delay_s", in: 0...1e9) ?? config.downscaleDelay
    config.downscaleToZeroDelay = read("downscale_to_zero_delay_s", in: 0...1e9)
    return config
  }
}
