/// Everything that is wrong with a command line, collected.
public struct UsageError: Error, Hashable, Sendable {
  /// One thing that is wrong.
  enum Problem: Hashable, Sendable {
    case unknownOption(String, nearest: String?)
    case unknownVerb(String, nearest: String?, under: String)
    case missingVerb(under: String)
    case misplacedOption(String, verb: String)
    case missingValue(String, hint: String, next: String?)
    case unwantedValue(String, value: String)
    case wrongValue(String, value: String, hint: String)
    case wrongChoice(String, value: String, choices: [String], nearest: String?)
    case givenTwice(String, first: String, second: String)
    case contradiction(String, String)
    case missingOption(String, hint: String)
    case missingArgument(String)
    case unexpectedArgument(String, nearest: String?)
    case sentence(String)
  }

  var problems: [Problem]

  init(problems: [Problem]) { self.problems = problems }

  /// A usage error in a verb's own words.
  ///
  /// - Parameter sentence: what is wrong and what to do, with a full stop: "'--to' must lie after '--from'."
  public init(_ sentence: String) { problems = [.sentence(sentence)] }

  /// The sentences, in the order of the command line, without "Error:".
  public var sentences: [String] { problems.map { $0.sentence } }
}

extension UsageError.Problem {
  /// The prose of every usage error: nowhere else.
  var sentence: String {
    switch self {
    case .unknownOption(let option, let nearest):
      return "Unknown option '\(option)'.\(suggestion(nearest))"
    case .unknownVerb(let word, let nearest, let under):
      return "'\(word)' is not a verb of \(under).\(suggestion(nearest))"
    case .missingVerb(let under):
      return "'\(under)' needs a verb."
    case .misplacedOption(let option, let verb):
      return "The option '\(option)' comes before the verb. Write '\(verb) \(option)'."
    case .missingValue(let option, let hint, nil):
      return "Missing value for '\(option)': \(hint)."
    case .missingValue(let option, let hint, let next?):
      return "Missing value for '\(option)': \(hint), or '\(option)=\(next)' if '\(next)' is the value."
    case .unwantedValue(let option, let value):
      return "'\(option)' takes no value, but was given '\(value)'."
    case .wrongValue(let option, let value, let hint):
      return "'\(value)' is no value for '\(option)': \(hint)."
    case .wrongChoice(let option, let value, let choices, let nearest):
      return "'\(value)' is no value for '\(option)': choose from \(list(choices)).\(suggestion(nearest))"
    case .givenTwice(let option, let first, let second):
      return "'\(option)' is given twice ('\(first)' and '\(second)'). Keep one."
    case .contradiction(let first, let second):
      return "'\(first)' and '\(second)' contradict each other. Keep one."
    case .missingOption(let option, let hint):
      return "Missing option '\(option)': \(hint)."
    case .missingArgument(let name):
      return "Missing argument '\(name)'."
    case .unexpectedArgument(let word, let nearest):
      return "Unexpected argument '\(word)'.\(suggestion(nearest))"
    case .sentence(let sentence):
      return sentence
    }
  }

  private func suggestion(_ nearest: String?) -> String {
    nearest.map { " Did you mean '\($0)'?" } ?? ""
  }

  private func list(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}
