import Glibc

extension Quantity {
  /// The quantity as people write it: `221k/s`, `1.5 GB`, `$126.4k`, `70 %`, `4x`.
  ///
  /// - Parameter digits: significant digits, 3 unless told.
  public func formatted(digits: Int = 3) -> String {
    switch Self.symbol {
    case "%":
      guard rawValue.isFinite else { return "\(rawValue)" }
      return NumberFormat.significant(rawValue * 100, digits) + " %"
    case "$", "$/h":
      return Currency.current.written(
        NumberFormat.short(abs(rawValue), digits: max(digits, 4)), isNegative: rawValue < 0,
        per: Self.symbol == "$" ? "" : "/h")
    case "B": return NumberFormat.bytes(rawValue, digits)
    case "B/s": return NumberFormat.bytes(rawValue, digits) + "/s"
    default: return NumberFormat.short(rawValue, digits: digits) + Self.symbol
    }
  }
}

/// Numbers as people write them.
public enum NumberFormat {
  /// With a suffix for thousands: `34`, `1.25k`, `221k`, `4.5M`, `12G`, `3.1T`.
  public static func short(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "-" : (value < 0 ? "-inf" : "inf") }
    let magnitude = abs(value)
    var scale = 1.0
    var suffix = ""
    // Thresholds lie where rounding to `digits` would carry into the next suffix: 999,950 is 1M, not 1000k.
    let carry = 1 - 0.5 * pow(10, -Double(digits))
    for (s, name) in [(1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] where magnitude >= s * carry {
      if name == "k", magnitude < 10_000 * carry, digits >= 3, magnitude == magnitude.rounded() { break }
      scale = s
      suffix = name
      break
    }
    return significant(value / scale, digits) + suffix
  }

  /// Plain, with at most `digits` significant digits; whole parts are never cut, trailing zeros are. Below 1e-6 and
  /// from 1e15 in exponent form: `2.5e15`.
  public static func significant(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return value.isNaN ? "-" : (value < 0 ? "-inf" : "inf") }
    if value == 0 { return "0" }
    let magnitude = abs(value)
    if magnitude < 1e-6 || magnitude >= 1e15 { return exponential(value, digits) }
    var decimals = max(0, digits - 1 - Int(log10(magnitude).rounded(.down)))
    // Rounding may carry into another digit: 9.996 at three digits is 10, not 10.0.
    let factor = pow(10, Double(decimals))
    if log10((magnitude * factor).rounded() / factor).rounded(.down) > log10(magnitude).rounded(.down), decimals > 0 {
      decimals -= 1
    }
    return fixed(value, decimals: decimals, trim: true)
  }

  private static func exponential(_ value: Double, _ digits: Int) -> String {
    // Scaled in two steps: the power of ten of a subnormal number's inverse would overflow.
    var exponent = Int(log10(abs(value)).rounded(.down))
    let half = exponent / 2
    var mantissa = value / pow(10, Double(half)) / pow(10, Double(exponent - half))
    // 9.996 at three digits is 1e1, not 10e0.
    if abs(mantissa) >= 10 - 5 * pow(10, -Double(max(1, digits))) {
      mantissa /= 10
      exponent += 1
    }
    return significant(mantissa, digits) + "e\(exponent)"
  }

  /// With a fixed number of decimals, 18 at most; halves round away from zero.
  public static func fixed(_ value: Double, decimals: Int, trim: Bool = false) -> String {
    guard value.isFinite else { return value.isNaN ? "-" : (value < 0 ? "-inf" : "inf") }
    let decimals = min(max(0, decimals), 18)
    let factor = pow(10, Double(decimals))
    let scaled = (abs(value) * factor).rounded()
    // More digits than a whole number holds: as many as there are.
    guard scaled < 9e18 else {
      return decimals > 0 ? fixed(value, decimals: decimals - 1, trim: trim) : exponential(value, 17)
    }
    let whole = UInt64(scaled)
    let divisor = UInt64(factor)
    var text = String(whole / divisor)
    if decimals > 0 {
      var fraction = String(whole % divisor)
      fraction = String(repeating: "0", count: decimals - fraction.count) + fraction
      if trim { while fraction.hasSuffix("0") { fraction.removeLast() } }
      if !fraction.isEmpty { text += "." + fraction }
    }
    return value < 0 && whole > 0 ? "-" + text : text
  }

  /// A whole number with commas: `112,500`.
  public static func grouped(_ value: Double) -> String {
    guard abs(value) < 9e18 else { return value.isFinite ? exponential(value, 17) : significant(value, 3) }
    let text = fixed(abs(value), decimals: 0)
    var result = ""
    for (i, c) in text.enumerated() {
      if i > 0, (text.count - i) % 3 == 0 { result.append(",") }
      result.append(c)
    }
    return value <= -0.5 ? "-" + result : result
  }

  /// A share as people write it: `34 %`, `0.7 %`. Between 90 % and 100 % with as many nines as it has, four at most
  /// behind the point, and never rounded up to what was not reached: 99.94 %, 99.9987 %. What misses 1 by less than a
  /// sum's rounding (1e-9) is 100 %.
  public static func share(_ value: Double) -> String {
    guard value.isFinite else { return "-" }
    guard value >= 0.9, value < 1 - 1e-9 else {
      return significant((abs(value - 1) <= 1e-9 ? 1 : value) * 100, abs(value) >= 0.1 ? 3 : 2) + " %"
    }
    var decimals = 0
    while (1 - value) * pow(10, Double(decimals + 1)) < 0.5, decimals < 4 { decimals += 1 }
    let factor = pow(10, Double(max(1, decimals)))
    return fixed((value * 100 * factor).rounded(.down) / factor, decimals: max(1, decimals), trim: true) + " %"
  }

  static func bytes(_ value: Double, _ digits: Int) -> String {
    for (scale, unit) in [(1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")]
    where abs(value) >= scale * (1 - 0.5 * pow(10, -Double(digits))) {
      return significant(value / scale, digits) + " " + unit
    }
    return significant(value, digits) + " B"
  }

  /// A span of time in its two largest units: `45 s`, `2 min 30 s`, `3 h`, `12 d 6 h`, `1.5 ms`.
  public static func duration(_ span: Duration) -> String {
    let seconds = span.seconds
    if seconds < 0 { return "-" + duration(.zero - span) }
    if seconds == 0 { return "0 s" }
    // Each unit ends where rounding would carry into the next: 59.96 s is 1 min, not 60 s.
    if seconds < 0.999_5e-3 { return significant(seconds * 1e6, 3) + " us" }
    if seconds < 0.999_5 { return significant(seconds * 1e3, 3) + " ms" }
    if seconds < 59.95 { return significant(seconds, 3) + " s" }
    func two(_ big: Double, _ bigName: String, _ small: Double, _ smallName: String) -> String {
      let whole = (seconds / small).rounded()
      let first = (whole * small / big).rounded(.down)
      let rest = whole - first * (big / small)
      return fixed(first, decimals: 0) + " " + bigName
        + (rest > 0 ? " " + fixed(rest, decimals: 0) + " " + smallName : "")
    }
    if seconds < 3599.5 { return two(60, "min", 1, "s") }
    if seconds < 86_370 { return two(3600, "h", 60, "min") }
    return two(86400, "d", 3600, "h")
  }
}

extension CivilDate {
  /// As sentences name it: `Friday 27 November 2026`.
  public var long: String { "\(weekday.name) \(day) \(monthNames[month - 1]) \(year)" }
  /// As tables and facts name it: `Tue 24 Nov`.
  public var short: String { "\(weekday.name.prefix(3)) \(day) \(monthNames[month - 1].prefix(3))" }
}
