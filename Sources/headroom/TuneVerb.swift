import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Terminal

struct TuneVerb: Verb {
  static let info = VerbInfo(
    "tune", "which settings meet the objective at the least cost?",
    discussion: """
      Searches the settings of the plan's own policy, and its bounds, by simulating them over many weeks: days of the \
      history put together anew, and weeks of the forecast's possible futures. Shows what no other choice beats in \
      cost and risk at once, picks the cheapest that meets the objective with confidence, compares it with the \
      settings as they are, and says how sure that is, on weeks that the search never saw.

      The same seed and budget give the same answer on any number of cores; with --time the answer depends on the \
      machine. Ctrl-C ends the search with the best so far, a second one quits. Exit code 2 says that no settings \
      that were tried meet the objective.
      """,
    examples: [
      Example("headroom tune plan.yaml", "the answer in the terminal"),
      Example("headroom tune plan.yaml --manifest-out hpa.yaml", "and the manifest with the chosen settings"),
      Example("headroom tune plan.yaml --budget 100000 -o tuning.html", "search longer, and a page for the review"),
      Example("headroom tune plan.yaml --json | jq .chosen.settings", "the settings for a script"),
    ], seeAlso: ["simulate", "plan", "export"], section: "Plan")

  let common: SharedOptions
  let file: String?
  let catalog: String?
  let budget: Int
  let time: Duration?
  let manifest: String?
  let settings: [String]
  let service: String?
  let access: PlanAccess

  init(_ a: inout Arguments) throws(UsageError) {
    budget = try a.option(
      "budget", value: "N", default: 20_000, help: "simulated weeks to spend, \(TuningControl.least) or more")
    let span: SpanArgument? = try a.option("time", value: "TIME", help: "stop the search after this long: 30s, 5m")
    time = span?.span
    manifest = try a.option(
      "manifest-out", value: "FILE", help: "write the manifest with the chosen settings",
      completion: .files(["yaml", "yml"]))
    settings = try a.options("set", value: "NAME=VALUE", help: "a setting of the manifest, as name=shop")
    service = try ServiceOption.read(&a)
    access = try AccessOptions.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isGiven = file != nil
    a.check(isGiven, "No plan file is named. Write 'headroom tune plan.yaml'.")
    let isEnough = budget >= TuningControl.least && budget <= 100_000_000
    a.check(isEnough, "'--budget \(budget)' is out of range. Write \(TuningControl.least) to 100000000.")
  }

  func run() throws -> ExitCode {
    guard let file else { return .usage }
    let named = try ExportSettings.read(settings)
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, access: access, service: service)
    return try loaded.plan.currency.shown { try tune(loaded, named, file) }
  }

  private func tune(_ loaded: LoadedPlan, _ named: [String: String], _ file: String) throws -> ExitCode {
    let outcome = try loaded.outcome(seed: common.seed)
    Interruption.install()
    defer { Interruption.uninstall() }
    let tuning = try Tuning.found(outcome, budget: budget, time: time, common)
    if let manifest { try write(tuning, outcome, named, to: manifest) }
    ReportWriting.write(
      TuneReport(tuning, source: outcome.plan.name, provenance: provenance(file)), common)
    if Interruption.isRequested { return .interrupted }
    return tuning.verdict == .unreachable ? .objectiveMissed : .done
  }

  private func provenance(_ file: String) -> Provenance {
    var provenance = ReportWriting.provenance("tune", file, common)
    if budget != 20_000 { provenance.command += " --budget \(budget)" }
    return provenance
  }

  /// The manifest that the policy is written in, with the chosen settings and bounds.
  private func write(_ tuning: Tuning, _ outcome: PlanOutcome, _ named: [String: String], to path: String) throws {
    var tuned = outcome
    tuned.plan.policy = tuning.recipe
    tuned.bounds = ScalingBounds(minimum: tuning.minimum, maximum: tuning.maximum)
    // A policy that has no manifest of its own is written as the autoscaler that comes nearest to it.
    guard let exporter = ExporterList.named(tuning.policy) ?? ExporterList.named("hpa") else { return }
    let export: Export
    do throws(ExportFault) {
      export = try exporter.export(ExportRequest(tuned, settings: named))
    } catch {
      throw Failure("\(error)", exitCode: .usage)
    }
    // A place that cannot be written to is no fault of the command's words.
    try Output.write(export.text, to: path)
    for note in export.notes { common.console.note("Note: \(note)") }
    common.console.note("Wrote the \(exporter.name) manifest to \(path).")
  }
}

extension Tuning {
  /// Searches over all cores, with progress on standard error, until the budget or the time is used or the user stops.
  static func found(_ outcome: PlanOutcome, budget: Int, time: Duration?, _ common: SharedOptions) throws -> Tuning {
    let progress = ProgressBar("tuning", total: 1, on: common.console)
    defer { progress.finish() }
    let end = time.map { ProgressBar.monotonic() + $0 }
    let control = TuningControl(
      budget: budget, seed: common.seed, map: { ParallelMap.map($0, $1) },
      shouldStop: { Interruption.isRequested || (end.map { ProgressBar.monotonic() >= $0 } ?? false) },
      progress: { done, total in progress.update(to: Double(done) / Double(max(1, total))) })
    return try Tuner(outcome, control).run()
  }
}
