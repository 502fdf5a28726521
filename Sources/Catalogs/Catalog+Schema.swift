import Documents

extension Catalog {
  /// What a catalog file holds; the built-in one and users' own are alike.
  public static let schema = Schema.object(
    ObjectSchema(
      title: "catalog", summary: "Machines with their prices, accelerators, and the shapes of language models.",
      fields: [
        Field("schema", "Which format this is.", .choice(["headroom/catalog/1"]), required: true),
        Field(
          "currency", "In which the file's prices are.", UnitSchema.currency, example: "EUR", default: "USD"),
        Field("accelerators", "Accelerator chips.", .list(acceleratorSchema)),
        Field("models", "Language models.", .list(modelSchema)),
        Field("machines", "Machine types.", .list(machineSchema)),
      ]))

  static let acceleratorSchema = Schema.object(
    ObjectSchema(
      title: "accelerator",
      fields: [
        Field("name", "Its name.", .string, required: true, example: "A100-80GB"),
        Field("vendor", "Who makes it.", .string, required: true, example: "NVIDIA"),
        Field("memory_gb", "Memory of one, in GB (10^9 bytes).", positive, required: true, example: "80"),
        Field(
          "bf16_dense_tflops", "Peak dense bf16 rate in TFLOP/s (fp16 where there is no bf16).", positive,
          required: true, example: "312"),
        Field("memory_gb_per_s", "Peak memory bandwidth in GB/s.", positive, required: true, example: "2039"),
        Field("aliases", "Other names of it.", .list(.string), example: "[A100 SXM 80GB]"),
        Field("usable_gib", "Memory that the driver offers a process, in GiB (2^30 bytes).", positive, example: "79.2"),
        Field("fp8_dense_tflops", "Peak dense fp8 rate in TFLOP/s, where it computes so.", positive, example: "1979"),
        Field("fp4_dense_tflops", "Peak dense fp4 rate in TFLOP/s, where it computes so.", positive, example: "9000"),
        Field("int8_dense_tops", "Peak dense int8 rate in TOP/s, where it computes so.", positive, example: "624"),
        Field(
          "link_gb_per_s", "What one card sends to others of its machine, in one direction, in GB/s.", positive,
          example: "300"),
        Field(
          "network_gb_per_s", "What one card sends to other machines, in one direction, in GB/s.", positive,
          example: "25"),
        Field("per_node", "Cards of a machine.", size, default: "8"),
        Field("link_domain", "Cards that such links join.", size, example: "72"),
        Field("tdp_watts", "Thermal design power of one card in watts.", positive, example: "400"),
      ] + provenance))

  static let machineSchema = Schema.object(
    ObjectSchema(
      title: "machine", summary: "A new machine, or prices of a known one.",
      fields: [
        Field("name", "Its name, as its cloud writes it.", .string, required: true, example: "g5.xlarge"),
        Field("cloud", "Whose it is.", .string, example: "aws"),
        Field("vcpus", "Virtual processors.", .bounded(.integer, minimum: 1, maximum: 100_000), example: "4"),
        Field("memory_gib", "Memory in GiB (2^30 bytes).", positive, example: "16"),
        Field("accelerator", "The kind of accelerator in it, by name.", .string, example: "A10G"),
        Field(
          "accelerators", "How many accelerators.", .bounded(.integer, minimum: 1, maximum: 100_000), default: "1"),
        Field("network_gbits", "Network bandwidth in Gbit/s.", positive, example: "10"),
        Field("prices", "What an hour costs.", .list(priceSchema)),
      ]))

  static let priceSchema = Schema.object(
    ObjectSchema(
      title: "price",
      fields: [
        Field("lifecycle", "How the machine is held.", .choice(Lifecycle.allCases.map { $0.rawValue }), required: true),
        Field(
          "hourly", "The price of an hour, in the file's currency.", UnitSchema.price, required: true),
        Field("region", "The region it is of, or any.", .string, required: true, example: "us-east-1"),
      ] + provenance))

  private static let size = Schema.bounded(.integer, minimum: 1, maximum: 1_000_000_000)
  private static let positive = Schema.bounded(.number, minimum: 0, maximum: 1e9)
  private static let provenance = [
    Field("source", "Where the numbers come from.", .string, required: true),
    Field("date", "When they were true.", .string, required: true, example: "2025-06"),
    Field("estimated", "Whether they are a guess.", .boolean, default: "false"),
  ]
}
