import Catalogs
import Documents
import Glibc
import Quantities
import Serving
import Terminal
import Training

struct ValidateVerb: Verb {
  static let info = VerbInfo(
    "validate", "how true are our numbers, and what is not modelled?",
    discussion: """
      Holds the models against measurements that are not ours to ship: the folder that --data or HEADROOM_DATA names. \
      The topic 'training' takes its training/truth.csv and training/runs2_dev.jsonl: the error of tokens a second and of \
      memory by suite, the share of runs inside their bands, and runs whose fit is judged wrongly. The topic 'serving' takes \
      its inference/truth.csv and inference/engines_dev.jsonl: the error of throughput, of times and of capacity under \
      limits by kind of figure.

      With --fit the constants of the topic's model are fitted anew on these runs and written as a catalog file, with the \
      error that each group of runs has where the fit did not see it.
      """,
    examples: [
      Example("headroom validate training", "errors by suite"),
      Example("headroom validate training --fit -o constants.json", "fit the constants anew"),
      Example("headroom validate serving", "errors by kind of figure"),
    ], seeAlso: ["train", "size"], section: "Help")

  let common: SharedOptions
  let topic: String?
  let data: String?
  let isFit: Bool
  let start: String?

  init(_ a: inout Arguments) throws(UsageError) {
    data = try a.option("data", value: "FOLDER", help: "where the measurements lie (default: HEADROOM_DATA)")
    isFit = a.flag("fit", help: "fit the constants anew")
    start = try a.option("from", value: "FILE", help: "constants to start from", completion: .files(["json"]))
    topic = try a.positional("TOPIC", help: "what to validate: training, serving")
    common = try SharedOptions(&a, formats: [.text, .json], now: true)
    let isKnown = topic == "training" || topic == "serving"
    a.check(isKnown, "'\(topic ?? "")' is no topic. Write 'headroom validate training' or 'headroom validate serving'.")
  }

  func run() throws -> ExitCode {
    guard let folder = data ?? getenv("HEADROOM_DATA").map({ String(cString: $0) }) else {
      throw Failure("No measurements are named: set HEADROOM_DATA or write --data FOLDER.", exitCode: .unavailable)
    }
    if topic == "serving" {
      let constants = try start.map { try EngineCatalog(JSON.parse(Input.read(path: $0), file: $0)) } ?? .builtIn
      return try ServingValidationRun(common: common, constants: constants).run(folder, fits: isFit)
    }
    let catalog = Catalog.builtIn
    let file = try start.map { try ConstantsFile(JSON.parse(Input.read(path: $0), file: $0)) } ?? .shipped
    let measured = try CSVTable.read(
      path: folder + "/training/truth.csv", columns: MeasuredRun.columns.map { .text($0) })
    var (runs, faults) = MeasuredRun.runs(of: measured, catalog: catalog, constants: file)
    for line in try Lines.read(folder + "/training/runs2_dev.jsonl") {
      do throws(TrainingError) {
        runs.append(try MeasuredRun(line, catalog: catalog, constants: file))
      } catch {
        faults.append("\(line["id"]?.text ?? ""): \(error)")
      }
    }
    for fault in faults.prefix(5) { common.console.note("Left out: \(fault)") }
    let validation = TrainingValidation(runs, file: file)
    guard isFit else {
      show(validation)
      try showSpot(folder + "/training")
      return .done
    }
    let (fitted, leftOut) = validation.fit(date: common.now.map { String($0.prefix(7)) } ?? "2026-11")
    let after = TrainingValidation(runs, file: fitted)
    if common.output != nil || common.format == .json {
      common.console.write(fitted.text())
    } else {
      show(after)
      table(leftOut, "left out")
    }
    return .done
  }

  private func show(_ validation: TrainingValidation) {
    table(validation.score(), "error")
    var memory = TextTable([
      .init("memory"), .init("runs", .right), .init("allocated", .right), .init("reserved", .right),
    ])
    let reserved = validation.memory(reserved: true)
    for row in validation.memory(reserved: false) {
      let other = reserved.first { $0.suite == row.suite }
      memory.add([row.suite, "\(row.runs)", percent(row.error), other.map { percent($0.error) } ?? ""])
    }
    common.console.write("\n" + memory.text(width: common.console.width, style: common.console.style))
    let wrong = validation.fitErrors()
    common.console.write(
      "\nInside the 80 % band: \(percent(validation.coverage())). Out of memory but accepted: \(wrong.accepted.count). "
        + "Ran but refused: \(wrong.refused.count) of \(validation.runs.count).\n")
  }

  /// Policies on spot traces, from a hundred starts each.
  private func showSpot(_ folder: String) throws {
    let policies: [SpotPolicy] = [.greedy, .uniformProgress, .planned]
    var table = TextTable(
      [.init("spot, share of on demand")] + policies.map { .init($0.name, .right) } + [
        .init("deadlines missed", .right)
      ])
    for suite in SpotSuite.published {
      let traces = try suite.traces.map { name in
        try SpotTrace(JSON.parse(Input.read(path: "\(folder)/\(name)"), file: name))
      }
      let costs = policies.map { suite.cost($0, on: traces, starts: 100) }
      table.add(
        [suite.name] + costs.map { CompactNumber.fixed($0.relative, decimals: 3) } + [
          "\(costs.reduce(0) { $0 + $1.missed })"
        ])
    }
    common.console.write("\n" + table.text(width: common.console.width, style: common.console.style))
  }

  private func table(_ score: RunScore, _ name: String) {
    var table = TextTable([.init("suite"), .init("runs", .right), .init(name, .right), .init("bias", .right)])
    for row in score.rows { table.add([row.suite, "\(row.runs)", percent(row.error), percent(row.bias)]) }
    let core = score.macro {
      !["vtrain_single", "mbridge_moe"].contains($0) && !$0.contains("simumax") && !$0.contains("v51")
    }
    let six = score.macro {
      ["narayanan21", "korthikanti22", "megatron_h100", "mlperf_gpt3", "vtrain_multi", "narayanan21_t2"].contains($0)
    }
    table.add(["core suites, mean", "", percent(core), ""])
    table.add(["six dense suites, mean", "", percent(six), ""])
    common.console.write(table.text(width: common.console.width, style: common.console.style))
  }

  private func percent(_ share: Double) -> String { CompactNumber.fixed(share * 100, decimals: 1) + " %" }
}

/// The JSON values of a file, one a line.
enum Lines {
  static func read(_ path: String) throws -> [Node] {
    try Input.read(path: path).split(separator: UInt8(ascii: "\n")).map { try JSON.parse(Array($0), file: path) }
  }
}
