import Catalogs
import Documents
import Planning
import Quantities
import Reporting
import Serving
import Terminal

struct SizeVerb: Verb {
  static let info = VerbInfo(
    "size", "what can one replica do, how many for this rate and objective?",
    discussion: """
      One service from options: each key of a plan's 'service:' is an option with hyphens for blanks, and exactly one \
      model is meant by them. --rate asks for replicas, --replicas for what they carry, neither for what one does. \
      Language models (--llm) go by the roofline of their layers, the memory of their cards and the scheduler's steps, \
      with constants fitted to published measurements; the answer tells what binds, the cost of a million tokens, the \
      power, and how far the next cliff is.

      --batch answers a stream of questions: one JSON object a line, with 'mode', 'model', 'gpu' and what the mode \
      needs ('isl', 'osl', 'qps', 'concurrency', ...).

      Exit code 2: the objective cannot be met, or not by so many replicas.
      """,
    examples: [
      Example(
        "headroom size --llm Llama-3.1-8B --gpu H100 --input-tokens 1000 --output-tokens 200 --rate 40/s --objective 'ttft p99: 500ms, tpot p99: 30ms'",
        "a language model"),
      Example("headroom size --service-time 50ms --concurrency 16 --rate 2k/s --objective 'p99: 200ms'", "a queue"),
      Example(
        "headroom size --calibrate measured.csv --engine vllm -o engines.json", "constants of your own, and their error"
      ),
      Example("headroom size --batch < questions.ndjson", "a stream of questions, one JSON answer a line"),
    ], seeAlso: ["plan", "load", "simulate"], section: "Plan")

  let common: SharedOptions
  let isBatch: Bool
  let catalogFile: String?
  let engines: String?
  let config: String?
  let calibrate: String?
  let rate: String?
  let replicas: Int
  let objective: String?
  let balancing: String?
  let fill: String?
  let powerCap: String?
  /// What was written for the keys of service models.
  let keys: [(key: String, value: String)]

  /// Keys whose values are files that a plan reads.
  private static let fields = ServiceModelList.fields.filter { $0.name != "measured" }

  init(_ a: inout Arguments) throws(UsageError) {
    rate = try a.option("rate", value: "RATE", help: "requests a second for all replicas, as 40/s")
    replicas = try a.option("replicas", value: "N", default: 0, help: "how many there are: what do they carry?")
    objective = try a.option(
      "objective", value: "BOUNDS", help: "as in a plan: 'p99: 200ms', or 'ttft p99: 500ms, tpot p99: 30ms'")
    balancing = try a.option(
      "balancing", value: "WORD",
      help: "how requests find their replica: \(Balancing.allCases.map { $0.rawValue }.joined(separator: ", "))")
    fill = try a.option("utilization", value: "SHARE", help: "plan a replica up to this share of what it carries")
    powerCap = try a.option(
      "power-cap", value: "POWER", help: "what all replicas may draw at the cards' design power, as 40kW")
    a.section("The service: keys of one model")
    var keys: [(String, String)] = []
    for field in Self.fields {
      let name = field.name.replacing(" ", with: "-")
      let value: String? = try a.option(
        name, value: field.example ?? field.default ?? "VALUE",
        help: field.summary + (field.default.map { " (default \($0))" } ?? ""))
      if let value {
        keys.append((field.name, value))
      }
    }
    self.keys = keys
    a.section("Catalogs")
    config = try a.option(
      "config", value: "FILE", help: "a Hugging Face config.json: the model that --llm, or a question's model, names",
      completion: .files(["json"]))
    catalogFile = try a.option(
      "catalog", value: "FILE", help: "a catalog file of your own", completion: .files(["json"]))
    engines = try a.option(
      "engines", value: "FILE", help: "engine constants of your own", completion: .files(["json"]))
    calibrate = try a.option(
      "calibrate", value: "FILE",
      help: "fit the constants of --engine to measurements: CSV with a question's keys, metric and value",
      completion: .files(["csv"]))
    a.section("")
    isBatch = a.flag("batch", help: "answer one JSON question a line from standard input")
    common = try SharedOptions(&a, formats: [.text, .html, .json, .markdown], seed: 1)
    let isGiven = a.isDeclaring || isBatch || calibrate != nil || !keys.isEmpty
    a.check(
      isGiven,
      "No service is described. Write 'headroom size --llm Llama-3.1-8B --gpu H100 --input-tokens 1000 --output-tokens 200', or --batch."
    )
    let isCount = (0...1_000_000_000).contains(replicas)
    a.check(isCount, "'--replicas \(replicas)' is out of range. Give 1 or more.")
  }

  func run() throws -> ExitCode {
    var catalog = Catalog.builtIn
    if let catalogFile { catalog = try catalog.adding(try Self.document(catalogFile)) }
    var models: [String: ModelArchitecture] = [:]
    if let config {
      let name = keys.first { $0.key == "llm" }?.value ?? config
      models[name] = try ModelArchitecture(huggingFace: try Self.document(config), name: name)
    }
    let constants = try engines.map { try EngineCatalog(try Self.document($0)) } ?? .builtIn
    guard !isBatch else {
      return try SizeBatch(
        console: common.console, catalog: catalog, models: models, sizer: Sizer(constants: constants)
      ).run()
    }
    if let calibrate {
      let engine = keys.first { $0.key == "engine" }?.value ?? "vllm"
      return try SizeCalibration(common: common, catalog: catalog, constants: constants, engine: engine).run(calibrate)
    }
    return try one(catalog, models, constants)
  }

  private func one(
    _ catalog: Catalog, _ models: [String: ModelArchitecture], _ constants: EngineCatalog
  ) throws -> ExitCode {
    // The options make the mapping that a plan would hold, so that both are read alike.
    var lines = ["service:"]
    for (key, value) in keys { lines.append(Self.line(key, value, of: Self.fields)) }
    if let objective { lines.append("  objective: { \(objective) }") }
    let node = try YAML.parse(lines.joined(separator: "\n") + "\n", file: "options")
    let service = node["service"] ?? node
    var shape = Schema.object(
      ObjectSchema(title: "service", fields: Self.fields + [Field("objective", "", .object(Objective.schema))])
    ).validate(service)
    var reader = ServiceModelReader(balancing: .usual)
    reader.catalog = catalog
    reader.models = models
    reader.engines = constants
    reader.files = { (path) throws(Diagnostics) in
      do throws(DocumentError) { return try Input.read(path: path) } catch {
        throw Diagnostics([.error("\(error)", at: nil, path: "service.curve")])
      }
    }
    if let balancing {
      guard let word = Balancing(rawValue: balancing) else {
        throw Failure(
          "'\(balancing)' is no balancing. One of \(Balancing.allCases.map { $0.rawValue }.joined(separator: ", ")).",
          exitCode: .usage)
      }
      reader.balancing = word
    }
    try shape.throwIfErrors()
    let estimate = ServiceModelList.read(service, "service", &reader)
    let bounds = service["objective"].map { Objective.read($0, "service.objective", &reader.values) } ?? Objective()
    shape.merge(reader.values.diagnostics)
    try shape.throwIfErrors()
    guard let estimate else { return .badInput }
    for bound in bounds.latency where !estimate.mid.metrics.contains(bound.metric) {
      throw Failure(
        "'\(bound.name)' cannot be judged: this model knows no \(bound.metric.title). Take it out, or describe the service by a model that does.",
        exitCode: .usage)
    }
    let share = (try quantity(fill, "--utilization") as Fraction?)?.rawValue ?? 1
    guard share > 0, share <= 1 else {
      throw Failure("--utilization is a share above 0 and at most 1: write 80%.", exitCode: .usage)
    }
    let demand: RequestRate? = try quantity(rate, "--rate")
    if let demand, !(demand > .zero) {
      throw Failure("--rate is not above zero: write 40/s.", exitCode: .usage)
    }
    let cap = try powerCap.map(Self.power)
    let size = ServiceSize(
      estimate, meeting: bounds, demand: demand, replicas: replicas > 0 ? replicas : nil, fill: share, powerCap: cap,
      catalog: catalog)
    if cap != nil, size.draw == nil {
      throw Failure(
        "--power-cap needs a language model on an accelerator whose design power is known. Take it out, or add the power in a catalog of your own.",
        exitCode: .usage)
    }
    ReportWriting.write(
      SizeReport(size, provenance: ReportWriting.provenance("size", keys.first?.value ?? "", common)), common)
    return size.isMet ? .done : .objectiveMissed
  }

  private func quantity<Value: QuantityText>(_ text: String?, _ option: String) throws -> Value? {
    guard let text else { return nil }
    do {
      return try Value.parse(text)
    } catch { throw Failure("\(option) \(error.problem): \(error.remedy).", exitCode: .usage) }
  }

  /// `40kW`, `900 W`, `1.2MW`.
  private static func power(_ text: String) throws -> Power {
    let number = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(number.count).drop { $0 == " " }
    let factor = ["W": 1.0, "kW": 1e3, "KW": 1e3, "MW": 1e6][String(unit)]
    guard let factor, let value = Double(number), value > 0, value.isFinite else {
      throw Failure("--power-cap '\(text)' is no power. Write 40kW.", exitCode: .usage)
    }
    return .watts(value * factor)
  }

  /// A key and what an option says of it, as a plan would write them: what is text stays text, a version 0.19 too.
  static func line(_ key: String, _ value: String, of fields: [Field]) -> String {
    if case .string? = fields.first(where: { $0.name == key })?.schema { return "  \(key): \(quoted(value))" }
    return "  \(key): \(scalar(value))"
  }

  private static func quoted(_ value: String) -> String {
    "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
  }

  /// A value as YAML reads it back: plain where it means itself, in double quotes else.
  private static func scalar(_ value: String) -> String {
    let isPlain = value.allSatisfy { $0.isLetter || $0.isNumber || " ./%+-_".contains($0) } && value.first != " "
    return isPlain && !value.isEmpty && value.first != "-" ? value : quoted(value)
  }

  private static func document(_ file: String) throws -> Node {
    try YAML.parse(try Input.read(path: file), file: file)
  }
}
