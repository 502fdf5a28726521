import Quantities
import Serving

/// Pictures of what came of a workload.
enum OutcomeChart {
  /// Demand, ready capacity, what was starting and what was not served, in a window of an outcome.
  static func timeline(
    _ outcome: Outcome, capacityPerReplica: RequestRate, from: Timestamp, to: Timestamp, zone: TimeZoneRules,
    title: String, isForecast: Bool
  ) -> TimelineChart {
    let timeline = outcome.timeline
    let step = timeline.step.seconds
    func series(_ values: [Double]) -> ChartSeries { ChartSeries(start: timeline.start, step: step, values: values) }
    var chart = TimelineChart(
      title: title, description: "", from: from, to: to, demand: series(timeline.demandMax),
      ready: series(timeline.capacityMin))
    chart.zone = zone
    chart.isForecast = isForecast
    let perReplica = capacityPerReplica.perSecond
    if timeline.starting.contains(where: { $0 > 0 }), perReplica > 0 {
      chart.started = series(zip(timeline.capacityMin, timeline.starting).map { $0 + $1 * perReplica })
    }
    chart.changes = outcome.actions.filter { $0.time >= from && $0.time < to }.map {
      ($0.time, "\(Wording.moment($0.time, zone: zone)): \($0.from) to \($0.to) replicas, \($0.reason)")
    }
    let visible = timeline.indices(from: from, to: to)
    let lost = visible.map { timeline.unserved[$0] }.filter { $0.isFinite }.reduce(0, +)
    if lost >= 0.5 {
      // Requests of a bucket as a rate over its width: what the red is high.
      chart.unserved = series(timeline.unserved.map { $0.isFinite ? $0 / step : 0 })
      chart.unservedLabel = "\(NumberFormat.short(lost)) requests not served"
    }
    let demand = visible.map { timeline.demandMax[$0] }.filter { $0.isFinite }
    let ready = visible.map { timeline.capacityMin[$0] }.filter { $0.isFinite }
    chart.description =
      "Demand from \(RequestRate(rawValue: demand.min() ?? 0)) to \(RequestRate(rawValue: demand.max() ?? 0)); "
      + "ready capacity from \(RequestRate(rawValue: ready.min() ?? 0)) to \(RequestRate(rawValue: ready.max() ?? 0)); "
      + (lost >= 0.5 ? "\(NumberFormat.short(lost)) requests not served." : "every request served.")
    return chart
  }
}
