import Catalogs
import Quantities

/// Bytes that one layer keeps of one micro-batch, by part.
public struct LayerMemory: Hashable, Sendable {
  public var tokens: Double
  public var attention: Double
  public var feedForward: Double
  public var experts: Double
  /// Of `experts`, what selective recomputation computes anew.
  public var expertInner: Double
  /// Of `attention`, the scores, where they are kept.
  public var scores: Double
  /// The layer's input: what full recomputation keeps.
  public var input: Double
}

/// Memory of one card by part.
///
/// Sources: state by sharding stage, Rajbhandari 2020 (arXiv 1910.02054); activations by recomputation, Korthikanti 2022
/// (2205.05198), table 2, for software of its time, and tensor by tensor for fused software; the transients of one layer
/// and the logits are read off SimuMax's and torchtitan's published peaks (docs/validation.md).
public struct MemoryModel: Sendable {
  public let work: TrainingWork
  public let hardware: TrainingHardware
  let isLowRank: Bool
  /// Bytes of one saved input of a product.
  let saved: Double

  public init(_ work: TrainingWork, on hardware: TrainingHardware) {
    self.work = work
    self.hardware = hardware
    if case .lora = work.method { isLowRank = true } else { isLowRank = false }
    saved = work.precision == .bf16 ? 2 : 1
  }

  public func verdict(_ layout: TrainingLayout) -> MemoryVerdict {
    MemoryVerdict(use(layout), capacity: hardware.memory)
  }

  /// The layout with the least recomputation that fits: none, or full of as few layers as that takes; all layers where
  /// even that does not fit.
  public func lightest(_ layout: TrainingLayout) -> TrainingLayout {
    var layout = layout
    layout.recomputation = .none
    let plain = use(layout).allocated
    if plain <= hardware.memory { return layout }
    layout.recomputation = .full
    layout.recomputedShare = 1
    let full = use(layout).allocated
    // Memory is linear in the share.
    if full < hardware.memory, plain > full {
      layout.recomputedShare = min(1, max(0.01, (plain - hardware.memory) / (plain - full)))
    }
    return layout
  }

  /// The fuller of the first stage, which holds most micro-batches, and the last, which makes the logits.
  public func use(_ layout: TrainingLayout) -> MemoryUse { use(layout, layer(layout)) }

  /// The same with the layer's bytes already known.
  public func use(_ layout: TrainingLayout, _ layer: LayerMemory) -> MemoryUse {
    let first = stage(layout, layer, isFirst: true)
    if layout.pipeline == 1 { return first }
    let last = stage(layout, layer, isFirst: false)
    return first.allocated >= last.allocated ? first : last
  }

  private func stage(_ layout: TrainingLayout, _ layer: LayerMemory, isFirst: Bool) -> MemoryUse {
    let m = work.shape
    let t = Double(layout.tensor)
    let p = Double(layout.pipeline)
    let d = Double(layout.data)
    let isWhole = layout.pipeline == 1
    let layers = m.layers / p
    let dense = isFirst ? min(m.denseLayers, layers) : max(0, m.denseLayers - (m.layers - layers))
    let mixed = layers - dense

    // Parameters.
    let plain =
      (layers * m.attentionParameters + dense * m.denseParameters + mixed * m.sharedParameters) / t
      + m.embeddingParameters * (isWhole && !m.isTied ? 2 : 1) / t
    let routed = mixed * m.experts * m.expertParameters / Double(layout.expert)
    // Copies that share the optimizer: all that hold the same weights; of routed experts, those of one expert group.
    let copies = d * Double(layout.context)
    let expertCopies = max(1, copies * t / Double(layout.expert))
    var (weights, gradients, optimizer) = (0.0, 0.0, 0.0)
    let trained = isLowRank ? adapters / t / p : plain
    let trainedRouted = isLowRank ? 0 : routed
    let sharing = layout.zero > 0
    weights = 2 * (plain + routed)
    gradients = 4 * (trained + trainedRouted)
    optimizer = 12 * (sharing ? trained / copies + trainedRouted / expertCopies : trained + trainedRouted)
    if isLowRank { weights += 2 * trained }
    switch layout.zero {
    case 2: gradients = 4 * (trained / copies + trainedRouted / expertCopies)
    case 3:
      // Fully sharded PyTorch keeps the fp32 weights as the master copy: 4 + 4 + 8.
      weights = 2 * (isLowRank ? (plain + routed) / copies : 0)
      gradients = 4 * (trained / copies + trainedRouted / expertCopies)
    default: break
    }

    // Activations of the micro-batches in flight.
    let tokens = layer.tokens
    let microBatches = max(1, (work.batch / (d * Double(layout.microBatch))).rounded())
    let inFlight: Double
    if isWhole {
      inFlight = 1
    } else if isFirst {
      let interleaved = layout.virtualStages > 1 ? p + (p - 1) / Double(layout.virtualStages) : p
      inFlight = min(interleaved, max(1, microBatches))
    } else {
      inFlight = layout.virtualStages > 1 ? 1 + (p - 1) / p / Double(layout.virtualStages) : 1
    }
    let denseBytes = dense > 0 ? layer.attention + layer.feedForward : 0
    let mixedBytes = mixed > 0 ? layer.attention + layer.experts : 0
    let largest = max(denseBytes, mixedBytes)
    let input = layer.input
    var activations = 0.0
    switch layout.recomputation {
    case .none: activations = inFlight * (dense * denseBytes + mixed * mixedBytes)
    case .selective:
      if layout.zero == 3 {
        activations = 0.5 * inFlight * (dense * denseBytes + mixed * mixedBytes + layers * input)
      } else {
        // Scores are not kept; fused attention keeps none anyway. Experts' inner activations are computed anew.
        activations =
          inFlight * (dense * (denseBytes - layer.scores) + mixed * (mixedBytes - layer.scores - layer.expertInner))
      }
    case .full:
      let share = layout.recomputedShare
      activations = share * inFlight * layers * input + largest
      if share < 1 {
        activations += (1 - share) * inFlight * (dense * denseBytes + mixed * mixedBytes) - largest * (1 - share)
      }
    }

    // Working memory.
    var logits = 0.0
    var buffers = 0.0
    let logit = tokens * m.vocabulary / t
    let makesLogits = isWhole || !isFirst
    if work.software != .scores {
      let gathered = layout.tensor > 1 ? 4 * 2 * tokens * m.hidden : 0
      if layout.zero == 3 {
        // bf16 logits, their fp32 copy, the gradients of both, and what the loss keeps.
        if makesLogits { logits = (work.software == .fused ? 8 : 13) * logit }
        let weight = (m.densePerLayer + m.routedPerLayer / Double(layout.expert)) / t
        buffers = 2 * (2 + 2) * weight + 2 * 2 * m.embeddingParameters / t + gathered
      } else if layout.zero == 2 {
        if makesLogits { logits = 8 * logit }
        buffers = 4 * m.densePerLayer / t + gathered
      } else {
        if makesLogits { logits = 4 * logit }
        // Gradients of the widest block's matrices before they are added to the fp32 gradients.
        let block = max(dense > 0 ? m.denseParameters / t : 0, mixed > 0 ? m.sharedParameters / t : 0)
        buffers = (isLowRank ? 0 : 4 * block) + gathered
      }
    }
    return MemoryUse(
      weights: Bytes(rawValue: weights), gradients: Bytes(rawValue: gradients), optimizer: Bytes(rawValue: optimizer),
      activations: Bytes(rawValue: activations), logits: Bytes(rawValue: logits), buffers: Bytes(rawValue: buffers))
  }

  /// What one layer keeps of one micro-batch under a split; independent of pipeline, copies, sharding and recomputation.
  public func layer(_ layout: TrainingLayout) -> LayerMemory {
    let tokens = Double(layout.microBatch) * work.sequence / Double(layout.context)
    let m = work.shape
    let isMixture = m.isMixture
    return LayerMemory(
      tokens: tokens, attention: attentionBytes(layout, tokens),
      feedForward: m.denseLayers > 0 ? feedForwardBytes(layout, tokens) : 0,
      experts: isMixture ? expertBytes(layout, tokens) : 0,
      expertInner: isMixture ? expertInnerBytes(layout, tokens) : 0,
      scores: work.software == .scores ? scoreBytes(layout, tokens) : 0,
      input: 2 * tokens * m.hidden / (layout.isSequenceParallel ? Double(layout.tensor) : 1))
  }

  private var adapters: Double { StepModel.adapterParameters(work) }

  /// Attention of one layer, one micro-batch, with the norms of the layer.
  private func attentionBytes(_ layout: TrainingLayout, _ tokens: Double) -> Double {
    let m = work.shape
    let t = Double(layout.tensor)
    let h = m.hidden
    let split = layout.isSequenceParallel ? t : 1
    if work.software == .scores {
      // Table 2: 34 s b h in all, of which 24 / t without sequence parallelism, and 5 a s / h of scores; attention's
      // part here is what its projections, its dropout and the two norms keep.
      return tokens * h * (10 / split + 8 / t) + scoreBytes(layout, tokens)
    }
    // The two norms' inputs; the inputs of the two products behind them, which all cards of a group keep split.
    let norms = tokens * (4 * h + 2 * saved * h) / split
    if let latent = m.latent {
      let query = Double(latent.nopeSize + latent.ropeSize)
      let value = Double(latent.valueSize)
      let narrow = 2 * saved * Double(latent.queryRank + latent.kvRank) + 2 * Double(latent.ropeSize)
      return norms + tokens * (2 * m.heads * (2 * query + 2 * value) / t + narrow)
    }
    let output = (saved == 2 ? 2 : 2 + saved) * m.queryWidth
    return norms + tokens * (2 * (m.queryWidth + 2 * m.keyWidth) + output) / t
  }

  /// Scores, their softmax and its dropout mask: 5 a s^2 b.
  private func scoreBytes(_ layout: TrainingLayout, _ tokens: Double) -> Double {
    5 * work.shape.heads * work.sequence * tokens / Double(layout.tensor)
  }

  private func feedForwardBytes(_ layout: TrainingLayout, _ tokens: Double) -> Double {
    let m = work.shape
    let t = Double(layout.tensor)
    if work.software == .scores { return tokens * m.hidden * 16 / t }
    return tokens * (2 * (m.matrices - 1) + saved) * m.ffn / t
  }

  /// A block of experts: the router's scores, the routed tokens in the experts' order, their inner activations, what
  /// comes back, and the shared experts.
  private func expertBytes(_ layout: TrainingLayout, _ tokens: Double) -> Double {
    let m = work.shape
    let t = Double(layout.tensor)
    let routed = tokens * m.active / t
    let shared = tokens * (2 * (m.matrices - 1) + saved) * m.sharedFFN / t
    return 8 * tokens * m.experts / t + routed * (saved + 2) * m.hidden + expertInnerBytes(layout, tokens) + shared
  }

  private func expertInnerBytes(_ layout: TrainingLayout, _ tokens: Double) -> Double {
    let m = work.shape
    return tokens * m.active / Double(layout.tensor) * (2 * (m.matrices - 1) + saved) * m.expertFFN
  }
}
