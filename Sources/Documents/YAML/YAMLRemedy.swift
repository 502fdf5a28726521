/// Puts libyaml's syntax errors into words that name the remedy.
enum YAMLRemedy {
  static func diagnostic(
    _ error: YAMLSyntaxError, _ bytes: UnsafeBufferPointer<UInt8>, _ source: SourceFile
  ) -> Diagnostic {
    let line = self.line(Int(error.place.line), of: bytes)
    let column = Int(error.place.column)
    let letter = column <= line.count ? line[column - 1] : nil
    var place = error.place
    let message: String
    let help: String
    switch error.problem {
    case "found character that cannot start any token":
      (message, help) = cannotStart(letter)
    case "found a tab character that violates indentation",
      "found a tab character where an indentation space is expected":
      (message, help) = ("a tab where spaces must stand", "indent with spaces")
    case "mapping values are not allowed in this context":
      message = "a second ': ' on one line, or a key that is indented wrongly"
      help = "put text that holds ': ' in quotes; indent the keys of one mapping alike"
    case "did not find expected key":
      message = "expected a key here"
      help = "begin the keys of one mapping in the same column, and write each as 'key: value'"
    case "could not find expected ':'":
      message = "a key without ':'"
      help = "write 'key: value', with a space after the colon"
      if let key = lineWithoutColon(error, bytes) { place = key }
    case "did not find expected '-' indicator":
      message = "expected '- ' here"
      help = "begin the elements of one list in the same column, each with '- '"
    case "did not find expected ',' or '}'":
      message = "the '{' of line \(error.contextPlace.line) is not closed here"
      help = "write ',' between entries and '}' at the end"
    case "did not find expected ',' or ']'":
      message = "the '[' of line \(error.contextPlace.line) is not closed here"
      help = "write ',' between elements and ']' at the end"
    case "found unexpected end of stream":
      message = "a quote is opened here and never closed"
      help = "close it, or remove it"
      place = error.contextPlace
    case "found unexpected document indicator":
      message = "'---' or '...' inside quotes that are not closed"
      help = "close the quote of line \(error.contextPlace.line)"
    case "found unknown escape character":
      message = "an unknown escape in double quotes"
      help = "write \\\\ for a backslash, or use single quotes"
    case "did not find expected whitespace or line break":
      (message, help) = ("a space is missing here", "write a space after it")
    case "block sequence entries are not allowed in this context":
      (message, help) = ("a list cannot begin here", "begin the list on a line of its own, below its key")
    case "block mapping entries are not allowed in this context", "mapping keys are not allowed in this context":
      (message, help) = ("a mapping cannot begin here", "begin it on a line of its own, below its key")
    case "did not find expected <document start>":
      message = "text that belongs to nothing"
      help = "a document is one mapping; check the indentation and the brackets above"
    case "did not find expected alphabetic or numeric character":
      message = "a name must follow '&' or '*'"
      help = "put text that begins with '&' or '*' in quotes"
    case "did not find expected comment or line break":
      (message, help) = ("text after '|' or '>'", "begin the block of text on the next line")
    case "found undefined tag handle":
      (message, help) = ("a tag that is not defined", "put text that begins with '!' in quotes")
    default:
      message = error.problem + (error.context.map { " " + $0 } ?? "")
      help = "check the line; put text with special characters in quotes"
    }
    return .error(message, at: place.location(in: source), help: help)
  }

  private static func cannotStart(_ letter: Unicode.Scalar?) -> (String, String) {
    switch letter {
    case "\t": ("a tab where spaces must stand", "indent with spaces")
    case .some(let letter): ("a value cannot begin with '\(letter)'", "put it in quotes")
    case nil: ("a value cannot begin here", "put it in quotes")
    }
  }

  /// libyaml notices a key without a colon only where the next line begins: blame the line of the key.
  private static func lineWithoutColon(_ error: YAMLSyntaxError, _ bytes: UnsafeBufferPointer<UInt8>) -> Place? {
    guard error.context == "while scanning a simple key" else { return nil }
    return error.contextPlace
  }

  private static func line(_ number: Int, of bytes: UnsafeBufferPointer<UInt8>) -> [Unicode.Scalar] {
    var current = 1
    var start = 0
    while current < number, start < bytes.count {
      if bytes[start] == 0x0A { current += 1 }
      start += 1
    }
    let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
    return Array(String(decoding: bytes[start..<end], as: UTF8.self).unicodeScalars)
  }
}
