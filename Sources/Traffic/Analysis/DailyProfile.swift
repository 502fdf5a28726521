import Glibc
import Quantities

/// The shape of a day by local hour, as multiples of the mean.
public struct DailyProfile: Hashable, Sendable {
  /// 24 multiples of the mean, midnight first; the median over days.
  public let multiples: [Double]
  /// The 10th and the 90th percentile over days of each hour.
  public let low: [Double]
  public let high: [Double]

  /// 0 to 23.
  public var busiestHour: Int { multiples.indices.max { multiples[$0] < multiples[$1] } ?? 0 }
  public var quietestHour: Int { multiples.indices.min { multiples[$0] < multiples[$1] } ?? 0 }
  /// The busiest hour over the quietest; infinite where the quietest is still.
  public var range: Double {
    let least = multiples[quietestHour]
    return least > 0 ? multiples[busiestHour] / least : .infinity
  }

  /// Nil for less than a day, steps over an hour, hours never seen, or no demand.
  init?(of fit: SeasonalFit) {
    guard fit.clock.hasDays, fit.stepSeconds <= 3600 else { return nil }
    let flagged = Set(fit.outliers.map { $0.index })
    var byHour = [[Double]](repeating: [], count: 24)
    var hourSum = 0.0
    var hourCount = 0.0
    var current = (day: Int32(-1), hour: -1)
    func close() {
      if hourCount > 0 { byHour[current.hour].append(hourSum / hourCount) }
      (hourSum, hourCount) = (0, 0)
    }
    for i in fit.series.rawValues.indices {
      let value = fit.series.rawValues[i]
      let level = fit.smoothLevel[Int(fit.clock.day[i])]
      guard level > 0, !value.isNaN, !fit.inEvent[i], !flagged.contains(i) else { continue }
      let hour = min(23, Int(fit.clock.second[i]) / 3600)
      if fit.clock.day[i] != current.day || hour != current.hour {
        close()
        current = (fit.clock.day[i], hour)
      }
      hourSum += value / level
      hourCount += 1
    }
    close()
    var rows: [[Double]] = []
    for hour in byHour {
      guard let q = Statistics.quantiles(hour, [0.5, 0.1, 0.9]) else { return nil }
      rows.append(q)
    }
    let mean = rows.reduce(0) { $0 + $1[0] } / 24
    guard mean > 0 else { return nil }
    multiples = rows.map { $0[0] / mean }
    low = rows.map { $0[1] / mean }
    high = rows.map { $0[2] / mean }
  }
}

/// The kind of users that a week's shape speaks of.
public enum TrafficShape: String, Hashable, Sendable, CaseIterable {
  /// Weekends and evenings hold up or rise.
  case consumer
  /// Weekdays in office hours.
  case business
  /// Nights carry the load.
  case night
  /// Neither day nor week makes much of a difference.
  case flat
  case unclear

  public var title: String {
    switch self {
    case .consumer: "as consumers use it: evenings and weekends hold up or rise"
    case .business: "as offices use it: weekdays in office hours"
    case .night: "at night: the quiet hours of others carry most, as batch work does"
    case .flat: "flat: the hour and the day make little difference"
    case .unclear: "no clear type"
    }
  }
}

/// The shape of a week by local time.
public struct WeeklyProfile: Hashable, Sendable {
  /// 7 multiples of the mean, Monday first.
  public let byWeekday: [Double]
  /// 168 multiples of the mean, Monday's midnight first; empty where the step is longer than an hour.
  public let hourOfWeek: [Double]
  /// The mean weekday over the mean weekend day; infinite where weekends are still.
  public let weekdayToWeekend: Double
  public let shape: TrafficShape
  /// The figures that decided the shape, as a phrase.
  public let because: String

  /// The busiest and the quietest weekday.
  public var busiestDay: Weekday { Weekday.allCases[byWeekday.indices.max { byWeekday[$0] < byWeekday[$1] } ?? 0] }
  public var quietestDay: Weekday { Weekday.allCases[byWeekday.indices.min { byWeekday[$0] < byWeekday[$1] } ?? 0] }

  /// Nil where the history is too short for a week's shape.
  init?(of fit: SeasonalFit) {
    guard fit.profile.kind == .weekly else { return nil }
    let slots = fit.profile.slotsPerDay
    let multiples = fit.profile.multiples
    byWeekday = (0..<7).map { d in multiples[d * slots..<(d + 1) * slots].reduce(0, +) / Double(slots) }
    let weekdays = byWeekday[..<5].reduce(0, +) / 5
    let weekend = byWeekday[5...].reduce(0, +) / 2
    weekdayToWeekend = weekend > 0 ? weekdays / weekend : .infinity
    guard slots % 24 == 0 else {
      hourOfWeek = []
      (shape, because) = (.unclear, "the step is too long to tell the hours of a day")
      return
    }
    let perHour = slots / 24
    let hours = (0..<168).map { h in
      multiples[h * perHour..<(h + 1) * perHour].reduce(0, +) / Double(perHour)
    }
    hourOfWeek = hours
    (shape, because) = WeeklyProfile.shape(of: hours, weekendShare: weekdays > 0 ? weekend / weekdays : .infinity)
  }

  /// Business where weekends fall below 75 % of weekdays and office hours (9 to 17) stand above evenings (18 to
  /// 23); consumer where weekends hold 90 % or evenings stand above office hours; flat where neither the hours (30 %
  /// from least to most) nor the weekend (10 %) matter.
  private static func shape(of hours: [Double], weekendShare: Double) -> (TrafficShape, String) {
    func mean(_ range: Range<Int>) -> Double {
      var sum = 0.0
      for day in 0..<5 { for hour in range { sum += hours[day * 24 + hour] } }
      return sum / Double(5 * range.count)
    }
    let weekday = (0..<24).map { (hour: Int) -> Double in
      (0..<5).reduce(0.0) { (sum: Double, day: Int) -> Double in sum + hours[day * 24 + hour] } / 5
    }
    let (office, evening) = (mean(9..<17), mean(18..<23))
    let (least, most) = (weekday.min() ?? 0, weekday.max() ?? 0)
    let share = "\(NumberFormat.fixed(weekendShare * 100, decimals: 0)) %"
    let versus = office > 0 ? "\(NumberFormat.fixed(evening / office * 100, decimals: 0)) %" : "all"
    let night = mean(0..<6)
    if night > office, night > evening {
      let versusNight = office > 0 ? "\(NumberFormat.significant(night / office, 2)) times office hours" : "nearly all"
      return (.night, "the hours from midnight to six carry \(versusNight)")
    }
    let facts = "a weekend day carries \(share) of a weekday, the evening \(versus) of office hours"
    if least > 0, most / least < 1.3, abs(weekendShare - 1) < 0.1 { return (.flat, facts) }
    if weekendShare < 0.75, office > evening { return (.business, facts) }
    if weekendShare >= 0.9 || (evening >= office && weekendShare >= 0.75) { return (.consumer, facts) }
    return (.unclear, facts)
  }
}
