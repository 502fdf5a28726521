import Quantities

/// Post-training by reinforcement, a first form: how many accelerators generate, how many learn.
///
/// Each step generates a batch of answers, then learns from it. The rollout's rate comes from outside (a serving model, or a
/// measurement): tokens a second of one accelerator. Not modelled: the wait for the longest answer of a batch beyond
/// ``stragglers``, moving weights to the engines beyond ``reload``, reward models, and learning beside generating on the
/// same cards.
public struct RolloutPlan: Hashable, Sendable {
  /// Answers of a step and the mean tokens of one.
  public var answers: Double
  public var tokensPerAnswer: Double
  /// Tokens a second that one accelerator generates.
  public var generating: TokenRate
  /// Tokens a second that one accelerator learns from (forward and backward).
  public var learning: TokenRate
  /// How many times longer the batch takes than the mean answer: 1.3 for lengths with a long tail.
  public var stragglers: Double
  /// Loading new weights into the engines, a step.
  public var reload: Duration

  public init(
    answers: Double, tokensPerAnswer: Double, generating: TokenRate, learning: TokenRate, stragglers: Double = 1.3,
    reload: Duration = .seconds(5)
  ) {
    self.answers = max(1, answers)
    self.tokensPerAnswer = max(1, tokensPerAnswer)
    self.generating = generating
    self.learning = learning
    self.stragglers = max(1, stragglers)
    self.reload = reload
  }

  /// What so many accelerators of each kind make of a step.
  public struct Step: Hashable, Sendable {
    public var rollout: Duration
    public var training: Duration
    public var generators: Int
    public var learners: Int
    /// With generation of the next batch beside learning (one step off policy) the longer of the two counts.
    public var step: Duration { max(rollout, training) }
    /// One behind the other, on policy.
    public var sequential: Duration { rollout + training }
  }

  public func step(generators: Int, learners: Int) -> Step {
    let tokens = answers * tokensPerAnswer
    let rollout = tokens * stragglers / (generating.rawValue * Double(max(1, generators)))
    let training = tokens / (learning.rawValue * Double(max(1, learners)))
    return Step(
      rollout: .seconds(rollout) + reload, training: .seconds(training), generators: generators, learners: learners)
  }

  /// The split of so many accelerators, in whole units of `unit`, of the shortest step with both beside each other.
  public func split(of accelerators: Int, unit: Int = 8) -> Step? {
    let units = accelerators / max(1, unit)
    guard units >= 2 else { return nil }
    return (1..<units).map { step(generators: $0 * unit, learners: (units - $0) * unit) }.min { $0.step < $1.step }
  }

  /// Generators for each learner where neither waits: learning rate over generating rate, with the stragglers.
  public var ratio: Double { learning / generating * stragglers }
}
