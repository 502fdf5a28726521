import Catalogs
import Documents
import Quantities
import Training

extension TrainingSlice {
  static let run = ObjectSchema(
    title: "training run",
    summary: "A model that learns on the fleet's accelerators, priced and scheduled with the service.",
    fields: [
      Field("name", "what it is called", .string, example: "assistant"),
      Field("model", "a model of the catalog", .string, example: "Llama-3.1-8B"),
      Field("parameters", "a typical model of so many parameters, in place of a name", amount, example: "7B"),
      Field("tokens", "tokens to learn from, all passes together", amount, required: true, example: "1T"),
      Field("accelerator", "what it runs on", .string, example: "H100", default: "H100"),
      Field(
        "machine", "the machine type; without it the catalog's first with the accelerator", .string,
        example: "p5.48xlarge"),
      Field("region", "the region whose price holds", .string, example: "us-east-1"),
      Field("price", "an hour of one accelerator, in place of the catalog's", UnitSchema.price, example: "$2.50/h"),
      Field("within", "how long it may take; without any target 30d", UnitSchema.span, example: "14d"),
      Field("accelerators", "how many it gets, in place of a time", .integer, example: "1024"),
      Field("budget", "what it may cost, in place of a time", UnitSchema.money, example: "$2M"),
      Field("sequence", "tokens of a sequence", .integer, example: "8192", default: "8192"),
      Field("batch", "sequences of a step; without it by the model's size", .integer, example: "512"),
      Field(
        "precision", "what products are computed in", .choice(TrainingPrecision.allCases.map { $0.rawValue }),
        default: "bf16"),
      Field("lora", "the rank of low-rank adapters, where only they learn", .integer, example: "16"),
      Field("from", "the day from which it may run", .date, example: "2026-12-01"),
      Field("due", "the day by which it must be done", .date, example: "2027-01-15"),
      Field("priority", "higher goes first among training runs", .integer, default: "0"),
      Field("preemptible", "whether it can stop for others and go on later", .boolean, default: "false"),
      Field("faults", "faults of a machine in 1,000 days", .number, example: "4.2", default: "4.2"),
      Field("spot", "what spot capacity would make of it", .object(spot)),
    ])

  private static let amount = Schema.quantity("amount", examples: ["1T", "300B"])
  private static let spot = ObjectSchema(
    title: "spot", summary: "Spot machines that come and go.",
    fields: [
      Field("up", "how long they stay, on average", UnitSchema.span, required: true, example: "4h"),
      Field("down", "how long they stay away", UnitSchema.span, required: true, example: "2h"),
      Field(
        "deadline", "how long the run may take; without it 1.25 times its computing", UnitSchema.span, example: "60h"),
      Field("checkpoint", "computing between two checkpoints", UnitSchema.span, example: "15m", default: "15m"),
      Field("changeover", "from new machines to computing", UnitSchema.span, example: "12m", default: "12m"),
    ])

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> [TrainingRunSpec] {
    (plan["training"]?.elements ?? []).enumerated().map { i, node in
      let path = "training[\(i)]"
      reader.remember(node, path)
      var spec = TrainingRunSpec()
      spec.name = reader.string(node["name"], path + ".name") ?? "training \(i + 1)"
      spec.model = reader.string(node["model"], path + ".model")
      spec.parameters = amount(node["parameters"], path + ".parameters", "parameters", &reader)
      spec.tokens = amount(node["tokens"], path + ".tokens", "tokens", &reader)
      spec.accelerator = reader.string(node["accelerator"], path + ".accelerator")
      spec.machine = reader.string(node["machine"], path + ".machine")
      spec.region = reader.string(node["region"], path + ".region")
      spec.price = reader.price(node["price"], path + ".price")
      spec.within = reader.positiveSpan(node["within"], path + ".within")
      spec.accelerators = reader.count(node["accelerators"], path + ".accelerators", 1...10_000_000)
      spec.budget = reader.positive(node["budget"], path + ".budget", zero: Money.zero)
      spec.sequence = reader.count(node["sequence"], path + ".sequence", 1...100_000_000).map(Double.init)
      spec.batch = reader.count(node["batch"], path + ".batch", 1...1_000_000_000).map(Double.init)
      spec.precision = node["precision"]?.text.flatMap { TrainingPrecision(word: $0) }
      spec.loraRank = reader.count(node["lora"], path + ".lora", 1...65_536)
      spec.from = node["from"]?.text.flatMap { Timestamp(iso8601: $0)?.utc.date }
      spec.deadline = node["due"]?.text.flatMap { Timestamp(iso8601: $0)?.utc.date }
      spec.priority = reader.count(node["priority"], path + ".priority", -1000...1000) ?? 0
      spec.isPreemptible = reader.flag(node["preemptible"], path + ".preemptible") ?? false
      spec.faults = reader.number(node["faults"], path + ".faults", above: 0)
      if let node = node["spot"], let up = reader.positiveSpan(node["up"], path + ".spot.up"),
        let down = reader.positiveSpan(node["down"], path + ".spot.down")
      {
        spec.spot = SpotJobSpec(
          meanUp: up, meanDown: down, deadline: reader.positiveSpan(node["deadline"], path + ".spot.deadline"),
          checkpointEvery: reader.positiveSpan(node["checkpoint"], path + ".spot.checkpoint") ?? .minutes(15),
          changeover: reader.quantity(node["changeover"], path + ".spot.changeover") ?? .minutes(12))
      }
      let targets = [node["within"], node["accelerators"], node["budget"]].count { $0 != nil }
      if targets > 1 {
        reader.fail(
          "'\(spec.name)' has \(targets) targets", node, path, help: "keep one of within, accelerators and budget")
      }
      if spec.model == nil, spec.parameters == nil {
        reader.fail("'\(spec.name)' names no model", node, path, help: "write model: Llama-3.1-8B, or parameters: 7B")
      }
      return spec
    }
  }

  private static func amount(_ node: Node?, _ path: String, _ what: String, _ reader: inout NodeReader) -> Double? {
    guard let text = reader.text(node, path) else { return nil }
    do throws(TrainingError) {
      return try TokenCount.parse(text, of: what)
    } catch {
      reader.fail(error.problem, node, path, help: error.remedy)
      return nil
    }
  }
}
