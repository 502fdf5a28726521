/// A day of the proleptic Gregorian calendar, without a time zone.
public struct CivilDate: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// Days since 1970-01-01; the one stored number.
  public let daysSinceEpoch: Int
  public init(daysSinceEpoch: Int) { self.daysSinceEpoch = daysSinceEpoch }

  /// A date by its parts, or nil where there is no such day (31 April, 29 February of a common year).
  public init?(year: Int, month: Int, day: Int) {
    guard (-9999...9999).contains(year), (1...12).contains(month),
      (1...CivilDate.days(inMonth: month, of: year)).contains(day)
    else { return nil }
    self.init(daysSinceEpoch: CivilDate.dayNumber(year, month, day))
  }

  /// Days since the epoch of a civil date: years counted from March, so that the leap day ends the year.
  /// Exact for the whole proleptic calendar (400-year eras of 146,097 days).
  static func dayNumber(_ year: Int, _ month: Int, _ day: Int) -> Int {
    let y = month <= 2 ? year - 1 : year
    let era = (y >= 0 ? y : y - 399) / 400
    let yearOfEra = y - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
    return era * 146_097 + dayOfEra - 719_468
  }

  /// Year, month (1 to 12) and day (1 to 31).
  public var parts: (year: Int, month: Int, day: Int) {
    let z = daysSinceEpoch + 719_468
    let era = (z >= 0 ? z : z - 146_096) / 146_097
    let dayOfEra = z - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    )
  }
  public var year: Int { parts.year }
  public var month: Int { parts.month }
  public var day: Int { parts.day }
  public var weekday: Weekday { Weekday(daysSinceEpoch: daysSinceEpoch) }

  public static func < (a: Self, b: Self) -> Bool { a.daysSinceEpoch < b.daysSinceEpoch }
  public static func + (date: Self, days: Int) -> Self { Self(daysSinceEpoch: date.daysSinceEpoch + days) }
  public static func - (date: Self, days: Int) -> Self { Self(daysSinceEpoch: date.daysSinceEpoch - days) }
  public static func - (a: Self, b: Self) -> Int { a.daysSinceEpoch - b.daysSinceEpoch }

  public static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
  public static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }

  /// The n-th given weekday of a month (1 is the first, -1 the last), or nil where the month has none such.
  public static func nth(_ n: Int, _ weekday: Weekday, ofMonth month: Int, year: Int) -> CivilDate? {
    let length = days(inMonth: month, of: year)
    guard n != 0, (-5...5).contains(n), let first = CivilDate(year: year, month: month, day: 1) else { return nil }
    let offset = (weekday.rawValue - first.weekday.rawValue + 7) % 7
    let day: Int
    if n > 0 {
      day = 1 + offset + 7 * (n - 1)
    } else {
      let last = 1 + offset + 7 * ((length - 1 - offset) / 7)
      day = last + 7 * (n + 1)
    }
    return CivilDate(year: year, month: month, day: day)
  }

  /// ISO 8601: `2026-11-27`.
  public var description: String {
    let (y, m, d) = parts
    return "\(padded(y, 4))-\(padded(m, 2))-\(padded(d, 2))"
  }

  /// Midnight at the start of this day, in UTC; days outside the range of timestamps (years 1678 to 2262) are
  /// clamped to it.
  public var midnightUTC: Timestamp {
    let (nanoseconds, overflow) = Int64(daysSinceEpoch).multipliedReportingOverflow(by: 86_400_000_000_000)
    return Timestamp(nanosecondsSinceEpoch: overflow ? (daysSinceEpoch < 0 ? .min : .max) : nanoseconds)
  }
}

/// A day of the week; Monday is 0, as in ISO 8601 less one.
public enum Weekday: Int, CaseIterable, Sendable, Hashable {
  case monday = 0, tuesday, wednesday, thursday, friday, saturday, sunday

  /// 1970-01-01 was a Thursday.
  public init(daysSinceEpoch days: Int) {
    let index = ((days + 3) % 7 + 7) % 7
    self = Weekday.allCases[index]
  }
  public var isWeekend: Bool { self == .saturday || self == .sunday }
  public var name: String {
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"][rawValue]
  }
}

/// Names of the months, January first.
public let monthNames = [
  "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
  "December",
]

func padded(_ value: Int, _ width: Int) -> String {
  let digits = String(value.magnitude)
  let zeros = String(repeating: "0", count: max(0, width - digits.count))
  return (value < 0 ? "-" : "") + zeros + digits
}
