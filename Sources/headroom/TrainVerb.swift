import Catalogs
import Documents
import Planning
import Quantities
import Reporting
import Terminal
import Training

struct TrainVerb: Verb {
  static let info = VerbInfo(
    "train", "how many accelerators, which layout, how long, how much, on spot?",
    discussion: """
      Finds for a model, its tokens and a target (--within, --accelerators or --budget) how many accelerators it takes and \
      how to lay the work out (tensor, pipeline, context, expert and data parallelism, sharding, micro-batch, \
      recomputation): all legal layouts are evaluated with their memory. Tells step time, utilization, memory by part, \
      what binds, failures with their checkpoints and spares, the bill, and what else there is.

      --model is a name of the catalog or the path of a Hugging Face config.json; --parameters takes a typical model of \
      that size. Without a target it finishes within 30 days.

      With --batch it answers one JSON question a line: {"id", "model" or its sizes, "gpu", "n_gpus", "gbs", "seq", \
      "tp", "pp", "vp", "cp", "dp", "ep", "zero", "mbs", "recompute"} gives {"id", "tokens_s_gpu", "low", "high", "step_s", \
      "mfu", "mem_gib", "reserved_gib", "fits", "binding"}; without a layout it is the best legal one.

      Exit code 2 says that the target is not met.
      """,
    examples: [
      Example("headroom train --model Llama-3.1-8B --tokens 1T --on H100 --within 14d", "how many H100 for two weeks?"),
      Example("headroom train --parameters 70B --tokens 1T --on H100 --accelerators 1024", "what do 1,024 make of it?"),
      Example("headroom train --model Llama-3.1-70B --tokens 20B --budget '$50k'", "the fastest for the money"),
      Example("headroom train --model config.json --tokens 300B --within 30d -o train.html", "a page for the review"),
      Example(
        "headroom train --model Llama-3.1-8B --tokens 10B --accelerators 8 --spot-up 4h --spot-down 2h",
        "on spot machines, by policy"),
      Example("headroom train --batch < runs.jsonl", "many runs, one JSON object a line"),
    ], seeAlso: ["plan", "validate"], section: "Plan")

  let common: SharedOptions
  let isBatch: Bool
  let spec: TrainingRunSpec
  let model: String?
  let tokens: String?
  let parameters: String?
  let catalog: String?
  let spotUp: Duration?
  let spotDown: Duration?
  let spotDeadline: Duration?
  let savesCheckpoints: Bool
  let script: String?
  let spotTrace: String?
  let faultTrace: String?
  let faultNodes: Int?
  let measured: String?

  init(_ a: inout Arguments) throws(UsageError) {
    var spec = TrainingRunSpec()
    isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    model = try a.option(
      "model", value: "NAME", help: "a model of the catalog, or the path of a config.json", completion: .files(["json"])
    )
    parameters = try a.option("parameters", value: "N", help: "a typical model of so many parameters: 7B")
    tokens = try a.option("tokens", value: "N", help: "tokens to learn from: 300B, 1T")
    spec.accelerator = try a.option("on", value: "NAME", help: "the accelerator (default: H100)")
    spec.machine = try a.option("machine", value: "TYPE", help: "a machine type of the catalog, such as p5.48xlarge")
    let within: SpanArgument? = try a.option("within", value: "TIME", help: "finish within this time: 14d")
    spec.within = within?.span
    spec.accelerators = try a.option("accelerators", value: "N", help: "use so many")
    let budget: MoneyArgument? = try a.option("budget", value: "MONEY", help: "spend at most this: $50k")
    spec.budget = budget?.money
    let price: PriceArgument? = try a.option("price", value: "PRICE", help: "an hour of one accelerator: $2.50/h")
    spec.price = price?.price
    spec.sequence = try a.option("sequence", value: "N", help: "tokens of a sequence (default: 8192)")
    spec.batch = try a.option("global-batch", value: "N", help: "sequences of a step (default: by size)")
    let precision: PrecisionArgument? = try a.option(
      "precision", value: "WORD", help: "bf16, fp8, mxfp8 or nvfp4 (default: bf16)")
    spec.precision = precision?.precision
    spec.loraRank = try a.option("lora", value: "RANK", help: "train low-rank adapters of this rank only")
    spec.atMost = try a.option("at-most", value: "N", help: "the most accelerators that there are")
    spec.faults = try a.option("faults", value: "N", help: "faults of a machine in 1,000 days (default: 4.2)")
    let up: SpanArgument? = try a.option("spot-up", value: "TIME", help: "how long spot machines stay, on average")
    spotUp = up?.span
    let down: SpanArgument? = try a.option("spot-down", value: "TIME", help: "how long they stay away")
    spotDown = down?.span
    let deadline: SpanArgument? = try a.option(
      "spot-deadline", value: "TIME", help: "when a run on spot must be done (default: 1.25 times the computing)")
    spotDeadline = deadline?.span
    savesCheckpoints = !a.flag("no-checkpoints", help: "the run saves none: a loss starts it anew")
    spotTrace = try a.option(
      "spot-trace", value: "FILE", help: "measured availability, in place of --spot-up and --spot-down",
      completion: .files(["json"]))
    faultTrace = try a.option(
      "fault-trace", value: "FILE", help: "faults of your machines, in place of the published ones",
      completion: .files(["json"]))
    faultNodes = try a.option("fault-machines", value: "N", help: "how many machines that trace watched")
    measured = try a.option(
      "measured", value: "FILE", help: "steps of your own, as for --batch with step_s: corrects and narrows the answer",
      completion: .files(["jsonl", "ndjson"]))
    script = try a.option(
      "slurm-out", value: "FILE", help: "write a Slurm script skeleton with the layout", completion: .files(["sh"]))
    catalog = try a.option("catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1)
    self.spec = spec
    let isComplete = isBatch || (tokens != nil && (model != nil || parameters != nil))
    a.check(
      isComplete, "Model and tokens must be said. Write 'headroom train --model Llama-3.1-8B --tokens 1T --within 14d'."
    )
  }

  func run() throws -> ExitCode {
    let catalog = try catalog.map { try Catalog.builtIn.adding(JSON.parse(Input.read(path: $0), file: $0)) } ?? .builtIn
    if isBatch { return try TrainBatch(console: common.console, catalog: catalog).run() }
    var spec = spec
    spec.tokens = try tokens.map { try TokenCount.parse($0) }
    spec.parameters = try parameters.map { try TokenCount.parse($0, of: "parameters") }
    if let model {
      if model.hasSuffix(".json") {
        let document = try JSON.parse(try Input.read(path: model), file: model)
        spec.architecture = try ModelArchitecture(huggingFace: document, name: model)
      } else {
        spec.model = model
      }
    }
    if let faultTrace {
      spec.faultTrace = try FaultTrace(
        JSON.parse(Input.read(path: faultTrace), file: faultTrace), nodes: faultNodes)
    }
    if let measured {
      spec.measurements = try Lines.read(measured).map { line in
        let question = try TrainingQuestion(QuestionFields(line), catalog: catalog)
        guard let step = line["step_s"]?.number, step > 0 else {
          throw Failure("\(line.location): a measured run lacks its step. Write \"step_s\": 1.25.", exitCode: .badInput)
        }
        return .init(
          question: question, step: .seconds(step), allocated: line["mem_gib"]?.number.map { .gibibytes($0) })
      }
    }
    if let spotTrace {
      spec.spot = SpotJobSpec(
        meanUp: .hours(4), meanDown: .hours(4), deadline: spotDeadline,
        checkpointEvery: savesCheckpoints ? .minutes(15) : nil)
      spec.spot?.trace = try SpotTrace(JSON.parse(Input.read(path: spotTrace), file: spotTrace))
    } else if let spotUp {
      spec.spot = SpotJobSpec(
        meanUp: spotUp, meanDown: spotDown ?? spotUp, deadline: spotDeadline,
        checkpointEvery: savesCheckpoints ? .minutes(15) : nil)
    }
    let trained = try TrainingRunPlanner(catalog: catalog).run(spec, seed: common.seed)
    let report = TrainingReport(trained, provenance: Provenance(version: Headroom.version, seed: common.seed))
    ReportWriting.write(report, common)
    if let script {
      try Output.write(SlurmScript(trained).text, to: script)
      common.console.note("Wrote the Slurm script skeleton to \(script).")
    }
    return trained.plan.meetsTarget && trained.spot?.refusal == nil ? .done : .objectiveMissed
  }
}

/// An amount of money on the command line: `$50k`.
struct MoneyArgument: ArgumentValue {
  let money: Money
  init?(argument: String) {
    guard let money = try? Money.parse(argument), money > .zero, money.isFinite else { return nil }
    self.money = money
  }
  static var argumentExample: String { "$50k" }
  var argumentText: String { "\(money)" }
}

/// A price of an hour on the command line: `$2.50/h`.
struct PriceArgument: ArgumentValue {
  let price: HourlyPrice
  init?(argument: String) {
    guard let price = try? HourlyPrice.parse(argument), price > .zero, price.isFinite else { return nil }
    self.price = price
  }
  static var argumentExample: String { "$2.50/h" }
  var argumentText: String { "\(price)" }
}

/// A precision of training on the command line.
struct PrecisionArgument: ArgumentValue {
  let precision: TrainingPrecision
  init?(argument: String) {
    guard let precision = TrainingPrecision(word: argument) else { return nil }
    self.precision = precision
  }
  static var argumentExample: String { "fp8" }
  var argumentText: String { precision.rawValue }
}
