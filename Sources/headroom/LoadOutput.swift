import Documents
import LoadTesting
import Quantities
import Reporting
import Storing
import Terminal

extension OutputFormat {
  /// Text that Prometheus reads.
  static let openMetrics = OutputFormat(rawValue: "openmetrics")
}

/// The options that say where results go besides the screen, shared by the verbs under `load`.
struct LoadOutputArguments {
  let store: String?
  let name: String?

  /// - Parameter readers: the verbs that look at what is kept, for the help.
  init(_ a: inout Arguments, for readers: String = "load history and --checklist") throws(UsageError) {
    store = try a.option(
      "store", value: "FILE", help: "keep the result in this database, for \(readers)",
      completion: .files(["db"]))
    name = try a.option("name", value: "NAME", help: "under which name it is kept (default: the plan's, or the URL)")
    let isNamed = name == nil || store != nil
    a.check(isNamed, "'--name' is of a kept result. Add --store FILE.")
  }

  /// Keeps a result, where that was asked for.
  func keep(_ json: String, kind: String, otherwise: String, console: Console) throws {
    guard let store else { return }
    let number = try Store(path: store).saveRun(
      plan: name ?? otherwise, kind: kind, result: json, at: Clock.now())
    console.note("Kept as run \(number) of '\(name ?? otherwise)' in \(store).")
  }
}

/// A result of `headroom load` in the form that was asked for.
enum LoadOutput {
  static let formats: [OutputFormat] = [.text, .html, .json, .csv, .markdown, .openMetrics]

  /// `--format`, or what the ending of `-o FILE` says.
  static func format(_ common: SharedOptions) -> OutputFormat {
    if common.format == .text, let path = common.output?.lowercased() {
      if path.hasSuffix(".prom") || path.hasSuffix(".om") { return .openMetrics }
    }
    return common.format
  }

  /// - Parameter json: the document where it says more than the report; nil for the report's own.
  static func write(_ report: LoadReport, json: String? = nil, _ common: SharedOptions) {
    let console = common.console
    func text(_ console: Console) { console.write(report.terminal(width: console.width, style: console.style)) }
    switch format(common) {
    case .html: console.write(report.html())
    case .json: console.print(json ?? report.json())
    case .csv: console.write(report.csv())
    case .markdown: console.write(report.markdown())
    case .openMetrics: console.write(report.openMetrics())
    default: text(console)
    }
    summarize(common, text)
  }

  static func write(_ report: SaturationReport, json: String, _ common: SharedOptions) {
    let console = common.console
    func text(_ console: Console) {
      console.write(
        report.result.terminal(
          url: report.url, objectives: report.objectives, arrivals: report.arrivals, width: console.width,
          style: console.style))
      for warning in report.result.warnings { console.warn(warning) }
    }
    switch format(common) {
    case .html: console.write(report.html())
    case .json: console.print(json)
    case .csv: console.write(report.csv())
    case .markdown: console.write(report.markdown())
    default: text(console)
    }
    summarize(common, text)
  }

  static func write(_ report: SweepReport, json: String, _ common: SharedOptions) {
    let console = common.console
    func text(_ console: Console) { console.write(report.terminal(width: console.width, style: console.style)) }
    switch format(common) {
    case .html: console.write(report.html())
    case .json: console.print(json)
    case .csv: console.write(report.csv())
    case .markdown: console.write(report.markdown())
    default: text(console)
    }
    summarize(common, text)
  }

  /// A result that is told as a page, as Markdown, as JSON or in the terminal.
  static func write(_ page: Report, json: String, _ common: SharedOptions, text: (Console) -> Void) {
    let console = common.console
    switch format(common) {
    case .html: console.write(page.html())
    case .json: console.print(json)
    case .markdown: console.write(page.markdown())
    default: text(console)
    }
    summarize(common, text)
  }

  /// With `-o FILE` of another form, the terminal still tells the story.
  private static func summarize(_ common: SharedOptions, _ text: (Console) -> Void) {
    guard let path = common.output, path != "-", format(common) != .text, !common.isQuiet else { return }
    let terminal = Console.standard()
    text(terminal)
    terminal.print("Report: \(path)")
    terminal.result.flush()
  }

  /// With the command that makes the same again, as far as its words matter. Secrets in it are masked: give them by
  /// `-H 'Name: $VARIABLE'`, `-H @FILE` or `--bearer-token-file`, and it works as it stands.
  static func provenance(_ common: SharedOptions) -> Provenance {
    Provenance(version: Headroom.version, seed: common.seed, command: ShellWord.command(command))
  }
  /// The command line, without its secrets.
  static var command: [String] { ["headroom"] + Secret.masked(command: Array(CommandLine.arguments.dropFirst())) }

  /// Writes llm-d's Benchmark Report.
  static func write(_ report: BenchmarkReport, to path: String) throws {
    try Output.write(report.json() + "\n", to: path)
  }
  /// A file for each level of a sweep: `report.json` becomes `report-0.json`, `report-1.json`, ...
  static func path(_ path: String, ofStage stage: Int) -> String {
    let name = path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex
    guard let dot = path[name...].lastIndex(of: "."), dot > name else { return "\(path)-\(stage)" }
    return "\(path[..<dot])-\(stage)\(path[dot...])"
  }

  /// Writes what became of each request, one JSON object a line, in the order of their sending.
  static func writeResults(_ result: LoadResult, of set: RequestSet, to path: String, warmup: Duration) throws {
    let file = path == "-" ? Output.standardOutput() : Output.file(path)
    let classes = set.classes.flatMap { item in item.requests.map { _ in item.name } }
    for outcome in result.outcomes {
      file.write(outcome.json(classes: classes, warmup: warmup) + "\n")
      if file.isBroken { break }
    }
    do throws(Output.Failure) {
      try file.close()
    } catch {
      throw Failure(error.sentence, exitCode: .worldFailed)
    }
  }
}
