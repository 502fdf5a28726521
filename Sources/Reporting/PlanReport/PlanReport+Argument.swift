import Planning
import Quantities

extension PlanReport {
  /// The chart that carries the plan: the last weeks of demand, the forecast, the capacities, the crossing.
  var argument: Report.Part? {
    guard let forecast = outcome.demand.forecast, let trace = outcome.trace else { return nil }
    let (from, to) = shownWindow
    var chart = DemandChart(
      title: "Demand, forecast and capacity", description: "", from: from, to: to)
    chart.zone = zone
    chart.history = ChartSeries(trace.series)
    chart.forecast = ChartSeries(forecast.mid)
    chart.low = ChartSeries(forecast.low)
    chart.high = ChartSeries(forecast.high)
    chart.bandName = "\(Wording.percent(forecast.confidence)) interval"
    chart.now = trace.series.end
    let sizing = outcome.sizing
    let by = outcome.standing.shortfall?.addBy ?? outcome.demand.peakEvent?.dates.inPlaceBy
    if let running = sizing.running {
      let capacity = plan.carried(by: running).mid
      chart.levels.append(
        .init(
          .today, value: capacity.perSecond, label: "capacity today \(capacity)"))
    }
    // What is to be added at once stands from now on, not from where the history ends.
    let start =
      by.map { zone.time(of: $0) }.flatMap { $0 > outcome.now ? $0 : nil } ?? max(trace.series.end, outcome.now)
    let isLater = start > outcome.now
    chart.levels.append(
      .init(
        .planned, value: sizing.provisioned.perSecond, from: start,
        label: "planned \(sizing.provisioned)"
          + (isLater ? " from \(TimeAxis.dayAndMonth(zone.local(start).date))" : "")))
    chart.events = outcome.demand.events.map { event in
      let start = zone.time(of: event.start)
      return .init(
        name: event.name, from: start, to: start + .days(event.days), peak: event.peak.mid.perSecond,
        detail: "peak \(event.peak.mid)" + (event.peak.isCertain ? "" : ", up to \(event.peak.high)"))
    }
    chart.crossing = crossing
    let peak = outcome.demand.peak
    if outcome.demand.peakEvent == nil, !peak.isCertain {
      chart.peak = (peak.low.perSecond, peak.mid.perSecond, peak.high.perSecond, "highest step ahead \(peak.mid)")
    }
    let sentence = argumentSentence
    chart.description =
      sentence
      + (chart.crossing.map {
        " Demand crosses the capacity of today on \($0.label.split(separator: " ").suffix(3).joined(separator: " "))."
      } ?? "")
    return Report.Part(
      chart.title, id: "demand", sentence, chart,
      caption:
        "\(zoneNote) The forecast line is the median of each step; the peak of a whole horizon lies above it."
    )
  }

  /// The part of time that the first chart shows.
  public var shownWindow: (from: Timestamp, to: Timestamp) { window ?? ownWindow }

  /// From some weeks before the end of the history to a while after the peak.
  private var ownWindow: (Timestamp, Timestamp) {
    let now = outcome.trace?.series.end ?? outcome.now
    let turn = outcome.runway?.expected.map { zone.time(of: $0) }
    let interesting = [
      outcome.demand.peakTime, turn, outcome.demand.peakEvent.map { zone.time(of: $0.start + Int($0.days)) },
    ]
    let last = interesting.compactMap { $0 }.max() ?? now
    let horizonEnd = max(end, now + .days(1))
    let to = min(horizonEnd, max(last + .days(12), now + .days(28)))
    let ahead = (to - now).days
    let from = max(outcome.trace?.series.start ?? now, now - .days(min(60, max(21, ahead * 0.4))))
    return (from, to)
  }

  /// Where the expected demand passes the capacity of today, or where the high end does.
  private var crossing: DemandChart.Mark? {
    guard let runway = outcome.runway, let day = runway.expected ?? runway.early, let forecast = outcome.demand.forecast
    else { return nil }
    let series = runway.expected != nil ? forecast.mid : forecast.high
    let from = max(0, series.index(of: zone.time(of: day)))
    let until = min(series.count, series.index(of: zone.time(of: day + 1)))
    guard from < until else { return nil }
    let capacity = runway.capacity.perSecond
    let steps = from..<until
    let first = steps.first { series.rawValues[$0] > capacity }
    // The day's peak passes it even where the median of no single step does.
    let index = first ?? steps.max { series.rawValues[$0] < series.rawValues[$1] } ?? from
    return DemandChart.Mark(
      time: series.time(at: index) + series.step / 2, value: capacity,
      label: "\(runway.expected != nil ? "runs out" : "may run out") \(day.short)")
  }

  private var argumentSentence: String {
    let sizing = outcome.sizing
    let peak = sizing.peak
    let average = outcome.analysis?.average
    let ratio = average.map { $0 > .zero ? peak.mid / $0 : 0 } ?? 0
    var text: String
    if let event = outcome.demand.peakEvent {
      text =
        "\(event.name) on \(Wording.day(event.start, now: today)) lifts demand to \(peak.mid)"
        + (ratio > 0 ? ", \(NumberFormat.significant(ratio, 2)) times the average of the history" : "")
    } else {
      text =
        "Over the next \(NumberFormat.duration(plan.horizon)) demand is expected to peak at \(peak.mid)"
        + (ratio > 0 ? ", \(NumberFormat.significant(ratio, 2)) times the average of the history" : "")
    }
    if !peak.isCertain { text += "; the \(intervalName) of the peak reaches from \(peak.low) to \(peak.high)" }
    text += "."
    if let running = sizing.running {
      let capacity = plan.carried(by: running).mid
      text +=
        capacity >= peak.mid
        ? " The \(Wording.count(running, "replica")) of today carry \(capacity)."
        : " The \(Wording.count(running, "replica")) of today carry \(capacity), \(Wording.percent(1 - capacity / peak.mid)) less."
    }
    return text
  }
}
