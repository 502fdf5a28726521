extension Timestamp {
  /// Whether a parsed text carried a zone (`Z`, `+02:00`), so that mixed zones can be noticed.
  public enum Zone: Hashable, Sendable { case none, utc, offset(seconds: Int) }

  /// Reads ISO 8601 as machines write it: `2026-11-27`, `2026-11-27T08:00`, `2026-11-27 08:00:00.125Z`,
  /// `20261127T080000Z`, with `+02:00`, `+0200` or `+02` offsets. A text without a zone is taken as UTC.
  ///
  /// - Returns: the time and the zone as written, or nil where the bytes are not a time.
  public static func parse(iso8601 text: UnsafeBufferPointer<UInt8>) -> (time: Timestamp, zone: Zone)? {
    var p = 0
    let n = text.count
    func digit(_ i: Int) -> Int? {
      guard i < n, text[i] >= 48, text[i] <= 57 else { return nil }
      return Int(text[i]) - 48
    }
    func number(_ width: Int) -> Int? {
      var value = 0
      for i in 0..<width {
        guard let d = digit(p + i) else { return nil }
        value = value * 10 + d
      }
      p += width
      return value
    }
    guard let year = number(4) else { return nil }
    let dashed = p < n && text[p] == 45
    if dashed { p += 1 }
    guard let month = number(2) else { return nil }
    if dashed {
      guard p < n, text[p] == 45 else { return nil }
      p += 1
    }
    guard let day = number(2), let date = CivilDate(year: year, month: month, day: day) else { return nil }
    var seconds = Int64(date.daysSinceEpoch) * 86400
    var nanoseconds: Int64 = 0
    var zone = Zone.none
    if p < n, text[p] == 84 || text[p] == 116 || text[p] == 32 {  // T, t, space
      p += 1
      guard let hour = number(2) else { return nil }
      var minute = 0
      var second = 0
      if p < n, text[p] == 58 || digit(p) != nil {
        if text[p] == 58 { p += 1 }
        guard let m = number(2) else { return nil }
        minute = m
        if p < n, text[p] == 58 || digit(p) != nil {
          if text[p] == 58 { p += 1 }
          guard let s = number(2) else { return nil }
          second = s
          if p < n, text[p] == 46 || text[p] == 44 {
            p += 1
            var scale: Int64 = 100_000_000
            var any = false
            while let d = digit(p) {
              nanoseconds += Int64(d) * scale
              scale /= 10
              p += 1
              any = true
            }
            if !any { return nil }
          }
        }
      }
      guard hour <= 24, minute <= 59, second <= 60, hour < 24 || (minute == 0 && second == 0) else { return nil }
      seconds += Int64(hour * 3600 + minute * 60 + second)
      if p < n, text[p] == 90 || text[p] == 122 {
        zone = .utc
        p += 1
      } else if p < n, text[p] == 43 || text[p] == 45 {
        let sign = text[p] == 43 ? 1 : -1
        p += 1
        guard let hours = number(2) else { return nil }
        var minutes = 0
        if p < n {
          if text[p] == 58 { p += 1 }
          guard let m = number(2) else { return nil }
          minutes = m
        }
        guard hours <= 18, minutes <= 59 else { return nil }
        let offset = sign * (hours * 3600 + minutes * 60)
        zone = offset == 0 ? .utc : .offset(seconds: offset)
        seconds -= Int64(offset)
      }
    }
    guard p == n, (-9_000_000_000..<9_000_000_000).contains(seconds) else { return nil }
    return (Timestamp(nanosecondsSinceEpoch: seconds * 1_000_000_000 + nanoseconds), zone)
  }

  /// Reads ISO 8601 from a string; see ``parse(iso8601:)``.
  public init?(iso8601 text: String) {
    var copy = text
    guard let time = copy.withUTF8({ Timestamp.parse(iso8601: $0)?.time }) else { return nil }
    self = time
  }

  /// The date and the seconds after midnight, in UTC.
  public var utc: (date: CivilDate, secondOfDay: Int) {
    let seconds = wholeSecondsRoundedDown
    let day = seconds >= 0 ? seconds / 86400 : -((-seconds + 86399) / 86400)
    return (CivilDate(daysSinceEpoch: Int(day)), Int(seconds - day * 86400))
  }

  var wholeSecondsRoundedDown: Int64 {
    let (whole, part) = nanosecondsSinceEpoch.quotientAndRemainder(dividingBy: 1_000_000_000)
    return part < 0 ? whole - 1 : whole
  }

  /// ISO 8601 in UTC, to the second: `2026-11-27T08:00:00Z`.
  public var iso8601: String {
    let (date, second) = utc
    return "\(date)T\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))Z"
  }
}

extension Timestamp: CustomStringConvertible {
  public var description: String { iso8601 }
}
