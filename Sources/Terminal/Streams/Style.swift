/// When text is coloured: `--color`.
public enum ColorChoice: String, CaseIterable, ArgumentValue, Sendable {
  /// On a terminal that can, unless NO_COLOR is set.
  case auto
  case always
  case never
}

/// Paints text by what it means. Colour never stands alone: `marked(_:_:)` puts a sign before a judgement.
public struct Style: Hashable, Sendable {
  /// What a piece of text means.
  public enum Role: CaseIterable, Sendable {
    case demand, capacity, good, warning, bad, heading, bold, dim

    /// The parameters of Select Graphic Rendition (ECMA-48, 8.3.117). The sixteen basic colours only: the user's
    /// own theme decides about their contrast. Capacity is the ink itself, so that demand, in blue, stands out.
    var parameters: String {
      switch self {
      case .demand: "34"
      case .capacity: "1"
      case .good: "32"
      case .warning: "33"
      case .bad: "31"
      case .heading: "1"
      case .bold: "1"
      case .dim: "2"
      }
    }
  }

  /// Whether escape sequences are written.
  public let isColored: Bool
  /// Whether signs beyond ASCII are written.
  public let isUnicode: Bool

  public init(isColored: Bool, isUnicode: Bool) {
    self.isColored = isColored
    self.isUnicode = isUnicode
  }

  /// No colour, ASCII only.
  public static let plain = Style(isColored: false, isUnicode: false)

  /// Decides about colour and signs.
  ///
  /// `--color always` and `never` are the user's last word. In `auto`, NO_COLOR set to anything but the empty text
  /// means none (no-color.org), CLICOLOR_FORCE set to anything but empty or 0 means colour, else it is a terminal
  /// other than `TERM=dumb` that decides.
  public init(_ choice: ColorChoice, isTerminal: Bool, environment: Environment) {
    let isColored =
      switch choice {
      case .always: true
      case .never: false
      case .auto:
        if !(environment["NO_COLOR"] ?? "").isEmpty {
          false
        } else if !["", "0"].contains(environment["CLICOLOR_FORCE"] ?? "") {
          true
        } else {
          isTerminal && !["", "dumb"].contains(environment["TERM"] ?? "")
        }
      }
    self.init(isColored: isColored, isUnicode: environment.isUTF8)
  }

  /// The text in its role's colour.
  public func callAsFunction(_ role: Role, _ text: String) -> String {
    isColored && !text.isEmpty ? "\u{1B}[\(role.parameters)m\(text)\u{1B}[0m" : text
  }

  /// The sign of a judgement; empty for the other roles.
  public func mark(_ role: Role) -> String {
    switch role {
    case .good: isUnicode ? "✓" : "ok"
    case .warning: "!"
    case .bad: isUnicode ? "✗" : "x"
    default: ""
    }
  }

  /// A judgement with its sign, which says the same as the colour: "✗ missed".
  public func marked(_ role: Role, _ text: String) -> String {
    let mark = mark(role)
    return self(role, mark.isEmpty ? text : "\(mark) \(text)")
  }
}
