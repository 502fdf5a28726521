extension CompletionScript {
  /// For zsh's completion system, by `_arguments`; put it into a folder of `$fpath` as `_PROGRAM`.
  var zsh: String {
    var lines = ["#compdef \(program)", "# zsh completion for \(program)", ""]
    lines += zshGroup(
      [], pages,
      extra: [
        "'(- *)'{-h,--help}'[show help]'", "'(- *)--version[show the version]'",
      ])
    for (words, page) in allPages { lines += page.children.isEmpty ? zshVerb(words, page) : zshGroup(words, page) }
    lines += [
      "if [[ \"$funcstack[1]\" == \"\(function)\" ]]; then",
      "  \(function) \"$@\"",
      "else",
      "  compdef \(function) \(program)",
      "fi",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func zshName(_ words: [String]) -> String {
    ([function] + words.map { word in String(word.map { $0.isLetter || $0.isNumber ? $0 : "_" }) })
      .joined(separator: "__")
  }

  private func zshGroup(_ words: [String], _ page: VerbPage) -> [String] {
    zshGroup(words, page.children, extra: zshOptions(page), fallback: page.positionals.first)
  }

  private func zshGroup(
    _ words: [String], _ children: [VerbPage], extra: [String], fallback: ArgumentDeclaration? = nil
  ) -> [String] {
    let name = zshName(words)
    // Inside the dispatch `_arguments -C` has shifted $words, so that each verb sees itself first.
    var lines = [
      "\(name)() {",
      "  local context state state_descr line",
      "  local -A opt_args",
      "  local -a verbs",
      "  verbs=(",
    ]
    for child in children { lines.append("    \(quoted("\(zshText(child.info.name)):\(child.info.summary)"))") }
    if words.isEmpty { lines.append("    'help:explain a verb'") }
    lines += ["  )", "  _arguments -C -s -S \\"]
    lines += extra.map { "    \($0) \\" }
    lines += [
      "    '1: :->verb' '*:: :->rest' && return 0",
      "  case $state in",
      "    verb)",
    ]
    if let fallback, let action = zshAction(fallback.completion) {
      lines.append(
        "      _alternative 'verbs:verb:(\(children.map { $0.info.name }.joined(separator: " ")))' \(quoted("values:\(zshText(fallback.name)):\(action)"))"
      )
    } else {
      lines.append("      _describe -t verbs verb verbs")
    }
    lines += ["      ;;", "    rest)", "      case $line[1] in"]
    for child in children {
      lines.append("        \(child.info.name)) \(zshName(words + [child.info.name])) ;;")
    }
    if words.isEmpty { lines.append("        help) _describe -t verbs verb verbs ;;") }
    lines += ["      esac", "      ;;", "  esac", "}", ""]
    return lines
  }

  private func zshVerb(_ words: [String], _ page: VerbPage) -> [String] {
    var specs = zshOptions(page)
    for positional in page.positionals {
      let count = positional.repeats ? "*" : ""
      let optional = positional.isRequired || positional.repeats ? ":" : "::"
      specs.append(quoted("\(count)\(optional)\(zshText(positional.name)):\(zshAction(positional.completion) ?? " ")"))
    }
    return ["\(zshName(words))() {", "  _arguments -s -S \\"]
      + specs.map { "    \($0) \\" } + ["    && return 0", "}", ""]
  }

  private func zshOptions(_ page: VerbPage) -> [String] {
    var specs: [String] = []
    for option in page.visibleOptions {
      let help = zshText(option.help)
      let value = option.takesValue ? ":\(zshText(option.value)):\(zshAction(option.completion) ?? " ")" : ""
      let others = option.repeats ? "*" : "(\(option.spellings.joined(separator: " ")))"
      for spelling in option.spellings {
        // `--option=`: the value may follow the sign or be the next word; `-o+`: the same, or attached.
        let form = option.takesValue ? spelling + (spelling.hasPrefix("--") ? "=" : "+") : spelling
        specs.append(quoted("\(others)\(form)[\(help)]\(value)"))
      }
    }
    return specs + ["'(- *)'{-h,--help}'[show help]'"]
  }

  /// Text inside a specification of `_arguments`, where colons and brackets have a meaning.
  private func zshText(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if ":[]\\".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }

  private func zshAction(_ completion: Completion) -> String? {
    switch completion {
    case .none: nil
    case .files(let extensions) where extensions.isEmpty: "_files"
    case .files(let extensions): "_files -g \"*.(\(extensions.joined(separator: "|")))\""
    case .folders: "_files -/"
    case .words(let words): "(\(words.joined(separator: " ")))"
    }
  }
}
