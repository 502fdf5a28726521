import Documents
import Quantities

extension ModelArchitecture {
  /// Reads the `config.json` that Hugging Face publishes beside a model's weights.
  ///
  /// - Parameters:
  ///   - document: The file, read as JSON.
  ///   - name: What to call it where the file does not say.
  /// - Throws: `Diagnostics` with every key that is missing or wrong.
  public init(huggingFace document: Node, name: String) throws(Diagnostics) {
    var reader = NodeReader()
    // A model that also sees or hears keeps its decoder one level down.
    let node = document["text_config"] ?? document["language_config"] ?? document
    // No size of a model is near these bounds: what lies beyond is a slip, and loops and products over it have no end.
    func value(_ keys: [String], upTo limit: Int = 10_000_000) -> Int? {
      for key in keys {
        guard let written = node[key], let found = written.number else { continue }
        if found >= 0, found <= Double(limit) { return Int(found) }
        reader.fail(
          "'\(key)' is out of range: \(written.text ?? "")", written, key, help: "write a whole number up to \(limit)")
        return nil
      }
      return nil
    }
    func needed(_ keys: [String], upTo limit: Int = 10_000_000) -> Int {
      let before = reader.diagnostics.all.count
      if let found = value(keys, upTo: limit), found > 0 { return found }
      guard reader.diagnostics.all.count == before else { return 1 }
      let help = "is this the config.json of a language model? It is written as a whole number above zero"
      reader.fail("'\(keys[0])' is missing or not a size", node[keys[0]] ?? node, keys[0], help: help)
      return 1
    }
    let layers = needed(["num_hidden_layers", "n_layer", "num_layers", "n_layers"], upTo: 10_000)
    let hidden = needed(["hidden_size", "n_embd", "d_model"])
    let heads = needed(["num_attention_heads", "n_head", "n_heads"], upTo: 100_000)
    let vocabulary = needed(["vocab_size", "padded_vocab_size"], upTo: 100_000_000)
    let activation = (node["hidden_act"] ?? node["activation_function"])?.text ?? ""
    let kind = node["model_type"]?.text ?? ""
    let ungated = [
      "gpt2", "gptj", "gpt_neox", "opt", "bloom", "falcon", "mpt", "starcoder2", "gpt_bigcode", "nemotron",
    ]
    let gated = !ungated.contains(kind) && !activation.hasSuffix("relu2")
    let plainFFN = value(["intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size"]).flatMap { $0 > 0 ? $0 : nil }
    let expertCount = value(["n_routed_experts", "num_local_experts", "num_experts"], upTo: 1_000_000) ?? 0
    let expertFFN = value(["moe_intermediate_size"]).flatMap { $0 > 0 ? $0 : nil }
    if plainFFN == nil, expertFFN == nil, gated {
      reader.fail(
        "'intermediate_size' is missing", node, "intermediate_size",
        help: "is this the config.json of a language model? It is the width of its feed-forward block")
    }
    let ffn = plainFFN ?? expertFFN ?? 4 * hidden
    var experts: Experts?
    if expertCount > 1 {
      let shared = value(["n_shared_experts", "num_shared_experts"]) ?? 0
      let sharedWidth = value(["shared_expert_intermediate_size"]).flatMap { $0 > 0 ? $0 : nil }
      experts = Experts(
        count: expertCount, active: max(1, value(["num_experts_per_tok", "num_experts_per_token", "moe_topk"]) ?? 1),
        ffn: expertFFN ?? ffn, shared: shared > 0 ? shared : (sharedWidth == nil ? 0 : 1), sharedFFN: sharedWidth,
        denseFirst: value(["first_k_dense_replace"]) ?? 0,
        every: max(1, value(["decoder_sparse_step", "interleave_moe_layer_step"]) ?? 1))
    }
    var latent: Latent?
    if let rank = value(["kv_lora_rank"]), rank > 0 {
      latent = Latent(
        kvRank: rank, queryRank: value(["q_lora_rank"]) ?? 0, ropeSize: value(["qk_rope_head_dim"]) ?? 64,
        nopeSize: value(["qk_nope_head_dim"]) ?? 128, valueSize: value(["v_head_dim"]) ?? 128)
    }
    var linear: LinearHeads?
    if let valueHeads = value(["linear_num_value_heads"]), valueHeads > 0 {
      linear = LinearHeads(
        keyHeads: value(["linear_num_key_heads"]) ?? valueHeads, valueHeads: valueHeads,
        keySize: value(["linear_key_head_dim"]) ?? 128, valueSize: value(["linear_value_head_dim"]) ?? 128)
    }
    let window = value(["sliding_window", "attention_chunk_size", "index_topk"], upTo: 1_000_000_000) ?? 0
    let attention = Self.kinds(in: node, window: window, layers: layers)
    if linear == nil, attention.contains(.linear) {
      linear = LinearHeads(keyHeads: heads, valueHeads: heads, keySize: hidden / heads, valueSize: hidden / heads)
    }
    let kvHeads = value(["num_key_value_heads", "num_kv_heads", "n_head_kv"], upTo: 100_000)
    let headSize = value(["head_dim"], upTo: 1_000_000)
    let context = value(
      ["max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "n_ctx"], upTo: 1_000_000_000)
    try reader.diagnostics.throwIfErrors()
    let quantised = (node["quantization_config"] ?? document["quantization_config"])
    let word = quantised?["quant_method"]?.text ?? quantised?["quant_algo"]?.text
    let torch = (node["torch_dtype"] ?? node["dtype"] ?? document["torch_dtype"] ?? document["dtype"])?.text
    self.init(
      name: document["_name_or_path"]?.string.flatMap { $0.isEmpty || $0.hasPrefix("/") ? nil : $0 } ?? name,
      layers: layers, hidden: hidden, heads: heads,
      kvHeads: kvHeads
        ?? (node["multi_query"]?.bool == true ? 1 : heads),
      headSize: headSize.flatMap { $0 > 0 ? $0 : nil } ?? max(1, hidden / heads), ffn: ffn, isGated: gated,
      vocabulary: vocabulary,
      isTied: (node["tie_word_embeddings"] ?? document["tie_word_embeddings"])?.bool ?? (kind == "gpt2"),
      learnsPositions: kind == "gpt2" || kind == "opt",
      context: max(1, context ?? 2048),
      experts: experts, latent: latent, linear: linear, attention: attention, window: window,
      nativePrecision: word.flatMap { Precision(word: $0) } ?? torch.flatMap { Precision(word: $0) } ?? .bf16,
      source: "config.json")
  }

  /// The kinds of the layers: `layer_types` where it is written, else what older files say.
  private static func kinds(in node: Node, window: Int, layers: Int) -> [Attention] {
    if let types = node["layer_types"]?.elements, !types.isEmpty {
      return types.map { type in
        let word = type.text ?? ""
        if word.contains("linear") || word.contains("mamba") { return .linear }
        return word.contains("sliding") || word.contains("chunked") ? .sliding : .full
      }
    }
    if node["index_topk"] != nil { return [.sparse] }
    guard window > 0, node["use_sliding_window"]?.bool != false else { return [.full] }
    if let pattern = node["sliding_window_pattern"]?.integer, pattern > 1, pattern <= layers {
      return [Attention](repeating: .sliding, count: pattern - 1) + [.full]
    }
    return node["model_type"]?.text == "gemma2" ? [.sliding, .full] : [.sliding]
  }
}
