import Documents
import Glibc
import HeadroomTesting
import Quantities
import Testing

@testable import Scaling

/// A question that users ask, as a planner writes it: a manifest as kubectl takes it, what is given, what happens, and
/// how many replicas there should be when, by which rule.
///
///     question: one line
///     answer: one line
///     manifest:
///       (indented YAML)
///     given 10 replicas [at 2026-01-05T08:58:00Z]
///     when at 15s NAME=VALUE ...     values hold from then on; `failed` for a source that does not answer;
///                                    replicas=N sets them, ready=N and unready=N tell of pods
///     then at 15s [keda|hpa] N rule  after that moment's looks, or after that controller's look
struct Scenario {
  struct Problem: Error, CustomStringConvertible {
    var description: String
  }
  struct Event {
    var at: Int
    var values: [(name: String, value: Double)]
  }
  struct Expectation {
    var at: Int
    var owner: String?
    var replicas: Int
    var rule: String
  }
  var question = ""
  var answer = ""
  var manifest = ""
  var replicas = 0
  var start = Timestamp(secondsSinceEpoch: 1_767_225_600)
  var events: [Event] = []
  var expectations: [Expectation] = []

  init(_ text: String) throws {
    var inManifest = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if inManifest, line.hasPrefix(" ") {
        manifest += line.dropFirst(2) + "\n"
        continue
      }
      inManifest = false
      let words = line.split(separator: " ").map(String.init)
      guard let first = words.first else { continue }
      switch first {
      case "question:": question = words.dropFirst().joined(separator: " ")
      case "answer:": answer = words.dropFirst().joined(separator: " ")
      case "manifest:": inManifest = true
      case "given":
        guard words.count >= 3, let n = Int(words[1]) else { throw Problem(description: "not understood: \(line)") }
        replicas = n
        if words.count == 5, let time = Timestamp(iso8601: words[4]) { start = time }
      case "when":
        events.append(
          Event(
            at: try Self.seconds(words, line),
            values: try words.dropFirst(3).map {
              let parts = $0.split(separator: "=").map(String.init)
              guard parts.count == 2 else { throw Problem(description: "not NAME=VALUE: \(line)") }
              if parts[1] == "failed" { return (parts[0], .nan) }
              guard let value = Double(parts[1]) else { throw Problem(description: "not a number: \(line)") }
              return (parts[0], value)
            }))
      case "then":
        var rest = Array(words.dropFirst(3))
        let owner = rest.first.flatMap { ["keda", "hpa"].contains($0) ? $0 : nil }
        if owner != nil { rest.removeFirst() }
        guard rest.count == 2, let n = Int(rest[0]) else { throw Problem(description: "not understood: \(line)") }
        expectations.append(Expectation(at: try Self.seconds(words, line), owner: owner, replicas: n, rule: rest[1]))
      default: throw Problem(description: "not understood: \(line)")
      }
    }
  }

  private static func seconds(_ words: [String], _ line: String) throws -> Int {
    guard words.count > 3, words[1] == "at", words[2].hasSuffix("s"), let n = Int(words[2].dropLast()) else {
      throw Problem(description: "no time: \(line)")
    }
    return n
  }

  /// What each controller left behind at each second, and both together under no name.
  func looks() throws -> [String: (replicas: Int, rule: String)] {
    let bytes = Array(manifest.utf8)
    let isKeda = manifest.contains("kind: ScaledObject")
    let keda = isKeda ? try KedaManifest.read(bytes, zones: { _ in .utc }).spec : nil
    let hpa = isKeda ? nil : try HPAManifest.read(bytes).spec
    var world = World(replicas: replicas)
    var hpaController = hpa.map { HPAController($0) }
    var kedaController = keda.map { KedaController($0, created: start) }
    var looks: [String: (replicas: Int, rule: String)] = [:]
    for second in 0...(expectations.map(\.at).max() ?? 0) {
      for event in events where event.at == second { world.take(event.values) }
      let now = start + .seconds(second)
      let before = world.replicas
      // Who changed the replicas has the word; where nobody did, the autoscaler, which looks last.
      func note(_ owner: String, _ replicas: Int, _ because: Reason) {
        let look = (replicas: replicas, rule: because.rule.name.description)
        looks["\(owner)\(second)"] = look
        if replicas != world.replicas || world.replicas == before { looks["\(second)"] = look }
        world.replicas = replicas
      }
      if let spec = keda, second % spec.pollingInterval == 0 {
        let readings = spec.triggers.map { world.reading($0) }
        if let look = kedaController?.poll(at: now, replicas: world.replicas, readings: readings) {
          note("keda", look.replicas, look.because)
        }
      }
      guard second % 15 == 0 else { continue }
      if let spec = keda {
        let readings = spec.triggers.map { world.reading($0) }
        if let look = kedaController?.sync(at: now, scale: world.scale, readings: readings) {
          note("hpa", look.replicas, look.because)
        }
      } else if let spec = hpa,
        let sync = hpaController?.sync(
          at: now, scale: world.scale, samples: spec.metrics.map { world.sample($0) })
      {
        note("hpa", sync.replicas, sync.because)
      }
    }
    return looks
  }

  private struct World {
    var replicas: Int
    var ready: Int?
    var unready = 0
    var values: [String: Double] = [:]
    init(replicas: Int) { self.replicas = replicas }

    var scale: HPAScale { HPAScale(replicas: replicas, status: replicas, ready: ready ?? replicas) }
    mutating func take(_ events: [(name: String, value: Double)]) {
      for (name, value) in events {
        switch name {
        case "replicas": replicas = Int(value)
        case "ready": ready = Int(value)
        case "unready": unready = Int(value)
        default: values[name] = value
        }
      }
    }
    func sample(_ metric: HPAMetric) -> HPASample {
      guard let value = values[metric.name], value.isFinite else { return .failed }
      switch metric.source {
      case .object, .external: return .value(Int64((value * 1000).rounded()))
      default:
        // Percent of a request of one unit, or the value itself.
        var milli = value * 1000
        if case .utilization = metric.goal { milli = value * 10 }
        return .uniform(Int64(milli.rounded()), ready: ready ?? replicas, unready: unready)
      }
    }
    func reading(_ trigger: KedaSpec.Trigger) -> KedaController.Reading {
      switch trigger.kind {
      case .resource(let metric):
        let sample = sample(metric)
        return sample == .failed ? .failed : .resource(sample)
      case .cron: return .value(0)
      case .metric:
        guard let value = values[trigger.name], value.isFinite else { return .failed }
        return .value(value)
      }
    }
  }
}

@Suite("Questions about autoscalers") struct ScenarioTests {
  static let folder = TestData.checkout + "/Tests/ScalingTests/Scenarios/Texts"
  static let names: [String] = {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".txt") { names.append(name) }
    }
    return names.sorted()
  }()
  static func scenario(_ name: String) throws -> Scenario {
    try Scenario(String(decoding: try Input.read(path: "\(folder)/\(name)"), as: UTF8.self))
  }

  @Test("are answered as written", arguments: names)
  func answers(name: String) throws {
    let scenario = try Self.scenario(name)
    #expect(!scenario.question.isEmpty && !scenario.answer.isEmpty && !scenario.expectations.isEmpty)
    let looks = try scenario.looks()
    for expected in scenario.expectations {
      let look = looks["\(expected.owner ?? "")\(expected.at)"]
      #expect(look?.replicas == expected.replicas, "\(name) at \(expected.at) s: \(look?.rule ?? "no look")")
      #expect(look?.rule == expected.rule, "\(name) at \(expected.at) s")
    }
  }

  @Test("stand on the page of questions, each with its answer; HEADROOM_RECORD=1 writes it anew")
  func page() throws {
    var text = """
      # Questions about autoscalers

      What users of HorizontalPodAutoscalers and of KEDA ask again and again, each answered by a scenario that the tests
      run (`Tests/ScalingTests/Scenarios/Texts`, one plain-text file each). The same with your own metrics:
      [replay](../how-to/replay.md).


      """
    for (title, prefix) in [("HorizontalPodAutoscaler", "hpa-"), ("KEDA", "keda-")] {
      text += "## \(title)\n\n"
      for name in Self.names where name.hasPrefix(prefix) {
        let scenario = try Self.scenario(name)
        text += "- **\(scenario.question)**\n  \(scenario.answer)\n"
      }
      text += prefix == "hpa-" ? "\n" : ""
    }
    let path = TestData.checkout + "/docs/explanations/autoscaling-questions.md"
    if getenv("HEADROOM_RECORD") != nil { try Command.write(text, to: path) }
    #expect(String(decoding: try Input.read(path: path), as: UTF8.self) == text)
  }

  @Test("exist for every complaint that is known")
  func allThere() {
    for number in ["116984", "96671", "105579", "130130", "72775", "101371"] {
      #expect(Self.names.contains { $0.hasPrefix("hpa-\(number)") })
    }
    for number in ["7770", "6844", "6787", "6168", "6659", "7411", "8056"] {
      #expect(Self.names.contains { $0.hasPrefix("keda-\(number)") })
    }
  }
}
