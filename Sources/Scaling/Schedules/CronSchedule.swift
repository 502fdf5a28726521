import Quantities

/// Times that recur by the clock on the wall: `30 8 * * 1-5` is half past eight on working days.
///
/// The five fields of crontab(5): minute, hour, day of month, month, day of week (0 and 7 are Sunday), each `*`, a
/// number, a range `1-5`, a list `1,3,5`, a step `*/15`; months and days also by name (`JAN`, `MON`). Where both days
/// are given, either will do, as in crontab(5). Also `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`.
public struct CronSchedule: Hashable, Sendable, CustomStringConvertible {
  public let description: String
  /// Bit sets.
  private let minutes: UInt64
  private let hours: UInt64
  private let days: UInt64
  private let months: UInt64
  private let weekdays: UInt64
  private let anyDay: Bool
  private let anyWeekday: Bool

  private static let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  private static let weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  /// Reads a schedule, or gives nil where the text is none.
  public init?(_ text: String) {
    let shortcuts = [
      "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
      "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
    ]
    let fields = (shortcuts[text] ?? text).split { $0 == " " || $0 == "\t" }.map { $0.lowercased() }
    guard fields.count == 5, let minutes = Self.set(fields[0], 0...59), let hours = Self.set(fields[1], 0...23),
      let days = Self.set(fields[2], 1...31),
      let months = Self.set(fields[3], 1...12, names: Self.names, first: 1),
      let weekdays = Self.set(fields[4], 0...7, names: Self.weekdayNames, first: 0)
    else { return nil }
    description = text
    self.minutes = minutes
    self.hours = hours
    self.days = days
    self.months = months
    // Day 7 is Sunday too.
    self.weekdays = weekdays | (weekdays >> 7 & 1)
    anyDay = fields[2].hasPrefix("*") || fields[2] == "?"
    anyWeekday = fields[4].hasPrefix("*") || fields[4] == "?"
  }

  private static func set(_ field: String, _ range: ClosedRange<Int>, names: [String] = [], first: Int = 0) -> UInt64? {
    func value(_ text: Substring) -> Int? {
      if let i = names.firstIndex(of: String(text)) { return i + first }
      guard !text.isEmpty, text.allSatisfy({ $0.isASCII && $0.isNumber }), let value = Int(text) else { return nil }
      return range.contains(value) ? value : nil
    }
    var bits: UInt64 = 0
    for part in field.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      var step = 1
      if halves.count == 2 {
        guard let n = Int(halves[1]), n > 0, n <= 60 else { return nil }
        step = n
      }
      var low = range.lowerBound
      var high = range.upperBound
      if halves[0] != "*" && halves[0] != "?" {
        let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let from = value(ends[0]) else { return nil }
        low = from
        if ends.count == 2 {
          guard let to = value(ends[1]), to >= from else { return nil }
          high = to
        } else if halves.count == 1 {
          high = from
        }
      }
      for i in stride(from: low, through: high, by: step) { bits |= 1 << UInt64(i) }
    }
    return bits
  }

  private func fires(on date: CivilDate) -> Bool {
    guard months >> UInt64(date.month) & 1 == 1 else { return false }
    let day = days >> UInt64(date.day) & 1 == 1
    // 1970-01-01 was a Thursday, day 4 of a week that starts on Sunday.
    let weekday = weekdays >> UInt64(((date.daysSinceEpoch + 4) % 7 + 7) % 7) & 1 == 1
    if anyDay || anyWeekday { return day && weekday }
    return day || weekday
  }

  /// The first time strictly after another, or nil where none comes within nine years (30 February).
  ///
  /// A local time that the clock skips in spring fires when the gap is over; one that comes twice in autumn fires
  /// the first time.
  public func next(after time: Timestamp, in zone: TimeZoneRules = .utc) -> Timestamp? {
    let (today, second) = zone.local(time)
    let isSteady = zone.offset(at: time - .days(1)) == zone.offset(at: time + .days(1))
    for offset in 0..<3300 {
      let date = CivilDate(daysSinceEpoch: today.daysSinceEpoch + offset)
      guard fires(on: date) else { continue }
      // Where the clock changes nearby, an earlier minute of the wall clock can still lie ahead.
      let passed = offset > 0 ? -1 : isSteady ? second : second - 3 * 3600
      for hour in max(0, passed / 3600)..<24 where hours >> UInt64(hour) & 1 == 1 {
        for minute in 0..<60 where minutes >> UInt64(minute) & 1 == 1 {
          let local = hour * 3600 + minute * 60
          guard local > passed else { continue }
          let candidate = zone.time(of: date, secondOfDay: local)
          if candidate > time { return candidate }
        }
      }
    }
    return nil
  }
}

/// A span of the clock that recurs: from each time of one schedule to the next time of another.
///
/// As KEDA's cron trigger decides it: inside where the next end comes before the next start.
public struct CronWindow: Sendable, Hashable {
  public let start: CronSchedule
  public let end: CronSchedule
  public let zone: TimeZoneRules
  private var nextStart = Timestamp(nanosecondsSinceEpoch: .min)
  private var nextEnd = Timestamp(nanosecondsSinceEpoch: .min)
  private var asked = Timestamp(nanosecondsSinceEpoch: .min)

  public init(start: CronSchedule, end: CronSchedule, zone: TimeZoneRules) {
    self.start = start
    self.end = end
    self.zone = zone
  }

  /// Whether a time lies inside. The next start and end are kept until they pass, so that asking in order of time
  /// costs nothing.
  public mutating func contains(_ time: Timestamp) -> Bool {
    let never = Timestamp(nanosecondsSinceEpoch: .max)
    if time < asked || time >= nextStart { nextStart = start.next(after: time, in: zone) ?? never }
    if time < asked || time >= nextEnd { nextEnd = end.next(after: time, in: zone) ?? never }
    asked = time
    return nextEnd < nextStart
  }
}
