import Catalogs
import Documents
import Quantities
import Testing

@testable import Serving

@Suite struct SizerTests {
  private func ask(_ json: String) throws -> SizeAnswer {
    Sizer().answer(try SizeQuestion(JSON.parse(Array(json.utf8), file: nil)))
  }

  private func refusal(_ json: String) throws -> SizeQuestionError {
    let node = try JSON.parse(Array(json.utf8), file: nil)
    return try #require(throws: SizeQuestionError.self) { try SizeQuestion(node) }
  }

  @Test("published throughput of TensorRT-LLM is met within a quarter")
  func throughput() throws {
    // TensorRT-LLM v0.17, performance overview: Llama 3.1 8B FP8 on one H200, 2048 in, 128 out: 3794 tokens a second.
    let answer = try ask(
      #"{"model": "Llama-3.1-8B", "gpu": "H200-SXM", "n_gpu": 1, "tp": 1, "weight_dtype": "fp8", "kv_dtype": "fp8", "mode": "offline-ifb", "isl": 2048, "osl": 128}"#
    )
    #expect(abs(try #require(answer.outputThroughput) / 3794 - 1) < 0.25)
    #expect(answer.metric == "output_throughput" && answer.firstTokenMean == nil)
  }

  @Test("MLPerf's offline throughput is met within a quarter")
  func mlperf() throws {
    // MLPerf Inference 6.0, 8 B300, llama2-70b-99: 113 thousand tokens a second.
    let answer = try ask(
      #"{"mode": "mlperf-offline", "model": "llama2-70b-99", "gpu": "NVIDIA B300-SXM-270GB", "n_gpu": 8, "engine": "TensorRT 10.13, CUDA 13.0"}"#
    )
    #expect(abs(try #require(answer.outputThroughput) / 113_000 - 1) < 0.25)
  }

  @Test("tighter limits never serve more")
  func limits() throws {
    func capacity(_ milliseconds: Int) throws -> Double {
      try #require(
        ask(
          "{\"mode\": \"mlperf-server\", \"model\": \"llama2-70b-99\", \"gpu\": \"h200\", \"n_gpu\": 8, \"qps\": 90, "
            + "\"ttft_limit_ms\": 2000, \"tpot_limit_ms\": \(milliseconds)}"
        ).capacity)
    }
    let capacities = try [8, 20, 40, 80, 200].map(capacity)
    #expect(capacities == capacities.sorted())
    #expect(capacities[0] < capacities[4])
  }

  @Test("a closed loop's times grow with its users, and prompts that come at once wait for each other")
  func closedLoop() throws {
    func run(_ users: Int) throws -> SizeAnswer {
      try ask(
        "{\"mode\": \"closed-loop\", \"model\": \"DeepSeek-R1\", \"gpu\": \"h200\", \"tp\": 8, \"weight_dtype\": \"fp8\", "
          + "\"engine\": \"sglang\", \"concurrency\": \(users), \"isl\": 8192, \"osl\": 1024}")
    }
    let (few, many) = (try run(4), try run(64))
    #expect(try #require(few.perTokenP50) < #require(many.perTokenP50))
    // A mean hides the bursts: the 99th percentile of 64 users is more than ten times the median.
    #expect(try #require(many.firstTokenP99) > 10 * #require(many.firstTokenP50))
  }

  @Test("demand above capacity is told with the replicas that would stabilise it")
  func overload() throws {
    let answer = try ask(
      #"{"mode": "open-loop", "model": "Llama-2-70b", "gpu": "H100", "tp": 4, "qps": 500, "isl": 500, "osl": 250, "seconds": 60}"#
    )
    #expect(answer.isOverloaded == true)
    #expect(answer.findings.contains { $0.contains("replicas would stabilise it") })
  }

  @Test("a load generator's habits are taken where a question names them or tells what only its reports do")
  func patterns() throws {
    let run =
      #""mode": "open-loop", "model": "Llama-2-70b", "gpu": "H100-SXM", "tp": 4, "engine": "vllm", "qps": 8, "isl": 575, "osl": 246"#
    // A report tells the means of what was sent, which are not whole, and the engine's limits.
    let told = try ask(
      "{\(run), \"max_batched_tokens\": 2048, \"max_seqs\": 128}".replacing("\"isl\": 575", with: "\"isl\": 574.91"))
    // inference-perf stamps blank lines of the stream too: two events a token.
    #expect(abs(try #require(told.perTokenMean) * 2 / #require(told.betweenTokensMean) - 1) < 1e-12)
    #expect(told.findings.contains { $0.contains("inference-perf") && $0.contains("\"none\"") })
    let plain = try ask("{\(run), \"max_batched_tokens\": 2048, \"max_seqs\": 128}")
    #expect(plain.perTokenMean == plain.betweenTokensMean && plain.findings.isEmpty)
    let none = try ask(
      "{\(run), \"max_batched_tokens\": 2048, \"max_seqs\": 128, \"pattern\": \"none\"}"
        .replacing("\"isl\": 575", with: "\"isl\": 574.91"))
    #expect(none.perTokenMean == none.betweenTokensMean)
    // Prompts that nothing holds are worked on whole.
    #expect(try #require(none.firstTokenMean) > #require(told.firstTokenMean))
    let named = try ask("{\(run), \"pattern\": \"inference-perf\"}")
    #expect(try #require(named.perTokenMean) < #require(named.betweenTokensMean) && named.findings.isEmpty)
    #expect(try refusal("{\(run), \"pattern\": \"inference-prof\"}").message.contains("inference-perf, none"))
  }

  @Test("runs whose queue grew without end are seen so, by the scheduler's limit of sequences")
  func overloadedRuns() throws {
    // inference-sim's runs of 4 requests a second and 1440 tokens each, 128 sequences at most: a third of the requests
    // had not ended after 300 s.
    for (model, cards) in [("meta-llama/Llama-2-70b-hf", 4), ("mistralai/Mixtral-8x7B-v0.1", 2)] {
      let answer = try ask(
        "{\"mode\": \"open-loop\", \"model\": \"\(model)\", \"gpu\": \"H100-SXM\", \"n_gpu\": \(cards), \"tp\": \(cards), "
          + "\"engine\": \"vllm\", \"engine_date\": \"2026-02\", \"max_batched_tokens\": 2048, \"max_seqs\": 128, \"qps\": 4, "
          + "\"isl\": 1082.93, \"osl\": 1441.89, \"seconds\": 1200}")
      #expect(answer.isOverloaded == true, "\(model)")
    }
  }

  @Test("a model that does not fit says by how much, and what would hold it")
  func misfit() throws {
    let answer = try ask(#"{"mode": "kv-capacity", "model": "Llama-3.1-405B", "gpu": "H100", "tp": 4}"#)
    #expect(answer.cacheGiB == 0)
    #expect(answer.findings.contains { $0.contains("does not fit") && $0.contains("cards") })
  }

  @Test("what is wrong with a question is told with its key and the nearest name")
  func refusals() throws {
    let base = #""mode": "offline-ifb", "isl": 100, "osl": 10"#
    #expect(try refusal("{\(base), \"model\": \"Lama-3.1-8B\", \"gpu\": \"H100\"}").message.contains("Llama-3.1-8B"))
    #expect(try refusal("{\(base), \"model\": \"Llama-3.1-8B\", \"gpu\": \"H10O\"}").path == "gpu")
    #expect(
      try refusal(#"{"mode": "ofline", "model": "Llama-3.1-8B", "gpu": "H100"}"#).code == "unknown-mode")
    let zero = #""model": "Llama-3.1-8B", "gpu": "H100", "mode": "online""#
    #expect(try refusal("{\(zero), \"isl\": 100, \"osl\": 0, \"qps\": 1}").path == "osl")
    #expect(try refusal("{\(zero), \"isl\": 100, \"osl\": 10, \"qps\": 0}").path == "qps")
    #expect(try refusal("{\(zero), \"isl\": 100, \"osl\": 10}").code == "missing")
    #expect(try refusal("{\(zero), \"isl\": 200000, \"osl\": 10, \"qps\": 1}").code == "beyond-context")
    #expect(try refusal("[1]").code == "not-an-object")
  }

  @Test("lengths are drawn as the question says, else as its kind of measurement draws them, whatever they are")
  func lengths() throws {
    func lengths(_ more: String, mode: String = "closed-loop", isl: Int = 1024) throws -> TokenLengths {
      let json =
        "{\"mode\": \"\(mode)\", \"model\": \"Llama-3.1-8B\", \"gpu\": \"H100\", \"concurrency\": 4, "
        + "\"isl\": \(isl), \"osl\": 1024\(more)}"
      return Sizer().lengths(of: try SizeQuestion(JSON.parse(Array(json.utf8), file: nil)))
    }
    #expect(try lengths("").leastShare == 0.8)
    #expect(try lengths(", \"length_ratio\": 0.5").leastShare == 0.5)
    let varied = try lengths(", \"length_variability\": 0.7")
    #expect(varied.variability == 0.7 && varied.leastShare == 1)
    for isl in [1000, 1024, 8192] { #expect(try lengths("", mode: "agg-closed-loop", isl: isl).leastShare == 0.95) }
    #expect(
      try refusal(
        #"{"mode": "closed-loop", "model": "Llama-3.1-8B", "gpu": "H100", "concurrency": 4, "isl": 9, "osl": 9, "length_ratio": 2}"#
      )
      .path == "length_ratio")
  }

  @Test("names are looked up once, and what they do not mean is told each time")
  func names() throws {
    let names = SizeNames()
    let json =
      #"{"mode": "static", "model": "meta-llama/Llama-3.1-8B-Instruct-FP8", "gpu": "8xH100-SXM", "batch": 2, "isl": 9, "osl": 9}"#
    let node = try JSON.parse(Array(json.utf8), file: nil)
    let (first, second) = (try SizeQuestion(node, names: names), try SizeQuestion(node, names: names))
    #expect(first == second)
    #expect(try first == SizeQuestion(node))
    #expect(first.saidPrecision == .fp8)
    let wrong = try JSON.parse(Array(json.replacing("Llama", with: "Lama").utf8), file: nil)
    for _ in 0..<2 {
      let fault = try #require(throws: SizeQuestionError.self) { try SizeQuestion(wrong, names: names) }
      #expect(fault.code == "unknown-model")
    }
  }

  @Test("a model of experts may span more cards than a machine has where links join them, and never yields less for it")
  func layouts() throws {
    func capacity(_ cards: Int) throws -> Double {
      let json =
        "{\"mode\": \"mlperf-interactive\", \"model\": \"deepseek-r1\", \"gpu\": \"GB200\", \"n_gpu\": \(cards), "
        + "\"qps\": 1, \"tpot_limit_ms\": 15}"
      return try #require(ask(json).capacity) / Double(cards)
    }
    // More cards to choose layouts among never serve less a card.
    #expect(try capacity(64) >= capacity(8) * 0.999)
  }

  @Test("launching kernels hides behind the work that they do")
  func launching() throws {
    let model = try #require(Catalog.builtIn.model(meantBy: "Llama-3.1-8B"))
    let chip = try #require(Catalog.builtIn.accelerator("H100"))
    let engine = try #require(EngineCatalog.builtIn.engine(meantBy: "vllm"))
    let step = StepTime(Deployment(model: model, accelerator: chip, weights: .bf16, engine: engine))
    for tokens in [16.0, 512, 8192] {
      let parts = step.parts(.prompts(1, of: tokens))
      let device = parts.products + parts.cache + parts.attention
      #expect(parts.launch > 0)
      #expect(parts.work >= max(parts.launch, device) && parts.work < parts.launch + device)
    }
    #expect(step.parts(StepWork(decoding: 8, context: 100)).launch == 0)
  }

  @Test("the steady state agrees with the steps that it sums up")
  func steadyState() throws {
    let model = try #require(Catalog.builtIn.model(meantBy: "Llama-3.1-8B"))
    let chip = try #require(Catalog.builtIn.accelerator("H100"))
    let engine = try #require(EngineCatalog.builtIn.engine(meantBy: "vllm"))
    let step = StepTime(Deployment(model: model, accelerator: chip, weights: .bf16, engine: engine))
    let lengths = TokenLengths(input: 500, output: 200, leastShare: 0.8)
    let limits = TokenScheduler.Limits(batchedTokens: 8192, sequences: 1024, cacheTokens: 1e9)
    let steady = SteadyState(
      step: step, lengths: lengths, capacity: 1e9, batchedTokens: 8192, mixesPrefill: true)
    for users in [1, 16, 64] {
      let run = TokenScheduler.closedLoop(users: users, requests: 1000, lengths: lengths, step: step, limits: limits)
      let predicted = steady.throughput(Double(users))
      #expect(abs(run.outputTokens / run.seconds / predicted - 1) < 0.1, "\(users)")
    }
  }
}

@Suite struct LLMModelTests {
  private func model(_ yaml: String = LLMModel.descriptor.example) throws -> LLMModel {
    var reader = ServiceModelReader()
    let node = try #require(YAML.parse(yaml)["service"])
    let estimate = try #require(ServiceModelList.read(node, "service", &reader))
    return try #require(estimate.mid as? LLMModel)
  }

  @Test("times grow with load, and overload has no end")
  func load() throws {
    let model = try model()
    #expect(model.metrics == [.response, .firstToken, .perToken, .betweenTokens, .wait])
    var last = 0.0
    for share in [0.1, 0.5, 0.8, 0.95, 0.999] {
      let level = model.level(of: model.capacityPerReplica * (4 * share), replicas: 4)
      let first = try #require(level.latencies[.firstToken])
      #expect(first.p99 >= last && first.p50 <= first.p99)
      last = first.p99
    }
    #expect(model.level(of: model.capacityPerReplica * 5, replicas: 4).latencies[.firstToken]?.p99 == .infinity)
  }

  @Test("an objective on tokens sizes the fleet: a tighter one needs more replicas")
  func objectives() throws {
    let model = try model()
    func replicas(_ bound: LatencyBound) -> Int {
      ServiceCapacity(model, meeting: Objective(latency: [bound])).replicas(for: .perSecond(500))
    }
    let plain = ServiceCapacity(model, meeting: Objective()).replicas(for: .perSecond(500))
    let loose = replicas(LatencyBound(.perToken, quantile: 0.99, limit: .milliseconds(60)))
    let tight = replicas(LatencyBound(.perToken, quantile: 0.99, limit: .milliseconds(15)))
    #expect(plain <= loose && loose < tight)
  }

  @Test("faults are told at their keys")
  func faults() throws {
    func told(_ yaml: String) throws -> [String] {
      var reader = ServiceModelReader()
      let node = try #require(YAML.parse("service:\n" + yaml)["service"])
      #expect(ServiceModelList.read(node, "service", &reader) == nil)
      return reader.values.diagnostics.all.map(\.description)
    }
    let base = "  input tokens: 1000\n  output tokens: 200\n"
    #expect(try told(base + "  llm: Lama-3.1-8B\n  gpu: H100\n").contains { $0.contains("Llama-3.1-8B") })
    #expect(try told(base + "  llm: Llama-3.1-8B\n").contains { $0.contains("gpu: H100") })
    #expect(
      try told(base + "  llm: Llama-3.1-405B\n  gpu: H100\n").contains { $0.contains("cards a replica hold it") })
    #expect(
      try told("  llm: Llama-3.1-8B\n  gpu: H100\n  input tokens: 200000\n  output tokens: 1\n")
        .contains { $0.contains("context") })
    #expect(try told(base + "  llm: Llama-3.1-8B\n  gpu: H100\n  engine: vlm\n").contains { $0.contains("'vllm'") })
  }
}
