import Catalogs
import Documents
import Quantities

/// Why a question of `headroom size --batch` cannot be asked.
public struct SizeQuestionError: Error, Hashable, Sendable {
  public let code: String
  public let message: String
  /// The key that is at fault.
  public let path: String

  init(_ code: String, _ message: String, _ path: String) {
    self.code = code
    self.message = message
    self.path = path
  }
}

/// One question about serving a language model, as published measurements put them: a model on cards, how requests come,
/// and how long they are.
public struct SizeQuestion: Hashable, Sendable {
  /// How requests come.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// A batch of one size, answered to its end: `static`; `offline-static` asks for its throughput, `latency` for one
    /// prompt's time.
    case fixedBatch = "static"
    case offlineStatic = "offline-static"
    case latency
    /// In-flight batching with as much as fits: the most throughput.
    case offlineInFlight = "offline-ifb"
    /// Poisson arrivals of some hundred requests.
    case online
    case onlineTrace = "online-trace"
    case openLoop = "open-loop"
    /// So many users, each asking again when it is answered.
    case closedLoop = "closed-loop"
    case closedLoopAggregated = "agg-closed-loop"
    case closedLoopSilicon = "agg-closed-loop-silicon"
    case mlperfOffline = "mlperf-offline"
    case mlperfServer = "mlperf-server"
    case mlperfInteractive = "mlperf-interactive"
    /// The KV cache of a replica.
    case cacheCapacity = "kv-capacity"

    var isClosedLoop: Bool { self == .closedLoop || self == .closedLoopAggregated || self == .closedLoopSilicon }
    /// Whether its answers come of the scheduler's simulated steps.
    var isSimulated: Bool { isClosedLoop || self == .online || self == .onlineTrace || self == .openLoop }
    var isMLPerf: Bool { self == .mlperfOffline || self == .mlperfServer || self == .mlperfInteractive }
  }

  /// A pool of workers that only read prompts, or only write answers.
  public struct Workers: Hashable, Sendable {
    public var cards: Int
    public var tensorParallel: Int
    public var expertParallel: Int
    public var count: Int
  }

  public var mode: Mode
  public var model: ModelArchitecture
  /// The name as asked: it may say how the weights are packed.
  public var modelName: String
  public var accelerator: Accelerator
  public var cards: Int
  public var tensorParallel: Int?
  public var expertParallel: Int
  public var splitsSequences: Bool
  public var replicas: Int
  public var weights: Precision?
  /// The precision of the weights that the model's name says.
  var saidPrecision: Precision?
  public var cache: Precision?
  public var engine: String
  public var engineVersion: String
  public var engineDate: String
  public var speculates: Bool
  /// Requests a batch holds, or users of a closed loop.
  public var batch: Int?
  /// Requests a second; infinite where all come at once.
  public var rate: Double?
  public var input: Double?
  public var output: Double?
  /// The load generator whose habits the requests have, by its name in the catalog; `none` where nothing is assumed, nil
  /// as the question's kind and keys tell.
  public var pattern: String?
  /// The least share of the nominal lengths that is drawn, and the squared coefficient of variation of lengths, where the
  /// question tells them.
  public var leastShare: Double?
  public var variability: Double?
  /// The share of a prompt that the prefix cache holds, where the question tells it.
  public var cachedShare: Double?
  public var batchedTokens: Int?
  public var sequences: Int?
  public var memoryShare: Double?
  /// Limits of the 99th percentile, in seconds.
  public var firstTokenLimit: Double?
  public var perTokenLimit: Double?
  public var seconds: Double?
  public var prefill: Workers?
  public var decode: Workers?

  /// The question of a line.
  public init(
    _ node: Node, catalog: Catalog = .builtIn, models: [String: ModelArchitecture] = [:]
  ) throws(SizeQuestionError) {
    try self.init(node, names: SizeNames(catalog, models: models))
  }

  /// The question of a line of a stream.
  public init(_ node: Node, names: SizeNames) throws(SizeQuestionError) {
    guard node.entries != nil else {
      throw SizeQuestionError(
        "not-an-object", "A question is an object: write {\"model\": ..., \"gpu\": ..., \"mode\": ...}.", "")
    }
    func text(_ key: String) -> String? { node[key].flatMap { $0.text }.flatMap { $0.isEmpty ? nil : $0 } }
    func number(_ key: String, above bound: Double, in node: Node = node) throws(SizeQuestionError) -> Double? {
      guard let value = node[key], !value.isNull, value.text != "" else { return nil }
      let word = value.text?.lowercased()
      if key == "qps", word == "inf" || word == "infinity" { return .infinity }
      guard let found = value.number ?? value.text.flatMap({ Double($0) }), found > bound, found.isFinite else {
        let floor = bound < 0 ? "0 or more" : "above \(NumberFormat.significant(bound, 6))"
        throw SizeQuestionError("out-of-range", "'\(key)' must be a number \(floor).", key)
      }
      guard found <= 1e9 else { throw SizeQuestionError("out-of-range", "'\(key)' is more than 10^9.", key) }
      return found
    }
    func count(_ key: String, in node: Node = node) throws(SizeQuestionError) -> Int? {
      guard let found = try number(key, above: 0, in: node) else { return nil }
      guard found >= 1, found == found.rounded(), found <= 1e8 else {
        throw SizeQuestionError("not-a-count", "'\(key)' must be a whole number from 1 up.", key)
      }
      return Int(found)
    }
    guard let modeText = text("mode") else {
      throw SizeQuestionError("missing", "'mode' is missing: \(Self.modeList).", "mode")
    }
    guard let mode = Mode(rawValue: modeText) else {
      let near = nearest(modeText, in: Mode.allCases.map { $0.rawValue })
      throw SizeQuestionError(
        "unknown-mode",
        "Unknown mode '\(modeText)'" + (near.map { "; did you mean '\($0)'?" } ?? "; one of \(Self.modeList)."), "mode")
    }
    guard let modelName = text("model") else { throw SizeQuestionError("missing", "'model' is missing.", "model") }
    guard let gpuName = text("gpu") else { throw SizeQuestionError("missing", "'gpu' is missing.", "gpu") }
    do throws(Diagnostic) {
      model = try names.model(modelName)
    } catch {
      throw SizeQuestionError("unknown-model", Self.sentence(error), "model")
    }
    let counted: Int?
    do throws(Diagnostic) {
      (accelerator, counted) = try names.accelerator(gpuName)
    } catch {
      throw SizeQuestionError("unknown-accelerator", Self.sentence(error), "gpu")
    }
    self.mode = mode
    self.modelName = modelName
    tensorParallel = try count("tp")
    cards = try count("n_gpu") ?? counted ?? tensorParallel ?? 1
    expertParallel = try count("ep") ?? 1
    splitsSequences = node["dp_attention"]?.bool ?? false
    replicas = try count("replicas") ?? 1
    saidPrecision = names.precision(saidBy: modelName)
    weights = text("weight_dtype").flatMap { names.precision($0) }
    cache = text("kv_dtype").flatMap { names.precision($0) }
    engine = text("engine") ?? ""
    engineVersion = text("engine_version") ?? ""
    engineDate = text("engine_date") ?? ""
    speculates = text("speculation").map { $0 != "none" } ?? false
    let users = try count("concurrency")
    batch = try count("batch") ?? users
    rate = try number("qps", above: 0)
    input = try number("isl", above: 0)
    output = try number("osl", above: 0)
    pattern = text("pattern")
    leastShare = try number("length_ratio", above: 0)
    variability = try number("length_variability", above: -1)
    cachedShare = try number("cached_share", above: -1)
    batchedTokens = try count("max_batched_tokens")
    sequences = try count("max_seqs")
    memoryShare = try number("gpu_memory_utilization", above: 0)
    firstTokenLimit = try number("ttft_limit_ms", above: 0).map { $0 / 1000 }
    perTokenLimit = try number("tpot_limit_ms", above: 0).map { $0 / 1000 }
    seconds = try number("seconds", above: 0)
    func workers(_ key: String) throws(SizeQuestionError) -> Workers? {
      guard let pool = node[key], pool.entries != nil else { return nil }
      let count1 = try count("workers", in: pool) ?? 1
      let all = try count("gpus", in: pool) ?? 1
      // What a worker spans is what its cards come to; some reports write 1 for data-parallel attention.
      return Workers(
        cards: all, tensorParallel: max(1, all / count1), expertParallel: try count("ep", in: pool) ?? 1,
        count: count1)
    }
    prefill = try workers("prefill")
    decode = try workers("decode")
    if let pattern, pattern != "none" {
      let known = EngineCatalog.builtIn.patterns.filter { $0.mode == modeText }.map { $0.name } + ["none"]
      guard known.contains(pattern) else {
        throw SizeQuestionError(
          "unknown-pattern",
          "Unknown pattern '\(pattern)' of mode '\(modeText)': one of \(known.joined(separator: ", ")).", "pattern")
      }
    }
    if let share = leastShare, share > 1 {
      throw SizeQuestionError("out-of-range", "'length_ratio' is a share of at most 1.", "length_ratio")
    }
    if let variability, variability < 0 || variability > 20 {
      throw SizeQuestionError(
        "out-of-range", "'length_variability' must be a number from 0 to 20.", "length_variability")
    }
    if let cachedShare, cachedShare < 0 || cachedShare > 1 {
      throw SizeQuestionError("out-of-range", "'cached_share' must be a share from 0 to 1.", "cached_share")
    }
    if let share = memoryShare, share > 1 {
      throw SizeQuestionError(
        "out-of-range", "'gpu_memory_utilization' is a share of at most 1.", "gpu_memory_utilization")
    }
    if let input, input + (output ?? 0) > Double(model.context) * 1.001 {
      throw SizeQuestionError(
        "beyond-context",
        "A prompt of \(Int(input)) and an answer of \(Int(output ?? 0)) tokens are more than the \(model.context) of \(model.name).",
        "isl")
    }
    try checkNeeds()
  }

  /// Whether it tells a key that a load pattern may be known by (``LoadPattern/toldBy``).
  func tells(_ key: String) -> Bool {
    switch key {
    // Means of what was sent are hardly ever whole, lengths that somebody plans with always.
    case "measured lengths": [input, output].contains { $0.map { $0 != $0.rounded() } ?? false }
    case "max_batched_tokens": batchedTokens != nil
    case "max_seqs": sequences != nil
    default: false
    }
  }

  /// What tells most questions apart; equality looks at all of it.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(mode)
    hasher.combine(modelName)
    hasher.combine(accelerator.name)
    hasher.combine(cards)
    hasher.combine(tensorParallel)
    hasher.combine(batch)
    hasher.combine(rate)
    hasher.combine(input)
    hasher.combine(output)
    hasher.combine(weights)
  }

  private static let modeList = Mode.allCases.map { $0.rawValue }.joined(separator: ", ")

  private static func sentence(_ diagnostic: Diagnostic) -> String {
    let message = diagnostic.message
    let help = diagnostic.help.map { "; \($0)" } ?? ""
    return message.prefix(1).uppercased() + message.dropFirst() + help + (message.hasSuffix("?") ? "" : ".")
  }

  /// What each mode cannot do without.
  private func checkNeeds() throws(SizeQuestionError) {
    func need(_ isGiven: Bool, _ key: String) throws(SizeQuestionError) {
      if !isGiven { throw SizeQuestionError("missing", "'\(key)' is missing: mode '\(mode.rawValue)' needs it.", key) }
    }
    switch mode {
    case .cacheCapacity: return
    case .mlperfOffline, .mlperfServer, .mlperfInteractive:
      if EngineCatalog.builtIn.benchmark(of: model) == nil {
        try need(input != nil, "isl")
        try need(output != nil, "osl")
      }
    case .fixedBatch, .offlineStatic, .latency, .offlineInFlight:
      try need(input != nil, "isl")
      if mode != .latency { try need(output != nil, "osl") }
      if mode == .fixedBatch || mode == .offlineStatic { try need(batch != nil, "batch") }
    case .online, .onlineTrace, .openLoop:
      try need(input != nil, "isl")
      try need(output != nil, "osl")
      try need(rate != nil, "qps")
    case .closedLoop, .closedLoopAggregated, .closedLoopSilicon:
      try need(input != nil, "isl")
      try need(output != nil, "osl")
      try need(batch != nil, "concurrency")
    }
  }
}
