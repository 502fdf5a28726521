import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct EnsembleTests {
  @Test("the peak of the first weeks is where the ensemble's peak head says")
  func calibrated() throws {
    let values = EnsembleForecasterTests.series(504)
    let history = ForecastStudyTests.history(values)
    let forecast = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(7)))
    let answer = try #require(forecast.answer)
    #expect(forecast.forecaster == "ensemble")
    #expect(abs(forecast.peak.mid.rawValue / answer.peak[0] - 1) < 0.02)
    #expect(abs(forecast.peak.high.rawValue / answer.peak[1] - 1) < 0.02)
    #expect(abs(forecast.peak.low.rawValue / answer.peakLow - 1) < 0.02)
    #expect(forecast.mid.rawValues == answer.mean.indices.map { forecast.mid.rawValues[$0] })
  }

  @Test("sample paths peak as the forecast says, and come again with their seed")
  func paths() {
    let history = ForecastStudyTests.history(EnsembleForecasterTests.series(504))
    let forecast = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(5)))
    let paths = forecast.samplePaths(200)
    let tops = paths.compactMap { $0.rawValues.max() }.sorted()
    #expect(abs((Statistics.quantile(sorted: tops, 0.5) ?? 0) / forecast.peak.mid.rawValue - 1) < 0.1)
    #expect(forecast.samplePaths(2).map(\.rawValues) == [paths[0].rawValues, paths[1].rawValues])
    #expect(forecast.samplePaths(1, seed: 9).map(\.rawValues) != [paths[0].rawValues])
  }

  @Test("events and growth work on the ensemble's path")
  func events() throws {
    let history = ForecastStudyTests.history(EnsembleForecasterTests.series(504))
    let day = TimeZoneRules.utc.local(history.end + .days(2)).date
    let sale = Event(name: "sale", when: .date(day), duration: .days(1), lift: Estimate(exactly: Factor(rawValue: 3)))
    let plain = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(7)))
    let with = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(7), events: [sale]))
    #expect(with.peak.mid.rawValue > 2 * plain.peak.mid.rawValue)
    #expect(abs(with.baselinePeak.mid.rawValue / plain.peak.mid.rawValue - 1) < 0.05)
  }

  @Test("days are expected to peak where they do, also where the horizon's own peak moves paths")
  func days() {
    // Each day's level jumps by a tenth up or down: the two weeks' peak lies above any day's middle.
    var off: [Double] = []
    for seed in 1...12 as ClosedRange<UInt64> {
      var random = RandomStream(seed: 100 + seed)
      let jumps = (0..<70).map { _ in exp(random.normal(deviation: 0.15)) }
      let values = EnsembleForecasterTests.series(1680, seed: seed, noise: 0.05).enumerated().map {
        $1 * jumps[$0 / 24]
      }
      let forecast = Ensemble().forecast(
        ForecastStudyTests.history(Array(values[..<1344])), request: ForecastRequest(horizon: .days(14)))
      for d in 0..<14 {
        let came = values[1344 + d * 24..<1368 + d * 24].max() ?? 0
        off.append(log(forecast.dailyPeaks[d].peak.mid.rawValue / came))
      }
    }
    let bias = Statistics.mean(off) ?? 1
    // The middle of the two weeks' peak is 15 % too low here; were whole paths moved to it, days would be by 10 %.
    #expect(abs(bias) < 0.09, "\(bias)")
  }

  @Test("a history of fewer days than any member needs is served by the simple forecast")
  func short() {
    let history = ForecastStudyTests.history(EnsembleForecasterTests.series(60))
    let forecast = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(7)))
    #expect(forecast.answer == nil && forecast.forecaster == "seasonal-baseline")
  }
}
