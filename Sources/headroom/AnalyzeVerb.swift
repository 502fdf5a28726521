import Connecting
import Documents
import Planning
import Quantities
import Reporting
import Terminal
import Traffic

struct AnalyzeVerb: Verb {
  static let info = VerbInfo(
    "analyze", "what does my traffic look like?",
    discussion:
      """
      Average, peak and peak-to-average, daily and weekly profile, growth, outliers, gaps and bursts of a series in a \
      file: CSV in all its forms (also .gz, UTF-16, decimal commas, units behind numbers), JSON lines and arrays, answers \
      of Prometheus, VictoriaMetrics, CloudWatch, Datadog, Google Cloud Monitoring, Azure Monitor and Elasticsearch, \
      OpenMetrics, annotated CSV of InfluxDB. Columns are chosen by name and guessed where not named; how numbers and \
      times are written is told by the whole column. What was understood is said in a line.

      Of several series, in rows (--series) or columns (--value a,b), one is chosen with --only, or they are added up \
      with --sum. Exit code 65: a cell cannot be read, or means two things; the line, the column and the remedy are told.
      """,
    examples: [
      Example("headroom analyze traffic.csv", "in the terminal"),
      Example("headroom analyze traffic.csv.gz --time ts --value rps -o traffic.html", "as a page"),
      Example("headroom analyze all.csv --series service --only shop", "one series of several"),
      Example("headroom analyze grafana.csv --value '*' --sum", "the sum of all columns"),
      Example("headroom analyze query_range.json --step 5m", "an answer of Prometheus, in steps of 5 minutes"),
    ], seeAlso: ["plan", "forecast"], section: "Traffic")

  let common: SharedOptions
  let file: String
  let reading: ReadingArguments
  let step: String?

  init(_ a: inout Arguments) throws(UsageError) {
    reading = try ReadingArguments(&a)
    step = try a.option("step", value: "DURATION", help: "resample to this step, as 5m")
    file = try a.positional(
      "FILE", help: "a file of traffic; - for standard input", completion: .files(["csv", "gz", "ndjson", "json"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown])
  }

  func run() throws -> ExitCode {
    var width: Duration?
    if let step {
      do {
        width = try Duration.parse(step)
      } catch { throw Failure("--step \(error.problem): \(error.remedy).", exitCode: .usage) }
    }
    let trace = try TraceReader.one(path: file, reading.selection, options: reading.options(step: width))
    common.console.tell(trace.report, of: file)
    let words = reading.words + (step.map { ["--step", $0] } ?? [])
    try ReportWriting.write(
      TrafficAnalysis(of: trace, events: [Event]()), of: trace, file: file, common, options: words)
    return .done
  }
}
