import Documents
import Quantities
import Scaling

/// Recorded metrics straight from Prometheus: one query for each metric of a controller, all over the same times.
public struct MetricsQueries: Sendable {
  public var url: String
  /// PromQL by the replay's column names.
  public var queries: [String: String]
  public var range: Duration
  public var step: Duration
  public var until: Timestamp

  public init(url: String, queries: [String: String], range: Duration, step: Duration, until: Timestamp) {
    self.url = url
    self.queries = queries
    self.range = range
    self.step = step
    self.until = until
  }

  /// Asks for every series, feeds them to a replay, and ends it.
  ///
  /// - Parameter progress: called with the share that is done.
  /// - Throws: `Diagnostics` where a query is missing or for nothing, ``ConnectingError`` where a server does not answer.
  public func replay(
    _ replay: inout RecordedReplay, using client: HTTPClient, progress: (Double) -> Void = { _ in }
  ) throws {
    try check(replay.columns)
    var series: [PrometheusSeries?] = []
    let all = Double(queries.count)
    var finished = 0.0
    for column in replay.columns {
      guard let query = queries[column.name] else {
        series.append(nil)
        continue
      }
      let source = try PrometheusSource(url: url, query: query, range: range, step: step, until: until)
      series.append(
        try source.fetch(using: client) { done, parts in
          progress((finished + Double(done) / Double(max(1, parts))) / all)
        })
      finished += 1
    }
    feed(series, to: &replay)
  }

  private func check(_ columns: [RecordedReplay.Column]) throws(Diagnostics) {
    var problems = Diagnostics()
    let known = columns.map(\.name)
    for name in queries.keys.sorted() where !known.contains(name) {
      problems.append(
        .error(
          "the controller has no metric '\(name)'", at: nil,
          help: nearest(name, in: known).map { "did you mean '\($0)'?" } ?? "it has: \(known.joined(separator: ", "))"))
    }
    for column in columns where column.isRequired && queries[column.name] == nil {
      problems.append(
        .error(
          "no query for '\(column.name)' (\(column.meaning))", at: nil,
          help: "write --query '\(column.name)=PROMQL'"))
    }
    try problems.throwIfErrors()
  }

  /// Points of all series lie at whole steps since 1970, so that the same time is the same number everywhere.
  private func feed(_ series: [PrometheusSeries?], to replay: inout RecordedReplay) {
    let width = step.nanoseconds
    let first = series.compactMap { $0?.start.nanosecondsSinceEpoch }.min() ?? 0
    let end =
      series.compactMap { $0.map { $0.start.nanosecondsSinceEpoch + Int64($0.values.count) * width } }.max() ?? 0
    let count = Int((end - first) / width)
    var from = 0
    while from < count {
      let rows = from..<min(from + 8192, count)
      let values = series.map { one -> [Double] in
        guard let one else { return Array(repeating: .nan, count: rows.count) }
        let offset = Int((one.start.nanosecondsSinceEpoch - first) / width)
        return rows.map { one.values.indices.contains($0 - offset) ? one.values[$0 - offset] : .nan }
      }
      _ = replay.feed(times: rows.map { first + Int64($0) * width }, values: values)
      from = rows.upperBound
    }
    replay.finish()
  }
}
