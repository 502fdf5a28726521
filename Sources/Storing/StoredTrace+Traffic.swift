import Quantities
import Traffic

extension StoredTrace {
  /// A trace under a name, for keeping. What its reader repaired is not kept: the values are as repaired.
  public init(_ trace: Trace, name: String) {
    self.init(
      name: name, source: trace.source, start: trace.series.start, step: trace.series.step, zone: trace.zone.name,
      samples: trace.series.rawValues, peaks: trace.peaksWithinStep?.rawValues)
  }

  /// The trace that was kept.
  /// - Parameter rules: The rules of the users' clock, whose name is ``zone``.
  public func trace(zone rules: TimeZoneRules = .utc) -> Trace {
    let series = TimeSeries<RequestRate>(start: start, step: step, rawValues: samples)
    return Trace(
      series: series, source: source, zone: rules, peaksWithinStep: peaks.map { series.with(rawValues: $0) })
  }
}
