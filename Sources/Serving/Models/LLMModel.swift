import Catalogs
import Documents
import Glibc
import Quantities

/// A language model on accelerators under an inference engine: times to first token and per token, from the step times of
/// the deployment and the scheduler's own rules, simulated at a row of loads (``LoadCurve``).
///
/// Each replica has a queue of its own; a balancer that looks at queues does a little better than this says.
public struct LLMModel: TokenService, Hashable {
  public let deployment: Deployment
  public let lengths: TokenLengths
  public let steady: SteadyState
  public let cache: CacheCapacity
  public let limits: TokenScheduler.Limits
  public let curve: LoadCurve
  /// How much faster than its constants say it is taken to be: the ends of its band are such models.
  public let pace: Double
  public let band: ErrorBand?

  /// - Throws: ``ServingError`` where the model does not fit the cards, or the request the model's context.
  public init(
    _ deployment: Deployment, lengths: TokenLengths, batchedTokens: Int? = nil, sequences: Int? = nil,
    memoryShare: Double? = nil, constants: EngineCatalog = .builtIn
  ) throws(ServingError) {
    let model = deployment.model
    let whole = lengths.input + lengths.output
    guard whole <= Double(model.context) else {
      throw ServingError(
        .invalidParameter,
        "a prompt of \(Int(lengths.input)) and an answer of \(Int(lengths.output)) tokens are more than the context of "
          + "\(model.name), \(model.context)")
    }
    let engine = deployment.engine
    let usual = engine.limits(on: deployment.accelerator)
    let batched =
      batchedTokens ?? (engine.cutsPrompts ? usual.batchedTokens : max(usual.batchedTokens, Int(lengths.input)))
    let count = sequences ?? usual.sequences
    let cache = CacheCapacity(deployment, memoryShare: memoryShare, batchedTokens: batched, sequences: count)
    let mean = lengths.meanInput + lengths.meanOutput / 2
    guard cache.bytes(ofSequence: whole).rawValue <= cache.pool.rawValue else {
      throw ServingError(.invalidParameter, Self.misfit(deployment, cache, whole))
    }
    let tokens = cache.tokens(inSequencesOf: mean)
    limits = TokenScheduler.Limits(
      batchedTokens: batched, sequences: count, cacheTokens: max(tokens, whole + 2), mixesPrefill: engine.mixesPrefill,
      reservesAnswers: engine.reservesAnswers)
    steady = SteadyState(
      step: StepTime(deployment, constants: constants), lengths: lengths,
      capacity: max(1, min(Double(count), cache.sequences(ofTokens: mean))), batchedTokens: batched,
      mixesPrefill: engine.mixesPrefill)
    curve = LoadCurve(steady: steady, lengths: lengths, limits: limits, entry: engine.entry)
    self.deployment = deployment
    self.lengths = lengths
    self.cache = cache
    pace = 1
    band = constants.band(mode: "open-loop", metric: "ttft_mean").map {
      ErrorBand(
        low: min(1, $0.low), high: max(1, $0.high), source: "runs of engines under open-loop load, groups left out")
    }
  }

  private init(_ model: LLMModel, pace: Double) {
    deployment = model.deployment
    lengths = model.lengths
    steady = model.steady
    cache = model.cache
    limits = model.limits
    curve = model.curve
    band = model.band
    self.pace = pace
  }

  /// The same, faster by a factor.
  public func faster(by factor: Double) -> LLMModel { LLMModel(self, pace: pace * factor) }

  public func serving(_ lengths: TokenLengths) throws(ServingError) -> any TokenService {
    try LLMModel(
      deployment, lengths: lengths, batchedTokens: limits.batchedTokens, sequences: limits.sequences
    ).faster(by: pace)
  }

  public static func == (a: LLMModel, b: LLMModel) -> Bool {
    a.deployment == b.deployment && a.lengths == b.lengths && a.limits == b.limits && a.pace == b.pace
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(deployment)
    hasher.combine(lengths)
    hasher.combine(pace)
  }

  /// By how much a model does not fit, and what would.
  static func misfit(_ deployment: Deployment, _ cache: CacheCapacity, _ tokens: Double) -> String {
    let lacking = cache.bytes(ofSequence: tokens) - cache.pool
    var remedy = "narrower weights or a smaller context"
    var cards = deployment.tensorParallel
    while cards < 64 {
      cards *= 2
      var wider = deployment
      wider.tensorParallel = cards
      let room = CacheCapacity(wider)
      if room.bytes(ofSequence: tokens).rawValue <= room.pool.rawValue {
        remedy = "\(cards) cards a replica hold it"
        break
      }
    }
    return "\(deployment.model.name) at \(deployment.weights) does not fit \(deployment.cards) "
      + "\(deployment.accelerator.name): \(lacking.formatted()) are lacking for one request; \(remedy)"
  }

  public var summary: String {
    let cards =
      deployment.cards == 1 ? deployment.accelerator.name : "\(deployment.cards) x \(deployment.accelerator.name)"
    return "\(deployment.model.name) at \(deployment.weights) on \(cards) a replica under \(deployment.engine.name), "
      + "\(NumberFormat.significant(lengths.meanInput, 4)) tokens in, \(NumberFormat.significant(lengths.meanOutput, 4)) out"
  }

  public var metrics: Set<ServiceMetric> { [.response, .firstToken, .perToken, .betweenTokens, .wait] }
  public var hasIndependentReplicas: Bool { true }
  public var capacityPerReplica: RequestRate { .perSecond(curve.capacity * pace) }

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    let utilization = offeredUtilization(of: demand, replicas: replicas)
    guard utilization.rawValue < 1 else {
      var latencies: [ServiceMetric: Latency] = [:]
      for metric in metrics { latencies[metric] = .unbounded }
      return ServiceLevel(
        utilization: utilization, served: capacity(of: replicas), concurrency: .infinity, latencies: latencies,
        band: band, binding: .capacity)
    }
    let point = curve.point(at: utilization.rawValue)
    return ServiceLevel(
      utilization: utilization, served: max(demand, .zero), concurrency: point.concurrency * Double(max(0, replicas)),
      latencies: pace == 1 ? point.latencies : point.latencies.mapValues { $0 * (1 / pace) }, band: band,
      binding: utilization.rawValue > 0.9 ? .queue : .none)
  }

  /// What binds a replica at a load: compute, bandwidth, the cache's memory, the queue.
  public func bound(at utilization: Double) -> String {
    let point = curve.point(at: min(0.99, max(0, utilization)))
    if point.cacheUse > 0.95 { return "KV memory" }
    let sequences = max(1, min(point.concurrency, steady.capacity))
    let tokens = StepWork(
      decoding: sequences, context: steady.context,
      prompt: sequences * steady.input / steady.output * steady.step.gained,
      pairs: sequences * steady.input * steady.input / 2 / steady.output, finishing: sequences / steady.output)
    return Sizer.binding(steady.step.parts(tokens))
  }
}

extension LLMModel {
  public static let descriptor = ServiceModelDescriptor(
    name: "llm",
    summary:
      "A language model on accelerators: time to first token, per token and in all, by the roofline and the scheduler's steps.",
    key: "llm",
    fields: [
      Field("llm", "the language model, by its name in the catalog", .string, example: "Llama-3.1-8B"),
      Field("gpu", "the accelerator, by its name in the catalog", .string, example: "H100"),
      Field("input tokens", "tokens of a prompt, on average", tokens, example: "1000"),
      Field("output tokens", "tokens of an answer, on average", tokens, example: "200"),
      Field(
        "length variability", "squared coefficient of variation of both lengths: 0 is constant, 1 exponential",
        .bounded(.number, minimum: 0, maximum: 20), default: "0"),
      Field("cached prefix", "share of a prompt that the prefix cache holds", UnitSchema.share, default: "0%"),
      Field("tensor parallel", "cards over which a replica's matrices are split", count, default: "1"),
      Field("pipeline parallel", "groups of layers on cards of their own", count, default: "1"),
      Field("expert parallel", "cards over which experts are spread whole", count, default: "1"),
      Field(
        "weights", "precision of the weights; what the model is published in where it is left out",
        .choice(Precision.allCases.map { $0.rawValue }), example: "fp8"),
      Field(
        "kv cache", "precision of the KV cache", .choice(["bf16", "fp8", "int8", "fp4"]), default: "bf16"),
      Field("engine", "the inference engine", .string, default: "vllm"),
      Field("engine version", "its version, whose constants are taken where known", .string, example: "0.19"),
      Field(
        "drafts", "tokens that speculation proposes in a step", .bounded(.integer, minimum: 0, maximum: 64),
        default: "0"),
      Field("acceptance", "the chance that a proposed token is right", UnitSchema.share, default: "70%"),
      Field("batched tokens", "tokens of a step at most; the engine's default where left out", count, example: "8192"),
      Field(
        "sequences", "requests that run at once at most; the engine's default where left out", count, example: "256"),
      Field("memory share", "share of a card's memory that the engine takes", UnitSchema.share, example: "90%"),
    ],
    example: """
      service:
        llm: Llama-3.1-8B
        gpu: H100
        input tokens: 1000
        output tokens: 200
        objective: { ttft p99: 500ms, tpot p99: 30ms }
      """
  ) { node, path, reader in
    guard let (deployment, lengths) = read(node, path, &reader) else { return nil }
    let batched = reader.values.count(node["batched tokens"], "\(path).batched tokens", 1...10_000_000)
    let sequences = reader.values.count(node["sequences"], "\(path).sequences", 1...1_000_000)
    let memory = reader.values.share(
      node["memory share"], "\(path).memory share", 0.05...1, help: "write a share from 5% to 100%")
    let constants = reader.engines
    let model = reader.make(node["llm"] ?? node, "\(path).llm") { () throws(ServingError) in
      try LLMModel(
        deployment, lengths: lengths, batchedTokens: batched, sequences: sequences, memoryShare: memory,
        constants: constants)
    }
    guard let model else { return nil }
    guard let band = constants.band(mode: "open-loop", metric: "tpot_mean") else {
      return ServiceEstimate(exactly: model)
    }
    // Where the truth is below the answer, the replica is faster than told.
    return ServiceEstimate(low: model.faster(by: 1 / band.high), mid: model, high: model.faster(by: 1 / band.low))
  }

  private static let tokens = Schema.bounded(.number, minimum: 1, maximum: 100_000_000)
  private static let count = Schema.bounded(.integer, minimum: 1, maximum: 10_000_000)

  /// The deployment and the lengths of a mapping's keys; nil with diagnostics where one is wrong.
  static func read(_ node: Node, _ path: String, _ source: inout ServiceModelReader) -> (Deployment, TokenLengths)? {
    var reader = source.values
    defer { source.values = reader }
    let catalog = source.catalog
    let engines = source.engines
    var architecture: ModelArchitecture?
    var chip: Accelerator?
    if let name = reader.string(node["llm"], "\(path).llm") {
      do throws(Diagnostic) {
        if let own = source.models[name] {
          architecture = own
        } else {
          architecture = try catalog.model(named: name, at: node["llm"]?.location)
        }
      } catch { reader.merge(Diagnostics([error])) }
    }
    if let name = reader.string(node["gpu"], "\(path).gpu") {
      do throws(Diagnostic) {
        chip = try catalog.accelerator(meantBy: name, at: node["gpu"]?.location)
      } catch { reader.merge(Diagnostics([error])) }
    } else if node["gpu"] == nil {
      reader.fail("nothing says which accelerator '\(path).llm' runs on", node, "\(path).gpu", help: "add gpu: H100")
    }
    var lengths: [Double] = []
    for key in ["input tokens", "output tokens"] {
      if node[key] == nil {
        reader.fail("'\(key)' is missing", node, "\(path).\(key)", help: "say how long they are: \(key): 500")
      } else if let length = reader.number(
        node[key], "\(path).\(key)", 1...1e8, help: "write a number of tokens from 1 up")
      {
        lengths.append(length)
      }
    }
    let variability =
      reader.number(node["length variability"], "\(path).length variability", 0...20, help: "write 0 to 20") ?? 0
    let cached =
      reader.share(node["cached prefix"], "\(path).cached prefix", 0...0.999, help: "write a share below 100%") ?? 0
    let tensor = reader.count(node["tensor parallel"], "\(path).tensor parallel", 1...1024) ?? 1
    let pipeline = reader.count(node["pipeline parallel"], "\(path).pipeline parallel", 1...256) ?? 1
    let expert = reader.count(node["expert parallel"], "\(path).expert parallel", 1...1024) ?? 1
    let drafts = reader.count(node["drafts"], "\(path).drafts", 0...64) ?? 0
    let acceptance =
      reader.share(node["acceptance"], "\(path).acceptance", 0...1, help: "write a share from 0% to 100%") ?? 0.7
    var engine: EngineProfile?
    let engineName = reader.string(node["engine"], "\(path).engine") ?? "vllm"
    if let found = engines.engine(meantBy: engineName) {
      engine = engines.engine(
        found, version: reader.text(node["engine version"], "\(path).engine version") ?? "", date: "")
    } else {
      let names = engines.engines.map { $0.name }
      let near = nearest(engineName, in: names)
      reader.fail(
        "unknown engine '\(engineName)'" + (near.map { "; did you mean '\($0)'?" } ?? ""), node["engine"],
        "\(path).engine", help: "one of \(names.joined(separator: ", "))")
    }
    guard let architecture, let chip, let engine, lengths.count == 2 else { return nil }
    let weights = reader.text(node["weights"], "\(path).weights").flatMap { Precision(rawValue: $0) }
    let cache = reader.text(node["kv cache"], "\(path).kv cache").flatMap { Precision(rawValue: $0) }
    return (
      Deployment(
        model: architecture, accelerator: chip, tensorParallel: tensor, pipelineParallel: pipeline,
        expertParallel: expert, weights: weights ?? architecture.nativePrecision, cache: cache ?? .bf16,
        engine: engine, tokensPerStep: Deployment.tokensPerStep(drafts: drafts, acceptance: acceptance),
        verifiedPerStep: Double(drafts + 1)),
      TokenLengths(
        input: lengths[0], output: lengths[1], variability: variability, cachedShare: cached)
    )
  }
}
