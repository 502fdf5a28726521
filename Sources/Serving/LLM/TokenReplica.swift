import Catalogs
import Quantities

/// A replica of a language model as a world of tokens takes it: its steps, the scheduler's bounds, and what its cache
/// costs to move.
public struct TokenReplica: Sendable, Hashable {
  public var deployment: Deployment
  public var step: StepTime
  public var limits: TokenScheduler.Limits
  /// Seconds in and out of the engine.
  public var entry: Double

  public init(deployment: Deployment, step: StepTime, limits: TokenScheduler.Limits, entry: Double) {
    self.deployment = deployment
    self.step = step
    self.limits = limits
    self.entry = entry
  }

  /// The replica of a model that was read.
  public init(_ model: any TokenService) {
    self.init(
      deployment: model.deployment, step: model.steady.step, limits: model.limits, entry: model.deployment.engine.entry)
  }

  /// Tokens that one request may have, prompt and answer together: what the model was made for, and what the cache holds.
  public var longest: Double { min(Double(deployment.model.context), limits.cacheTokens) }

  /// Bytes of a token's cache, copies on several cards counted once.
  public var cacheBytesPerToken: Bytes { deployment.model.cacheBytesPerToken(deployment.cache) }

  /// A tier below the cards' memory: so much of it for a replica, read at a rate of each card.
  public func tier(_ name: String, _ size: Bytes, at rate: ByteRate) -> PrefixCache.Tier {
    let token = max(1, cacheBytesPerToken.rawValue)
    return PrefixCache.Tier(
      name: name, tokens: size.rawValue / token,
      secondsPerToken: token / max(1, rate.rawValue * Double(deployment.cards)))
  }

  /// Seconds that a token's cache takes from one replica to another: over the links where machines share them, else over
  /// the network, at half of the rate, as runs of two pools have it.
  public var secondsToHandOver: Double {
    let chip = deployment.accelerator
    let rate = chip.linkDomain > chip.perNode ? chip.linkBandwidth : chip.networkBandwidth
    return cacheBytesPerToken.rawValue / ((rate ?? .gigabytesPerSecond(25)).rawValue * 0.5)
  }
}
