import Glibc
import LoadTesting
import Quantities

extension LoadReport {
  /// Milliseconds, or seconds where milliseconds would have five digits.
  static func timeUnit(reaching seconds: Double) -> (unit: AxisUnit, factor: Double) {
    seconds >= 10 ? (.other("seconds"), 1) : (.other("ms"), 1e3)
  }
  var duration: Double { Double((result.timeline.last?.second ?? 0) + 1) }

  /// Limits on latency quantiles, as lines.
  private func limits(_ factor: Double) -> [PlotChart.Mark] {
    record.expectations.compactMap { expectation in
      switch expectation.figure {
      case .percentile(.response, _), .mean, .maximum:
        return [.below, .atMost].contains(expectation.comparison)
          ? PlotChart.Mark(expectation.limit * factor, expectation.description) : nil
      default: return nil
      }
    }
  }

  var latencyOverTime: Report.Part? {
    let seconds = result.timeline
    guard seconds.contains(where: { $0.p50 != nil }) else { return nil }
    let (unit, factor) = Self.timeUnit(reaching: seconds.compactMap(\.maximum).max() ?? 0)
    func line(_ value: (LoadSecond) -> Double?) -> [(x: Double, y: Double)] {
      seconds.map { (Double($0.second) + 0.5, value($0).map { $0 * factor } ?? .nan) }
    }
    let worst = seconds.max { ($0.p99 ?? -1) < ($1.p99 ?? -1) }
    let usual = Statistics.median(seconds.compactMap(\.p99))
    var sentence =
      "Half of the requests took \(Self.time(result.latency.quantile(0.5))), one in a hundred more than \(Self.time(result.latency.quantile(0.99)))."
    if let worst, let p99 = worst.p99, let usual, p99 > 2 * usual {
      sentence +=
        " Second \(worst.second) was the worst, with a P99 of \(Self.time(p99)) where \(Self.time(usual)) is usual."
    } else if let usual {
      sentence += " The P99 of single seconds stays near \(Self.time(usual)) throughout."
    }
    var chart = PlotChart(
      title: "Latency over time", description: sentence,
      series: [
        .init("longest", line { $0.maximum }, .soft), .init("P99", line { $0.p99 }, .plain),
        .init("P50", line { $0.p50 }, .capacity),
      ], unit: unit, xName: "since the start", ticks: PlotChart.elapsed(to: duration))
    chart.limits = limits(factor)
    return Report.Part(
      "Latency over time", id: "latency", sentence, chart,
      caption: "Of each second's answers, by when they came; warm-up included.")
  }

  var ratesOverTime: Report.Section? {
    // Behind the end only late answers come: a rate of nothing there would be no drop of the load.
    let last = result.timeline.last { $0.offered > 0 || $0.sent > 0 }?.second ?? 0
    let seconds = result.timeline.filter { $0.second <= last }
    guard seconds.count > 1 else { return nil }
    func line(_ value: (LoadSecond) -> Int) -> [(x: Double, y: Double)] {
      seconds.map { (Double($0.second) + 0.5, Double(value($0))) }
    }
    var series: [PlotChart.Series] = []
    let hasErrors = seconds.contains { $0.errors > 0 }
    if hasErrors { series.append(.init("failed", line(\.errors), .fails)) }
    if result.isOpenLoop { series.append(.init("asked for", line(\.offered), .demand)) }
    series.append(.init("sent", line(\.sent), .soft))
    series.append(.init("answered", line(\.completed), .capacity))
    let offered = result.timeline.reduce(0) { $0 + $1.offered }
    let answered = result.timeline.reduce(0) { $0 + $1.completed }
    let share = Double(answered) / Double(max(1, offered))
    let sentence =
      result.isOpenLoop
      ? "\(NumberFormat.grouped(Double(offered))) requests were asked for, warm-up included; \(Wording.percent(min(1, share))) came back whole."
        + (result.dropped > 0 ? " \(NumberFormat.grouped(Double(result.dropped))) never got a connection." : "")
      : "The answers set the pace: \(Self.rate(result.achievedRate.perSecond)) on average."
    let chart = PlotChart(
      title: "Requests a second", description: sentence, series: series, unit: .requestsPerSecond,
      xName: "since the start", ticks: PlotChart.elapsed(to: duration))
    return Report.Section(
      "Asked for, sent, answered", id: "rates", sentence, [.chart(chart, id: "rates-chart", caption: "")])
  }

  var spectrum: Report.Section? {
    guard result.latency.count > 1 else { return nil }
    let most = Self.nines(of: result.latency.count)
    let (unit, factor) = Self.timeUnit(reaching: result.latency.maximum ?? 0)
    func line(_ spectrum: LatencySpectrum) -> [(x: Double, y: Double)] {
      stride(from: 0.0, through: most, by: most / 160).map { place in
        (place, spectrum.quantile(1 - pow(10, -place)).map { $0 * factor } ?? .nan)
      }
    }
    var series = [PlotChart.Series("from the scheduled time", line(result.latency), .plain)]
    if result.isOpenLoop { series.append(.init("from the sending", line(result.service), .soft)) }
    let wait = (result.latency.quantile(0.99) ?? 0) - (result.service.quantile(0.99) ?? 0)
    var sentence =
      "Each step to the right is a nine more: \(Self.time(result.latency.quantile(0.9))) at 90 %, \(Self.time(result.latency.quantile(0.99))) at 99 %, \(Self.time(result.latency.quantile(0.999))) at 99.9 %."
    if result.isOpenLoop, wait > 0.5 * (result.service.quantile(0.99) ?? .infinity) {
      sentence +=
        " At 99 % requests waited \(Self.time(wait)) before they were sent: a tool that counts from the sending would not have seen it."
    }
    var chart = PlotChart(
      title: "Latency by percentile", description: sentence, series: series, unit: unit, xName: "share of requests"
    ) { _ in
      [
        (0.0, "0 %"), (0.30103, "50 %"), (1, "90 %"), (2, "99 %"), (3, "99.9 %"), (4, "99.99 %"), (5, "99.999 %"),
        (6, "99.9999 %"),
      ].filter { $0.0 <= most + 1e-9 }.map { PlotChart.Tick($0.0, $0.1) }
    }
    chart.limits = limits(factor)
    return Report.Section(
      "By percentile", id: "percentiles", sentence,
      [
        .chart(
          chart, id: "percentiles-chart",
          caption:
            "Logarithmic in 1 / (1 - share). It ends where ten requests are left: further out single requests decide.")
      ])
  }

  /// So many nines have ten requests beyond them.
  static func nines(of count: Int) -> Double { max(1, min(6, log10(Double(max(1, count)) / 10))) }

  var heat: Report.Section? {
    let seconds = result.timeline.filter { !$0.latencies.cells.isEmpty }
    guard seconds.count > 1 else { return nil }
    let fast = result.latency.quantile(0.05)
    let slow = result.latency.quantile(0.95)
    let sentence =
      "Nine of ten requests took between \(Self.time(fast)) and \(Self.time(slow)). Two bands would be two kinds of answer, a slope a queue that grows."
    let chart = LatencyHeatChart(title: "Where the latencies lay", description: sentence, seconds: seconds)
    return Report.Section(
      "Where the latencies lay", id: "heat", sentence,
      [
        .chart(
          chart, id: "heat-chart",
          caption: "Darker where more of a second's answers were; latency on a logarithmic axis.")
      ]
    )
  }
}
