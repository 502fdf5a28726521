import Catalogs
import Documents
import Planning
import Quantities
import Reporting
import Serving
import Simulating
import Terminal
import Traffic

/// The options of the world of tokens.
struct TokenOptions {
  let model: String?
  let replicas: Int
  let routing: TokenRouting
  let isRoutingGiven: Bool
  let prefillReplicas: Int
  let keepsPrefixes: Bool
  let speed: Double
  let first: Int
  let objective: String?
  let engines: String?
  let config: String?
  let sessions: SessionOptions
  /// What was written for keys of a plan's `service: llm`.
  let keys: [(key: String, value: String)]
  /// The options as they were written, and the first of them.
  let words: [String]
  var isGiven: Bool { !words.isEmpty }
  var firstGiven: String { words.first ?? "" }

  private static let fields = ServiceModelList.named("llm")?.fields ?? []
  /// Keys of the model that the requests themselves answer.
  private static let told: Set<String> = ["llm", "input tokens", "output tokens", "length variability"]

  init(_ a: inout Arguments) throws(UsageError) {
    a.section("The world of tokens")
    defer { a.section("") }
    var words: [String] = []
    func note(_ name: String, _ value: String?) { if let value { words += ["--\(name)", value] } }
    model = try a.option("model", value: "NAME", help: "tokens: the language model, by its name in the catalog")
    note("model", model)
    var keys: [(String, String)] = []
    for field in Self.fields where !Self.told.contains(field.name) {
      let name = field.name.replacing(" ", with: "-")
      let value: String? = try a.option(
        name, value: field.example ?? field.default ?? "VALUE",
        help: "tokens: \(field.summary)" + (field.default.map { " (default \($0))" } ?? ""))
      note(name, value)
      if let value { keys.append((field.name, value)) }
    }
    self.keys = keys
    replicas = try a.option("replicas", value: "N", default: 1, help: "tokens: how many replicas there are")
    a.check((1...100_000).contains(replicas), "'--replicas' is 1 to 100000. Write --replicas 8.")
    if a.isGiven("replicas") { note("replicas", "\(replicas)") }
    let word: TokenRouting = try a.option(
      "routing", value: "WORD", default: .leastLoaded, help: "tokens: how a request finds its replica")
    routing = word
    isRoutingGiven = a.isGiven("routing")
    if isRoutingGiven { note("routing", routing.rawValue) }
    prefillReplicas = try a.option(
      "prefill-replicas", value: "N", default: 0,
      help: "tokens: besides, replicas that only read prompts and hand their cache over")
    a.check((0...100_000).contains(prefillReplicas), "'--prefill-replicas' is 0 to 100000.")
    if prefillReplicas > 0 { note("prefill-replicas", "\(prefillReplicas)") }
    let forgets = a.flag("no-prefix-cache", help: "tokens: replicas keep no blocks of prompts for later ones")
    keepsPrefixes = !forgets
    if forgets { words.append("--no-prefix-cache") }
    speed = try a.option("speed", value: "FACTOR", default: 1, help: "tokens: requests come so many times as fast")
    let isSpeed = speed.isFinite && speed > 0 && speed <= 1e6
    a.check(isSpeed, "'--speed' is a factor above 0. Write --speed 2.")
    if speed != 1 { note("speed", NumberFormat.significant(speed, 6)) }
    first = try a.option("first", value: "N", default: 0, help: "tokens: only the first N requests")
    a.check(first >= 0, "'--first' is 1 or more. Write --first 1000.")
    if first > 0 { note("first", "\(first)") }
    objective = try a.option(
      "objective", value: "BOUNDS", help: "tokens: as in a plan: 'ttft p99: 500ms, tpot p99: 30ms'")
    note("objective", objective)
    engines = try a.option(
      "engines", value: "FILE", help: "tokens: engine constants of your own", completion: .files(["json"]))
    note("engines", engines)
    config = try a.option(
      "config", value: "FILE", help: "tokens: a Hugging Face config.json: the model that --model names",
      completion: .files(["json"]))
    note("config", config)
    sessions = try SessionOptions(&a)
    self.words = words + sessions.words
  }

  /// The model of the options for requests of these mean lengths, and the objective.
  func read(
    lengths: TokenLengths, catalogFile: String?, isBounded: Bool = false
  ) throws -> (model: any TokenService, objective: Objective, catalog: Catalog) {
    var catalog = Catalog.builtIn
    if let catalogFile { catalog = try catalog.adding(try Self.document(catalogFile)) }
    var models: [String: ModelArchitecture] = [:]
    if let config {
      let name = model ?? config
      models[name] = try ModelArchitecture(huggingFace: try Self.document(config), name: name)
    }
    // The options make the mapping that a plan would hold, so that both are read alike.
    var lines = ["service:", SizeVerb.line("llm", model ?? config ?? "", of: Self.fields)]
    for (key, value) in keys { lines.append(SizeVerb.line(key, value, of: Self.fields)) }
    var input = max(1, lengths.input.rounded())
    if isBounded, let known = catalog.model(meantBy: model ?? "") {
      // Sessions end where the context does.
      input = min(input, max(1, Double(known.context) - lengths.output.rounded() - 1))
    }
    lines.append("  input tokens: \(input)")
    lines.append("  output tokens: \(max(1, lengths.output.rounded()))")
    if let objective { lines.append("  objective: { \(objective) }") }
    let node = try YAML.parse(lines.joined(separator: "\n") + "\n", file: "options")
    let service = node["service"] ?? node
    var shape = Schema.object(
      ObjectSchema(
        title: "service", fields: Self.fields + [Field("objective", "", .object(Objective.schema))])
    ).validate(service)
    try shape.throwIfErrors()
    var reader = ServiceModelReader(balancing: .usual)
    reader.catalog = catalog
    reader.models = models
    reader.engines = try engines.map { try EngineCatalog(try Self.document($0)) } ?? .builtIn
    let estimate = ServiceModelList.read(service, "service", &reader)
    let bounds = service["objective"].map { Objective.read($0, "service.objective", &reader.values) } ?? Objective()
    shape.merge(reader.values.diagnostics)
    try shape.throwIfErrors()
    guard let model = estimate?.mid as? any TokenService else {
      throw Failure("The options describe no language model. Write --model Llama-3.1-8B --gpu H100.", exitCode: .usage)
    }
    for bound in bounds.latency where !TokenSimulation.metrics.contains(bound.metric) {
      throw Failure(
        "'\(bound.name)' cannot be judged: this world knows no \(bound.metric.title). Take it out.", exitCode: .usage)
    }
    return (model, bounds, catalog)
  }

  private static func document(_ file: String) throws -> Node {
    try YAML.parse(try Input.read(path: file), file: file)
  }

  /// The world of a model under these options.
  func world(_ model: any TokenService, seed: UInt64) -> TokenWorld {
    let replica = TokenReplica(model)
    return TokenWorld(
      replica, replicas: replicas, routing: routing,
      prefill: prefillReplicas > 0 ? (replica, prefillReplicas) : nil, keepsPrefixes: keepsPrefixes,
      tiers: sessions.tiers(of: replica), service: model, lengths: model.lengths, seed: seed)
  }

  /// Sessions: `headroom simulate --world tokens --sessions 200 --model ...`.
  func play(catalogFile: String?, common: SharedOptions) throws -> ExitCode {
    guard var load = sessions.load, let seats = sessions.seats else { return .usage }
    // What a turn holds in the middle of its session, by which the cache's tokens are counted.
    let context = load.sharedPrompt + load.firstPrompt + (load.turns - 1) / 2 * (load.input + load.output)
    let (model, bounds, catalog) = try read(
      lengths: TokenLengths(input: context, output: load.output), catalogFile: catalogFile, isBounded: true)
    var world = world(model, seed: common.seed)
    load.longest = world.replica.longest
    let provenance = ReportWriting.provenance("simulate", "--world", common, options: ["tokens"] + words)
    switch seats {
    case .fixed(let count):
      let record = world.play(load)
      let simulation = TokenSimulation(
        record, of: world, objective: bounds, source: "\(count) sessions", span: load.seconds, summary: model.summary,
        catalog: catalog)
      ReportWriting.write(TokenReport(simulation, provenance: provenance), common)
      return simulation.isMet ? .done : .objectiveMissed
    case .most:
      let all = world.tiers
      world.tiers = []
      var stores: [(name: String, tiers: [PrefixCache.Tier])] = [("cards alone", [])]
      if let dram = sessions.dram, let tier = all.first {
        let half = dram * 0.5
        stores.append(("with \(half) DRAM", [world.replica.tier("DRAM", half, at: sessions.dramRate)]))
        stores.append(("with \(dram) DRAM", [tier]))
      }
      if let disk = sessions.disk {
        stores.append(("\(sessions.dram == nil ? "with" : "and") \(disk) disk", all))
      }
      let sizing = SessionSizing(
        world, load: load, objective: bounds, tiers: stores, summary: model.summary, catalog: catalog
      ) { ParallelMap.map($0, $1) }
      ReportWriting.write(SessionReport(sizing, provenance: provenance), common)
      return sizing.variants.contains { $0.answer.isMet } ? .done : .objectiveMissed
    }
  }

  /// Recorded requests: `headroom simulate --world tokens REQUESTS`.
  func replay(_ file: String, catalogFile: String?, common: SharedOptions) throws -> ExitCode {
    var trace = try TokenTrace.read(path: file)
    if first > 0 { trace = TokenTrace(Array(trace.requests.prefix(first)), blockTokens: trace.blockTokens) }
    if speed != 1 { trace = trace.faster(by: speed) }
    let count = Double(trace.requests.count)
    let lengths = TokenLengths(
      input: trace.requests.reduce(0) { $0 + Double($1.input) } / count,
      output: trace.requests.reduce(0) { $0 + Double($1.output) } / count)
    let (model, bounds, catalog) = try read(lengths: lengths, catalogFile: catalogFile)
    let world = world(model, seed: common.seed)
    let record = world.replay(trace)
    let simulation = TokenSimulation(
      record, of: world, objective: bounds, source: file == "-" ? "standard input" : file, span: trace.span,
      summary: model.summary, catalog: catalog)
    let report = TokenReport(
      simulation,
      provenance: ReportWriting.provenance(
        "simulate", file, common, options: ["--world", "tokens"] + words))
    ReportWriting.write(report, common)
    return simulation.isMet ? .done : .objectiveMissed
  }
}

extension TokenRouting: ArgumentValue {}
