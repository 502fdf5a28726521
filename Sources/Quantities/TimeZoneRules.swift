/// The offsets from UTC of one place over time, so that "18:00 on a weekday" means the users' own clock.
///
/// Made of the bytes of a TZif file (RFC 8536), as `/usr/share/zoneinfo` holds them. Times past the last
/// transition follow the POSIX rule in the file's footer.
public struct TimeZoneRules: Sendable, Hashable {
  public let name: String
  let transitions: [Int64]
  /// Offset in seconds after the transition of the same index.
  let offsets: [Int32]
  let firstOffset: Int32
  let footer: PosixRule?

  public static let utc = TimeZoneRules(name: "UTC", transitions: [], offsets: [], firstOffset: 0, footer: nil)

  /// A zone with one fixed offset, in seconds east of UTC.
  public static func fixed(name: String, offset: Int) -> TimeZoneRules {
    TimeZoneRules(name: name, transitions: [], offsets: [], firstOffset: Int32(clamping: offset), footer: nil)
  }

  init(name: String, transitions: [Int64], offsets: [Int32], firstOffset: Int32, footer: PosixRule?) {
    self.name = name
    self.transitions = transitions
    self.offsets = offsets
    self.firstOffset = firstOffset
    self.footer = footer
  }

  /// Reads a TZif file (versions 1 to 4), or gives nil where the bytes are not one.
  public init?(name: String, tzif bytes: [UInt8]) {
    func be(_ at: Int, _ width: Int) -> Int64? {
      guard at >= 0, at + width <= bytes.count else { return nil }
      var value: Int64 =
        width == 4 ? Int64(Int32(bitPattern: UInt32(bytes[at]) << 24)) >> 24 : Int64(Int8(bitPattern: bytes[at]))
      for i in 1..<width { value = value << 8 | Int64(bytes[at + i]) }
      return value
    }
    func header(_ at: Int) -> (isutc: Int, isstd: Int, leap: Int, time: Int, type: Int, char: Int)? {
      guard at + 44 <= bytes.count, Array(bytes[at..<at + 4]) == Array("TZif".utf8) else { return nil }
      var counts: [Int] = []
      for i in 0..<6 {
        guard let value = be(at + 20 + 4 * i, 4), value >= 0, value < 100_000 else { return nil }
        counts.append(Int(value))
      }
      return (counts[0], counts[1], counts[2], counts[3], counts[4], counts[5])
    }
    guard var h = header(0) else { return nil }
    var at = 44
    var width = 4
    if bytes[4] >= 50 {  // version 2 or later: skip the 32-bit block
      at += h.time * 5 + h.type * 6 + h.char + h.leap * 8 + h.isstd + h.isutc
      guard let second = header(at) else { return nil }
      h = second
      at += 44
      width = 8
    }
    guard h.type > 0 else { return nil }
    var times: [Int64] = []
    var offsets: [Int32] = []
    let types = at + h.time * width
    let records = types + h.time
    func offset(_ type: Int) -> Int32? {
      guard type < h.type, let value = be(records + 6 * type, 4) else { return nil }
      return Int32(clamping: value)
    }
    for i in 0..<h.time {
      guard let time = be(at + i * width, width), types + i < bytes.count, let o = offset(Int(bytes[types + i])) else {
        return nil
      }
      times.append(time)
      offsets.append(o)
    }
    guard let first = offset(0) else { return nil }
    var footer: PosixRule?
    if width == 8 {
      let end = records + h.type * 6 + h.char + h.leap * 12 + h.isstd + h.isutc
      if end < bytes.count, bytes[end] == 10, let close = bytes[(end + 1)...].firstIndex(of: 10) {
        footer = PosixRule(String(decoding: bytes[(end + 1)..<close], as: UTF8.self))
      }
    }
    self.init(name: name, transitions: times, offsets: offsets, firstOffset: first, footer: footer)
  }

  /// Seconds east of UTC at a point in time.
  public func offset(at time: Timestamp) -> Int {
    let seconds = time.wholeSecondsRoundedDown
    guard let last = transitions.last else { return footer?.offset(atUTC: seconds) ?? Int(firstOffset) }
    if seconds >= last, let footer { return footer.offset(atUTC: seconds) }
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? Int(firstOffset) : Int(offsets[low - 1])
  }

  /// The local date and the seconds after local midnight (by the clock on the wall).
  public func local(_ time: Timestamp) -> (date: CivilDate, secondOfDay: Int) {
    (time + .seconds(offset(at: time))).utc
  }

  /// The point in time at which the local clock shows the given date and time; where the clock skips it,
  /// it is read on by the length of the gap (02:30 is 03:30); where it shows it twice, the first.
  public func time(of date: CivilDate, secondOfDay: Int = 0) -> Timestamp {
    let naive = date.midnightUTC + .seconds(secondOfDay)
    let early = naive - .seconds(offset(at: naive - .days(1)))
    let late = naive - .seconds(offset(at: naive + .days(1)))
    for candidate in [min(early, late), max(early, late)] where candidate + .seconds(offset(at: candidate)) == naive {
      return candidate
    }
    return max(early, late)
  }
}

/// The rule of a TZif footer: `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX.1-2017, section 8.3).
struct PosixRule: Sendable, Hashable {
  enum Day: Sendable, Hashable { case julian(Int), zeroBased(Int), month(Int, week: Int, weekday: Int) }
  var standard: Int
  var daylight: Int?
  var start: (Day, Int) { (startDay, startTime) }
  var startDay = Day.zeroBased(0)
  var startTime = 7200
  var endDay = Day.zeroBased(0)
  var endTime = 7200

  init?(_ text: String) {
    let bytes = Array(text.utf8)
    var p = 0
    func name() -> Bool {
      if p < bytes.count, bytes[p] == 60 {
        while p < bytes.count, bytes[p] != 62 { p += 1 }
        p += 1
        return p <= bytes.count
      }
      let from = p
      while p < bytes.count, (65...90).contains(bytes[p]) || (97...122).contains(bytes[p]) { p += 1 }
      return p - from >= 3
    }
    func integer() -> Int? {
      var value = 0
      let from = p
      while p < bytes.count, (48...57).contains(bytes[p]), p - from < 6 {
        value = value * 10 + Int(bytes[p]) - 48
        p += 1
      }
      return p > from ? value : nil
    }
    func clock() -> Int? {
      var sign = 1
      if p < bytes.count, bytes[p] == 45 || bytes[p] == 43 {
        if bytes[p] == 45 { sign = -1 }
        p += 1
      }
      guard let hours = integer() else { return nil }
      var total = hours * 3600
      var unit = 60
      while p < bytes.count, bytes[p] == 58, unit > 0 {
        p += 1
        guard let part = integer() else { return nil }
        total += part * unit
        unit /= 60
      }
      return sign * total
    }
    func day() -> Day? {
      guard p < bytes.count else { return nil }
      if bytes[p] == 74 {
        p += 1
        return integer().map { .julian($0) }
      }
      if bytes[p] == 77 {
        p += 1
        guard let month = integer(), p < bytes.count, bytes[p] == 46 else { return nil }
        p += 1
        guard let week = integer(), p < bytes.count, bytes[p] == 46 else { return nil }
        p += 1
        guard let weekday = integer() else { return nil }
        return .month(month, week: week, weekday: weekday)
      }
      return integer().map { .zeroBased($0) }
    }
    guard name(), let west = clock() else { return nil }
    standard = -west
    guard p < bytes.count else { return }
    guard name() else { return nil }
    daylight = standard + 3600
    if p < bytes.count, bytes[p] != 44 {
      guard let west = clock() else { return nil }
      daylight = -west
    }
    func rule() -> (Day, Int)? {
      guard p < bytes.count, bytes[p] == 44 else { return nil }
      p += 1
      guard let d = day() else { return nil }
      guard p < bytes.count, bytes[p] == 47 else { return (d, 7200) }
      p += 1
      guard let t = clock() else { return nil }
      return (d, t)
    }
    guard let from = rule(), let to = rule() else { return nil }
    (startDay, startTime) = from
    (endDay, endTime) = to
  }

  func offset(atUTC seconds: Int64) -> Int {
    guard let daylight else { return standard }
    let year = Timestamp(secondsSinceEpoch: Double(seconds) + Double(standard)).utc.date.year
    let start = PosixRule.second(of: startDay, in: year) + Int64(startTime - standard)
    let end = PosixRule.second(of: endDay, in: year) + Int64(endTime - daylight)
    let summer = start <= end ? seconds >= start && seconds < end : seconds >= start || seconds < end
    return summer ? daylight : standard
  }

  /// Local midnight of a rule's day, as if local time were UTC.
  static func second(of day: Day, in year: Int) -> Int64 {
    let first = CivilDate.dayNumber(year, 1, 1)
    let number: Int
    switch day {
    case .julian(let n): number = first + n - 1 + (CivilDate.isLeap(year) && n >= 60 ? 1 : 0)
    case .zeroBased(let n): number = first + n
    case .month(let month, let week, let weekday):
      let iso = Weekday.allCases[(weekday + 6) % 7]
      let date =
        week >= 5
        ? CivilDate.nth(-1, iso, ofMonth: month, year: year) : CivilDate.nth(week, iso, ofMonth: month, year: year)
      number = date?.daysSinceEpoch ?? first
    }
    return Int64(number) * 86400
  }
}
