/// The core schema of YAML 1.2 (YAML 1.2.2, section 10.3.2): what a plain scalar stands for.
enum YAMLScalar {
  static func resolve(_ text: String) -> Node.Storage {
    guard let first = text.utf8.first else { return .null }
    // Most scalars are words: their first letter tells that none of the comparisons below can hit.
    switch first {
    case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "n"),
      UInt8(ascii: "N"), UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"), UInt8(ascii: "F"):
      break
    default: return .string(text)
    }
    switch text {
    case "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .bool(true, text: text)
    case "false", "False", "FALSE": return .bool(false, text: text)
    default: break
    }
    if let value = number(text) { return .number(value, text: text) }
    return .string(text)
  }

  /// The number that a text stands for, or nil where it stands for none.
  ///
  /// A text past the range of doubles, such as the commit `12e3456`, stays a string.
  static func number(_ text: String) -> Double? {
    var text = text
    return text.withUTF8 { bytes -> Double? in
      guard let start = bytes.baseAddress, let first = bytes.first else { return nil }
      let end = start + bytes.count
      switch first {
      case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): break
      default: return nil
      }
      if bytes.count > 2, first == 0x30, start[1] == UInt8(ascii: "x") || start[1] == UInt8(ascii: "o") {
        let digits = String(decoding: bytes[2...], as: UTF8.self)
        guard let letter = digits.first, letter != "-", letter != "+" else { return nil }
        return Int(digits, radix: start[1] == UInt8(ascii: "x") ? 16 : 8).map { Double($0) }
      }
      if let reading = DecimalReader.read(start, end, .relaxed), reading.end == end {
        return reading.value.isFinite ? reading.value : nil
      }
      switch String(decoding: bytes, as: UTF8.self) {
      case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .infinity
      case "-.inf", "-.Inf", "-.INF": return -.infinity
      case ".nan", ".NaN", ".NAN": return .nan
      default: return nil
      }
    }
  }
}
