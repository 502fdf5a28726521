import Catalogs
import Quantities

/// One replica of a language model: its shape on its cards under its engine.
public struct Deployment: Hashable, Sendable {
  public var model: ModelArchitecture
  public var accelerator: Accelerator
  /// Cards over which each matrix is split.
  public var tensorParallel: Int
  /// Groups of layers on cards of their own.
  public var pipelineParallel: Int
  /// Cards over which experts are spread whole; 1 where each expert is split as other matrices are.
  public var expertParallel: Int
  /// Whether each card attends for sequences of its own (data-parallel attention), experts being shared.
  public var splitsSequences: Bool
  public var weights: Precision
  public var cache: Precision
  public var engine: EngineProfile
  /// Tokens that a step yields a sequence: 1 without speculation.
  public var tokensPerStep: Double
  /// Tokens that a step works on a sequence: 1 and the drafts.
  public var verifiedPerStep: Double

  public init(
    model: ModelArchitecture, accelerator: Accelerator, tensorParallel: Int = 1, pipelineParallel: Int = 1,
    expertParallel: Int = 1, splitsSequences: Bool = false, weights: Precision, cache: Precision = .bf16,
    engine: EngineProfile, tokensPerStep: Double = 1, verifiedPerStep: Double = 1
  ) {
    precondition(tensorParallel >= 1 && pipelineParallel >= 1, "a replica has a card")
    self.model = model
    self.accelerator = accelerator
    self.tensorParallel = tensorParallel
    self.pipelineParallel = pipelineParallel
    self.expertParallel = max(1, expertParallel)
    self.splitsSequences = splitsSequences && tensorParallel > 1
    self.weights = weights
    self.cache = cache
    self.engine = engine
    self.tokensPerStep = max(1, tokensPerStep)
    self.verifiedPerStep = max(1, verifiedPerStep)
  }

  /// Cards of the replica.
  public var cards: Int { tensorParallel * pipelineParallel }

  /// Tokens that drafts and their check yield a step, if each draft is accepted with a chance `a` as long as all before
  /// it were: `(1 - a^{k+1}) / (1 - a)` (Leviathan et al., arXiv 2211.17192).
  public static func tokensPerStep(drafts: Int, acceptance: Double) -> Double {
    guard drafts > 0, acceptance > 0 else { return 1 }
    guard acceptance < 1 else { return Double(drafts + 1) }
    var sum = 0.0
    var power = 1.0
    for _ in 0...drafts {
      sum += power
      power *= acceptance
    }
    return sum
  }
}
