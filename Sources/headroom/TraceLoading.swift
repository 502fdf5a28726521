import Connecting
import Documents
import Planning
import Quantities
import Terminal
import Traffic

/// From a plan's source to its trace: the effects that the pure rooms below leave to the command.
enum TraceLoading {
  static func zone(named name: String) -> TimeZoneRules? {
    if name == "UTC" || name == "Z" { return .utc }
    guard !name.contains(".."), !name.hasPrefix("/"), let bytes = try? Input.read(path: "/usr/share/zoneinfo/\(name)")
    else { return nil }
    return TimeZoneRules(name: name, tzif: bytes)
  }

  /// A path in a plan file is relative to the plan file.
  static func path(_ path: String, beside file: String) -> String {
    if path.hasPrefix("/") || path == "-" || file == "-" { return path }
    guard let slash = file.lastIndex(of: "/") else { return path }
    return String(file[...slash]) + path
  }

  /// Whether a file's name says that it holds a JSON object a line.
  static func isLines(_ file: String) -> Bool {
    [".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"].contains { file.hasSuffix($0) }
  }

  /// Reads a trace by the kind that the file's name tells: NDJSON, else CSV; both also as .gz.
  static func trace(file: String, time: String?, value: String?, options: TraceOptions) throws -> Trace {
    isLines(file)
      ? try TraceReader.ndjson(path: file, time: time, value: value, options: options)
      : try TraceReader.csv(path: file, time: time, value: value, options: options)
  }

  static func trace(of plan: Plan, planFile: String, now: Timestamp, console: Console) throws -> Trace? {
    let options = TraceOptions(zone: plan.zone, unit: plan.unit, step: plan.step)
    switch plan.source {
    case .stated: return nil
    case .csv(let path, let time, let value):
      return try TraceReader.csv(path: Self.path(path, beside: planFile), time: time, value: value, options: options)
    case .ndjson(let path, let time, let value):
      return try TraceReader.ndjson(path: Self.path(path, beside: planFile), time: time, value: value, options: options)
    case .prometheus(let query):
      return try prometheus(query, options, planFile: planFile, now: now, console: console)
    }
  }

  private static func prometheus(
    _ query: PrometheusQuery, _ options: TraceOptions, planFile: String, now: Timestamp, console: Console
  ) throws -> Trace {
    let source = try PrometheusSource(
      url: query.url, query: query.query, range: query.range, step: query.step, until: now)
    let bar = ProgressBar("asking Prometheus", total: 1, on: console)
    let client = HTTPClient(credentials: try credentials(of: query, planFile: planFile))
    let series = try source.fetch(using: client) { done, all in bar.update(to: Double(done) / Double(max(1, all))) }
    bar.finish()
    var options = options
    options.step = options.step ?? series.step
    return try series.trace(options: options)
  }

  /// Keys of the plan file name files and variables; where it names none, HEADROOM_PROMETHEUS_... variables do.
  private static func credentials(of query: PrometheusQuery, planFile: String) throws -> Credentials {
    func beside(_ file: String?) -> String? { file.map { path($0, beside: planFile) } }
    let named = [
      "PLAN_TOKEN_FILE": beside(query.bearerTokenFile),
      "PLAN_TOKEN": query.bearerTokenVariable.flatMap(Credentials.variable), "PLAN_USERNAME": query.username,
      "PLAN_PASSWORD_FILE": beside(query.passwordFile),
      "PLAN_PASSWORD": query.passwordVariable.flatMap(Credentials.variable),
    ].compactMapValues { $0 }
    return named.isEmpty ? try Credentials.named("HEADROOM_PROMETHEUS") : try Credentials.named("PLAN") { named[$0] }
  }
}
