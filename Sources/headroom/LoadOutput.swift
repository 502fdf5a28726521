import Documents
import LoadTesting
import Planning
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

  init(_ a: inout Arguments) throws(UsageError) {
    store = try a.option(
      "store", value: "FILE", help: "keep the result in this database, for load history and --checklist",
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
    return ReportWriting.format(common)
  }

  /// - Parameter extra: further keys of the JSON.
  static func write(
    _ record: LoadRecord, prediction: (foreseen: LoadPrediction, measured: LoadMeasurement)? = nil,
    command: [String], _ common: SharedOptions, extra: (inout JSONWriter) -> Void = { _ in }
  ) {
    let report = LoadReport(record, prediction: prediction, provenance: provenance(command, common))
    let console = common.console
    func text(_ console: Console) {
      LoadText.write(record.result, url: record.url, expectations: record.expectations, to: console)
      if let prediction { LoadText.write(prediction.foreseen, prediction.measured, to: console) }
    }
    switch format(common) {
    case .html: console.write(report.html())
    case .json: console.print(record.json(extra: extra))
    case .csv: console.write(report.csv())
    case .markdown: console.write(report.markdown())
    case .openMetrics: console.write(report.openMetrics())
    default: text(console)
    }
    summarize(common) { text($0) }
  }

  static func write(
    _ report: SaturationReport, json: () -> String, text: (Console) -> Void, _ common: SharedOptions
  ) {
    let console = common.console
    switch format(common) {
    case .html: console.write(report.html())
    case .json: console.print(json())
    case .csv: console.write(report.csv())
    case .markdown: console.write(report.markdown())
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

  static func provenance(_ command: [String], _ common: SharedOptions) -> Provenance {
    Provenance(
      version: Headroom.version, seed: common.seed, command: command.map { quoted($0) }.joined(separator: " "))
  }

  /// A word as a shell takes it.
  private static func quoted(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy {
      (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "-_./:=,%+@".utf8.contains($0)
    }
    if isPlain, !word.isEmpty { return word }
    return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// Writes what became of each request, one JSON object a line, in the order of their sending.
  static func writeResults(_ result: LoadResult, of set: RequestSet, to path: String, warmup: Duration) throws {
    let file = path == "-" ? Output.standardOutput() : Output.file(path)
    let classes = set.classes.flatMap { item in item.requests.map { _ in item.name } }
    for outcome in result.outcomes {
      var json = JSONWriter()
      json.object { json in
        json.key("scheduled")
        json.number(Double(outcome.scheduled) / 1e9)
        json.key("sent")
        json.number(Double(outcome.scheduled &+ outcome.latency &- outcome.service) / 1e9)
        json.key("latency_ms")
        json.number(outcome.ending == .unfinished ? .nan : Double(outcome.latency) / 1e6)
        json.key("service_ms")
        json.number(outcome.ending == .unfinished ? .nan : Double(outcome.service) / 1e6)
        json.key("status")
        if outcome.status > 0 { json.integer(outcome.status) } else { json.null() }
        json.key("class")
        json.string(classes.indices.contains(outcome.request) ? classes[outcome.request] : "all")
        json.key("error")
        switch outcome.ending {
        case .answered where outcome.status >= 500: json.string("5xx")
        case .answered where outcome.status >= 400: json.string("4xx")
        case .answered: json.null()
        default: json.string(outcome.ending.name)
        }
        json.key("warmup")
        json.bool(outcome.scheduled < warmup.nanoseconds)
      }
      file.write(json.text + "\n")
      if file.isBroken { break }
    }
    do throws(Terminal.Output.Failure) {
      try file.close()
    } catch {
      throw Failure(error.sentence, exitCode: .worldFailed)
    }
  }
}
