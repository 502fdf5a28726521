/// The manual page of the whole program in roff, with the macros of man(7), from the same tree as help.
struct ManualPage {
  private let application: Application
  private let pages: [VerbPage]

  init(_ application: Application, pages: [VerbPage]) {
    self.application = application
    self.pages = pages
  }

  /// The page's source.
  var roff: String {
    let name = application.name
    var lines = [
      ".TH \"\(quoted(name.uppercased()))\" 1 \"\" \"\(quoted("\(name) \(application.version)"))\" \"User Commands\"",
      ".SH NAME", "\(escaped(name)) \\- \(escaped(application.summary))",
      ".SH SYNOPSIS", ".B \(escaped(name))", ".I VERB", "[options]",
    ]
    if !application.examples.isEmpty { lines += [".SH EXAMPLES"] + examples(application.examples) }
    lines.append(".SH VERBS")
    for page in pages { lines += verb(page) }
    lines += [
      ".SH OPTIONS",
      ".TP", "\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "Show help, of the program or of a verb.",
      ".TP", "\\fB\\-\\-version\\fR", "Show the version.",
      ".SH EXIT STATUS",
    ]
    for (code, meaning) in ManualPage.codes { lines += [".TP", "\\fB\(code.rawValue)\\fR", escaped(meaning)] }
    lines += [
      ".SH ENVIRONMENT",
      ".TP", "\\fBNO_COLOR\\fR", "Set to anything: no colour.",
      ".TP", "\\fBCOLUMNS\\fR", "The width to write for.",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private static let codes: [(ExitCode, String)] = [
    (.done, "Done, and every objective is met."),
    (.worldFailed, "The world failed: a file cannot be written."),
    (.objectiveMissed, "Done; an objective or a gate is missed."),
    (.usage, "The command line is wrong."),
    (.badInput, "An input document is wrong."),
    (.unavailable, "A source or service is unreachable."),
    (.interrupted, "Interrupted."),
  ]

  private func verb(_ page: VerbPage) -> [String] {
    var lines = [".SS \"\(quoted(page.usage))\"", sentence(page.info.summary)]
    for paragraph in page.info.discussion.split(separator: "\n", omittingEmptySubsequences: true) {
      lines += [".PP", escaped(String(paragraph))]
    }
    for declaration in page.positionals + page.visibleOptions {
      lines += [".TP", label(declaration), escaped(declaration.explanation)]
    }
    if !page.info.examples.isEmpty { lines += [".PP", "Examples:"] + examples(page.info.examples) }
    for child in page.children { lines += verb(child) }
    return lines
  }

  private func label(_ declaration: ArgumentDeclaration) -> String {
    if declaration.isPositional { return "\\fI\(escaped(declaration.label))\\fR" }
    let short = declaration.spellings.filter { !$0.hasPrefix("--") }
    let names = (short + declaration.spellings.filter { $0.hasPrefix("--") }).map { "\\fB\(escaped($0))\\fR" }
    return names.joined(separator: ", ") + (declaration.takesValue ? " \\fI\(escaped(declaration.value))\\fR" : "")
  }

  private func examples(_ examples: [Example]) -> [String] {
    examples.flatMap { [".TP", "\\fB\(escaped($0.command))\\fR", $0.remark.isEmpty ? "\\&" : sentence($0.remark)] }
  }

  private func sentence(_ text: String) -> String {
    guard let first = text.first else { return "\\&" }
    let body = escaped(first.uppercased() + text.dropFirst())
    return ".!?".contains(text.last ?? ".") ? body : body + "."
  }

  /// Backslashes and dashes are escaped everywhere, a dot or quote where it would begin a request.
  private func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      switch character {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "\n": escaped += " "
      default: escaped.append(character)
      }
    }
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }

  /// Escaped for an argument in quotes.
  private func quoted(_ text: String) -> String {
    escaped(text).split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\(dq")
  }
}
