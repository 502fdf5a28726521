import Catalogs
import Glibc
import Quantities

/// Continuous batching in its steady state, by closed form: what a replica yields with so many sequences at work.
///
/// In the time that each of `B` sequences gains its `output` tokens, `B` prompts come by, so that a token's mean time is
/// `step(B) + (B - 1) / output x prompt(B)`, and a replica yields `B` tokens in that of `B` for all of them. `prompt(B)` is
/// what one prompt adds to the steps that it shares (its work beside the weights' reading), or what it takes alone where
/// the engine lets prompts go alone.
public struct SteadyState: Hashable, Sendable {
  public let step: StepTime
  public let input: Double
  public let output: Double
  /// Sequences that fit, by memory and by the engine's limit.
  public let capacity: Double
  let batchedTokens: Double
  let mixesPrefill: Bool
  let cached: Double

  public init(
    step: StepTime, lengths: TokenLengths, capacity: Double, batchedTokens: Int, mixesPrefill: Bool
  ) {
    self.step = step
    input = lengths.meanInput
    output = max(1, lengths.meanOutput)
    self.capacity = capacity
    self.batchedTokens = Double(batchedTokens)
    self.mixesPrefill = mixesPrefill
    cached = lengths.cachedShare * lengths.meanInput
  }

  /// The context that a sequence looks back on, on average.
  public var context: Double { input + output / 2 }

  /// Seconds for a token of each of so many sequences, prompts apart.
  public func decode(_ sequences: Double) -> Double {
    step.seconds(StepWork(decoding: sequences, context: context)) / step.gained
  }

  /// Seconds that one prompt adds beside so many sequences.
  public func prompt(beside sequences: Double) -> Double {
    let fresh = max(1, input - cached)
    guard mixesPrefill else { return step.seconds(.prompts(1, of: input, cached: cached)) }
    let parts = max(1, fresh / max(1, batchedTokens))
    let part = fresh / parts
    let work = StepWork(
      decoding: sequences, context: context, prompt: part, pairs: part * (cached + input) / 2, finishing: 1 / parts)
    return (step.seconds(work) - step.seconds(StepWork(decoding: sequences, context: context))) * parts
  }

  /// Seconds for a token of each, with the prompts that come by.
  public func perToken(_ sequences: Double) -> Double {
    decode(sequences) + max(0, sequences - 1) / output * prompt(beside: sequences)
  }

  /// Tokens a second that so many sequences yield, their own prompts counted.
  public func throughput(_ sequences: Double) -> Double {
    sequences / (decode(sequences) + sequences / output * prompt(beside: sequences))
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
