import Glibc
import Quantities
import Testing

@testable import Traffic

/// Peaks are compared as logarithms and told as numbers: they are those of the futures themselves, to the last digit.
@Suite struct PeakDrawsTests {
  private static func forecast(events: [Event], analysed: Bool = false) -> Forecast {
    var random = RandomStream(seed: 1616)
    let values = (0..<840).map { h -> Double in
      let day = 1 + 0.5 * sin(2 * .pi * Double(h) / 24)
      return 200 * day * (h / 24 % 7 < 5 ? 1 : 0.7) * exp(0.08 * random.normal())
    }
    let start = CivilDate(year: 2026, month: 9, day: 7)?.midnightUTC ?? Timestamp(nanosecondsSinceEpoch: 0)
    let series = TimeSeries<RequestRate>(start: start, step: .hours(1), rawValues: values)
    var request = ForecastRequest(horizon: .days(17), events: events, seed: 4)
    request.from = series.end + .hours(30)
    if analysed { request.analysis = TrafficAnalysis(of: series, zone: .utc, planned: events) }
    return Ensemble().forecast(series, request: request)
  }

  private static func sale() throws -> Event {
    let date = try #require(CivilDate(year: 2026, month: 10, day: 16))
    return Event(
      name: "sale", when: .date(date), duration: .days(2),
      lift: Estimate(low: Factor(rawValue: 1.5), mid: Factor(rawValue: 3), high: Factor(rawValue: 4), confidence: 0.8))
  }

  @Test("a day's quantiles and the horizon's are those of the futures' largest steps", arguments: [false, true])
  func futures(hasEvent: Bool) throws {
    let forecast = Self.forecast(events: hasEvent ? [try Self.sale()] : [])
    let draws = try #require(forecast.draws)
    let paths = forecast.samplePaths(draws.paths).map(\.rawValues)
    let levels = [0.9, 0.025, 0.5, 0.99]
    var from = forecast.model.first
    let day = forecast.model.day
    while from < day.count {
      let to = day[from...].firstIndex { $0 != day[from] } ?? day.count
      let range = (from - forecast.model.first)..<(to - forecast.model.first)
      let tops = paths.map { $0[range].max() ?? 0 }.sorted()
      let told = draws.quantiles(ofDay: Int(day[from]), levels)
      #expect(told == levels.map { Statistics.quantile(sorted: tops, $0) ?? .nan }, "day \(day[from])")
      let capacity = told[0]
      #expect(draws.paths(above: capacity, onDay: Int(day[from])).count == tops.count { $0 > capacity })
      from = to
    }
    #expect(forecast.peakSamples == paths.map { $0.max() ?? 0 }.sorted())
    #expect(hasEvent == (forecast.peak.mid > forecast.baselinePeak.mid * 1.2))
  }

  @Test("an analysis at hand changes nothing of a forecast", arguments: [false, true])
  func analysed(hasEvent: Bool) throws {
    let events = hasEvent ? [try Self.sale()] : []
    let (plain, known) = (Self.forecast(events: events), Self.forecast(events: events, analysed: true))
    #expect(plain.mid == known.mid && plain.low == known.low && plain.high == known.high)
    #expect(plain.peakSamples == known.peakSamples && plain.dailyPeaks == known.dailyPeaks)
    #expect(plain.because == known.because && plain.residualSpread == known.residualSpread)
  }
}
