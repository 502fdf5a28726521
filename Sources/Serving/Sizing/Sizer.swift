import Catalogs
import Glibc
import Quantities
import Synchronization

/// Answers ``SizeQuestion``s by the step time of a deployment: in closed form where one suffices, by simulating the
/// scheduler's steps where requests meet in bursts.
public final class Sizer: Sendable {
  public let constants: EngineCatalog
  /// Answers by question: published tables ask the same twice, once for each figure.
  private let known = Mutex<[SizeQuestion: SizeAnswer]>([:])

  /// The engine that all questions are answered for, whatever they name; nil as they name it.
  let only: String?

  public init(constants: EngineCatalog = .builtIn, only: String? = nil) {
    self.constants = constants
    self.only = only
  }

  /// The answer to a question; the same question has the same answer.
  public func answer(_ question: SizeQuestion) -> SizeAnswer {
    // What is answered in closed form is found again no faster than it is worked out.
    guard question.mode.isSimulated else { return banded(offset(worked(question), question), question) }
    if let answer = known.withLock({ $0[question] }) { return answer }
    let answer = banded(offset(worked(question), question), question)
    known.withLock {
      // A stream of ever new questions must not fill the memory.
      if $0.count > 50_000 { $0.removeAll() }
      $0[question] = answer
    }
    return answer
  }

  // MARK: The deployment that a question means

  /// The deployment of a question; what it leaves open is what its kind of measurement usually has.
  public func deployment(of question: SizeQuestion, tensorParallel: Int) -> Deployment {
    let engine = engine(of: question)
    let weights = question.weights ?? weights(of: question)
    let cache = question.cache ?? cache(of: question, weights)
    let spans = question.expertParallel > 1 ? question.expertParallel : 1
    return Deployment(
      model: question.model, accelerator: question.accelerator, tensorParallel: tensorParallel,
      expertParallel: spans, splitsSequences: question.splitsSequences, weights: weights, cache: cache,
      engine: engine, tokensPerStep: question.speculates ? 2 : 1, verifiedPerStep: question.speculates ? 3 : 1)
  }

  func engine(of question: SizeQuestion) -> EngineProfile {
    if let only, let engine = constants.engines.first(where: { $0.name == only }) { return engine }
    let isAMD = question.accelerator.vendor == "AMD"
    let name: String
    if question.mode.isMLPerf {
      // Submissions run the vendor's own: TensorRT-LLM on NVIDIA's cards, vLLM elsewhere.
      let said = question.engine.lowercased()
      let usesVLLM = said.contains("vllm") && !said.contains("tensorrt")
      name =
        question.accelerator.vendor == "NVIDIA" && !usesVLLM
        ? constants.usual["mlperf"] ?? "" : constants.usual["mlperf-vllm"] ?? ""
    } else if !question.engine.isEmpty, let engine = constants.engine(meantBy: question.engine) {
      return constants.engine(
        engine, version: question.engineVersion.isEmpty ? question.engine : question.engineVersion,
        date: question.engineDate)
    } else {
      name =
        (isAMD ? constants.usual[question.mode.rawValue + "-amd"] : nil) ?? constants.usual[question.mode.rawValue]
        ?? constants.usual[""] ?? ""
    }
    guard let engine = constants.engines.first(where: { $0.name == name }) ?? constants.engines.first else {
      preconditionFailure("an engine catalog holds an engine")
    }
    return constants.engine(engine, version: question.engineVersion, date: question.engineDate)
  }

  /// The precision of weights that a question does not tell: what the name says, else what the model is published in;
  /// a benchmark or a loaded service takes the narrowest that its chip computes at.
  private func weights(of question: SizeQuestion) -> Precision {
    if let said = question.saidPrecision { return said }
    let native = question.model.nativePrecision
    let rates = question.accelerator.reducedRates
    if native == .fp4 { return .fp4 }
    if question.mode.isMLPerf {
      if rates[.fp4] != nil, question.model.experts == nil || question.model.latent != nil { return .fp4 }
      return rates[.fp8] != nil ? .fp8 : rates[.int8] != nil ? .int8 : .bf16
    }
    return native
  }

  /// The precision of the cache that a question does not tell: benchmarks of fp8 weights, and all submissions, keep it
  /// in 8 bits where the chip computes so; vLLM and SGLang keep it at 16 where nobody says otherwise.
  private func cache(of question: SizeQuestion, _ weights: Precision) -> Precision {
    guard question.accelerator.reducedRates[.fp8] != nil else { return .bf16 }
    if question.mode.isMLPerf || question.engine.lowercased().contains("trt") { return .fp8 }
    let isTable = question.mode == .closedLoopAggregated || question.mode == .closedLoopSilicon
    return isTable && question.engine.isEmpty && weights == .fp8 ? .fp8 : .bf16
  }

  /// Cards that one replica spans.
  private func span(of question: SizeQuestion) -> Int {
    // Reports of expert parallelism state cards as the product; the tensor-parallel group is what runs.
    question.tensorParallel ?? max(1, question.cards / max(1, question.replicas))
  }

  /// Lengths as the question tells them; what it leaves open as its kind of measurement draws them.
  func lengths(of question: SizeQuestion) -> TokenLengths {
    let benchmark = question.mode.isMLPerf ? constants.benchmark(of: question.model) : nil
    let pattern = pattern(of: question)
    return TokenLengths(
      input: question.input ?? benchmark?.input ?? 1, output: question.output ?? benchmark?.output ?? 1,
      leastShare: question.leastShare ?? (question.variability == nil ? pattern.leastShare : 1),
      variability: question.variability ?? benchmark?.outputVariability ?? pattern.variability,
      cachedShare: question.cachedShare ?? pattern.cachedShare)
  }

  func pattern(of question: SizeQuestion) -> LoadPattern {
    constants.pattern(mode: question.mode.rawValue, named: question.pattern) { question.tells($0) }
  }

  private func limits(of question: SizeQuestion, _ deployment: Deployment, _ lengths: TokenLengths) -> (
    TokenScheduler.Limits, CacheCapacity
  ) {
    let limits = deployment.engine.limits(on: question.accelerator)
    let usual = limits.batchedTokens
    let sequences = question.sequences ?? limits.sequences
    let recipe = constants.recipe(
      mode: question.mode.rawValue, engine: deployment.engine, on: question.accelerator, date: question.engineDate)
    let users = question.batch ?? 1
    let batched =
      question.batchedTokens ?? recipe?.batchedTokens(users: users, input: lengths.input)
      ?? (deployment.engine.cutsPrompts ? usual : max(usual, Int(lengths.input * 1.1) + sequences))
    let cache = CacheCapacity(
      deployment, memoryShare: question.memoryShare, batchedTokens: batched, sequences: sequences)
    let length = lengths.meanInput + lengths.meanOutput
    let tokens = cache.tokens(inSequencesOf: lengths.meanInput + lengths.meanOutput / 2)
    return (
      TokenScheduler.Limits(
        batchedTokens: batched, sequences: sequences,
        // What was measured has run: where the memory says that it cannot, the finding says so, and the times are those
        // of cards that hold it.
        cacheTokens: cache.fits ? max(tokens, length * 1.25 + 2) : 1e15,
        mixesPrefill: deployment.engine.mixesPrefill, reservesAnswers: deployment.engine.reservesAnswers,
        pollSteps: recipe?.pollSteps(users: users) ?? 1), cache
    )
  }

  // MARK: Answers

  private func worked(_ question: SizeQuestion) -> SizeAnswer {
    switch question.mode {
    case .cacheCapacity: cacheCapacity(question)
    case .fixedBatch, .offlineStatic, .latency: fixedBatch(question)
    case .offlineInFlight: inFlight(question)
    case .online, .onlineTrace, .openLoop: openLoop(question)
    case .closedLoop, .closedLoopAggregated, .closedLoopSilicon:
      question.prefill != nil && question.decode != nil ? twoPools(question) : closedLoop(question)
    case .mlperfOffline, .mlperfServer, .mlperfInteractive: mlperf(question)
    }
  }

  private func noteFit(_ cache: CacheCapacity, _ question: SizeQuestion, _ cards: Int, _ answer: inout SizeAnswer) {
    guard !cache.fits else { return }
    let lacking = Bytes(rawValue: -cache.pool.rawValue / Double(cards))
    let whole = cache.weights * Double(cards)
    let room = question.accelerator.usableMemory.rawValue * 0.9 - cache.overhead.rawValue
    let needed = room > 0 ? Int((whole.rawValue / room).rounded(.up)) : 0
    answer.findings.append(
      "\(question.model.name) does not fit: a card lacks \(lacking.formatted()) beside its share of the weights, "
        + "\(cache.weights.formatted())."
        + (needed > cards
          ? " It fits on \(needed) cards of \(question.accelerator.name), or with narrower weights." : ""))
  }

  private func cacheCapacity(_ question: SizeQuestion) -> SizeAnswer {
    var answer = SizeAnswer()
    let span = span(of: question)
    let deployment = deployment(of: question, tensorParallel: span)
    let (_, cache) = limits(of: question, deployment, TokenLengths(input: 1, output: 1))
    noteFit(cache, question, span, &answer)
    answer.cacheGiB = max(0, cache.pool.gibibytes)
    answer.metric = "kv_gib"
    answer.binding = "memory"
    return answer
  }

  private func fixedBatch(_ question: SizeQuestion) -> SizeAnswer {
    var answer = SizeAnswer()
    let span = span(of: question)
    let deployment = deployment(of: question, tensorParallel: span)
    let step = StepTime(deployment, constants: constants)
    let input = question.input ?? 1
    let output = max(1, question.output ?? 1)
    let asked = Double(question.batch ?? 1)
    let (_, cache) = limits(of: question, deployment, TokenLengths(input: input, output: output))
    // Of a batch whose prompts the cache does not hold, those that it holds come first, and their tokens are the first.
    let atOnce = cache.fits ? max(1, min(asked, cache.sequences(ofTokens: input).rounded(.down))) : asked
    let first = step.seconds(.prompts(atOnce, of: input))
    let work = StepWork(decoding: asked, context: input + output / 2)
    let one = step.seconds(work)
    answer.firstTokenMean = (first + deployment.engine.entry) * 1000
    if question.mode != .latency {
      answer.perTokenMean = one * 1000
      answer.betweenTokensMean = one * 1000
      let seconds = step.seconds(.prompts(asked, of: input)) + output * one
      answer.outputThroughput = asked * output / seconds * Double(question.replicas)
      answer.makespan = seconds
    }
    answer.metric =
      question.mode == .offlineStatic ? "output_throughput" : question.mode == .latency ? "ttft_mean" : "tpot_mean"
    answer.binding = Self.binding(step.parts(question.mode == .latency ? .prompts(asked, of: input) : work))
    noteFit(cache, question, span, &answer)
    return answer
  }

  /// What takes most of a step.
  public static func binding(_ parts: StepTime.Parts) -> String {
    let named = [
      ("engine overhead", parts.overhead), ("memory bandwidth, weights", parts.weights),
      ("compute", max(parts.arithmetic, parts.attention)), ("memory bandwidth, KV cache", parts.cache),
      ("exchange between cards", parts.exchange),
    ]
    return named.max { $0.1 < $1.1 }?.0 ?? ""
  }

  private func steady(
    _ question: SizeQuestion, _ deployment: Deployment, _ lengths: TokenLengths
  ) -> (SteadyState, CacheCapacity) {
    let (limits, cache) = limits(of: question, deployment, lengths)
    // Where answers are reserved, each takes its whole length from its beginning on.
    let held = deployment.engine.reservesAnswers ? lengths.meanOutput : lengths.meanOutput / 2
    let fitting = cache.sequences(ofTokens: lengths.meanInput + held)
    let state = SteadyState(
      step: StepTime(deployment, constants: constants), lengths: lengths,
      capacity: max(1, min(Double(limits.sequences), fitting)), batchedTokens: limits.batchedTokens,
      mixesPrefill: limits.mixesPrefill)
    return (state, cache)
  }

  private func inFlight(_ question: SizeQuestion) -> SizeAnswer {
    var answer = SizeAnswer()
    let span = span(of: question)
    let deployment = deployment(of: question, tensorParallel: span)
    let lengths = lengths(of: question)
    let (state, cache) = steady(question, deployment, lengths)
    noteFit(cache, question, span, &answer)
    answer.outputThroughput = state.peak * Double(question.replicas)
    answer.throughputPerCard =
      state.peak * (lengths.meanInput + lengths.meanOutput) / lengths.meanOutput / Double(span)
    answer.metric = "output_throughput"
    answer.binding =
      state.capacity < Double(deployment.engine.limits(on: question.accelerator).sequences) - 1
      ? "KV memory"
      : Self.binding(state.step.parts(StepWork(decoding: state.capacity, context: state.context)))
    return answer
  }

  func fill(_ answer: inout SizeAnswer, _ run: ServingRun, entry: Double, cards: Int, replicas: Double) {
    let first = ServingRun.quantiles(run.firstToken, [0.5, 0.99])
    answer.firstTokenMean = (ServingRun.mean(run.firstToken) + entry) * 1000
    answer.firstTokenP50 = (first[0] + entry) * 1000
    answer.firstTokenP99 = (first[1] + entry) * 1000
    let each = ServingRun.quantiles(run.perToken, [0.5, 0.99])
    answer.perTokenMean = ServingRun.mean(run.perToken) * 1000
    answer.perTokenP50 = each[0] * 1000
    answer.perTokenP99 = each[1] * 1000
    answer.betweenTokensMean = answer.perTokenMean
    answer.responseP99 = (ServingRun.quantiles(run.response, [0.99])[0] + entry) * 1000
    answer.makespan = run.seconds
    answer.outputThroughput = run.outputTokens / run.seconds * replicas
    answer.throughputPerCard = (run.inputTokens + run.outputTokens) / run.seconds / Double(max(1, cards))
  }

  private func closedLoop(_ question: SizeQuestion) -> SizeAnswer {
    var answer = SizeAnswer()
    let span = span(of: question)
    let deployment = deployment(of: question, tensorParallel: span)
    let lengths = lengths(of: question)
    let (limits, cache) = limits(of: question, deployment, lengths)
    noteFit(cache, question, span, &answer)
    let users = min(question.batch ?? 1, 100_000)
    let step = StepTime(deployment, constants: constants)
    let run = TokenScheduler.closedLoop(
      users: users, requests: requests(of: users, question), lengths: lengths, step: step, limits: limits,
      cold: cold(question, deployment), perArrival: deployment.engine.perArrival)
    fill(&answer, run, entry: deployment.engine.entry, cards: span, replicas: Double(question.replicas))
    answer.metric = question.mode == .closedLoop ? "throughput_per_gpu" : "tpot_mean"
    if Double(users) > Double(limits.sequences) || run.concurrency < Double(users) * 0.8 && run.preemptions > 0 {
      answer.binding = "KV memory"
    } else {
      answer.binding = Self.binding(
        step.parts(StepWork(decoding: max(1, run.concurrency), context: lengths.meanInput + lengths.meanOutput / 2)))
    }
    return answer
  }

  /// Seconds that a benchmark's first prompts wait for kernels that are made ready.
  func cold(_ question: SizeQuestion, _ deployment: Deployment) -> Double {
    let recipe = constants.recipe(
      mode: question.mode.rawValue, engine: deployment.engine, on: question.accelerator, date: question.engineDate)
    guard question.mode == .closedLoop, recipe?.isWarm != true else { return 0 }
    return deployment.engine.cold * constants.family(of: question.accelerator).cold
  }

  /// Requests of a closed loop, as its kind of measurement sends them a user; past some thousand, fewer tell the same.
  func requests(of users: Int, _ question: SizeQuestion) -> Int {
    let each = pattern(of: question).requestsPerUser
    return max(20, min(Int(Double(users) * each), max(users * 4, 6000)))
  }

  private func openLoop(_ question: SizeQuestion) -> SizeAnswer {
    var answer = SizeAnswer()
    let span = span(of: question)
    let deployment = deployment(of: question, tensorParallel: span)
    let lengths = lengths(of: question)
    var asked = question
    // The trace's engine ran with 2048 tokens and 128 sequences.
    if question.mode == .onlineTrace {
      asked.batchedTokens = question.batchedTokens ?? 2048
      asked.sequences = question.sequences ?? 128
    }
    let (limits, cache) = limits(of: asked, deployment, lengths)
    noteFit(cache, question, span, &answer)
    let (state, _) = steady(asked, deployment, lengths)
    let rate = question.rate ?? 1
    let count: Int
    switch question.mode {
    case .online: count = 500
    case .onlineTrace: count = 300
    default: count = Int(min(8000, max(300, (question.seconds ?? 600) * min(rate, 1e6))))
    }
    var random = RandomStream(seed: 1)
    var time = 0.0
    let arrivals = (0..<count).map { _ -> Double in
      if rate.isFinite { time += random.exponential(mean: 1 / rate) }
      return time
    }
    let step = state.step
    let pattern = pattern(of: question)
    let run = TokenScheduler.openLoop(
      arrivals: arrivals, lengths: lengths, step: step, limits: limits,
      uncached: question.cachedShare == nil ? pattern.prompts : 0)
    fill(&answer, run, entry: deployment.engine.entry, cards: span, replicas: Double(question.replicas))
    adopt(pattern, of: question, in: &answer)
    let isOverloaded = rate * lengths.meanOutput >= state.peak
    answer.capacity = state.peak / lengths.meanOutput
    if question.mode == .openLoop { answer.isOverloaded = isOverloaded }
    if isOverloaded, rate.isFinite {
      let replicas = Int((rate * lengths.meanOutput / state.peak * 1.000_001).rounded(.up))
      answer.findings.append(
        "Unstable: \(NumberFormat.significant(rate, 3)) requests a second are more than the "
          + "\(NumberFormat.significant(state.peak / lengths.meanOutput, 3)) that a replica serves, so that its queue "
          + "grows without end; \(max(2, replicas)) replicas would stabilise it.")
    }
    answer.metric = question.mode == .openLoop ? "ttft_mean" : question.mode == .online ? "itl_mean" : "tpot_mean"
    answer.binding =
      isOverloaded
      ? "capacity"
      : Self.binding(
        step.parts(StepWork(decoding: max(1, run.concurrency), context: lengths.meanInput + lengths.meanOutput / 2)))
    return answer
  }

  /// What a load generator's habits make of an answer, told where the question did not choose them.
  private func adopt(_ pattern: LoadPattern, of question: SizeQuestion, in answer: inout SizeAnswer) {
    if pattern.eventsPerToken > 1 {
      answer.perTokenMean = answer.perTokenMean.map { $0 / pattern.eventsPerToken }
      answer.perTokenP50 = answer.perTokenP50.map { $0 / pattern.eventsPerToken }
      answer.perTokenP99 = answer.perTokenP99.map { $0 / pattern.eventsPerToken }
    }
    guard question.pattern == nil, pattern.cachedShare > 0 || pattern.eventsPerToken > 1 else { return }
    let known = pattern.toldBy.map { "'\($0)'" }.joined(separator: ", ")
    let share = question.cachedShare ?? pattern.cachedShare
    answer.findings.append(
      "Taken as a run of \(pattern.name), since the question tells \(known) as its reports do: \(NumberFormat.share(share)) of each prompt lie "
        + "in the prefix cache, and 'tpot' is as that generator counts, \(NumberFormat.significant(pattern.eventsPerToken, 3)) "
        + "events a token, so that it is less than the time between tokens, 'itl_mean'. \"pattern\": \"none\" assumes neither."
    )
  }

  // MARK: MLPerf

  private func mlperf(_ question: SizeQuestion) -> SizeAnswer {
    var answer = SizeAnswer()
    let lengths = lengths(of: question)
    let benchmark = constants.benchmark(of: question.model)
    let scenario = question.mode == .mlperfInteractive ? "interactive" : "server"
    let firstLimit = question.firstTokenLimit ?? benchmark?.firstTokenLimits[scenario].map { $0 / 1000 } ?? .infinity
    let perLimit = question.perTokenLimit ?? benchmark?.perTokenLimits[scenario].map { $0 / 1000 } ?? .infinity
    var best: (perCard: Double, state: SteadyState, sequences: Double, span: Int, cache: CacheCapacity)?
    for layout in layouts(of: question) {
      var asked = question
      asked.splitsSequences = layout.splitsSequences
      asked.expertParallel = layout.splitsSequences ? layout.span : question.expertParallel
      let deployment = deployment(of: asked, tensorParallel: layout.span)
      let (state, cache) = steady(asked, deployment, lengths)
      // Weights that leave a card no fifth of its memory leave no batch worth submitting.
      guard cache.weights.rawValue < question.accelerator.usableMemory.rawValue * 0.8 || layout.isLast else { continue }
      let sequences: Double
      let yielded: Double
      if question.mode == .mlperfOffline {
        sequences = state.capacity
        yielded = state.peak
      } else {
        (sequences, yielded) = served(state, firstLimit: firstLimit, perLimit: perLimit)
      }
      let perCard = yielded / Double(layout.span)
      if perCard > best?.perCard ?? -1 { best = (perCard, state, sequences, layout.span, cache) }
    }
    guard let best else { return answer }
    noteFit(best.cache, question, best.span, &answer)
    // Cards that make no whole replica stand idle only on paper: submitters choose a layout that uses them.
    let system = best.perCard * Double(question.cards)
    answer.outputThroughput = system
    answer.throughputPerCard = best.perCard * (lengths.meanInput + lengths.meanOutput) / lengths.meanOutput
    if question.mode != .mlperfOffline {
      answer.capacity = system / lengths.meanOutput
      let pace = best.state.perToken(max(1, best.sequences))
      answer.perTokenMean = pace * 1000
      answer.perTokenP99 = pace * constants.arithmetic.paceTail * 1000
      let first = best.state.step.seconds(
        StepWork(
          decoding: best.sequences, context: best.state.context, prompt: lengths.meanInput,
          pairs: lengths.meanInput * lengths.meanInput / 2, finishing: 1))
      answer.firstTokenMean = first * 2 * 1000
      answer.firstTokenP99 = min(firstLimit, first * 4) * 1000
      if answer.capacity == 0 {
        answer.findings.append(
          "No layout of \(question.model.name) on \(question.accelerator.name) keeps the limits, even alone.")
      }
    }
    answer.metric = question.mode == .mlperfOffline ? "throughput" : "capacity_qps"
    answer.binding =
      question.mode == .mlperfOffline
      ? Self.binding(best.state.step.parts(StepWork(decoding: best.sequences, context: best.state.context)))
      : best.sequences < best.state.capacity * 0.999 ? "time per token" : "compute"
    return answer
  }

  /// A way to lay a replica over cards.
  private struct Layout {
    var span: Int
    /// Attention with each card for its own sequences, whole experts spread over the cards.
    var splitsSequences = false
    var isLast = false
  }

  /// Layouts that submissions choose among: a model split over up to a machine's cards; models with experts also with
  /// experts spread over as many cards as links join, each card attending for its own sequences.
  private func layouts(of question: SizeQuestion) -> [Layout] {
    if let span = question.tensorParallel {
      return [Layout(span: span, splitsSequences: question.splitsSequences, isLast: true)]
    }
    var found = [1, 2, 4, 8].filter { $0 == 1 || question.cards >= $0 }.map { Layout(span: $0) }
    if !found.isEmpty { found[found.count - 1].isLast = true }
    if question.model.experts != nil {
      let reach = min(question.cards, question.accelerator.linkDomain)
      found += [2, 4, 8, 16, 32, 64].filter { $0 <= reach }.map { Layout(span: $0, splitsSequences: true) }
    }
    return found
  }

  /// Sequences and tokens a second within both limits.
  private func served(_ state: SteadyState, firstLimit: Double, perLimit: Double) -> (Double, Double) {
    let sequences = state.sequences(within: perLimit / constants.arithmetic.paceTail)
    guard sequences >= 1 else { return (0, 0) }
    let solo = state.step.seconds(.prompts(1, of: state.input))
    guard solo < firstLimit else { return (0, 0) }
    let isBound = sequences < state.capacity * 0.999
    let share = isBound ? constants.arithmetic.sustainedAtPace : constants.arithmetic.sustained
    return (sequences, state.throughput(sequences) * share)
  }

  // MARK: The band

  private func banded(_ answer: SizeAnswer, _ question: SizeQuestion) -> SizeAnswer {
    guard let metric = answer.metric, let value = answer.value(of: metric), value > 0 else { return answer }
    guard let band = constants.band(mode: question.mode.rawValue, metric: metric) else { return answer }
    var answer = answer
    answer.low = value * band.low
    answer.high = value * band.high
    return answer
  }
}
