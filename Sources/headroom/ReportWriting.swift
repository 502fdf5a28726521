import Documents
import LoadTesting
import Planning
import Reporting
import Serving
import Terminal
import Traffic

/// From a result to the form that was asked for: on standard output, or in the file that `-o` names.
///
/// Where `-o` names a file of another form than text, the terminal shows the summary as well, and where the report lies.
enum ReportWriting {

  static func write(_ outcome: PlanOutcome, planFile: String, _ common: SharedOptions) throws {
    let report = report(outcome, planFile, common)
    write(report, common)
  }

  static func json(_ outcome: PlanOutcome, planFile: String, _ common: SharedOptions) -> String {
    report(outcome, planFile, common).json()
  }

  private static func report(_ outcome: PlanOutcome, _ planFile: String, _ common: SharedOptions) -> PlanReport {
    PlanReport(outcome, provenance: provenance("plan", planFile, common))
  }

  /// - Parameter options: further words of the command, not yet quoted for a shell.
  static func provenance(
    _ verb: String, _ file: String, _ common: SharedOptions, options: [String] = []
  ) -> Provenance {
    var words = ["headroom", verb, file] + options
    if let now = common.now { words += ["--now", now] }
    if common.seed > 1 { words += ["--seed", "\(common.seed)"] }
    if let output = common.output { words += ["-o", output] }
    return Provenance(
      version: Headroom.version, seed: common.seed, file: file, command: ShellWord.command(words))
  }

  /// The command as it was given, without its secrets.
  static var commandLine: String {
    ShellWord.command(["headroom"] + Secret.masked(command: Array(CommandLine.arguments.dropFirst())))
  }

  static func write(
    simulations outcome: PlanOutcome, futures: SimulatedFutures? = nil, planFile: String, _ common: SharedOptions
  ) throws {
    var report = SimulationReport(outcome, provenance: provenance("simulate", planFile, common))
    report.futures = futures
    write(report, common)
  }

  static func write(
    requests simulation: RequestSimulation, of outcome: PlanOutcome, planFile: String, options: [String],
    _ common: SharedOptions
  ) throws {
    var outcome = outcome
    outcome.simulations = [simulation.policy]
    var report = SimulationReport(
      outcome, provenance: provenance("simulate", planFile, common, options: options))
    report.requests = simulation.requests
    write(report, common)
  }

  static func write(
    tokens simulation: TokenPolicySimulation, of outcome: PlanOutcome, planFile: String, options: [String],
    _ common: SharedOptions
  ) throws {
    var outcome = outcome
    outcome.simulations = [simulation.policy]
    var report = SimulationReport(
      outcome, provenance: provenance("simulate", planFile, common, options: options))
    report.tokens = simulation.tokens
    write(report, common)
  }

  static func write(
    _ analysis: TrafficAnalysis, of trace: Trace, file: String, _ common: SharedOptions, options: [String] = []
  ) throws {
    let report = AnalysisReport(
      analysis, of: trace, provenance: provenance("analyze", file, common, options: options))
    write(report, common)
  }

  /// - Parameter isWritten: whether the document has gone out already.
  static func write(_ report: some ReportDocument, _ common: SharedOptions, isWritten: Bool = false) {
    let console = common.console
    let table = report as? any TabularDocument
    switch (common.format, table) {
    case _ where isWritten: break
    case (.html, _): console.write(report.html())
    case (.json, _): console.write(report.json())
    case (.markdown, _): console.write(report.markdown())
    case (.csv, let table?): console.write(table.csv())
    default: console.write(report.terminal(width: console.width, style: console.style))
    }
    summarize(common) { report.terminal(width: $0, style: $1) }
  }

  static func explain(_ ledger: Ledger, _ number: String?, planFile: String, _ common: SharedOptions) {
    let provenance = provenance("explain", planFile, common, options: number.map { [$0] } ?? [])
    write(Explanation(ledger, of: number, provenance: provenance), common)
  }

  /// With `-o FILE` of another form, the terminal still tells the story.
  private static func summarize(_ common: SharedOptions, _ text: (Int, Style) -> String) {
    guard let path = common.output, path != "-", common.format != .text, !common.isQuiet else { return }
    let terminal = Console.standard()
    terminal.write(text(terminal.width, terminal.style))
    terminal.print("Report: \(path)")
    terminal.result.flush()
  }
}
