import Glibc
import Quantities

/// Made-up traffic of known make, for first steps, demonstrations and tests.
///
/// The model: rate = `meanRate` x growth x shape of the day x factor of the weekday x sale x noise, where
///
/// - growth is `(1 + yearlyGrowth)` to the power of the years since the start,
/// - the shape of the day is 24 multiples with mean 1, straight lines between the middles of the hours,
/// - noise is lognormal, AR(1) in the logarithm: deviation `noise`, correlation `exp(-hours / noiseHours)`,
/// - a sale multiplies whole days, gaps take rows away, outliers multiply single steps.
///
/// The same parameters and seed give the same bytes.
public struct TraceGenerator: Hashable, Sendable {
  public var name = "web shop"
  /// The first local day.
  public var start: CivilDate
  public var days: Int
  public var step: Duration = .hours(1)
  public var zone: TimeZoneRules = .utc
  /// The mean at the start, without sale.
  public var meanRate: RequestRate = .perSecond(28_000)
  public var yearlyGrowth = Fraction.percent(20)
  /// 24 multiples, midnight first.
  public var dayShape = TraceGenerator.consumerDay
  /// Monday first.
  public var weekdayFactors = [0.94, 0.92, 0.93, 0.96, 1.05, 1.13, 1.07]
  /// Deviation of the logarithm.
  public var noise = 0.04
  /// The time after which the noise has forgotten two thirds of itself, in hours.
  public var noiseHours = 3.0
  public var sales: [Sale] = []
  public var gaps: [Hole] = []
  public var outliers: [Spike] = []
  public var seed: UInt64 = 1

  /// Days with demand multiplied by a lift.
  public struct Sale: Hashable, Sendable {
    public var name: String
    /// Days after the start.
    public var day: Int
    public var days: Int
    public var lift: Double
    public init(name: String, day: Int, days: Int, lift: Double) {
      (self.name, self.day, self.days, self.lift) = (name, day, days, lift)
    }
  }
  /// Steps without a row.
  public struct Hole: Hashable, Sendable {
    /// After the start.
    public var after: Duration
    public var length: Duration
    public init(after: Duration, length: Duration) { (self.after, self.length) = (after, length) }
  }
  /// A step multiplied by a factor, as a broken counter or a retry storm would.
  public struct Spike: Hashable, Sendable {
    public var after: Duration
    public var factor: Double
    public init(after: Duration, factor: Double) { (self.after, self.factor) = (after, factor) }
  }

  /// Quiet before dawn, highest in the evening: traffic of people at home.
  public static let consumerDay = [
    0.72, 0.54, 0.43, 0.38, 0.37, 0.42, 0.54, 0.70, 0.86, 0.97, 1.05, 1.11, 1.16, 1.16, 1.14, 1.14, 1.18, 1.26, 1.38,
    1.53, 1.66, 1.63, 1.42, 1.05,
  ]
  /// Office hours: traffic of people at work.
  public static let businessDay = [
    0.22, 0.20, 0.19, 0.19, 0.21, 0.28, 0.50, 0.98, 1.62, 2.02, 2.14, 2.08, 1.78, 1.92, 2.10, 2.06, 1.82, 1.35, 0.82,
    0.55, 0.44, 0.37, 0.31, 0.26,
  ]

  /// A plain generator without sale, gaps and outliers.
  public init(start: CivilDate, days: Int, seed: UInt64 = 1) {
    self.start = start
    self.days = days
    self.seed = seed
  }

  /// The example of the first steps: hourly from 5 January 2026 through 13 November 2026, about 30,000 requests a
  /// second, daily peaks up to 65,000 by November, 20 % growth a year, a three-day sale in July, two gaps and
  /// one outlier.
  public static func example(
    start: CivilDate = CivilDate(daysSinceEpoch: 20_458), days: Int = 313, seed: UInt64 = 1
  ) -> TraceGenerator {
    var generator = TraceGenerator(start: start, days: days, seed: seed)
    generator.sales = [Sale(name: "Summer sale", day: 185, days: 3, lift: 1.8)]
    generator.gaps = [
      Hole(after: .days(48) + .hours(2), length: .hours(7)), Hole(after: .days(230) + .hours(13), length: .hours(3)),
    ]
    generator.outliers = [Spike(after: .days(121) + .hours(4), factor: 4)]
    return generator
  }

  /// Office-hours traffic of a smaller service.
  public static func businessExample(
    start: CivilDate = CivilDate(daysSinceEpoch: 20_458), days: Int = 313, seed: UInt64 = 1
  ) -> TraceGenerator {
    var generator = TraceGenerator(start: start, days: days, seed: seed)
    generator.name = "business tool"
    generator.meanRate = .perSecond(900)
    generator.dayShape = businessDay
    generator.weekdayFactors = [1.3, 1.36, 1.34, 1.3, 1.14, 0.3, 0.26]
    generator.noise = 0.06
    return generator
  }

  /// The series; holes are gaps.
  public func series() -> TimeSeries<RequestRate> {
    let first = zone.time(of: start)
    let span = zone.time(of: start + max(0, days)) - first
    let count = max(0, Int(span.seconds / step.seconds))
    let clock = LocalClock(start: first, step: step, count: count, zone: zone)
    let shape = SeasonalProfile(
      kind: .daily, slotSeconds: 3600, multiples: dayShape.count == 24 ? dayShape : TraceGenerator.consumerDay)
    let mean = shape.multiples.reduce(0, +) / 24
    let week = weekdayFactors.count == 7 ? weekdayFactors : [Double](repeating: 1, count: 7)
    let weekMean = week.reduce(0, +) / 7
    var random = RandomStream(seed: seed)
    let keep = exp(-step.hours / max(noiseHours, 1e-9))
    var state = random.normal(deviation: noise)
    var values = [Double](repeating: 0, count: count)
    for i in 0..<count {
      let d = Int(clock.day[i])
      let years = Double(i) * step.seconds / 31_557_600
      var rate = meanRate.rawValue * pow(1 + yearlyGrowth.rawValue, years)
      rate *= shape.multiple(weekday: 0, second: Int(clock.second[i]), stepSeconds: step.seconds) / mean
      rate *= week[(start.weekday.rawValue + d) % 7] / weekMean
      for sale in sales where d >= sale.day && d < sale.day + sale.days { rate *= sale.lift }
      values[i] = rate * exp(state - noise * noise / 2)
      state = keep * state + random.normal(deviation: noise * (1 - keep * keep).squareRoot())
    }
    let series = TimeSeries<RequestRate>(start: first, step: step, rawValues: values)
    for spike in outliers {
      let i = series.index(of: first + spike.after)
      if values.indices.contains(i) { values[i] *= spike.factor }
    }
    for hole in gaps {
      let from = series.index(of: first + hole.after)
      let to = series.index(of: first + hole.after + hole.length)
      for i in (from..<max(from, to)).clamped(to: 0..<count) { values[i] = .nan }
    }
    return series.with(rawValues: values.map { ($0 * 100).rounded() / 100 })
  }

  /// The rows: a row for each step that has a value.
  public func rows() -> TraceColumns {
    let series = series()
    var columns = TraceColumns(times: [], values: [])
    for i in 0..<series.count where !series.rawValues[i].isNaN {
      columns.times.append(series.time(at: i))
      columns.values.append(series.rawValues[i])
    }
    return columns
  }

  /// The series as a trace of its own zone.
  public func trace() -> Trace { Trace(series: series(), source: "example: \(name)", zone: zone) }

  /// The sales as events of the history.
  public var knownEvents: [KnownEvent] {
    sales.map { KnownEvent(name: $0.name, days: (start + $0.day)...(start + $0.day + $0.days - 1), zone: zone) }
  }

  /// The rows as a CSV file with the columns `time,requests_per_second`, times in UTC.
  public func csv() -> [UInt8] {
    let rows = rows()
    var bytes = Array("time,requests_per_second\n".utf8)
    bytes.reserveCapacity(rows.times.count * 32)
    for (time, value) in zip(rows.times, rows.values) {
      bytes.append(contentsOf: time.iso8601.utf8)
      bytes.append(44)
      bytes.append(contentsOf: NumberFormat.fixed(value, decimals: 2, trim: true).utf8)
      bytes.append(10)
    }
    return bytes
  }
}
