import Glibc
import Quantities

@testable import Reporting

/// Charts of an invented service: growing demand with a daily and a weekly cycle, a holiday peak, gaps.
enum SampleCharts {
  static let now = time(2026, 11, 2)

  static func time(_ y: Int, _ m: Int, _ d: Int, hour: Int = 0) -> Timestamp {
    (CivilDate(year: y, month: m, day: d)?.midnightUTC ?? Timestamp(nanosecondsSinceEpoch: 0)) + .hours(Double(hour))
  }

  /// Requests per second by the hour from a start.
  static func demand(from start: Timestamp, hours: Int, noise: Double = 0.03) -> [Double] {
    var random = RandomStream(seed: 7)
    return (0..<hours).map { i in
      let t = start + .hours(Double(i))
      let (date, second) = t.utc
      let daily = 1 + 0.42 * sin((Double(second) / 86400 - 0.4) * 2 * .pi)
      let weekly = date.weekday.isWeekend ? 1.16 : 1
      let growth = 1 + 0.2 * (t - now).days / 365
      let blackFriday = (t - time(2026, 11, 27, hour: 18)).hours / 26
      let lift = 1 + 2.6 * exp(-blackFriday * blackFriday)
      return 62_000 * daily * weekly * growth * lift * (1 + noise * (random.uniform() - 0.5) * 2)
    }
  }

  static var demandChart: DemandChart {
    let start = time(2026, 10, 1)
    let future = 45 * 24
    var history = demand(from: start, hours: Int((now - start).hours))
    for i in 200..<216 { history[i] = .nan }
    let mid = demand(from: now, hours: future, noise: 0)
    var chart = DemandChart(
      title: "Demand, forecast and capacity", description: "An invented service before Black Friday.", from: start,
      to: now + .days(45))
    chart.history = ChartSeries(start: start, step: 3600, values: history)
    chart.forecast = ChartSeries(start: now, step: 3600, values: mid)
    chart.low = ChartSeries(start: now, step: 3600, values: mid.enumerated().map { $1 * (0.92 - 0.0001 * Double($0)) })
    chart.high = ChartSeries(start: now, step: 3600, values: mid.enumerated().map { $1 * (1.08 + 0.0002 * Double($0)) })
    chart.bandName = "80 % interval"
    chart.now = now
    chart.levels = [
      .init(.today, value: 216_000, label: "capacity today 216k/s"),
      .init(.planned, value: 430_000, from: time(2026, 11, 23), label: "planned 430k/s from 23 Nov"),
    ]
    chart.events = [
      .init(
        name: "Black Friday", from: time(2026, 11, 27), to: time(2026, 12, 1), peak: 330_000,
        detail: "peak 330k/s, up to 390k/s")
    ]
    chart.crossing = .init(time: time(2026, 11, 26, hour: 12), value: 216_000, label: "runs out Thu 26 Nov")
    return chart
  }

  static var timelineChart: TimelineChart {
    let start = time(2026, 11, 25)
    let demand = demand(from: start, hours: 6 * 24, noise: 0.01)
    let perReplica = 2000.0
    var ready = demand.map { ($0 * 1.15 / perReplica).rounded(.up) * perReplica }
    for i in 50..<56 { ready[i] = ready[49] }
    var chart = TimelineChart(
      title: "The event hour by hour", description: "Demand and ready capacity.", from: start, to: start + .days(6),
      demand: ChartSeries(start: start, step: 3600, values: demand),
      ready: ChartSeries(start: start, step: 3600, values: ready))
    chart.isForecast = true
    chart.started = ChartSeries(
      start: start, step: 3600, values: ready.enumerated().map { $0 % 24 < 6 ? $1 * 1.1 : $1 })
    chart.unserved = ChartSeries(start: start, step: 3600, values: zip(demand, ready).map { max(0, $0 - $1) })
    chart.unservedLabel = "1.9M requests unserved"
    return chart
  }

  static var heatMap: HeatMap {
    let values = (0..<168).map { i -> Double in
      let weekend = i / 24 >= 5 ? 1.16 : 1
      return (74 * weekend * (1 + 0.42 * sin((Double(i % 24) / 24 - 0.4) * 2 * .pi))).rounded()
    }
    return HeatMap(
      title: "Replicas by hour of the week", description: "Most on Sunday evening.", values: values,
      cellText: { NumberFormat.fixed($0, decimals: 0) }, tooltip: { "\(Int($0)) replicas" })
  }

  static var dailyProfile: ProfileChart {
    let bars = (0..<24).map { h -> ProfileChart.Bar in
      let usual = 62_000 * (1 + 0.42 * sin((Double(h) / 24 - 0.4) * 2 * .pi))
      return .init(label: h < 10 ? "0\(h)" : "\(h)", usual: usual, low: usual * 0.85, high: usual * 1.2)
    }
    return ProfileChart(
      title: "Daily profile", description: "By hour.", bars: bars, unit: .requestsPerSecond, labelEvery: 3)
  }

  static var weeklyProfile: ProfileChart {
    let bars = Weekday.allCases.map {
      ProfileChart.Bar(label: String($0.name.prefix(3)), usual: $0.isWeekend ? 72_000 : 62_000)
    }
    return ProfileChart(title: "Weekly profile", description: "By day.", bars: bars, unit: .requestsPerSecond)
  }

  static var regions: StackChart {
    StackChart(
      title: "Regions", description: "Own need and what is held for the loss of one.",
      rows: [("us-east-1", 85.0, 41.0), ("eu-west-1", 60, 40), ("ap-south-1", 29, 22)].map {
        .init(
          label: $0.0, parts: [.init($0.1, .capacity, "own"), .init($0.2, .capacitySpare, "spare")],
          amount: "\(Int($0.1 + $0.2)) replicas, \(Int($0.1)) for its own traffic")
      })
  }

  static var headroomParts: StackChart {
    StackChart(
      title: "What the headroom covers", description: "Parts.",
      rows: [
        .init(label: "expected peak", parts: [.init(1, .demand, "peak")], amount: "330k/s"),
        .init(label: "forecast error", start: 1, parts: [.init(0.18, .capacitySpare, "")], amount: "+18 %"),
        .init(
          label: "growth until the next cycle", start: 1.18, parts: [.init(0.05, .capacitySpare, "")], amount: "+5 %"),
        .init(label: "failures to survive", start: 1.23, parts: [.init(0.3, .capacitySpare, "")], amount: "+30 %"),
        .init(label: "scaling lag", start: 1.53, parts: [.init(0, .capacitySpare, "")], amount: "covered by failures"),
        .init(label: "provisioned", parts: [.init(1.53, .capacity, "")], amount: "505k/s, 53 % over the peak"),
      ])
  }

  static var curve: CurveChart {
    let x = (0...20).map { Double($0) * 0.08 }
    return CurveChart(
      title: "Headroom against cost and risk", description: "Cost rises, risk falls.", x: x, xUnit: .percent,
      xName: "headroom over the expected peak",
      panels: [
        .init(name: "cost a month", unit: .dollars, values: x.map { 118_000 * (1 + $0) }, kind: .cost),
        .init(
          name: "probability of overload", unit: .percent, values: x.map { 0.5 * exp(-4 * $0) },
          kind: .risk),
      ], chosen: 7)
  }

  static var distribution: DistributionChart {
    var random = RandomStream(seed: 3)
    let samples = (0..<2000).map { _ in 330_000 * exp(0.14 * random.normal()) }
    let parts = DistributionChart.shares(of: samples, bars: 48)
    return DistributionChart(
      title: "How high the peak may be", description: "Log-normal.", unit: .requestsPerSecond,
      shares: parts?.shares ?? [], from: parts?.from ?? 0, barWidth: parts?.width ?? 1,
      marks: [
        .init(216_000, .today, "capacity today 216k/s"), .init(330_000, .estimate, "expected 330k/s"),
        .init(430_000, .planned, "provisioned 430k/s"),
      ], limit: 430_000)
  }

  static var sparkline: SparkChart {
    SparkChart(title: "A week", description: "A week.", values: demand(from: now, hours: 168))
  }

  static var all: [any Chart] {
    [
      demandChart, timelineChart, heatMap, dailyProfile, weeklyProfile, regions, headroomParts, curve, distribution,
      sparkline,
    ]
  }
}
