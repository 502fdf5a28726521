/// How the work of one training step is spread over accelerators, and what is kept or computed anew.
public struct TrainingLayout: Hashable, Sendable {
  /// What the backward pass finds in memory and what it computes anew.
  public enum Recomputation: String, Hashable, Sendable, CaseIterable {
    case none
    /// The attention's inner part (Korthikanti 2022), or every other layer (FSDP's selective checkpoints).
    case selective
    /// Every layer from its input.
    case full
  }

  /// Cards that share each matrix (TP).
  public var tensor: Int
  /// Stages of layers (PP).
  public var pipeline: Int
  /// Model chunks a stage holds (VP, interleaved schedule); 1 is the plain one-forward-one-backward schedule.
  public var virtualStages: Int
  /// Cards that share each sequence (CP).
  public var context: Int
  /// Copies of the model that see different samples (DP).
  public var data: Int
  /// Cards that share the routed experts of a layer (EP); they are taken from the data (and context) copies.
  public var expert: Int
  /// What the copies share: 0 nothing, 1 the optimizer, 2 gradients too, 3 weights too (FSDP).
  public var zero: Int
  /// Sequences that one copy works on at a time.
  public var microBatch: Int
  public var recomputation: Recomputation
  /// Share of the layers that full recomputation is of (Megatron's block method); 1 for all.
  public var recomputedShare = 1.0
  /// Whether activations between tensor-parallel regions are split over the sequence.
  public var isSequenceParallel: Bool
  /// Whether tensor-parallel collectives are cut up and run beside their products ("async TP").
  public var isTensorAsynchronous: Bool

  public init(
    tensor: Int = 1, pipeline: Int = 1, virtualStages: Int = 1, context: Int = 1, data: Int = 1, expert: Int = 1,
    zero: Int = 1, microBatch: Int = 1, recomputation: Recomputation = .none, isSequenceParallel: Bool = true,
    isTensorAsynchronous: Bool = false
  ) {
    self.tensor = tensor
    self.pipeline = pipeline
    self.virtualStages = virtualStages
    self.context = context
    self.data = data
    self.expert = expert
    self.zero = zero
    self.microBatch = microBatch
    self.recomputation = recomputation
    self.isSequenceParallel = isSequenceParallel
    self.isTensorAsynchronous = isTensorAsynchronous
  }

  /// Accelerators that one copy of the model takes.
  public var modelParallel: Int { tensor * pipeline * context }
  /// Accelerators in all.
  public var accelerators: Int { modelParallel * data }
}
