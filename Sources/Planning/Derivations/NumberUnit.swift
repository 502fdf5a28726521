import Quantities

/// What a derived number counts: how it is written, rounded for people and digit by digit in arithmetic.
public enum NumberUnit: Hashable, Sendable {
  /// Requests a second.
  case rate
  /// Whole things: replicas, machines.
  case count
  /// A part of one, written in per cent.
  case share
  /// A multiple.
  case factor
  /// Money, in the plan's currency.
  case money
  /// Money an hour.
  case price
  /// Seconds.
  case seconds
  /// Days.
  case days
  /// A number that counts nothing.
  case plain

  /// As people write it, to three digits or so.
  public func shown(_ value: Double) -> String {
    switch self {
    case .rate: "\(RequestRate.perSecond(value))"
    case .count: NumberFormat.grouped(value)
    case .share: "\(Fraction(rawValue: value))"
    case .factor, .plain: NumberFormat.significant(value, 4)
    case .money: "\(Money.dollars(value))"
    case .price: "\(HourlyPrice.dollarsPerHour(value))"
    case .seconds: NumberFormat.duration(.seconds(value))
    case .days: "\(NumberFormat.significant(value, 4)) d"
    }
  }

  /// In arithmetic, with at least so many significant digits; a whole part is never cut.
  func written(_ value: Double, digits: Int) -> String {
    let number = Self.grouped(NumberFormat.significant(self == .share ? value * 100 : value, digits))
    return switch self {
    case .rate: number + "/s"
    case .count, .factor, .plain: number
    case .share: number + " %"
    case .money: Currency.current.written(String(number.drop { $0 == "-" }), isNegative: value < 0)
    case .price: Currency.current.written(String(number.drop { $0 == "-" }), isNegative: value < 0, per: "/h")
    case .seconds: number + " s"
    case .days: number + " d"
    }
  }

  /// The number that a reader takes from ``written(_:digits:)``.
  func read(_ value: Double, digits: Int) -> Double {
    guard value.isFinite else { return value }
    let scale = self == .share ? 100.0 : 1
    return (Double(NumberFormat.significant(value * scale, digits)) ?? value) / scale
  }

  /// Commas between groups of three digits of the whole part: `486102.5` is `486,102.5`.
  private static func grouped(_ text: String) -> String {
    guard !text.contains("e"), !text.contains("i") else { return text }
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = parts[0].drop { $0 == "-" }
    guard whole.count > 3 else { return text }
    var result = ""
    for (i, digit) in whole.enumerated() {
      if i > 0, (whole.count - i) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return (text.hasPrefix("-") ? "-" : "") + result + (parts.count > 1 ? "." + parts[1] : "")
  }
}
