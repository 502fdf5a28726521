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

  static func trace(of plan: Plan, planFile: String, now: Timestamp, console: Console) throws -> Trace? {
    switch plan.source {
    case .stated: return nil
    case .csv(let path, let time, let value):
      return try TraceReader.csv(
        path: Self.path(path, beside: planFile), time: time, value: value, zone: plan.zone, unit: plan.unit,
        step: plan.step)
    case .ndjson(let path, let time, let value):
      return try TraceReader.ndjson(
        path: Self.path(path, beside: planFile), time: time, value: value, zone: plan.zone, unit: plan.unit,
        step: plan.step)
    case .prometheus(let query):
      return try prometheus(query, plan: plan, planFile: planFile, now: now, console: console)
    }
  }

  private static func prometheus(
    _ query: PrometheusQuery, plan: Plan, planFile: String, now: Timestamp, console: Console
  ) throws -> Trace {
    fatalError("bound when Connecting lands")
  }
}
