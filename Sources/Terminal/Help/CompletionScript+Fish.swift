extension CompletionScript {
  /// For fish 3 and later; put it into `~/.config/fish/completions/PROGRAM.fish`.
  var fish: String {
    let paths = allPages.map { $0.words.joined(separator: "/") }
    var lines = [
      "# fish completion for \(program)",
      "function _\(function)_at",
      "  set -l path",
      "  set -l tokens (commandline -opc)",
      "  for token in $tokens[2..-1]",
      "    set -l next (string join -- / $path $token)",
      "    if contains -- $next \(paths.map { fishQuoted($0) }.joined(separator: " "))",
      "      set path $next",
      "    end",
      "  end",
      "  test \"$path\" = \"$argv[1]\"",
      "end",
      "complete -c \(program) -f",
    ]
    lines += fishVerbs(at: "", pages)
    lines.append(fishLine(at: "", "-a help", "explain a verb"))
    lines.append(fishLine(at: "", "-s h -l help", "show help"))
    lines.append(fishLine(at: "", "-l version", "show the version"))
    for (words, page) in allPages {
      let path = words.joined(separator: "/")
      lines += fishVerbs(at: path, page.children)
      for option in page.visibleOptions {
        let short = option.short.map { "-s \($0) " } ?? ""
        let value = option.takesValue ? " \(fishAction(option.completion) ?? "-x")" : ""
        lines.append(fishLine(at: path, "\(short)-l \(option.name)\(value)", option.help))
        if option.isNegatable { lines.append(fishLine(at: path, "-l no-\(option.name)", "not: \(option.help)")) }
      }
      lines.append(fishLine(at: path, "-s h -l help", "show help"))
      for positional in page.positionals {
        guard let action = fishAction(positional.completion) else { continue }
        // `-x` and `-r` belong to options; a positional only adds candidates.
        let candidates = action.split(separator: " ", maxSplits: 1).dropFirst().first.map(String.init) ?? "-F"
        lines.append(fishLine(at: path, candidates, positional.help))
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func fishVerbs(at path: String, _ pages: [VerbPage]) -> [String] {
    pages.map { fishLine(at: path, "-a \($0.info.name)", $0.info.summary) }
  }

  private func fishLine(at path: String, _ what: String, _ help: String) -> String {
    "complete -c \(program) -n \(fishQuoted("_\(function)_at '\(path)'")) \(what) -d \(fishQuoted(help))"
  }

  private func fishAction(_ completion: Completion) -> String? {
    switch completion {
    case .none: nil
    case .files(let extensions) where extensions.isEmpty: "-r -F"
    case .files(let extensions):
      "-x -k -a \(fishQuoted("(\(extensions.map { "__fish_complete_suffix .\($0)" }.joined(separator: "; ")))"))"
    case .folders: "-x -a '(__fish_complete_directories)'"
    case .words(let words): "-x -a \(fishQuoted(words.joined(separator: " ")))"
    }
  }

  /// Text in single quotes, where fish knows the escapes `\\'` and `\\\\` only.
  private func fishQuoted(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if "'\\".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return "'\(escaped)'"
  }
}
