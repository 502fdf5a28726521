import Quantities

/// What an inference engine costs beside the arithmetic: the constants of a step's time, fitted to published
/// measurements (docs/explanations/llm-serving.md tells the terms, docs/validation.md the errors of leaving groups out).
public struct EngineProfile: Hashable, Sendable {
  public var name: String
  public var aliases: [String]
  /// Of every step, in seconds: scheduling, sampling, detokenising.
  public var perStep: Double
  /// Of every layer of a step: launching its kernels.
  public var perLayer: Double
  /// The same again for a layer with experts, and for one with latent attention.
  public var perExpertLayer: Double
  public var perLatentLayer: Double
  /// Of every layer of a step that works on prompts, beside the above, and again for a layer with experts: such steps
  /// run without captured graphs.
  public var perPromptLayer: Double
  public var perPromptExpertLayer: Double
  /// Of every sequence of a step.
  public var perSequence: Double
  /// Of every prompt that a step finishes.
  public var perPrompt: Double
  /// From the arrival of a request until the scheduler sees it, and from the first token until the user does.
  public var entry: Double
  /// Seconds between two requests that the engine's front end takes in: it reads, tokenizes and hands on one after
  /// another, so that requests of one moment reach the scheduler apart.
  public var perArrival: Double
  /// What the first prompts of a benchmark wait for more: kernels that are tuned or compiled at first use.
  public var cold: Double
  /// The share of the peak rate that large matrix products reach at 16 bits.
  public var compute: Double
  /// The share of the memory's bandwidth that reading weights reaches, and reading the cache.
  public var bandwidth: Double
  public var cacheBandwidth: Double
  /// Factor on the shares of the peak that the catalog's arithmetic has at 8 and 4 bits: how well this engine's kernels
  /// use them.
  public var narrow: Double
  /// How much longer routed experts take to read than dense weights of the size.
  public var expertFactor: Double
  /// Of every token and layer with experts, in seconds: choosing the experts, and taking tokens to them and back.
  public var perRoutedToken: Double
  /// Whether prompts and answers share a step (chunked prefill) or prompts go alone.
  public var mixesPrefill: Bool
  /// Whether a request is let in only where its whole answer has room (TensorRT-LLM's `GUARANTEED_NO_EVICT`); else it is
  /// let in with its prompt, and loses its place where room ends.
  public var reservesAnswers: Bool
  /// Whether the share of memory is of what weights leave (TensorRT-LLM's `free_gpu_memory_fraction`), not of all.
  public var takesShareOfFree: Bool
  /// Whether a prompt longer than a step is cut; else a step is as long as the prompt needs.
  public var cutsPrompts: Bool
  /// Tokens of one step at most, sequences at most.
  public var batchedTokens: Int
  public var sequences: Int
  /// The same on cards with less than 70 GiB and on A100, where the engine takes less there (vLLM's defaults); 0 where
  /// it does not.
  public var batchedTokensOfSmall: Int
  public var sequencesOfSmall: Int
  /// The share of the card's memory that the engine takes.
  public var memoryShare: Double
  /// When the measurements were made that the constants come from: `2026-02`.
  public var date: String
  public var source: String

  /// Tokens of one step at most, and sequences at most, on a card.
  public func limits(on card: Accelerator) -> (batchedTokens: Int, sequences: Int) {
    let isSmall = card.memory.gibibytes < 70 || card.name.hasPrefix("A100")
    return (
      isSmall && batchedTokensOfSmall > 0 ? batchedTokensOfSmall : batchedTokens,
      isSmall && sequencesOfSmall > 0 ? sequencesOfSmall : sequences
    )
  }

  /// The same with its figures scaled as a version of it has them.
  public func scaled(overheads: Double, bandwidth factor: Double, compute rate: Double) -> EngineProfile {
    var copy = self
    copy.perStep *= overheads
    copy.perLayer *= overheads
    copy.perExpertLayer *= overheads
    copy.perLatentLayer *= overheads
    copy.perSequence *= overheads
    copy.perRoutedToken *= overheads
    copy.bandwidth *= factor
    copy.compute *= rate
    return copy
  }
}

/// A version of an engine, or a time from which measurements are: how its constants differ from the engine's.
public struct EngineVersion: Hashable, Sendable {
  public var engine: String
  /// The beginning of the version's text, as `0.12`; empty for a span of dates alone.
  public var version: String
  /// The months that it is of: `2026-01` to `2026-03`; empty where any.
  public var from: String
  public var until: String
  public var overheads: Double
  public var bandwidth: Double
  public var compute: Double
}

/// What chips of one generation reach, beside the engine.
public struct ChipFamily: Hashable, Sendable {
  public var name: String
  /// The accelerators of it, by the beginning of their names.
  public var prefixes: [String]
  /// Factors on the engine's shares.
  public var compute: Double
  public var bandwidth: Double
  /// One step of a collective between cards, in seconds (a tree over n cards takes log2 n).
  public var hop: Double
  /// The share of the links' rate that collectives reach.
  public var link: Double
  /// Factor on what an engine's first prompts wait for kernels that are made ready.
  public var cold: Double
}

/// Constants that are of no engine and no chip.
public struct ArithmeticConstants: Hashable, Sendable {
  /// The share of the peak that attention over a prompt reaches.
  public var attention: Double
  /// Factors on the reached share of the peak at fp4, and at fp8 or int8.
  public var fp4: Double
  public var fp8: Double
  /// The same for the grouped products of experts.
  public var experts: Double
  /// One step of the exchange between experts on several cards, in seconds.
  public var exchange: Double
  /// How the reached share of the peak goes with the power that a card has for it: `(watts per TFLOP/s at 16 bits /
  /// 0.6)^power`. The clock sinks in long products until the card keeps its power: of one silicon at two powers (MI300X and
  /// MI325X, MI350X and MI355X, H200 and H200 NVL) the one with more watts does more, whatever the data sheets' peaks say.
  public var power: Double
  /// How reading the cache slows with heads below 128: `(size / 128)^smallHead` of the reached bandwidth.
  public var smallHead: Double
  /// How much slower the pace of the slowest hundredth of answers is than the mean at a limit on the time per token.
  public var paceTail: Double
  /// The share of the most throughput that arrivals by chance may take: where the time per token binds, and elsewhere.
  public var sustainedAtPace: Double
  public var sustained: Double
}

/// How a load generator sends its requests and counts tokens, where a question does not tell.
public struct LoadPattern: Hashable, Sendable {
  /// What a question calls it: `inference-perf`; empty where nothing is assumed.
  public var name: String
  /// The kind of question that it is of.
  public var mode: String
  /// A question that names no pattern is taken to be of this one where it tells all of these keys: what only a report of
  /// such a run says. Every question of the mode where there are none.
  public var toldBy: [String]
  /// The least share of the nominal length that is drawn, evenly up to the whole; 1 where all are alike.
  public var leastShare: Double
  /// The squared coefficient of variation of lengths, of a gamma distribution; 0 where they are alike.
  public var variability: Double
  /// Requests of each user of a closed loop.
  public var requestsPerUser: Double
  /// The share of a prompt that the prefix cache holds, where prompts come again, and how many different ones there are:
  /// the first of each is worked out whole.
  public var cachedShare: Double
  public var prompts: Int
  /// Events that the generator counts for each token that streams in, so that the time per token that it reports is that
  /// between tokens over this.
  public var eventsPerToken: Double
  public var source: String

  public init(
    name: String = "", mode: String, toldBy: [String] = [], leastShare: Double = 1, variability: Double = 0,
    requestsPerUser: Double = 10, cachedShare: Double = 0, prompts: Int = 0, eventsPerToken: Double = 1,
    source: String = ""
  ) {
    self.name = name
    self.mode = mode
    self.toldBy = toldBy
    self.leastShare = leastShare
    self.variability = variability
    self.requestsPerUser = requestsPerUser
    self.cachedShare = cachedShare
    self.prompts = prompts
    self.eventsPerToken = eventsPerToken
    self.source = source
  }
}

/// How a public benchmark asks: the lengths of its prompts and answers, and its limits.
public struct BenchmarkWorkload: Hashable, Sendable {
  public var model: String
  /// Mean tokens of a prompt and of an answer.
  public var input: Double
  public var output: Double
  /// The squared coefficient of variation of both.
  public var inputVariability: Double
  public var outputVariability: Double
  /// Limits of the 99th percentile in milliseconds, by scenario: `server`, `interactive`.
  public var firstTokenLimits: [String: Double]
  public var perTokenLimits: [String: Double]
  public var source: String
}

/// How far the truth lay from the model's answer where it was measured: the factors between which 80 % of the truths
/// lie, found by leaving whole groups out.
public struct MeasuredBand: Hashable, Sendable {
  /// The kind of question and the figure that it is of.
  public var mode: String
  public var metric: String
  public var low: Double
  public var high: Double

  public init(mode: String, metric: String, low: Double, high: Double) {
    self.mode = mode
    self.metric = metric
    self.low = low
    self.high = high
  }
}
