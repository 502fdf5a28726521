import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Storing
import Terminal

struct PlanVerb: Verb {
  static let info = VerbInfo(
    "plan", "how much of what, where, when, at what cost?",
    discussion: """
      Reads a plan file (capacity as code), measures its traffic, forecasts the peak with its events, derives the \
      headroom, sizes replicas and machines, simulates the autoscaler and prices it all. Every number can be asked \
      for its derivation with 'headroom explain'.

      A plan may hold several services (services: in the file): each is answered, and their total: cost, machines by \
      type, dates, and what competes for the same quota. --service answers one of them alone.

      --fleet answers thousands of services in one run, over all cores: a folder with a plan for each, or the many \
      series of a file or of a PromQL query, for each of which the plan's keys hold. The report ranks them by risk (the \
      day on which what runs no longer suffices, with its interval) and by waste (idle money). What needs a simulation \
      is left out. A service that cannot be answered is a row with its reason. With --journal a run that was killed \
      goes on where it stopped.

      Exit code 2 says that an objective is missed; of a fleet, also that a service could not be answered.

      With --batch it answers one JSON question a line: {"id", "avg_qps", "peak_to_avg", "headroom", \
      "qps_per_instance"} gives {"id", "peak_qps", "provisioned_qps", "instances"}. {"id", "file", "now"} gives the rows \
      of a plan file's services, as --fleet has them.
      """,
    examples: [
      Example("headroom plan plan.yaml", "the answer in the terminal"),
      Example("headroom plan plan.yaml -o report.html", "and a report for the review"),
      Example("headroom plan plan.yaml --json | jq .sizing.replicas", "one number for a script"),
      Example("headroom plan plan.yaml --tune", "with better settings for the autoscaler"),
      Example("headroom plan --fleet plans/ --journal run.journal -o fleet.html", "every plan of a folder"),
      Example(
        "headroom plan plan.yaml --fleet 'sum by (service) (rate(http_requests_total[5m]))'",
        "every service of a server"),
      Example("headroom plan plan.yaml --now 2026-11-01", "as it was on that day"),
    ], seeAlso: ["explain", "simulate", "tune"], section: "Plan")

  let common: SharedOptions
  let file: String?
  let catalog: String?
  let store: String?
  let isBatch: Bool
  let isTuned: Bool
  let service: String?
  let fleet: String?
  let journal: String?
  let most: Int
  let access: PlanAccess

  /// Simulated weeks for `--tune`: a quarter of what `headroom tune` spends, for an answer within seconds.
  private static let tuningBudget = 5000

  init(_ a: inout Arguments) throws(UsageError) {
    isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    isTuned = a.flag("tune", help: "search better settings for the policy, and tell them as a finding")
    catalog = try a.option(
      "catalog", value: "FILE", help: "a catalog file of your own that adds to the built-in one",
      completion: .files(["json"]))
    store = try a.option(
      "store", value: "FILE", help: "keep the plan and its traffic in this database", completion: .files(["db"]))
    service = try ServiceOption.read(&a)
    a.section("A fleet")
    fleet = try a.option(
      "fleet", value: "DIR|FILE|QUERY", help: "plan every service of a folder, of a file's series, of a query's series",
      completion: .files([]))
    journal = try a.option(
      "journal", value: "FILE", help: "of a fleet: keep what is done here, and go on from it", completion: .files([]))
    most = try a.option("top", value: "N", default: 20, help: "of a fleet: how many services each list shows")
    a.section("")
    let isCounted = (1...100_000).contains(most)
    a.check(isCounted, "'--top' is a number from 1 to 100,000. Write --top 50.")
    let isWhole = journal == nil || fleet != nil
    a.check(isWhole, "'--journal' keeps what is done of a fleet. Add --fleet DIR.")
    let isAlone = fleet == nil || (!isBatch && !isTuned && store == nil && service == nil)
    a.check(isAlone, "'--fleet' goes with neither --batch, --tune, --store nor --service. Leave those out.")
    access = try AccessOptions.read(&a)
    file = try a.positional("FILE", help: "the plan file", completion: .files(["yaml", "yml"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown, .csv], seed: 1, now: true)
    let isGiven = file != nil || isBatch || fleet != nil
    a.check(isGiven, "No plan file is named. Write 'headroom plan plan.yaml', or 'headroom init' to start one.")
  }

  func run() throws -> ExitCode {
    if isBatch { return try answerQuestions() }
    if let fleet {
      return try FleetRun(
        source: fleet, template: file, journalPath: journal, most: most, catalogFile: catalog, access: access,
        common: common
      ).run()
    }
    guard let file else { return .usage }
    let plans = try PlanFile(file, common, catalog: catalog, access: access, service: service)
    return try plans.currency.shown { try answer(plans, file) }
  }

  private func answer(_ plans: PlanFile, _ file: String) throws -> ExitCode {
    if plans.isOfSeveral, service == nil { return try answerSeveral(plans, file) }
    guard let loaded = plans.services.first else { return .badInput }
    var outcome = try loaded.outcome(seed: common.seed)
    if isTuned {
      Interruption.install()
      outcome = outcome.with(try Tuning.found(outcome, budget: Self.tuningBudget, time: nil, common))
    }
    defer { if isTuned { Interruption.uninstall() } }
    if let store { try keep(outcome, loaded, in: store) }
    try ReportWriting.write(outcome, planFile: file, common)
    if isTuned, Interruption.isRequested { return .interrupted }
    return outcome.verdicts.allSatisfy { $0.met } ? .done : .objectiveMissed
  }

  /// Each service by itself, over all cores, and their total.
  private func answerSeveral(_ plans: PlanFile, _ file: String) throws -> ExitCode {
    guard !isTuned else {
      throw Failure(
        "--tune searches for one service. Name it: --service \(plans.services[0].plan.name).", exitCode: .usage)
    }
    let loaded = plans.services
    let seed = common.seed
    let answers = ParallelMap.map(loaded.count) { i in Result { try loaded[i].outcome(seed: seed) } }
    var services: [(name: String, outcome: PlanOutcome)] = []
    for (one, answer) in zip(loaded, answers) { services.append((one.plan.name, try answer.get())) }
    let portfolio = Portfolio(name: plans.name, services: services, budget: plans.budget)
    if let store { for (one, answer) in zip(loaded, services) { try keep(answer.outcome, one, in: store) } }
    ReportWriting.write(
      PortfolioReport(portfolio, provenance: ReportWriting.provenance("plan", file, common)), common)
    return portfolio.isMet ? .done : .objectiveMissed
  }

  /// Keeps the plan and its traffic; both are on disk when this returns.
  private func keep(_ outcome: PlanOutcome, _ loaded: LoadedPlan, in path: String) throws {
    let store = try Store(path: path)
    let saved = Clock.now()
    if let trace = outcome.trace {
      try store.saveTrace(
        StoredTrace(
          name: outcome.plan.name, source: trace.source, start: trace.series.start, step: trace.series.step,
          samples: trace.series.rawValues), at: saved)
    }
    let number = try store.savePlan(
      name: outcome.plan.name, document: String(decoding: loaded.text, as: UTF8.self),
      result: ReportWriting.json(outcome, planFile: file ?? "", common), at: saved)
    common.console.note("Kept as plan \(number) of '\(outcome.plan.name)' in \(path).")
  }

  private func answerQuestions() throws -> ExitCode {
    let (moment, isNowGiven) = try Clock.moment(common)
    let (seed, access) = (common.seed, access)
    return try Batch(common.console).run { (node, writer) throws(BatchFault) in
      if let file = node["file"]?.text {
        let asked = node["now"]?.text.flatMap { Timestamp(iso8601: $0) }
        if node["now"] != nil, asked == nil {
          throw BatchFault(code: "bad-value", message: "'now' is not a time: write 2026-07-01T00:00Z.", path: "now")
        }
        let options = PlanFile.Options(now: asked ?? moment, isNowGiven: asked != nil || isNowGiven, access: access)
        let rows = FleetRun.rows(ofPlan: file, options, seed: seed)
        writer.key("services")
        writer.array { json in for row in rows { json.object { json in row.write(to: &json) } } }
        return
      }
      do throws(PlanQuestion.Fault) {
        let answer = try PlanQuestion(node).answer()
        writer.key("peak_qps")
        writer.number(answer.peak.perSecond)
        writer.key("provisioned_qps")
        writer.number(answer.provisioned.perSecond)
        writer.key("instances")
        writer.integer(answer.instances)
      } catch {
        throw BatchFault(code: error.code, message: error.message, path: error.path)
      }
    }
  }
}
