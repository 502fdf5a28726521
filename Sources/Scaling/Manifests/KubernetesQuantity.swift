/// A number as Kubernetes writes it: `500m`, `1k`, `0.05`, `1Gi`, `1e3`.
///
/// Kept as a decimal mantissa and exponent (or a binary multiple), so that what was written is what is compared.
/// Grammar and rounding: Kubernetes API, `resource.Quantity`.
public struct KubernetesQuantity: Hashable, Sendable, CustomStringConvertible {
  /// The text as it was written.
  public let text: String
  /// The value in thousandths, rounded up (away from zero) as Kubernetes does; clamped to 64 bits.
  public let milli: Int64
  /// The value as Kubernetes gives it to floating-point code: the mantissa times a power of ten.
  public let approximate: Double

  public var description: String { text }

  /// Reads a quantity, or gives nil where the text is none.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    var p = 0
    var negative = false
    if p < bytes.count, bytes[p] == 43 || bytes[p] == 45 {
      negative = bytes[p] == 45
      p += 1
    }
    var digits: [UInt8] = []
    var fractionDigits = 0
    var sawDigit = false
    var sawPoint = false
    while p < bytes.count {
      if (48...57).contains(bytes[p]) {
        sawDigit = true
        if !(digits.isEmpty && bytes[p] == 48 && !sawPoint) { digits.append(bytes[p] - 48) }
        if sawPoint { fractionDigits += 1 }
      } else if bytes[p] == 46, !sawPoint {
        sawPoint = true
      } else {
        break
      }
      p += 1
    }
    guard sawDigit, digits.count <= 64 else { return nil }
    var decimalExponent = 0
    var binaryExponent = 0
    switch String(decoding: bytes[p...], as: UTF8.self) {
    case "": break
    case "n": decimalExponent = -9
    case "u": decimalExponent = -6
    case "m": decimalExponent = -3
    case "k": decimalExponent = 3
    case "M": decimalExponent = 6
    case "G": decimalExponent = 9
    case "T": decimalExponent = 12
    case "P": decimalExponent = 15
    case "E": decimalExponent = 18
    case "Ki": binaryExponent = 10
    case "Mi": binaryExponent = 20
    case "Gi": binaryExponent = 30
    case "Ti": binaryExponent = 40
    case "Pi": binaryExponent = 50
    case "Ei": binaryExponent = 60
    default:
      guard bytes[p] == 101 || bytes[p] == 69, let exponent = Self.exponent(bytes[(p + 1)...]) else { return nil }
      decimalExponent = exponent
    }
    self.text = text
    let scale = decimalExponent - fractionDigits
    milli = Self.milli(digits, scale: scale, binary: binaryExponent, negative: negative)
    // Digits, then one multiplication: the same double as the controllers' own conversion.
    var mantissa = 0.0
    if digits.count <= 18 {
      mantissa = Double(digits.reduce(Int64(0)) { $0 * 10 + Int64($1) })
    } else {
      for d in digits { mantissa = mantissa * 10 + Double(d) }
    }
    let magnitude = mantissa * Double(UInt64(1) << UInt64(binaryExponent)) * (Double("1e\(scale)") ?? 1)
    approximate = negative ? -magnitude : magnitude
  }

  /// A quantity of thousandths, written in its canonical form: 500 is `500m`, 2000 is `2`.
  public init(milli: Int64) {
    self.milli = milli
    let (whole, part) = milli.quotientAndRemainder(dividingBy: 1000)
    text = part == 0 ? "\(whole)" : "\(milli)m"
    approximate = part == 0 ? Double(whole) : Double(milli) * 0.001
  }

  /// `3`, `+3`, `-3` after an `e`; a lone `E` was the suffix exa and never comes here.
  private static func exponent(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count <= 4, let value = Int(String(decoding: bytes, as: UTF8.self)), abs(value) <= 200 else {
      return nil
    }
    return value
  }

  /// Thousandths, rounded away from zero, in exact integer arithmetic, saturating at 64 bits.
  private static func milli(_ digits: [UInt8], scale: Int, binary: Int, negative: Bool) -> Int64 {
    let limit = Int64.max
    var whole = digits
    var dropped = false
    // Binary multiples are multiplied into the digit string first, so that no precision is lost: 0.5Gi is exact.
    for _ in 0..<binary {
      var carry: UInt8 = 0
      for i in whole.indices.reversed() {
        let doubled = whole[i] * 2 + carry
        whole[i] = doubled % 10
        carry = doubled / 10
      }
      if carry > 0 { whole.insert(carry, at: 0) }
    }
    let shift = scale + 3
    if shift < 0 {
      let cut = min(whole.count, -shift)
      dropped = whole.suffix(cut).contains { $0 != 0 }
      whole.removeLast(cut)
    }
    var value: Int64 = 0
    for digit in whole {
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, over2) = product.addingReportingOverflow(Int64(digit))
      if over || over2 { return negative ? -limit : limit }
      value = sum
    }
    if shift > 0, value != 0 {
      for _ in 0..<shift {
        let (product, over) = value.multipliedReportingOverflow(by: 10)
        if over { return negative ? -limit : limit }
        value = product
      }
    }
    if dropped, value < limit { value += 1 }
    return negative ? -value : value
  }
}
