import Catalogs
import Glibc

/// What a training run computes: the model, its samples, and in what.
public struct TrainingWork: Hashable, Sendable {
  /// Which weights learn.
  public enum Method: Hashable, Sendable {
    /// All of them, from the start or from a checkpoint.
    case full
    /// Low-rank adapters of this rank beside frozen weights.
    case lora(rank: Int)
  }

  public var shape: ModelShape
  /// Tokens of one sequence.
  public var sequence: Double
  /// Sequences of one step, all accelerators together.
  public var batch: Double
  public var precision: TrainingPrecision
  public var software: SoftwareGeneration
  public var method: Method
  /// Whether 16 bits are bf16 and not fp16, which runs of 2021 differ by.
  public var isBrainFloat = true

  public init(
    shape: ModelShape, sequence: Double, batch: Double, precision: TrainingPrecision = .bf16,
    software: SoftwareGeneration = .current, method: Method = .full
  ) {
    self.shape = shape
    self.sequence = sequence
    self.batch = batch
    self.precision = precision
    self.software = software
    self.method = method
  }

  /// Tokens of one step.
  public var tokens: Double { sequence * batch }

  /// FLOPs of the model for one token, forward and backward: what MFU counts (without recomputation).
  ///
  /// Frozen weights take no gradient of their own: two thirds (LoRA).
  public var flopsPerToken: Double {
    let forward = shape.forwardFLOPsPerToken(sequence: sequence)
    guard case .lora = method else { return 3 * forward }
    let attention = shape.layers * shape.attentionFLOPsPerToken(sequence, true)
    return 2 * (forward - attention) + 3 * attention
  }
}

/// The time of one training step: products by their shape, attention, elementwise traffic, launches, collectives with
/// what computing hides of them, the pipeline's bubble, sharded weights, gradients, the optimizer.
///
/// Sources of the forms: Narayanan 2021 (arXiv 2104.04473) for collectives and bubble, Korthikanti 2022 (2205.05198) for
/// sequence parallelism and recomputation, Rajbhandari 2020 (1910.02054) for the sharding stages. What they leave open is
/// fitted: ``StepConstants``.
public struct StepModel: Sendable {
  public let constants: StepConstants
  public let hardware: TrainingHardware
  public let work: TrainingWork
  // Rates derived once.
  let rate: Double
  let rate16: Double
  let attentionRate: Double
  let traffic: Double
  let elementBytes: Double
  let isLowRank: Bool

  public init(_ work: TrainingWork, on hardware: TrainingHardware, constants: StepConstants = StepConstants.shipped) {
    let c = constants
    self.constants = c
    self.hardware = hardware
    self.work = work
    let efficiency: Double
    let attention: Double
    let fp8: Double
    switch hardware.family {
    case .ampere: (efficiency, attention, fp8) = (c.ampereEfficiency, c.ampereAttention, 1)
    case .hopper: (efficiency, attention, fp8) = (c.hopperEfficiency, c.hopperAttention, c.hopperFP8)
    case .blackwell: (efficiency, attention, fp8) = (c.blackwellEfficiency, c.blackwellAttention, c.blackwellFP8)
    case .rackBlackwell:
      (efficiency, attention, fp8) = (c.rackBlackwellEfficiency, c.blackwellAttention, c.blackwellFP8)
    }
    let power = hardware.powerShare < 1 ? pow(hardware.powerShare, c.powerExponent) : 1
    let isFused2023 = work.software == .fused
    let slow = isFused2023 && hardware.family != .ampere ? c.oldKernels : 1
    let wide = hardware.peak16 * efficiency * power
    rate16 = wide / slow
    switch work.precision {
    case .bf16: rate = wide / slow
    // A chip without fp8 has its 16-bit peak there.
    case .fp8: rate = (hardware.peak8 > hardware.peak16 ? hardware.peak8 * fp8 * efficiency : wide) * power / slow
    case .mxfp8:
      rate =
        (hardware.peak8 > hardware.peak16 ? hardware.peak8 * fp8 * c.blockScaled * efficiency : wide) * power / slow
    case .nvfp4:
      rate =
        (hardware.peak4 > hardware.peak8 ? hardware.peak4 * c.fp4Share : hardware.peak8 * fp8) * efficiency * power
        / slow
    }
    attentionRate = hardware.peak16 * attention * power * (isFused2023 ? c.oldAttention : 1)
    traffic = hardware.memoryBandwidth * c.memoryShare
    elementBytes =
      (c.elementBytes + (work.precision == .bf16 ? 0 : c.castBytes)) * (isFused2023 ? c.oldElements : 1)
    if case .lora = work.method { isLowRank = true } else { isLowRank = false }
  }

  /// A product of `rows` x `depth` with `depth` x `width`: arithmetic at a rate that narrow shapes do not reach, and what
  /// it reads and writes.
  @inline(__always)
  func product(_ rows: Double, _ depth: Double, _ width: Double, _ rate: Double) -> Double {
    2 * rows * depth * width / rate * (1 + constants.depthHalf / depth) * (1 + constants.widthHalf / width)
      * (1 + constants.rowsHalf / rows) + 2 * (rows * depth + depth * width + rows * width) / traffic
  }
}

/// One layer's times for one micro-batch on one card, for one split by tensor, context and expert parallelism.
public struct LayerTimes: Hashable, Sendable {
  /// Forward and backward under one policy of recomputation.
  public struct Passes: Hashable, Sendable {
    /// Seconds of products, attention and elementwise work.
    public var computing: Double
    /// The same with the launching that computing does not hide.
    public var busy: Double
    /// Seconds of tensor-parallel collectives that nothing hides.
    public var tensor: Double
  }

  public var plain: Passes
  /// Scores computed anew.
  public var selective: Passes
  /// A share of the layers, as sharded runs checkpoint.
  public var partial: Passes
  public var full: Passes
  /// Seconds of all-to-all, and of the ring of keys and values, that nothing hides.
  public var expertCollectives: Double
  public var contextCollectives: Double
  /// Seconds of the logits and the loss, forward and backward, of the whole model.
  public var logits: Double
  /// Tokens of a micro-batch on one card.
  public var tokens: Double

  @inline(__always)
  func passes(_ recomputation: TrainingLayout.Recomputation, isSharded: Bool) -> Passes {
    switch recomputation {
    case .none: plain
    case .selective: isSharded ? partial : selective
    case .full: full
    }
  }
}

/// The time of a step, part by part. All seconds.
public struct StepTime: Hashable, Sendable {
  public var step: Double
  /// Products, attention and elementwise work of all micro-batches, recomputation included.
  public var compute: Double
  /// Launching that computing does not hide.
  public var launches: Double
  /// Collectives that computing does not hide: tensor, expert, context, sharded weights.
  public var tensor: Double
  public var expert: Double
  public var context: Double
  public var sharding: Double
  /// Stages that wait for their first and after their last micro-batch.
  public var bubble: Double
  /// Transfers between stages.
  public var stages: Double
  /// Gradient reduction and weight gathering after the last micro-batch.
  public var gradients: Double
  public var optimizer: Double
  /// What each step takes besides, and stragglers.
  public var other: Double

  /// What a step is mostly made of, besides computing.
  public var binding: StepBinding {
    let network = tensor + expert + context + sharding + gradients + stages
    let parts: [(StepBinding, Double)] = [
      (.compute, compute * 0.35), (.network, network), (.bubble, bubble), (.launches, launches),
      (.memory, optimizer),
    ]
    return parts.max { $0.1 < $1.1 }?.0 ?? .compute
  }
}

/// What keeps a step from being shorter.
public enum StepBinding: String, Hashable, Sendable, CaseIterable {
  case compute, network, bubble, launches, memory
}
