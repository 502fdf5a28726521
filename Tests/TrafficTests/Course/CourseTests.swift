import Glibc
import Quantities
import Testing

@testable import Traffic

/// Made demand whose truth is known: rhythm of day and week, a season of the year, growth, changes of level.
enum MadeDemand {
  /// The logarithm of a season: December 40 % above the rest, a wave, or a summer's dip.
  enum Season: CaseIterable {
    case december, wave, dip
    func logarithm(_ year: Double) -> Double {
      let p = year - year.rounded(.down)
      switch self {
      case .december: return p > 11.0 / 12 ? log(1.4) : 0
      case .wave: return 0.3 * cos(2 * .pi * (p - 0.9))
      case .dip: return -0.4 * exp(-pow((p - 0.6) / 0.07, 2))
      }
    }
  }

  /// - Parameters:
  ///   - begins: the part of the year in which it begins, 0 to 1.
  ///   - level: the logarithm of the level after so many days.
  static func values(
    days: Int, perDay: Int = 24, begins: Double = 0, season: Season? = nil, seed: UInt64 = 7, noise: Double = 0.04,
    level: (Double) -> Double = { _ in 0 }
  ) -> [Double] {
    var random = RandomStream(seed: seed)
    var walk = 0.0
    return (0..<days * perDay).map { i in
      let day = Double(i) / Double(perDay)
      if i % perDay == 0 { walk = 0.7 * walk + random.normal(deviation: 0.02) }
      let year = season?.logarithm(begins + day / 365.2425) ?? 0
      let hour = perDay == 1 ? 1 : 1 + 0.5 * cos(2 * .pi * (Double(i % perDay) / Double(perDay) - 0.6))
      let week = i / perDay % 7 < 5 ? 1 : 0.7
      return 1000 * hour * week * exp(year + level(day) + walk + random.normal(deviation: noise))
    }
  }
}

@Suite struct YearlySeasonTests {
  @Test("a season is told apart from growth and a lasting change of level", arguments: MadeDemand.Season.allCases)
  func apart(season: MadeDemand.Season) throws {
    let values = MadeDemand.values(days: 900, perDay: 1, begins: 0.2, season: season) { day in
      log(1.3) * day / 365 + (day > 500 ? 0.5 : 0)
    }
    let found = try #require(YearlySeason(levels: values, unitSeconds: 86_400))
    #expect(found.trust > 0.8)
    let now = 0.2 + 900 / 365.2425
    var off: [Double] = []
    var truth: [Double] = []
    for week in 0..<52 {
      let year = now + (Double(week) + 0.5) * 7 / 365.2425
      truth.append(season.logarithm(year))
      off.append(found.logarithm(afterWeeks: Double(week) + 0.5) - truth[week])
    }
    let mean = (Statistics.mean(off) ?? 0)
    let error = Statistics.mean(off.map { abs($0 - mean) }) ?? 1
    // Weeks scatter by 2 %, and a jump by half lies in the middle year; the season itself moves by up to .34, .3 and .4.
    #expect(error < 0.055, "\(error)")
  }

  @Test("of a single year a part counts, of less none, and noise has no season")
  func short() throws {
    let year = MadeDemand.values(days: 410, perDay: 1, season: .wave)
    let found = try #require(YearlySeason(levels: year, unitSeconds: 86_400))
    #expect(found.trust > 0.4 && found.trust <= YearlySeason.trustOfOne)
    #expect(YearlySeason(levels: Array(year.prefix(390)), unitSeconds: 86_400) == nil)
    let noise = YearlySeason(levels: MadeDemand.values(days: 1000, perDay: 1, noise: 0.2), unitSeconds: 86_400)
    #expect((noise?.most.rawValue ?? 1) < 1.1)
    #expect(YearlySeason(levels: [Double](repeating: .nan, count: 900), unitSeconds: 86_400) == nil)
    #expect(YearlySeason(levels: [Double](repeating: 0, count: 900), unitSeconds: 86_400) == nil)
    #expect(YearlySeason(levels: year, unitSeconds: 31 * 86_400) == nil)
  }

  @Test("the next quarter's peak knows December, hourly and daily, of two and three years", arguments: [24, 1])
  func quarter(perDay: Int) throws {
    var errors: [Double] = []
    for (k, season) in MadeDemand.Season.allCases.enumerated() {
      for years in [2.0, 3] {
        let days = Int(years * 365)
        let all = MadeDemand.values(
          days: days + 91, perDay: perDay, begins: 0.78, season: season, seed: UInt64(k) + 3
        ) { $0 / 365 * 0.1 }
        let (known, ahead) = (Array(all[..<(days * perDay)]), Array(all[(days * perDay)...]))
        let step = Duration.seconds(86_400 / Double(perDay))
        let history = TimeSeries<RequestRate>(
          start: Timestamp(secondsSinceEpoch: 1_696_896_000), step: step, rawValues: known)
        let forecast = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(91)))
        #expect(forecast.yearly != nil && !forecast.isYearUnseen)
        let top = ahead.max() ?? 0
        errors.append(abs(forecast.peak.mid.rawValue / top - 1))
        let answer = EnsembleForecaster().forecast(
          ForecastQuestion(values: known, stepSeconds: step.seconds, horizon: 91 * perDay))
        errors.append(abs(answer.peak[0] / top - 1))
        #expect(SeasonalFit(of: history, zone: .utc, events: []).levelShifts.isEmpty)
      }
    }
    #expect((Statistics.median(errors) ?? 1) < 0.06, "\(errors)")
    #expect((errors.max() ?? 1) < 0.2, "\(errors)")
  }

  @Test("the runway ends in the December to come, not a year late")
  func runway() throws {
    let values = MadeDemand.values(days: 730, begins: 0.75, season: .december)
    let history = TimeSeries<RequestRate>(
      start: CivilDate(year: 2024, month: 10, day: 1).map { TimeZoneRules.utc.time(of: $0) }
        ?? Timestamp(secondsSinceEpoch: 0), step: .hours(1), rawValues: values)
    var request = ForecastStudy.Request(horizon: .days(14))
    request.isTested = false
    request.capacity = RequestRate(rawValue: 1900)
    let study = ForecastStudy(of: history, name: "shop", request)
    let runway = try #require(study.runway?.p50)
    #expect(runway.year == 2026 && (11...12).contains(runway.month), "\(runway)")
  }

  @Test("a sister series lends its season to one that is too short, which else says what it does not know")
  func like() throws {
    let old = ForecastStudyTests.history(MadeDemand.values(days: 800, perDay: 1, season: .wave), step: .days(1))
    let season = try #require(YearlySeason(of: old, zone: .utc))
    // The sister's last 200 days, its season half a year from its height.
    let short = old.slice(600..<800)
    var request = ForecastRequest(horizon: .days(150))
    let plain = Ensemble().forecast(short, request: request)
    #expect(plain.isYearUnseen && plain.because.contains { $0.contains("season of the year") })
    request.like = season
    let told = Ensemble().forecast(short, request: request)
    #expect(!told.isYearUnseen && told.yearly == season)
    let truth = (800..<950).map { MadeDemand.Season.wave.logarithm(Double($0) / 365.2425) }
    let off = { (forecast: Forecast) in
      let logs = forecast.mid.rawValues.map { log($0 / 1000) }
      // By weeks, so that weekends do not count.
      return Statistics.mean(
        (0..<21).map { w in
          abs(
            (Statistics.mean(Array(logs[w * 7..<w * 7 + 7])) ?? 0)
              - (Statistics.mean(Array(truth[w * 7..<w * 7 + 7])) ?? 0) - log(0.91))
        }) ?? 1
    }
    #expect(off(told) < 0.06 && off(plain) > 1.5 * off(told), "\(off(told)) \(off(plain))")
  }
}

@Suite struct RecentChangeTests {
  static func changed(_ factor: Double, days: Int, all: Int = 56) -> [Double] {
    MadeDemand.values(days: all) { $0 >= Double(all - days) ? log(factor) : 0 }
  }

  @Test("a level that doubled days ago is the level, and the range covers a return", arguments: [2, 3, 6])
  func doubled(days: Int) {
    let values = Self.changed(2, days: days)
    let answer = EnsembleForecaster().forecast(ForecastQuestion(values: values, horizon: 168))
    let usual = EnsembleForecaster().forecast(
      ForecastQuestion(values: MadeDemand.values(days: 56), horizon: 168))
    #expect(abs(answer.peak[0] / usual.peak[0] / 2 - 1) < 0.18, "\(answer.peak) \(usual.peak)")
    let middle = (Statistics.mean(answer.mean) ?? 0) / (Statistics.mean(usual.mean) ?? 1)
    #expect(middle > 1.75 && middle < 2.1, "\(middle)")
    #expect(zip(answer.quantiles[0], usual.mean).allSatisfy { $0 < 1.2 * $1 })
    #expect(answer.findings.contains { $0.contains("times the level before") })
    // A plan's forecast says the same.
    let forecast = Ensemble().forecast(
      ForecastStudyTests.history(values), request: ForecastRequest(horizon: .days(7)))
    #expect(abs(forecast.peak.mid.rawValue / usual.peak[0] / 2 - 1) < 0.18, "\(forecast.peak)")
    #expect(forecast.change?.days == days)
  }

  @Test("a day that doubled widens the range and leaves the middle")
  func incident() {
    let answer = EnsembleForecaster().forecast(ForecastQuestion(values: Self.changed(2, days: 1), horizon: 168))
    let usual = EnsembleForecaster().forecast(ForecastQuestion(values: MadeDemand.values(days: 56), horizon: 168))
    #expect(abs((Statistics.mean(answer.mean) ?? 0) / (Statistics.mean(usual.mean) ?? 1) - 1) < 0.1)
    #expect(answer.peak[0] < 1.2 * usual.peak[0] && answer.peak[1] > 1.8 * usual.peak[0])
  }

  @Test("what is within the noise is no change; neither are weekends, gaps or short histories")
  func none() {
    #expect(RecentChange(levels: [1, 1.1, 0.9, 1, 1.05, 0.95, 1, 1.1, 0.9, 1, 1.05, 1.3, 1.2]) == nil)
    let weeks = (0..<56).map { $0 % 7 < 5 ? 10.0 : 4.0 }
    #expect(RecentChange(levels: weeks) == nil)
    #expect(RecentChange(levels: [1, 1, 5]) == nil && RecentChange(levels: []) == nil)
    #expect(RecentChange(levels: [Double](repeating: .nan, count: 30)) == nil)
    #expect(RecentChange(levels: [Double](repeating: 0, count: 30)) == nil)
    let found = RecentChange(levels: weeks.enumerated().map { $0 >= 53 ? 2 * $1 : $1 })
    // Weekdays are drawn to each other, so that a change over a weekend looks smaller than it is.
    #expect(found?.days == 3 && (found?.factor.rawValue ?? 0) > 1.4 && (found?.factor.rawValue ?? 9) < 2.6)
  }
}

@Suite struct WeeklyGrowthTests {
  @Test("the middle does not lag behind growth of a tenth a week", arguments: [42, 56, 84])
  func compounding(days: Int) {
    let all = MadeDemand.values(days: days + 14) { $0 / 7 * log(1.1) }
    let (known, ahead) = (Array(all[..<(days * 24)]), Array(all[(days * 24)...]))
    let answer = EnsembleForecaster().forecast(ForecastQuestion(values: known, horizon: 336))
    let bias = Statistics.mean(zip(answer.mean, ahead).map { log($0 / $1) }) ?? 1
    #expect(abs(bias) < 0.05, "\(bias)")
    #expect(abs(answer.peak[0] / (ahead.max() ?? 0) - 1) < 0.1)
    let forecast = Ensemble().forecast(
      ForecastStudyTests.history(known), request: ForecastRequest(horizon: .days(14)))
    let planned = Statistics.mean(zip(forecast.mid.rawValues, ahead).map { log($0 / $1) }) ?? 1
    #expect(abs(planned) < 0.06, "\(planned)")
  }

  @Test("growth that saturates is not drawn on")
  func saturating() {
    let level = { (day: Double) in 1.5 * (1 - exp(-day / 7 / 4)) }
    let all = MadeDemand.values(days: 70 + 28, level: level)
    let (known, ahead) = (Array(all[..<(70 * 24)]), Array(all[(70 * 24)...]))
    let answer = EnsembleForecaster().forecast(ForecastQuestion(values: known, horizon: 672))
    let bias = Statistics.mean(zip(answer.mean, ahead).map { log($0 / $1) }) ?? 1
    #expect(abs(bias) < 0.1, "\(bias)")
  }

  @Test("steady demand and short histories have none")
  func none() {
    #expect(WeeklyGrowth(MadeDemand.values(days: 70, perDay: 1)) == nil)
    #expect(WeeklyGrowth([1, 2, 3]) == nil && WeeklyGrowth([]) == nil)
    #expect(WeeklyGrowth([Double](repeating: 0, count: 70)) == nil)
  }
}

@Suite struct FlatTopTests {
  @Test("a limiter's cut is told, with what the open hours say of the rest")
  func cut() throws {
    let open = MadeDemand.values(days: 42)
    // Weekdays reach 1,500; the hours before and after noon show the shape, weekends are never cut.
    let history = ForecastStudyTests.history(open.map { min($0, 1380) })
    let found = try #require(FlatTop.find(in: SeasonalFit(of: history, zone: .utc, events: []))).top
    #expect(found.rate.rawValue == 1380 && found.days > 10 && found.steps > 40)
    if let unmet = found.unmet { #expect(unmet.rawValue > 1380 && unmet.rawValue < 1.3 * (open.max() ?? 0)) }
    let forecast = Ensemble().forecast(history, request: ForecastRequest(horizon: .days(7)))
    #expect(forecast.flatTop == found && forecast.because.contains { $0.contains("stands flat") })
  }

  @Test("the forecast is of what was asked, where the open hours and days say how much was turned away")
  func raised() throws {
    // Levels of days scatter, so that each hour was open on some of them: their shape tells the rest.
    var random = RandomStream(seed: 3)
    var level = 1.0
    let open = MadeDemand.values(days: 56, noise: 0.02).enumerated().map { i, value in
      if i % 24 == 0 { level = exp(random.normal(deviation: 0.12)) }
      return value * level
    }
    let limit = 1500.0
    let whole = Ensemble().forecast(ForecastStudyTests.history(open), request: ForecastRequest(horizon: .days(7)))
    let cut = Ensemble().forecast(
      ForecastStudyTests.history(open.map { min($0, limit) }), request: ForecastRequest(horizon: .days(7)))
    let flat = try #require(cut.flatTop)
    #expect(whole.flatTop == nil && flat.unmet != nil)
    #expect(cut.peak.mid.rawValue > 1.05 * limit && cut.because.contains { $0.contains("the forecast counts that") })
    #expect(
      abs(log(cut.peak.mid.rawValue / whole.peak.mid.rawValue)) < 0.2, "\(cut.peak.mid) against \(whole.peak.mid)")
  }

  @Test("ordinary, smooth and constant demand is not cut")
  func none() {
    for values in [
      MadeDemand.values(days: 42), MadeDemand.values(days: 42, noise: 0), [Double](repeating: 5, count: 500),
      (0..<2016).map { 10 + sin(2 * .pi * Double($0) / 288) },
    ] {
      let fit = SeasonalFit(of: ForecastStudyTests.history(values), zone: .utc, events: [])
      #expect(FlatTop.find(in: fit) == nil)
    }
  }
}
