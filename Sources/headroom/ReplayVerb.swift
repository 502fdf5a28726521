import Connecting
import Documents
import Scaling
import Terminal

/// `headroom replay hpa|keda|knative|ray`: recorded metrics in, decisions out, exact to the replica.
enum ReplayVerbs {
  static let info = VerbInfo(
    "replay", "what would this policy have decided on these recorded metrics?",
    discussion: """
      Runs the controller's own rules over recorded metrics: the same replicas at every look. Metrics come from a \
      CSV file or straight from Prometheus; with --batch each line of standard input is one scenario and each line \
      of output its answer.
      """,
    examples: [
      Example(
        "headroom replay hpa --manifest hpa.yaml --metrics tuesday.csv", "what would this HPA have done last Tuesday?"),
      Example("headroom replay keda --manifest scaledobject.yaml --metrics tuesday.csv", "and this ScaledObject?"),
      Example("headroom replay hpa --batch < scenarios.ndjson", "many scenarios, sync by sync"),
    ], seeAlso: ["simulate", "check"], section: "Plan")

  static let node = VerbNode.group(
    info, [.verb(ReplayHPA.self), .verb(ReplayKeda.self), .verb(ReplayKnative.self), .verb(ReplayRay.self)])

  /// Answers each line by a controller's replay.
  static func run(_ console: Console, _ answer: (Node) throws(Diagnostics) -> [UInt8]) throws -> ExitCode {
    try Batch(console).runWhole { (node) throws(BatchFault) in
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
    discussion: """
      The file has a column for each metric of the manifest, by the metric's name: percent of the request for \
      Utilization (63 is 63 %), the mean of the pods for other Resource and Pods metrics, the total for Object and \
      External ones (CONTAINER/cpu for one container). A column 'replicas' holds those that there really were, 'ready' \
      the ready pods; an empty field is a metric that was missing.

      With a column 'replicas' the load of all pods together is as recorded, so that half the pods have twice the \
      load each; --mode recorded takes the pods' values as they are, --mode shadow asks at each moment what the \
      controller would have made of the replicas that there were.

      With --batch each line is one scenario: the spec as the user wrote it, the controller's defaults, and the \
      metrics at each sync. The answer holds scale.spec.replicas after each sync.
      """,
    examples: [
      Example("headroom replay hpa --manifest hpa.yaml --metrics metrics.csv", "the changes and why"),
      Example(
        "headroom replay hpa --manifest hpa.yaml --prometheus http://prometheus:9090 --query cpu='100 * avg(...)'",
        "straight from Prometheus: the last day"),
      Example("headroom replay hpa --manifest hpa.yaml --metrics metrics.csv --format csv -o looks.csv", "every look"),
      Example("headroom replay hpa --batch < scenarios.ndjson", "every sync of every scenario"),
    ])
  let recorded: ReplayOptions
  let syncPeriod: Duration
  let tolerance: Double
  let stabilization: Duration
  let common: SharedOptions

  init(_ a: inout Arguments) throws(UsageError) {
    recorded = try ReplayOptions(&a, manifest: "the HorizontalPodAutoscaler", batch: true)
    a.section("The controller manager")
    syncPeriod = try a.duration("sync-period", default: .seconds(15), help: "how often the controller looks")
    tolerance = try a.option("tolerance", value: "SHARE", default: 0.1, help: "the cluster's tolerance")
    stabilization = try a.duration(
      "downscale-stabilization", default: .seconds(300), help: "the cluster's scale-down window")
    a.section("")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], now: true)
  }

  func run() throws -> ExitCode {
    if recorded.isBatch {
      return try ReplayVerbs.run(common.console) { (node) throws(Diagnostics) in try HPAReplay.answer(node) }
    }
    let manifest = try HPAManifest.read(try recorded.manifestBytes(), file: recorded.manifest, name: recorded.name)
    var settings = HPASettings()
    settings.syncPeriod = syncPeriod
    settings.tolerance = tolerance
    settings.downscaleStabilization = stabilization
    return try recorded.run(
      title: "HorizontalPodAutoscaler \(manifest.name)", warnings: manifest.warnings, common
    ) { mode, stale in
      RecordedReplay.hpa(manifest.spec, settings: settings, mode: mode, initial: recorded.initial, stale: stale)
    }
  }
}

struct ReplayKeda: Verb {
  static let info = VerbInfo(
    "keda", "what would this KEDA ScaledObject have done?",
    discussion: """
      Two controllers on one number: KEDA polls and moves between none and some, the autoscaler that it makes moves \
      between one and many; each change says whose it is. The file has a column for each trigger, by the trigger's \
      name or what it reads (a queue, a topic, a query), with the total; cron triggers need none.
      """,
    examples: [
      Example(
        "headroom replay keda --manifest scaledobject.yaml --metrics metrics.csv", "the changes, their owner, why"),
      Example(
        "headroom replay keda --manifest so.yaml --metrics m.csv --column 'sum(rate(http_requests_total[1m]))'=rps",
        "a trigger under another column's name"),
    ])
  let recorded: ReplayOptions
  let common: SharedOptions
  init(_ a: inout Arguments) throws(UsageError) {
    recorded = try ReplayOptions(&a, manifest: "the ScaledObject", batch: false)
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], now: true)
  }
  func run() throws -> ExitCode {
    let manifest = try KedaManifest.read(
      try recorded.manifestBytes(), file: recorded.manifest, name: recorded.name, zones: ZoneFiles.zone(named:))
    return try recorded.run(title: "ScaledObject \(manifest.name)", warnings: manifest.warnings, common) {
      mode, stale in
      RecordedReplay.keda(manifest.spec, mode: mode, initial: recorded.initial, stale: stale)
    }
  }
}

struct ReplayKnative: Verb {
  static let info = VerbInfo(
    "knative", "what would Knative's autoscaler have done?",
    discussion: """
      The file has a column 'concurrency' or 'rps', by the Service's metric: the total over its pods. Bounds, scale \
      to zero and its grace period are in.

      With --batch each line is one scenario: the decider's values, the metric of each second, and the ready pods of \
      each tick.
      """,
    examples: [
      Example("headroom replay knative --manifest service.yaml --metrics metrics.csv", "the changes and why"),
      Example("headroom replay knative --batch < scenarios.ndjson", "every tick of every scenario"),
    ])
  let recorded: ReplayOptions
  let common: SharedOptions
  init(_ a: inout Arguments) throws(UsageError) {
    recorded = try ReplayOptions(&a, manifest: "the Knative Service", batch: true)
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], now: true)
  }
  func run() throws -> ExitCode {
    if recorded.isBatch {
      return try ReplayVerbs.run(common.console) { (node) throws(Diagnostics) in try KnativeReplay.answer(node) }
    }
    let manifest = try KnativeManifest.read(try recorded.manifestBytes(), file: recorded.manifest, name: recorded.name)
    return try recorded.run(
      title: "Knative Service \(manifest.name)", warnings: manifest.warnings, common
    ) { mode, stale in
      RecordedReplay.knative(manifest, mode: mode, initial: recorded.initial, stale: stale)
    }
  }
}

struct ReplayRay: Verb {
  static let info = VerbInfo(
    "ray", "what would Ray Serve's default policy have done?",
    discussion: """
      The file has a column 'ongoing': requests in service or waiting over all replicas of the deployment.

      With --batch each line is one scenario: the autoscaling configuration and the ongoing requests at each decision.
      """,
    examples: [
      Example("headroom replay ray --manifest serve.yaml --metrics metrics.csv", "the changes and why"),
      Example("headroom replay ray --batch < scenarios.ndjson", "every decision of every scenario"),
    ])
  let recorded: ReplayOptions
  let version: RayServeAutoscaler.Version
  let common: SharedOptions
  init(_ a: inout Arguments) throws(UsageError) {
    recorded = try ReplayOptions(&a, manifest: "the Ray Serve config", batch: true)
    version = a.choice(
      "ray-version", among: RayServeAutoscaler.Version.allCases, default: .clock,
      help: "whose rules: those of 2.60, or the counting ones before")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .csv, .markdown], now: true)
  }
  func run() throws -> ExitCode {
    if recorded.isBatch {
      return try ReplayVerbs.run(common.console) { (node) throws(Diagnostics) in try RayServeReplay.answer(node) }
    }
    let manifest = try RayServeManifest.read(
      try recorded.manifestBytes(), file: recorded.manifest, name: recorded.name)
    return try recorded.run(
      title: "Ray Serve deployment \(manifest.name)", warnings: manifest.warnings, common
    ) { mode, stale in
      RecordedReplay.ray(
        manifest.config, version: version, lookBack: manifest.lookBack, mode: mode, initial: recorded.initial,
        stale: stale)
    }
  }
}
