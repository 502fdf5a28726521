import Catalogs
import Glibc
import Quantities

/// Continuous batching in its steady state, by closed form: what a replica yields with so many sequences at work.
///
/// In the time that each of `B` sequences gains its `output` tokens, `B` prompts come by: `(B - 1) / output` in a step, from
/// the view of one sequence. Where they are less than one, so many steps carry one; else each carries several, whose
/// launching and reading of weights it shares. Where the engine lets prompts go alone, each takes its own time.
public struct SteadyState: Hashable, Sendable {
  public let step: StepTime
  public let input: Double
  public let output: Double
  /// Sequences that fit, by memory and by the engine's limit.
  public let capacity: Double
  let batchedTokens: Double
  let mixesPrefill: Bool
  let cached: Double
  /// The squared coefficient of variation of answers.
  let spread: Double

  public init(
    step: StepTime, lengths: TokenLengths, capacity: Double, batchedTokens: Int, mixesPrefill: Bool
  ) {
    self.step = step
    input = lengths.meanInput
    output = max(1, lengths.meanOutput)
    // Prompts take what decoding leaves of a step's tokens: more sequences than that feeds are never at work.
    let fed =
      Double(batchedTokens)
      / (step.verified + step.gained * max(1, lengths.meanInput * (1 - lengths.cachedShare))
        / max(1, lengths.meanOutput))
    self.capacity = mixesPrefill ? max(1, min(capacity, fed)) : capacity
    self.batchedTokens = Double(batchedTokens)
    self.mixesPrefill = mixesPrefill
    cached = lengths.cachedShare * lengths.meanInput
    spread = lengths.variability
  }

  /// The context that a sequence looks back on, on average: longer answers are met longer, so that their variability
  /// counts, `E[n^2] / 2 E[n]` of an answer's n tokens.
  public var context: Double { input + output / 2 * (1 + spread) }

  /// Seconds for a token of each of so many sequences, prompts apart.
  public func decode(_ sequences: Double) -> Double {
    step.seconds(StepWork(decoding: sequences, context: context)) / step.gained
  }

  /// Seconds that one prompt adds beside so many sequences.
  public func prompt(beside sequences: Double) -> Double {
    guard mixesPrefill else { return step.seconds(.prompts(1, of: input, cached: cached)) }
    let count = min(1, max(1e-9, sequences) * step.gained / output)
    return (mixed(sequences, prompts: count) - decode(sequences) * step.gained) / count
  }

  /// Seconds of a step, on average over steps with and without prompts.
  /// - Parameter prompts: that come by in a step; below 1 only some steps carry one, above 1 each carries several.
  private func mixed(_ sequences: Double, prompts: Double) -> Double {
    let plain = step.seconds(StepWork(decoding: sequences, context: context))
    guard prompts > 0 else { return plain }
    let fresh = max(1, input - cached)
    guard mixesPrefill else { return plain + prompts * step.seconds(.prompts(1, of: input, cached: cached)) }
    // A prompt longer than what decoding leaves of a step's tokens is spread over several steps.
    let room = max(1, batchedTokens - sequences * step.verified)
    let carrying = min(1, prompts * max(1, fresh / room))
    let each = prompts / carrying
    let long = step.seconds(
      StepWork(
        decoding: sequences, context: context, prompt: each * fresh, pairs: each * fresh * (cached + input) / 2,
        finishing: each))
    return plain + carrying * (long - plain)
  }

  /// Seconds for a token of each, with the prompts that come by.
  public func perToken(_ sequences: Double) -> Double {
    mixed(sequences, prompts: max(0, sequences - 1) * step.gained / output) / step.gained
  }

  /// Tokens a second that so many sequences yield, their own prompts counted.
  public func throughput(_ sequences: Double) -> Double {
    sequences * step.gained / mixed(sequences, prompts: sequences * step.gained / output)
  }

  /// The most tokens a second.
  public var peak: Double { throughput(max(1, capacity)) }

  /// The most sequences whose tokens keep within a time, 0 where not even one's do.
  public func sequences(within seconds: Double) -> Double {
    guard perToken(1) <= seconds else { return 0 }
    guard perToken(max(1, capacity)) > seconds else { return max(1, capacity) }
    var low = 1.0
    var high = max(1, capacity)
    for _ in 0..<40 where high / low > 1.0001 {
      let middle = (low * high).squareRoot()
      if perToken(middle) <= seconds { low = middle } else { high = middle }
    }
    return low
  }

  /// Sequences at work under so many requests a second; nil where they are more than the replica can serve.
  public func sequences(at rate: Double) -> Double? {
    guard rate > 0 else { return 0 }
    let tokens = rate * output
    guard tokens < peak else { return nil }
    var low = 1e-6
    var high = max(1, capacity)
    for _ in 0..<60 where high / low > 1.00001 {
      let middle = (low * high).squareRoot()
      if throughput(middle) < tokens { low = middle } else { high = middle }
    }
    return high
  }
}
