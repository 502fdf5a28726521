import Quantities

/// The KV cache follows the kinds of a model's layers, not 2 x layers x heads x size.
extension ModelArchitecture {
  /// Numbers that a layer keeps of one token: key and value of each KV head, or the latent vector and its rotary part.
  public var cachedPerTokenAndLayer: Double {
    if let latent { return Double(latent.kvRank + latent.ropeSize) }
    return 2 * Double(kvHeads) * Double(headSize)
  }

  /// Layers whose cache grows with every token.
  public var growingLayers: Int { layers(of: .full) + layers(of: .sparse) }

  /// What one more token costs where the context is longer than any window.
  public func cacheBytesPerToken(_ precision: Precision) -> Bytes {
    Bytes(rawValue: Double(growingLayers) * cachedPerTokenAndLayer * precision.bytes)
  }

  /// The state of the layers with linear attention, of one sequence, whatever its length: a matrix a value head, in
  /// 32 bits, as engines keep it.
  public var stateBytes: Bytes {
    guard let linear else { return .zero }
    let matrix = Double(linear.valueHeads * linear.keySize * linear.valueSize)
    return Bytes(rawValue: Double(layers(of: .linear)) * matrix * Precision.fp32.bytes)
  }

  /// What a sequence of so many tokens holds in the cache, all layers together.
  public func cacheBytes(tokens: Double, precision: Precision) -> Bytes {
    let kept = max(0, tokens)
    let seen = window > 0 ? min(kept, Double(window)) : kept
    let perLayer = cachedPerTokenAndLayer * precision.bytes
    return Bytes(rawValue: (Double(growingLayers) * kept + Double(layers(of: .sliding)) * seen) * perLayer) + stateBytes
  }

  /// Tokens that attention of an average layer reads, for a context of so many.
  public func attendedTokens(context: Double) -> Double {
    let near = window > 0 ? min(context, Double(window)) : context
    let whole = Double(layers(of: .full))
    let limited = Double(layers(of: .sliding) + layers(of: .sparse))
    return (whole * context + limited * near) / Double(layers)
  }

  /// On how many cards the cache of one sequence is repeated under tensor parallelism: latent vectors on all of them,
  /// KV heads where there are fewer than cards.
  public func cacheCopies(tensorParallel: Int) -> Double {
    latent != nil ? Double(tensorParallel) : max(1, Double(tensorParallel) / Double(max(1, kvHeads)))
  }
}
