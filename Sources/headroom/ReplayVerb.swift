import Documents
import Scaling
import Terminal

/// `headroom replay hpa|knative|ray`: recorded metrics in, decisions out, exact to the replica.
enum ReplayVerbs {
  static let info = VerbInfo(
    "replay", "what would this policy have decided on these recorded metrics?",
    discussion: """
      Runs the controller's own rules over recorded metrics: the same replicas at every look. With --batch each \
      line of standard input is one scenario and each line of output its answer.
      """,
    examples: [
      Example("headroom replay hpa --batch < scenarios.ndjson", "a HorizontalPodAutoscaler, sync by sync"),
      Example("headroom replay knative --batch < scenarios.ndjson", "Knative's autoscaler, tick by tick"),
      Example("headroom replay ray --batch < scenarios.ndjson", "Ray Serve's default policy"),
    ], section: "Plan")

  static let node = VerbNode.group(info, [.verb(ReplayHPA.self), .verb(ReplayKnative.self), .verb(ReplayRay.self)])

  /// Answers each line by a controller's replay.
  static func run(_ console: Console, _ answer: (Node) throws(Diagnostics) -> [UInt8]) throws -> ExitCode {
    try Batch.lines(console) { (node) throws(BatchFault) in
      do throws(Diagnostics) {
        return try answer(node)
      } catch {
        let first = error.all.first
        throw BatchFault(
          code: "invalid-scenario",
          message: error.all.map { $0.message + ($0.help.map { "; \($0)" } ?? "") }.joined(separator: ". "),
          path: first?.path ?? "")
      }
    }
  }
}

struct ReplayHPA: Verb {
  static let info = VerbInfo(
    "hpa", "what would this HorizontalPodAutoscaler have done?",
    discussion:
      "Each line is one scenario: the spec as the user wrote it, the controller's defaults, and the metrics at each sync. The answer holds scale.spec.replicas after each sync.",
    examples: [Example("headroom replay hpa --batch < scenarios.ndjson", "every sync of every scenario")])
  let common: SharedOptions
  init(_ a: inout Arguments) throws(UsageError) {
    try ReplayVerbs.declareBatch(&a)
    common = try SharedOptions(&a)
  }
  func run() throws -> ExitCode {
    try ReplayVerbs.run(common.console) { (node) throws(Diagnostics) in try HPAReplay.answer(node) }
  }
}

struct ReplayKnative: Verb {
  static let info = VerbInfo(
    "knative", "what would Knative's autoscaler have done?",
    discussion:
      "Each line is one scenario: the decider's values, the metric of each second, and the ready pods of each tick.",
    examples: [Example("headroom replay knative --batch < scenarios.ndjson", "every tick of every scenario")])
  let common: SharedOptions
  init(_ a: inout Arguments) throws(UsageError) {
    try ReplayVerbs.declareBatch(&a)
    common = try SharedOptions(&a)
  }
  func run() throws -> ExitCode {
    try ReplayVerbs.run(common.console) { (node) throws(Diagnostics) in try KnativeReplay.answer(node) }
  }
}

struct ReplayRay: Verb {
  static let info = VerbInfo(
    "ray", "what would Ray Serve's default policy have done?",
    discussion: "Each line is one scenario: the autoscaling configuration and the ongoing requests at each decision.",
    examples: [Example("headroom replay ray --batch < scenarios.ndjson", "every decision of every scenario")])
  let common: SharedOptions
  init(_ a: inout Arguments) throws(UsageError) {
    try ReplayVerbs.declareBatch(&a)
    common = try SharedOptions(&a)
  }
  func run() throws -> ExitCode {
    try ReplayVerbs.run(common.console) { (node) throws(Diagnostics) in try RayServeReplay.answer(node) }
  }
}

extension ReplayVerbs {
  /// Scenarios come as a stream; other sources are not there yet, so the flag must be given.
  static func declareBatch(_ a: inout Arguments) throws(UsageError) {
    let isBatch = a.flag("batch", help: "answer one JSON scenario a line from standard input")
    a.check(isBatch, "Scenarios come on standard input. Write --batch.")
  }
}
