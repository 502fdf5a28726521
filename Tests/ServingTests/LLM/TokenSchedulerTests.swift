import Catalogs
import Quantities
import Testing

@testable import Serving

/// A deployment whose steps are easy to work out: everything but what is asked for is free.
func plainStep(fixed: Double = 1, tokensPerStep: Double = 1) throws -> StepTime {
  var engine = try #require(EngineCatalog.builtIn.engines.first)
  engine.perStep = fixed
  engine.perLayer = 0
  engine.perExpertLayer = 0
  engine.perLatentLayer = 0
  engine.perPromptLayer = 0
  engine.perPromptExpertLayer = 0
  engine.perSequence = 0
  engine.perPrompt = 0
  let chip = Accelerator(
    name: "ideal", vendor: "none", memory: .gigabytes(80), denseRate: .teraPerSecond(1e9),
    memoryBandwidth: .gigabytesPerSecond(1e12), source: "made up", date: "2025")
  let model = try #require(Catalog.builtIn.model(meantBy: "Llama-3.1-8B"))
  return StepTime(
    Deployment(
      model: model, accelerator: chip, weights: .bf16, engine: engine, tokensPerStep: tokensPerStep,
      verifiedPerStep: tokensPerStep))
}

@Suite struct TokenSchedulerTests {
  private func limits(
    _ tokens: Int = 100, sequences: Int = 10, cache: Double = 1e6, mixes: Bool = true
  ) -> TokenScheduler.Limits {
    TokenScheduler.Limits(batchedTokens: tokens, sequences: sequences, cacheTokens: cache, mixesPrefill: mixes)
  }

  /// What has happened, at whole seconds.
  private func events(_ scheduler: inout TokenScheduler) -> [TokenScheduler.Event] {
    scheduler.advance(until: .infinity)
    return scheduler.events.map { event in
      TokenScheduler.Event(request: event.request, isFirstToken: event.isFirstToken, time: event.time.rounded())
    }
  }

  private func first(_ request: Int32, _ time: Double) -> TokenScheduler.Event {
    TokenScheduler.Event(request: request, isFirstToken: true, time: time)
  }

  private func last(_ request: Int32, _ time: Double) -> TokenScheduler.Event {
    TokenScheduler.Event(request: request, isFirstToken: false, time: time)
  }

  @Test("a prompt within the budget has its first token after one step and its last after as many as it has tokens")
  func single() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits())
    scheduler.submit(7, prompt: 50, output: 4, at: 10)
    let found = events(&scheduler)
    #expect(found == [first(7, 11), last(7, 14)])
    #expect(scheduler.isIdle && scheduler.steps == 4)
  }

  @Test("a prompt of one token's answer ends with its first token")
  func oneToken() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits())
    scheduler.submit(1, prompt: 5, output: 1, at: 0)
    let found = events(&scheduler)
    #expect(found.map(\.time) == [1, 1])
  }

  @Test("a prompt longer than the budget is cut, and what runs takes its tokens first")
  func chunks() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(100))
    scheduler.submit(0, prompt: 100, output: 50, at: 0)
    scheduler.submit(1, prompt: 297, output: 2, at: 0)
    let found = events(&scheduler)
    // Step 1: the first prompt whole. Then 99 a step beside the one that runs: three steps.
    #expect(found == [first(0, 1), first(1, 4), last(1, 5), last(0, 50)])
  }

  @Test("two prompts share a step where both fit")
  func shared() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(100))
    for i in 0..<3 { scheduler.submit(Int32(i), prompt: 40, output: 2, at: 0) }
    let found = events(&scheduler).filter { $0.isFirstToken }.map { $0.time }
    // The third has 20 tokens in the first step and the rest in the second.
    #expect(found == [1, 1, 2])
  }

  @Test("no more sequences run than are allowed")
  func sequences() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(1000, sequences: 1))
    scheduler.submit(0, prompt: 10, output: 5, at: 0)
    scheduler.submit(1, prompt: 10, output: 5, at: 0)
    let found = events(&scheduler).filter { $0.isFirstToken }.map { $0.time }
    #expect(found == [1, 6])
  }

  @Test("where prompts go alone, what runs stands still")
  func alone() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(100, mixes: false))
    scheduler.submit(0, prompt: 100, output: 10, at: 0)
    scheduler.advance(until: 3)
    scheduler.submit(1, prompt: 200, output: 1, at: 3)
    let found = events(&scheduler)
    #expect(found[1] == first(1, 5))
    // Ten steps of its own and two of the other's.
    #expect(found.last == last(0, 12))
  }

  @Test("a full cache takes the place of the sequence admitted last, which is worked out anew")
  func preemption() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(1000, cache: 100))
    scheduler.submit(0, prompt: 40, output: 30, at: 0)
    scheduler.submit(1, prompt: 40, output: 30, at: 0)
    let found = events(&scheduler)
    // 80 after the prompts, two more a step: full after ten. The second waits for the first to end at 30, and is then
    // worked out anew with the 11 tokens that it had.
    #expect(scheduler.preemptions == 1)
    #expect(found.map(\.request) == [0, 1, 0, 1])
    #expect(found[2] == last(0, 30) && found[3].time > 45 && found[3].time < 52)
    #expect(scheduler.cacheUse == 0)
  }

  @Test("a prefix that the cache holds costs no work")
  func prefix() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(100))
    scheduler.submit(0, prompt: 300, output: 1, cached: 200, at: 0)
    let found = events(&scheduler)
    #expect(found.first == first(0, 1))
  }

  @Test("speculation gains several tokens a step")
  func speculation() throws {
    var scheduler = TokenScheduler(step: try plainStep(tokensPerStep: 2), limits: limits(100))
    scheduler.submit(0, prompt: 10, output: 9, at: 0)
    let found = events(&scheduler)
    #expect(found == [first(0, 1), last(0, 5)])
  }

  @Test("steps taken at once are the steps taken one by one", arguments: [1 as UInt64, 2, 3, 4])
  func leaps(_ seed: UInt64) throws {
    let model = try #require(Catalog.builtIn.model(meantBy: "Llama-3.1-8B"))
    let chip = try #require(Catalog.builtIn.accelerator("H100"))
    let engine = try #require(EngineCatalog.builtIn.engine(meantBy: "vllm"))
    let step = StepTime(Deployment(model: model, accelerator: chip, weights: .bf16, engine: engine))
    func run(_ stride: Double) -> [TokenScheduler.Event] {
      var random = RandomStream(seed: seed)
      var scheduler = TokenScheduler(step: step, limits: limits(512, sequences: 16, cache: 6000))
      var time = 0.0
      for i in 0..<60 {
        time += random.exponential(mean: 0.05)
        while scheduler.time < time, !scheduler.isIdle { scheduler.advance(until: min(time, scheduler.time + stride)) }
        scheduler.submit(
          Int32(i), prompt: 1 + Int(random.uniform() * 900), output: 1 + Int(random.uniform() * 300), at: time)
      }
      while !scheduler.isIdle { scheduler.advance(until: scheduler.time + stride) }
      return scheduler.events
    }
    let (leaping, walking) = (run(1e9), run(1e-9))
    #expect(leaping.count == 120 && walking.count == 120)
    for event in walking {
      let other = leaping.first { $0.request == event.request && $0.isFirstToken == event.isFirstToken }
      #expect(abs((other?.time ?? 0) - event.time) < 0.15, "\(event)")
    }
  }

  @Test("a request longer than the whole cache still ends")
  func tooLong() throws {
    var scheduler = TokenScheduler(step: try plainStep(), limits: limits(100, cache: 50))
    scheduler.submit(0, prompt: 200, output: 20, at: 0)
    scheduler.submit(1, prompt: 10, output: 2, at: 0)
    let found = events(&scheduler)
    #expect(found.count == 4)
  }

  @Test("all that is handed in comes out, and tokens are those that were asked for")
  func conservation() throws {
    let run = TokenScheduler.closedLoop(
      users: 12, requests: 100, lengths: TokenLengths(input: 80, output: 40, leastShare: 0.5), step: try plainStep(),
      limits: limits(128, sequences: 8, cache: 700))
    #expect(run.firstToken.count == 100 && run.response.allSatisfy { $0 > 0 })
    #expect(zip(run.firstToken, run.response).allSatisfy { $0 <= $1 })
    #expect(run.outputTokens > 100 * 20 && run.outputTokens < 100 * 41)
    // At most eight run, so that a hundred answers of thirty tokens take their time.
    #expect(run.seconds > run.outputTokens / 8)
    let again = TokenScheduler.closedLoop(
      users: 12, requests: 100, lengths: TokenLengths(input: 80, output: 40, leastShare: 0.5), step: try plainStep(),
      limits: limits(128, sequences: 8, cache: 700))
    #expect(again.response == run.response)
  }
}

@Suite struct StepTimeTests {
  private func deployment(
    _ name: String, _ chip: String, cards: Int = 1, weights: Precision = .bf16, cache: Precision = .bf16
  ) throws -> Deployment {
    Deployment(
      model: try #require(Catalog.builtIn.model(meantBy: name)),
      accelerator: try #require(Catalog.builtIn.accelerator(chip)), tensorParallel: cards, weights: weights,
      cache: cache, engine: try #require(EngineCatalog.builtIn.engine(meantBy: "vllm")))
  }

  @Test("one token reads all weights: no step is faster than the memory allows")
  func bandwidth() throws {
    let step = StepTime(try deployment("Llama-3.1-8B", "H100"))
    // 7.5 billion multiplied weights of two bytes at 3.35 TB/s take 4.5 ms.
    let one = step.seconds(StepWork(decoding: 1, context: 1))
    #expect(one > 0.0040 && one < 0.012)
    #expect(step.parts(StepWork(decoding: 1, context: 1)).weights > step.parts(StepWork(decoding: 1)).arithmetic)
  }

  @Test("a long prompt is bound by arithmetic, twice its parameters a token")
  func compute() throws {
    let step = StepTime(try deployment("Llama-3.1-8B", "H100"))
    let parts = step.parts(.prompts(8, of: 1000))
    #expect(parts.arithmetic > parts.weights)
    // 8000 tokens x 2 x 7 billion at 989 TFLOP/s: 113 ms at the full peak, no faster and no more than three times it.
    #expect(parts.arithmetic > 0.09 && parts.arithmetic < 0.34)
  }

  @Test(
    "more work never takes less time",
    arguments: ["Llama-3.1-70B", "DeepSeek-R1", "gpt-oss-120b", "Qwen3-Next-80B-A3B"])
  func monotone(_ name: String) throws {
    let step = StepTime(try deployment(name, "H200", cards: 8, weights: .fp8))
    var last = 0.0
    for sequences in [1.0, 2, 8, 64, 256, 1024] {
      let now = step.seconds(StepWork(decoding: sequences, context: 2000))
      #expect(now > last)
      #expect(step.seconds(StepWork(decoding: sequences, context: 4000)) > now)
      #expect(step.seconds(StepWork(decoding: sequences, context: 2000, prompt: 500, pairs: 125_000)) > now)
      last = now
    }
  }

  @Test("more cards are faster, though not by their number")
  func cards() throws {
    let work = StepWork(decoding: 32, context: 2000)
    let one = StepTime(try deployment("Llama-3.1-70B", "H200", cards: 2)).seconds(work)
    let four = StepTime(try deployment("Llama-3.1-70B", "H200", cards: 8)).seconds(work)
    #expect(four < one && four > one / 4)
  }

  @Test("drafts that are always right yield one token more each, drafts that never are none")
  func drafts() {
    #expect(Deployment.tokensPerStep(drafts: 3, acceptance: 1) == 4)
    #expect(Deployment.tokensPerStep(drafts: 3, acceptance: 0) == 1)
    // (1 - 0.5^4) / (1 - 0.5)
    #expect(Deployment.tokensPerStep(drafts: 3, acceptance: 0.5) == 1.875)
  }

  @Test(
    "the KV cache of vLLM 0.19 on H100 is what its logs say",
    arguments: [
      ("ibm-granite/granite-3.1-8b-instruct", 1, 58.6), ("meta-llama/Llama-3.1-8B-Instruct", 1, 58.1),
      ("meta-llama/Llama-3.1-8B-Instruct", 2, 127.5), ("meta-llama/Llama-3.1-8B-Instruct", 4, 269.7),
      ("Qwen/Qwen2.5-7B-Instruct", 1, 58.5), ("Qwen/Qwen3-8B", 1, 57.5),
    ])
  func pool(_ name: String, _ cards: Int, _ gib: Double) throws {
    // Published in llm-d-planner, pull request 205: utilization 0.95, 8192 tokens a step.
    let cache = CacheCapacity(try deployment(name, "H100", cards: cards), memoryShare: 0.95)
    #expect(abs(cache.pool.gibibytes / gib - 1) < 0.03)
  }

  @Test("a model that does not fit has a negative pool")
  func misfit() throws {
    #expect(!CacheCapacity(try deployment("Llama-3.1-405B", "H100")).fits)
    #expect(CacheCapacity(try deployment("Llama-3.1-405B", "H100")).sequences(ofTokens: 1000) == 0)
  }
}

@Suite struct ServingRunTests {
  @Test("quantiles by selection are those of the sorted times")
  func selection() {
    var random = RandomStream(seed: 3)
    for count in [1, 2, 3, 10, 101, 1000] {
      let times = (0..<count).map { _ in (random.uniform() * 20).rounded() }
      let sorted = times.sorted()
      let shares = [0, 0.1, 0.5, 0.9, 0.99, 1]
      let found = ServingRun.quantiles(times, shares)
      for (share, value) in zip(shares, found) {
        let position = Double(count - 1) * share
        let below = Int(position)
        let above = min(below + 1, count - 1)
        #expect(abs(value - (sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below)))) < 1e-12)
      }
    }
    #expect(ServingRun.quantiles([], [0.5]) == [0])
  }
}
