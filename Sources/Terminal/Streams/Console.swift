/// Where a verb speaks: results on one stream, messages on the other, in the style and width that fit each.
public struct Console: Sendable {
  /// The result: standard output, or the file of `-o`.
  public var result: Output
  /// Messages, progress and warnings: standard error.
  public let messages: Output
  /// The style of the result.
  public private(set) var style: Style
  /// The style of messages.
  public private(set) var messageStyle: Style
  /// The columns of the result: of its terminal, else COLUMNS, else 80.
  public let width: Int
  /// The columns of messages.
  public let messageWidth: Int
  /// Whether messages and progress are left out. Warnings and errors are not.
  public var isQuiet = false

  private let environment: Environment

  /// - Parameters:
  ///   - choice: when to colour.
  ///   - environment: decides about colour, signs, width.
  public init(
    result: Output, messages: Output, choice: ColorChoice = .auto, isQuiet: Bool = false,
    environment: Environment = .process
  ) {
    self.result = result
    self.messages = messages
    self.isQuiet = isQuiet
    self.environment = environment
    style = Style(choice, isTerminal: result.isTerminal, environment: environment)
    messageStyle = Style(choice, isTerminal: messages.isTerminal, environment: environment)
    width = Console.width(of: result, environment)
    messageWidth = Console.width(of: messages, environment)
  }

  /// Standard output and standard error.
  public static func standard() -> Console { Console(result: .standardOutput(), messages: .standardError()) }

  /// The same console with the choices of a command line.
  func adjusted(result: Output?, choice: ColorChoice, isQuiet: Bool) -> Console {
    Console(
      result: result ?? self.result, messages: messages, choice: choice, isQuiet: isQuiet, environment: environment)
  }

  /// COLUMNS is what a user sets to say otherwise, so it goes first, as in git and less.
  private static func width(of output: Output, _ environment: Environment) -> Int {
    if let columns = environment["COLUMNS"].flatMap({ Int($0) }), (20...1000).contains(columns) { return columns }
    return output.terminalWidth.map { max(20, $0) } ?? 80
  }

  /// Whether a person watches the messages as they come.
  public var isWatched: Bool { messages.isTerminal }

  /// Appends text to the result.
  public func write(_ text: String) { result.write(text) }

  /// Appends a line to the result.
  public func print(_ line: String = "") { result.write(line + "\n") }

  /// A word on the way; left out under `--quiet`.
  public func note(_ line: String) {
    if !isQuiet { messages.write(line + "\n") }
  }

  /// Something that the user should look at, with what to do about it.
  public func warn(_ sentence: String) { messages.write(messageStyle(.warning, "Warning:") + " \(sentence)\n") }

  /// Why it did not work, with what to do about it.
  public func error(_ sentence: String) { messages.write(messageStyle(.bad, "Error:") + " \(sentence)\n") }
}
