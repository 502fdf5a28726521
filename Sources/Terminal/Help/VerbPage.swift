/// Everything that is known about one word of the verb tree: what help, completion and the man page are made from.
struct VerbPage: Sendable {
  /// The words to type: `headroom load saturation`.
  var path: [String]
  var info: VerbInfo
  /// The verb's arguments in the order of declaration; empty for a group that needs a verb.
  var declarations: [ArgumentDeclaration]
  var hints: [String: String]
  /// Whether the words run something by themselves.
  var isRunnable: Bool
  var children: [VerbPage]

  /// Collects a node and all below it by dry runs.
  init(_ node: VerbNode, under path: [String], console: Console) {
    let path = path + [node.info.name]
    self.path = path
    info = node.info
    let declared = node.verb.map { VerbPage.declared(by: $0, console: console) }
    declarations = declared?.declarations ?? []
    hints = declared?.hints ?? [:]
    isRunnable = node.verb != nil
    children = node.children.map { VerbPage($0, under: path, console: console) }
  }

  /// Runs a verb's `init` for what it declares.
  static func declared(by verb: any Verb.Type, console: Console) -> Arguments {
    var arguments = Arguments(declaringOn: console)
    // An `init` that checks its values by throwing meets stand-ins here; what it declared before counts.
    _ = try? verb.init(&arguments)
    let names = arguments.declarations.flatMap { $0.isPositional ? [$0.name] : $0.spellings }
    precondition(
      Set(names).count == names.count && !names.contains("--help"),
      "a verb declares each name and each letter once, and leaves --help to the program")
    return arguments
  }

  /// The command line as typed: `headroom load saturation`.
  var command: String { path.joined(separator: " ") }

  var positionals: [ArgumentDeclaration] { declarations.filter { $0.isPositional } }
  var visibleOptions: [ArgumentDeclaration] { declarations.filter { !$0.isPositional && !$0.isHidden } }

  /// One line that shows the order of things.
  var usage: String {
    var words = path
    if !children.isEmpty { words.append(isRunnable ? "[VERB]" : "VERB") }
    for positional in positionals {
      let name = positional.repeats ? "\(positional.name)..." : positional.name
      words.append(positional.isRequired ? name : "[\(name)]")
    }
    words += visibleOptions.filter { $0.isRequired }.map { "--\($0.name) \($0.value)" }
    words.append("[options]")
    return words.joined(separator: " ")
  }
}

extension ArgumentDeclaration {
  /// `-o, --output FILE`, with room for the letter where there is none.
  var label: String {
    if isPositional { return repeats ? "\(name)..." : name }
    let letter = short.map { "-\($0), " } ?? "    "
    let long = isNegatable ? "--\(name), --no-\(name)" : "--\(name)"
    return letter + long + (takesValue ? " \(value)" : "")
  }

  /// The help text and what goes with it in brackets: choices, the default, whether it repeats.
  var explanation: String {
    var facts: [String] = []
    if !choices.isEmpty { facts.append(choices.joined(separator: ", ")) }
    if isRequired, !isPositional { facts.append("required") }
    if let standard, !standard.isEmpty { facts.append("default: \(standard)") }
    if takesValue, repeats { facts.append("may be repeated") }
    return facts.isEmpty ? help : "\(help) (\(facts.joined(separator: "; ")))"
  }
}
