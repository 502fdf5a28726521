import Quantities

/// When an entry of a calendar repeats: the part of RFC 5545, section 3.3.10, that names days.
struct CalendarRecurrence {
  enum Frequency: String { case daily = "DAILY", weekly = "WEEKLY", monthly = "MONTHLY", yearly = "YEARLY" }
  var frequency: Frequency
  var interval = 1
  var count: Int?
  var until: CivilDate?
  /// Weekdays, each with its place in the month; 0 for each of them.
  var weekdays: [(place: Int, day: Weekday)] = []
  var monthDays: [Int] = []
  var months: [Int] = []

  /// Days looked through after the first, at most: a century.
  static let mostDays = 36_525

  /// Nil where it names a part that is not understood.
  init?(_ text: some StringProtocol) {
    var found: Frequency?
    for part in text.split(separator: ";") {
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2 else { return nil }
      let items = pair[1].split(separator: ",")
      switch pair[0].uppercased() {
      case "FREQ":
        guard let frequency = Frequency(rawValue: pair[1].uppercased()) else { return nil }
        found = frequency
      case "INTERVAL":
        guard let n = Int(pair[1]), n > 0 else { return nil }
        interval = n
      case "COUNT":
        guard let n = Int(pair[1]), n > 0 else { return nil }
        count = n
      case "UNTIL":
        guard let date = CalendarEvents.date(pair[1].prefix(8)) else { return nil }
        until = date
      case "BYDAY":
        for item in items {
          guard let day = CalendarRecurrence.weekday(item.suffix(2)) else { return nil }
          let place = item.dropLast(2)
          // Section 3.3.10: one to 53, from the front or the back.
          guard place.isEmpty || Int(place).map({ (-53...53).contains($0) && $0 != 0 }) == true else { return nil }
          weekdays.append((Int(place) ?? 0, day))
        }
      case "BYMONTHDAY":
        guard !items.contains(where: { Int($0) == nil }) else { return nil }
        monthDays = items.compactMap { Int($0) }
      case "BYMONTH":
        guard !items.contains(where: { !(1...12).contains(Int($0) ?? 0) }) else { return nil }
        months = items.compactMap { Int($0) }
      case "WKST": continue
      default: return nil
      }
    }
    guard let found else { return nil }
    frequency = found
  }

  private static func weekday(_ text: some StringProtocol) -> Weekday? {
    switch text.uppercased() {
    case "MO": .monday
    case "TU": .tuesday
    case "WE": .wednesday
    case "TH": .thursday
    case "FR": .friday
    case "SA": .saturday
    case "SU": .sunday
    default: nil
    }
  }

  /// The days from the first on, up to `last`.
  func dates(from first: CivilDate, to last: CivilDate) -> [CivilDate] {
    var result: [CivilDate] = []
    var number = 0
    let end = min(last, until ?? last)
    guard first <= end else { return [] }
    for offset in 0...min(CalendarRecurrence.mostDays, end - first) {
      let date = first + offset
      guard offset == 0 || matches(date, first) else { continue }
      number += 1
      if let count, number > count { break }
      result.append(date)
    }
    return result
  }

  /// The rule that gives the same days for good, where there is one: every so many days or weeks without an end. It
  /// costs nothing to keep, while a daily entry written out for a century is 36,525 days.
  func rule(from first: CivilDate) -> EventRule? {
    guard count == nil, until == nil, months.isEmpty, monthDays.isEmpty else { return nil }
    switch frequency {
    case .daily where weekdays.isEmpty: return .every(days: interval, from: first)
    case .weekly where weekdays.allSatisfy({ $0.place == 0 && $0.day == first.weekday }):
      return interval <= 5000 ? .every(days: 7 * interval, from: first) : nil
    default: return nil
    }
  }

  private func matches(_ date: CivilDate, _ first: CivilDate) -> Bool {
    if !months.isEmpty, !months.contains(date.month) { return false }
    switch frequency {
    case .daily:
      return (date - first) % interval == 0 && (weekdays.isEmpty || weekdays.contains { $0.day == date.weekday })
    case .weekly:
      let week = (date - first + first.weekday.rawValue) / 7
      return week % interval == 0
        && (weekdays.isEmpty ? date.weekday == first.weekday : weekdays.contains { $0.day == date.weekday })
    case .monthly:
      let month = (date.year - first.year) * 12 + date.month - first.month
      return month % interval == 0 && matchesDay(date, first)
    case .yearly:
      guard (date.year - first.year) % interval == 0 else { return false }
      return (!months.isEmpty || date.month == first.month) && matchesDay(date, first)
    }
  }

  private func matchesDay(_ date: CivilDate, _ first: CivilDate) -> Bool {
    let length = CivilDate.days(inMonth: date.month, of: date.year)
    if !monthDays.isEmpty {
      return monthDays.contains(date.day) || monthDays.contains(date.day - length - 1)
    }
    guard !weekdays.isEmpty else { return date.day == first.day }
    return weekdays.contains { place, day in
      guard day == date.weekday else { return false }
      return place == 0 || (place > 0 ? (date.day - 1) / 7 + 1 == place : (length - date.day) / 7 + 1 == -place)
    }
  }
}
