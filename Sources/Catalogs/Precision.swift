/// How a number is held in an accelerator's memory or computed with.
public enum Precision: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case fp32
  /// bf16 and fp16, which no chip here computes at different rates.
  case bf16
  case fp8
  case int8
  /// Blocks of 4-bit floats with a scale each: NVFP4, MXFP4.
  case fp4
  /// Weights of 4-bit integers in groups with a scale each: AWQ, GPTQ. Computed with at 16 bits.
  case int4

  public var description: String { rawValue }

  /// Bytes of a number, with its share of the scales: an fp4 block of 16 (NVFP4) or an int4 group of 32 carries one.
  public var bytes: Double {
    switch self {
    case .fp32: 4
    case .bf16: 2
    case .fp8, .int8: 1
    case .fp4, .int4: 0.5625
    }
  }

  /// The precision that a word of an engine, a model hub or a benchmark means: `float16`, `fp8_e4m3`, `w4a16`, `nvfp4`,
  /// `MXFP4`; nil where it says none.
  public init?(word: some StringProtocol) {
    let letters = word.lowercased().filter { $0.isLetter || $0.isNumber }
    func says(_ parts: String...) -> Bool { parts.contains { letters.contains($0) } }
    if says("fp4", "mxf4", "w4a4", "float4") {
      self = .fp4
    } else if says("int4", "awq", "gptq", "w4a16", "w4a8", "4bit", "q4") {
      self = .int4
    } else if says("fp8", "float8", "e4m3", "w8a8fp") {
      self = .fp8
    } else if says("int8", "w8a8", "w8a16", "8bit", "smoothquant", "sq8") {
      self = .int8
    } else if says("bf16", "fp16", "float16", "half") || letters == "16bit" {
      self = .bf16
    } else if says("fp32", "float32", "tf32") || letters == "float" {
      self = .fp32
    } else {
      return nil
    }
  }
}
