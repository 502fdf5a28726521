/// A place in a document the user wrote: file, line and column, both counted from 1; columns count characters.
public struct SourceLocation: Hashable, Sendable, CustomStringConvertible {
  /// The file's name as the user gave it, or nil where the text came from elsewhere.
  public var file: String?
  /// The line, from 1.
  public var line: Int
  /// The column, from 1.
  public var column: Int

  /// A place in `file` at `line` and `column`, both from 1.
  public init(file: String?, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// `plan.yaml:14:9`, or `line 14, column 9` where there is no file name.
  public var description: String {
    guard let file else { return "line \(line), column \(column)" }
    return "\(file):\(line):\(column)"
  }
}

/// One thing that is wrong (or worth a word) in a document, with its place and its remedy.
public struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
  /// How bad it is: an error stops the work, a warning and a note do not.
  public enum Severity: String, Sendable { case error, warning, note }

  /// How bad it is.
  public var severity: Severity
  /// Where it is, if it has a place.
  public var location: SourceLocation?
  /// The value's path inside the document, such as `regions[0].peak`.
  public var path: String?
  /// What is wrong, as a phrase without a full stop.
  public var message: String
  /// What to do about it.
  public var help: String?

  /// A diagnostic of any severity.
  public init(
    severity: Severity, message: String, location: SourceLocation?, path: String? = nil, help: String? = nil
  ) {
    self.severity = severity
    self.location = location
    self.path = path
    self.message = message
    self.help = help
  }

  /// An error at a place.
  public static func error(
    _ message: String, at location: SourceLocation?, path: String? = nil, help: String? = nil
  ) -> Diagnostic {
    Diagnostic(severity: .error, message: message, location: location, path: path, help: help)
  }

  /// A warning at a place.
  public static func warning(
    _ message: String, at location: SourceLocation?, path: String? = nil, help: String? = nil
  ) -> Diagnostic {
    Diagnostic(severity: .warning, message: message, location: location, path: path, help: help)
  }

  /// A note at a place.
  public static func note(
    _ message: String, at location: SourceLocation?, path: String? = nil, help: String? = nil
  ) -> Diagnostic {
    Diagnostic(severity: .note, message: message, location: location, path: path, help: help)
  }

  /// `plan.yaml:14:9: error: 'peak' is not a rate: "120"`, and on a second line `  help: write 120/s`.
  ///
  /// The path stands in for the location where there is none.
  public var description: String {
    var text = ""
    if let location {
      text += "\(location): "
    } else if let path, !path.isEmpty {
      text += "\(path): "
    }
    text += "\(severity.rawValue): \(message)"
    if let help { text += "\n  help: \(help)" }
    return text
  }
}

/// Everything that was found wrong with a document, not only the first thing.
public struct Diagnostics: Error, Sendable, Hashable, CustomStringConvertible {
  /// The diagnostics in the order in which they were found.
  public var all: [Diagnostic]

  /// A list of diagnostics, empty unless given.
  public init(_ all: [Diagnostic] = []) { self.all = all }

  /// Whether there is an error among them; warnings and notes alone let the work go on.
  public var hasErrors: Bool { all.contains { $0.severity == .error } }

  /// Whether there is nothing to say.
  public var isEmpty: Bool { all.isEmpty }

  /// Adds one.
  public mutating func append(_ diagnostic: Diagnostic) { all.append(diagnostic) }

  /// Adds all of another list.
  public mutating func merge(_ other: Diagnostics) { all.append(contentsOf: other.all) }

  /// The same diagnostics by file, line and column; those at one place, or without one, keep their order.
  public func sorted() -> Diagnostics {
    let ordered = all.enumerated().sorted { left, right in
      guard let a = left.element.location else { return right.element.location == nil && left.offset < right.offset }
      guard let b = right.element.location else { return true }
      let (fileA, fileB) = (a.file ?? "", b.file ?? "")
      if fileA != fileB { return fileA < fileB }
      return (a.line, a.column, left.offset) < (b.line, b.column, right.offset)
    }
    return Diagnostics(ordered.map { $0.element })
  }

  /// Throws the list if it holds an error.
  public func throwIfErrors() throws(Diagnostics) {
    if hasErrors { throw self }
  }

  /// The diagnostics one below the other.
  public var description: String { all.map { $0.description }.joined(separator: "\n") }
}
