import Quantities
import Testing

@testable import Traffic

@Suite struct TrafficAnalysisTests {
  static let example = TraceGenerator.example()

  /// Histories that say little or nothing. Tests go by their index: the runner prints arguments in full.
  static let degenerates: [[Double]] = [
    [], [5], [5, 6], [Double](repeating: 3, count: 24), [Double](repeating: 3, count: 24 * 40),
    [Double](repeating: 0, count: 24 * 40), [Double](repeating: .nan, count: 24 * 40),
    [Double](repeating: .nan, count: 500) + [7], [1e300, 1e-300, 0, 1e300],
    (0..<24 * 40).map { $0 % 48 == 0 ? 1 : 0 },
  ]

  static func series(_ values: [Double], step: Duration = .hours(1)) -> TimeSeries<RequestRate> {
    TimeSeries(start: CivilDate(daysSinceEpoch: 20_458).midnightUTC, step: step, rawValues: values)
  }

  @Test("the example's make is found again: growth, hours, weekdays, sale, outlier, gaps")
  func recovers() throws {
    let analysis = TrafficAnalysis(of: Self.example.trace(), events: Self.example.knownEvents)
    let growth = try #require(analysis.growth).perYear
    #expect(abs(growth.mid.percent - 20) < 4)
    #expect(growth.low.percent <= 20 && 20 <= growth.high.percent)
    let daily = try #require(analysis.dailyProfile)
    #expect(daily.busiestHour == 20)
    #expect([3, 4].contains(daily.quietestHour))
    for (found, made) in zip(daily.multiples, TraceGenerator.consumerDay) { #expect(abs(found / made - 1) < 0.06) }
    for h in 0..<24 { #expect(daily.low[h] < daily.multiples[h] && daily.multiples[h] < daily.high[h]) }
    let weekly = try #require(analysis.weeklyProfile)
    #expect(weekly.shape == .consumer)
    #expect(weekly.busiestDay == .saturday)
    #expect(analysis.hasDailyCycle && analysis.hasWeeklyCycle)
    let lift = try #require(analysis.eventLifts.first)
    #expect(abs(lift.mean.rawValue / 1.8 - 1) < 0.05)
    #expect(lift.peak.low.rawValue < 1.8 && 1.8 < lift.peak.high.rawValue)
    #expect(analysis.outliers.map { $0.time } == [Self.example.start.midnightUTC + .days(121) + .hours(4)])
    #expect(analysis.gaps.map { $0.length } == [.hours(7), .hours(3)])
    #expect(analysis.sentences.count >= 7)
  }

  @Test("a sale nobody named is an outlier or a level, but does not bend growth and shape")
  func unnamedSale() throws {
    let analysis = TrafficAnalysis(of: Self.example.trace())
    #expect(abs(try #require(analysis.growth).perYear.mid.percent - 20) < 4)
    let sale = try #require(Self.example.knownEvents.first)
    let peak = try #require(analysis.peak)
    #expect(peak.time >= sale.start && peak.time < sale.end)
    #expect(try #require(analysis.ordinaryPeak).value < peak.value)
    #expect(analysis.outliers.filter { $0.time >= sale.start && $0.time < sale.end }.count > 24)
    #expect(analysis.outliers.filter { $0.time < sale.start || $0.time >= sale.end }.count == 1)
  }

  @Test("office hours and quiet weekends are business traffic")
  func business() throws {
    let analysis = TrafficAnalysis(of: TraceGenerator.businessExample().trace())
    let weekly = try #require(analysis.weeklyProfile)
    #expect(weekly.shape == .business)
    #expect(abs(weekly.weekdayToWeekend / (1.288 / 0.28) - 1) < 0.05)
    #expect(weekly.quietestDay == .sunday)
  }

  @Test("hours are those of the users' own clock")
  func localHours() throws {
    var generator = TraceGenerator.businessExample(days: 60)
    generator.zone = .fixed(name: "UTC+9", offset: 9 * 3600)
    let local = try #require(TrafficAnalysis(of: generator.trace()).dailyProfile)
    #expect(local.busiestHour == 10)
    let utc = TrafficAnalysis(of: generator.series(), zone: .utc)
    #expect(utc.dailyProfile?.busiestHour == 1)
  }

  @Test("white noise around a level has no cycle")
  func noise() throws {
    var random = RandomStream(seed: 4)
    let analysis = TrafficAnalysis(
      of: Self.series((0..<24 * 60).map { _ in 100 * random.lognormal(median: 1, shape: 0.1) }), zone: .utc)
    #expect(!analysis.hasDailyCycle && !analysis.hasWeeklyCycle)
    #expect(analysis.weeklyProfile?.shape == .flat)
    #expect(analysis.growth.map { $0.perYear.low.rawValue < 0 && $0.perYear.high.rawValue > 0 } == true)
  }

  @Test(
    "short, constant, silent and empty traces get an answer",
    arguments: TrafficAnalysisTests.degenerates.indices)
  func degenerate(index: Int) {
    let values = Self.degenerates[index]
    for step in [Duration.hours(1), .minutes(1), .seconds(7), .days(1), .days(7), .hours(5)] {
      let analysis = TrafficAnalysis(of: Self.series(values, step: step), zone: .utc)
      let known = values.filter { !$0.isNaN }
      #expect((analysis.average == nil) == known.isEmpty)
      #expect((analysis.peak == nil) == known.isEmpty)
      #expect(!analysis.sentences.isEmpty)
      if Set(known).count == 1, known[0] > 0 { #expect(analysis.outliers.isEmpty) }
    }
  }

  @Test("demand times a constant gives the same shape and ratios, rates times the constant")
  func scales() throws {
    let plain = TrafficAnalysis(of: Self.example.trace(), events: Self.example.knownEvents)
    let series = Self.example.series()
    let scaled = TrafficAnalysis(
      of: series.with(rawValues: series.rawValues.map { $0 * 1024 }), zone: .utc, events: Self.example.knownEvents)
    #expect(scaled.average?.rawValue == plain.average.map { $0.rawValue * 1024 })
    #expect(scaled.peak?.value.rawValue == plain.peak.map { $0.value.rawValue * 1024 })
    #expect(scaled.dailyProfile == plain.dailyProfile)
    #expect(scaled.weeklyProfile == plain.weeklyProfile)
    #expect(scaled.peakToAverage == plain.peakToAverage)
    #expect(scaled.outliers.map { $0.time } == plain.outliers.map { $0.time })
    let (a, b) = (try #require(scaled.growth), try #require(plain.growth))
    #expect(abs(a.logSlope - b.logSlope) < 1e-9)
  }

  @Test("the steepest rise is found over each width, and its share of the peak")
  func ramps() {
    var values = [Double](repeating: 10, count: 240)
    for i in 120..<240 { values[i] = min(100, 10 + 3 * Double(i - 119)) }
    let analysis = TrafficAnalysis(of: Self.series(values, step: .minutes(1)), zone: .utc)
    #expect(analysis.steepestRamps.map { $0.window } == [.minutes(1), .minutes(5), .hours(1)])
    #expect(analysis.steepestRamps.map { $0.rise.rawValue } == [3, 15, 90])
    #expect(abs((analysis.steepestRamps.last?.shareOfPeak.rawValue ?? 0) - 0.9) < 1e-12)
    #expect(analysis.steepestRamps.first?.perSecondSquared == 0.05)
  }

  @Test("peak over average is told at the step, the hour and the day, where the step allows")
  func ratios() {
    let values = (0..<24 * 60 * 4).map { $0 == 90 ? 61.0 : 1 }
    let ratio = PeakToAverage(of: Self.series(values, step: .minutes(1)))
    let mean = 1 + 60.0 / Double(values.count)
    #expect(abs((ratio.atStep?.rawValue ?? 0) - 61 / mean) < 1e-9)
    #expect(abs((ratio.atHour?.rawValue ?? 0) - 2 / mean) < 1e-9)
    #expect(abs((ratio.atDay?.rawValue ?? 0) - (1 + 60.0 / 1440) / mean) < 1e-9)
    #expect(PeakToAverage(of: Self.series([1, 2], step: .days(1))).atHour == nil)
  }

  @Test("counts of independent arrivals have an index of dispersion of one")
  func dispersion() throws {
    var random = RandomStream(seed: 9)
    let counts = (0..<1440 * 8).map { _ in Double(random.poisson(mean: 40)) / 60 }
    let analysis = TrafficAnalysis(of: Self.series(counts, step: .minutes(1)), zone: .utc)
    let index = try #require(analysis.burstiness?.indexOfDispersion)
    #expect(abs(index - 1) < 0.1)
  }
}
