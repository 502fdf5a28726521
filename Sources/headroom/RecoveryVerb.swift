import Connecting
import Planning
import Reporting
import Terminal

struct RecoveryVerb: Verb {
  static let info = VerbInfo(
    "recovery", "which standby posture meets RTO and RPO at the least cost?",
    discussion: """
      Adds up what each posture's recovery is made of (detection, decision, routing, machines and how hard they are to \
      get, images, models, features, data, caches), prices the replicas that stand by, names the cheapest that meets the \
      plan's objectives, and writes the runbook and the calendar of drills. The parts stand under recovery: in the plan.

      Exit code 2 says that no posture, or not the plan's own, meets the objectives.
      """,
    examples: [
      Example("headroom recovery plan.yaml", "postures, runbook, drills"),
      Example("headroom recovery plan.yaml --format markdown -o runbook.md", "for the wiki"),
    ], seeAlso: ["failover", "plan"], section: "Regions")

  let common: SharedOptions
  let file: String?
  let catalog: String?
  let service: String?

  init(_ a: inout Arguments) throws(UsageError) {
    service = try ServiceOption.read(&a)
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1, now: true)
    let isGiven = file != nil
    a.check(isGiven, "No plan file is named. Write 'headroom recovery plan.yaml'.")
  }

  func run() throws -> ExitCode {
    guard let file else { return .usage }
    let loaded = try LoadedPlan(file: file, common: common, catalogFile: catalog, service: service)
    return try loaded.plan.currency.shown { try answer(loaded, file) }
  }

  private func answer(_ loaded: LoadedPlan, _ file: String) throws -> ExitCode {
    let outcome = try loaded.outcome(seed: common.seed)
    guard !outcome.recovery.postures.isEmpty else {
      throw Failure(
        "\(file) says nothing about recovery. Add recovery: { rto: 15m, rpo: 1m } to it.", exitCode: .usage)
    }
    ReportWriting.write(
      RecoveryReport(outcome, provenance: ReportWriting.provenance("recovery", file, common)), common)
    let recovery = outcome.recovery
    let own = recovery.postures.first { $0.time.posture == recovery.chosen }
    return (own?.meets ?? (recovery.cheapest != nil)) ? .done : .objectiveMissed
  }
}
