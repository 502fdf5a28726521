import Quantities

/// For each step of a series: its local day and the local time of day, in packed arrays.
///
/// For steps longer than a day a "day" is the step itself. The day of a step is the day of its start; the time of
/// day is that of its start too, so that an hourly step from 18:00 is hour 18.
struct LocalClock: Sendable {
  /// Seconds to a day; the step where that is longer.
  let unit: Double
  /// The local date of day 0.
  let firstDate: CivilDate
  /// Day of each step, from 0, never falling.
  let day: [Int32]
  /// Local seconds after midnight of each step's start.
  let second: [Int32]
  /// Days touched, at least 1 where there is a step.
  let dayCount: Int
  /// Whether a day is a calendar day (steps of at most a day).
  let hasDays: Bool

  init(start: Timestamp, step: Duration, count: Int, zone: TimeZoneRules) {
    let width = step.nanoseconds
    hasDays = step <= .days(1)
    unit = max(86400, step.seconds)
    guard count > 0 else {
      firstDate = zone.local(start).date
      (day, second, dayCount) = ([], [], 0)
      return
    }
    guard hasDays else {
      firstDate = zone.local(start).date
      day = (0..<Int32(count)).map { $0 }
      second = [Int32](repeating: 0, count: count)
      dayCount = count
      return
    }
    let first = zone.local(start).date
    var day = [Int32](repeating: 0, count: count)
    var second = [Int32](repeating: 0, count: count)
    // Offsets are looked up once where the start and the end of a UTC day agree, else step by step.
    let nanosecondsADay: Int64 = 86_400_000_000_000
    let base = Int64(first.daysSinceEpoch) * 86400
    var i = 0
    var nanoseconds = start.nanosecondsSinceEpoch
    while i < count {
      let utcDay = floorDivide(nanoseconds, nanosecondsADay)
      let dayEnd = (utcDay + 1) * nanosecondsADay
      let offset = Int64(zone.offset(at: Timestamp(nanosecondsSinceEpoch: nanoseconds)))
      let offsetAtEnd = Int64(zone.offset(at: Timestamp(nanosecondsSinceEpoch: dayEnd)))
      while i < count, nanoseconds < dayEnd {
        let shift =
          offset == offsetAtEnd ? offset : Int64(zone.offset(at: Timestamp(nanosecondsSinceEpoch: nanoseconds)))
        let local = floorDivide(nanoseconds, 1_000_000_000) + shift - base
        let d = floorDivide(local, 86400)
        day[i] = Int32(clamping: max(0, d))
        second[i] = Int32(local - d * 86400)
        i += 1
        nanoseconds += width
      }
    }
    // A clock that is set back over midnight must not make days fall.
    for i in 1..<max(1, count) where day[i] < day[i - 1] { day[i] = day[i - 1] }
    dayCount = Int(day[count - 1]) + 1
    firstDate = first
    self.day = day
    self.second = second
  }

  /// The date of a day; for steps longer than a day, of the step's start.
  func date(ofDay index: Int) -> CivilDate { firstDate + Int((Double(index) * unit / 86400).rounded(.down)) }
}

func floorDivide(_ a: Int64, _ b: Int64) -> Int64 {
  let q = a / b
  return a % b < 0 ? q - 1 : q
}
