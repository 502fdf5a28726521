import Glibc
import Quantities
import Traffic

/// Made-up hours with a day, a week, a year and noise.
private func hours(_ count: Int, seed: UInt64) -> [Double] {
  var random = RandomStream(seed: seed)
  return (0..<count).map { i in
    let t = Double(i)
    let day = 1 + 0.5 * sin(2 * .pi * t / 24)
    let year = 1 + 0.2 * sin(2 * .pi * t / 8766)
    return 100 * day * year * (i % 168 < 120 ? 1 : 0.7) * exp(random.normal(deviation: 0.1))
  }
}

/// Forecasts: many series of the length of the M4 competition's, one long one, and what a report needs.
let forecastingBenchmarks: [Benchmark] = {
  let many = (0..<50).map { hours(700 + ($0 % 2) * 260, seed: UInt64($0 + 1)) }
  let long = hours(150_000, seed: 99)
  return [
    Benchmark("forecast: M4 lengths, paths, ranges and peak", 50, "series") {
      let forecaster = EnsembleForecaster()
      return many.reduce(0) {
        $0 + forecaster.forecast(ForecastQuestion(values: $1, horizon: 48, seasons: [24, 168])).peak[0]
      }
    },
    Benchmark("forecast: 150,000 hours, seasons 24 + 168 + 8766", 150_000, "hours") {
      EnsembleForecaster().forecast(ForecastQuestion(values: long, horizon: 168, seasons: [24, 168, 8766])).peak[0]
    },
    Benchmark("forecast: prior of 50 series", 50, "series") {
      Double(LagPrior(of: many)?.seriesCount ?? 0)
    },
    Benchmark("forecast: study with backtest, 700 hours", 1, "studies") {
      let history = TimeSeries<RequestRate>(
        start: Timestamp(secondsSinceEpoch: 1_767_225_600), step: .hours(1), rawValues: many[0])
      return ForecastStudy(of: history, name: "a", ForecastStudy.Request(horizon: .days(2))).answer.peak[0]
    },
  ]
}()
