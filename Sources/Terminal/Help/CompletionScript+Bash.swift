extension CompletionScript {
  /// For bash 3.2 (the one of macOS) and later; no other package is needed.
  var bash: String {
    let paths = allPages.map { "/" + $0.words.joined(separator: "/") }
    var lines = [
      "# bash completion for \(program); load it with: source <(\(program) --generate-completion-script bash)",
      "\(function)() {",
      "  local cur prev path i",
      "  COMPREPLY=()",
      "  cur=\"${COMP_WORDS[COMP_CWORD]}\"",
      "  prev=\"${COMP_WORDS[COMP_CWORD-1]}\"",
      "  # readline splits --option=value at the sign",
      "  if [[ $cur == '=' ]]; then",
      "    cur=''",
      "  elif [[ $prev == '=' && $COMP_CWORD -gt 1 ]]; then",
      "    prev=\"${COMP_WORDS[COMP_CWORD-2]}\"",
      "  fi",
      "  path=''",
      "  for ((i = 1; i < COMP_CWORD; i++)); do",
      "    if [[ $i -eq 1 && ${COMP_WORDS[1]} == help ]]; then continue; fi",
      "    case \"$path/${COMP_WORDS[i]}\" in",
      "      \(paths.joined(separator: "|"))) path=\"$path/${COMP_WORDS[i]}\" ;;",
      "    esac",
      "  done",
      "  case \"$path\" in",
      "    '')",
      "      case \"$prev\" in",
      "        --generate-completion-script) \(function)_words 'bash zsh fish'; return ;;",
      "      esac",
      "      \(function)_words \(quoted((pages.map { $0.info.name } + ["help", "--help", "--version"]).joined(separator: " ")))",
      "      ;;",
    ]
    for (words, page) in allPages { lines += bashCase(words, page) }
    lines += [
      "  esac",
      "}",
      "\(function)_words() {",
      "  local IFS=$' \\t\\n'",
      "  COMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))",
      "}",
      "\(function)_files() {",
      "  local IFS=$'\\n' file extension",
      "  compopt -o filenames 2>/dev/null",
      "  COMPREPLY=($(compgen -d -- \"$cur\"))",
      "  [[ $1 == folders ]] && return",
      "  while IFS= read -r file; do",
      "    [[ -n $file && ! -d $file ]] || continue",
      "    [[ -z $1 ]] && COMPREPLY+=(\"$file\")",
      "    IFS=' '",
      "    for extension in $1; do [[ $file == *.\"$extension\" ]] && COMPREPLY+=(\"$file\"); done",
      "  done < <(compgen -f -- \"$cur\")",
      "  return 0",
      "}",
      "complete -F \(function) \(program)",
    ]
    return lines.joined(separator: "\n") + "\n"
  }

  private func bashCase(_ words: [String], _ page: VerbPage) -> [String] {
    var lines = ["    /\(words.joined(separator: "/")))", "      case \"$prev\" in"]
    for option in page.visibleOptions where option.takesValue {
      let pattern = option.spellings.joined(separator: "|")
      lines.append("        \(pattern)) \(bashAction(option.completion) ?? ":"); return ;;")
    }
    lines += ["        *) ;;", "      esac"]
    let options = page.visibleOptions.flatMap { $0.spellings } + ["-h", "--help"]
    lines += [
      "      if [[ $cur == -* ]]; then",
      "        \(function)_words \(quoted(options.joined(separator: " ")))",
      "        return",
      "      fi",
    ]
    let children = page.children.map { $0.info.name }
    if !children.isEmpty {
      lines.append("      \(function)_words \(quoted(children.joined(separator: " ")))")
    }
    if let action = page.positionals.lazy.compactMap({ bashAction($0.completion) }).first {
      lines.append(children.isEmpty ? "      \(action)" : "      [[ ${#COMPREPLY[@]} -gt 0 ]] || \(action)")
    }
    return lines + ["      ;;"]
  }

  private func bashAction(_ completion: Completion) -> String? {
    switch completion {
    case .none: nil
    case .files(let extensions): "\(function)_files \(quoted(extensions.joined(separator: " ")))"
    case .folders: "\(function)_files folders"
    case .words(let words): "\(function)_words \(quoted(words.joined(separator: " ")))"
    }
  }
}
