import Documents
import Quantities
import Testing
import Traffic

@testable import Planning

@Suite struct ForecastReviewTests {
  static let zero = Timestamp(secondsSinceEpoch: 1_782_864_000)

  /// A flat forecast of `steps` hours from hour `start` on: `level`, its 95 % range a fifth around, its peak's quantiles
  /// 10, 20, 30 and 40 % above.
  static func kept(_ number: Int64, start: Int, steps: Int = 24, level: Double = 100, step: Duration = .hours(1))
    -> KeptForecast
  {
    KeptForecast(
      number: number, series: "web", made: zero + .hours(Double(start)), start: zero + .hours(Double(start)),
      step: step,
      mean: Array(repeating: level, count: steps),
      quantiles: [0.8, 0.9, 1, 1.1, 1.2, 1.3].map { Array(repeating: $0 * level, count: steps) },
      peak: [1.1, 1.2, 1.3, 1.4].map { $0 * level })
  }
  static func history(_ values: [Double], step: Duration = .hours(1)) -> TimeSeries<RequestRate> {
    TimeSeries(start: zero, step: step, rawValues: values)
  }

  @Test("a forecast is held against the steps that came: bias, range and where the peak lies")
  func comparison() throws {
    var values = Array(repeating: 110.0, count: 72)
    values[50] = 125
    let one = ForecastComparison(Self.kept(1, start: 48), history: Self.history(values))
    #expect(one.isJudged && one.come == 24 && one.known == 24)
    #expect(abs(one.excess - (23 * 110 + 125) / 2400 + 1) < 1e-12)
    #expect(one.truePeak == 125 && one.place == .belowP95)
    let score = try #require(one.score)
    #expect(abs(score.coverage - 23.0 / 24) < 1e-12)
    // The last day repeated says 110 each hour: it errs at one of 24, the forecast by 10 or more at each.
    #expect(score.naiveSmape > 0 && score.smape > score.naiveSmape)
  }

  @Test("a horizon that has come in part, or with gaps, is compared but not judged")
  func partial() {
    let half = ForecastComparison(Self.kept(1, start: 48), history: Self.history(Array(repeating: 100, count: 60)))
    #expect(half.come == 12 && half.known == 12 && !half.isJudged && half.truePeak == 100)
    var values = Array(repeating: 100.0, count: 72)
    for i in 50..<60 { values[i] = .nan }
    let gaps = ForecastComparison(Self.kept(1, start: 48), history: Self.history(values))
    #expect(gaps.come == 24 && gaps.known == 14 && !gaps.isJudged)
    let none = ForecastComparison(Self.kept(1, start: 48), history: Self.history([1, 2]))
    #expect(none.known == 0 && none.score == nil && none.excess.isNaN && none.place == nil)
  }

  @Test("traffic in finer steps is averaged into those of the forecast; in coarser ones it is set aside")
  func steps() {
    let quarters = (0..<(72 * 4)).map { $0 % 4 == 0 ? 160.0 : 80 }
    let one = ForecastComparison(
      Self.kept(1, start: 48), history: Self.history(quarters, step: .minutes(15)))
    #expect(one.truePeak == 100 && one.excess == 0)
    let coarse = SeriesReview(
      "web", forecasts: [Self.kept(1, start: 48)],
      history: Self.history(Array(repeating: 1, count: 30), step: .hours(3)))
    #expect(coarse.tooFine == 1 && coarse.comparisons.isEmpty && coarse.verdict == .early)
  }

  @Test("peaks below what was promised keep the promise; ever more above it break it")
  func promises() {
    let forecasts = (0..<12).map { Self.kept(Int64($0), start: 24 * $0) }
    let calm = SeriesReview("web", forecasts: forecasts, history: Self.history(Array(repeating: 105, count: 288)))
    #expect(calm.verdict == .holds && calm.signs.isEmpty)
    #expect(calm.promises.map(\.exceeded.hits) == [0, 0, 0, 0] && calm.promises[2].independent == 12)
    #expect(calm.promises[2].verdict == .kept && calm.promises[0].verdict == .cautious)
    let high = SeriesReview("web", forecasts: forecasts, history: Self.history(Array(repeating: 135, count: 288)))
    #expect(high.verdict == .broken && high.promises.map(\.exceeded.hits) == [12, 12, 12, 0])
    #expect(high.signs.contains(.peakAboveP95) && high.signs.contains(.higher) && high.signs.contains(.narrow))
    #expect(!ForecastReview([high], until: Self.zero).isKept && ForecastReview([calm], until: Self.zero).isKept)
  }

  @Test("three forecasts condemn nobody, nor do twenty of one day")
  func early() {
    let history = Self.history(Array(repeating: 150, count: 300))
    let three = SeriesReview("web", forecasts: (0..<3).map { Self.kept(Int64($0), start: 24 * $0) }, history: history)
    #expect(three.promises[2].verdict == .early && three.verdict == .watch)
    let sameDay = SeriesReview("web", forecasts: (0..<20).map { Self.kept(Int64($0), start: $0) }, history: history)
    #expect(sameDay.promises[2].independent == 1 && sameDay.promises[2].verdict == .early)
    #expect(ForecastReview([three, sameDay], until: Self.zero).isKept)
  }

  @Test("the newest forecast is told beside earlier ones of the same dates")
  func outlook() throws {
    let forecasts = [
      Self.kept(1, start: 0, steps: 96, level: 100), Self.kept(2, start: 24, steps: 96, level: 100),
      Self.kept(3, start: 48, steps: 96, level: 120), Self.kept(4, start: 47, steps: 2, level: 7),
    ]
    let review = SeriesReview("web", forecasts: Array(forecasts.prefix(3)), history: Self.history([]))
    #expect(review.outlook.map(\.earlier) == [2, 1])
    #expect(review.outlook.allSatisfy { abs($0.change - 0.2) < 1e-12 })
    #expect(review.outlook[1].from == Self.zero + .hours(48) && review.outlook[1].to == Self.zero + .hours(96))
    #expect(review.signs == [.risen] && review.verdict == .early)
    #expect(try OutlookChange(from: #require(forecasts.last), to: forecasts[2]) == nil)
  }

  @Test("a kept answer reads back; what is none is none")
  func documents() throws {
    var json = JSONWriter()
    let answer = EnsembleForecaster().forecast(ForecastQuestion(values: [1, 2, 3, 4, 5], horizon: 3))
    json.object { answer.write(to: &$0) }
    func read(_ text: String) -> KeptForecast? {
      KeptForecast(number: 1, series: "a", made: Self.zero, start: Self.zero, step: .hours(1), result: text)
    }
    let kept = try #require(read(json.text))
    #expect(kept.mean == answer.mean && kept.peak == answer.peak && kept.quantiles == answer.quantiles)
    for text in ["", "{", "[]", "{\"mean\": []}", "{\"mean\": [1, null]}", json.text.replacing("q975", with: "q9")] {
      #expect(read(text) == nil)
    }
  }

  @Test("odd traffic never traps: none, gaps alone, zeros, before the forecast, far behind it")
  func odd() {
    let forecasts = [Self.kept(1, start: 48), Self.kept(2, start: -5000), Self.kept(3, start: 100_000, level: 0)]
    for values in [[], [.nan], Array(repeating: 0.0, count: 100), Array(repeating: 1e300, count: 100)] {
      let review = SeriesReview("web", forecasts: forecasts, history: Self.history(values))
      #expect(review.comparisons.count == 3)
      _ = ForecastReview([review], until: Self.zero).coverage
    }
  }
}
