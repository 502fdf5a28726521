import Catalogs

/// A model's sizes as the step model needs them: one row of numbers, no lists. Derived from the catalogs' architecture;
/// parameters are those of `ModelArchitecture`.
public struct ModelShape: Hashable, Sendable {
  public var layers: Double
  public var hidden: Double
  /// Width of all query heads together, and of the keys (and of the values).
  public var queryWidth: Double
  public var keyWidth: Double
  public var heads: Double
  public var kvHeads: Double
  public var ffn: Double
  /// Matrices of a feed-forward block: 3 with a gate, 2 without.
  public var matrices: Double
  public var vocabulary: Double
  public var isTied: Bool
  /// Layers whose feed-forward block is dense.
  public var denseLayers: Double
  public var experts: Double
  /// Experts that a token visits.
  public var active: Double
  public var expertFFN: Double
  /// Width of the experts that every token visits, together.
  public var sharedFFN: Double
  /// Multi-head latent attention, nil for heads with keys of their own.
  public var latent: ModelArchitecture.Latent?
  /// Share of the layers that look at most `window` back.
  public var windowShare: Double
  public var window: Double
  /// Parameters of one layer's attention (average over the kinds of layers), of one dense feed-forward block, of the
  /// experts that every token visits with the router, of one routed expert, of one embedding matrix.
  public var attentionParameters: Double
  public var denseParameters: Double
  public var sharedParameters: Double
  public var expertParameters: Double
  public var embeddingParameters: Double
  public var isMixture: Bool { experts > 0 }
  /// All parameters.
  public var parameters: Double

  public init(_ model: ModelArchitecture) {
    layers = Double(model.layers)
    hidden = Double(model.hidden)
    heads = Double(model.heads)
    kvHeads = Double(model.kvHeads)
    queryWidth = Double(model.heads * model.headSize)
    keyWidth = Double(model.kvHeads * model.headSize)
    ffn = Double(model.ffn)
    matrices = model.isGated ? 3 : 2
    vocabulary = Double(model.vocabulary)
    isTied = model.isTied
    latent = model.latent
    let mixed = Double(model.expertLayers)
    denseLayers = Double(model.layers) - mixed
    experts = mixed > 0 ? Double(model.experts?.count ?? 0) : 0
    active = Double(model.experts?.active ?? 0)
    expertFFN = Double(model.experts?.ffn ?? 0)
    sharedFFN = Double((model.experts?.shared ?? 0) * (model.experts?.sharedFFN ?? 0))
    let limited = Double(model.layers(of: .sliding) + model.layers(of: .sparse) + model.layers(of: .linear))
    windowShare = limited / layers
    window = Double(max(model.window, 1))
    attentionParameters = model.attentionParameters / layers
    denseParameters = denseLayers > 0 ? model.denseFFNParameters / denseLayers : 0
    sharedParameters = mixed > 0 ? model.sharedParameters / mixed : 0
    expertParameters = model.expertParameters
    embeddingParameters = model.embeddingParameters
    parameters = model.parameters
  }

  /// Parameters that every card of a layer's tensor-parallel group shares: attention, dense or shared feed-forward.
  public var densePerLayer: Double {
    attentionParameters + (denseLayers * denseParameters + (layers - denseLayers) * sharedParameters) / layers
  }

  /// Parameters of all routed experts of an average layer.
  public var routedPerLayer: Double { (layers - denseLayers) / layers * experts * expertParameters }

  /// FLOPs of the forward pass of one token of a sequence: two a multiplied parameter, and the attention over the tokens
  /// before it. Training takes three times as many (Narayanan 2021, section 3: backward is twice forward).
  ///
  /// - Parameter isCausal: Whether only the tokens before count (half of the square), as fused attention computes.
  public func forwardFLOPsPerToken(sequence: Double, isCausal: Bool = true) -> Double {
    let layer =
      attentionParameters + denseLayers / layers * denseParameters
      + (layers - denseLayers) / layers * (sharedParameters + active * expertParameters)
    return 2 * (layers * layer + embeddingParameters) + layers * attentionFLOPsPerToken(sequence, isCausal)
  }

  /// FLOPs of one layer's scores and their sum, a token.
  public func attentionFLOPsPerToken(_ sequence: Double, _ isCausal: Bool) -> Double {
    let width = latent.map { heads * Double($0.nopeSize + $0.ropeSize + $0.valueSize) / 2 } ?? queryWidth
    return (isCausal ? 0.5 : 1) * 4 * attended(sequence) * width
  }

  /// Tokens that scores are computed with, an average layer's, twice the mean position.
  func attended(_ sequence: Double) -> Double {
    windowShare * min(sequence, 2 * window) + (1 - windowShare) * sequence
  }
}
