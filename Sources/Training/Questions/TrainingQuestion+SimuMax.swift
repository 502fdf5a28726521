import Catalogs
import Documents

extension TrainingQuestion {
  /// A case of the SimuMax benchmark by its name: `llama3_70b_l12_tp1_pp2_dp4_mbc4_cef` is Llama 3 70B cut to 12 layers on
  /// eight accelerators, 4 micro-batches a copy. Micro-batch 1, sequence 4096, bf16, no recomputation unless it says so.
  init(
    simulated name: String, _ fields: QuestionFields, _ hardware: TrainingHardware, _ catalog: Catalog
  ) throws(TrainingError) {
    var parts: [String: Int] = [:]
    for word in name.lowercased().split(separator: "_") {
      let letters = word.prefix { $0.isLetter }
      if let number = Int(word.dropFirst(letters.count)), !letters.isEmpty { parts[String(letters)] = number }
    }
    var architecture = try Self.model(fields.text("model") ?? "", fields, catalog)
    let stated = try fields.size("layers")
    if let kept = parts["l"] ?? stated, kept >= 1, kept < architecture.layers {
      architecture = architecture.cut(to: kept)
    }
    // Megatron pads the vocabulary to a multiple of 128 times the tensor-parallel size.
    var layout = TrainingLayout(
      tensor: parts["tp"] ?? 1, pipeline: parts["pp"] ?? 1, virtualStages: parts["vp"] ?? 1,
      context: parts["cp"] ?? 1, data: 1, expert: parts["ep"] ?? 1, zero: 1, microBatch: parts["mbs"] ?? 1)
    let padding = 128 * max(1, layout.tensor)
    architecture.vocabulary = (architecture.vocabulary + padding - 1) / padding * padding
    let count = 8
    layout.data = max(1, count / max(1, layout.modelParallel))
    if name.contains("full_recompute") || name.contains("recompute") { layout.recomputation = .full }
    let batch = Double((parts["mbc"] ?? 1) * layout.data * layout.microBatch)
    let work = TrainingWork(
      shape: ModelShape(architecture), sequence: Double(parts["seq"] ?? 4096), batch: max(1, batch))
    self.init(work: work, hardware: hardware, accelerators: count, layout: layout)
    if let first = layout.faults(for: work, accelerators: count).first { throw first }
  }
}

extension ModelArchitecture {
  /// The same model with fewer layers; its dense first layers shrink in proportion, to one at least.
  public func cut(to kept: Int) -> ModelArchitecture {
    var model = self
    if let experts, experts.denseFirst > 0 {
      let share = Double(experts.denseFirst * kept) / Double(layers)
      model.experts?.denseFirst = min(kept, max(1, Int(share.rounded())))
    }
    model.layers = kept
    model.publishedParameters = nil
    model.publishedActiveParameters = nil
    return model
  }
}
