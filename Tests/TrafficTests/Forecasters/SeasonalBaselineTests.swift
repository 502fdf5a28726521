import Quantities
import Testing

@testable import Traffic

@Suite struct SeasonalBaselineTests {
  static let example = TraceGenerator.example()

  /// The history and the days that follow it, of one made-up trace.
  static func split(_ generator: TraceGenerator, ahead: Int) -> (TimeSeries<RequestRate>, TimeSeries<RequestRate>) {
    var longer = generator
    longer.days += ahead
    let series = longer.series()
    let cut = generator.series().count
    return (series.slice(0..<cut), series.slice(cut..<series.count))
  }

  @Test("the middle of the forecast follows what came, hour by hour")
  func follows() {
    let (history, truth) = Self.split(Self.example, ahead: 28)
    let forecast = SeasonalBaseline().forecast(
      history, request: ForecastRequest(horizon: .days(28), knownEvents: Self.example.knownEvents))
    #expect(forecast.mid.start == truth.start && forecast.mid.count == truth.count)
    var error = 0.0
    var inside = 0
    for i in 0..<truth.count {
      error += abs(forecast.mid.rawValues[i] / truth.rawValues[i] - 1)
      if forecast.low.rawValues[i] <= truth.rawValues[i], truth.rawValues[i] <= forecast.high.rawValues[i] {
        inside += 1
      }
    }
    #expect(error / Double(truth.count) < 0.06)
    #expect(Double(inside) / Double(truth.count) > 0.75)
    #expect(abs(forecast.growthUsed.mid.percent - 20) < 5)
  }

  @Test("the peak stands above the top of the middle line")
  func peakAboveMid() throws {
    let forecast = SeasonalBaseline().forecast(Self.example.series(), request: ForecastRequest(horizon: .days(60)))
    #expect(forecast.peak.mid > (try #require(forecast.mid.peak)).value)
    #expect(forecast.peak.low < forecast.peak.mid && forecast.peak.mid < forecast.peak.high)
    #expect(forecast.peakQuantile(0.9) == forecast.peak.high)
    #expect(abs(forecast.probability(peakAbove: forecast.peak.high) - 0.1) < 0.01)
    #expect(forecast.dailyPeaks.count == 60)
  }

  @Test("an event multiplies the baseline on its days, and only there")
  func event() throws {
    let sale = Event(
      name: "Black Friday", when: try EventRule.parse("2026-11-27"), duration: .days(4),
      lift: Estimate(exactly: Factor(rawValue: 4)))
    let history = Self.example.series()
    let plain = SeasonalBaseline().forecast(history, request: ForecastRequest(horizon: .days(60)))
    let with = SeasonalBaseline().forecast(history, request: ForecastRequest(horizon: .days(60), events: [sale]))
    let first = with.mid.index(of: CivilDate(daysSinceEpoch: 20_458 + 326).midnightUTC)
    for i in 0..<with.mid.count {
      let factor = with.mid.rawValues[i] / plain.mid.rawValues[i]
      #expect(abs(factor - ((first..<first + 96).contains(i) ? 4 : 1)) < 1e-9)
    }
    #expect((first..<first + 96).contains(with.mid.index(of: with.peakTime)))
    #expect(with.baselinePeak == plain.baselinePeak)
    #expect(with.peak.mid.rawValue > 3.5 * with.baselinePeak.mid.rawValue)
    #expect(with.components.map { $0.name } == ["Black Friday"])
    #expect(abs((with.components.first.map { $0.peak / $0.baselinePeak } ?? 0) - 4) < 1e-9)
  }

  @Test("a catalog lift gives way to the one measured in the history")
  func measuredLift() throws {
    let sale = Event(
      name: "Summer sale", when: try EventRule.parse("9 July"), duration: .days(3),
      lift: Estimate(low: 1.4, mid: 3, high: 5), isAssumption: true)
    #expect(Self.example.start + 185 == CivilDate(year: 2026, month: 7, day: 9))
    let forecast = SeasonalBaseline().forecast(
      Self.example.series(), request: ForecastRequest(horizon: .days(300), events: [sale]))
    let component = try #require(forecast.components.first)
    #expect(abs(component.lift.mid.rawValue - 1.8) < 0.2)
    #expect(!component.isAssumption)
  }

  @Test("the same seed gives the same forecast, another one nearly the same peak")
  func deterministic() {
    let history = Self.example.series()
    func run(_ seed: UInt64) -> Forecast {
      SeasonalBaseline().forecast(history, request: ForecastRequest(horizon: .days(30), seed: seed))
    }
    let (a, b, c) = (run(1), run(1), run(2))
    #expect(a.peak == b.peak && a.mid == b.mid && a.samplePaths(2) == b.samplePaths(2))
    #expect(abs(c.peak.mid / a.peak.mid - 1) < 0.02)
    #expect(c.samplePaths(1) != a.samplePaths(1))
  }

  @Test("demand times a constant gives the forecast times the constant")
  func scales() {
    let history = Self.example.series()
    let request = ForecastRequest(horizon: .days(30))
    let plain = SeasonalBaseline().forecast(history, request: request)
    let scaled = SeasonalBaseline().forecast(
      history.with(rawValues: history.rawValues.map { $0 * 1024 }), request: request)
    for i in 0..<plain.mid.count {
      #expect(abs(scaled.mid.rawValues[i] / plain.mid.rawValues[i] - 1024) < 1e-6)
      #expect(abs(scaled.high.rawValues[i] / plain.high.rawValues[i] - 1024) < 1e-6)
    }
    #expect(abs(scaled.peak.high / plain.peak.high - 1024) < 1e-6)
  }

  @Test(
    "short, constant, silent and empty histories get a forecast",
    arguments: TrafficAnalysisTests.degenerates.indices)
  func degenerate(index: Int) throws {
    let values = TrafficAnalysisTests.degenerates[index]
    let event = Event(name: "weekly", when: .weekly(.friday), lift: Estimate(low: 1, mid: 2, high: 3))
    for step in [Duration.hours(1), .minutes(1), .seconds(7), .days(1), .days(7), .hours(5)] {
      let series = TrafficAnalysisTests.series(values, step: step)
      let forecast = SeasonalBaseline().forecast(
        series, request: ForecastRequest(horizon: step * 30, events: [event]))
      #expect(forecast.mid.count == 30)
      #expect(forecast.mid.rawValues.allSatisfy { $0.isFinite && $0 >= 0 })
      #expect(forecast.peak.mid.isFinite && forecast.peak.low.rawValue >= 0)
      #expect(!forecast.because.isEmpty)
      for i in 0..<30 {
        #expect(forecast.low.rawValues[i] <= forecast.mid.rawValues[i])
        #expect(forecast.mid.rawValues[i] <= forecast.high.rawValues[i])
      }
      #expect(forecast.samplePaths(1).first?.rawValues.allSatisfy { $0.isFinite } == true)
    }
    if values == [5] {
      let one = SeasonalBaseline().forecast(
        TrafficAnalysisTests.series(values), request: ForecastRequest(horizon: .days(1)))
      // No step's middle lies above its day's, which 1,000 futures give to a few hundredths.
      #expect(one.mid.rawValues.allSatisfy { abs($0 - 5) < 0.15 })
      #expect(one.peak.high.rawValue > 5.5)
    }
  }

  @Test("absurd growth, lifts, horizons and rates give numbers, not a crash")
  func absurd() {
    let values: [Double] = [.infinity, -5, 1e308, 0, .nan, 3] + [Double](repeating: 2, count: 24 * 70)
    let event = Event(
      name: "flood", when: .daily, duration: .seconds(Int64.max), lift: Estimate(low: 0, mid: 1e200, high: 1e300))
    for growth in [-1, 0, 1e18] {
      let forecast = SeasonalBaseline().forecast(
        TrafficAnalysisTests.series(values, step: .days(1)),
        request: ForecastRequest(
          horizon: .days(400), events: growth == 0 ? [] : [event],
          growth: Estimate(exactly: Fraction(rawValue: growth))))
      #expect(forecast.peak.high.isFinite && forecast.peak.low.rawValue >= 0)
    }
    let endless = SeasonalBaseline().forecast(
      TrafficAnalysisTests.series([5], step: .days(365)), request: ForecastRequest(horizon: .days(365 * 200)))
    #expect(endless.mid.count == 200)
  }

  @Test("four of five true peaks lie in the 80 % interval, over many made-up histories")
  func coverage() {
    var inside = 0
    var above = 0
    let runs = 60
    for run in 0..<runs {
      var random = RandomStream(seed: 77, item: UInt64(run))
      var generator = TraceGenerator(
        start: CivilDate(daysSinceEpoch: 20_458), days: 60 + run * 4, seed: UInt64(1000 + run))
      generator.noise = random.uniform(0.03, 0.2)
      generator.noiseHours = random.uniform(0.5, 60)
      generator.yearlyGrowth = .percent(random.uniform(-20, 60))
      let (history, truth) = Self.split(generator, ahead: 30)
      let forecast = SeasonalBaseline().forecast(history, request: ForecastRequest(horizon: .days(30)))
      guard let peak = truth.peak?.value else { continue }
      if peak > forecast.peak.high { above += 1 } else if peak >= forecast.peak.low { inside += 1 }
    }
    // 80 % of 60 is 48; three standard deviations of a binomial are 9.3.
    #expect((39...57).contains(inside), "\(inside) of \(runs) inside, \(above) above")
    #expect(above <= 15)
  }
}
