/// What the training software of a run can do: kernels grew faster on the same card, and old figures are of old software.
public enum SoftwareGeneration: String, Hashable, Sendable, CaseIterable {
  /// Megatron-LM of 2021 and 2022: attention writes its scores to memory, gradients are reduced after the backward pass.
  case scores = "2021"
  /// Fully sharded PyTorch of 2023: the first fused attention, elementwise work not fused.
  case fused = "2023"
  /// Fused attention of the second and later kinds, sequence parallelism, distributed optimizers, overlapped collectives.
  case current
}
