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

      FILE is a document of regions ("schema": "headroom-regions/1", JSON or YAML): docs/reference/regions.md names \
      its keys. With --batch it answers one such document a line.

      The solver is HiGHS, loaded when it is needed: from HEADROOM_HIGHS, the system, .deps/highs (script/bootstrap) \
      or beside the program. Ctrl-C and --time-limit end the search with the best plan so far and its gap.

      Exit code 2 says that nothing holds.
      """,
    examples: [
      Example("headroom place regions.json", "what stands where, at which cost"),
      Example("headroom place regions.json --json --time-limit 30s", "for a script"),
      Example("headroom place regions.json --compare", "what the usual rules would cost beside it"),
      Example("headroom place regions.json --strategy nearest", "under one of those rules"),
    ], seeAlso: ["failover", "recovery", "commit", "plan"], section: "Regions")

  let common: SharedOptions
  let file: String?
  let isBatch: Bool
  let limit: Duration
  let gap: Double
  let strategy: PlacementStrategy
  let isComparing: Bool

  init(_ a: inout Arguments) throws(UsageError) {
    isBatch = a.flag("batch", help: "answer one document a line from standard input")
    let span: SpanArgument = try a.option(
      "time-limit", value: "TIME", default: SpanArgument(.seconds(60)), help: "stop the search after this long")
    limit = span.span
    gap = try a.option("gap", value: "SHARE", default: 1e-6, help: "stop when at most this share above the least cost")
    let names = PlacementStrategy.all.map(\.name) + ["active-passive"]
    let name: String = try a.option(
      "strategy", value: "NAME", default: "best", help: "one of \(names.joined(separator: ", "))")
    strategy = PlacementStrategy.named(name) ?? .best
    isComparing = a.flag("compare", help: "price every strategy against the best")
    file = try a.positional("FILE", help: "a document of regions", completion: .files(["json", "yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .json, .markdown])
    let isGiven = file != nil || isBatch
    a.check(isGiven, "No document is named. Write 'headroom place regions.json', or --batch to answer one a line.")
    let isKnown = PlacementStrategy.named(name) != nil
    a.check(isKnown, "There is no strategy '\(name)'. Write one of \(names.joined(separator: ", ")).")
    let isShare = gap >= 0 && gap < 1
    a.check(isShare, "'--gap \(gap)' is out of range. Write a share from 0 to 1, as 0.005.")
  }

  private func limits() -> PlacementSolver.Limits {
    // The solver looks at its clock now and then: what it may run over is kept back.
    let end = ProgressBar.monotonic() + .seconds(limit.seconds - min(2, 0.08 * limit.seconds))
    var limits = PlacementSolver.Limits()
    limits.gap = gap
    limits.remaining = { (end - ProgressBar.monotonic()).seconds }
    limits.isStopped = { Interruption.isRequested }
    return limits
  }

  func run() throws -> ExitCode {
    if isBatch { return try answerAll() }
    guard let file else { return .usage }
    let isYAML = file.hasSuffix(".yaml") || file.hasSuffix(".yml")
    let document = try RegionDocument(bytes: Input.read(path: file), file: file, isYAML: isYAML)
    for warning in document.warnings.all { common.console.messages.write("\(warning)\n") }
    Interruption.install()
    defer { Interruption.uninstall() }
    let placement = try document.problem.placed(strategy, limits: limits())
    var report = PlacementReport(
      placement, of: document.problem, name: document.name,
      provenance: ReportWriting.provenance("place", file, common))
    if isComparing {
      for other in PlacementStrategy.all where other != strategy && !Interruption.isRequested {
        report.alternatives.append(
          PricedStrategy(other, try document.problem.placed(other, limits: limits())))
      }
    }
    let console = common.console
    switch common.format {
    case .json: console.write(report.json())
    case .markdown: console.write(report.markdown())
    default: console.write(report.terminal(width: console.width, style: console.style))
    }
    if Interruption.isRequested { return .interrupted }
    return placement.status == .infeasible ? .objectiveMissed : .done
  }

  private func answerAll() throws -> ExitCode {
    try Solver.require()
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
        let placement = try document.problem.placed(strategy, limits: limits())
        PlacementReport(placement, of: document.problem, name: document.name, provenance: Provenance())
          .writeAnswer(to: &writer)
      } catch {
        throw BatchFault(code: error.code.name, message: "\(error)", path: "")
      }
    }
  }
}
