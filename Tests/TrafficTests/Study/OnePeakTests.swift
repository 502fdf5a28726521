import Glibc
import Quantities
import Testing

@testable import Traffic

/// One law: whoever stays below a rate over a horizon stays below it each week, day and step.
@Suite struct OnePeakTests {
  /// Random demand of many kinds: rhythms, bursts, growth, changes of level, quiet stretches, gaps, any scale.
  static func series(_ random: inout RandomStream, most: Int) -> [Double] {
    let count = 3 + Int(random.uniform() * Double(most - 3))
    let scale = pow(10, random.uniform() * 8 - 3)
    let (swing, noise) = (random.uniform() * 0.9, random.uniform() * random.uniform())
    let growth = (random.uniform() - 0.4) * 0.004
    let jump = random.uniform() < 0.3 ? exp(random.normal()) : 1
    let jumpAt = Int(random.uniform() * Double(count))
    let bursts = random.uniform() < 0.3 ? 0.02 : 0
    let quiet = random.uniform() < 0.2 ? random.uniform() * 0.5 : 0
    let gaps = random.uniform() < 0.3 ? random.uniform() * 0.2 : 0
    return (0..<count).map { i in
      let day = 1 + swing * sin(2 * .pi * Double(i) / 24)
      let weekday = i / 24 % 7 < 5 ? 1 : 1 - 0.5 * swing
      var value = scale * day * weekday * exp(growth * Double(i) + random.normal() * noise)
      if i >= jumpAt { value *= jump }
      if random.uniform() < bursts { value *= 1 + 9 * random.uniform() }
      if random.uniform() < quiet { value = 0 }
      return random.uniform() < gaps ? .nan : value
    }
  }

  @Test("a peak's quantile is at least that of every step, on thousands of series, and half is less than nine tenths")
  func answers() {
    var random = RandomStream(seed: 1607)
    let forecaster = EnsembleForecaster()
    var alike = 0
    for _ in 0..<2000 {
      let values = Self.series(&random, most: 260)
      let answer = forecaster.forecast(
        ForecastQuestion(values: values, horizon: 1 + Int(random.uniform() * 60), seasons: [24]))
      for (level, place) in [(2, 0), (3, 1), (5, 3)] {
        let top = answer.quantiles[level].max() ?? 0
        #expect(top <= answer.peak[place], "\(values) \(level)")
      }
      #expect((answer.quantiles[1].max() ?? 0) <= answer.peakLow && answer.peakLow <= answer.peak[0])
      #expect((answer.quantiles[4].max() ?? 0) <= answer.peak[3])
      for (low, high) in zip(answer.peak, answer.peak.dropFirst()) { #expect(low <= high) }
      for (low, high) in zip(answer.quantiles, answer.quantiles.dropFirst()) {
        #expect(zip(low, high).allSatisfy { $0 <= $1 })
      }
      let known = Set(values.filter { $0.isFinite })
      if known.count > 1, answer.peak[0] > 0, answer.peak[0] == answer.peak[1] { alike += 1 }
    }
    #expect(alike == 0, "\(alike) series repeat one value for P50 and P90")
  }

  @Test("horizon, weeks, days and steps are counted on the same futures, on hundreds of series")
  func studies() {
    var random = RandomStream(seed: 1608)
    for round in 0..<150 {
      let values = Self.series(&random, most: 600)
      guard values.contains(where: { $0 > 0 }) else { continue }
      let history = ForecastStudyTests.history(values)
      var request = ForecastStudy.Request(horizon: .hours(24 + (random.uniform() * 500).rounded()))
      request.isTested = false
      request.paths = round % 10 == 0 ? 1000 : 0
      if round % 3 == 0 { request.capacity = RequestRate(rawValue: 1.1 * (values.filter { $0.isFinite }.max() ?? 1)) }
      if round % 4 == 0 { request.from = history.end + .hours(30 * random.uniform()) }
      if round % 5 == 0 {
        let day = TimeZoneRules.utc.local(history.end + .days(1)).date
        let lift = Estimate(
          low: Factor(rawValue: 1.5), mid: Factor(rawValue: 2), high: Factor(rawValue: 4), confidence: 0.8)
        request.events = [Event(name: "sale", when: .date(day), lift: lift)]
      }
      let study = ForecastStudy(of: history, name: "a", request)
      let peak = study.answer.peak
      for span in study.days + study.weeks {
        #expect(span.p50.rawValue <= peak[0] && span.p90.rawValue <= peak[1] && span.p99.rawValue <= peak[3])
      }
      let clock = LocalClock(start: study.start, step: history.step, count: study.steps, zone: .utc)
      for t in 0..<study.steps {
        let day = study.days[Int(clock.day[t])]
        #expect(study.answer.mean[t] <= day.p50.rawValue)
        #expect(study.answer.quantiles[3][t] <= day.p90.rawValue && study.answer.quantiles[5][t] <= day.p99.rawValue)
      }
      #expect(peak[0] < peak[1], "\(peak)")
      #expect(study.forecast.peak.mid.rawValue == peak[0] && study.forecast.peak.high.rawValue == peak[1])
      if request.paths > 0 {
        let tops = study.paths.compactMap { $0.max() }.sorted()
        #expect(tops == study.peakSamples)
      }
    }
  }

  @Test("a longer look for the runway leaves the horizon's futures as they are")
  func lookout() {
    let history = ForecastStudyTests.history(EnsembleForecasterTests.series(900))
    var request = ForecastRequest(horizon: .days(10))
    let near = Ensemble().forecast(history, request: request)
    request.lookout = .days(200)
    let far = Ensemble().forecast(history, request: request)
    #expect(near.peakSamples == far.peakSamples)
    #expect(near.mid.rawValues == far.mid.rawValues && near.high.rawValues == far.high.rawValues)
    #expect(near.samplePaths(3).map(\.rawValues) == far.samplePaths(3).map(\.rawValues))
  }

  @Test("what lies before the moment asked for is not told")
  func later() {
    let history = ForecastStudyTests.history(EnsembleForecasterTests.series(900))
    var request = ForecastRequest(horizon: .days(10))
    let day = TimeZoneRules.utc.local(history.end + .days(1)).date
    let sale = Event(name: "sale", when: .date(day), lift: Estimate(exactly: Factor(rawValue: 5)))
    request.from = history.end + .days(4)
    let calm = Ensemble().forecast(history, request: request)
    request.events = [sale]
    let after = Ensemble().forecast(history, request: request)
    #expect(after.mid.start == history.end + .days(4) && after.mid.count == 144)
    #expect(after.peakSamples == calm.peakSamples && after.components.isEmpty)
    #expect(after.dailyPeaks.first?.date == TimeZoneRules.utc.local(history.end + .days(4)).date)
    #expect(after.samplePaths(2).allSatisfy { $0.count == 144 && $0.start == after.mid.start })
  }

  @Test("a day's steps move to a peak with their order kept", arguments: [0.3, 0.79, 0.9, 1, 1.5, 4])
  func aligned(factor: Double) {
    var values = [2, 7, 10, 9.5, 3, 0]
    let before = values
    PathModel.align(&values, 0..<6, top: 10 * factor, likeliest: before)
    #expect(values[2] == 10 * factor && values.max() == values[2])
    #expect(values[5] == 0 && values[0] < values[4] && values[4] < values[1] && values[1] < values[3])
    // An ordinary hour stays where the peak moves a little.
    if factor >= 0.8, factor <= 1.5 { #expect(abs(values[0] / 2 - 1) < 0.001) }
  }
}
