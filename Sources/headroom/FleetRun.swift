import Catalogs
import Connecting
import Documents
import Glibc
import Planning
import Quantities
import Reporting
import Storing
import Synchronization
import Terminal
import Traffic

/// `headroom plan --fleet`: thousands of services over all cores, in bounded memory, each with an answer or a reason.
struct FleetRun {
  /// The folder, file or query.
  let source: String
  /// The plan whose keys hold for every series; nil where the folder has a plan for each.
  let template: String?
  let journalPath: String?
  let most: Int
  let catalogFile: String?
  let access: PlanAccess
  let common: SharedOptions

  /// What is answered in one piece: a file, or a series.
  private struct Unit: Sendable {
    var id: String
    /// The rows of its services, and the files that they were answered from.
    var answer: @Sendable (Timestamp, Bool) -> (rows: [FleetRow], inputs: [String])
  }

  func run() throws -> ExitCode {
    var (now, isNowGiven) = try Clock.moment(common)
    let folder = try folderOfPlans()
    // Before the demand is loaded, which may depend on the moment.
    let journal = try journalPath.map { try FleetJournal(path: $0, header: header(now)) }
    if let journal, !isNowGiven, let begun = journal.now, begun != now {
      now = begun
      isNowGiven = journal.isNowGiven
      if !journal.done.isEmpty {
        common.console.note("The journal was begun at \(begun.iso8601): that moment holds for the rest of it, too.")
      }
    }
    let units = try folder.map { try plans(in: $0) } ?? series(now, isNowGiven)
    guard !units.isEmpty else {
      throw Failure(
        "\(source) holds no plan. A plan is a YAML file with 'plan:' and 'traffic:'; 'headroom init' starts one.",
        exitCode: .badInput)
    }
    let answers = try answered(units, journal, now, isNowGiven)
    let rows = answers.flatMap { $0 ?? [] }
    let unreached = answers.count { $0 == nil }
    let report = FleetReport(
      ServiceFleet(rows), source: source, today: TimeZoneRules.utc.local(now).date, most: most, unreached: unreached,
      provenance: Provenance(
        version: Headroom.version, seed: common.seed, file: template ?? source, command: ReportWriting.commandLine))
    ReportWriting.write(report, common)
    if unreached > 0 { return .interrupted }
    return report.fleet.isMet && report.fleet.faults.isEmpty ? .done : .objectiveMissed
  }

  // MARK: Answering

  private func answered(
    _ units: [Unit], _ journal: FleetJournal?, _ now: Timestamp, _ isNowGiven: Bool
  ) throws -> [[FleetRow]?] {
    let done = journal?.done ?? [:]
    let bar = ProgressBar("planning", total: Double(units.count), unit: "services", on: common.console)
    let problem = Mutex<StoringError?>(nil)
    if journal?.done.isEmpty == false {
      common.console.note("\(done.count) of \(units.count) are in the journal already.")
    }
    Interruption.install()
    defer { Interruption.uninstall() }
    let answers = ParallelMap.map(units.count) { i -> [FleetRow]? in
      let unit = units[i]
      defer { bar.advance() }
      if let rows = done[unit.id] { return rows }
      guard !Interruption.isRequested, problem.withLock({ $0 == nil }) else { return nil }
      let (rows, inputs) = unit.answer(now, isNowGiven)
      do throws(StoringError) {
        try journal?.append(unit.id, rows, inputs: inputs)
      } catch {
        problem.withLock { $0 = $0 ?? error }
      }
      return rows
    }
    bar.finish()
    if let problem = problem.withLock({ $0 }) { throw problem }
    try journal?.sync()
    return answers
  }

  /// The rows of a plan file's services.
  static func rows(
    ofPlan file: String, _ options: PlanFile.Options, seed: UInt64
  ) -> [FleetRow] {
    rows(file, seed: seed) { try PlanFile(path: file, options).services.map { ($0.plan.name, $0) } }
  }

  private static func rows(
    _ file: String, seed: UInt64, _ load: () throws -> [(name: String, plan: LoadedPlan)]
  ) -> [FleetRow] {
    let loaded: [(name: String, plan: LoadedPlan)]
    do { loaded = try load() } catch { return [FleetRow("", file: file, fault: words(error))] }
    return loaded.map { name, plan in
      do throws(PlanningError) {
        return FleetRow(name, file: file, answer: ServiceFigures(try plan.outcome(seed: seed, depth: .sizing)))
      } catch {
        return FleetRow(name, file: file, fault: "\(error)")
      }
    }
  }

  /// What is wrong, at most so many lines of it.
  private static func words(_ error: any Error) -> String {
    let sentences = Failure.explaining(error)?.sentences ?? ["\(error)"]
    let lines = sentences.flatMap { $0.split(separator: "\n").map(String.init) }
    return lines.prefix(10).joined(separator: "\n") + (lines.count > 10 ? "\nand more" : "")
  }

  // MARK: Where they come from

  private func folderOfPlans() throws -> String? {
    var info = stat()
    guard stat(source, &info) == 0, info.st_mode & S_IFMT == S_IFDIR else { return nil }
    guard template == nil else {
      throw Failure(
        "\(source) is a folder with plans of its own: \(template ?? "") has no part in it. Leave it out.",
        exitCode: .usage)
    }
    return source
  }

  private func plans(in folder: String) throws -> [Unit] {
    let found = try PlanFolder(folder)
    if found.others > 0 {
      common.console.note(
        "\(found.others) YAML file\(found.others == 1 ? " is" : "s are") no plan and left out.")
    }
    let catalog = try ownCatalog()
    let (access, seed) = (access, common.seed)
    return found.plans.map { file in
      Unit(id: file) { now, isNowGiven in
        let inputs = Mutex([file])
        var own = access
        own.noting = { path in inputs.withLock { $0.append(path) } }
        var options = PlanFile.Options(now: now, isNowGiven: isNowGiven, access: own)
        options.base = catalog
        let rows = Self.rows(ofPlan: file, options, seed: seed)
        return (rows, inputs.withLock { $0 })
      }
    }
  }

  /// The built-in catalog with the user's own, read once for all.
  private func ownCatalog() throws -> Catalog {
    guard let catalogFile else { return .builtIn }
    return try Catalog.builtIn.adding(try JSON.parse(try Input.read(path: catalogFile), file: catalogFile))
  }

  private func series(_ now: Timestamp, _ isNowGiven: Bool) throws -> [Unit] {
    guard let template else {
      throw Failure(
        "There is no folder '\(source)'. For a file or a query of many series, name the plan whose keys hold for each: headroom plan plan.yaml --fleet \(ShellWord.quoted(source)).",
        exitCode: .usage)
    }
    var options = PlanFile.Options(now: now, isNowGiven: isNowGiven, access: access)
    options.base = try ownCatalog()
    options.loadsDemand = false
    let file = try PlanFile(path: template, options)
    guard file.services.count == 1, let plan = file.services.first else {
      throw Failure(
        "\(template) plans several services; the plan of a fleet's series is one whose keys hold for each of them.",
        exitCode: .usage)
    }
    let bar = ProgressBar("loading series", total: 1, on: common.console)
    let found = try FleetSeries.load(source, of: plan.plan, beside: template, self.access, now: now) {
      bar.update(to: $0)
    }
    bar.finish()
    let seed = common.seed
    // A query's answer is of the journal's moment; a file may change under a run.
    let inputs = Glibc.access(source, F_OK) == 0 ? [template, source] : [template]
    return found.map { one in
      Unit(id: one.name) { now, isNowGiven in
        var own = plan
        own.plan.name = one.name
        own.now = now
        own.isNowGiven = isNowGiven
        do {
          own.trace = try one.trace.get()
        } catch {
          return ([FleetRow(one.name, file: template, fault: Self.words(error))], [template])
        }
        let loaded = own
        return (Self.rows(template, seed: seed) { [(one.name, loaded)] }, inputs)
      }
    }
  }

  /// What the work is: a journal of other work is not gone on with.
  private func header(_ now: Timestamp) -> FleetJournal.Header {
    FleetJournal.Header(
      version: Headroom.version, fleet: source, plan: template ?? "", catalog: catalogFile ?? "", seed: common.seed,
      now: now, isNowGiven: common.now != nil)
  }
}
