import CCatalogData
import Documents
import Quantities

/// Engines, what chips reach under them, benchmarks and bands: the measured constants of serving language models.
public struct EngineCatalog: Sendable {
  public private(set) var engines: [EngineProfile] = []
  public private(set) var versions: [EngineVersion] = []
  public private(set) var families: [ChipFamily] = []
  public private(set) var benchmarks: [BenchmarkWorkload] = []
  public private(set) var bands: [MeasuredBand] = []
  public private(set) var recipes: [LaunchRecipe] = []
  public private(set) var patterns: [LoadPattern] = []
  public private(set) var offsets: [MeasuredOffset] = []
  public private(set) var arithmetic: ArithmeticConstants
  /// The engine of a kind of question that names none, by mode; `""` for any other.
  public private(set) var usual: [String: String] = [:]

  /// What comes with the program; read once, at its first use.
  public static let builtIn: EngineCatalog = {
    do {
      // A test holds it to the schema, so that no start of the program has to.
      return EngineCatalog(wellFormed: try builtInDocument())
    } catch {
      preconditionFailure("the built-in engine catalog is not well-formed: \(error)")
    }
  }()

  /// The file that comes with the program, as read.
  static func builtInDocument() throws(Diagnostics) -> Node {
    let bytes = UnsafeRawBufferPointer(start: headroom_catalog_engines_start(), count: headroom_catalog_engines_size)
    return try JSON.parse(bytes, file: "engines.json")
  }

  /// Reads an engine catalog: the built-in one, or one that `headroom size --calibrate` has written.
  /// - Throws: `Diagnostics` with everything that is wrong in it.
  public init(_ document: Node) throws(Diagnostics) {
    try Self.schema.validate(document).throwIfErrors()
    self.init(wellFormed: document)
  }

  private init(wellFormed document: Node) {
    func number(_ node: Node, _ key: String) -> Double { node[key]?.number ?? 0 }
    func text(_ node: Node, _ key: String) -> String { node[key]?.text ?? "" }
    let common = document["arithmetic"] ?? document
    arithmetic = ArithmeticConstants(
      attention: number(common, "attention"), fp4: number(common, "fp4"), fp8: number(common, "fp8"),
      experts: number(common, "experts"), exchange: number(common, "exchange_us") * 1e-6,
      power: number(common, "power"),
      smallHead: number(common, "small_head"), paceTail: common["pace_tail"]?.number ?? 1.2,
      sustainedAtPace: common["sustained_at_pace"]?.number ?? 1, sustained: common["sustained"]?.number ?? 0.95)
    for node in document["engines"]?.elements ?? [] {
      engines.append(
        EngineProfile(
          name: text(node, "name"), aliases: (node["aliases"]?.elements ?? []).compactMap { $0.text },
          perStep: number(node, "step_us") * 1e-6, perLayer: number(node, "layer_us") * 1e-6,
          perExpertLayer: number(node, "expert_layer_us") * 1e-6,
          perLatentLayer: number(node, "latent_layer_us") * 1e-6,
          perPromptLayer: number(node, "prompt_layer_us") * 1e-6,
          perPromptExpertLayer: number(node, "prompt_expert_layer_us") * 1e-6,
          perSequence: number(node, "sequence_us") * 1e-6,
          perPrompt: number(node, "prompt_us") * 1e-6, entry: number(node, "entry_us") * 1e-6,
          perArrival: number(node, "arrival_us") * 1e-6,
          cold: number(node, "cold_us") * 1e-6,
          compute: number(node, "compute"), bandwidth: number(node, "bandwidth"),
          cacheBandwidth: number(node, "cache_bandwidth"), narrow: node["narrow"]?.number ?? 1,
          expertFactor: number(node, "expert_factor"), perRoutedToken: number(node, "routed_token_us") * 1e-6,
          mixesPrefill: node["mixes_prefill"]?.bool ?? true,
          reservesAnswers: node["reserves_answers"]?.bool ?? false,
          takesShareOfFree: node["memory_of"]?.text == "free", cutsPrompts: node["cuts_prompts"]?.bool ?? true,
          batchedTokens: node["batched_tokens"]?.integer ?? 8192,
          sequences: node["sequences"]?.integer ?? 1024,
          batchedTokensOfSmall: node["batched_tokens_of_small"]?.integer ?? 0,
          sequencesOfSmall: node["sequences_of_small"]?.integer ?? 0, memoryShare: number(node, "memory_share"),
          date: text(node, "date"), source: text(node, "source")))
    }
    for node in document["versions"]?.elements ?? [] {
      versions.append(
        EngineVersion(
          engine: text(node, "engine"), version: text(node, "version"), from: text(node, "from"),
          until: text(node, "until"), overheads: number(node, "overheads"), bandwidth: number(node, "bandwidth"),
          compute: number(node, "compute")))
    }
    for node in document["chips"]?.elements ?? [] {
      families.append(
        ChipFamily(
          name: text(node, "name"), prefixes: (node["prefixes"]?.elements ?? []).compactMap { $0.text },
          compute: number(node, "compute"), bandwidth: number(node, "bandwidth"), hop: number(node, "hop_us") * 1e-6,
          link: number(node, "link"), cold: node["cold"]?.number ?? 1))
    }
    for node in document["benchmarks"]?.elements ?? [] {
      func limits(_ key: String) -> [String: Double] {
        var found: [String: Double] = [:]
        for entry in node[key]?.entries ?? [] { found[entry.key] = entry.value.number }
        return found
      }
      benchmarks.append(
        BenchmarkWorkload(
          model: text(node, "model"), input: number(node, "input"), output: number(node, "output"),
          inputVariability: number(node, "input_variability"), outputVariability: number(node, "output_variability"),
          firstTokenLimits: limits("ttft_limits_ms"), perTokenLimits: limits("tpot_limits_ms"),
          source: text(node, "source")))
    }
    for node in document["bands"]?.elements ?? [] {
      bands.append(
        MeasuredBand(
          mode: text(node, "mode"), metric: text(node, "metric"), low: number(node, "low"), high: number(node, "high")))
    }
    for node in document["patterns"]?.elements ?? [] {
      patterns.append(
        LoadPattern(
          name: text(node, "name"), mode: text(node, "mode"),
          toldBy: (node["told_by"]?.elements ?? []).compactMap { $0.text },
          leastShare: node["least_share"]?.number ?? 1,
          variability: number(node, "variability"), requestsPerUser: node["requests_per_user"]?.number ?? 10,
          cachedShare: min(1, max(0, number(node, "cached_share"))), prompts: node["prompts"]?.integer ?? 0,
          eventsPerToken: max(1, node["events_per_token"]?.number ?? 1),
          source: text(node, "source")))
    }
    offsets = (document["offsets"]?.elements ?? []).map { MeasuredOffset($0) }
    recipes = (document["recipes"]?.elements ?? []).map { LaunchRecipe($0) }
    for entry in document["usual"]?.entries ?? [] { usual[entry.key] = entry.value.text }
  }

  mutating func put(_ engine: EngineProfile) {
    if let index = engines.firstIndex(where: { $0.name == engine.name }) {
      engines[index] = engine
    } else {
      engines.append(engine)
    }
  }

  mutating func put(_ family: ChipFamily) {
    if let index = families.firstIndex(where: { $0.name == family.name }) { families[index] = family }
  }

  mutating func put(_ constants: ArithmeticConstants) { arithmetic = constants }

  mutating func put(_ version: EngineVersion) {
    let place = versions.firstIndex {
      $0.engine == version.engine && $0.version == version.version && $0.from == version.from
    }
    if let place { versions[place] = version } else { versions.append(version) }
  }

  mutating func put(_ others: [MeasuredOffset]) { offsets = others }

  mutating func put(_ band: MeasuredBand) {
    bands.removeAll { $0.mode == band.mode && $0.metric == band.metric }
    bands.append(band)
  }

  /// The engine of a name: its own or an alias, alone or within a longer text ("TensorRT 10.14, CUDA 13.1"); the
  /// longest that fits.
  public func engine(meantBy text: String) -> EngineProfile? {
    let words = Catalog.letters(of: text)
    guard !words.isEmpty else { return nil }
    var best: (length: Int, engine: EngineProfile)?
    for engine in engines {
      for name in [engine.name] + engine.aliases {
        let letters = Catalog.letters(of: name)
        if letters.count > best?.length ?? 0, words.contains(letters) { best = (letters.count, engine) }
      }
    }
    return best?.engine
  }

  /// An engine as a version of it, or its state in a month, has it. A version's own row goes before one by date; dates
  /// outside of all rows take the nearest one's.
  public func engine(_ engine: EngineProfile, version: String, date: String) -> EngineProfile {
    guard let found = versionRow(of: engine.name, version: version, date: date) else { return engine }
    return engine.scaled(overheads: found.overheads, bandwidth: found.bandwidth, compute: found.compute)
  }

  /// The row of an engine's version, or of a month; nil where the engine's own constants hold.
  public func versionRow(of engine: String, version: String, date: String) -> EngineVersion? {
    let rows = versions.filter { $0.engine == engine }
    if let row = rows.first(where: { !$0.version.isEmpty && !version.isEmpty && version.contains($0.version) }) {
      return row
    }
    guard !date.isEmpty else { return nil }
    return rows.first { $0.version.isEmpty && $0.from <= date && (date <= $0.until || date.hasPrefix($0.until)) }
  }

  /// The generation of an accelerator: the row with the longest beginning of its name.
  public func family(of accelerator: Accelerator) -> ChipFamily {
    var best: (length: Int, family: ChipFamily)?
    for family in families {
      for prefix in family.prefixes where accelerator.name.hasPrefix(prefix) {
        if prefix.utf8.count > best?.length ?? -1 { best = (prefix.utf8.count, family) }
      }
    }
    return best?.family ?? ChipFamily(name: "", prefixes: [], compute: 1, bandwidth: 1, hop: 15e-6, link: 0.6, cold: 1)
  }

  /// The benchmark that a model has.
  public func benchmark(of model: ModelArchitecture) -> BenchmarkWorkload? {
    benchmarks.first { $0.model == model.name }
  }

  /// How the requests of a question come.
  /// - Parameters:
  ///   - name: What the question calls it, `none` for nothing assumed; nil where it names none.
  ///   - tells: Whether the question tells a key: a pattern may be known by what a question tells.
  public func pattern(mode: String, named name: String? = nil, tells: (String) -> Bool) -> LoadPattern {
    patterns.first { pattern in
      guard pattern.mode == mode else { return false }
      guard let name else { return pattern.toldBy.allSatisfy(tells) }
      return pattern.name == name
    } ?? LoadPattern(mode: mode)
  }

  /// How a kind of measurement launches an engine on a chip in a month; nil as usual.
  public func recipe(mode: String, engine: EngineProfile, on chip: Accelerator, date: String) -> LaunchRecipe? {
    recipes.first { $0.isOf(mode, engine.name, chip.name, date) }
  }

  /// What measurements of a model on an accelerator make of a figure beside an engine that nobody named.
  public func offset(mode: String, figure: String, model: String, chip: String) -> MeasuredOffset? {
    offsets.first { $0.mode == mode && $0.figure == figure && $0.model == model && $0.chip == chip }
  }

  /// The band of a figure of a kind of question.
  public func band(mode: String, metric: String) -> MeasuredBand? {
    bands.first { $0.mode == mode && $0.metric == metric }
  }
}

extension EngineCatalog {
  /// What an engine catalog holds.
  public static let schema = Schema.object(
    ObjectSchema(
      title: "engine catalog", summary: "Measured constants of serving language models.",
      fields: [
        Field("schema", "Which format this is.", .choice(["headroom/engines/1"]), required: true),
        Field("arithmetic", "Constants of no engine.", .map(.anything), required: true),
        Field("engines", "Engines.", .list(.object(engineSchema)), required: true),
        Field("versions", "Versions and dates of engines.", .list(.map(.anything))),
        Field("chips", "Generations of chips.", .list(.map(.anything)), required: true),
        Field("benchmarks", "Public benchmarks.", .list(.map(.anything))),
        Field("bands", "Measured bands.", .list(.map(.anything))),
        Field("patterns", "How kinds of measurements send their requests.", .list(.map(.anything))),
        Field("usual", "The engine of a kind of question that names none.", .map(.string)),
        Field("recipes", "How public benchmarks launch engines.", .list(.map(.anything))),
        Field("offsets", "How far public tables lie from an engine that nobody named.", .list(.map(.anything))),
        Field("fitted", "How the constants were found.", .anything),
      ]))

  private static let time = Schema.bounded(.number, minimum: 0, maximum: 1e8)
  private static let share = Schema.bounded(.number, minimum: 0.01, maximum: 10)
  private static let engineSchema = ObjectSchema(
    title: "engine",
    fields: [
      Field("name", "Its name.", .string, required: true),
      Field("aliases", "Other names of it.", .list(.string)),
      Field("step_us", "Microseconds of a step.", time, required: true),
      Field("layer_us", "Microseconds of a layer.", time, required: true),
      Field("expert_layer_us", "The same again with experts.", time, required: true),
      Field("latent_layer_us", "The same again with latent attention.", time, required: true),
      Field("prompt_layer_us", "Microseconds of a layer more where prompts are worked on.", time, required: true),
      Field("prompt_expert_layer_us", "The same again with experts.", time, required: true),
      Field("cold_us", "Microseconds that a benchmark's first prompts wait.", time, required: true),
      Field("sequence_us", "Microseconds of a sequence.", time, required: true),
      Field("prompt_us", "Microseconds of a prompt.", time, required: true),
      Field("entry_us", "Microseconds in and out.", time, required: true),
      Field("arrival_us", "Microseconds between two requests that it takes in.", time),
      Field("compute", "Share of the peak rate.", share, required: true),
      Field("bandwidth", "Share of the bandwidth, weights.", share, required: true),
      Field("cache_bandwidth", "Share of the bandwidth, cache.", share, required: true),
      Field("expert_factor", "Time of experts to that of dense weights.", share, required: true),
      Field("narrow", "Factor on the shares of the peak at 8 and 4 bits.", share),
      Field("routed_token_us", "Microseconds of a token and a layer with experts.", time),
      Field("mixes_prefill", "Whether prompts and answers share a step.", .boolean),
      Field("reserves_answers", "Whether a request is let in only with room for its whole answer.", .boolean),
      Field("memory_of", "What the share of memory is of: free, or all.", .choice(["all", "free"])),
      Field("cuts_prompts", "Whether a prompt longer than a step is cut.", .boolean),
      Field("batched_tokens", "Tokens of a step at most.", .bounded(.integer, minimum: 1, maximum: 10_000_000)),
      Field("sequences", "Sequences of a step at most.", .bounded(.integer, minimum: 1, maximum: 1_000_000)),
      Field(
        "batched_tokens_of_small", "The same on cards of less than 70 GiB and A100; 0 as elsewhere.",
        .bounded(.integer, minimum: 0, maximum: 10_000_000)),
      Field(
        "sequences_of_small", "Sequences of a step at most there.",
        .bounded(.integer, minimum: 0, maximum: 1_000_000)),
      Field("memory_share", "Share of memory taken.", .bounded(.number, minimum: 0.05, maximum: 1), required: true),
      Field("date", "When it was measured.", .string, required: true),
      Field("source", "On what.", .string, required: true),
    ])
}
