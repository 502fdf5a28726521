import Quantities

/// On which days something happens: a date, or a rule that gives a date every year, month or week.
///
/// Written as people say it; see ``parse(_:)`` for the forms.
public indirect enum EventRule: Hashable, Sendable {
  /// One day: `2026-11-27`.
  case date(CivilDate)
  /// Several days that follow no rule, as a calendar lists them.
  case dates([CivilDate])
  /// The same day every year: `25 December`. The 29th of February comes in leap years only.
  case yearly(month: Int, day: Int)
  /// The n-th weekday of one month, or of every month where `month` is nil: `fourth Thursday of November`.
  /// -1 is the last.
  case nthWeekday(Int, Weekday, month: Int?)
  /// A day of every month: `day 1 of every month`; -1 is the last. Months without the day are passed over.
  case monthly(day: Int)
  /// Every week: `every Friday`.
  case weekly(Weekday)
  /// Every day.
  case daily
  /// A day and each so many days after it: `every 2 weeks from 2026-01-05`. Nothing comes before the first day.
  case every(days: Int, from: CivilDate)
  /// Easter Sunday of the western churches.
  case easter
  /// The first given weekday strictly after the days of another rule: `Friday after ...`.
  case weekdayAfter(Weekday, EventRule)
  /// The last given weekday strictly before the days of another rule: `Monday before ...`.
  case weekdayBefore(Weekday, EventRule)
  /// A number of days after (before, where negative) the days of another rule: `2 days before 25 December`.
  case shifted(days: Int, EventRule)

  /// The days of the rule within a range, in order, each once.
  ///
  /// Complexity: proportional to the years, months or weeks of the range.
  public func dates(in range: ClosedRange<CivilDate>) -> [CivilDate] {
    let (from, to) = (range.lowerBound, range.upperBound)
    switch self {
    case .date(let date): return range.contains(date) ? [date] : []
    case .dates(let list): return unique(list, range)
    case .yearly(let month, let day):
      return (from.year...to.year).compactMap { CivilDate(year: $0, month: month, day: day) }.filter(range.contains)
    case .nthWeekday(let n, let weekday, let month):
      return (from.year...to.year).flatMap { year in
        (month.map { [$0] } ?? Array(1...12)).compactMap {
          CivilDate.nth(n, weekday, ofMonth: $0, year: year)
        }
      }.filter(range.contains)
    case .monthly(let day):
      return (from.year...to.year).flatMap { year in
        (1...12).compactMap { month in
          CivilDate(year: year, month: month, day: day < 0 ? CivilDate.days(inMonth: month, of: year) + 1 + day : day)
        }
      }.filter(range.contains)
    case .weekly(let weekday):
      let first = from + (weekday.rawValue - from.weekday.rawValue + 7) % 7
      return first > to ? [] : stride(from: 0, through: to - first, by: 7).map { first + $0 }
    case .daily: return (0...(to - from)).map { from + $0 }
    case .every(let days, let start):
      guard start <= to else { return [] }
      let days = max(1, days)
      let past = start >= from ? 0 : (from - start - 1) / days + 1
      // A calendar may say `INTERVAL=9223372036854775807`: the next day then lies beyond every date.
      guard past <= (to - start) / days else { return [] }
      return stride(from: past * days, through: to - start, by: days).map { start + $0 }
    case .easter:
      return (from.year...to.year).compactMap { EventRule.easterSunday(of: $0) }.filter(range.contains)
    case .weekdayAfter(let weekday, let rule):
      return unique(
        rule.dates(in: (from - 7)...(to - 1)).map { $0 + (weekday.rawValue - $0.weekday.rawValue + 6) % 7 + 1 }, range)
    case .weekdayBefore(let weekday, let rule):
      return unique(
        rule.dates(in: (from + 1)...(to + 7)).map { $0 - ((($0.weekday.rawValue - weekday.rawValue + 6) % 7) + 1) },
        range)
    case .shifted(let days, let rule):
      return unique(rule.dates(in: (from - days)...(to - days)).map { $0 + days }, range)
    }
  }

  /// The first day of the rule on or after a date, or nil where none comes within eight years (the longest wait
  /// for a 29th of February); a rule with a first day is waited for however long.
  public func next(onOrAfter date: CivilDate) -> CivilDate? {
    if case .date(let only) = self { return only >= date ? only : nil }
    if case .every(let days, let start) = self {
      guard start < date else { return start }
      // Further ahead than dates are written: 10,000 years.
      return dates(in: date...(date + min(max(1, days), 3_652_425))).first
    }
    return dates(in: date...(date + 400)).first ?? dates(in: date...(date + 8 * 366)).first
  }

  private func unique(_ dates: [CivilDate], _ range: ClosedRange<CivilDate>) -> [CivilDate] {
    var result: [CivilDate] = []
    for date in dates.sorted() where range.contains(date) && result.last != date { result.append(date) }
    return result
  }

  /// Easter Sunday by the anonymous Gregorian algorithm (Nature, 20 April 1876; Meeus, "Astronomical
  /// Algorithms", chapter 8).
  static func easterSunday(of year: Int) -> CivilDate? {
    guard year > 0 else { return nil }
    let a = year % 19
    let (b, c) = (year / 100, year % 100)
    let g = (b - (b + 8) / 25 + 1) / 3
    let h = (19 * a + b - b / 4 - g + 15) % 30
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7
    let m = (a + 11 * h + 22 * l) / 451
    let n = h + l - 7 * m + 114
    return CivilDate(year: year, month: n / 31, day: n % 31 + 1)
  }
}

extension EventRule: CustomStringConvertible {
  /// The rule as ``parse(_:)`` reads it; a list of days as its days.
  public var description: String {
    switch self {
    case .date(let date): return "\(date)"
    case .dates(let list): return list.map { "\($0)" }.joined(separator: ", ")
    case .yearly(let month, let day): return "\(day) \(monthNames[month - 1])"
    case .nthWeekday(let n, let weekday, let month):
      return "\(EventRule.ordinal(n)) \(weekday.name) of \(month.map { monthNames[$0 - 1] } ?? "every month")"
    case .monthly(let day): return day == -1 ? "last day of every month" : "day \(day) of every month"
    case .weekly(let weekday): return "every \(weekday.name)"
    case .daily: return "every day"
    case .every(let days, let start):
      let (n, unit) = days % 7 == 0 ? (days / 7, "week") : (days, "day")
      return "every \(n) \(unit)\(n == 1 ? "" : "s") from \(start)"
    case .easter: return "Easter Sunday"
    case .weekdayAfter(let weekday, let rule): return "\(weekday.name) after the \(rule)"
    case .weekdayBefore(let weekday, let rule): return "\(weekday.name) before the \(rule)"
    case .shifted(let days, let rule):
      let n = abs(days)
      return "\(n) day\(n == 1 ? "" : "s") \(days < 0 ? "before" : "after") the \(rule)"
    }
  }

  static func ordinal(_ n: Int) -> String {
    switch n {
    case -1: "last"
    case 1...5: ["first", "second", "third", "fourth", "fifth"][n - 1]
    default: "\(n)th"
    }
  }
}
