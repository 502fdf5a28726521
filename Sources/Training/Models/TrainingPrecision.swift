import Catalogs

/// What the matrix products of a training run are computed in. Weights, gradients and the optimizer are kept as
/// `ParameterBytes` says, whatever this is.
public enum TrainingPrecision: String, Hashable, Sendable, CaseIterable {
  /// bf16, or fp16 on runs of before bf16.
  case bf16
  /// fp8 with one scale a tensor (delayed or current scaling).
  case fp8
  /// fp8 with one scale a block of 32 (MXFP8) or of 128.
  case mxfp8
  /// 4-bit floats with one scale a block of 16 (NVFP4).
  case nvfp4

  /// The precision that a word means: `fp16`, `fp8-cs`, `fp8-mx`, `MXFP8`, `nvfp4`; nil where it says none.
  public init?(word: some StringProtocol) {
    let letters = word.lowercased().filter { $0.isLetter || $0.isNumber }
    switch letters {
    case "bf16", "fp16", "bfloat16", "float16", "half", "mixed": self = .bf16
    case "fp8", "fp8cs", "fp8ds", "fp8e4m3", "float8", "fp8tensorwise", "fp8delayed": self = .fp8
    case "mxfp8", "fp8mx", "fp8sc", "fp8blockwise", "fp8subchannel": self = .mxfp8
    case "nvfp4", "fp4", "mxfp4": self = .nvfp4
    default: return nil
    }
  }

  /// The catalogs' word for the rate that counts.
  public var rate: Precision {
    switch self {
    case .bf16: .bf16
    case .fp8, .mxfp8: .fp8
    case .nvfp4: .fp4
    }
  }
}
