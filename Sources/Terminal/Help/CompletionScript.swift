/// Scripts that teach a shell to complete the program's verbs, options and values.
struct CompletionScript {
  /// A shell that there is a script for.
  enum Shell: String, CaseIterable {
    case bash, zsh, fish
  }

  let program: String
  let pages: [VerbPage]

  /// The script, to be sourced or put where the shell looks for it.
  func text(for shell: Shell) -> String {
    switch shell {
    case .bash: bash
    case .zsh: zsh
    case .fish: fish
    }
  }

  /// Every page with the words after the program's name, parents before children.
  var allPages: [(words: [String], page: VerbPage)] {
    func flat(_ pages: [VerbPage]) -> [(words: [String], page: VerbPage)] {
      pages.flatMap { [(Array($0.path.dropFirst()), $0)] + flat($0.children) }
    }
    return flat(pages)
  }

  /// The program's name as part of a function's name.
  var function: String { "_" + String(program.map { $0.isLetter || $0.isNumber ? $0 : "_" }) }

  /// Text in single quotes for a POSIX shell.
  func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
}
