import Quantities

/// A line of a log in words: what stands between spaces, in quotes, or in brackets.
struct LogText {
  struct Word {
    enum Kind { case bare, quoted, bracketed, braced }
    var kind: Kind
    /// Without quotes or brackets.
    var bytes: ArraySlice<UInt8>
    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// A number; nil for anything else, `-` and `NaN` too.
    var number: Double? { Double(text).flatMap { $0.isFinite ? $0 : nil } }
  }
  let words: [Word]

  init(_ line: ArraySlice<UInt8>) {
    var words: [Word] = []
    var i = line.startIndex
    while i < line.endIndex {
      let first = line[i]
      if first == 0x20 || first == 9 {
        i += 1
        continue
      }
      let (end, kind): (UInt8, Word.Kind) =
        switch first {
        case 0x22: (0x22, .quoted)
        case 0x5B: (0x5D, .bracketed)
        case 0x7B: (0x7D, .braced)
        default: (0x20, .bare)
        }
      let start = kind == .bare ? i : i + 1
      var at = start
      while at < line.endIndex, line[at] != end {
        // A quote behind a backslash is none.
        at += kind == .quoted && line[at] == 0x5C && at + 1 < line.endIndex ? 2 : 1
      }
      at = min(at, line.endIndex)
      words.append(Word(kind: kind, bytes: line[start..<at]))
      i = at + (kind == .bare ? 0 : 1)
    }
    self.words = words
  }

  subscript(_ index: Int) -> Word? { words.indices.contains(index) ? words[index] : nil }

  /// The method and the address of a request's line, as `GET /path HTTP/1.1`.
  static func request(_ word: Word?) -> (method: String, path: String)? {
    guard let word else { return nil }
    let parts = word.bytes.split(separator: 0x20)
    guard parts.count >= 3, let last = parts.last, last.starts(with: Array("HTTP/".utf8)), let first = parts.first
    else {
      return nil
    }
    let path = parts.dropFirst().dropLast().map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    return (String(decoding: first, as: UTF8.self), path)
  }

  /// Bytes with `\xHH`, `\"` and `\\` read as what they stand for.
  static func unescaped(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    guard bytes.contains(0x5C) else { return Array(bytes) }
    func digit(_ i: Int) -> UInt8? {
      guard i < bytes.endIndex else { return nil }
      switch bytes[i] {
      case 0x30...0x39: return bytes[i] - 0x30
      case 0x41...0x46: return bytes[i] - 0x41 + 10
      case 0x61...0x66: return bytes[i] - 0x61 + 10
      default: return nil
      }
    }
    var result: [UInt8] = []
    var i = bytes.startIndex
    while i < bytes.endIndex {
      if bytes[i] == 0x5C, i + 1 < bytes.endIndex {
        if bytes[i + 1] == 0x78, let high = digit(i + 2), let low = digit(i + 3) {
          result.append(high << 4 | low)
          i += 4
          continue
        }
        if bytes[i + 1] == 0x22 || bytes[i + 1] == 0x5C {
          result.append(bytes[i + 1])
          i += 2
          continue
        }
      }
      result.append(bytes[i])
      i += 1
    }
    return result
  }

  /// `24/Nov/2026:03:12:01.250 +0000`; without a zone it is taken for UTC: spacing is the same.
  static func commonTime(_ text: String) -> Timestamp? {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let parts = text.split { $0 == "/" || $0 == ":" || $0 == " " }
    guard (6...7).contains(parts.count), let day = Int(parts[0]), let month = months.firstIndex(of: String(parts[1])),
      let year = Int(parts[2]), parts[2].count == 4
    else { return nil }
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    var zone = "Z"
    if parts.count == 7 {
      guard parts[6].count == 5 else { return nil }
      zone = "\(parts[6].prefix(3)):\(parts[6].suffix(2))"
    }
    return Timestamp(iso8601: "\(year)-\(two(month + 1))-\(two(day))T\(parts[3]):\(parts[4]):\(parts[5])\(zone)")
  }

  /// A time since 1970 in seconds, milliseconds, microseconds or nanoseconds, by its size.
  static func epoch(_ number: Double) -> Timestamp? {
    guard number.isFinite, number >= 0 else { return nil }
    let scale = number >= 1e17 ? 1.0 : number >= 1e14 ? 1e3 : number >= 1e11 ? 1e6 : 1e9
    guard number * scale < 9e18 else { return nil }
    // Whole units first: the product alone has a quarter of a microsecond to a step.
    let whole = number.rounded(.down)
    return Timestamp(nanosecondsSinceEpoch: Int64(whole) * Int64(scale) + Int64(((number - whole) * scale).rounded()))
  }

  static func earlier(_ time: Timestamp, by seconds: Double) -> Timestamp {
    guard seconds > 0, seconds < 1e6 else { return time }
    return Timestamp(nanosecondsSinceEpoch: time.nanosecondsSinceEpoch - Int64((seconds * 1e9).rounded()))
  }
}
