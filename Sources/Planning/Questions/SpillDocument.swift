import Catalogs
import Documents
import Placing
import Quantities

/// A document of models, where they run, and who asks for them (`"schema": "headroom-spill/1"`).
public struct SpillDocument: Sendable {
  public let name: String
  public let problem: SpillProblem
  public let warnings: Diagnostics

  public static let schemaName = "headroom-spill/1"

  /// - Throws: every diagnostic, each with its place and remedy.
  public init(_ root: Node) throws(Diagnostics) {
    var found = Self.schema.validate(root)
    try found.throwIfErrors()
    var reading = SpillReading(root)
    let problem = reading.problem()
    found.merge(reading.reader.diagnostics)
    try found.sorted().throwIfErrors()
    guard let problem else { throw found }
    self.problem = problem
    name = root["name"]?.text ?? "spill"
    warnings = Diagnostics(found.all.filter { $0.severity != .error })
  }

  private static let rate = Schema.bounded(.number, minimum: 0, maximum: 1e12)
  public static let schema = Schema.object(
    ObjectSchema(
      title: "spill", summary: "Models, where their hardware stands, and who asks for them.",
      fields: [
        Field("schema", "the document's kind", .choice([schemaName]), required: true),
        Field("name", "what it is called", .string),
        Field("regions", "the regions' names", .list(.string), required: true),
        Field("lost", "regions that are down", .list(.string)),
        Field(
          "queue_pressure", "the share of its rate from which a host takes no requests of other regions",
          .bounded(.number, minimum: 0, maximum: 1)),
        Field(
          "cache_pressure", "the same of its KV cache", .bounded(.number, minimum: 0, maximum: 1)),
        Field("latency_limit_ms", "the longest way, refusals included", rate),
        Field(
          "models", "what is asked for",
          .list(
            .object(
              ObjectSchema(
                title: "a model",
                fields: [
                  Field("id", "its name", .string, required: true),
                  Field("seconds", "how long a request is in the system, on average", rate),
                  Field("tokens", "tokens of KV cache that it holds meanwhile, on average", rate),
                ], allowsUnknownKeys: true))), required: true),
        Field(
          "hosts", "where its hardware stands",
          .list(
            .object(
              ObjectSchema(
                title: "a host",
                fields: [
                  Field("region", "where", .string, required: true),
                  Field("model", "which model", .string, required: true),
                  Field("rps", "requests a second that it serves at most", rate, required: true),
                  Field("kv_tokens", "tokens that its KV cache holds", rate),
                ], allowsUnknownKeys: true))), required: true),
        Field(
          "origins", "who asks",
          .list(
            .object(
              ObjectSchema(
                title: "an origin",
                fields: [
                  Field("id", "its name", .string, required: true),
                  Field("model", "what it asks for", .string, required: true),
                  Field(
                    "home", "the region that serves it first",
                    .any(of: [.string, .anything], description: "a region or null")),
                  Field("demand_rps", "requests a second in each hour", .list(rate), required: true),
                  Field(
                    "allowed", "residency; null for all",
                    .any(of: [.list(.string), .anything], description: "regions or null")),
                ], allowsUnknownKeys: true))), required: true),
        Field(
          "latency_ms", "round-trip times by origin and region; a pair that is not there is unreachable",
          .map(.map(.anything)), required: true),
      ], allowsUnknownKeys: true))
}

private struct SpillReading {
  let root: Node
  var reader = NodeReader()
  private var regions: [String] = []
  private var models: [String] = []

  init(_ root: Node) { self.root = root }

  mutating func problem() -> SpillProblem? {
    regions = (root["regions"]?.elements ?? []).compactMap(\.text)
    if regions.isEmpty { reader.fail("'regions' is empty", root["regions"], "regions", help: "name at least one") }
    if Set(regions).count < regions.count {
      reader.fail("a region stands there twice", root["regions"], "regions", help: "leave one of them out")
    }
    let kinds = (root["models"]?.elements ?? []).map {
      SpillProblem.Model(
        id: $0["id"]?.text ?? "", seconds: $0["seconds"]?.number ?? 0, tokens: $0["tokens"]?.number ?? 0)
    }
    models = kinds.map(\.id)
    let hosts = (root["hosts"]?.elements ?? []).enumerated().compactMap { i, node -> SpillProblem.Host? in
      guard let region = reader.index(of: node["region"], in: regions, "region", "hosts[\(i)].region"),
        let model = reader.index(of: node["model"], in: models, "model", "hosts[\(i)].model")
      else { return nil }
      return SpillProblem.Host(
        region: region, model: model, rate: node["rps"]?.number ?? 0, cache: node["kv_tokens"]?.number ?? .infinity)
    }
    let origins = readOrigins()
    let lost = (root["lost"]?.elements ?? []).enumerated().compactMap { i, node in
      reader.index(of: node, in: regions, "region", "lost[\(i)]")
    }
    for (m, model) in models.enumerated() where !hosts.contains(where: { $0.model == m }) {
      reader.warn(
        "'\(model)' runs nowhere: all of its requests are refused", root["hosts"], "hosts", help: "add a host for it")
    }
    guard !reader.diagnostics.hasErrors else { return nil }
    return SpillProblem(
      regions: regions, models: kinds, hosts: hosts, origins: origins, lost: Set(lost),
      queuePressure: root["queue_pressure"]?.number ?? 0.8, cachePressure: root["cache_pressure"]?.number ?? 0.9,
      latencyLimit: root["latency_limit_ms"]?.number ?? .infinity)
  }

  private mutating func readOrigins() -> [SpillProblem.Origin] {
    var steps: Int?
    var origins: [SpillProblem.Origin] = []
    var seen: Set<String> = []
    for (i, node) in (root["origins"]?.elements ?? []).enumerated() {
      let path = "origins[\(i)]"
      let id = node["id"]?.text ?? ""
      if !seen.insert(id).inserted {
        reader.fail("origin '\(id)' stands there twice", node["id"], path + ".id", help: "leave one of them out")
      }
      let demand = reader.hourlyDemand(node, path, steps: &steps)
      let allowed = reader.residency(node, in: regions, path)
      let latency = reader.latencies(of: id, in: root, regions: regions)
      let home = node["home"].flatMap { $0.isNull ? nil : $0 }
      guard let model = reader.index(of: node["model"], in: models, "model", path + ".model"), demand.count == steps
      else { continue }
      origins.append(
        .init(
          id: id, model: model, home: home.flatMap { reader.index(of: $0, in: regions, "region", path + ".home") },
          demand: demand, allowed: allowed, latency: latency))
    }
    if origins.isEmpty, !reader.diagnostics.hasErrors {
      reader.fail("'origins' holds no origin", root["origins"], "origins", help: "name at least one")
    }
    return origins
  }
}
