import Documents
import Glibc
import Planning
import Quantities
import Traffic

/// Many series for one plan's keys: each is a service.
public enum FleetSeries {
  /// A service's name and its demand, or why it has none.
  public struct One: Sendable {
    public var name: String
    public var trace: Result<Trace, any Error>
  }

  /// Loads the series of a file, or of a query to the server that the plan's own source names.
  ///
  /// - Parameters:
  ///   - source: the path of a file; anything else is PromQL whose series are the services.
  ///   - plan: whose `traffic.source` says how a file is read or which server is asked.
  ///   - progress: from 0 to 1.
  public static func load(
    _ source: String, of plan: Plan, beside file: String, _ access: PlanAccess, now: Timestamp,
    progress: @escaping @Sendable (Double) -> Void
  ) throws -> [One] {
    guard case .measured(let own) = plan.demand.source else {
      throw Diagnostics([
        .error(
          "the plan states its traffic, and --fleet brings many series in its place", at: plan.places["traffic"],
          path: "traffic", help: "give it a traffic source that says how they are read: { csv: FILE, series: COLUMN }")
      ])
    }
    if var asked = own as? PrometheusQuerySource, !isFile(source) {
      asked.query = source
      return try asked.traces(
        plan.demand.traceOptions, SourceSetting(access: access.setting(of: file), now: now, progress: progress))
    }
    guard let reading = own as? CSVSource else {
      throw Diagnostics([
        .error(
          "'\(source)' is a file, and the plan's traffic comes from a server", at: plan.places["traffic.source"],
          path: "traffic.source", help: "write source: { csv: FILE, series: COLUMN }, or give --fleet a query")
      ])
    }
    guard isFile(source) else {
      throw Diagnostics([
        .error(
          "there is no file '\(source)'", at: plan.places["traffic.source"], path: "traffic.source",
          help: "a query needs a plan with source: { prometheus: URL, query: ... }")
      ])
    }
    return try TraceReader.readEach(
      path: source, reading.selection, options: reading.reading(plan.demand.traceOptions)
    ).map { one in One(name: one.name, trace: Result { try one.series.get().trace }) }
  }

  private static func isFile(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
  }
}
