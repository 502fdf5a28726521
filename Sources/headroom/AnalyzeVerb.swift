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
      "Average, peak and peak-to-average, daily and weekly profile, growth, outliers, gaps and bursts of a series in a CSV, CSV.gz or NDJSON file. Columns are chosen by name and guessed where not named.",
    examples: [
      Example("headroom analyze traffic.csv", "in the terminal"),
      Example("headroom analyze traffic.csv.gz --time ts --value rps -o traffic.html", "as a page"),
    ], seeAlso: ["plan", "forecast"], section: "Traffic")

  let common: SharedOptions
  let file: String
  let time: String?
  let value: String?
  let zone: String
  let step: String?
  let perStep: Bool

  init(_ a: inout Arguments) throws(UsageError) {
    time = try a.option("time", value: "COLUMN", help: "the column of times")
    value = try a.option("value", value: "COLUMN", help: "the column of values")
    zone = try a.option("zone", value: "NAME", default: "UTC", help: "the users' time zone, as Europe/Berlin")
    step = try a.option("step", value: "DURATION", help: "resample to this step, as 5m")
    perStep = a.flag("per-step", help: "a value counts the requests of its step, not of a second")
    file = try a.positional(
      "FILE", help: "CSV, CSV.gz or NDJSON; - for standard input", completion: .files(["csv", "gz", "ndjson"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown])
  }

  func run() throws -> ExitCode {
    guard let rules = ZoneFiles.zone(named: zone) else {
      throw Failure(
        "'\(zone)' is not a time zone. Write a name of the tz database, as Europe/Berlin.", exitCode: .usage)
    }
    var width: Duration?
    if let step {
      do {
        width = try Duration.parse(step)
      } catch { throw Failure("--step \(error.problem): \(error.remedy).", exitCode: .usage) }
    }
    let options = TraceOptions(zone: rules, unit: perStep ? .countPerStep : .perSecond, step: width)
    let trace = try TraceFile.trace(file: file, time: time, value: value, options: options)
    try ReportWriting.write(TrafficAnalysis(of: trace, events: [Event]()), of: trace, file: file, common)
    return .done
  }
}
