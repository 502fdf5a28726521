/// Whether a text has the form of a date or a time (RFC 3339), without saying which point in time it is.
enum CalendarText {
  static func isDate(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return bytes.count == 10 && isDate(bytes[...])
  }

  static func isTimestamp(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard bytes.count >= 10, isDate(bytes[..<10]) else { return false }
    if bytes.count == 10 { return true }
    guard bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") || bytes[10] == 0x20 else { return false }
    var rest = bytes[11...]
    guard let hour = number(rest.prefix(2)), hour < 24, rest.dropFirst(2).first == UInt8(ascii: ":"),
      let minute = number(rest.dropFirst(3).prefix(2)), minute < 60
    else { return false }
    rest = rest.dropFirst(5)
    if rest.first == UInt8(ascii: ":") {
      // 60 is a leap second.
      guard let second = number(rest.dropFirst().prefix(2)), second <= 60 else { return false }
      rest = rest.dropFirst(3)
      if rest.first == UInt8(ascii: ".") {
        let digits = rest.dropFirst().prefix { $0 >= 0x30 && $0 <= 0x39 }
        guard !digits.isEmpty else { return false }
        rest = rest.dropFirst(1 + digits.count)
      }
    }
    if rest.isEmpty || rest.elementsEqual([UInt8(ascii: "Z")]) || rest.elementsEqual([UInt8(ascii: "z")]) {
      return true
    }
    guard rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-"), rest.count == 6,
      let hours = number(rest.dropFirst().prefix(2)), hours < 24, rest.dropFirst(3).first == UInt8(ascii: ":"),
      let minutes = number(rest.dropFirst(4)), minutes < 60
    else { return false }
    return true
  }

  private static func isDate(_ bytes: ArraySlice<UInt8>) -> Bool {
    guard bytes.count == 10, bytes.dropFirst(4).first == UInt8(ascii: "-"),
      bytes.dropFirst(7).first == UInt8(ascii: "-"), let year = number(bytes.prefix(4), digits: 4),
      let month = number(bytes.dropFirst(5).prefix(2)), let day = number(bytes.dropFirst(8)), 1...12 ~= month, day >= 1
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return day <= lengths[month - 1]
  }

  private static func number(_ bytes: ArraySlice<UInt8>, digits: Int = 2) -> Int? {
    guard bytes.count == digits, bytes.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }
}
