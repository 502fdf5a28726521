import Catalogs
import Quantities

/// What is left for the KV cache on the cards of a replica.
public struct CacheCapacity: Hashable, Sendable {
  /// Weights of one card.
  public let weights: Bytes
  /// What one card's process takes beside weights and cache.
  public let overhead: Bytes
  /// The cache of the whole replica, all cards together; negative by what is lacking.
  public let pool: Bytes
  /// Bytes of the pool that a sequence of so many tokens takes, copies on several cards counted.
  private let copies: Double
  private let model: ModelArchitecture
  private let precision: Precision

  /// - Parameters:
  ///   - memoryShare: The share of a card's memory that the engine takes; the engine's own where nil.
  ///   - batchedTokens: Tokens of a step, whose activations are held.
  ///   - sequences: Sequences of a step, whose logits are held.
  ///
  /// The parts beside weights are vLLM's own, found in logs of 0.19 on H100: 0.6 GiB of context and graphs, three rows
  /// of logits a sequence, activations of a step's tokens, and 1.75 GiB more where cards exchange
  /// (docs/explanations/llm-serving.md).
  public init(
    _ deployment: Deployment, memoryShare: Double? = nil, batchedTokens: Int = 8192, sequences: Int = 1024
  ) {
    let model = deployment.model
    let cards = Double(deployment.tensorParallel)
    let all = model.weightBytes(deployment.weights).rawValue / Double(deployment.pipelineParallel)
    let attention =
      model.attentionParameters * deployment.weights.bytes / Double(deployment.pipelineParallel)
    // With data-parallel attention each card holds the whole of it.
    let perCard =
      deployment.splitsSequences ? attention + (all - attention) / cards : all / cards
    let logits = Double(model.vocabulary) * Double(min(sequences, 1024)) * Precision.fp32.bytes
    let activations = Double(min(batchedTokens, 16384)) * Double(model.hidden) * Precision.bf16.bytes
    let context = Bytes.gibibytes(0.6).rawValue
    let exchange = cards > 1 ? Bytes.gibibytes(1.75).rawValue : 0
    let beside = context + 2.8 * logits + 4.4 * activations + exchange
    let share = memoryShare ?? deployment.engine.memoryShare
    let usable = deployment.accelerator.usableMemory.rawValue
    weights = Bytes(rawValue: perCard)
    overhead = Bytes(rawValue: beside)
    // Of what weights and the process leave, or of all, less those.
    let left =
      deployment.engine.takesShareOfFree && usable > perCard + beside
      ? (usable - perCard - beside) * share : usable * share - perCard - beside
    pool = Bytes(rawValue: left * Double(deployment.cards))
    copies = deployment.splitsSequences ? 1 : model.cacheCopies(tensorParallel: deployment.tensorParallel)
    self.model = model
    precision = deployment.cache
  }

  /// Whether the weights leave room for any cache.
  public var fits: Bool { pool.rawValue > 0 }

  /// What a sequence of so many tokens takes of the pool.
  public func bytes(ofSequence tokens: Double) -> Bytes {
    model.cacheBytes(tokens: tokens, precision: precision) * copies
  }

  /// Sequences that the pool holds at once, each of so many tokens on average.
  public func sequences(ofTokens tokens: Double) -> Double {
    max(0, pool.rawValue) / max(1, bytes(ofSequence: tokens).rawValue)
  }

  /// Tokens that the pool holds in sequences of a length.
  public func tokens(inSequencesOf length: Double) -> Double { sequences(ofTokens: length) * length }
}
