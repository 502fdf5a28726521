import Documents
import LoadTesting
import Reporting
import Terminal

struct LoadImportVerb: Verb {
  static let info = VerbInfo(
    "import", "what did another tool measure?",
    discussion: """
      Reads the result of another load generator and makes of it a run as 'headroom load' has them: a report, the JSON \
      that a plan takes (service: { measured: run.json }), a line in the store. Which tool it was is seen from the file:

      """ + ForeignResult.tools.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n") + """


        Where a file holds percentiles only, what lies between two of them is given the higher. A tool that waits for an \
        answer before it asks again is a closed loop, whose latencies hide what waited. Of a file with several results \
        --pick takes one; --store keeps them all.
        """,
    examples: [
      Example("headroom load import k6.json --expect 'p99 < 200ms' --json > run.json", "for a plan"),
      Example("headroom load import vegeta.json --store runs.db --name checkout", "beside our own runs"),
      Example("headroom load import guidellm.json --pick 3", "the third benchmark of a sweep"),
    ], seeAlso: ["load", "load history", "load merge"], section: "Testing")

  let common: SharedOptions
  let file: String
  let tool: String?
  let url: String?
  let pick: Int?
  let thresholds: ThresholdArguments
  let output: LoadOutputArguments

  init(_ a: inout Arguments) throws(UsageError) {
    file = try a.positional("FILE", help: "the other tool's result; - for standard input", completion: .files([]))
    tool = try a.option(
      "from", value: "TOOL", help: "which tool wrote it: \(ForeignResult.tools.map(\.name).joined(separator: ", "))",
      completion: .words(ForeignResult.tools.map(\.name)))
    url = try a.option("url", value: "URL", help: "the service, where the file does not name it")
    pick = try a.option("pick", value: "N", help: "the N-th result of a file that holds several")
    a.section("Result")
    thresholds = try ThresholdArguments(&a)
    output = try LoadOutputArguments(&a)
    let names = ForeignResult.tools.map(\.name)
    let named = tool ?? ""
    let isKnown = named.isEmpty || names.contains(named)
    a.check(isKnown, "'--from \(named)' is no tool that is read. Choose \(names.joined(separator: ", ")).")
    let isPlace = pick.map { $0 >= 1 } ?? true
    a.check(isPlace, "'--pick' counts from 1.")
    common = try SharedOptions(&a, formats: LoadOutput.formats)
  }

  func run() throws -> ExitCode {
    let console = common.console
    let (tool, results) = try ForeignResult.read(
      try Input.read(path: file, limit: 2 << 30), file: file == "-" ? "standard input" : file, from: tool)
    let records = results.map { found in
      let address = url ?? (found.url.isEmpty ? tool.name : found.url)
      return LoadRecord(
        url: address, started: found.started, expectations: thresholds.expectations, result: found.result)
    }
    func report(_ place: Int) -> LoadReport {
      LoadReport(records[place], source: LoadSource(tool: tool.name, label: results[place].label))
    }
    if let pick, pick > records.count {
      throw Failure(
        "'\(file)' holds \(records.count) results. Write --pick 1 to \(records.count).", exitCode: .badInput)
    }
    let shown = (pick ?? 1) - 1
    if pick == nil, records.count > 1 {
      let labels = results.enumerated().map { "\($0 + 1) \($1.label ?? "")" }.joined(separator: ", ")
      console.note("'\(file)' holds \(records.count) results (\(labels)); this is the first. Choose with --pick N.")
    }
    LoadOutput.write(report(shown), common)
    for place in records.indices where pick == nil || place == shown {
      try output.keep(
        report(place).json(), kind: LoadDocument.run.rawValue, otherwise: records[place].url, console: console)
    }
    console.warn(of: records[shown].result.invalidities)
    return report(shown).isMet ? .done : .objectiveMissed
  }
}
