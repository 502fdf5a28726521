/// A form that a result can take: `--format`.
public struct OutputFormat: RawRepresentable, Hashable, Sendable {
  public let rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  public static let text = OutputFormat(rawValue: "text")
  public static let json = OutputFormat(rawValue: "json")
  public static let csv = OutputFormat(rawValue: "csv")
  public static let markdown = OutputFormat(rawValue: "markdown")
  public static let html = OutputFormat(rawValue: "html")

  /// The form that a file's ending promises; nil where it promises none.
  public static func ofEnding(_ path: String) -> OutputFormat? {
    let endings: [(String, OutputFormat)] = [
      (".html", .html), (".htm", .html), (".json", .json), (".md", .markdown), (".markdown", .markdown), (".csv", .csv),
    ]
    return endings.first { path.lowercased().hasSuffix($0.0) }?.1
  }
}

/// The options that verbs share, declared in one place.
public struct SharedOptions: Sendable {
  /// The form of the result.
  public let format: OutputFormat
  /// The file for the result, or nil for standard output.
  public let output: String?
  /// What random numbers start from: the same seed gives the same bytes.
  public let seed: UInt64
  /// What the user calls now, as written, or nil for the clock's time.
  public let now: String?
  /// Whether messages and progress are left out.
  public let isQuiet: Bool
  /// Where the verb speaks; `-o`, `--quiet` and `--color` are already in it.
  public let console: Console

  /// Declares and reads them.
  ///
  /// - Parameters:
  ///   - formats: what the verb can write, its default first; with one alone, `--format` is not declared.
  ///   - seed: the default of `--seed`; nil where nothing is random, then it is not declared.
  ///   - now: whether the verb depends on the time, so that `--now` is declared.
  public init(
    _ a: inout Arguments, formats: [OutputFormat] = [.text], seed: UInt64? = nil, now: Bool = false
  ) throws(UsageError) {
    precondition(!formats.isEmpty, "a verb writes at least one format")
    a.section("Common options")
    defer { a.section("") }
    var format = formats[0]
    if formats.count > 1 {
      format = a.choice("format", among: formats, default: formats[0], help: "the form of the result")
      if formats.contains(.json) {
        let isJSON = a.flag("json", help: "the same as --format json")
        let isAgreed = !isJSON || format == .json || !a.isGiven("format")
        a.check(
          isAgreed,
          "'--json' and '--format \(format.rawValue)' contradict each other. Keep one.")
        if isJSON { format = .json }
      }
    }
    output = try a.option(
      "output", short: "o", value: "FILE", help: "write the result to FILE instead of standard output",
      completion: .files([]))
    // An ending is a promise: a page that holds terminal text is worse than a word.
    if let path = output, let promised = OutputFormat.ofEnding(path), promised != format {
      let isGiven = formats.count > 1 && (a.isGiven("format") || a.isGiven("json"))
      let names = formats.map(\.rawValue)
      if isGiven {
        a.check(
          false,
          "'-o \(path)' names a file of \(promised.rawValue), and '--format \(format.rawValue)' asks for another form. "
            + "Keep one.")
      } else if formats.contains(promised) {
        format = promised
      } else {
        a.check(
          false,
          "'-o \(path)' asks for \(promised.rawValue), which this does not write: it writes "
            + "\(names.joined(separator: ", ")). Name the file otherwise.")
      }
    }
    self.format = format
    if let seed {
      self.seed = try a.option(
        "seed", value: "NUMBER", default: seed, help: "what random numbers start from; same seed, same bytes")
    } else {
      self.seed = 0
    }
    self.now = now ? try a.option("now", value: "TIME", help: "take TIME for now, such as 2026-07-01T00:00Z") : nil
    isQuiet = a.flag("quiet", short: "q", help: "no progress and no notes; warnings and errors still appear")
    let color = try a.option(
      "color", value: "WHEN", default: ColorChoice.auto, help: "when to colour; NO_COLOR is honoured")
    let file = a.isDeclaring || output == "-" ? nil : output.map { Output.file($0) }
    console = a.console.adjusted(result: file, choice: color, isQuiet: isQuiet)
    a.console = console
  }
}
