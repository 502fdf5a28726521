/// The shape of a transformer language model: what follows for parameters, arithmetic and memory.
///
/// Sizes are those of the published `config.json`; what is derived is derived in one place each
/// (``parameters``, ``cacheBytes(tokens:precision:)``).
public struct ModelArchitecture: Hashable, Sendable {
  /// How one layer looks back.
  public enum Attention: String, Hashable, Sendable, CaseIterable {
    /// At all tokens before.
    case full
    /// At the last ``ModelArchitecture/window`` tokens (or the chunk of that size).
    case sliding
    /// At a state of fixed size (Gated DeltaNet, lightning attention, Mamba).
    case linear
    /// At the ``ModelArchitecture/window`` tokens that an index picks among all, whose cache is kept whole
    /// (DeepSeek sparse attention).
    case sparse
  }

  /// A mixture of experts in place of the feed-forward block.
  public struct Experts: Hashable, Sendable {
    /// Routed experts of a layer.
    public var count: Int
    /// How many of them a token visits.
    public var active: Int
    /// Width of one.
    public var ffn: Int
    /// Experts that every token visits.
    public var shared: Int
    /// Width of a shared one.
    public var sharedFFN: Int
    /// Layers at the bottom that are dense.
    public var denseFirst: Int
    /// Every how many layers there are experts: 2 means that layers 2, 4, 6... have them.
    public var every: Int

    public init(
      count: Int, active: Int, ffn: Int, shared: Int = 0, sharedFFN: Int? = nil, denseFirst: Int = 0, every: Int = 1
    ) {
      self.count = count
      self.active = active
      self.ffn = ffn
      self.shared = shared
      self.sharedFFN = sharedFFN ?? ffn
      self.denseFirst = denseFirst
      self.every = max(1, every)
    }
  }

  /// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): keys and values are held as one compressed vector.
  public struct Latent: Hashable, Sendable {
    public var kvRank: Int
    /// 0 where queries are not compressed.
    public var queryRank: Int
    public var ropeSize: Int
    public var nopeSize: Int
    public var valueSize: Int

    public init(kvRank: Int, queryRank: Int, ropeSize: Int, nopeSize: Int, valueSize: Int) {
      self.kvRank = kvRank
      self.queryRank = queryRank
      self.ropeSize = ropeSize
      self.nopeSize = nopeSize
      self.valueSize = valueSize
    }
  }

  /// The heads of layers with linear attention.
  public struct LinearHeads: Hashable, Sendable {
    public var keyHeads: Int
    public var valueHeads: Int
    public var keySize: Int
    public var valueSize: Int

    public init(keyHeads: Int, valueHeads: Int, keySize: Int, valueSize: Int) {
      self.keyHeads = keyHeads
      self.valueHeads = valueHeads
      self.keySize = keySize
      self.valueSize = valueSize
    }
  }

  public var name: String
  public var aliases: [String]
  public var layers: Int
  /// Width of the residual stream.
  public var hidden: Int
  public var heads: Int
  public var kvHeads: Int
  public var headSize: Int
  /// Width of a dense feed-forward block.
  public var ffn: Int
  /// Whether the feed-forward block has a gate (SwiGLU: three matrices in place of two).
  public var isGated: Bool
  public var vocabulary: Int
  /// Whether input and output embeddings are one matrix.
  public var isTied: Bool
  /// Whether positions are learned vectors (GPT-3) rather than computed.
  public var learnsPositions: Bool
  /// The longest prompt and answer together, in tokens.
  public var context: Int
  public var experts: Experts?
  public var latent: Latent?
  public var linear: LinearHeads?
  /// The kinds of its layers from the bottom, repeated until there are enough.
  public var attention: [Attention]
  /// How far sliding layers look back and sparse ones pick from, in tokens.
  public var window: Int
  /// Parameters outside of the decoder, such as a vision tower.
  public var extraParameters: Double
  /// The precision that the weights are published in.
  public var nativePrecision: Precision
  /// Totals as its makers state them, where they do: what the formulas are held against.
  public var publishedParameters: Double?
  public var publishedActiveParameters: Double?
  public var source: String
  public var isEstimate: Bool

  public init(
    name: String, aliases: [String] = [], layers: Int, hidden: Int, heads: Int, kvHeads: Int? = nil,
    headSize: Int? = nil, ffn: Int, isGated: Bool = true, vocabulary: Int, isTied: Bool = false,
    learnsPositions: Bool = false, context: Int, experts: Experts? = nil, latent: Latent? = nil,
    linear: LinearHeads? = nil, attention: [Attention] = [.full], window: Int = 0, extraParameters: Double = 0,
    nativePrecision: Precision = .bf16, publishedParameters: Double? = nil, publishedActiveParameters: Double? = nil,
    source: String, isEstimate: Bool = false
  ) {
    precondition(layers > 0 && hidden > 0 && heads > 0 && !attention.isEmpty, "a model has layers, a width and heads")
    self.name = name
    self.aliases = aliases
    self.layers = layers
    self.hidden = hidden
    self.heads = heads
    self.kvHeads = kvHeads ?? heads
    self.headSize = headSize ?? hidden / heads
    self.ffn = ffn
    self.isGated = isGated
    self.vocabulary = vocabulary
    self.isTied = isTied
    self.learnsPositions = learnsPositions
    self.context = context
    self.experts = experts
    self.latent = latent
    self.linear = linear
    self.attention = attention
    self.window = window
    self.extraParameters = extraParameters
    self.nativePrecision = nativePrecision
    self.publishedParameters = publishedParameters
    self.publishedActiveParameters = publishedActiveParameters
    self.source = source
    self.isEstimate = isEstimate
  }

  /// How a layer looks back, counted from 0 at the bottom.
  public func attention(ofLayer layer: Int) -> Attention { attention[layer % attention.count] }

  /// How many layers are of a kind.
  public func layers(of kind: Attention) -> Int {
    let whole = layers / attention.count
    let rest = attention.prefix(layers % attention.count)
    return whole * attention.count { $0 == kind } + rest.count { $0 == kind }
  }

  /// Layers whose feed-forward block is a mixture of experts.
  public var expertLayers: Int {
    guard let experts else { return 0 }
    // The multiples of `every` from the first layer that may have experts to the last.
    return max(0, layers / experts.every - min(max(0, experts.denseFirst), layers) / experts.every)
  }
}
