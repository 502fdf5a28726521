import Glibc

/// Why a text is not a quantity, with the form that would be one.
public struct QuantityError: Error, Hashable, Sendable, CustomStringConvertible {
  /// `"is not a rate"`, said of the text.
  public var problem: String
  /// `"write 120/s"`.
  public var remedy: String
  public init(problem: String, remedy: String) {
    self.problem = problem
    self.remedy = remedy
  }
  public var description: String { "\(problem): \(remedy)" }
}

/// A number at the start of a text and the rest behind it, trimmed: `"2.5k/s"` gives 2500 and `"/s"`.
struct NumberAndUnit {
  var value: Double
  var unit: String

  /// Accepts a sign, decimals, an exponent, underscores or commas between digits, and a suffix k, M, G, T, P
  /// where `multiples` is true.
  init?(_ text: String, multiples: Bool) {
    let bytes = Array(text.utf8.drop(while: { $0 == 32 || $0 == 9 }))
    var digits: [UInt8] = []
    var p = 0
    if p < bytes.count, bytes[p] == 43 || bytes[p] == 45 {
      digits.append(bytes[p])
      p += 1
    }
    var sawDigit = false
    var sawPoint = false
    scan: while p < bytes.count {
      switch bytes[p] {
      case 48...57:
        digits.append(bytes[p])
        sawDigit = true
      case 46 where !sawPoint:
        digits.append(46)
        sawPoint = true
      case 95, 44:
        // 112,500 and 112_500, with exactly three digits behind each comma.
        guard sawDigit, !sawPoint, p + 3 < bytes.count || p + 4 == bytes.count,
          bytes[(p + 1)..<min(p + 4, bytes.count)].allSatisfy({ (48...57).contains($0) }), p + 4 <= bytes.count,
          p + 4 == bytes.count || !(48...57).contains(bytes[p + 4])
        else { break scan }
      case 101, 69:
        guard sawDigit, p + 1 < bytes.count else { break scan }
        var q = p + 1
        if bytes[q] == 43 || bytes[q] == 45 { q += 1 }
        guard q < bytes.count, (48...57).contains(bytes[q]) else { break scan }
        digits.append(101)
        digits.append(contentsOf: bytes[(p + 1)..<q])
        while q < bytes.count, (48...57).contains(bytes[q]) {
          digits.append(bytes[q])
          q += 1
        }
        p = q
        break scan
      default: break scan
      }
      p += 1
    }
    guard sawDigit, let number = Double(String(decoding: digits, as: UTF8.self)), number.isFinite else { return nil }
    value = number
    while p < bytes.count, bytes[p] == 32 || bytes[p] == 9 { p += 1 }
    if multiples, p < bytes.count {
      let factor: Double? =
        switch bytes[p] {
        case 107, 75: 1e3
        case 77: 1e6
        case 71: 1e9
        case 84: 1e12
        case 80: 1e15
        default: nil
        }
      // `k` is a multiple only where no longer word follows: "5 kg" is not five thousand g.
      if let factor, p + 1 == bytes.count || !(97...122).contains(bytes[p + 1]) {
        value *= factor
        guard value.isFinite else { return nil }
        p += 1
      }
    }
    while p < bytes.count, bytes[p] == 32 || bytes[p] == 9 { p += 1 }
    var tail = bytes[p...]
    while let last = tail.last, last == 32 || last == 9 { tail.removeLast() }
    unit = String(decoding: tail, as: UTF8.self)
  }
}

/// A quantity that people write: `120/s`, `70%`, `45s`, `$1.2/h`.
public protocol QuantityText {
  /// Reads the text. - Throws: ``QuantityError`` with the remedy.
  static func parse(_ text: String) throws(QuantityError) -> Self
}

extension RequestRate: QuantityText {
  /// `120/s`, `120 rps`, `2.5k/s`, `7200/min`, `1M/h`, `1G/day`; a bare number counts per second.
  public static func parse(_ text: String) throws(QuantityError) -> RequestRate {
    let error = QuantityError(problem: "is not a rate", remedy: "write 120/s, 2.5k/s, 7200/min or 1M/h")
    guard let n = NumberAndUnit(text, multiples: true) else { throw error }
    let seconds: Double
    switch n.unit.lowercased().filter({ $0 != " " }) {
    case "", "/s", "/sec", "/second", "persecond", "rps", "qps", "req/s", "requests/s", "hz": seconds = 1
    case "/m", "/min", "/minute", "perminute", "rpm", "req/min": seconds = 60
    case "/h", "/hour", "perhour", "req/h": seconds = 3600
    case "/d", "/day", "perday", "req/day": seconds = 86400
    default: throw error
    }
    guard n.value >= 0 else { throw QuantityError(problem: "is negative", remedy: "a rate is zero or more") }
    return RequestRate(rawValue: n.value / seconds)
  }
}

extension TokenRate: QuantityText {
  public static func parse(_ text: String) throws(QuantityError) -> TokenRate {
    let error = QuantityError(problem: "is not a token rate", remedy: "write 2500 tok/s")
    guard let n = NumberAndUnit(text, multiples: true), n.value >= 0 else { throw error }
    switch n.unit.lowercased().filter({ $0 != " " }) {
    case "", "/s", "tok/s", "tokens/s", "tps": return TokenRate(rawValue: n.value)
    default: throw error
    }
  }
}

extension Fraction: QuantityText {
  /// `70%`, `0.7`. A bare number beyond 3 is refused: 50 is more likely 50 % than 5,000 %.
  public static func parse(_ text: String) throws(QuantityError) -> Fraction {
    guard let n = NumberAndUnit(text, multiples: false) else {
      throw QuantityError(problem: "is not a fraction", remedy: "write 50% or 0.5")
    }
    switch n.unit.lowercased() {
    case "%", "percent": return Fraction(rawValue: n.value / 100)
    case "":
      guard abs(n.value) <= 3 else {
        throw QuantityError(
          problem: "is ambiguous: a fraction or a percentage?",
          remedy: "write \(NumberFormat.significant(n.value, 6))% or \(NumberFormat.significant(n.value / 100, 6))")
      }
      return Fraction(rawValue: n.value)
    default: throw QuantityError(problem: "is not a fraction", remedy: "write 50% or 0.5")
    }
  }
}

extension Utilization: QuantityText {
  public static func parse(_ text: String) throws(QuantityError) -> Utilization {
    let fraction = try Fraction.parse(text).rawValue
    guard fraction > 0, fraction <= 1 else {
      throw QuantityError(problem: "is not a utilization", remedy: "write a value above 0 and at most 100%, as 70%")
    }
    return Utilization(rawValue: fraction)
  }
}

extension Factor: QuantityText {
  /// `4`, `4x`, `+300%`.
  public static func parse(_ text: String) throws(QuantityError) -> Factor {
    let error = QuantityError(problem: "is not a factor", remedy: "write 4, 4x or +300%")
    guard let n = NumberAndUnit(text, multiples: false) else { throw error }
    switch n.unit.lowercased() {
    case "", "x", "times": return Factor(rawValue: n.value)
    case "%":
      let signed = text.drop(while: { $0 == " " }).first.map { $0 == "+" || $0 == "-" } ?? false
      return Factor(rawValue: (signed ? 1 : 0) + n.value / 100)
    default: throw error
    }
  }
}

extension HourlyPrice: QuantityText {
  /// `$1.2/h`, `1.20 EUR/h`, `1.2/h`, `1.2`, `$900/month` (a month is 730 hours), `$8000/year` (8,760 hours), in the
  /// currency that amounts count in: ``Currency/current``.
  public static func parse(_ text: String) throws(QuantityError) -> HourlyPrice {
    let error = QuantityError(problem: "is not a price", remedy: "write $1.2/h or $900/month")
    let body = try Currency.body(of: text, example: "1.20 \(Currency.current)/h")
    guard let n = NumberAndUnit(body, multiples: true), n.value >= 0 else { throw error }
    switch n.unit.lowercased().filter({ $0 != " " }) {
    case "", "/h", "/hour", "/hr", "perhour": return HourlyPrice(rawValue: n.value)
    case "/month", "/mo": return HourlyPrice(rawValue: n.value / 730)
    case "/year", "/y": return HourlyPrice(rawValue: n.value / 8760)
    default: throw error
    }
  }
}

extension Money: QuantityText {
  /// `$1200`, `-$5`, `1.2k EUR`, in the currency that amounts count in: ``Currency/current``.
  public static func parse(_ text: String) throws(QuantityError) -> Money {
    // `-$5`, as it is printed, is `-5`.
    let body = try Currency.body(of: text, example: "1200 \(Currency.current)")
    guard let n = NumberAndUnit(body, multiples: true), n.unit.isEmpty else {
      throw QuantityError(problem: "is not an amount of money", remedy: "write $1200 or $1.2k")
    }
    return Money(rawValue: n.value)
  }
}

extension Bytes: QuantityText {
  public static func parse(_ text: String) throws(QuantityError) -> Bytes {
    let error = QuantityError(problem: "is not a size", remedy: "write 16GB or 16GiB")
    guard let n = NumberAndUnit(text, multiples: false), n.value >= 0 else { throw error }
    let unit = n.unit.lowercased()
    let powers = ["": 0, "b": 0, "k": 1, "kb": 1, "m": 2, "mb": 2, "g": 3, "gb": 3, "t": 4, "tb": 4, "p": 5, "pb": 5]
    let binary = ["ki": 1, "kib": 1, "mi": 2, "mib": 2, "gi": 3, "gib": 3, "ti": 4, "tib": 4]
    let size =
      n.value * (powers[unit].map { pow(1000, Double($0)) } ?? binary[unit].map { pow(1024, Double($0)) } ?? .nan)
    guard size.isFinite else { throw error }
    return Bytes(rawValue: size)
  }
}

extension Power: QuantityText {
  /// `700W`, `8.5 kW`, `1.2MW`; a bare number is watts.
  public static func parse(_ text: String) throws(QuantityError) -> Power {
    let error = QuantityError(problem: "is not a power", remedy: "write 700W, 8.5kW or 1.2MW")
    guard let n = NumberAndUnit(text, multiples: false), n.value >= 0 else { throw error }
    let units = ["": 1, "w": 1, "kw": 1e3, "mw": 1e6]
    let watts = n.value * (units[n.unit.lowercased()] ?? .nan)
    guard watts.isFinite else { throw error }
    return .watts(watts)
  }
}

extension Duration: QuantityText {
  /// `45s`, `250ms`, `90d`, `1h30m`, `2 weeks`; the unit must be there.
  public static func parse(_ text: String) throws(QuantityError) -> Duration {
    let error = QuantityError(problem: "is not a span of time", remedy: "write 45s, 250ms, 5m, 1h30m or 90d")
    var total = 0.0
    var rest = text
    var any = false
    while true {
      rest = String(rest.drop(while: { $0 == " " }))
      if rest.isEmpty { break }
      guard let n = NumberAndUnit(rest, multiples: false) else { throw error }
      let word = String(n.unit.prefix(while: { $0.isLetter }))
      let unit: Double
      switch word.lowercased() {
      case "ns": unit = 1e-9
      case "us", "µs": unit = 1e-6
      case "ms": unit = 1e-3
      case "s", "sec", "secs", "second", "seconds": unit = 1
      case "m", "min", "mins", "minute", "minutes": unit = 60
      case "h", "hr", "hrs", "hour", "hours": unit = 3600
      case "d", "day", "days": unit = 86400
      case "w", "week", "weeks": unit = 604_800
      case "month", "months", "mo": unit = 2_629_800
      case "y", "year", "years": unit = 31_557_600
      case "" where n.value == 0 && !any: unit = 1
      default: throw error
      }
      any = true
      total += n.value * unit
      rest = String(n.unit.dropFirst(word.count))
    }
    guard any, total.isFinite, abs(total) < 9e9 else { throw error }
    guard total >= 0 else { throw QuantityError(problem: "is negative", remedy: "a span of time is zero or more") }
    return .nanoseconds(Int64((total * 1e9).rounded()))
  }
}
