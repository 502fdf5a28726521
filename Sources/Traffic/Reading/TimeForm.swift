import Quantities

/// How the times of a column are written.
public enum TimeForm: Hashable, Sendable {
  /// ISO 8601, with other forms of text where no order of day and month matters.
  case text
  /// Day and month as numbers, the year behind them.
  case ordered(DateOrder)
  /// Seconds, milliseconds, microseconds or nanoseconds since 1970.
  case epoch(EpochUnit)
  /// `YYYYMMDD`, `YYYYMMDDHH`, `YYYYMMDDHHMM`, `YYYYMMDDHHMMSS`: so many digits.
  case digits(Int)
  /// `YYYYMM`, `YYYY`, `YYYYWW`.
  case month, year, week
  /// Days since 1899-12-30, as spreadsheets count.
  case spreadsheet

  public enum EpochUnit: String, Hashable, Sendable, CaseIterable {
    case seconds, milliseconds, microseconds, nanoseconds
    /// Nanoseconds in one.
    var scale: Double {
      switch self {
      case .seconds: 1e9
      case .milliseconds: 1e6
      case .microseconds: 1e3
      case .nanoseconds: 1
      }
    }
    /// By size: 1e11 seconds are the year 5138, 1e11 milliseconds are March 1973.
    init(magnitude: Double) {
      switch abs(magnitude) {
      case ..<1e11: self = .seconds
      case ..<1e14: self = .milliseconds
      case ..<1e17: self = .microseconds
      default: self = .nanoseconds
      }
    }

    /// The moment of a number of the size of a time since 1970, in the unit that its size tells; nil where it is none.
    static func moment(_ whole: Int64, fraction: Double = 0) -> Timestamp? {
      guard whole.magnitude >= TimeForm.leastEpoch.magnitude else { return nil }
      let scale = EpochUnit(magnitude: Double(whole)).scale
      let (scaled, overflow) = whole.multipliedReportingOverflow(by: Int64(scale))
      let (sum, overflow2) = scaled.addingReportingOverflow(Int64((fraction * scale).rounded()))
      return overflow || overflow2 ? nil : Timestamp(nanosecondsSinceEpoch: sum)
    }

    /// As above, of a number as text.
    static func moment(_ text: some StringProtocol) -> Timestamp? {
      var cell = String(text)
      guard let number = cell.withUTF8({ TimeCellReader.number($0) }) else { return nil }
      return moment(number.whole, fraction: number.fraction)
    }
  }

  /// As a phrase: `seconds since 1970`.
  public var title: String {
    switch self {
    case .text: "dates"
    case .ordered(.dayFirst): "dates with the day first"
    case .ordered(.monthFirst): "dates with the month first"
    case .epoch(let unit): "\(unit.rawValue) since 1970"
    case .digits(8): "YYYYMMDD"
    case .digits(10): "YYYYMMDDHH"
    case .digits(12): "YYYYMMDDHHMM"
    case .digits: "YYYYMMDDHHMMSS"
    case .month: "YYYYMM"
    case .year: "years"
    case .week: "years and ISO weeks, YYYYWW"
    case .spreadsheet: "a spreadsheet's days since 1899-12-30"
    }
  }

  /// A number of this form by the clock of its zone; nil where it is none, and for epochs and text.
  func time(number whole: Int64, fraction: Double) -> Timestamp? {
    func at(_ year: Int64, _ month: Int64, _ day: Int64, _ seconds: Int64 = 0) -> Timestamp? {
      guard fraction == 0, (1900...2200).contains(year),
        let date = CivilDate(year: Int(year), month: Int(month), day: Int(day))
      else { return nil }
      return date.midnightUTC + .seconds(seconds)
    }
    switch self {
    case .text, .ordered, .epoch: return nil
    case .year: return at(whole, 1, 1)
    case .month: return at(whole / 100, whole % 100, 1)
    case .week:
      guard fraction == 0, (190_001...220_053).contains(whole) else { return nil }
      return DateText.firstOfWeek(Int(whole % 100), of: Int(whole / 100))?.midnightUTC
    case .digits(let count):
      var rest = whole
      var seconds: Int64 = 0
      // From the last pair of digits up: seconds, minutes, hours.
      for (pairs, size, limit) in [(14, 1, 60), (12, 60, 60), (10, 3600, 24)] as [(Int, Int64, Int64)]
      where count >= pairs {
        guard rest % 100 < limit else { return nil }
        seconds += rest % 100 * size
        rest /= 100
      }
      return at(rest / 10_000, rest / 100 % 100, rest % 100, seconds)
    case .spreadsheet:
      guard (TimeForm.spreadsheetDays).contains(whole) else { return nil }
      // Ten digits of a day are 10 microseconds: whole seconds are meant where one is that near.
      let seconds = fraction * 86400
      let near = seconds.rounded()
      let exact = abs(seconds - near) < 0.002 ? near : (seconds * 1000).rounded() / 1000
      return Timestamp(nanosecondsSinceEpoch: 0) + .seconds((whole - 25_569) * 86400) + .seconds(exact)
    }
  }

  /// 1954 to 2119: whole numbers of five digits that a sheet's date can be.
  static let spreadsheetDays: ClosedRange<Int64> = 20_000...80_000
  /// 1973-03-03 in seconds: numbers below are no times since 1970.
  static let leastEpoch: Int64 = 100_000_000
}

/// Decides how the times of a column are written, by all that was seen of them and by what their steps would be.
struct TimeColumnJudge {
  enum Verdict: Hashable {
    case form(TimeForm)
    /// Day or month may stand first.
    case open
    /// No times, with the first that is none.
    case noTimes(example: String)
  }

  /// - Parameters:
  ///   - cells: the first of the column, without those that are empty.
  ///   - isNamed: whether the user or the column's name says that it holds times: only then are numbers that may be
  ///     anything taken as dates.
  static func verdict(_ cells: [String], name: String = "", isNamed: Bool, order: DateOrder? = nil) -> Verdict {
    guard let first = cells.first else { return .form(.text) }
    var numbers: [(whole: Int64, fraction: Double)] = []
    for cell in cells {
      guard let number = number(cell) else { break }
      numbers.append(number)
    }
    if numbers.count == cells.count { return numeric(numbers, cells, name, isNamed) ?? .noTimes(example: first) }
    // A word among numbers, or a number among words, is told by the reader with its line.
    var proved: DateOrder?
    var opens: [(first: Int, second: Int)] = []
    var known = 0
    var misfit: String?
    for cell in cells {
      if Timestamp(iso8601: cell) != nil {
        known += 1
      } else if let text = DateText(cell, order: order) {
        known += 1
        if let found = text.proved { proved = proved ?? found }
        if let open = text.open, opens.last.map({ $0 != open }) ?? true { opens.append(open) }
      } else {
        misfit = misfit ?? cell
      }
    }
    if known * 2 <= cells.count, let misfit { return .noTimes(example: misfit) }
    if opens.isEmpty { return .form(proved.map { .ordered(order ?? $0) } ?? .text) }
    if let order = order ?? proved ?? DateOrder(consecutive: opens) { return .form(.ordered(order)) }
    return .open
  }

  /// The forms that numbers of one length may have; the one whose steps are the most even.
  private static func numeric(
    _ numbers: [(whole: Int64, fraction: Double)], _ cells: [String], _ name: String, _ isNamed: Bool
  ) -> Verdict? {
    let digits = cells[0].utf8.count
    let isUniform = cells.allSatisfy { $0.utf8.count == digits }
    let isWhole = numbers.allSatisfy { $0.fraction == 0 }
    func all(_ form: TimeForm) -> Bool {
      numbers.allSatisfy { form.time(number: $0.whole, fraction: $0.fraction) != nil }
    }
    if isUniform, isWhole {
      switch digits {
      case 10, 12, 14:
        if all(.digits(digits)) { return .form(.digits(digits)) }
      case 8 where isNamed:
        if all(.digits(8)) { return .form(.digits(8)) }
      case 6 where isNamed:
        let isWeek = ColumnGuess.plain(name).contains("week")
        if !isWeek, all(.month) { return .form(.month) }
        if all(.week) { return .form(.week) }
      case 4 where isNamed:
        if all(.year) { return .form(.year) }
      default: break
      }
    }
    let unit = TimeForm.EpochUnit(magnitude: Double(numbers[0].whole))
    if numbers.allSatisfy({ abs($0.whole) >= TimeForm.leastEpoch }) {
      return numbers[0].whole < 0 && !isNamed ? nil : .form(.epoch(unit))
    }
    if isNamed, numbers.allSatisfy({ TimeForm.spreadsheetDays.contains($0.whole) }) { return .form(.spreadsheet) }
    return nil
  }

  private static func number(_ cell: String) -> (whole: Int64, fraction: Double)? {
    var text = cell.utf8.contains(0x2C) ? cell.replacing(",", with: ".") : cell
    return text.withUTF8 { TimeCellReader.number($0) }
  }
}

extension DateOrder {
  /// Told by dates that follow each other: the part that counts on while the other stays is the day.
  init?(consecutive dates: [(first: Int, second: Int)]) {
    var (days, months) = (0, 0)
    for (a, b) in zip(dates, dates.dropFirst()) {
      if a.second == b.second, abs(a.first - b.first) == 1 { days += 1 }
      if a.first == b.first, abs(a.second - b.second) == 1 { months += 1 }
    }
    // Dates one after the other: with the first part counting it is days, or months of one and the same day.
    guard days + months >= 2, days == 0 || months == 0 else { return nil }
    self = days > 0 ? .dayFirst : .monthFirst
  }
}
