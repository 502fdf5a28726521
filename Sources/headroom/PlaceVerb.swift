import Connecting
import Documents
import Optimizing
import Placing
import Planning
import Quantities
import Reporting
import Terminal

struct PlaceVerb: Verb {
  static let info = VerbInfo(
    "place", "which region holds how much, surviving which failures?",
    discussion: """
      Spreads machines over regions at the least cost, one fleet for all hours of the day, so that the demand is served \
      in every hour while all regions stand and after each of the losses that are listed, within residency, latency \
      limits, quotas, minimum and maximum. The proved lower bound and the gap to it are always printed; where nothing \
      can hold, the smallest set of constraints that clash. Origins that no surviving region may serve are listed.

      Of a plan it places the plan's regions (residency, latency, hours and bounds under regions:, the rest under \
      placement:), the same answer that `headroom plan` sizes and prices with; no clock ends that search.

      Where a document states an uncertainty, placements for several demands are held against sampled worlds and ranked by \
      expected cost and by regret, each with its cliff distance: by how much all demand may grow before something no \
      longer holds. Offers may say how surely machines can be had, and blocks what is bought ahead: the answer names the \
      last day to order.

      A document of models and where their hardware stands ("schema": "headroom-spill/1") is answered with where overflow \
      goes: a model runs only where it is hosted; a host under pressure of its queue or KV cache sends on to the next \
      region that hosts the same model, a full one answers 429, and what finds no place is refused.

      FILE is a plan, or a document of regions ("schema": "headroom-regions/1", JSON or YAML): docs/reference/regions.md names \
      its keys. With --batch it answers one such document a line.

      The solver is HiGHS, loaded when it is needed: from HEADROOM_HIGHS, the system, .deps/highs (script/bootstrap) \
      or beside the program. Ctrl-C and --time-limit end the search with the best plan so far and its gap.

      Exit code 2 says that nothing holds.
      """,
    examples: [
      Example("headroom place regions.json", "what stands where, at which cost"),
      Example("headroom place plan.yaml", "the plan's regions, as plan sizes them"),
      Example("headroom place regions.json --json --time-limit 30s", "for a script"),
      Example("headroom place regions.json --compare", "what the usual rules would cost beside it"),
      Example("headroom place regions.json --strategy nearest", "under one of those rules"),
    ], seeAlso: ["failover", "recovery", "commit", "plan"], section: "Regions")

  let common: SharedOptions
  let file: String?
  let isBatch: Bool
  let limit: Duration
  let patience: Duration
  let gap: Double
  let strategy: PlacementStrategy
  let isComparing: Bool
  let worlds: Int
  let service: String?
  let catalog: String?

  init(_ a: inout Arguments) throws(UsageError) {
    isBatch = a.flag("batch", help: "answer one document a line from standard input")
    let span: SpanArgument = try a.option(
      "time-limit", value: "TIME", default: SpanArgument(.seconds(60)), help: "stop the search after this long")
    limit = span.span
    let wait: SpanArgument = try a.option(
      "patience", value: "TIME", default: SpanArgument(.seconds(2)),
      help: "take a plan within 0.5 % of the bound once nothing has moved for this long; 0s goes on to the time limit")
    patience = wait.span
    gap = try a.option("gap", value: "SHARE", default: 1e-6, help: "stop when at most this share above the least cost")
    let names = PlacementStrategy.all.map(\.name) + ["active-passive"]
    let name: String = try a.option(
      "strategy", value: "NAME", default: "best", help: "one of \(names.joined(separator: ", "))")
    strategy = PlacementStrategy.named(name) ?? .best
    isComparing = a.flag("compare", help: "price every strategy against the best")
    worlds = try a.option("worlds", value: "N", default: 1000, help: "worlds that an uncertainty is sampled in")
    service = try ServiceOption.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional(
      "FILE", help: "a plan, or a document of regions", completion: .files(["json", "yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isMany = (1...1_000_000).contains(worlds)
    a.check(isMany, "'--worlds \(worlds)' is out of range. Write 1 to 1000000.")
    let isGiven = file != nil || isBatch
    a.check(isGiven, "No document is named. Write 'headroom place regions.json', or --batch to answer one a line.")
    let isKnown = PlacementStrategy.named(name) != nil
    a.check(isKnown, "There is no strategy '\(name)'. Write one of \(names.joined(separator: ", ")).")
    let isShare = gap >= 0 && gap < 1
    a.check(isShare, "'--gap \(gap)' is out of range. Write a share from 0 to 1, as 0.005.")
  }

  /// The options that change the answer, as they were given.
  private var words: [String] {
    var words: [String] = []
    if strategy != .best { words += ["--strategy", strategy.name] }
    if isComparing { words.append("--compare") }
    return words
  }

  private func limits() -> PlacementSolver.Limits {
    // The solver looks at its clock now and then: what it may run over is kept back.
    let end = ProgressBar.monotonic() + .seconds(limit.seconds - min(2, 0.08 * limit.seconds))
    var limits = PlacementSolver.Limits()
    limits.gap = gap
    limits.remaining = { (end - ProgressBar.monotonic()).seconds }
    limits.isStopped = { Interruption.isRequested }
    let begin = ProgressBar.monotonic()
    limits.elapsed = { (ProgressBar.monotonic() - begin).seconds }
    limits.patience = patience.seconds > 0 ? patience.seconds : .infinity
    return limits
  }

  func run() throws -> ExitCode {
    if isBatch { return try answerAll() }
    guard let file else { return .usage }
    let isYAML = file.hasSuffix(".yaml") || file.hasSuffix(".yml")
    let bytes = try Input.read(path: file)
    let root = isYAML ? try YAML.parse(bytes, file: file) : try JSON.parse(bytes, file: file)
    if Self.isPlan(root) { return try placePlan(file) }
    if root["schema"]?.text == SpillDocument.schemaName { return try spill(root) }
    let document = try RegionDocument(root)
    for warning in document.warnings.all { common.console.messages.write("\(warning)\n") }
    Interruption.install()
    defer { Interruption.uninstall() }
    let today = try today()
    let procurement = document.procurement(today: today)
    let problem = document.problem.assured(procurement)
    let placement = try problem.placed(strategy, limits: limits())
    var report = PlacementReport(
      placement, of: problem, name: document.name,
      provenance: ReportWriting.provenance("place", file, common, options: words))
    report.orders = PlacementOrder.all(placement, stated: document.problem, procurement, today: today)
    if let doubt = document.doubt, !doubt.isCertain, !placement.counts.isEmpty, !Interruption.isRequested {
      report.choices = try problem.ranked(doubt, worlds: worlds, seed: common.seed, limits: limits())
    }
    try compare(problem, &report)
    return write(report)
  }

  private func today() throws -> CivilDate { TimeZoneRules.utc.local(try Clock.moment(common).now).date }

  private func compare(_ problem: RegionProblem, _ report: inout PlacementReport) throws {
    guard isComparing else { return }
    for other in PlacementStrategy.all where other != strategy && !Interruption.isRequested {
      report.alternatives.append(PricedStrategy(other, try problem.placed(other, limits: limits())))
    }
  }

  private func write(_ report: PlacementReport) -> ExitCode {
    ReportWriting.write(report, common)
    if Interruption.isRequested { return .interrupted }
    return report.placement.status == .infeasible ? .objectiveMissed : .done
  }

  /// A plan has traffic or services; a document of regions has a schema.
  private static func isPlan(_ root: Node) -> Bool {
    root["schema"] == nil && (root["plan"] != nil || root["traffic"] != nil || root["services"] != nil)
  }

  private func spill(_ root: Node) throws -> ExitCode {
    let document = try SpillDocument(root)
    for warning in document.warnings.all { common.console.messages.write("\(warning)\n") }
    let report = SpillReport(document.problem, name: document.name)
    ReportWriting.write(report, common)
    return report.isServed ? .done : .objectiveMissed
  }

  private func placePlan(_ file: String) throws -> ExitCode {
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, service: service)
    let outcome = try loaded.outcome(seed: common.seed)
    guard let placed = outcome.placement else {
      throw Failure(
        "The plan's regions are no placement problem: they have shares alone. Add placement: { latency limit: 100ms } to it, or say under regions: which may serve whom.",
        exitCode: .badInput)
    }
    if let fault = placed.fault { throw fault }
    guard let placement = placed.placement else { return .worldFailed }
    var report = PlacementReport(
      placement, of: placed.problem, name: outcome.plan.name,
      provenance: ReportWriting.provenance("place", file, common, options: words))
    report.orders = PlacementOrder.all(
      placement, stated: placed.stated, placed.procurement, today: outcome.plan.zone.local(outcome.now).date)
    try compare(placed.problem, &report)
    return write(report)
  }

  private func answerAll() throws -> ExitCode {
    try Solver.require()
    let today = try today()
    let batch = Batch(console: common.console) { (node) throws(BatchFault) in
      do throws(Diagnostics) {
        return try RegionDocument(node)
      } catch {
        let first = error.all.first
        throw BatchFault(
          code: "bad-document", message: first.map { $0.message + ($0.help.map { "; \($0)" } ?? "") } ?? "",
          path: first?.path ?? "")
      }
    }
    return try batch.run { document, writer throws(BatchFault) in
      do throws(OptimizingError) {
        let procurement = document.procurement(today: today)
        let problem = document.problem.assured(procurement)
        let placement = try problem.placed(strategy, limits: limits())
        var report = PlacementReport(placement, of: problem, name: document.name, provenance: Provenance())
        report.orders = PlacementOrder.all(placement, stated: document.problem, procurement, today: today)
        if let doubt = document.doubt, !doubt.isCertain, !placement.counts.isEmpty {
          report.choices = try problem.ranked(doubt, worlds: worlds, seed: common.seed, limits: limits())
        }
        report.writeAnswer(to: &writer)
      } catch {
        throw BatchFault(code: error.code.name, message: "\(error)", path: "")
      }
    }
  }
}
