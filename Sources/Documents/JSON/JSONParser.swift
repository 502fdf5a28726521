/// The recursive parser behind ``JSON``.
struct JSONParser {
  private var p: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>
  private let source: SourceFile
  private var line: Int
  /// The byte from which columns count: the line's first, moved on by one for each continuation byte of a multi-byte
  /// character, so that columns count characters at no cost.
  private var columnOrigin: UnsafePointer<UInt8>

  init(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ source: SourceFile, _ firstLine: Int
  ) {
    p = start
    if end - start >= 3, start[0] == 0xEF, start[1] == 0xBB, start[2] == 0xBF { p += 3 }
    self.end = end
    self.source = source
    line = firstLine
    columnOrigin = p
  }

  mutating func document() throws(Diagnostic) -> Node {
    skipSpace()
    if p == end { throw error("the document is empty", help: "expected JSON, such as {}") }
    let node = try value(depth: 0)
    skipSpace()
    guard p == end else {
      throw error(
        "\(sight) after the end of the document",
        help: "one document holds one value; for one value a line, use NDJSON")
    }
    return node
  }

  // MARK: Values

  private mutating func value(depth: Int) throws(Diagnostic) -> Node {
    guard p < end else { throw error("the document ends where a value should stand", help: nil) }
    let start = place
    switch p.pointee {
    case UInt8(ascii: "{"):
      return Node(.mapping(try object(depth: depth + 1)), source, start)
    case UInt8(ascii: "["):
      return Node(try array(depth: depth + 1), source, start)
    case UInt8(ascii: "\""):
      return Node(.string(try string()), source, start)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let first = p
      let number = try self.number()
      let text = String(decoding: UnsafeBufferPointer(start: first, count: p - first), as: UTF8.self)
      return Node(.number(number, text: text), source, start)
    default:
      if take("true") { return Node(.bool(true, text: "true"), source, start) }
      if take("false") { return Node(.bool(false, text: "false"), source, start) }
      if take("null") { return Node(.null, source, start) }
      throw unexpectedValue()
    }
  }

  private mutating func object(depth: Int) throws(Diagnostic) -> Mapping {
    try check(depth: depth)
    let opening = place
    p += 1
    var builder = MappingBuilder()
    skipSpace()
    if p < end, p.pointee == UInt8(ascii: "}") {
      p += 1
      return builder.build()
    }
    while true {
      guard p < end else { throw unclosed("{", opening) }
      guard p.pointee == UInt8(ascii: "\"") else {
        if p.pointee == UInt8(ascii: "}") { throw error("a comma before '}'", help: "remove the last comma") }
        throw error("\(sight) where a key should stand", help: "keys are strings in double quotes")
      }
      let keyPlace = place
      let key = try string()
      skipSpace()
      guard p < end else { throw unclosed("{", opening) }
      guard p.pointee == UInt8(ascii: ":") else {
        throw error("\(sight) after the key \"\(key)\"", help: "a colon stands between key and value")
      }
      p += 1
      skipSpace()
      if p == end { throw unclosed("{", opening) }
      if let first = builder.position(of: key) {
        throw Diagnostic.error(
          "the key \"\(key)\" comes twice", at: keyPlace.location(in: source),
          help: "the first is on line \(builder.entries[first].keyPlace.line); remove one of them")
      }
      builder.add(key, keyPlace, try value(depth: depth))
      skipSpace()
      guard p < end else { throw unclosed("{", opening) }
      switch p.pointee {
      case UInt8(ascii: ","):
        p += 1
        skipSpace()
      case UInt8(ascii: "}"):
        p += 1
        return builder.build()
      default:
        throw error("\(sight) after a value of an object", help: "write a comma before the next key, or '}' to close")
      }
    }
  }

  private mutating func array(depth: Int) throws(Diagnostic) -> Node.Storage {
    try check(depth: depth)
    let opening = place
    p += 1
    skipSpace()
    if p < end, p.pointee == UInt8(ascii: "]") {
      p += 1
      return .sequence([])
    }
    let resume = (p, line, columnOrigin)
    if let values = packedNumbers() { return .packed(values) }
    (p, line, columnOrigin) = resume
    var nodes: [Node] = []
    while true {
      guard p < end else { throw unclosed("[", opening) }
      if p.pointee == UInt8(ascii: "]") { throw error("a comma before ']'", help: "remove the last comma") }
      nodes.append(try value(depth: depth))
      skipSpace()
      guard p < end else { throw unclosed("[", opening) }
      switch p.pointee {
      case UInt8(ascii: ","):
        p += 1
        skipSpace()
      case UInt8(ascii: "]"):
        p += 1
        return .sequence(nodes)
      default:
        throw error("\(sight) after an element of an array", help: "write a comma before the next, or ']' to close")
      }
    }
  }

  /// The shortest array kept packed: below it, every element's own place is worth its 48 bytes.
  static let shortestPackedArray = 64

  /// The array's values if it is long and holds nothing but numbers and nulls; else nil, with the position left
  /// anywhere. Integers past 2^53 are not packed, because they would lose digits.
  private mutating func packedNumbers() -> [Double]? {
    // Each number of a nested array is read at most twice, because this gives up at the first bracket.
    var values: [Double] = []
    while true {
      if let reading = DecimalReader.read(p, end, .json) {
        if reading.value.isInfinite || reading.exceedsExactIntegers { return nil }
        values.append(reading.value)
        p = reading.end
      } else if take("null") {
        values.append(.nan)
      } else {
        return nil
      }
      if values.count == 1024 { values.reserveCapacity(1024 + commasAhead()) }
      if p < end, p.pointee <= 0x20 { skipSpace() }
      guard p < end else { return nil }
      if p.pointee == UInt8(ascii: "]") {
        guard values.count >= JSONParser.shortestPackedArray else { return nil }
        p += 1
        return values
      }
      guard p.pointee == UInt8(ascii: ",") else { return nil }
      p += 1
      if p < end, p.pointee <= 0x20 { skipSpace() }
    }
  }

  /// The commas up to the next closing bracket: how many numbers are still to come, so that room is made once.
  private func commasAhead() -> Int {
    var count = 0
    var q = p
    while q < end, q.pointee != UInt8(ascii: "]") {
      count += q.pointee == UInt8(ascii: ",") ? 1 : 0
      q += 1
    }
    return count
  }

  private mutating func number() throws(Diagnostic) -> Double {
    if let reading = DecimalReader.read(p, end, .json) {
      let next = reading.end < end ? reading.end.pointee : 0x20
      // "01", "1a", "1.2.3" would otherwise be blamed on a missing comma.
      if !(next >= 0x30 && next <= 0x39 || next == 0x2E || next | 0x20 >= 0x61 && next | 0x20 <= 0x7A) {
        guard reading.value.isFinite else {
          throw error("the number is too large for a double", help: "the largest is about 1.8e308")
        }
        p = reading.end
        return reading.value
      }
    }
    var q = p
    while q < end, q - p < 40, isNumberLike(q.pointee) { q += 1 }
    let text = String(decoding: UnsafeBufferPointer(start: p, count: q - p), as: UTF8.self)
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let startsWithZero = digits.count > 1 && digits.first == "0" && digits.dropFirst().first?.isNumber == true
    throw error(
      "'\(text)' is not a JSON number",
      help: startsWithZero ? "leading zeros are not allowed" : "write it like 12, -0.5 or 6.02e23")
  }

  private func isNumberLike(_ byte: UInt8) -> Bool {
    byte >= 0x30 && byte <= 0x39 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x2E || byte == 0x2D
      || byte == 0x2B
  }

  // MARK: Strings

  private mutating func string() throws(Diagnostic) -> String {
    let opening = place
    p += 1
    let first = p
    var isASCII = true
    while p < end {
      let byte = p.pointee
      if byte == UInt8(ascii: "\"") {
        let text = try decoded(UnsafeBufferPointer(start: first, count: p - first), isASCII, opening)
        p += 1
        return text
      }
      if byte == UInt8(ascii: "\\") { return try stringWithEscapes(from: first, isASCII, opening) }
      if byte < 0x20 { throw controlCharacter(byte) }
      if byte >= 0x80 {
        isASCII = false
        if byte & 0xC0 == 0x80 { columnOrigin += 1 }
      }
      p += 1
    }
    throw unclosed("\"", opening)
  }

  private mutating func stringWithEscapes(
    from first: UnsafePointer<UInt8>, _ startsASCII: Bool, _ opening: Place
  ) throws(Diagnostic) -> String {
    var isASCII = startsASCII
    var bytes = Array(UnsafeBufferPointer(start: first, count: p - first))
    while p < end {
      let byte = p.pointee
      switch byte {
      case UInt8(ascii: "\""):
        var text: Result<String, Diagnostic>
        do {
          text = .success(
            try bytes.withUnsafeBufferPointer { (buffer) throws(Diagnostic) -> String in
              try decoded(buffer, isASCII, opening)
            })
        } catch { text = .failure(error) }
        p += 1
        return try text.get()
      case UInt8(ascii: "\\"):
        let scalar = try escape()
        if scalar.value >= 0x80 { isASCII = false }
        bytes.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
      case 0..<0x20:
        throw controlCharacter(byte)
      default:
        if byte >= 0x80 {
          isASCII = false
          if byte & 0xC0 == 0x80 { columnOrigin += 1 }
        }
        bytes.append(byte)
        p += 1
      }
    }
    throw unclosed("\"", opening)
  }

  private func decoded(
    _ bytes: UnsafeBufferPointer<UInt8>, _ isASCII: Bool, _ opening: Place
  ) throws(Diagnostic) -> String {
    if isASCII { return String(decoding: bytes, as: UTF8.self) }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Diagnostic.error(
        "the string is not UTF-8", at: opening.location(in: source), help: "save the file as UTF-8")
    }
    return text
  }

  private mutating func escape() throws(Diagnostic) -> Unicode.Scalar {
    guard end - p >= 2 else { throw error("the document ends inside a string", help: nil) }
    let letter = p[1]
    let short: Unicode.Scalar
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): short = Unicode.Scalar(letter)
    case UInt8(ascii: "b"): short = "\u{8}"
    case UInt8(ascii: "f"): short = "\u{C}"
    case UInt8(ascii: "n"): short = "\n"
    case UInt8(ascii: "r"): short = "\r"
    case UInt8(ascii: "t"): short = "\t"
    case UInt8(ascii: "u"):
      let unit = try hexUnit()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      let isHigh = unit < 0xDC00
      if isHigh, end - p >= 6, p[0] == UInt8(ascii: "\\"), p[1] == UInt8(ascii: "u") {
        let low = try hexUnit()
        if low >= 0xDC00, low <= 0xDFFF,
          let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        {
          return scalar
        }
      }
      throw error("half of a surrogate pair", help: "characters past U+FFFF are written as two \\u escapes together")
    default:
      throw error(
        "\\\(Character(Unicode.Scalar(letter < 0x80 && letter >= 0x20 ? letter : 0x3F))) is no JSON escape",
        help: "write \\\\ for a backslash")
    }
    p += 2
    return short
  }

  /// The four hexadecimal digits of a \u escape.
  private mutating func hexUnit() throws(Diagnostic) -> UInt32 {
    guard end - p >= 6 else { throw error("the document ends inside an escape", help: nil) }
    var unit: UInt32 = 0
    for i in 2..<6 {
      let byte = p[i]
      switch byte {
      case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
      case 0x41...0x46, 0x61...0x66: unit = unit << 4 | UInt32((byte | 0x20) - 0x61 + 10)
      default: throw error("\\u needs four hexadecimal digits", help: "such as \\u00e9")
      }
    }
    p += 6
    return unit
  }

  // MARK: Bytes

  private var place: Place { Place(line: line, column: p - columnOrigin + 1) }

  @inline(__always)
  private mutating func skipSpace() {
    while p < end {
      switch p.pointee {
      case 0x20, 0x09, 0x0D: p += 1
      case 0x0A:
        p += 1
        line += 1
        columnOrigin = p
      default: return
      }
    }
  }

  private mutating func take(_ word: StaticString) -> Bool {
    let count = word.utf8CodeUnitCount
    guard end - p >= count else { return false }
    for i in 0..<count where p[i] != word.utf8Start[i] { return false }
    // "nullify" is not null.
    if end - p > count, isNumberLike(p[count]) { return false }
    p += count
    return true
  }

  private func check(depth: Int) throws(Diagnostic) {
    if depth > JSON.depthLimit {
      throw error("nested more than \(JSON.depthLimit) deep", help: "flatten the document")
    }
  }

  // MARK: Errors

  private func error(_ message: String, help: String?) -> Diagnostic {
    .error(message, at: place.location(in: source), help: help)
  }

  private func unclosed(_ opening: String, _ place: Place) -> Diagnostic {
    .error(
      "the document ends before this \(opening == "\"" ? "string" : "'\(opening)'") is closed",
      at: place.location(in: source), help: "is the file cut off?")
  }

  private func controlCharacter(_ byte: UInt8) -> Diagnostic {
    let name = byte == 0x0A || byte == 0x0D ? "a line break" : byte == 0x09 ? "a tab" : "a control character"
    let escape = byte == 0x0A ? "\\n" : byte == 0x0D ? "\\r" : byte == 0x09 ? "\\t" : "a \\u escape"
    return error("\(name) inside a string", help: "write \(escape)")
  }

  /// What stands here, for a message.
  private var sight: String {
    guard p < end else { return "the end" }
    let byte = p.pointee
    if byte < 0x20 || byte == 0x7F { return "a control character" }
    if byte < 0x80 { return "'\(Character(Unicode.Scalar(byte)))'" }
    let bytes = UnsafeBufferPointer(start: p, count: min(4, end - p))
    return "'\(String(decoding: bytes, as: UTF8.self).prefix(1))'"
  }

  private func unexpectedValue() -> Diagnostic {
    var q = p
    while q < end, q - p < 40, isNumberLike(q.pointee) || q.pointee == UInt8(ascii: "_") { q += 1 }
    let word = String(decoding: UnsafeBufferPointer(start: p, count: q - p), as: UTF8.self)
    switch (p.pointee, word.lowercased()) {
    case (UInt8(ascii: "'"), _): return error("a single quote", help: "strings stand in double quotes")
    case (UInt8(ascii: "/"), _), (UInt8(ascii: "#"), _):
      return error("a comment", help: "JSON has no comments; remove it, or write YAML")
    case (UInt8(ascii: "+"), _), (UInt8(ascii: "."), _):
      return error("'\(word)' is not a JSON number", help: "write it like 12, -0.5 or 6.02e23")
    case (_, "nan"), (_, "inf"), (_, "infinity"):
      return error("JSON has no \(word)", help: "write null for a missing number")
    case (_, "none"), (_, "nil"), (_, "undefined"): return error("JSON has no \(word)", help: "write null")
    case (_, "true"), (_, "false"), (_, "null"):
      return error("'\(word)' is no JSON value", help: "write it in lower case")
    case (UInt8(ascii: ","), _), (UInt8(ascii: "}"), _), (UInt8(ascii: "]"), _), (UInt8(ascii: ":"), _):
      return error("\(sight) where a value should stand", help: nil)
    default:
      if !word.isEmpty { return error("'\(word)' is no JSON value", help: "text stands in double quotes: \"\(word)\"") }
      return error("\(sight) where a value should stand", help: "expected JSON")
    }
  }
}
