/// The words of a command line sorted by what was declared: values by option, flags, positionals; nothing typed yet.
struct ArgumentScan: Sendable {
  /// The values of each option by long name, in order.
  var values: [String: [String]] = [:]
  /// The last state of each flag that was given.
  var flags: [String: Bool] = [:]
  var positionals: [String] = []
  var problems: [UsageError.Problem] = []
  /// Whether `--help` or `-h` stands among the options; then nothing else matters.
  var wantsHelp = false

  private let byName: [String: ArgumentDeclaration]
  private let byShort: [Character: ArgumentDeclaration]
  private let hints: [String: String]

  /// - Parameters:
  ///   - words: the command line after the verb.
  ///   - declarations: what the verb declares.
  ///   - hints: how to write the value of an option, by long name.
  init(_ words: [String], declarations: [ArgumentDeclaration], hints: [String: String]) {
    self.hints = hints
    byName = Dictionary(
      declarations.filter { !$0.isPositional }.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    byShort = Dictionary(
      declarations.compactMap { declaration in declaration.short.map { ($0, declaration) } },
      uniquingKeysWith: { first, _ in first })
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        positionals += rest
        break
      }
      if word.hasPrefix("--") {
        readLong(word, &rest)
      } else if word.hasPrefix("-"), word != "-", !isNegativeNumber(word) {
        readShort(word, &rest)
      } else {
        positionals.append(word)
      }
    }
    // `--x 1 --x 2` of an option that holds one value.
    for declaration in declarations where declaration.takesValue && !declaration.repeats {
      if let given = values[declaration.name], given.count > 1 {
        problems.append(.givenTwice(declaration.spelling, first: given[0], second: given[1]))
      }
    }
  }

  private mutating func readLong(_ word: String, _ rest: inout ArraySlice<String>) {
    let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts.first ?? "")
    let attached = parts.count > 1 ? String(parts[1]) : nil
    if name == "help", attached == nil {
      wantsHelp = true
    } else if let declaration = byName[name] {
      take(declaration, spelled: "--\(name)", isOn: true, attached: attached, &rest)
    } else if name.hasPrefix("no-"), let flag = byName[String(name.dropFirst(3))], flag.isNegatable {
      take(flag, spelled: "--\(name)", isOn: false, attached: attached, &rest)
    } else {
      let visible = byName.values.filter { !$0.isHidden }
      let names = visible.flatMap { $0.isNegatable ? [$0.name, "no-\($0.name)"] : [$0.name] } + ["help"]
      let nearest = EditDistance.nearest(to: name, among: names.sorted())
      problems.append(.unknownOption("--\(name)", nearest: nearest.map { "--\($0)" }))
      // The misspelt option's value is not a second mistake.
      if attached == nil, let nearest, byName[nearest]?.takesValue == true, let next = rest.first, !isOption(next) {
        rest.removeFirst()
      }
    }
  }

  /// `-q`, `-qv` (flags together), `-o FILE`, `-oFILE`, `-o=FILE`.
  private mutating func readShort(_ word: String, _ rest: inout ArraySlice<String>) {
    var letters = word.dropFirst()
    // `-output` is a dash forgotten, rather than `-o utput`.
    let name = String(letters.prefix { $0 != "=" })
    if name.count > 2, name == "help" || byName[name] != nil {
      problems.append(.unknownOption("-\(name)", nearest: "--\(name)"))
      if letters.count == name.count, byName[name]?.takesValue == true, let next = rest.first, !isOption(next) {
        rest.removeFirst()
      }
      return
    }
    while let letter = letters.popFirst() {
      if letter == "h", byShort["h"] == nil {
        wantsHelp = true
        continue
      }
      guard let declaration = byShort[letter] else {
        let meant = name.count > 2 ? EditDistance.nearest(to: name, among: byName.keys.sorted()) : nil
        problems.append(.unknownOption(meant == nil ? "-\(letter)" : word, nearest: meant.map { "--\($0)" }))
        return
      }
      if declaration.takesValue {
        let attached = letters.isEmpty ? nil : String(letters.first == "=" ? letters.dropFirst() : letters)
        take(declaration, spelled: "-\(letter)", isOn: true, attached: attached, &rest)
        return
      }
      if letters.first == "=" {
        take(declaration, spelled: "-\(letter)", isOn: true, attached: String(letters.dropFirst()), &rest)
        return
      }
      take(declaration, spelled: "-\(letter)", isOn: true, attached: nil, &rest)
    }
  }

  private mutating func take(
    _ declaration: ArgumentDeclaration, spelled: String, isOn: Bool, attached: String?,
    _ rest: inout ArraySlice<String>
  ) {
    guard declaration.takesValue else {
      if let attached { problems.append(.unwantedValue(spelled, value: attached)) }
      if let before = flags[declaration.name], before != isOn {
        problems.append(.contradiction("--\(declaration.name)", "--no-\(declaration.name)"))
      }
      flags[declaration.name] = isOn
      return
    }
    if let attached {
      values[declaration.name, default: []].append(attached)
    } else if let next = rest.first, !isOption(next) {
      values[declaration.name, default: []].append(rest.removeFirst())
    } else {
      let hint = hints[declaration.name] ?? "write \(declaration.value)"
      // A word that looks like an option but is none may be the value, dash and all.
      let next = rest.first.flatMap { isDeclared($0) ? nil : $0 }
      problems.append(.missingValue(spelled, hint: hint, next: next))
      if next != nil, next != "--" { rest.removeFirst() }
      // Present, though without a value: not missing too.
      values[declaration.name, default: []] += []
    }
  }

  private func isOption(_ word: String) -> Bool {
    word.hasPrefix("-") && word != "-" && !isNegativeNumber(word)
  }

  private func isDeclared(_ word: String) -> Bool {
    if word == "--" { return true }
    if word.hasPrefix("--") {
      let name = String(word.dropFirst(2).prefix { $0 != "=" })
      if name == "help" || byName[name] != nil { return true }
      return name.hasPrefix("no-") && byName[String(name.dropFirst(3))]?.isNegatable == true
    }
    return word.dropFirst().first.map { $0 == "h" || byShort[$0] != nil } ?? false
  }

  /// `-5`, `-.5`, `-1e3`: a value, unless a digit is declared as a short option.
  private func isNegativeNumber(_ word: String) -> Bool {
    guard word.hasPrefix("-"), let second = word.dropFirst().first, byShort[second] == nil else { return false }
    return (second.isNumber || second == ".") && Double(word) != nil
  }
}
