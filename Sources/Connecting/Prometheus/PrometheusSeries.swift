import Documents
import Quantities
import Traffic

/// What Prometheus had.
public struct PrometheusSeries: Sendable {
  /// The time of the first point that has a value.
  public var start: Timestamp
  public var step: Duration
  /// From the first point with a value to the last; NaN marks a gap.
  public var values: [Double]
  /// How many points between the first and the last had no sample.
  public var missingCount: Int
  /// Which points had a sample that is NaN or infinite (a division by zero in the query, most likely): gaps too.
  public var nonFinite: [Int]
  /// The series' labels, as in `{job="api"}`.
  public var labels: String
  /// Where it came from: server and query.
  public var source: String
  /// What Prometheus warned of, and what was noticed in its answers.
  public var notes: [TraceNote]
  /// How many requests it took.
  public var requestCount: Int

  /// The points as rows of a trace, each with its time, gaps included.
  public var columns: TraceColumns {
    let first = start.nanosecondsSinceEpoch
    let width = step.nanoseconds
    var columns = TraceColumns(
      times: values.indices.map { Timestamp(nanosecondsSinceEpoch: first + Int64($0) * width) }, values: values)
    columns.zones = ["Z": values.count]
    for index in nonFinite { columns.nonNumeric.add(line: index + 1) }
    columns.notes = notes
    columns.name = source
    return columns
  }

  /// The points as a trace.
  /// - Parameter options: The users' clock, and whether the values are rates or counts.
  /// - Throws: `Diagnostics` where the values cannot be a demand, such as negative ones.
  public func trace(options: TraceOptions = TraceOptions()) throws(Diagnostics) -> Trace {
    try TraceReader.rows(columns, options: options, source: source)
  }
}
