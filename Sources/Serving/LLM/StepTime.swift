import Catalogs
import Glibc
import Quantities

/// What one step of an engine works on.
public struct StepWork: Hashable, Sendable {
  /// Sequences that gain a token, and the mean context that they look back on.
  public var decoding: Double
  public var context: Double
  /// Prompt tokens worked on, the pairs of tokens that their attention meets, and prompts that are done with it.
  public var prompt: Double
  public var pairs: Double
  public var finishing: Double

  public init(decoding: Double = 0, context: Double = 0, prompt: Double = 0, pairs: Double = 0, finishing: Double = 0) {
    self.decoding = decoding
    self.context = context
    self.prompt = prompt
    self.pairs = pairs
    self.finishing = finishing
  }

  /// Whole prompts of one length, alone.
  public static func prompts(_ count: Double, of tokens: Double, cached: Double = 0) -> StepWork {
    let fresh = max(1, tokens - cached)
    return StepWork(prompt: count * fresh, pairs: count * fresh * (cached + tokens) / 2, finishing: count)
  }
}

/// How long a step takes: the roofline of its matrix products, attention over cache and prompt, what cards tell each
/// other, and the engine's own time.
///
/// All that is of the deployment is worked out once, so that asking costs some 50 ns.
public struct StepTime: Hashable, Sendable {
  /// Seconds of every step: the engine's, the layers', and the hops of collectives.
  public let fixed: Double
  let perSequence: Double
  let perPrompt: Double
  /// Seconds of a token on its way to its experts and back.
  let perRouted: Double
  /// Seconds to launch the kernels of a step that works on prompts, which runs without captured graphs: hidden where
  /// the work itself takes longer.
  let promptStep: Double
  /// Seconds to read dense weights, and all routed experts.
  let denseRead: Double
  let expertRead: Double
  /// ln(1 - k/E): how fast a batch meets all experts.
  let missing: Double
  /// Seconds of matrix products a token at the reached rate, and of the output's embedding.
  let perToken: Double
  let perLogits: Double
  /// Seconds to read a token of cache in layers that look back fully, and in those with a window.
  let fullRead: Double
  let nearRead: Double
  let window: Double
  /// Seconds of latent attention's arithmetic a token of context, where reading is not what binds.
  let latentCompute: Double
  /// Seconds of a pair of tokens in a prompt's attention; the share of layers that look back fully.
  let perPair: Double
  let fullShare: Double
  /// Seconds that cards exchange a token's activations.
  let exchange: Double
  /// Tokens that a sequence is worked on, and gains, in a step.
  let verified: Double
  public let gained: Double
  /// Prompts of more tokens than this leave a pipeline's stages idle for no time worth telling.
  let stages: Double

  public init(_ deployment: Deployment, constants: EngineCatalog = .builtIn) {
    let model = deployment.model
    let chip = deployment.accelerator
    let engine = deployment.engine
    let family = constants.family(of: chip)
    let arithmetic = constants.arithmetic
    let cards = Double(deployment.tensorParallel)
    let pipeline = Double(deployment.pipelineParallel)
    let weights = deployment.weights
    let reached: Double
    // fp4 weights that the chip widens run at 16 bits, at full share.
    let native = Self.computePrecision(of: deployment)
    switch native {
    case .fp4: reached = arithmetic.fp4 * engine.narrow
    case .fp8, .int8: reached = arithmetic.fp8 * engine.narrow
    case .fp32, .bf16, .int4: reached = 1
    }
    // No engine reaches more of its chip than this, whatever a fit to few measurements says, at any precision.
    let share = min(0.9, engine.compute * family.compute * Self.powerFactor(of: chip, arithmetic.power))
    let peak = chip.denseRate(at: native).rawValue
    let rate = peak * min(0.95, share * reached)
    let attentionRate = chip.denseRate.rawValue * arithmetic.attention * family.compute
    let bandwidth = chip.memoryBandwidth.rawValue * min(0.95, engine.bandwidth * family.bandwidth)
    let headSize = model.latent == nil ? Double(min(128, model.headSize)) : 128
    let cacheBandwidth =
      chip.memoryBandwidth.rawValue * min(0.95, engine.cacheBandwidth * family.bandwidth)
      * pow(headSize / 128, arithmetic.smallHead)

    let layers = Double(model.layers)
    let attentionBytes =
      model.nativePrecision == .fp4 && weights == .fp4 ? Precision.bf16.bytes : weights.bytes
    let attention = model.attentionParameters
    let dense = model.denseFFNParameters + model.sharedParameters
    let logits = model.embeddingParameters
    let sequencesSplit = deployment.splitsSequences
    denseRead =
      (attention * attentionBytes / (sequencesSplit ? 1 : cards) + dense * weights.bytes / cards
        + logits * Precision.bf16.bytes / cards) / bandwidth
    expertRead = model.routedParameters * weights.bytes / cards / bandwidth * engine.expertFactor
    missing = model.experts == nil ? 0 : log1p(-min(model.activeShare, 0.999))
    perToken =
      2 * ((attention + dense) / rate + model.routedParameters * model.activeShare / (rate * arithmetic.experts))
      / cards
    perLogits = 2 * logits / rate / cards
    let copies = sequencesSplit ? 1 : model.cacheCopies(tensorParallel: deployment.tensorParallel)
    let cell = model.cachedPerTokenAndLayer * deployment.cache.bytes * copies / cards / cacheBandwidth
    fullRead = Double(model.growingLayers) * cell
    nearRead = Double(model.layers(of: .sliding)) * cell
    window = model.layers(of: .sliding) > 0 && model.window > 0 ? Double(model.window) : 0
    // Absorbed latent attention: every head meets the whole latent vector (512 + 64) and gathers 512 of it.
    if let latent = model.latent {
      let width = Double(2 * latent.kvRank + latent.ropeSize)
      latentCompute = 2 * layers * Double(model.heads) * width / cards / attentionRate
    } else {
      latentCompute = 0
    }
    let headSizes =
      model.latent.map { Double($0.nopeSize + $0.ropeSize + $0.valueSize) } ?? 2 * Double(model.headSize)
    let looking = Double(model.growingLayers + model.layers(of: .sliding))
    perPair = 2 * looking * Double(model.heads) * headSizes / cards / attentionRate
    fullShare = looking > 0 ? Double(model.growingLayers) / looking : 0
    let hops = cards > 1 ? log2(cards) : 0
    let linkRate = (chip.linkBandwidth ?? .gigabytesPerSecond(16)).rawValue * family.link
    let hidden = Double(model.hidden)
    if sequencesSplit, let experts = model.experts {
      // Each card sends its own tokens to their experts' cards (8 bits a number) and gets them back (16).
      let places = min(Double(experts.active), cards - 1)
      exchange = Double(model.expertLayers) * hidden * places * 3 / cards / linkRate
    } else {
      exchange = cards > 1 ? 2 * layers * 2 * (cards - 1) / cards * hidden * Precision.bf16.bytes / linkRate : 0
    }
    // With attention of its own, a card chooses and samples for its own sequences only.
    let ranks = sequencesSplit ? cards : 1
    perRouted = Double(model.expertLayers) * engine.perRoutedToken / ranks
    let expertHops =
      deployment.expertParallel > 1 && cards > 1 ? 2 * Double(model.expertLayers) * arithmetic.exchange * hops : 0
    let overheads =
      engine.perStep + layers * engine.perLayer + Double(model.expertLayers) * engine.perExpertLayer
      + (model.latent == nil ? 0 : layers * engine.perLatentLayer)
    // A token passes the stages of a pipeline one after another, and hands its activations on between them.
    fixed = overheads + 2 * layers * family.hop * hops + expertHops + (pipeline - 1) * family.hop * 4
    perSequence = engine.perSequence / ranks
    perPrompt = engine.perPrompt
    promptStep = layers * engine.perPromptLayer + Double(model.expertLayers) * engine.perPromptExpertLayer
    verified = deployment.verifiedPerStep
    gained = deployment.tokensPerStep
    stages = pipeline
  }

  /// How much of the usual share of its peak a chip reaches by the power that it has for it, within a half and the double;
  /// 1 where the catalog knows no power.
  static func powerFactor(of chip: Accelerator, _ exponent: Double) -> Double {
    guard exponent > 0, let watts = chip.designPower?.rawValue, watts > 0, chip.denseRate.rawValue > 0 else { return 1 }
    return max(0.5, min(2, pow(watts / (chip.denseRate.rawValue * 1e-12) / 0.6, exponent)))
  }

  /// The precision that matrix products are computed at: that of the weights, where the chip has it. Models published with
  /// MXFP4 experts keep wider activations: their kernels multiply 4 bits by 8 at the rate of 8 where the chip has 4 bits
  /// (OpenAI's and AMD's own checkpoints say so: `w-mxfp4-a-fp8`), and widen the weights to 16 bits elsewhere.
  static func computePrecision(of deployment: Deployment) -> Precision {
    let weights = deployment.weights
    let rates = deployment.accelerator.reducedRates
    if weights == .fp4, deployment.model.nativePrecision == .fp4 {
      return rates[.fp4] != nil && rates[.fp8] != nil ? .fp8 : .bf16
    }
    if weights == .fp4, rates[.fp4] == nil { return rates[.fp8] == nil ? .bf16 : .fp8 }
    if weights == .fp8 || weights == .int8, rates[weights] == nil, rates[.fp8] == nil { return .bf16 }
    return weights
  }

  /// Seconds of a step. A step of nothing takes its fixed time.
  public func seconds(_ work: StepWork) -> Double { parts(work).total }

  /// The parts of a step, in seconds, and what of them binds.
  public struct Parts: Hashable, Sendable {
    public var overhead: Double
    public var weights: Double
    public var arithmetic: Double
    public var cache: Double
    public var attention: Double
    public var exchange: Double
    /// Launching the kernels of a step without captured graphs.
    public var launch: Double

    /// Reading weights and computing overlap, the slower one counting most.
    public var products: Double { cbrt(weights * weights * weights + arithmetic * arithmetic * arithmetic) }
    /// What the chip works on. Launching goes on ahead of it: the slower of the two counts most.
    public var work: Double {
      let device = products + cache + attention
      return launch == 0 ? device : cbrt(launch * launch * launch + device * device * device)
    }
    public var total: Double { overhead + work + exchange }
  }

  public func parts(_ work: StepWork) -> Parts {
    let tokens = work.decoding * verified + work.prompt
    let visited = missing == 0 ? 0 : -expm1(tokens * missing)
    let near = window > 0 ? min(work.context, window) : work.context
    let read = work.decoding * (fullRead * work.context + nearRead * near)
    let computed = work.decoding * verified * work.context * latentCompute
    var pairs = work.pairs
    if window > 0, pairs > 0 {
      // The window bounds what its layers meet of a prompt.
      let length = (2 * pairs).squareRoot()
      pairs *= fullShare + (1 - fullShare) * min(1, 2 * window / max(1, length))
    }
    return Parts(
      overhead: fixed + work.decoding * perSequence + work.finishing * perPrompt + tokens * perRouted,
      weights: denseRead + expertRead * visited,
      arithmetic: tokens * perToken + (work.decoding * verified + work.finishing) * perLogits,
      cache: max(read, computed), attention: pairs * perPair, exchange: tokens * exchange,
      launch: work.prompt > 0 ? promptStep : 0)
  }
}
