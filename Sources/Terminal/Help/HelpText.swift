/// Help as text for the terminal.
struct HelpText {
  var style: Style
  /// Columns; text is never set wider than 100, where lines become hard to follow.
  var width: Int

  init(_ console: Console) {
    style = console.style
    width = min(100, max(40, console.width))
    // On a narrow terminal the texts go below their labels.
    column = width < 60 ? 10 : 28
  }

  /// Where texts begin beside their labels.
  private let column: Int

  /// The page of one verb or group.
  func page(_ page: VerbPage, version: String? = nil) -> String {
    var lines = TextFlow.wrapped("\(page.command): \(page.info.summary)", width: width)
    if let first = lines.first {
      lines[0] = style(.bold, page.command) + first.dropFirst(page.command.count)
    }
    lines += examples(page.info.examples)
    lines += ["", style(.heading, "Usage:") + " \(page.usage)"]
    if !page.info.discussion.isEmpty { lines += [""] + TextFlow.wrapped(page.info.discussion, width: width) }
    lines += verbs(page.children.map { ($0.info.name, $0.info) }, heading: "Verbs")
    if !page.positionals.isEmpty {
      lines += ["", style(.heading, "Arguments:")]
      for positional in page.positionals { lines += entry(positional.label, positional.explanation) }
    }
    lines += options(page.visibleOptions)
    if !page.info.seeAlso.isEmpty {
      let program = page.path.first ?? ""
      let words = page.info.seeAlso.map { "'\(program) help \($0)'" }
      lines += [""] + TextFlow.wrapped("See also \(words.joined(separator: ", ")).", width: width)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The page of the whole program: what to try first, then every verb by what it answers.
  func root(name: String, version: String, summary: String, examples: [Example], pages: [VerbPage]) -> String {
    var lines = TextFlow.wrapped("\(name) \(version): \(summary)", width: width)
    if let first = lines.first { lines[0] = style(.bold, name) + first.dropFirst(name.count) }
    lines += self.examples(examples)
    lines += ["", style(.heading, "Usage:") + " \(name) VERB [options]"]
    lines += verbs(pages.map { ($0.info.name, $0.info) }, heading: "Verbs")
    lines += ["", style(.heading, "Options:")]
    lines += entry("-h, --help", "show this, or the help of a verb")
    lines += entry("    --version", "show the version")
    lines += entry("    --generate-completion-script SHELL", "completion for bash, zsh or fish")
    lines += entry("    --generate-man", "the manual page")
    lines += ["", "See '\(name) help VERB' for one verb."]
    return lines.joined(separator: "\n") + "\n"
  }

  private func examples(_ examples: [Example]) -> [String] {
    if examples.isEmpty { return [] }
    var lines = ["", style(.heading, "Examples:")]
    let longest = examples.map { DisplayWidth.of($0.command) }.max() ?? 0
    let fits = examples.allSatisfy { longest + 4 + DisplayWidth.of($0.remark) <= width }
    for example in examples {
      if fits {
        let gap = String(repeating: " ", count: longest + 2 - DisplayWidth.of(example.command))
        lines.append("  \(example.command)\(example.remark.isEmpty ? "" : gap + style(.dim, example.remark))")
      } else {
        lines.append("  \(example.command)")
        if example.remark.isEmpty { continue }
        lines += TextFlow.wrapped(example.remark, width: width, indent: 6).map { style(.dim, $0) }
      }
    }
    return lines
  }

  private func verbs(_ verbs: [(name: String, info: VerbInfo)], heading: String) -> [String] {
    var sections: [String] = []
    for verb in verbs where !sections.contains(verb.info.section) { sections.append(verb.info.section) }
    let column = min(self.column, (verbs.map { DisplayWidth.of($0.name) }.max() ?? 0) + 4)
    var lines: [String] = []
    for section in sections {
      lines += ["", style(.heading, "\(section.isEmpty ? heading : section):")]
      for verb in verbs where verb.info.section == section {
        lines += TextFlow.labelled(
          verb.name, verb.info.summary, column: column, width: width, paint: { style(.bold, $0) })
      }
    }
    return lines
  }

  private func options(_ options: [ArgumentDeclaration]) -> [String] {
    var sections = [""]
    for option in options where !sections.contains(option.section) { sections.append(option.section) }
    var lines: [String] = []
    for section in sections {
      let own = options.filter { $0.section == section }
      if own.isEmpty, !section.isEmpty { continue }
      if !own.isEmpty { lines += ["", style(.heading, "\(section.isEmpty ? "Options" : section):")] }
      for option in own { lines += entry(option.label, option.explanation) }
    }
    if lines.isEmpty { lines += ["", style(.heading, "Options:")] }
    return lines + entry("-h, --help", "show this")
  }

  private func entry(_ label: String, _ text: String) -> [String] {
    TextFlow.labelled(label, text, column: column, width: width)
  }
}
