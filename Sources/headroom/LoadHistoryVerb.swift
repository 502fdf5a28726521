import Documents
import Planning
import Reporting
import Storing
import Terminal

struct LoadHistoryVerb: Verb {
  static let info = VerbInfo(
    "history", "has the service become slower, or can it carry less?",
    discussion: """
      Lists the load tests that --store kept, and holds the latest of each name against the earlier ones that asked the \
      same: the same address, a rate within 5 %. The unit is the run, not the request: the scatter between runs says \
      what chance does (Student's t on logarithms, 1 % false alarms), so three earlier runs are the fewest. A change \
      that chance could explain is said to be so.
      """,
    examples: [
      Example("headroom load history --store runs.db", "all of them"),
      Example("headroom load history --store runs.db --name checkout", "one service; exit 2 where it became worse"),
    ], seeAlso: ["load", "load saturation"], section: "Testing")

  let common: SharedOptions
  let store: String
  let name: String?

  init(_ a: inout Arguments) throws(UsageError) {
    store = try a.option("store", value: "FILE", help: "the database of --store", completion: .files(["db"]))
    name = try a.option("name", value: "NAME", help: "tests of this name only")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown])
  }

  func run() throws -> ExitCode {
    let records = try Store(path: store, access: .readOnly).runs(of: name)
    let runs = records.reversed().compactMap {
      KeptRun(number: $0.id, time: $0.saved, name: $0.plan, result: Array($0.result.utf8))
    }
    guard !runs.isEmpty else {
      throw Failure(
        "\(store) keeps no load test\(name.map { " of '\($0)'" } ?? ""). Keep one: headroom load URL --store \(ShellWord.quoted(store))"
          + (name.map { " --name \(ShellWord.quoted($0))" } ?? "") + ".", exitCode: .badInput)
    }
    let history = LoadHistory(runs)
    LoadOutput.write(
      history.report(file: store, provenance: LoadOutput.provenance(common)), json: history.json(), common
    ) { console in
      console.write(history.terminal(width: console.width, style: console.style))
    }
    return history.isWorse ? .objectiveMissed : .done
  }
}
