import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct ForecastStudyTests {
  static func history(_ values: [Double], step: Duration = .hours(1)) -> TimeSeries<RequestRate> {
    TimeSeries(start: Timestamp(secondsSinceEpoch: 1_767_225_600), step: step, rawValues: values)
  }
  static func study(
    _ values: [Double], horizon: Duration = .days(2), capacity: Double? = nil, step: Duration = .hours(1)
  ) -> ForecastStudy {
    var request = ForecastStudy.Request(horizon: horizon)
    request.capacity = capacity.map { RequestRate(rawValue: $0) }
    request.runwayDays = 120
    return ForecastStudy(of: history(values, step: step), name: "a", request)
  }

  @Test("a study tells path, peaks of days and weeks, cycles, members and its own backtest")
  func whole() throws {
    let study = Self.study(EnsembleForecasterTests.series(672), horizon: .days(7))
    #expect(study.steps == 168 && study.answer.mean.count == 168)
    #expect(study.days.count == 7 && study.weeks.count == 1)
    #expect(study.days.allSatisfy { $0.p50 <= $0.p90 && $0.p90 <= $0.p99 })
    // The week's peak is at least any day's.
    #expect(study.days.allSatisfy { $0.p50 <= study.weeks[0].p50 })
    #expect(abs(study.weeks[0].p50 / RequestRate(rawValue: study.answer.peak[0]) - 1) < 0.1)
    #expect(study.seasons.map(\.name) == ["day", "week"])
    #expect(study.seasons[0].strength > 0.5)
    #expect(!study.answer.weights.isEmpty)
    let backtest = try #require(study.backtest)
    #expect(backtest.origins.count >= 4)
    #expect(backtest.total.relativeOWA < 1.1, "\(backtest.total)")
    #expect(backtest.blocks.first?.from == 0 && backtest.blocks.last?.to == backtest.horizon)
    #expect(backtest.total.steps == backtest.blocks.reduce(0) { $0 + $1.score.steps })
  }

  @Test("a backtest forecasts from the history up to each origin alone")
  func backtestIsHonest() throws {
    var values = EnsembleForecasterTests.series(400)
    let question = ForecastQuestion(values: values, horizon: 24, seasons: [24])
    let before = try #require(Backtest(of: question, by: EnsembleForecaster()))
    let last = try #require(before.origins.first)
    #expect(last.count == 376 && last.truth == Array(values[376...]))
    // What comes after an origin does not change what was said there.
    for i in 376..<400 { values[i] *= 10 }
    let after = try #require(
      Backtest(of: ForecastQuestion(values: values, horizon: 24, seasons: [24]), by: EnsembleForecaster()))
    #expect(after.origins.first?.path == last.path)
    #expect(after.total.mase > before.total.mase)
  }

  @Test("scores are those of the M4 competition on a series worked by hand")
  func scores() {
    // Truth 10 and 20, forecast 12 and 15, range 8 to 14 and 16 to 18, last season 10 and 10, scale 2.
    let score = ForecastScore(
      truth: [10, 20], path: [12, 15], low: [8, 16], high: [14, 18], naive: [10, 10], scale: 2)
    #expect(abs(score.smape - (200 * 2 / 22 + 200 * 5 / 35.0) / 2) < 1e-12)
    #expect(abs(score.mase - (2 + 5) / 2 / 2.0) < 1e-12)
    #expect(abs(score.naiveMase - 2.5) < 1e-12)
    #expect(score.coverage == 0.5)
    #expect(abs(score.intervalScore - (6 + 2 + 40 * 2) / 2 / 2.0) < 1e-12)
    #expect(ForecastScore.scale(of: [1, 2, 3, 5, 1, 9], season: 2) == (2 + 3 + 2 + 4) / 4.0)
  }

  @Test("the capacity is outgrown first in few futures, then in half of them; a larger one lasts longer")
  func outgrown() throws {
    // A tenth more each week.
    let values = EnsembleForecasterTests.series(168 * 12, noise: 0.05).enumerated().map {
      $1 * pow(1.02, Double($0) / 168)
    }
    let peak = values.suffix(168).max() ?? 0
    let forecast = SeasonalBaseline().forecast(
      Self.history(values), request: ForecastRequest(horizon: .days(120)))
    func runway(_ capacity: Double) throws -> RunwayOutlook {
      try #require(RunwayOutlook(forecast, capacity: RequestRate(rawValue: capacity)))
    }
    let some = try runway(peak * 1.25)
    let (p50, p90, p99) = (try #require(some.p50), try #require(some.p90), try #require(some.p99))
    #expect(p99 <= p90 && p90 <= p50)
    let early = try #require(some.earliest)
    #expect(early <= p50 && some.probability > 0.5)
    #expect(some.movers.contains { $0.change == "no growth" && $0.p50.map { $0 > p50 } ?? true })
    #expect(try runway(peak / 2).probabilityToday > 0.9)
    let endless = try runway(peak * 100)
    #expect(endless.p50 == nil && endless.p99 == nil && endless.probability == 0)
  }

  @Test("odd histories get finite answers with findings", arguments: 0..<14)
  func odd(_ index: Int) {
    let flat = [Double](repeating: 5, count: 100)
    let all: [[Double]] = [
      [], [.nan, .nan], [3], [3, 4], flat, flat.map { $0 * 0 }, flat.map { -$0 }, [1, 2, 3, 4, 5, 6, 7],
      EnsembleForecasterTests.series(100).enumerated().map { $0 % 9 == 0 ? .infinity : $1 },
      EnsembleForecasterTests.series(200).map { $0 * 1e300 }, EnsembleForecasterTests.series(200).map { $0 * 1e-300 },
      [Double](repeating: 0, count: 150) + [1e9], (0..<300).map { $0 % 2 == 0 ? .nan : 2 },
      EnsembleForecasterTests.series(120) + [Double](repeating: .nan, count: 80),
    ]
    let study = Self.study(all[index])
    #expect(study.answer.mean.count == 48 && study.answer.mean.allSatisfy { $0.isFinite })
    #expect(study.answer.quantiles.allSatisfy { $0.allSatisfy { $0.isFinite } })
    #expect(study.answer.peak.allSatisfy { $0.isFinite })
    #expect(study.days.allSatisfy { $0.p50.rawValue.isFinite && $0.p99.rawValue.isFinite })
    #expect(!study.findings.isEmpty)
  }

  @Test("rare outliers count as what is usual at their hour, and are listed")
  func outliers() {
    var values = EnsembleForecasterTests.series(504, noise: 0.05)
    values[300] = 5000
    let study = Self.study(values)
    #expect(study.changes.count == 1)
    #expect(study.changes.first?.from == RequestRate(rawValue: 5000))
    #expect(study.answer.peak[3] < 1000)
  }

  @Test("floor and cap hold for path, ranges, peaks and sampled futures; a capacity at the cap is never outgrown")
  func limits() throws {
    var request = ForecastStudy.Request(horizon: .days(3))
    request.floor = RequestRate(rawValue: 90)
    request.cap = RequestRate(rawValue: 120)
    request.capacity = RequestRate(rawValue: 120)
    request.runwayDays = 30
    request.paths = 5
    request.isTested = false
    let study = ForecastStudy(of: Self.history(EnsembleForecasterTests.series(672)), name: "a", request)
    let all = study.answer.quantiles + [study.answer.mean, study.answer.peak] + study.paths
    #expect(all.allSatisfy { $0.allSatisfy { $0 >= 90 && $0 <= 120 } })
    #expect(study.days.allSatisfy { $0.p99.rawValue <= 120 })
    #expect(study.paths.count == 5 && study.paths[0].count == 72 && study.paths[0] != study.paths[1])
    #expect(study.runway?.p50 == nil && study.runway?.probability == 0)
    #expect(study.findings.contains { $0.contains("cap") })
  }

  @Test("a study that is moved takes its ranges, peak and futures along")
  func moved() {
    let study = Self.study(EnsembleForecasterTests.series(672))
    let moved = study.moved(to: study.answer.mean.map { $0 * 2 })
    #expect(moved.answer.mean[5] == study.answer.mean[5] * 2)
    #expect(abs(moved.answer.peak[0] - 2 * study.answer.peak[0]) < 1e-6)
    #expect(
      moved.answer.quantiles[4][5] - moved.answer.mean[5] - study.answer.quantiles[4][5] + study.answer.mean[5] < 1e-6)
    #expect(moved.findings.last?.contains("add up") == true)
  }

  @Test("what is said of two weeks' peaks holds for about as many as it should")
  func peakIntervals() {
    var inside = 0
    let count = 24
    for seed in 1...count {
      let values = EnsembleForecasterTests.series(1008 + 336, seed: UInt64(seed), noise: 0.12)
      let forecast = Ensemble().forecast(
        Self.history(Array(values[..<1008])), request: ForecastRequest(horizon: .days(14)))
      let peak = values[1008...].max() ?? 0
      if peak >= forecast.peak.low.rawValue, peak <= forecast.peak.high.rawValue { inside += 1 }
    }
    // 80 % of 24 are 19.2, with a standard deviation of 2.
    #expect(inside >= 14, "\(inside) of \(count)")
  }

  @Test("an event ahead lifts the path, its ranges and the peak that are told")
  func eventAhead() throws {
    var request = ForecastStudy.Request(horizon: .days(3))
    request.isTested = false
    let values = EnsembleForecasterTests.series(672)
    let plain = ForecastStudy(of: Self.history(values), name: "a", request)
    // 1 January 2026 and 28 days of history; the 30th is the second day ahead.
    let date = try #require(CivilDate(year: 2026, month: 1, day: 30))
    request.events = [
      Event(
        name: "launch", when: .date(date), duration: .hours(3), lift: Estimate(exactly: Factor(rawValue: 3)),
        startsAt: .hours(12))
    ]
    let lifted = ForecastStudy(of: Self.history(values), name: "a", request)
    #expect(abs(lifted.answer.mean[37] / plain.answer.mean[37] - 3) < 0.01)
    #expect(lifted.answer.mean[30] == plain.answer.mean[30])
    #expect(lifted.answer.peak[0] > 1.5 * plain.answer.peak[0])
    #expect(EnsembleForecasterTests.isSound(lifted.answer, horizon: 72))
  }
}
