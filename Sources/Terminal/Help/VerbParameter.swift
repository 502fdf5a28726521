/// One argument of a verb, for programs that offer the verb in another form than a command line.
public struct VerbParameter: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A word without a name: `FILE`.
    case positional
    /// A name with a value: `--horizon 4w`.
    case option
    /// A name alone.
    case flag
  }
  public var kind: Kind
  /// The long name without dashes; for a positional the name of its value, in capitals.
  public var name: String
  /// What the value is called in help.
  public var value: String
  public var help: String
  public var isRequired: Bool
  public var repeats: Bool
  /// The words that it takes, where they are known beforehand.
  public var choices: [String]
  /// The default as one would write it.
  public var standard: String?

  init(_ declaration: ArgumentDeclaration) {
    switch declaration.kind {
    case .positional: kind = .positional
    case .option: kind = .option
    case .flag: kind = .flag
    }
    name = declaration.name
    value = declaration.value
    help = declaration.help
    isRequired = declaration.isRequired
    repeats = declaration.repeats
    choices = declaration.choices
    standard = declaration.standard
  }
}

extension Application {
  /// What is known about the verb at a path of words, and its arguments; nil where there is none.
  public func outline(of path: [String]) -> (info: VerbInfo, parameters: [VerbParameter])? {
    var siblings = verbs
    var node: VerbNode?
    for word in path {
      guard let child = siblings.first(where: { $0.info.name == word }) else { return nil }
      node = child
      siblings = child.children
    }
    guard let node, node.verb != nil else { return nil }
    let console = Console(result: .memory(), messages: .memory(), environment: Environment())
    let page = VerbPage(node, under: [name], console: console)
    return (node.info, page.declarations.filter { !$0.isHidden }.map(VerbParameter.init))
  }
}
