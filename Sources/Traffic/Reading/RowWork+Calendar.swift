import Quantities

/// Times that stand at months, quarters or years of the calendar, whose lengths differ.
struct CalendarGrid {
  /// Months from one step to the next: 1, 3, 12.
  let months: Int
  /// Months since the year 0 of the first row, and of each row behind the first, in steps.
  let first: Int
  let places: [Int]
  let zone: TimeZoneRules

  /// A twelfth of the mean Gregorian year of 365.2425 days, in nanoseconds.
  static let averageMonth: Int64 = 2_629_746_000_000_000
  var averageStep: Int64 { Int64(months) * CalendarGrid.averageMonth }

  /// Nil unless all times are the first, or all the last day of a month, at midnight of the zone or of UTC.
  init?(_ times: [Int64], zone: TimeZoneRules) {
    // 28 days are the shortest month.
    guard times.count >= 2, let low = times.first, let high = times.last, high > low,
      high / Int64(times.count - 1) - low / Int64(times.count - 1) >= 26 * 86_400_000_000_000
    else { return nil }
    var found: (months: Int, numbers: [Int], zone: TimeZoneRules)?
    for zone in zone == .utc ? [zone] : [zone, .utc] {
      var numbers: [Int] = []
      var (isFirst, isLast) = (true, true)
      for time in times {
        let (date, second) = zone.local(Timestamp(nanosecondsSinceEpoch: time))
        guard second == 0 else { break }
        let parts = date.parts
        if parts.day != 1 { isFirst = false }
        if CivilDate(daysSinceEpoch: date.daysSinceEpoch + 1).parts.day != 1 { isLast = false }
        guard isFirst || isLast else { break }
        numbers.append(parts.year * 12 + parts.month - 1)
      }
      guard numbers.count == times.count else { continue }
      let gaps = zip(numbers, numbers.dropFirst()).map { $1 - $0 }
      guard let least = gaps.min(), least > 0, gaps.allSatisfy({ $0 % least == 0 }) else { continue }
      found = (least, numbers, zone)
      break
    }
    guard let found, let origin = found.numbers.first else { return nil }
    months = found.months
    first = origin
    places = found.numbers.map { ($0 - origin) / found.months }
    self.zone = found.zone
  }

  /// Where a step begins.
  func start(_ place: Int) -> Timestamp {
    let month = first + place * months
    guard let date = CivilDate(year: month / 12, month: month % 12 + 1, day: 1) else {
      return Timestamp(nanosecondsSinceEpoch: 0)
    }
    return zone.time(of: date)
  }

  var title: String {
    switch months {
    case 1: "month"
    case 3: "quarter"
    case 12: "year"
    default: "\(months) months"
    }
  }
}

extension RowWork {
  /// Months and their like: a count is divided by its own month's length. The series has steps of the average length,
  /// in which every step lies within two days of its month.
  mutating func onCalendar(_ grid: CalendarGrid) -> Trace {
    var raw = [Double](repeating: .nan, count: (grid.places.last ?? 0) + 1)
    for (i, place) in grid.places.enumerated() {
      let width = Double(grid.start(place + 1).nanosecondsSinceEpoch - grid.start(place).nanosecondsSinceEpoch) * 1e-9
      raw[place] = unit == .countPerStep ? values[i] / width : values[i]
    }
    let series = TimeSeries<RequestRate>(start: grid.start(0), step: .nanoseconds(grid.averageStep), rawValues: raw)
    report.stepFound = series.step
    report.used = series.count - series.gapCount
    report.resampling =
      "Steps are \(grid.title)s by the calendar, shown as steps of \(NumberFormat.duration(series.step))"
      + (unit == .countPerStep ? "; each count was divided by its own \(grid.title)'s length." : ".")
    report.reading.calendar = grid.title
    return finished(series, peaks: nil)
  }
}
