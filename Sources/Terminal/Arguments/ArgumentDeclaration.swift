/// What a shell offers when Tab is pressed where a value is due.
public enum Completion: Hashable, Sendable {
  /// Nothing.
  case none
  /// Files, of these extensions (without the dot) where any are named, and folders on the way to them.
  case files([String])
  /// Folders.
  case folders
  /// These words.
  case words([String])
}

/// One flag, option or positional argument as a verb declared it: what parsing, help and completion are made from.
struct ArgumentDeclaration: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    /// No value; `negatable` flags also answer to `--no-NAME`.
    case flag(negatable: Bool)
    case option(repeats: Bool)
    case positional(repeats: Bool)
  }

  var kind: Kind
  /// The long name without dashes; for a positional the name of its value.
  var name: String
  var short: Character? = nil
  /// The value's name in help, in capitals.
  var value = ""
  var help: String
  var isRequired = false
  /// Left out of help, completion and the man page.
  var isHidden = false
  /// The default as one would write it.
  var standard: String? = nil
  var choices: [String] = []
  var completion = Completion.none
  /// The heading in help.
  var section = ""

  var isPositional: Bool {
    if case .positional = kind { true } else { false }
  }

  var takesValue: Bool {
    if case .option = kind { true } else { false }
  }

  var isNegatable: Bool { kind == .flag(negatable: true) }

  var repeats: Bool {
    switch kind {
    case .flag: false
    case .option(let repeats), .positional(let repeats): repeats
    }
  }

  /// How it is named in an error: `--headroom`, or `FILE`.
  var spelling: String { isPositional ? name : "--\(name)" }

  /// Every spelling that the command line accepts, long first.
  var spellings: [String] {
    if isPositional { return [] }
    return ["--\(name)"] + (isNegatable ? ["--no-\(name)"] : []) + (short.map { ["-\($0)"] } ?? [])
  }
}
