import Glibc

/// The variables of the process that the terminal depends on, as a value, so that tests can say what they are.
public struct Environment: Hashable, Sendable {
  private var values: [String: String]

  /// - Parameter values: variables by name.
  public init(_ values: [String: String] = [:]) { self.values = values }

  /// A variable's value, or nil where it is not set.
  public subscript(name: String) -> String? { values[name] }

  /// What this process was started with, of the variables that decide about colour, width, signs and shell.
  public static var process: Environment {
    var values: [String: String] = [:]
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS", "LC_ALL", "LC_CTYPE", "LANG", "SHELL"] {
      if let value = getenv(name) { values[name] = String(cString: value) }
    }
    return Environment(values)
  }

  /// Whether the terminal shows UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is set and not empty decides
  /// (POSIX, Base Definitions, 8.2).
  public var isUTF8: Bool {
    for name in ["LC_ALL", "LC_CTYPE", "LANG"] {
      guard let value = values[name], !value.isEmpty else { continue }
      let lowered = value.lowercased()
      return lowered.hasSuffix("utf-8") || lowered.hasSuffix("utf8") || lowered.contains("utf-8@")
        || lowered.contains("utf8@")
    }
    return false
  }
}
