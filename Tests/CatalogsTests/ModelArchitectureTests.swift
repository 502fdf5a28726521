import Documents
import Quantities
import Testing

@testable import Catalogs

@Suite struct ModelArchitectureTests {
  private func model(_ name: String) throws -> ModelArchitecture {
    try #require(Catalog.builtIn.model(meantBy: name), "\(name)")
  }

  @Test("every model of the catalog has the parameters that its makers state, by formula")
  func parameters() throws {
    for model in Catalog.builtIn.models {
      let published = try #require(model.publishedParameters, "\(model.name)")
      #expect(abs(model.parameters / published - 1) < 0.012, "\(model.name): \(model.parameters) for \(published)")
      guard let active = model.publishedActiveParameters else { continue }
      // Makers count the input's embedding or leave it out.
      let without = model.activeParameters - model.embeddingParameters
      let nearest = min(abs(model.activeParameters / active - 1), abs(without / active - 1))
      #expect(nearest < 0.08, "\(model.name): \(model.activeParameters) for \(active)")
    }
  }

  @Test("the parameters of Llama 3.1 8B are counted to the last one")
  func exact() throws {
    // 8,030,261,248: the sum over the tensors of the published safetensors index.
    #expect(try model("Llama-3.1-8B").parameters == 8_030_261_248)
  }

  @Test("DeepSeek-V3 activates 37 of 671 billion parameters")
  func experts() throws {
    let v3 = try model("DeepSeek-V3")
    #expect(abs(v3.parameters / 671.0e9 - 1) < 0.002)
    #expect(abs(v3.activeParameters / 37.5e9 - 1) < 0.01)
    #expect(v3.expertLayers == 58)
    // One token visits 8 of 256; very many visit all of them.
    #expect(abs(v3.visitedShare(tokens: 1) - 8.0 / 256) < 1e-12)
    #expect(abs(v3.visitedShare(tokens: 32) - 0.6379447) < 1e-6)
    #expect(v3.visitedShare(tokens: 1e6) > 0.999_999)
  }

  @Test("a token's cache follows the layers' kinds")
  func cache() throws {
    // 2 x 32 layers x 8 heads x 128 x 2 bytes.
    #expect(try model("Llama-3.1-8B").cacheBytesPerToken(.bf16) == Bytes(rawValue: 131_072))
    // 61 layers x (512 + 64) x 2 bytes: one latent vector, whatever the heads.
    #expect(try model("DeepSeek-R1").cacheBytesPerToken(.bf16) == Bytes(rawValue: 70_272))
    // Half of gpt-oss' layers keep 128 tokens at most.
    let oss = try model("gpt-oss-120b")
    let perLayer = 2.0 * 8 * 64 * 2
    #expect(oss.cacheBytes(tokens: 1000, precision: .bf16).rawValue == perLayer * (18 * 1000 + 18 * 128))
    #expect(oss.cacheBytes(tokens: 100, precision: .bf16).rawValue == perLayer * 36 * 100)
    // A quarter of Qwen3-Next's layers grow; the others hold 32 matrices of 128 x 128 in 32 bits.
    let next = try model("Qwen3-Next-80B-A3B")
    #expect(next.cacheBytesPerToken(.bf16).rawValue == 12 * 2 * 2 * 256 * 2)
    #expect(next.cacheBytes(tokens: 0, precision: .bf16).rawValue == 36 * 32 * 128 * 128 * 4)
    #expect(next.growingLayers == 12)
  }

  @Test("KV heads are repeated where there are fewer than cards, latent vectors on every card")
  func copies() throws {
    #expect(try model("Llama-3.1-70B").cacheCopies(tensorParallel: 8) == 1)
    #expect(try model("Qwen2.5-7B").cacheCopies(tensorParallel: 8) == 2)
    #expect(try model("DeepSeek-R1").cacheCopies(tensorParallel: 8) == 8)
  }

  @Test(
    "a model is found by the names that people write",
    arguments: [
      ("llama3_1-8b", "Llama-3.1-8B"), ("llama2-70b-99", "Llama-2-70B"), ("llama2-70b-99.9", "Llama-2-70B"),
      ("meta-llama/Llama-2-70b-hf", "Llama-2-70B"), ("mistralai/Mixtral-8x7B-Instruct-v0.1", "Mixtral-8x7B"),
      ("Qwen3-235B-A22B-FP8", "Qwen3-235B-A22B"), ("deepseek-r1", "DeepSeek-V3"), ("DeepSeekV3", "DeepSeek-V3"),
      ("Qwen/Qwen2.5-72B-Instruct", "Qwen2.5-72B"), ("GPT OSS 120B", "gpt-oss-120b"), ("gpt3-175b", "GPT-3-175B"),
      ("LLAMA3.1_405B", "Llama-3.1-405B"), ("MiniMax-M2.5", "MiniMax-M2"), ("mpt-1b", "MPT-1B"),
      ("mistralai/Mistral-Small-3.1-24B-Instruct-2503", "Mistral-Small-3.1-24B"),
      ("ibm-granite/granite-3.1-8b-instruct", "granite-3.1-8b"), ("mixtral-8x7b", "Mixtral-8x7B"),
    ])
  func aliases(_ written: String, _ meant: String) throws { #expect(try model(written).name == meant) }

  @Test("an unknown model is an error that names the nearest one, or says how to add one")
  func unknown() {
    let near = #expect(throws: Diagnostic.self) { try Catalog.builtIn.model(named: "Lama-3.1-8B") }
    #expect(near?.description.contains("did you mean 'Llama-3.1-8B'?") == true)
    let far = #expect(throws: Diagnostic.self) { try Catalog.builtIn.model(named: "my-own-thing-of-1999") }
    #expect(far?.help?.contains("config.json") == true)
    #expect(Catalog.builtIn.model(meantBy: "") == nil && Catalog.builtIn.model(meantBy: "-/-") == nil)
  }

  @Test("quantised weights leave embeddings, and in gpt-oss attention, at 16 bits")
  func weights() throws {
    let llama = try model("Llama-3.1-8B")
    #expect(llama.weightBytes(.bf16).rawValue == 2 * llama.parameters)
    let embeddings = 2 * 128_256.0 * 4096
    #expect(abs(llama.weightBytes(.fp8).rawValue - (llama.parameters + embeddings)) < 10_000)
    // The published MXFP4 checkpoint of gpt-oss-120b is 60.8 GiB.
    #expect(abs(try model("gpt-oss-120b").weightBytes(.fp4).gibibytes / 60.8 - 1) < 0.06)
  }

  @Test(
    "a precision is read from the words of engines and hubs",
    arguments: [
      ("fp8_e4m3", Precision.fp8), ("float16", .bf16), ("bfloat16", .bf16), ("NVFP4", .fp4), ("mxfp4", .fp4),
      ("w4a16", .int4), ("awq", .int4), ("int8", .int8), ("fp8,fp16,int8", .fp8), ("float32", .fp32),
    ])
  func precision(_ word: String, _ meant: Precision) { #expect(Precision(word: word) == meant) }

  @Test("a name says how its weights are packed")
  func packed() {
    #expect(Catalog.precision(saidBy: "Qwen3-32B-NVFP4") == .fp4)
    #expect(Catalog.precision(saidBy: "Qwen3-235B-A22B-FP8") == .fp8)
    #expect(Catalog.precision(saidBy: "Llama-3.1-8B-Instruct") == nil)
    #expect(Precision(word: "thing") == nil)
  }
}

@Suite struct HuggingFaceTests {
  private func read(_ json: String) throws -> ModelArchitecture {
    try ModelArchitecture(huggingFace: JSON.parse(Array(json.utf8), file: "config.json"), name: "own")
  }

  @Test("a dense model's config.json gives the catalog's figures")
  func dense() throws {
    // The keys of meta-llama/Llama-3.1-8B.
    let own = try read(
      """
      {"architectures": ["LlamaForCausalLM"], "hidden_size": 4096, "intermediate_size": 14336, "model_type": "llama",
       "max_position_embeddings": 131072, "num_attention_heads": 32, "num_hidden_layers": 32,
       "num_key_value_heads": 8, "vocab_size": 128256, "tie_word_embeddings": false, "torch_dtype": "bfloat16"}
      """)
    let known = try #require(Catalog.builtIn.model(meantBy: "Llama-3.1-8B"))
    #expect(own.parameters == known.parameters)
    #expect(own.cacheBytesPerToken(.bf16) == known.cacheBytesPerToken(.bf16))
    #expect(own.context == 131072 && own.nativePrecision == .bf16)
  }

  @Test("latent attention and experts are read as DeepSeek writes them")
  func deepSeek() throws {
    let own = try read(
      """
      {"model_type": "deepseek_v3", "hidden_size": 7168, "intermediate_size": 18432, "moe_intermediate_size": 2048,
       "num_hidden_layers": 61, "num_attention_heads": 128, "num_key_value_heads": 128, "vocab_size": 129280,
       "n_routed_experts": 256, "num_experts_per_tok": 8, "n_shared_experts": 1, "first_k_dense_replace": 3,
       "kv_lora_rank": 512, "q_lora_rank": 1536, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128, "v_head_dim": 128,
       "max_position_embeddings": 163840, "quantization_config": {"quant_method": "fp8"}}
      """)
    let known = try #require(Catalog.builtIn.model(meantBy: "DeepSeek-V3"))
    #expect(own.parameters == known.parameters && own.nativePrecision == .fp8)
    #expect(own.cacheBytesPerToken(.fp8) == known.cacheBytesPerToken(.fp8))
  }

  @Test("kinds of layers are read from layer_types, and from a model that also sees one level down")
  func kinds() throws {
    let oss = try read(
      """
      {"model_type": "gpt_oss", "hidden_size": 2880, "intermediate_size": 2880, "num_hidden_layers": 4,
       "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 201088,
       "num_local_experts": 32, "num_experts_per_tok": 4, "sliding_window": 128,
       "layer_types": ["sliding_attention", "full_attention", "sliding_attention", "full_attention"]}
      """)
    #expect(oss.layers(of: .sliding) == 2 && oss.growingLayers == 2 && oss.window == 128)
    let gemma = try read(
      """
      {"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "hidden_size": 5376,
       "intermediate_size": 21504, "num_hidden_layers": 62, "num_attention_heads": 32, "num_key_value_heads": 16,
       "head_dim": 128, "vocab_size": 262208, "sliding_window": 1024, "sliding_window_pattern": 6}}
      """)
    #expect(gemma.layers(of: .full) == 10)
  }

  @Test("a file that is no model's says everything that it lacks")
  func wrong() throws {
    let found = diagnostics { () throws(Diagnostics) in
      try ModelArchitecture(
        huggingFace: try JSON.parse(Array("{\"hidden_size\": 0, \"vocab_size\": \"many\"}".utf8), file: "c.json"),
        name: "own")
    }
    #expect(found.count == 5)
    #expect(found.allSatisfy { $0.contains("c.json") })
  }
}

@Suite struct AcceleratorNameTests {
  @Test(
    "an accelerator is found in vendors' and benchmarks' system names",
    arguments: [
      ("8xMI325X_2xEPYC_9575F", "MI325X", 8), ("ESC_N8_H200-SXM-141GBx8_TRT", "H200", 8),
      ("C885A_M8_H200_SXM_141GBx16_TRT", "H200", 16), ("87xMI355X_22xEPYC_9575F", "MI355X", 87),
      ("GB200-NVL72_GB200-186GB_aarch64x72_TRT", "GB200", 72), ("SR780a_V3_B200SXMx8_TRT", "B200", 8),
      ("8XMI350x_RHEL9", "MI350X", 8), ("ESC_A8A_MI325X_256GBx8", "MI325X", 8),
    ])
  func systems(_ written: String, _ name: String, _ count: Int) throws {
    let found = try #require(Catalog.builtIn.accelerator(meantBy: written))
    #expect(found.accelerator.name == name && found.count == count, "\(found.count ?? 0)")
  }

  @Test(
    "an accelerator is found by its names",
    arguments: [
      ("H100-SXM", "H100"), ("NVIDIA H200-NVL-141GB", "H200-NVL"), ("h200", "H200"), ("A100-SXM", "A100-80GB"),
      ("AMD Instinct MI355X 288GB HBM3e", "MI355X"), ("NVIDIA B300-SXM-270GB", "B300"), ("gb300", "GB300"),
      ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX-PRO-6000"), ("RTXPRO6000", "RTX-PRO-6000"),
      ("Intel(R) Arc Pro(R) B70", "Arc-Pro-B70"), ("MS-Intel Arc Pro B60 Dual 48G Turbo", "Arc-Pro-B60-Dual"),
      ("NVIDIA GeForce RTX 4090", "RTX-4090"), ("NVIDIA L4-PCIe-24GB", "L4"), ("GH200", "GH200"),
      ("NVIDIA GH200 Grace Hopper Superchip 144GB", "GH200-144GB"), ("Virtualized NVIDIA H200-SXM-141GB", "H200"),
      ("NVIDIA RTX PRO 4500 Blackwell", "RTX-PRO-4500"), ("A100", "A100-80GB"), ("TPU v5 lite", "TPU-v5e"),
    ])
  func names(_ written: String, _ name: String) {
    #expect(Catalog.builtIn.accelerator(meantBy: written)?.accelerator.name == name)
  }

  @Test(
    "a size beyond any model's is told, each with its key, and nothing is computed over it",
    arguments: [
      ("num_hidden_layers", "4294967296"), ("num_attention_heads", "1e9"), ("hidden_size", "1e11"),
      ("vocab_size", "-5"), ("max_position_embeddings", "1e12"), ("head_dim", "99999999"), ("n_routed_experts", "1e7"),
    ])
  func implausible(key: String, written: String) throws {
    var sizes = [
      "num_hidden_layers": "2", "hidden_size": "64", "num_attention_heads": "4", "intermediate_size": "128",
      "vocab_size": "100",
    ]
    sizes[key] = written
    let text = "{" + sizes.sorted { $0.key < $1.key }.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ") + "}"
    let error = #expect(throws: Diagnostics.self) {
      try ModelArchitecture(huggingFace: try JSON.parse(Array(text.utf8)), name: "m")
    }
    #expect(error?.all.count == 1 && error?.all.first?.message == "'\(key)' is out of range: \(written)")
  }

  @Test("layers with experts are counted as their rule counts them")
  func expertLayers() {
    for (layers, first, every) in [(61, 3, 1), (48, 0, 2), (47, 1, 2), (5, 9, 1), (7, 2, 3), (1, 0, 1), (36, 0, 1)] {
      let model = ModelArchitecture(
        name: "m", layers: layers, hidden: 64, heads: 4, ffn: 128, vocabulary: 100, context: 1000,
        experts: .init(count: 8, active: 2, ffn: 32, denseFirst: first, every: every), source: "test")
      // Layer i, from 0, has experts where it is not below `first` and i + 1 is a multiple of `every`.
      #expect(model.expertLayers == (0..<layers).count { $0 >= first && ($0 + 1) % every == 0 })
    }
  }

  @Test("a name of none is none, and the error names the nearest")
  func unknown() {
    #expect(Catalog.builtIn.accelerator(meantBy: "abacus") == nil && Catalog.builtIn.accelerator(meantBy: "") == nil)
    let near = #expect(throws: Diagnostic.self) { try Catalog.builtIn.accelerator(meantBy: "H10O", at: nil) }
    #expect(near?.description.contains("did you mean") == true)
  }

  @Test("a chip computes at the next wider precision where it lacks one")
  func rates() throws {
    let a100 = try #require(Catalog.builtIn.accelerator("A100-80GB"))
    #expect(a100.denseRate(at: .fp8) == .teraPerSecond(312) && a100.denseRate(at: .int8) == .teraPerSecond(624))
    let h100 = try #require(Catalog.builtIn.accelerator("H100"))
    #expect(h100.denseRate(at: .fp4) == .teraPerSecond(1979) && h100.denseRate(at: .int4) == .teraPerSecond(989))
    #expect(h100.designPower == .watts(700) && h100.usableMemory == .gibibytes(79.2))
    #expect(try Power.parse("8.5kW") == .watts(8500))
  }

  @Test("every accelerator of the catalog offers a process at most what is built in")
  func memory() {
    for chip in Catalog.builtIn.accelerators {
      // A vendor's gigabyte is up to 2^30 bytes, and 180 GB of a B200's 192 are what is sold.
      #expect(chip.usableMemory.gigabytes < chip.memory.gigabytes * 1.08, "\(chip.name)")
      #expect(chip.denseRate(at: .fp8) >= chip.denseRate && chip.linkDomain >= 1, "\(chip.name)")
    }
  }
}
