/// Writes numbers the shortest way that reads back as the same double, as JSON and CSV take them.
enum DecimalWriter {
  /// The text of a finite number: integers without `.0`; `nan`, `inf` or `-inf` for the rest.
  static func text(_ value: Double) -> String {
    var bytes: [UInt8] = []
    append(value, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func append(_ value: Double, to bytes: inout [UInt8]) {
    // Integers that a double holds exactly are written as such; -0 keeps its sign below.
    if value == value.rounded(.towardZero), abs(value) < 9_007_199_254_740_992, value != 0 || value.sign == .plus {
      append(Int(value), to: &bytes)
      return
    }
    // Swift's description is the shortest text that reads back the same.
    var text = value.description
    text.withUTF8 { utf8 in
      var count = utf8.count
      if count > 2, utf8[count - 1] == 0x30, utf8[count - 2] == 0x2E { count -= 2 }
      bytes.append(contentsOf: utf8[..<count])
    }
  }

  static func append(_ value: Int, to bytes: inout [UInt8]) {
    if value < 0 { bytes.append(0x2D) }
    var rest = value.magnitude
    let first = bytes.count
    repeat {
      bytes.append(UInt8(truncatingIfNeeded: rest % 10) + 0x30)
      rest /= 10
    } while rest > 0
    // By hand: reversing a slice in place would copy it.
    var (low, high) = (first, bytes.count - 1)
    while low < high {
      bytes.swapAt(low, high)
      low += 1
      high -= 1
    }
  }
}
