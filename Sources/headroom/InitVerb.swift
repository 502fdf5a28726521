import Connecting
import Documents
import Glibc
import Planning
import Quantities
import Terminal
import Traffic

struct InitVerb: Verb {
  static let info = VerbInfo(
    "init", "start a plan file",
    discussion: """
      Writes plan.yaml with every common key and a word on each into a folder, and with --with-traffic a made-up \
      but lifelike traffic.csv beside it: hourly requests with daily and weekly cycles, growth, a sale, gaps and one \
      outlier. Files that exist are left alone.
      """,
    examples: [
      Example("headroom init", "plan.yaml in this folder"),
      Example("headroom init shop --with-traffic", "a folder with a plan and traffic to try it on"),
      Example("headroom init --schema > plan.schema.json", "the JSON Schema, for editors"),
    ], seeAlso: ["plan"], section: "Plan")

  let common: SharedOptions
  let folder: String
  let withTraffic: Bool
  let schema: Bool
  let name: String

  init(_ a: inout Arguments) throws(UsageError) {
    withTraffic = a.flag("with-traffic", help: "write an example traffic.csv, too")
    schema = a.flag("schema", help: "print the JSON Schema of plan files and write nothing")
    name = try a.option("name", value: "NAME", default: "recommendations", help: "the plan's name")
    folder = try a.positional("FOLDER", default: ".", help: "where to write")
    common = try SharedOptions(&a, formats: [schema ? .json : .text], seed: 1, now: true)
  }

  func run() throws -> ExitCode {
    if schema {
      common.console.print(PlanFormat.standard.schema.jsonSchema(title: "Headroom plan", id: "headroom/plan-file/1"))
      return .done
    }
    mkdir(folder, 0o777)
    var written: [String] = []
    let base = folder == "." ? "" : (folder.hasSuffix("/") ? folder : folder + "/")
    try write(Array(PlanTemplate.text(name: name, withTraffic: withTraffic).utf8), to: base + "plan.yaml", &written)
    if withTraffic {
      // The example ends where now begins, so that a plan made of it looks ahead and not back.
      let today = try Clock.moment(common).now.utc.date
      let days = 239
      let generator = TraceGenerator.example(start: today - days, days: days, seed: common.seed)
      try write(generator.csv(), to: base + "traffic.csv", &written)
    }
    for path in written { common.console.print("Wrote \(path)") }
    common.console.print("Next: headroom plan \(ShellWord.file(base + "plan.yaml"))")
    return .done
  }

  private func write(_ bytes: [UInt8], to path: String, _ written: inout [String]) throws {
    guard access(path, F_OK) != 0 else {
      common.console.warn("\(path) exists and is left alone.")
      return
    }
    try Output.write(bytes, to: path)
    written.append(path)
  }
}
