/// Reads YAML 1.2 with the core schema (`no` and `on` are strings), keeping the place of every value.
///
/// One document a file; keys are scalars and come once in a mapping; anchors, aliases and the merge key `<<` are
/// understood within limits. A value behind an alias keeps the place where it was written.
public enum YAML {
  /// The deepest nesting that is read.
  public static let depthLimit = 100

  /// The most values that aliases may add to a document: a few nested aliases can otherwise stand for billions.
  public static let aliasedNodeLimit = 1_000_000

  /// Reads one document.
  ///
  /// - Throws: what is wrong with it, with places: all that can be told apart, or the first syntax error.
  public static func parse(_ bytes: [UInt8], file: String? = nil) throws(Diagnostics) -> Node {
    if let diagnostic = YAMLText.check(bytes, file: file) { throw Diagnostics([diagnostic]) }
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    return try bytes.withUnsafeBufferPointer { (buffer) throws(Diagnostics) -> Node in
      let content = UnsafeBufferPointer(rebasing: buffer[(hasMark ? 3 : 0)...])
      var composer = YAMLComposer(events: YAMLEvents(content), bytes: content, source: SourceFile(file, isYAML: true))
      return try composer.document()
    }
  }

  /// Reads one document from text.
  public static func parse(_ text: String, file: String? = nil) throws(Diagnostics) -> Node {
    try parse(Array(text.utf8), file: file)
  }
}

/// What must hold before libyaml sees a text, told with a place, which libyaml does not for these.
enum YAMLText {
  static func check(_ bytes: [UInt8], file: String?) -> Diagnostic? {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
      return .error(
        "the file is UTF-16, not UTF-8", at: SourceLocation(file: file, line: 1, column: 1),
        help: "save it as UTF-8")
    }
    if bytes.starts(with: [0x1F, 0x8B]) {
      return .error(
        "the file is compressed, not YAML text", at: SourceLocation(file: file, line: 1, column: 1),
        help: "unpack it first: gunzip")
    }
    for (i, byte) in bytes.enumerated() where byte < 0x20 || byte == 0x7F {
      switch byte {
      case 0x09, 0x0A, 0x0D: continue
      case 0:
        return .error(
          "a zero byte: this is a binary file, not YAML text", at: location(of: i, in: bytes, file),
          help: "is it the right file?")
      default:
        return .error(
          "a control character (byte \(byte))", at: location(of: i, in: bytes, file),
          help: "remove it, or write it as an escape in double quotes")
      }
    }
    if let invalid = firstInvalidUTF8(bytes) {
      return .error(
        "this is not UTF-8", at: location(of: invalid, in: bytes, file), help: "save the file as UTF-8")
    }
    return nil
  }

  /// The offset of the first byte that is not UTF-8, by the table of well-formed sequences in the Unicode Standard
  /// (table 3-7).
  static func firstInvalidUTF8(_ bytes: [UInt8]) -> Int? {
    var i = 0
    while i < bytes.count {
      let lead = bytes[i]
      if lead < 0x80 {
        i += 1
        continue
      }
      let (length, low, high): (Int, UInt8, UInt8)
      switch lead {
      case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
      case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
      case 0xED: (length, low, high) = (3, 0x80, 0x9F)
      case 0xE1...0xEF: (length, low, high) = (3, 0x80, 0xBF)
      case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
      case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
      case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
      default: return i
      }
      guard i + length <= bytes.count, bytes[i + 1] >= low, bytes[i + 1] <= high else { return i }
      for k in 2..<max(2, length) where bytes[i + k] & 0xC0 != 0x80 { return i }
      i += length
    }
    return nil
  }

  static func location(of offset: Int, in bytes: [UInt8], _ file: String?) -> SourceLocation {
    var line = 1
    var column = 1
    for byte in bytes[..<offset] {
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    return SourceLocation(file: file, line: line, column: column)
  }
}
