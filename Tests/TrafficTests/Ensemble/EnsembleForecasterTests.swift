import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct EnsembleForecasterTests {
  /// Days and weeks with multiplicative noise.
  static func series(_ count: Int, seed: UInt64 = 1, noise: Double = 0.1) -> [Double] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { i in
      let day = 1 + 0.5 * sin(2 * .pi * Double(i) / 24)
      let week = i % 168 < 120 ? 1.0 : 0.7
      return 100 * day * week * exp(random.normal(deviation: noise))
    }
  }
  static func ask(_ values: [Double], horizon: Int = 48, seasons: [Int] = [24, 168]) -> ForecastAnswer {
    EnsembleForecaster().forecast(ForecastQuestion(values: values, horizon: horizon, seasons: seasons))
  }
  static func isSound(_ a: ForecastAnswer, horizon: Int) -> Bool {
    let paths = [a.mean] + a.quantiles
    guard paths.allSatisfy({ $0.count == horizon && $0.allSatisfy { $0.isFinite } }) else { return false }
    for t in 0..<horizon {
      for (low, high) in zip(a.quantiles, a.quantiles.dropFirst()) where low[t] > high[t] { return false }
    }
    return a.peak.allSatisfy { $0.isFinite } && zip(a.peak, a.peak.dropFirst()).allSatisfy { $0 <= $1 }
      && !a.findings.isEmpty
  }

  static let odd: [(String, [Double])] = [
    ("nothing", []), ("gaps alone", [Double](repeating: .nan, count: 300)), ("one point", [7]), ("two points", [1, 2]),
    ("a constant", [Double](repeating: 5, count: 300)), ("zeros", [Double](repeating: 0, count: 300)),
    ("less than a season", [1, 5, 3, 8, 2]), ("negative", series(400).map { -$0 }),
    ("infinities", series(400).enumerated().map { $0 % 50 == 0 ? .infinity : $1 }),
    ("close to overflow", series(400).map { $0 * 1e305 }), ("close to underflow", series(400).map { $0 * 1e-308 }),
    ("a late spike", [Double](repeating: 0, count: 399) + [1e9]),
    ("growth by e each hour", (0..<600).map { exp(Double($0)) }),
    ("a long gap at the end", series(400) + [Double](repeating: .nan, count: 200)),
    ("a long gap at the start", [Double](repeating: .nan, count: 200) + series(400)),
    ("one value in fifty", (0..<900).map { $0 % 50 == 0 ? Double($0) : .nan }),
  ]

  @Test("every history gets an answer without NaN, with quantiles in order and a finding", arguments: odd.indices)
  func oddHistories(_ i: Int) {
    let (name, values) = Self.odd[i]
    let asked: [(Int, [Int])] = [
      (0, [24, 168]), (1, [24]), (48, [24, 168]), (48, []), (200, [7]), (48, [1_000_000]),
    ]
    for (horizon, seasons) in asked {
      let answer = Self.ask(values, horizon: horizon, seasons: seasons)
      #expect(Self.isSound(answer, horizon: horizon), "\(name), horizon \(horizon), seasons \(seasons)")
    }
  }

  @Test("traffic a thousand times as large is forecast a thousand times as large")
  func scaling() {
    let values = Self.series(700)
    let (one, many) = (Self.ask(values), Self.ask(values.map { $0 * 1000 }))
    for (a, b) in zip(one.mean + one.peak + one.quantiles[4], many.mean + many.peak + many.quantiles[4]) {
      #expect(abs(a * 1000 - b) < 1e-3 * abs(b))
    }
  }

  @Test("a day and a week repeated exactly are continued exactly")
  func exactRepetition() {
    let values = Self.series(168, noise: 0.1)
    let answer = Self.ask(values + values + values + values)
    for t in 0..<48 { #expect(abs(answer.mean[t] - values[t]) < 0.02 * values[t]) }
  }

  @Test("missing hours keep the others in their places")
  func gaps() {
    var random = RandomStream(seed: 3)
    let values = Self.series(1008, noise: 0.02)
    let holed = values.map { random.uniform() < 0.1 ? Double.nan : $0 }
    let (whole, part) = (Self.ask(values), Self.ask(holed))
    for t in 0..<48 { #expect(abs(whole.mean[t] - part.mean[t]) < 0.1 * whole.mean[t]) }
    #expect(part.findings.contains { $0.contains("missing") })
  }

  @Test("95 % ranges hold nine in ten to all but one in fifty of what comes; the peak's middle errs little")
  func coverage() {
    var inside = 0
    var total = 0
    var peakError = 0.0
    for seed in 1...10 {
      let values = Self.series(752, seed: UInt64(seed), noise: 0.15)
      let answer = Self.ask(Array(values[..<704]))
      for t in 0..<48 {
        total += 1
        if values[704 + t] >= answer.quantiles[0][t], values[704 + t] <= answer.quantiles[4][t] { inside += 1 }
      }
      let peak = values[704...].max() ?? 0
      peakError += abs(answer.peak[0] - peak) / peak / 10
    }
    let share = Double(inside) / Double(total)
    #expect(share > 0.9 && share < 0.99, "\(share)")
    #expect(peakError < 0.14, "\(peakError)")
  }

  @Test("where the middle of the peak is nothing or less, peaks seen tell how high it may be")
  func peaksOfNothing() {
    // One hour in 25 days was busy: two of its 24 windows of two days, half a window apart, hold it.
    let rare = EnsembleForecaster().forecast(
      ForecastQuestion(
        values: [Double](repeating: 0, count: 300) + [1000] + [Double](repeating: 0, count: 300), horizon: 48,
        seasons: [24, 168]))
    #expect(rare.peak[0] == 0 && rare.peak[1] == 0 && rare.peak[2] > 100 && rare.peak[3] == 1000, "\(rare.peak)")
    var random = RandomStream(seed: 3)
    let below = (0..<500).map { _ in -5 + random.uniform() }
    let answer = EnsembleForecaster().forecast(ForecastQuestion(values: below, horizon: 48, seasons: [24]))
    #expect(answer.peak[0] < answer.peak[3] && answer.peak[3] < 0, "\(answer.peak)")
  }

  @Test("the middle of paths is the weighted median of each step among those that have a vote")
  func medianPath() {
    var random = RandomStream(seed: 11)
    let rows = (0..<9).map { m in m == 4 ? [] : (0..<30).map { _ in random.uniform() + Double(m) / 20 } }
    let weights = (0..<9).map { pow(0.6, Double($0)) }
    let known = rows.indices.filter { !rows[$0].isEmpty }
    let block = rows.flatMap { $0 }
    func middle(_ starts: [Int], _ weights: [Double], steps: Int) -> [Double] {
      [Double](unsafeUninitializedCapacity: steps) { path, count in
        path.initialize(repeating: 1)
        block.withUnsafeBufferPointer {
          WeightedMedian.path(path, of: $0, starts: starts, weights: weights, least: 0.1)
        }
        count = steps
      }
    }
    let path = middle(known.indices.map { $0 * 30 }, known.map { weights[$0] }, steps: 30)
    for t in 0..<30 {
      let kept = rows.indices.filter { !rows[$0].isEmpty && weights[$0] >= 0.1 }
      var values = kept.map { rows[$0][t] }
      var kinds = kept.map { weights[$0] }
      #expect(abs(path[t] - WeightedMedian.of(&values, &kinds, count: kept.count)) < 1e-12)
    }
    #expect(middle([], [], steps: 3) == [0, 0, 0])
  }

  @Test("ranges are wider where seasons changed by more than the forecast missed")
  func seasonalChange() {
    let misses = (0..<20).flatMap { o in (0..<24).map { t in ((o + t) % 2 == 0 ? 1 : -1) * 0.1 } }
    func upper(_ change: Double?) -> Double {
      ConformalBands(misses, reach: 24, span: 48, change: change).miss(4, lead: 3)
    }
    #expect(abs(upper(0.1) - upper(nil)) < 1e-9)
    #expect(upper(0.2) > upper(nil) && upper(0.05) < upper(nil))
    // No further than two and a half times the prior's width and the root of that of the misses seen.
    #expect(abs(upper(100) - upper(10)) < 1e-9 && upper(100) < 2.5 * upper(nil))
  }

  @Test("the prior that comes with the program survives being written and read")
  func priorRoundTrip() throws {
    let shipped = try #require(LagPrior.shipped)
    let again = try #require(shipped.bytes.withUnsafeBytes { LagPrior(bytes: $0, seriesCount: 414) })
    #expect(again.tables.map(\.products) == shipped.tables.map(\.products))
    #expect([UInt8](repeating: 0, count: 12).withUnsafeBytes { LagPrior(bytes: $0, seriesCount: 1) } == nil)
  }

  @Test("shifted products of lags equal those summed window by window, for each count of points")
  func lagProducts() throws {
    let z = Self.series(400).map { log($0) }
    let products = try #require(LagProducts(z, counts: [300, 400], deviation: 0.4))
    #expect(products.windows == [300 - 191, 400 - 191])
    for (k, windows) in products.windows.enumerated() {
      for (a, b) in [(0, 0), (0, 95), (5, 7), (40, 60), (47, 48), (48, 48), (20, 48), (71, 71), (71, 80)] {
        var sum = 0.0
        for i in 0..<windows {
          let day = z[i + 144..<i + 168].reduce(0, +) / 24
          sum += (z[i + LagColumns.place(a)] - day) * (z[i + LagColumns.place(b)] - day) / 0.16
        }
        let expected = sum / Double(windows)
        #expect(abs(Double(products.sums[k][a * LagColumns.span + b]) - expected) < 1e-3 * max(1, abs(expected)))
      }
    }
    #expect(LagProducts(z, counts: [191], deviation: 0.4) == nil)
  }

  @Test("a regression sees the last day and the same hours a week before")
  func lagColumns() {
    let seen = (0..<LagColumns.span).map { LagColumns.place($0) - LagColumns.reach }
    #expect(seen == Array(-168 ..< -120) + Array(-24..<24))
    #expect(
      LagColumns.narrow.joined().map { LagColumns.place($0) - LagColumns.reach } == Array(-168 ..< -144)
        + Array(-24..<24))
  }

  @Test("origins stand apart by steps that share no divisor with the day", arguments: [48, 91, 168, 24, 7])
  func origins(_ horizon: Int) {
    let rolling = RollingOrigins(count: 2016, horizon: horizon, seasons: [24, 168])
    #expect(rolling.origins.count >= 12)
    #expect(Set(rolling.origins.map { $0 % 24 }).count >= 12)
    #expect(rolling.origins.allSatisfy { $0 + rolling.horizon <= 2016 && $0 >= 336 })
  }
}

@Suite struct ShortPeakTests {
  @Test("the peak of two weeks lies between the path's top and the last day's, and the path does not pass it")
  func between() {
    // Thirteen days to 1000 an hour at noon, and a last one to 800: nobody knows whether it stays so.
    let values = (0..<14 * 24).map { i -> Double in
      let hour = Double(i % 24) / 24
      let day: Double = (1.1 + sin(2 * .pi * hour)) / 2.1
      let level: Double = i >= 13 * 24 ? 800 : 1000
      let wobble = 0.02 * Double(i * 7 % 5)
      return day * level * (1 + wobble)
    }
    let answer = EnsembleForecaster().forecast(ForecastQuestion(values: values, horizon: 48, seasons: [24]))
    let last = values.suffix(24).max() ?? 0
    #expect(answer.peak[0] > 0.97 * last && answer.peak[0] < 1080)
    #expect((answer.mean.max() ?? 0) <= answer.peak[0] && (answer.quantiles[2].max() ?? 0) <= answer.peak[0])
    // With a longer season known the last day alone moves it less.
    let longer = EnsembleForecaster().forecast(ForecastQuestion(values: values, horizon: 168, seasons: [24, 168]))
    #expect(longer.peak[0] >= (longer.mean.max() ?? 0))
  }
}
