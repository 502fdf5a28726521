import Quantities

/// Parameters by part, in numbers (not bytes). Biases are left out: at most 0.1 % of any model here.
extension ModelArchitecture {
  /// Parameters of the attention of one layer of a kind, its two norms included.
  public func attentionParameters(_ kind: Attention) -> Double {
    let h = Double(hidden)
    let norms = 2 * h
    if kind == .linear, let linear {
      let keys = Double(linear.keyHeads * linear.keySize)
      let values = Double(linear.valueHeads * linear.valueSize)
      // Query, key, value and gate in; the output; a decay and a step a head.
      return h * (2 * keys + 2 * values) + values * h + 2 * h * Double(linear.valueHeads) + norms
    }
    let n = Double(heads)
    if let latent {
      let query = Double(latent.nopeSize + latent.ropeSize)
      let rank = Double(latent.queryRank)
      let queries = latent.queryRank == 0 ? h * n * query : h * rank + rank * n * query
      return queries + h * Double(latent.kvRank + latent.ropeSize)
        + Double(latent.kvRank) * n * Double(latent.nopeSize + latent.valueSize) + n * Double(latent.valueSize) * h
        + norms
    }
    return 2 * h * n * Double(headSize) + 2 * h * Double(kvHeads * headSize) + norms
  }

  /// Parameters of the attention of all layers.
  public var attentionParameters: Double {
    Attention.allCases.reduce(0) { $0 + Double(layers(of: $1)) * attentionParameters($1) }
  }

  private var matrices: Double { isGated ? 3 : 2 }

  /// Parameters of the dense feed-forward blocks of all layers that have one.
  public var denseFFNParameters: Double {
    Double(layers - expertLayers) * matrices * Double(hidden) * Double(ffn)
  }

  /// Parameters of one routed expert.
  public var expertParameters: Double { matrices * Double(hidden) * Double(experts?.ffn ?? 0) }

  /// Parameters of all routed experts of all layers.
  public var routedParameters: Double { Double(expertLayers) * Double(experts?.count ?? 0) * expertParameters }

  /// Parameters of the shared experts and of the routers of all layers.
  public var sharedParameters: Double {
    guard let experts else { return 0 }
    let shared = Double(experts.shared) * matrices * Double(hidden) * Double(experts.sharedFFN)
    return Double(expertLayers) * (shared + Double(hidden) * Double(experts.count))
  }

  /// Parameters of one embedding matrix.
  public var embeddingParameters: Double { Double(vocabulary) * Double(hidden) }

  private var outside: Double {
    embeddingParameters * (isTied ? 1 : 2) + Double(hidden) + extraParameters
      + (learnsPositions ? Double(context) * Double(hidden) : 0)
  }

  /// All parameters.
  public var parameters: Double {
    outside + attentionParameters + denseFFNParameters + routedParameters + sharedParameters
  }

  /// Parameters that one token meets, embeddings included, as makers count them.
  public var activeParameters: Double {
    parameters - routedParameters * (1 - activeShare)
  }

  /// Parameters that multiply one token: the active ones without the input's embedding, which is looked up, and without
  /// a vision tower. Two FLOPs each make a token's arithmetic (attention over the context apart).
  public var multipliedParameters: Double {
    attentionParameters + denseFFNParameters + routedParameters * activeShare + sharedParameters + embeddingParameters
  }

  /// The share of the routed experts that one token visits; 0 without experts.
  public var activeShare: Double { experts.map { Double($0.active) / Double(max(1, $0.count)) } ?? 0 }

  /// The share of the routed experts of a layer that a batch of tokens meets at least once, if each token picks at
  /// random: `1 - (1 - k/E)^tokens`.
  public func visitedShare(tokens: Double) -> Double {
    guard let experts, experts.count > 0 else { return 0 }
    var share = 1.0
    var base = 1 - activeShare
    var power = Int(max(0, min(tokens, 1e9)))
    while power > 0 {
      if power & 1 == 1 { share *= base }
      base *= base
      power >>= 1
    }
    return 1 - share
  }

  /// What the weights take in memory.
  ///
  /// Quantised checkpoints leave embeddings (and gpt-oss its attention) at 16 bits: below one byte a weight, the
  /// routed experts and feed-forward blocks are what is quantised to that, and attention of models published in fp4.
  public func weightBytes(_ precision: Precision) -> Bytes {
    let wide = max(precision.bytes, Precision.bf16.bytes)
    let embeddings = outside * (precision == .fp32 ? precision.bytes : wide)
    let attention = attentionParameters * (nativePrecision == .fp4 && precision == .fp4 ? wide : precision.bytes)
    return Bytes(
      rawValue: embeddings + attention
        + (denseFFNParameters + routedParameters + sharedParameters) * precision.bytes)
  }
}
