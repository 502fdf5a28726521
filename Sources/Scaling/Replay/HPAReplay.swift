import Documents
import Quantities

/// What a HorizontalPodAutoscaler would have decided on recorded metrics: one question, one answer.
///
/// A question holds the autoscaler's `spec`, the controller's settings (`defaults`, overridden by `controller`), the
/// replicas at the start, the times of the syncs and the metrics at each; the answer holds the replicas after each
/// sync, the proposals and the conditions.
public enum HPAReplay {
  /// Answers one question.
  /// - Returns: one JSON object: `{"id":..., "replicas":[...], "raw":[...], "able":"...", "limited":"..."}`.
  /// - Throws: everything that is wrong with the question, with paths.
  public static func answer(_ question: Node) throws(Diagnostics) -> [UInt8] {
    let replay = try HPAQuestion(question)
    let count = replay.inputCount
    var replicas: [Double] = []
    var proposals: [HPASync.Proposal] = []
    var able: [UInt8] = []
    var limited: [UInt8] = []
    replicas.reserveCapacity(count)
    proposals.reserveCapacity(count)
    var controller = HPAController(replay.spec, settings: replay.settings)
    var current = replay.initialReplicas
    for i in 0..<count {
      current = replay.setBefore[i] ?? current
      let samples = try replay.samples(at: i, replicas: current)
      let scale = HPAScale(replicas: current, requestMilli: replay.requestMilli)
      let sync =
        samples.count == 1
        ? controller.sync(at: replay.time(of: i), scale: scale, sample: samples[0])
        : controller.sync(at: replay.time(of: i), scale: scale, samples: samples)
      current = sync.replicas
      replicas.append(Double(current))
      proposals.append(sync.proposal)
      able.append(sync.able.rawValue)
      limited.append(sync.limited.rawValue)
    }
    var json = JSONWriter()
    json.object { json in
      if let id = replay.id {
        json.key("id")
        json.node(id)
      }
      json.key("replicas")
      json.numbers(replicas)
      json.key("raw")
      json.array { json in
        for proposal in proposals {
          switch proposal {
          case .notComputed: json.string("-")
          case .failed: json.null()
          case .replicas(let n): json.integer(n)
          }
        }
      }
      json.key("able")
      json.string(String(decoding: able, as: UTF8.self))
      json.key("limited")
      json.string(String(decoding: limited, as: UTF8.self))
    }
    return json.bytes
  }
}

/// A replay question, read and checked.
struct HPAQuestion {
  var id: Node?
  var spec: HPASpec
  var settings: HPASettings
  var initialReplicas: Int
  var requestMilli: Int64
  var setBefore: [Int: Int]
  /// Milliseconds of each sync, or nil where they are evenly spaced.
  private var times: [Double]?
  private var periodMs: Double
  private let inputs: [Node]

  var inputCount: Int { inputs.count }

  /// About 285 years in milliseconds: what fits into 64 bits of nanoseconds.
  private static let longest = 9e12

  init(_ question: Node) throws(Diagnostics) {
    var reader = HPASpecReader()
    guard question.entries != nil else {
      throw Diagnostics([.error("a question is an object with 'spec' and 'in'", at: question.location, path: "")])
    }
    id = question["id"]
    let spec = reader.spec(question["spec"], "spec")
    var settings = HPASettings()
    for part in ["defaults", "controller"] {
      guard let node = reader.fields.mapping(question[part], part) else { continue }
      reader.settings(node, part, into: &settings)
    }
    initialReplicas =
      reader.fields.integer(question["initialReplicas"], "initialReplicas", in: 0...Int(Int32.max), required: true) ?? 0
    requestMilli = Int64(
      reader.fields.integer(question["requestMilli"], "requestMilli", in: 0...1_000_000_000_000) ?? 1000)
    inputs = reader.fields.list(question["in"], "in") ?? []
    if question["in"] == nil {
      reader.fields.error(
        "'in' is missing", at: question, path: "in", help: "write one list of metric values for each sync")
    }
    periodMs = reader.fields.number(question["syncPeriodMs"], "syncPeriodMs", in: 1...86_400_000) ?? 15_000
    if let node = question["timesMs"], !node.isNull {
      times = node.numbers
      if times == nil {
        reader.fields.error("'timesMs' must be a list of numbers", at: node, path: "timesMs")
      } else if let problem = Self.problem(times ?? [], count: inputs.count) {
        reader.fields.error(problem, at: node, path: "timesMs")
      }
    } else if periodMs * Double(inputs.count) > Self.longest {
      reader.fields.error("the syncs span more than 285 years", at: question["syncPeriodMs"], path: "syncPeriodMs")
    }
    setBefore = [:]
    for (key, place, value) in reader.fields.mapping(question["setReplicasBefore"], "setReplicasBefore")?.entries ?? []
    {
      let path = "setReplicasBefore.\(key)"
      guard let i = Int(key), i >= 0 else {
        reader.fields.add(.error("'\(key)' is not the number of a sync", at: place, path: path))
        continue
      }
      setBefore[i] = reader.fields.integer(value, path, in: 0...Int(Int32.max), required: true)
    }
    try reader.fields.throwIfErrors()
    guard let spec else { throw reader.fields.problems }
    self.spec = spec
    self.settings = settings
  }

  private static func problem(_ times: [Double], count: Int) -> String? {
    if times.count < count { return "'timesMs' has \(times.count) times for \(count) syncs" }
    var last = -Double.infinity
    for time in times {
      if !(time >= last) { return "'timesMs' must not go back in time" }
      if abs(time) > longest { return "'timesMs' spans more than 285 years" }
      last = time
    }
    return nil
  }

  func time(of i: Int) -> Timestamp {
    let milliseconds = times?[i] ?? Double(i) * periodMs
    return Timestamp(nanosecondsSinceEpoch: Int64(milliseconds * 1e6))
  }

  func samples(at i: Int, replicas: Int) throws(Diagnostics) -> [HPASample] {
    let node = inputs[i]
    if let values = node.numbers, !(values.isEmpty && spec.metrics.contains { !$0.canWake }) {
      return try ofMetrics(values, node, i, replicas)
    }
    guard let pods = node.elements else {
      throw problem("must be a list: one value for each metric, or one list for each pod", node, "in[\(i)]")
    }
    var list: [HPAPod] = []
    list.reserveCapacity(pods.count)
    for (j, pod) in pods.enumerated() { list.append(try self.pod(pod, "in[\(i)][\(j)]")) }
    return spec.metrics.map { $0.canWake ? .failed : .pods(list) }
  }

  private func ofMetrics(_ values: [Double], _ node: Node, _ i: Int, _ replicas: Int) throws(Diagnostics) -> [HPASample]
  {
    guard values.count == spec.metrics.count else {
      throw problem("has \(values.count) values for \(spec.metrics.count) metrics", node, "in[\(i)]")
    }
    var samples: [HPASample] = []
    samples.reserveCapacity(values.count)
    for (j, value) in values.enumerated() {
      if value.isNaN {
        samples.append(.failed)
      } else if let milli = Self.milli(value) {
        samples.append(spec.metrics[j].canWake ? .value(milli) : .uniform(milli, ready: replicas))
      } else {
        throw problem("is too large", node, "in[\(i)][\(j)]")
      }
    }
    return samples
  }

  /// `[phase, value]`, or `[phase, ready, start age, ready transition age, value, metric age]` with ages in seconds.
  private func pod(_ node: Node, _ path: String) throws(Diagnostics) -> HPAPod {
    guard let parts = node.elements, parts.count == 2 || parts.count == 6, let phase = parts[0].string else {
      throw problem("must be [phase, value] or [phase, ready, startAge, transitionAge, value, metricAge]", node, path)
    }
    let kind: HPAPod.Phase
    switch phase.first {
    case "R": kind = .running
    case "P": kind = .pending
    case "F": kind = .failed
    case "S": kind = .succeeded
    default:
      throw problem("has an unknown phase \"\(phase)\": write R, P or F, with D for one being deleted", node, path)
    }
    var value: Int64?
    let reading = parts[parts.count == 2 ? 1 : 4]
    if !reading.isNull {
      guard let number = reading.number, let milli = Self.milli(number) else {
        throw problem("must have a number or null as its metric", node, path)
      }
      value = milli
    }
    let isTerminating = phase.dropFirst().first == "D"
    if parts.count == 2 { return HPAPod(phase: kind, isTerminating: isTerminating, value: value) }
    func age(_ i: Int) -> Int64? {
      guard let seconds = parts[i].number, abs(seconds) <= 4e9 else { return nil }
      return Int64(seconds * 1e9)
    }
    guard let ready = parts[1].number ?? parts[1].bool.map({ $0 ? 1 : 0 }), let start = age(2), let transition = age(3),
      let metric = age(5)
    else { throw problem("must have ready as 1 or 0 and ages in seconds", node, path) }
    return HPAPod(
      phase: kind, isTerminating: isTerminating, isReady: ready != 0, startAge: start, readyTransitionAge: transition,
      value: value, metricAge: metric)
  }

  private static func milli(_ value: Double) -> Int64? { abs(value) < 9.2e18 ? Int64(value) : nil }

  private func problem(_ what: String, _ node: Node, _ path: String) -> Diagnostics {
    Diagnostics([.error("'\(path)' \(what)", at: node.location, path: path)])
  }
}

extension HPASpecReader {
  /// The controller's flags, in seconds.
  mutating func settings(_ node: Node, _ path: String, into settings: inout HPASettings) {
    func seconds(_ key: String, _ keyPath: WritableKeyPath<HPASettings, Duration>) {
      if let value = fields.number(node[key], "\(path).\(key)", in: 0...1e9) {
        settings[keyPath: keyPath] = .seconds(value)
      }
    }
    if let tolerance = fields.number(node["tolerance"], path + ".tolerance", in: 0...1e6) {
      settings.tolerance = tolerance
    }
    seconds("downscaleStabilizationSeconds", \.downscaleStabilization)
    seconds("cpuInitializationPeriodSeconds", \.cpuInitializationPeriod)
    seconds("initialReadinessDelaySeconds", \.initialReadinessDelay)
    seconds("metricWindowSeconds", \.metricWindow)
    seconds("syncPeriodSeconds", \.syncPeriod)
  }
}
