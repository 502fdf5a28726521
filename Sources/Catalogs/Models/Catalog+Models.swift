import Documents
import Quantities

extension Catalog {
  static let modelSchema = Schema.object(
    ObjectSchema(
      title: "model", summary: "A language model's shape, in the words of its config.json.",
      fields: [
        Field("name", "Its name.", .string, required: true, example: "Llama-3.1-8B"),
        Field("layers", "Decoder layers.", size, required: true, example: "32"),
        Field("hidden", "Width.", size, required: true, example: "4096"),
        Field("heads", "Query heads.", size, required: true, example: "32"),
        Field("kv_heads", "Key and value heads; those of the queries where it is left out.", size, example: "8"),
        Field("head_size", "Size of a head; width over heads where it is left out.", size, example: "128"),
        Field("ffn", "Width of the dense feed-forward block.", size, required: true, example: "14336"),
        Field("gated", "Whether that block has a gate.", .boolean, default: "true"),
        Field("vocabulary", "Tokens known.", size, required: true, example: "128256"),
        Field("tied", "Whether input and output embeddings are one.", .boolean, default: "false"),
        Field("learned_positions", "Whether positions are learned vectors.", .boolean, default: "false"),
        Field("context", "The longest prompt and answer together.", size, required: true, example: "131072"),
        Field("experts", "Its mixture of experts.", .object(expertsSchema)),
        Field("mla", "Its multi-head latent attention.", .object(latentSchema)),
        Field("linear", "Heads of layers with linear attention.", .object(linearSchema)),
        Field(
          "attention", "Kinds of its layers from the bottom, repeated.",
          .list(.choice(ModelArchitecture.Attention.allCases.map { $0.rawValue })), default: "[full]"),
        Field("window", "How far sliding and sparse layers look, in tokens.", size, example: "4096"),
        Field("extra_parameters", "Parameters outside of the decoder.", amount, example: "440000000"),
        Field(
          "native_precision", "What the weights are published in.", .choice(Precision.allCases.map { $0.rawValue }),
          default: "bf16"),
        Field("parameters", "Parameters as its makers state them.", amount, example: "8030000000"),
        Field("active_parameters", "Parameters of one token, as its makers state them.", amount),
        Field("aliases", "Other names of it.", .list(.string)),
        Field("source", "Where the figures come from.", .string, required: true),
        Field("estimated", "Whether they are a guess.", .boolean, default: "false"),
      ]))

  private static let size = Schema.bounded(.integer, minimum: 1, maximum: 100_000_000)
  private static let amount = Schema.bounded(.number, minimum: 0, maximum: 1e14)
  private static let expertsSchema = ObjectSchema(
    title: "experts",
    fields: [
      Field("count", "Routed experts of a layer.", size, required: true),
      Field("active", "Experts that a token visits.", size, required: true),
      Field("ffn", "Width of one.", size, required: true),
      Field("shared", "Experts that every token visits.", size),
      Field("shared_ffn", "Width of a shared one.", size),
      Field("dense_first", "Layers at the bottom without experts.", size),
      Field("every", "Every how many layers there are experts.", size, default: "1"),
    ])
  private static let latentSchema = ObjectSchema(
    title: "mla",
    fields: [
      Field("kv_rank", "Size of the compressed keys and values.", size, required: true),
      Field(
        "query_rank", "Size of the compressed queries, 0 where they are not.",
        .bounded(.integer, minimum: 0, maximum: 1_000_000), default: "0"),
      Field("rope_size", "Rotary part of a head.", size, required: true),
      Field("nope_size", "Other part of a head.", size, required: true),
      Field("value_size", "Size of a value head.", size, required: true),
    ])
  private static let linearSchema = ObjectSchema(
    title: "linear",
    fields: [
      Field("key_heads", "Heads of queries and keys.", size, required: true),
      Field("value_heads", "Heads of values.", size, required: true),
      Field("key_size", "Size of a key.", size, required: true),
      Field("value_size", "Size of a value.", size, required: true),
    ])

  /// A model of a catalog file's row, which the schema has made sure of.
  static func model(from node: Node, _ reader: inout NodeReader) -> ModelArchitecture? {
    func count(_ key: String) -> Int? { node[key]?.integer }
    let heads = count("heads") ?? 1
    let hidden = count("hidden") ?? 1
    if count("head_size") == nil, hidden < heads {
      reader.fail("a head of this model has no size", node, "models", help: "write head_size")
      return nil
    }
    let experts = node["experts"].map { e in
      ModelArchitecture.Experts(
        count: e["count"]?.integer ?? 1, active: e["active"]?.integer ?? 1, ffn: e["ffn"]?.integer ?? 1,
        shared: e["shared"]?.integer ?? 0, sharedFFN: e["shared_ffn"]?.integer,
        denseFirst: e["dense_first"]?.integer ?? 0, every: e["every"]?.integer ?? 1)
    }
    if let experts, experts.active > experts.count {
      reader.fail(
        "a token visits \(experts.active) of \(experts.count) experts", node["experts"], "models.experts",
        help: "write active at most count")
      return nil
    }
    let latent = node["mla"].map { m in
      ModelArchitecture.Latent(
        kvRank: m["kv_rank"]?.integer ?? 1, queryRank: m["query_rank"]?.integer ?? 0,
        ropeSize: m["rope_size"]?.integer ?? 1, nopeSize: m["nope_size"]?.integer ?? 1,
        valueSize: m["value_size"]?.integer ?? 1)
    }
    let linear = node["linear"].map { l in
      ModelArchitecture.LinearHeads(
        keyHeads: l["key_heads"]?.integer ?? 1, valueHeads: l["value_heads"]?.integer ?? 1,
        keySize: l["key_size"]?.integer ?? 1, valueSize: l["value_size"]?.integer ?? 1)
    }
    let kinds = (node["attention"]?.elements ?? []).compactMap {
      ModelArchitecture.Attention(rawValue: $0.text ?? "")
    }
    return ModelArchitecture(
      name: node["name"]?.text ?? "", aliases: (node["aliases"]?.elements ?? []).compactMap { $0.text },
      layers: count("layers") ?? 1, hidden: hidden, heads: heads, kvHeads: count("kv_heads"),
      headSize: count("head_size"), ffn: count("ffn") ?? 1, isGated: node["gated"]?.bool ?? true,
      vocabulary: count("vocabulary") ?? 1, isTied: node["tied"]?.bool ?? false,
      learnsPositions: node["learned_positions"]?.bool ?? false, context: count("context") ?? 1, experts: experts,
      latent: latent, linear: linear, attention: kinds.isEmpty ? [.full] : kinds, window: count("window") ?? 0,
      extraParameters: node["extra_parameters"]?.number ?? 0,
      nativePrecision: node["native_precision"]?.text.flatMap { Precision(rawValue: $0) } ?? .bf16,
      publishedParameters: node["parameters"]?.number, publishedActiveParameters: node["active_parameters"]?.number,
      source: node["source"]?.text ?? "", isEstimate: node["estimated"]?.bool ?? false)
  }
}
