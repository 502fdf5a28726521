import Glibc

/// Numbers as people write them: 221k, 1.5M, 0.012.
public enum CompactNumber {
  private static let scales: [(factor: Double, suffix: String)] = [
    (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"),
  ]

  /// A number with three significant digits and a suffix for thousands (k, M, G, T).
  ///
  /// Beyond 1e15 and below 1e-4 powers of ten are written: 1.5e18. Not a number: "-".
  public static func text(_ value: Double) -> String {
    if value.isNaN { return "-" }
    if value.isInfinite { return value > 0 ? "inf" : "-inf" }
    let size = abs(value)
    if size == 0 { return "0" }
    if size >= 999.5e12 || size < 1e-4 { return scientific(value) }
    // From 999.5 on three digits round up to the next thousand.
    let (factor, suffix) = scales.first { size >= $0.factor * 0.9995 } ?? (1, "")
    let scaled = value / factor
    let decimals = max(0, 2 - Int(log10(abs(scaled) * 1.000_000_1).rounded(.down)))
    return trimmed(fixed(scaled, decimals: decimals)) + suffix
  }

  /// The texts of an axis's ticks, with one suffix and as many decimals as tell them apart.
  ///
  /// - Parameter step: the distance of neighbours, above 0.
  static func texts(ofTicks ticks: [Double], step: Double) -> [String] {
    let largest = ticks.map(abs).max() ?? 0
    guard step > 0, step.isFinite, largest.isFinite, largest < 999.5e12, step >= 1e-6 else {
      return ticks.map(text)
    }
    let (factor, suffix) = scales.first { largest >= $0.factor } ?? (1, "")
    let decimals = max(0, Int((-log10(step / factor) - 1e-9).rounded(.up)))
    return ticks.map { $0 == 0 ? "0" : fixed($0 / factor, decimals: min(9, decimals)) + suffix }
  }

  /// A number with a fixed count of decimals.
  ///
  /// - Parameters:
  ///   - value: below 1e15 in size, else powers of ten are written.
  ///   - decimals: 0 to 9.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return text(value) }
    let decimals = min(9, max(0, decimals))
    var power = 1.0
    for _ in 0..<decimals { power *= 10 }
    // Beyond 2^53 a product is no longer exact, but then no decimals are left in the value either.
    let scaled = (abs(value) * power).rounded(.toNearestOrAwayFromZero)
    guard scaled < 9e18 else { return fixed(value, decimals: decimals - 1) }
    var digits = String(UInt64(scaled))
    if decimals > 0 {
      digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    }
    return value < 0 && scaled > 0 ? "-" + digits : digits
  }

  private static func trimmed(_ digits: String) -> String {
    guard digits.contains(".") else { return digits }
    var digits = digits
    while digits.hasSuffix("0") { digits.removeLast() }
    if digits.hasSuffix(".") { digits.removeLast() }
    return digits
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = Int(log10(abs(value)).rounded(.down))
    // In two steps: 1e-320 has no finite reciprocal.
    var digits = value / pow(10, Double(exponent / 2)) / pow(10, Double(exponent - exponent / 2))
    if abs(digits) >= 9.995 {
      digits /= 10
      exponent += 1
    }
    return "\(trimmed(fixed(digits, decimals: 2)))e\(exponent)"
  }
}
