import Planning
import Reporting
import Serving
import Terminal
import Traffic

/// From a result to the form that was asked for: on standard output, or in the file that `-o` names.
///
/// Where `-o` names an .html, .json, .md or .csv file and no format is given, the ending chooses it; the terminal
/// then shows the summary as well, and where the report lies.
enum ReportWriting {
  static func format(_ common: SharedOptions) -> OutputFormat {
    guard common.format == .text, let path = common.output else { return common.format }
    let endings: [(String, OutputFormat)] = [
      (".html", .html), (".htm", .html), (".json", .json), (".md", .markdown), (".csv", .csv),
    ]
    return endings.first { path.lowercased().hasSuffix($0.0) }?.1 ?? .text
  }

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
      version: Headroom.version, seed: common.seed, file: file, command: words.map(shellWord).joined(separator: " "))
  }

  /// A word as a POSIX shell reads it back: in single quotes where it holds a blank or anything that has a meaning.
  private static func shellWord(_ word: String) -> String {
    let isPlain =
      !word.isEmpty
      && word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), 0x80...: true
        // Digits, and + , - . / : = @ _ %.
        case UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "+")...UInt8(ascii: "/"): true
        default: "=@_%".utf8.contains(byte)
        }
      }
    return isPlain ? word : "'\(word.replacing("'", with: "'\\''"))'"
  }

  static func write(
    simulations outcome: PlanOutcome, futures: SimulatedFutures? = nil, planFile: String, _ common: SharedOptions
  ) throws {
    var report = SimulationReport(outcome, provenance: provenance("simulate", planFile, common))
    report.futures = futures
    write(report, common)
  }

  static func write(_ analysis: TrafficAnalysis, of trace: Trace, file: String, _ common: SharedOptions) throws {
    let report = AnalysisReport(analysis, of: trace, provenance: provenance("analyze", file, common))
    write(report, common)
  }

  /// - Parameter isWritten: whether the document has gone out already.
  static func write(_ report: some ReportDocument, _ common: SharedOptions, isWritten: Bool = false) {
    let console = common.console
    let table = report as? any TabularDocument
    switch (format(common), table) {
    case _ where isWritten: break
    case (.html, _): console.write(report.html())
    case (.json, _): console.write(report.json())
    case (.markdown, _): console.write(report.markdown())
    case (.csv, let table?): console.write(table.csv())
    default: console.write(report.terminal(width: console.width, style: console.style))
    }
    summarize(common) { report.terminal(width: $0, style: $1) }
  }

  static func explain(_ ledger: Ledger, _ number: String?, _ common: SharedOptions) {
    let explanation = Explanation(ledger, of: number)
    let console = common.console
    switch format(common) {
    case .json: console.write(explanation.json())
    case .markdown: console.write(explanation.markdown())
    default: console.write(explanation.terminal(width: console.width, style: console.style))
    }
  }

  /// With `-o FILE` of another form, the terminal still tells the story.
  private static func summarize(_ common: SharedOptions, _ text: (Int, Style) -> String) {
    guard let path = common.output, path != "-", format(common) != .text, !common.isQuiet else { return }
    let terminal = Console.standard()
    terminal.write(text(terminal.width, terminal.style))
    terminal.print("Report: \(path)")
    terminal.result.flush()
  }
}
