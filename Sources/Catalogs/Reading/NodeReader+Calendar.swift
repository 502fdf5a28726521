import Documents
import Glibc
import Quantities

extension NodeReader {
  /// A day of the calendar: `2026-11-27`.
  public mutating func date(_ node: Node?, _ path: String) -> CivilDate? {
    guard let text = text(node, path) else { return nil }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    if parts.count == 3, let y = parts[0], let m = parts[1], let d = parts[2],
      let date = CivilDate(year: y, month: m, day: d)
    {
      return date
    }
    fail(
      "'\(Self.lastKey(path))' is not a date: \"\(text)\"", node, path,
      help: "write a day of the calendar, as 2026-11-27")
    return nil
  }

  /// `18:00`, as a span after midnight.
  public mutating func timeOfDay(_ node: Node?, _ path: String) -> Duration? {
    guard let text = text(node, path) else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { part in
      part.count <= 2 && part.allSatisfy { $0.isASCII && $0.isNumber } ? Int(part) : nil
    }
    if parts.count == 2, numbers.count == 2, parts[1].count == 2, numbers[0] < 24, numbers[1] < 60 {
      return .minutes(Double(numbers[0] * 60 + numbers[1]))
    }
    fail(
      "'\(Self.lastKey(path))' is not a time of day: \"\(text)\"", node, path,
      help: "write hours and minutes, as 18:00")
    return nil
  }

  /// Growth in words, as a share of a year: `20%/year`, `1.5%/month`, `20%` (a year). It compounds: 1.5 % a month is
  /// 19.6 % a year.
  public mutating func yearlyGrowth(_ node: Node?, _ path: String) -> Fraction? {
    guard let text = text(node, path) else { return nil }
    let pieces = text.split(separator: "/", maxSplits: 1).map { $0.filter { $0 != " " } }
    let periods: Double? =
      switch pieces.count == 2 ? pieces[1].lowercased() : "year" {
      case "year", "y", "yr": 1
      case "quarter", "q": 4
      case "month", "mo": 12
      case "week", "w": 365.25 / 7
      default: nil
      }
    guard let periods, let first = pieces.first, let share = try? Fraction.parse(String(first)), share.rawValue > -1
    else {
      fail("'\(Self.lastKey(path))' is not growth: \"\(text)\"", node, path, help: "write 20%/year or 1.5%/month")
      return nil
    }
    return Fraction(rawValue: pow(1 + share.rawValue, periods) - 1)
  }
}
