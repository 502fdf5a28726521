import Glibc

/// Reads decimal numbers: exactly rounded, and fast for numbers of up to 19 digits.
///
/// Three ways, each correctly rounded:
/// 1. significand up to 2^53 and a power of ten up to 10^22: both are exact doubles, so one multiplication or division
///    rounds once (W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990);
/// 2. significand up to 2^64 and a power of ten up to 10^27: 5^27 fits in 64 bits, so the product, or the quotient
///    with its remainder, is exact in 128 bits and is rounded here, once;
/// 3. anything else: the C library's `strtod`.
enum DecimalReader {
  /// The grammar a number must keep to.
  enum Grammar {
    /// RFC 8259: no plus sign, no leading zeros, digits on both sides of the point.
    case json
    /// Also a plus sign, leading zeros, `.5` and `5.`, as spreadsheets and people write them.
    case relaxed
  }

  struct Reading {
    var value: Double
    /// One past the number's last byte.
    var end: UnsafePointer<UInt8>
    /// Whether it was written without point and exponent.
    var isInteger: Bool
    /// Whether it is an integer past 2^53, which a double may not hold exactly.
    var exceedsExactIntegers: Bool
  }

  /// Reads the number that begins at `start`, or returns nil where none begins there.
  ///
  /// A number too large for a double reads as infinity.
  @inline(__always)
  static func read(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ grammar: Grammar) -> Reading? {
    var p = start
    var isNegative = false
    if p < end, p.pointee == 0x2D {
      isNegative = true
      p += 1
    } else if grammar == .relaxed, p < end, p.pointee == 0x2B {
      p += 1
    }
    let digits = p
    var significand: UInt64 = 0
    while p < end {
      let digit = p.pointee &- 0x30
      if digit > 9 { break }
      significand = significand &* 10 &+ UInt64(digit)
      p += 1
    }
    var digitCount = p - digits
    if grammar == .json {
      if digitCount == 0 { return nil }
      if digitCount > 1, digits.pointee == 0x30 { return nil }
    }
    var exponent = 0
    var isInteger = true
    if p < end, p.pointee == 0x2E {
      isInteger = false
      p += 1
      let fraction = p
      while p < end {
        let digit = p.pointee &- 0x30
        if digit > 9 { break }
        significand = significand &* 10 &+ UInt64(digit)
        p += 1
      }
      let count = p - fraction
      if grammar == .json, count == 0 { return nil }
      exponent = -count
      digitCount += count
    }
    if digitCount == 0 { return nil }
    if p < end, p.pointee | 0x20 == 0x65 {
      var q = p + 1
      var isDown = false
      if q < end, q.pointee == 0x2D || q.pointee == 0x2B {
        isDown = q.pointee == 0x2D
        q += 1
      }
      let first = q
      var power = 0
      while q < end {
        let digit = q.pointee &- 0x30
        if digit > 9 { break }
        if power < 100_000 { power = power &* 10 &+ Int(digit) }
        q += 1
      }
      if q == first { return nil }
      isInteger = false
      exponent &+= isDown ? -power : power
      p = q
    }
    if digitCount > 19, significantDigits(digits, p) > 19 {
      return Reading(value: slowly(start, p), end: p, isInteger: isInteger, exceedsExactIntegers: isInteger)
    }
    let magnitude: Double
    if significand <= 1 << 53, exponent >= -22, exponent <= 22 {
      let exact = Double(significand)
      magnitude = exponent < 0 ? exact / exactPowersOfTen[-exponent] : exact * exactPowersOfTen[exponent]
    } else if significand == 0 {
      magnitude = 0
    } else if exponent >= -27, exponent <= 27 {
      magnitude = widely(significand, exponent)
    } else {
      return Reading(value: slowly(start, p), end: p, isInteger: isInteger, exceedsExactIntegers: false)
    }
    return Reading(
      value: isNegative ? -magnitude : magnitude, end: p, isInteger: isInteger,
      exceedsExactIntegers: isInteger && significand > 1 << 53)
  }

  /// Reads a whole text as one number, or returns nil where it is not one.
  static func read(_ text: String, _ grammar: Grammar) -> Double? {
    var text = text
    return text.withUTF8 { bytes in
      guard let start = bytes.baseAddress, let reading = read(start, start + bytes.count, grammar),
        reading.end == start + bytes.count
      else { return nil }
      return reading.value
    }
  }

  /// The number of digits from the first that is not zero, up to the exponent.
  @inline(never)
  private static func significantDigits(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Int {
    var count = 0
    var p = start
    while p < end, p.pointee | 0x20 != 0x65 {
      if p.pointee != 0x2E, count > 0 || p.pointee != 0x30 { count += 1 }
      p += 1
    }
    return count
  }

  /// significand * 10^exponent for a significand above zero and |exponent| <= 27.
  @inline(never)
  static func widely(_ significand: UInt64, _ exponent: Int) -> Double {
    if exponent >= 0 {
      let product = significand.multipliedFullWidth(by: powersOfFive[exponent])
      if product.high == 0 { return rounded(product.low, isInexact: false, exponent) }
      let shift = product.high.leadingZeroBitCount
      let top = shift == 0 ? product.high : product.high << shift | product.low >> (64 - shift)
      return rounded(top, isInexact: product.low << shift != 0, exponent + 64 - shift)
    }
    let shift = significand.leadingZeroBitCount
    let divisor = powersOfFive[-exponent]
    let divisorShift = divisor.leadingZeroBitCount
    let normalizedDivisor = divisor << divisorShift
    var dividend = (high: significand << shift, low: UInt64(0))
    var power = exponent - 64 + divisorShift - shift
    // The quotient must fit in 64 bits: the upper half of the dividend must be below the divisor.
    if dividend.high >= normalizedDivisor {
      dividend = (dividend.high >> 1, dividend.high << 63)
      power += 1
    }
    let (quotient, remainder) = normalizedDivisor.dividingFullWidth(dividend)
    return rounded(quotient, isInexact: remainder != 0, power)
  }

  /// bits * 2^power to the nearest double, ties to even; `isInexact` says that a little more follows below the bits.
  private static func rounded(_ bits: UInt64, isInexact: Bool, _ power: Int) -> Double {
    let shift = bits.leadingZeroBitCount
    // Without 54 significant bits there is nothing to round, and then nothing follows either.
    let normalized = bits << shift
    var significand = normalized >> 11
    let rest = normalized & 0x7FF
    if rest > 0x400 || rest == 0x400 && (isInexact || significand & 1 == 1) { significand += 1 }
    return scalbn(Double(significand), Int32(power + 11 - shift))
  }

  /// The C library's reading of the text from `start` to `end`, which it needs with a zero byte behind.
  @inline(never)
  private static func slowly(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double {
    let count = end - start
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { copy in
      for i in 0..<count { copy[i] = CChar(bitPattern: start[i]) }
      copy[count] = 0
      guard let text = copy.baseAddress else { return .nan }
      return strtod(text, nil)
    }
  }

  private static let exactPowersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
  ]

  private static let powersOfFive: [UInt64] = {
    var powers: [UInt64] = [1]
    for _ in 1...27 { powers.append(powers[powers.count - 1] * 5) }
    return powers
  }()
}
