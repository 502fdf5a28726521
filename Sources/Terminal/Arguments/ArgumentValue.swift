/// A type that can be written as one word on the command line.
///
///     extension RequestRate: ArgumentValue {
///       public init?(argument: String) { ... }
///       public static var argumentExample: String { "120/s" }
///     }
///
/// The example is shown in errors ("write 120/s") and stands in for the value while help is collected and while
/// further errors are looked for, so it must itself be accepted by `init?(argument:)`.
public protocol ArgumentValue {
  /// Reads the word, or says nil where it is not such a value.
  init?(argument: String)

  /// A word that `init?(argument:)` accepts.
  static var argumentExample: String { get }

  /// What to do about a wrong word, as the end of a sentence: "write 120/s".
  static var argumentHint: String { get }

  /// Every word that is accepted where they can be listed, else empty.
  static var argumentChoices: [String] { get }

  /// The value as one would write it, for "(default: ...)".
  var argumentText: String { get }
}

extension ArgumentValue {
  public static var argumentHint: String { "write \(argumentExample)" }
  public static var argumentChoices: [String] { [] }
  public var argumentText: String { "\(self)" }
}

extension ArgumentValue where Self: RawRepresentable, RawValue == String {
  public init?(argument: String) { self.init(rawValue: argument) }
  public var argumentText: String { rawValue }
}

extension ArgumentValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  public static var argumentChoices: [String] { allCases.map { $0.rawValue } }
  public static var argumentExample: String { allCases.first?.rawValue ?? "" }
}

extension String: ArgumentValue {
  public init?(argument: String) { self = argument }
  public static var argumentExample: String { "text" }
  public static var argumentHint: String { "write some text" }
}

extension Int: ArgumentValue {
  public init?(argument: String) { self.init(argument) }
  public static var argumentExample: String { "42" }
  public static var argumentHint: String { "write a whole number such as 42" }
}

extension UInt64: ArgumentValue {
  public init?(argument: String) { self.init(argument) }
  public static var argumentExample: String { "42" }
  public static var argumentHint: String { "write a whole number from 0 up, such as 42" }
}

extension Double: ArgumentValue {
  /// Finite numbers only: `nan` and `inf` are words that a script writes by accident.
  public init?(argument: String) {
    guard let value = Double(argument), value.isFinite else { return nil }
    self = value
  }
  public static var argumentExample: String { "0.5" }
  public static var argumentHint: String { "write a number such as 0.5" }
}

extension Bool: ArgumentValue {
  public init?(argument: String) {
    switch argument {
    case "true", "yes", "on", "1": self = true
    case "false", "no", "off", "0": self = false
    default: return nil
    }
  }
  public static var argumentExample: String { "true" }
  public static var argumentHint: String { "write true or false" }
  public static var argumentChoices: [String] { ["true", "false"] }
}
