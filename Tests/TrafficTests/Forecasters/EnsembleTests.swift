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

  @Test("a history of fewer days than any member needs is served by the simple forecast")
  func short() {
    let history = ForecastStudyTests.history(EnsembleForecasterTests.series(60))
    let forecast = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(7)))
    #expect(forecast.answer == nil && forecast.forecaster == "seasonal-baseline")
  }
}
