/// Text from elsewhere, made fit to be shown: names, headers, queries and foreign error texts may hold control characters
/// that move the cursor, retitle the window, or turn the writing direction around to show another word than stands there.
///
/// What stays: line breaks, tabs, and the sequences that ``Style`` itself writes, to the byte. Every other control
/// character (C0 and DEL, C1: ECMA-48, 5.2 to 5.4) and every bidirectional control (Unicode 15.0, UAX 9, 2.1 to 2.3)
/// is written out as `\x1b` or `\u{202e}`.
public enum VisibleText {
  /// The text with its control characters written out; the same text where it has none.
  public static func of(_ text: String) -> String {
    var text = text
    let isFit = text.withUTF8 { Self.isPlain($0) }
    return isFit ? text : writtenOut(text)
  }

  /// Whether nothing has to be looked at more closely: the case of nearly all texts, so it is a scan of bytes.
  private static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var before: UInt8 = 0
    for byte in bytes {
      if byte < 0x20 {
        if byte != 0x0A, byte != 0x09 { return false }
      } else if byte >= 0x7F {
        // 0xC2 begins U+0080 to U+00BF; 0xE2 0x80 and 0xE2 0x81 the block of the bidirectional controls; 0xD8 U+061C.
        if byte == 0x7F || byte == 0xD8 { return false }
        if before == 0xC2, byte < 0xA0 { return false }
        if before == 0xE2, byte == 0x80 || byte == 0x81 { return false }
      }
      before = byte
    }
    return true
  }

  private static func writtenOut(_ text: String) -> String {
    var result = ""
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.first {
      if scalar == "\u{1B}", let sequence = ownSequences.first(where: { rest.starts(with: $0.unicodeScalars) }) {
        result += sequence
        rest.removeFirst(sequence.unicodeScalars.count)
        continue
      }
      rest.removeFirst()
      // Lines of CSV (RFC 4180) end with both.
      if scalar == "\r", rest.first == "\n" {
        result.unicodeScalars.append(scalar)
      } else if isControl(scalar) {
        let digits = String(scalar.value, radix: 16)
        result += scalar.value < 0x80 ? "\\x" + (digits.count < 2 ? "0" : "") + digits : "\\u{\(digits)}"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0x00...0x1F, 0x7F...0x9F: true
    case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  /// What ``Style`` writes: a colour on, and off.
  private static let ownSequences = Set(Style.Role.allCases.map { "\u{1B}[\($0.parameters)m" }).sorted() + ["\u{1B}[0m"]
}
