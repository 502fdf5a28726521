import Catalogs
import Documents
import Quantities
import Traffic

/// A range query to a Prometheus server as a source of demand, with where to find the credentials (never the credentials).
public struct PrometheusQuerySource: TrafficSource, Hashable {
  public var url = ""
  public var query = ""
  public var range: Duration = .days(90)
  public var step: Duration = .hours(1)
  public var bearerTokenFile: String?
  public var bearerTokenVariable: String?
  public var username: String?
  public var passwordFile: String?
  public var passwordVariable: String?

  public init() {}

  public var isRemote: Bool { true }
  public var title: String { "\(query) at \(url)" }

  public func trace(_ options: TraceOptions, _ setting: SourceSetting) throws -> Trace {
    try setting.access.admit(url)
    let source = try PrometheusSource(url: url, query: query, range: range, step: step, until: setting.now)
    let client = HTTPClient(credentials: try credentials(setting))
    let series = try source.fetch(using: client) { done, all in setting.progress(Double(done) / Double(max(1, all))) }
    var options = options
    options.step = options.step ?? series.step
    return try series.trace(options: options)
  }

  /// Keys of the plan file name files and variables; where it names none, HEADROOM_PROMETHEUS_... variables do.
  func credentials(_ setting: SourceSetting) throws -> Credentials {
    let access = setting.access
    let named = [
      "PLAN_TOKEN_FILE": try bearerTokenFile.map(access.file),
      "PLAN_TOKEN": try bearerTokenVariable.map(access.variable),
      "PLAN_USERNAME": username, "PLAN_PASSWORD_FILE": try passwordFile.map(access.file),
      "PLAN_PASSWORD": try passwordVariable.map(access.variable),
    ].compactMapValues { $0 }
    if !named.isEmpty { return try Credentials.named("PLAN") { named[$0] } }
    return try (access as? any PlanSourceAccess)?.ambientCredentials(for: url) ?? .none
  }

  public static let descriptor = SourceDescriptor(
    name: "prometheus",
    summary: "A Prometheus server (or one that speaks its API): one range query, in parts that it will answer.",
    fields: [
      Field("prometheus", "the server's address", .string, required: true, example: "http://prometheus:9090"),
      Field(
        "query", "PromQL that yields one series; or a preset", .string,
        example: "sum(rate(http_requests_total[5m]))"),
      Field(
        "preset", "in place of a query: a server whose metrics are known", .choice(MetricPreset.all.map(\.name)),
        example: "vllm"),
      Field("where", "label matchers that choose a part of a preset", .string, example: "model_name=\"llama\""),
      Field("range", "how far back to ask", UnitSchema.span, example: "90d", default: "90d"),
      Field("step", "resolution of the answer", UnitSchema.span, example: "1h", default: "1h"),
      Field("bearer token file", "a file with the bearer token", .string),
      Field("bearer token variable", "an environment variable with the bearer token", .string),
      Field("username", "user of basic auth", .string),
      Field("password file", "a file with the password of basic auth", .string),
      Field("password variable", "an environment variable with the password", .string),
    ],
    example: """
      traffic:
        source:
          prometheus: http://prometheus:9090
          query: sum(rate(http_requests_total{job="shop"}[5m]))
          range: 90d
      """
  ) { node, path, reader in
    var source = PrometheusQuerySource()
    source.url = reader.string(node["prometheus"], "\(path).prometheus") ?? ""
    source.query = reader.string(node["query"], "\(path).query") ?? ""
    let preset = reader.string(node["preset"], "\(path).preset")
    let selector = reader.string(node["where"], "\(path).where") ?? ""
    if preset != nil, !source.query.isEmpty {
      reader.fail(
        "'query' and 'preset' say one thing twice", node["preset"], "\(path).preset", help: "keep one of them")
    }
    if preset == nil, node["where"] != nil {
      reader.fail(
        "'where' chooses a part of a preset", node["where"], "\(path).where",
        help: "write the matchers into the query, or add preset: vllm")
    }
    if selector.contains(where: { $0 == "{" || $0 == "}" || $0 == "\n" }) {
      reader.fail(
        "'where' holds label matchers without braces", node["where"], "\(path).where",
        help: "write where: 'model_name=\"llama\"'")
    }
    if source.query.isEmpty, preset == nil {
      reader.fail("'query' is missing", node, "\(path).query", help: "write query: sum(rate(http_requests_total[5m]))")
    }
    if !source.url.hasPrefix("http://"), !source.url.hasPrefix("https://") {
      reader.fail(
        "'prometheus' is not an address: \"\(source.url)\"", node["prometheus"], "\(path).prometheus",
        help: "write http://HOST:9090")
    }
    if let range = reader.positiveSpan(node["range"], "\(path).range") { source.range = range }
    if let step = reader.positiveSpan(node["step"], "\(path).step") { source.step = step }
    if source.step > source.range {
      reader.fail("'step' is longer than 'range'", node, "\(path).step", help: "write step: 1h")
    }
    if let known = preset.flatMap(MetricPreset.named) {
      // As long as the step, so that every request counts in one; five minutes hold enough samples, an hour keeps peaks.
      let window = min(3600, max(300, source.step.seconds))
      source.query = known.demand(where: selector, window: Int(window))
    }
    source.bearerTokenFile = reader.string(node["bearer token file"], "\(path).bearer token file")
    source.bearerTokenVariable = reader.string(node["bearer token variable"], "\(path).bearer token variable")
    source.username = reader.string(node["username"], "\(path).username")
    source.passwordFile = reader.string(node["password file"], "\(path).password file")
    source.passwordVariable = reader.string(node["password variable"], "\(path).password variable")
    return source
  }
}
