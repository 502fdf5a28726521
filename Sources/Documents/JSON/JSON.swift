/// Reads JSON by RFC 8259, strictly, and keeps the place of every value.
///
/// Beyond the grammar: keys may not come twice in one object, nesting ends at ``depthLimit``, numbers must fit a
/// double, text must be UTF-8. A byte order mark is skipped. Columns count characters.
public enum JSON {
  /// The deepest nesting that is read; the parser recurses, and no document that people write comes near.
  public static let depthLimit = 512

  /// Reads one document.
  ///
  /// - Throws: what is wrong with it, with the place; JSON reading ends at the first syntax error.
  public static func parse(_ bytes: [UInt8], file: String? = nil) throws(Diagnostics) -> Node {
    try bytes.withUnsafeBufferPointer { (buffer) throws(Diagnostics) -> Node in
      try parse(UnsafeRawBufferPointer(buffer), file: file)
    }
  }

  /// Reads one document from memory that outlives the call.
  public static func parse(_ bytes: UnsafeRawBufferPointer, file: String? = nil) throws(Diagnostics) -> Node {
    try parse(bytes, file: file, firstLine: 1)
  }

  /// Reads one document that begins on line `firstLine` of its file: a line of an NDJSON stream.
  public static func parse(
    _ bytes: UnsafeRawBufferPointer, file: String?, firstLine: Int
  ) throws(Diagnostics) -> Node {
    let source = SourceFile(file)
    let buffer = bytes.bindMemory(to: UInt8.self)
    guard let base = buffer.baseAddress, !buffer.isEmpty else {
      let start = SourceLocation(file: file, line: firstLine, column: 1)
      throw Diagnostics([.error("the document is empty", at: start, help: "expected JSON, such as {}")])
    }
    var parser = JSONParser(base, base + buffer.count, source, firstLine)
    do {
      return try parser.document()
    } catch {
      throw Diagnostics([error])
    }
  }

  /// Reads one document from text.
  public static func parse(_ text: String, file: String? = nil) throws(Diagnostics) -> Node {
    try parse(Array(text.utf8), file: file)
  }
}
