/// The command line as a verb's `init` sees it: each call declares an argument and reads it in one go.
///
/// The same `init` runs twice. The first run only declares: it collects what parsing, help, completion and the man
/// page need, and every call returns the default or a stand-in. The second reads. So an `init` declares
/// unconditionally, has no effects, and checks what it read with `check(_:_:)`, which waits for the second run.
/// Wrong words do not stop the second run: they are collected, and a stand-in is returned.
public struct Arguments {
  /// The streams and settings that the verb speaks through; `SharedOptions` sets it up from `--color` and its like.
  public var console: Console

  /// Whether this is the first run, which only declares.
  public var isDeclaring: Bool { scan == nil }

  var declarations: [ArgumentDeclaration] = []
  /// How to write the value of each option, by long name.
  var hints: [String: String] = [:]
  var problems: [UsageError.Problem] = []

  /// The sorted words, or nil in the first run.
  private let scan: ArgumentScan?
  /// Words for each positional in the order of declaration.
  private var shares: ArraySlice<[String]> = []
  private var section = ""

  init(declaringOn console: Console) {
    self.console = console
    scan = nil
  }

  /// - Parameters:
  ///   - scan: the sorted words.
  ///   - declarations: what the first run declared.
  init(reading scan: ArgumentScan, declarations: [ArgumentDeclaration], console: Console) {
    self.console = console
    self.scan = scan
    problems = scan.problems
    let positionals = declarations.filter { $0.isPositional }
    var words = scan.positionals[...]
    var shares: [[String]] = []
    for (index, positional) in positionals.enumerated() {
      let later = positionals[(index + 1)...].count { $0.isRequired }
      let free = max(0, words.count - later)
      let share = positional.repeats ? free : positional.isRequired ? min(1, words.count) : min(1, free)
      shares.append(Array(words.prefix(share)))
      words = words.dropFirst(share)
    }
    self.shares = shares[...]
    problems += words.map { .unexpectedArgument($0, nearest: nil) }
  }

  /// Puts the arguments declared from here on under a heading of their own in help.
  ///
  /// - Parameter title: the heading; an empty one goes back to "Options".
  public mutating func section(_ title: String) { section = title }

  /// Refuses the command line, in the second run, where a condition between values does not hold.
  ///
  /// - Parameters:
  ///   - condition: looked at only where every word so far could be read.
  ///   - sentence: what is wrong and what to do, with a full stop.
  public mutating func check(_ condition: @autoclosure () -> Bool, _ sentence: @autoclosure () -> String) {
    guard !isDeclaring, problems.isEmpty || problems.allSatisfy(\.isSentence), !condition() else { return }
    problems.append(.sentence(sentence()))
  }

  /// Whether an option or flag stands on the command line, rather than having its default.
  ///
  /// - Parameter name: the long name without dashes.
  public func isGiven(_ name: String) -> Bool { scan?.values[name] != nil || scan?.flags[name] != nil }

  // MARK: Flags

  /// A flag: `--quiet`.
  ///
  /// - Returns: whether it was given.
  public mutating func flag(_ name: String, short: Character? = nil, help: String, isHidden: Bool = false) -> Bool {
    declare(
      ArgumentDeclaration(
        kind: .flag(negatable: false), name: name, short: short, help: help, isHidden: isHidden))
    return scan?.flags[name] ?? false
  }

  /// A flag with two spellings: `--wait` and `--no-wait`.
  ///
  /// - Parameter standard: the state where neither is given.
  public mutating func flag(
    _ name: String, short: Character? = nil, default standard: Bool, help: String, isHidden: Bool = false
  ) -> Bool {
    declare(
      ArgumentDeclaration(
        kind: .flag(negatable: true), name: name, short: short, help: help, isHidden: isHidden,
        standard: standard ? "--\(name)" : "--no-\(name)"))
    return scan?.flags[name] ?? standard
  }

  // MARK: Options

  /// An option that has a default: `--headroom 0.3`.
  ///
  /// - Parameters:
  ///   - name: the long name without dashes.
  ///   - value: the value's name in help; the option's name in capitals where left out.
  public mutating func option<Value: ArgumentValue>(
    _ name: String, short: Character? = nil, value: String? = nil, default standard: Value, help: String,
    completion: Completion? = nil, isHidden: Bool = false
  ) throws(UsageError) -> Value {
    declare(
      optionDeclaration(
        Value.self, name, short, value, help, completion, isHidden, repeats: false, standard: standard.argumentText))
    guard let word = scan?.values[name]?.first else { return standard }
    return try read(word, of: "--\(name)")
  }

  /// An option that may be left out.
  ///
  /// - Returns: the value, or nil where the option is not given.
  public mutating func option<Value: ArgumentValue>(
    _ name: String, short: Character? = nil, value: String? = nil, help: String, completion: Completion? = nil,
    isHidden: Bool = false
  ) throws(UsageError) -> Value? {
    declare(optionDeclaration(Value.self, name, short, value, help, completion, isHidden, repeats: false))
    guard let word = scan?.values[name]?.first else { return nil }
    return try read(word, of: "--\(name)") as Value
  }

  /// An option that must be given. The type it is assigned to tells it from the one that may be left out.
  public mutating func option<Value: ArgumentValue>(
    _ name: String, short: Character? = nil, value: String? = nil, help: String, completion: Completion? = nil
  ) throws(UsageError) -> Value {
    var declaration = optionDeclaration(Value.self, name, short, value, help, completion, false, repeats: false)
    declaration.isRequired = true
    declare(declaration)
    guard let scan else { return try standIn() }
    if let word = scan.values[name]?.first { return try read(word, of: "--\(name)") }
    if scan.values[name] == nil { problems.append(.missingOption("--\(name)", hint: hint(Value.self))) }
    return try standIn()
  }

  /// An option that may be given several times: `--allow-host a --allow-host b`.
  public mutating func options<Value: ArgumentValue>(
    _ name: String, short: Character? = nil, value: String? = nil, help: String, completion: Completion? = nil,
    isHidden: Bool = false
  ) throws(UsageError) -> [Value] {
    declare(optionDeclaration(Value.self, name, short, value, help, completion, isHidden, repeats: true))
    var values: [Value] = []
    for word in scan?.values[name] ?? [] { values.append(try read(word, of: "--\(name)")) }
    return values
  }

  /// An option that takes one of some values that are known only here: formats that this verb supports.
  ///
  /// - Parameter choices: the values, the default among them.
  public mutating func choice<Value: RawRepresentable<String>>(
    _ name: String, short: Character? = nil, value: String? = nil, among choices: [Value], default standard: Value,
    help: String
  ) -> Value {
    let words = choices.map { $0.rawValue }
    declare(
      ArgumentDeclaration(
        kind: .option(repeats: false), name: name, short: short, value: value ?? name.uppercased(), help: help,
        standard: standard.rawValue, choices: words, completion: .words(words)))
    hints[name] = "choose from \(words.joined(separator: ", "))"
    guard let word = scan?.values[name]?.first else { return standard }
    if let chosen = choices.first(where: { $0.rawValue == word }) { return chosen }
    problems.append(
      .wrongChoice(
        "--\(name)", value: word, choices: words, nearest: EditDistance.nearest(to: word, among: words)))
    return standard
  }

  // MARK: Positionals

  /// A positional argument that may be left out.
  ///
  /// - Parameter name: the value's name in help, in capitals: `FILE`.
  public mutating func positional<Value: ArgumentValue>(
    _ name: String, help: String, completion: Completion? = nil
  ) throws(UsageError) -> Value? {
    let words = declarePositional(Value.self, name, help, completion)
    guard let word = words.first else { return nil }
    return try read(word, of: name) as Value
  }

  /// A positional argument that has a default.
  public mutating func positional<Value: ArgumentValue>(
    _ name: String, default standard: Value, help: String, completion: Completion? = nil
  ) throws(UsageError) -> Value {
    let words = declarePositional(Value.self, name, help, completion, standard: standard.argumentText)
    guard let word = words.first else { return standard }
    return try read(word, of: name)
  }

  /// A positional argument that must be given. The type it is assigned to tells it from the one that may be left out.
  public mutating func positional<Value: ArgumentValue>(
    _ name: String, help: String, completion: Completion? = nil
  ) throws(UsageError) -> Value {
    let words = declarePositional(Value.self, name, help, completion, isRequired: true)
    if let word = words.first { return try read(word, of: name) }
    if !isDeclaring { problems.append(.missingArgument(name)) }
    return try standIn()
  }

  /// All remaining positional arguments.
  ///
  /// - Parameter isRequired: whether there must be at least one.
  public mutating func positionals<Value: ArgumentValue>(
    _ name: String, help: String, isRequired: Bool = false, completion: Completion? = nil
  ) throws(UsageError) -> [Value] {
    let words = declarePositional(Value.self, name, help, completion, isRequired: isRequired, repeats: true)
    if words.isEmpty, isRequired, !isDeclaring { problems.append(.missingArgument(name)) }
    var values: [Value] = []
    for word in words { values.append(try read(word, of: name)) }
    return values
  }

  // MARK: Pieces

  private mutating func declare(_ declaration: ArgumentDeclaration) {
    var declaration = declaration
    declaration.section = section
    declarations.append(declaration)
  }

  private mutating func optionDeclaration<Value: ArgumentValue>(
    _ type: Value.Type, _ name: String, _ short: Character?, _ value: String?, _ help: String,
    _ completion: Completion?, _ isHidden: Bool, repeats: Bool, standard: String? = nil
  ) -> ArgumentDeclaration {
    hints[name] = hint(type)
    let choices = Value.argumentChoices
    return ArgumentDeclaration(
      kind: .option(repeats: repeats), name: name, short: short, value: value ?? name.uppercased(), help: help,
      isHidden: isHidden, standard: standard, choices: choices,
      completion: completion ?? (choices.isEmpty ? .none : .words(choices)))
  }

  private mutating func declarePositional<Value: ArgumentValue>(
    _ type: Value.Type, _ name: String, _ help: String, _ completion: Completion?, isRequired: Bool = false,
    repeats: Bool = false, standard: String? = nil
  ) -> [String] {
    let choices = Value.argumentChoices
    declare(
      ArgumentDeclaration(
        kind: .positional(repeats: repeats), name: name, value: name, help: help, isRequired: isRequired,
        standard: standard, choices: choices, completion: completion ?? (choices.isEmpty ? .none : .words(choices))))
    return shares.popFirst() ?? []
  }

  private mutating func read<Value: ArgumentValue>(_ word: String, of spelling: String) throws(UsageError) -> Value {
    if let value = Value(argument: word) { return value }
    let choices = Value.argumentChoices
    if choices.isEmpty {
      problems.append(.wrongValue(spelling, value: word, hint: Value.argumentHint))
    } else {
      let nearest = EditDistance.nearest(to: word, among: choices)
      problems.append(.wrongChoice(spelling, value: word, choices: choices, nearest: nearest))
    }
    return try standIn()
  }

  private func hint<Value: ArgumentValue>(_ type: Value.Type) -> String {
    let choices = Value.argumentChoices
    return choices.isEmpty ? Value.argumentHint : "choose from \(choices.joined(separator: ", "))"
  }

  /// A value to go on with where there is none, so that the arguments declared after it are still seen.
  private func standIn<Value: ArgumentValue>() throws(UsageError) -> Value {
    if let value = Value(argument: Value.argumentExample) { return value }
    throw UsageError("The example '\(Value.argumentExample)' of \(Value.self) is not one.")
  }
}

extension UsageError.Problem {
  fileprivate var isSentence: Bool {
    if case .sentence = self { true } else { false }
  }
}
