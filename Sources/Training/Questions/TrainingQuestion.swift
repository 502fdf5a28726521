import Catalogs
import Documents
import Quantities

/// One question about a training run: what, on what, and how it is laid out where that is known.
public struct TrainingQuestion: Sendable {
  public var work: TrainingWork
  public var hardware: TrainingHardware
  public var accelerators: Int
  /// The layout; nil where the best legal one is asked for.
  public var layout: TrainingLayout?
  /// Micro-batches of a copy, where the question says so without a layout.
  public var microBatches: Int?
  /// Whether recomputation was not told, so that the lightest that fits is taken.
  public var isRecomputationOpen = false

  public init(work: TrainingWork, hardware: TrainingHardware, accelerators: Int, layout: TrainingLayout? = nil) {
    self.work = work
    self.hardware = hardware
    self.accelerators = accelerators
    self.layout = layout
  }

  /// Reads a line of `headroom train --batch`: the columns of a table of measured runs, or the name of a SimuMax case, or
  /// a benchmark's system without a layout. Numbers may be written as text; what is empty is not there.
  public init(_ fields: QuestionFields, catalog: Catalog) throws(TrainingError) {
    let name = fields.text("model") ?? ""
    let gpu = try Self.hardware(fields, catalog)
    if let name = fields.text("case") {
      try self.init(simulated: name, fields, gpu, catalog)
      return
    }
    let architecture = try Self.model(name, fields, catalog)
    let sequence = try fields.positive("seq", 1...1e8) ?? 8192
    let count = Int(try fields.positive("n_gpus", 1...1e7) ?? 1)
    let batch = try fields.positive("gbs", 1...1e9) ?? Double(count)
    var work = TrainingWork(shape: ModelShape(architecture), sequence: sequence, batch: batch)
    if let word = fields.text("precision") {
      guard let precision = TrainingPrecision(word: word) else {
        throw TrainingError(
          .unknownName, "unknown precision '\(word)'", remedy: "write bf16, fp8, mxfp8 or nvfp4")
      }
      work.precision = precision
      work.isBrainFloat = word.lowercased() != "fp16"
    } else {
      work.precision = gpu.usualPrecision
    }
    if name.lowercased().contains("lora") { work.method = .lora(rank: 16) }
    guard fields.has("tp") || fields.has("pp") || fields.has("dp") else {
      self.init(work: work, hardware: gpu, accelerators: count)
      microBatches = try fields.positive("accumulation", 1...1e9).map { Int($0) }
      isRecomputationOpen = true
      return
    }
    let isFused = try fields.positive("flash", 0...1) ?? 1 > 0
    let splits = try fields.positive("seq_par", 0...1) ?? 1 > 0
    work.software = isFused ? (splits ? .current : .fused) : .scores
    var layout = TrainingLayout(isSequenceParallel: splits)
    layout.tensor = try fields.size("tp") ?? 1
    layout.pipeline = try fields.size("pp") ?? 1
    layout.context = try fields.size("cp") ?? 1
    layout.data = try fields.size("dp") ?? max(1, count / max(1, layout.modelParallel))
    layout.expert = try fields.size("ep") ?? 1
    layout.zero = Int(try fields.positive("zero", 0...3) ?? 1)
    layout.microBatch = try fields.size("mbs") ?? 1
    // Runs that do not tell it are taken to interleave chunks of two layers, as their software's examples do.
    layout.virtualStages =
      try fields.size("vp") ?? (layout.pipeline > 1 ? max(1, architecture.layers / layout.pipeline / 2) : 1)
    if !fields.has("dp"), count % layout.modelParallel != 0 {
      throw TrainingError(
        .illegalLayout, "\(layout.modelParallel) accelerators a copy do not divide \(count)",
        remedy: "use \(max(1, count / layout.modelParallel) * layout.modelParallel) accelerators")
    }
    self.init(work: work, hardware: gpu, accelerators: count, layout: layout)
    switch fields.text("recompute") ?? "none?" {
    case "none": self.layout?.recomputation = .none
    case "selective": self.layout?.recomputation = .selective
    case "full": self.layout?.recomputation = .full
    default: isRecomputationOpen = true
    }
    if let first = layout.faults(for: work, accelerators: count).first { throw first }
  }

  /// The accelerator, with what the row says of its links and its power cap.
  private static func hardware(_ fields: QuestionFields, _ catalog: Catalog) throws(TrainingError) -> TrainingHardware {
    let name = fields.text("gpu") ?? ""
    let (plain, cap) = PowerCap.read(name)
    guard let found = catalog.accelerator(meantBy: plain)?.accelerator else {
      let near = nearest(plain, in: catalog.accelerators.map { $0.name })
      throw TrainingError(
        .unknownName, "unknown accelerator '\(name)'",
        remedy: near.map { "did you mean '\($0)'?" } ?? "add it in a catalog file of your own, with its figures")
    }
    let domain = try fields.positive("gpus_per_node", 1...1e5).map { Int($0) }
    let network = try fields.positive("nic_gbs", 0...1e5)
    var hardware = TrainingHardware(
      found, powerCap: cap, network: network.map { .gigabytesPerSecond($0) }, linkDomain: domain)
    if let memory = try fields.positive("gpu_mem_gib", 0...1e5), memory > hardware.memory.gibibytes {
      hardware.memory = .gibibytes(memory)
    }
    return hardware
  }

  /// The model by its sizes where the row has them, else by its name, else a typical one of as many parameters.
  static func model(
    _ name: String, _ fields: QuestionFields, _ catalog: Catalog
  ) throws(TrainingError) -> ModelArchitecture {
    let plain = name.split(separator: "(").first.map { $0.trimmingSpaces } ?? name
    if let layers = try fields.size("layers"), let hidden = try fields.size("hidden"),
      let heads = try fields.size("heads")
    {
      guard hidden >= heads else {
        throw TrainingError(
          .invalidValue, "\(heads) heads are more than a width of \(hidden)", remedy: "write a head size of 1 or more")
      }
      return ModelArchitecture(
        name: name, layers: layers, hidden: hidden, heads: heads, kvHeads: try fields.size("kv_heads"),
        ffn: try fields.size("ffn") ?? 4 * hidden, isGated: try fields.positive("gated", 0...1) ?? 0 > 0,
        vocabulary: try fields.size("vocab") ?? 50_304, isTied: try fields.positive("tied", 0...1) ?? 0 > 0,
        context: try fields.size("seq") ?? 2048, source: "the question")
    }
    if let known = catalog.model(meantBy: plain) { return known }
    guard let parameters = try fields.positive("params", 1e5...1e14) else {
      let near = nearest(plain, in: catalog.models.map { $0.name })
      throw TrainingError(
        .unknownName, "unknown model '\(name)'",
        remedy: near.map { "did you mean '\($0)'?" } ?? "give its sizes: layers, hidden, ffn, heads, vocab")
    }
    return .typical(
      name: name, parameters: parameters, active: try fields.positive("active_params", 1e5...1e14) ?? parameters)
  }
}

/// `H100-500W`: a card that may draw less than its design power.
enum PowerCap {
  static func read(_ name: String) -> (name: String, cap: Power?) {
    guard let dash = name.lastIndex(of: "-") else { return (name, nil) }
    let word = name[name.index(after: dash)...]
    guard word.last == "W" || word.last == "w", let watts = Double(word.dropLast()), watts > 0, watts < 1e6 else {
      return (name, nil)
    }
    return (String(name[..<dash]), .watts(watts))
  }
}

extension Substring {
  /// Without spaces at its ends.
  var trimmingSpaces: String {
    var text = self
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}

/// The values of a question's line by name, numbers written as numbers or as text; what is empty is not there.
public struct QuestionFields: Sendable {
  private let values: [String: String]

  public init(_ values: [String: String]) { self.values = values.filter { !$0.value.isEmpty } }

  public init(_ node: Node) {
    var values: [String: String] = [:]
    for entry in node.entries ?? [] { if let text = entry.value.text { values[entry.key] = text } }
    self.init(values)
  }

  func text(_ key: String) -> String? { values[key] }

  func has(_ key: String) -> Bool { text(key) != nil }

  /// A number within bounds; nil where there is none.
  func positive(_ key: String, _ range: ClosedRange<Double>) throws(TrainingError) -> Double? {
    guard let written = text(key) else { return nil }
    guard let value = Double(written), value.isFinite, range.contains(value) else {
      func short(_ bound: Double) -> String {
        bound == bound.rounded() && abs(bound) < 1e6 ? "\(Int(bound))" : "\(bound)"
      }
      throw TrainingError(
        .invalidValue, "'\(key)' is out of range: \(written)",
        remedy: "write a number from \(short(range.lowerBound)) to \(short(range.upperBound))")
    }
    return value
  }

  /// A whole number from 1 up.
  func size(_ key: String) throws(TrainingError) -> Int? {
    guard let value = try positive(key, 1...1e9) else { return nil }
    guard value == value.rounded() else {
      throw TrainingError(
        .invalidValue, "'\(key)' is not a whole number: \(value)", remedy: "write \(Int(value.rounded()))")
    }
    return Int(value)
  }
}

extension TrainingHardware {
  /// What runs on the card are computed in where nobody says: fp4 where it is three times fp8 or in a rack of 72
  /// (MLPerf Training 5.1 submissions), else fp8 where there is fp8.
  public var usualPrecision: TrainingPrecision {
    if peak4 > peak8, family == .rackBlackwell || peak4 >= 2.9 * peak8 { return .nvfp4 }
    return peak8 > peak16 ? .fp8 : .bf16
  }
}
