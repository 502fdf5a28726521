import Catalogs
import Documents
import Quantities
import Testing

@testable import Serving

@Suite struct EngineRulesTests {
  private func question(_ json: String) throws -> SizeQuestion {
    try SizeQuestion(JSON.parse(Array(json.utf8), file: nil))
  }

  private func engine(_ name: String) throws -> EngineProfile {
    try #require(EngineCatalog.builtIn.engines.first { $0.name == name })
  }

  @Test("where answers are reserved, as many run as have room to their ends, and none loses its place")
  func reserved() throws {
    // Room for 100 tokens, requests of 10 + 20: three at once by their ends; by their prompts alone ten.
    func run(_ reserves: Bool) throws -> (firsts: [Double], preemptions: Int) {
      var scheduler = TokenScheduler(
        step: try plainStep(),
        limits: TokenScheduler.Limits(
          batchedTokens: 1000, sequences: 100, cacheTokens: 100, reservesAnswers: reserves))
      for i in 0..<6 { scheduler.submit(Int32(i), prompt: 10, output: 20, at: 0) }
      scheduler.advance(until: .infinity)
      return (scheduler.events.filter(\.isFirstToken).map { $0.time.rounded() }, scheduler.preemptions)
    }
    let kept = try run(true)
    // The second three begin when the first three have had their twenty steps.
    #expect(kept.firsts == [1, 1, 1, 21, 21, 21])
    #expect(kept.preemptions == 0)
    #expect(try run(false).preemptions > 0)
  }

  @Test("an engine that looks every tenth step lets in what has come after ten steps, and behind a prompt at once")
  func polls() throws {
    func firsts(_ steps: Int, second: Double) throws -> [Double] {
      var scheduler = TokenScheduler(
        step: try plainStep(),
        limits: TokenScheduler.Limits(batchedTokens: 1000, sequences: 100, cacheTokens: 1e6, pollSteps: steps))
      scheduler.submit(0, prompt: 10, output: 100, at: 0)
      scheduler.advance(until: second)
      scheduler.submit(1, prompt: 10, output: 2, at: second)
      scheduler.advance(until: .infinity)
      return scheduler.events.filter(\.isFirstToken).map { $0.time.rounded() }
    }
    // The first prompt's step ends at 1, where it looks. Then decoding steps up to 10 pass, and the prompt's own is the 11th.
    #expect(try firsts(1, second: 3) == [1, 4])
    #expect(try firsts(10, second: 3) == [1, 12])
    // What has come during the prompt's own step is seen at its end.
    #expect(try firsts(10, second: 0.5) == [1, 2])
  }

  @Test("requests of one moment reach the scheduler one after another, so that they do not begin together")
  func arrivals() throws {
    func run(_ perArrival: Double) throws -> [Double] {
      TokenScheduler.closedLoop(
        users: 4, requests: 4, lengths: TokenLengths(input: 10, output: 5), step: try plainStep(),
        limits: TokenScheduler.Limits(batchedTokens: 1000, sequences: 100, cacheTokens: 1e6), perArrival: perArrival
      ).firstToken.map { ($0 * 100).rounded() / 100 }
    }
    #expect(try run(0) == [1, 1, 1, 1])
    // Steps of a second; the first request is in after 2 s and has its token at 3; each later one comes as a step ends.
    #expect(try run(2) == [3, 5, 7, 9])
  }

  @Test("the share of memory is of what weights leave where the engine says so")
  func freeMemory() throws {
    // TensorRT-LLM's free_gpu_memory_fraction against vLLM's gpu_memory_utilization.
    let model = try #require(Catalog.builtIn.model(meantBy: "Llama-3.1-70B"))
    let chip = try #require(Catalog.builtIn.accelerator(meantBy: "H200-SXM")?.0)
    var profile = try engine("tensorrt-llm 1.0")
    func pool(_ isOfFree: Bool) -> CacheCapacity {
      profile.takesShareOfFree = isOfFree
      profile.memoryShare = 0.9
      return CacheCapacity(Deployment(model: model, accelerator: chip, weights: .fp8, cache: .fp8, engine: profile))
    }
    let (free, all) = (pool(true), pool(false))
    let left = chip.usableMemory.rawValue - free.weights.rawValue - free.overhead.rawValue
    #expect(abs(free.pool.rawValue / (left * 0.9) - 1) < 1e-12)
    #expect(free.pool > all.pool)
  }

  @Test(
    "InferenceX's launches of 2025 gave TensorRT-LLM room for one prompt a step, later ones for 8192 tokens at least")
  func recipes() throws {
    // (CONC + ISL + 64 + 63) / 64 * 64 of its scripts: 64 users of 1024 tokens have 1152 tokens a step.
    let trt = try engine("tensorrt-llm")
    let chip = try #require(Catalog.builtIn.accelerator(meantBy: "h200")?.0)
    func tokens(_ date: String, _ users: Int, _ input: Double) -> Int? {
      EngineCatalog.builtIn.recipe(mode: "closed-loop", engine: trt, on: chip, date: date)?
        .batchedTokens(users: users, input: input)
    }
    #expect(tokens("2025-12-10", 64, 1024) == 1152)
    #expect(tokens("2026-01-20", 64, 1024) == 8192)
    #expect(tokens("2026-01-20", 64, 8192) == 8320)
    let other = EngineCatalog.builtIn.recipe(mode: "open-loop", engine: trt, on: chip, date: "2025-12")
    #expect(other == nil)
    let blackwell = try #require(Catalog.builtIn.accelerator(meantBy: "b200")?.0)
    let recipe = EngineCatalog.builtIn.recipe(
      mode: "closed-loop", engine: try engine("sglang"), on: blackwell, date: "2025-12-10")
    #expect(recipe?.pollSteps(users: 8) == 10 && recipe?.pollSteps(users: 16) == 30)
  }

  @Test("vLLM's defaults are 8192 tokens and 1024 sequences on large cards, 2048 and 256 on A100 and smaller ones")
  func smallCards() throws {
    // vLLM's EngineArgs: by device memory of 70 GiB or more and not A100.
    let vllm = try engine("vllm")
    func limits(_ card: String) throws -> [Int] {
      let chip = try #require(Catalog.builtIn.accelerator(meantBy: card)?.0)
      let limits = vllm.limits(on: chip)
      return [limits.batchedTokens, limits.sequences]
    }
    #expect(try limits("H100-SXM") == [8192, 1024])
    #expect(try limits("A100-80GB") == [2048, 256])
    #expect(try limits("L40S") == [2048, 256])
  }

  @Test("an engine catalog that was written is read back with its recipes and rules")
  func written() throws {
    let read = try EngineCatalog(JSON.parse(Array(EngineCatalog.builtIn.json().utf8), file: nil))
    #expect(read.recipes == EngineCatalog.builtIn.recipes && !read.recipes.isEmpty)
    #expect(read.patterns == EngineCatalog.builtIn.patterns)
    #expect(read.engines.map(\.reservesAnswers) == EngineCatalog.builtIn.engines.map(\.reservesAnswers))
    #expect(read.engines.map(\.takesShareOfFree) == EngineCatalog.builtIn.engines.map(\.takesShareOfFree))
  }

  @Test("two pools: a worker that runs far ahead makes no prompt wait that came before")
  func pools() throws {
    // InferenceX, 32 users of 1024 in and 8192 out through one prefill and two decode workers of 8 MI355X: P99 1.5 s.
    let answer = Sizer().answer(
      try question(
        #"{"mode": "closed-loop", "model": "DeepSeek-R1", "gpu": "mi355x", "engine": "mori-sglang", "engine_date": "2026-02-04", "weight_dtype": "fp4", "concurrency": 32, "isl": 1024, "osl": 8192, "prefill": {"gpus": 8, "workers": 1, "tp": 8, "ep": 1}, "decode": {"gpus": 16, "workers": 2, "tp": 8, "ep": 1}}"#
      ))
    let (mean, p99) = (try #require(answer.firstTokenMean), try #require(answer.firstTokenP99))
    #expect(p99 < 4_000, "\(p99)")
    #expect(mean < 1_000, "\(mean)")
  }
}
