import Quantities

/// Which of day and month stands first where both are numbers and the year is last.
public enum DateOrder: String, Hashable, Sendable, CaseIterable {
  case dayFirst = "day-first"
  case monthFirst = "month-first"
}

/// A date or a time as people and exports write it: `3/2/2026 2:00 PM`, `02.03.2026 14:00`, `Mar 2, 2026 @ 14:00:00.000`,
/// `Mon, 02 Mar 2026 14:00:00 GMT`, `2026-W10`, `2026-03`, `2026-Q1`, `Mon Mar 02 2026 14:00:00 GMT+0100 (CET)`.
struct DateText {
  /// By the clock of its zone; of UTC where there is none.
  private(set) var time: Timestamp
  private(set) var zone: Timestamp.Zone = .none
  /// The two numbers of which one is the day, where either may be; the time holds by the order asked for.
  private(set) var open: (first: Int, second: Int)?
  /// What the order is for certain, where day and month are numbers and the year is last.
  private(set) var proved: DateOrder?
  /// The name of its zone, where several have it: the time is then as of UTC, and the reader's own zone decides.
  private(set) var shared: ZoneWord?

  /// The time, where nothing about it is open.
  var certain: Timestamp? { open == nil && shared == nil ? time : nil }

  private enum Token {
    case number(Int, digits: Int)
    case word(String)
    case mark(UInt8)
  }

  /// - Parameter order: decides what stays open; nil takes the day first, with ``open`` set.
  init?(_ text: String, order: DateOrder?) {
    var tokens: [Token] = []
    // Java writes the zone's name behind its offset: 2026-03-02T01:00+01:00[Europe/Berlin].
    let isNamed = text.last == "]"
    guard DateText.scan(isNamed ? String(text.prefix { $0 != "[" }) : text, &tokens) else { return nil }
    var seconds = 0
    var nanoseconds: Int64 = 0
    var rest: [Token] = []
    var i = 0
    var hasClock = false
    var offset: Int?
    // The clock: H:MM, with the rest behind it.
    while i < tokens.count {
      if !hasClock, case .number(let hour, let width) = tokens[i], width <= 2, i + 2 < tokens.count,
        case .mark(58) = tokens[i + 1], case .number(let minute, 2) = tokens[i + 2], hour <= 24, minute <= 59
      {
        hasClock = true
        seconds = hour * 3600 + minute * 60
        i += 3
        if i + 1 < tokens.count, case .mark(58) = tokens[i], case .number(let second, 2) = tokens[i + 1], second <= 60 {
          seconds += second
          i += 2
          if i + 1 < tokens.count, case .mark(let mark) = tokens[i], mark == 46 || mark == 44,
            case .number(let part, let digits) = tokens[i + 1], digits <= 9
          {
            nanoseconds = Int64(part)
            for _ in digits..<9 { nanoseconds *= 10 }
            i += 2
          }
        }
        if i < tokens.count, case .word(let half) = tokens[i], half == "am" || half == "pm" {
          guard (1...12).contains(hour) else { return nil }
          if half == "pm", hour != 12 { seconds += 43_200 }
          if half == "am", hour == 12 { seconds -= 43_200 }
          i += 1
        }
        // The zone: Z, UTC, GMT, an offset, or both.
        var word: ZoneWord?
        if i < tokens.count, case .word(let name) = tokens[i], let known = ZoneWord(name) {
          if known.offsets.count == 1 { offset = known.offsets[0] } else { word = known }
          i += 1
        }
        if i + 1 < tokens.count, case .mark(let sign) = tokens[i], sign == 43 || sign == 45,
          case .number(let number, let digits) = tokens[i + 1]
        {
          var east: Int
          if digits == 4 {
            east = number / 100 * 3600 + number % 100 * 60
            i += 2
          } else if digits <= 2, i + 3 < tokens.count, case .mark(58) = tokens[i + 2],
            case .number(let minutes, 2) = tokens[i + 3]
          {
            east = number * 3600 + minutes * 60
            i += 4
          } else if digits <= 2 {
            east = number * 3600
            i += 2
          } else {
            return nil
          }
          guard east <= 18 * 3600 else { return nil }
          if sign == 45 { east = -east }
          offset = east
        }
        if offset != nil, i < tokens.count, case .word(let name) = tokens[i], ZoneWord(name) != nil { i += 1 }
        if offset == nil { shared = word }
        continue
      }
      rest.append(tokens[i])
      i += 1
    }
    guard let date = DateText.date(rest, order), offset != nil || !isNamed else { return nil }
    open = date.open
    proved = date.proved
    var whole = Int64(date.date.daysSinceEpoch) * 86400 + Int64(seconds)
    if let offset {
      whole -= Int64(offset)
      zone = offset == 0 ? .utc : .offset(seconds: offset)
    }
    guard (-9_000_000_000..<9_000_000_000).contains(whole) else { return nil }
    time = Timestamp(nanosecondsSinceEpoch: whole * 1_000_000_000 + nanoseconds)
  }

  /// Numbers, words in small letters, marks. What stands in parentheses is a zone's name again.
  private static func scan(_ text: String, _ tokens: inout [Token]) -> Bool {
    var bytes = Array(text.utf8)[...]
    if let open = bytes.lastIndex(of: 40), bytes.last == 41 { bytes = bytes[..<open] }
    var i = bytes.startIndex
    while i < bytes.endIndex {
      let byte = bytes[i]
      if byte >= 48, byte <= 57 {
        var value = 0
        let first = i
        while i < bytes.endIndex, bytes[i] >= 48, bytes[i] <= 57 {
          guard i - first < 9 else { return false }
          value = value * 10 + Int(bytes[i]) - 48
          i += 1
        }
        tokens.append(.number(value, digits: i - first))
      } else if byte | 0x20 >= 97 && byte | 0x20 <= 122 || byte >= 128 {
        let first = i
        while i < bytes.endIndex, bytes[i] | 0x20 >= 97 && bytes[i] | 0x20 <= 122 || bytes[i] >= 128 { i += 1 }
        let word = String(decoding: bytes[first..<i], as: UTF8.self).lowercased()
        // 2026-03-02T14:00, the 2nd, "at".
        if !["t", "at", "st", "nd", "rd", "th", "of", "den", "um"].contains(word) { tokens.append(.word(word)) }
      } else {
        if byte != 32, byte != 9, byte != 64 { tokens.append(.mark(byte)) }
        i += 1
      }
      guard tokens.count < 24 else { return false }
    }
    return !tokens.isEmpty
  }

  /// A day, what is open about it, and what order it proves.
  private struct Day {
    var date: CivilDate
    var open: (first: Int, second: Int)?
    var proved: DateOrder?
  }

  private static func date(_ tokens: [Token], _ order: DateOrder?) -> Day? {
    var numbers: [(value: Int, digits: Int)] = []
    var month: Int?
    var isWeek = false
    var isQuarter = false
    var marks: [UInt8] = []
    for token in tokens {
      switch token {
      case .number(let value, let digits): numbers.append((value, digits))
      case .mark(let mark):
        guard [45, 46, 47, 44].contains(mark) else { return nil }
        marks.append(mark)
      case .word(let word):
        if let named = months.firstIndex(where: { $0.contains(String(word.prefix(3))) && word.count >= 3 }) {
          guard month == nil else { return nil }
          month = named + 1
        } else if word == "w" || word == "kw" || word == "week" {
          isWeek = true
        } else if word == "q" {
          isQuarter = true
        } else if !weekdays.contains(String(word.prefix(3))) {
          return nil
        }
      }
    }
    func full(_ year: (value: Int, digits: Int)) -> Int? {
      if year.digits == 4 { return year.value }
      // As spreadsheets do: 00 to 68 are of this century (POSIX strptime, %y).
      return year.digits == 2 ? (year.value <= 68 ? 2000 : 1900) + year.value : nil
    }
    func made(
      _ year: Int?, _ month: Int, _ day: Int, open: (first: Int, second: Int)? = nil, proved: DateOrder? = nil
    ) -> Day? {
      year.flatMap { CivilDate(year: $0, month: month, day: day) }.map { Day(date: $0, open: open, proved: proved) }
    }
    if isWeek {
      guard numbers.count >= 2, numbers[0].digits == 4, let first = firstOfWeek(numbers[1].value, of: numbers[0].value)
      else { return nil }
      let day = numbers.count > 2 ? numbers[2].value : 1
      return (1...7).contains(day) ? Day(date: CivilDate(daysSinceEpoch: first.daysSinceEpoch + day - 1)) : nil
    }
    if isQuarter {
      guard numbers.count == 2 else { return nil }
      let (year, quarter) = numbers[0].digits == 4 ? (numbers[0], numbers[1]) : (numbers[1], numbers[0])
      return (1...4).contains(quarter.value) ? made(full(year), quarter.value * 3 - 2, 1) : nil
    }
    if let month {
      if numbers.count == 1 { return numbers[0].digits == 1 ? nil : made(full(numbers[0]), month, 1) }
      guard numbers.count == 2 else { return nil }
      return numbers[0].digits == 4
        ? made(numbers[0].value, month, numbers[1].value) : made(full(numbers[1]), month, numbers[0].value)
    }
    if numbers.count == 2, numbers[0].digits == 4, numbers[1].digits <= 2 {
      return made(numbers[0].value, numbers[1].value, 1)
    }
    if numbers.count == 2, numbers[1].digits == 4, numbers[0].digits <= 2 {
      return made(numbers[1].value, numbers[0].value, 1)
    }
    if numbers.count == 1 { return numbers[0].digits == 4 ? made(numbers[0].value, 1, 1) : nil }
    guard numbers.count == 3 else { return nil }
    if numbers[0].digits == 4 { return made(numbers[0].value, numbers[1].value, numbers[2].value) }
    let year = full(numbers[2])
    let (a, b) = (numbers[0].value, numbers[1].value)
    // Points stand in dates of countries that write the day first.
    if marks.first == 46 { return made(year, b, a) }
    if a > 12 { return made(year, b, a, proved: .dayFirst) }
    if b > 12 { return made(year, a, b, proved: .monthFirst) }
    let (day, monthNumber) = order == .monthFirst ? (b, a) : (a, b)
    return made(year, monthNumber, day, open: (a, b))
  }

  /// The Monday of an ISO week (ISO 8601: week 1 holds the year's first Thursday); nil where the year has no such week.
  static func firstOfWeek(_ week: Int, of year: Int) -> CivilDate? {
    guard week >= 1, let fourth = CivilDate(year: year, month: 1, day: 4),
      let next = CivilDate(year: year + 1, month: 1, day: 4)
    else { return nil }
    let monday = fourth.daysSinceEpoch - fourth.weekday.rawValue + (week - 1) * 7
    let nextMonday = next.daysSinceEpoch - next.weekday.rawValue
    return monday < nextMonday ? CivilDate(daysSinceEpoch: monday) : nil
  }

  private static let months: [[String]] = [
    ["jan"], ["feb"], ["mar", "m\u{E4}r"], ["apr"], ["may", "mai"], ["jun"], ["jul"], ["aug"], ["sep"], ["oct", "okt"],
    ["nov"], ["dec", "dez"],
  ]
  private static let weekdays: Set<String> = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
}
