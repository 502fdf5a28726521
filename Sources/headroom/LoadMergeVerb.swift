import Documents
import LoadTesting
import Quantities
import Reporting
import Terminal

struct LoadMergeVerb: Verb {
  static let info = VerbInfo(
    "merge", "what do the shards of a load test say together?",
    discussion: """
      Puts the JSON results of generators that shared a schedule (--shard 1/3, 2/3, 3/3) together. Counts and histograms \
      add, so that every percentile is that of all requests in one histogram. Results that do not belong together are \
      refused; a shard that is missing, or that started at another time, makes the result INVALID.

      A single result is written again in another form: headroom load merge run.json -o run.html.
      """,
    examples: [
      Example("headroom load merge 1.json 2.json 3.json", "all of it"),
      Example("headroom load merge shard-*.json --expect 'p99 < 200ms' -o report.html", "judged, as a page"),
    ], seeAlso: ["load"], section: "Testing")

  let common: SharedOptions
  let files: [String]
  let thresholds: ThresholdArguments
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    files = try a.positionals("FILE", help: "results of headroom load --shard i/n --json", completion: .files(["json"]))
    a.section("Result")
    thresholds = try ThresholdArguments(&a, help: "exit with 2 where it is not so, in place of the shards' own")
    output = try LoadOutputArguments(&a)
    let hasFiles = !files.isEmpty
    a.check(hasFiles, "No result is named. Write 'headroom load merge 1.json 2.json'.")
    common = try SharedOptions(&a, formats: LoadOutput.formats)
  }

  func run() throws -> ExitCode {
    var named: [(name: String, record: LoadRecord)] = []
    var problems = Diagnostics()
    for file in files {
      let bytes = try Input.read(path: file)
      do throws(Diagnostics) {
        named.append((file, try LoadRecord.read(bytes, file: file)))
      } catch {
        problems.merge(error)
      }
    }
    try problems.throwIfErrors()
    var record = try LoadMerge.merged(named)
    if !thresholds.expectations.isEmpty { record.expectations = thresholds.expectations }
    let report = LoadReport(record, provenance: LoadOutput.provenance(common))
    LoadOutput.write(report, common)
    try output.keep(report.json(), kind: LoadDocument.run.rawValue, otherwise: record.url, console: common.console)
    common.console.warn(of: record.result.invalidities, except: [])
    return record.result.ending(isMet: record.isMet)
  }
}
