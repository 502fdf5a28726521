import Documents
import Planning
import Quantities
import Reporting
import Scaling
import Terminal

struct SimulateVerb: Verb {
  static let info = VerbInfo(
    "simulate", "what will this autoscaler do on this traffic?",
    discussion: """
      Runs the plan's policy and its alternatives through the fluid world: demand arrives, replicas start in stages, \
      measurements reach the policy late, requests wait or are turned away. Shows what was served, what it cost, \
      and why the worst minute was bad.

      With --batch it answers one JSON question a line: {"id", "policy": {"threshold": {"qps_per_instance", \
      "scale_up_threshold", "scale_down_threshold", "min_instances", "max_instances"}}, "initial_instances", \
      "trace": [...]} gives {"id", "replicas": [...]}, as the reference autoscaler does, quirks included.
      """,
    examples: [
      Example("headroom simulate plan.yaml", "the policies side by side"),
      Example("headroom simulate plan.yaml -o simulation.html", "as a page with timelines"),
      Example("headroom simulate --batch < questions.ndjson", "the reference autoscaler, exactly"),
    ], seeAlso: ["plan", "tune", "replay"], section: "Plan")

  let common: CommonOptions
  let file: String?
  let catalog: String?
  let isBatch: Bool

  init(_ a: inout Arguments) throws(UsageError) {
    isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    common = try CommonOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isGiven = file != nil || isBatch
    a.check(isGiven, "No plan file is named. Write 'headroom simulate plan.yaml'.")
  }

  func run() throws -> ExitCode {
    if isBatch { return try answerQuestions() }
    guard let file else { return .usage }
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog)
    let outcome = try loaded.outcome(seed: common.seed)
    guard !outcome.simulations.isEmpty else {
      throw Failure(
        "There is nothing to simulate: the plan states an average instead of naming a source. Add source: { csv: traffic.csv } under traffic.",
        exitCode: .badInput)
    }
    try ReportWriting.write(simulations: outcome, common)
    let objectives = outcome.verdicts.filter { !$0.objective.hasPrefix("capacity") }
    return objectives.allSatisfy { $0.met } ? .done : .objectiveMissed
  }

  private func answerQuestions() throws -> ExitCode {
    try Batch.run(common.console) { (node, writer) throws(BatchFault) in
      let question = try ThresholdQuestion(node)
      writer.key("replicas")
      writer.array { writer in for n in question.replicas { writer.integer(n) } }
    }
  }
}

/// One question for the reference autoscaler.
struct ThresholdQuestion {
  let replicas: [Int]

  init(_ node: Node) throws(BatchFault) {
    guard let policy = node["policy"] else {
      throw BatchFault(code: "missing", message: "'policy' is missing: write {\"threshold\": {...}}.", path: "policy")
    }
    guard let threshold = policy["threshold"] else {
      let name = policy.entries?.first?.key ?? ""
      throw BatchFault(
        code: "unknown-policy", message: "'\(name)' is not a policy of this stream; write 'threshold'.", path: "policy")
    }
    func number(_ key: String, _ fallback: Double) throws(BatchFault) -> Double {
      guard let value = threshold[key] else { return fallback }
      guard let number = value.number, number.isFinite else {
        throw BatchFault(
          code: "not-a-number", message: "'\(key)' must be a finite number.", path: "policy.threshold.\(key)")
      }
      return number
    }
    func count(_ node: Node?, _ path: String, _ fallback: Int) throws(BatchFault) -> Int {
      guard let node else { return fallback }
      guard let value = node.integer, value >= 0 else {
        throw BatchFault(code: "not-a-count", message: "'\(path)' must be a whole number, zero or more.", path: path)
      }
      return value
    }
    let capacity = try number("qps_per_instance", 2000)
    let up = try number("scale_up_threshold", 0.8)
    let down = try number("scale_down_threshold", 0.3)
    guard capacity > 0 else {
      throw BatchFault(
        code: "not-positive", message: "'qps_per_instance' must be above zero.",
        path: "policy.threshold.qps_per_instance")
    }
    guard up > 0, down > 0 else {
      throw BatchFault(code: "not-positive", message: "The thresholds must be above zero.", path: "policy.threshold")
    }
    let low = try count(threshold["min_instances"], "policy.threshold.min_instances", 1)
    let high = try count(threshold["max_instances"], "policy.threshold.max_instances", 100)
    let initial = try count(node["initial_instances"], "initial_instances", 1)
    guard let trace = node["trace"]?.numbers else {
      throw BatchFault(code: "missing", message: "'trace' must be an array of numbers.", path: "trace")
    }
    guard !trace.isEmpty else {
      throw BatchFault(code: "empty-trace", message: "The trace is empty: give at least one rate.", path: "trace")
    }
    if let bad = trace.firstIndex(where: { !$0.isFinite || $0 < 0 }) {
      throw BatchFault(
        code: "not-a-rate", message: "The trace holds a value that is not a rate (missing, negative or not finite).",
        path: "trace[\(bad)]")
    }
    replicas = ReferenceAutoscaler.simulate(
      trace: trace, initial: initial, capacityPerInstance: capacity, scaleUp: up, scaleDown: down, minimum: low,
      maximum: high)
  }
}
