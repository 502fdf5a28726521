/// A piece of HTML. Literals stand as they are; whatever is put into them is escaped, unless it is HTML itself.
///
/// `let cell: HTML = "<td>\(name)</td>"` is safe whatever `name` holds.
public struct HTML: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// The markup.
  public private(set) var text: String

  public init(stringLiteral value: String) { text = value }
  /// Markup that is known to be well-formed and escaped.
  public init(raw: String) { text = raw }
  /// Plain text, escaped.
  public init(text plain: some StringProtocol) { text = HTML.escaped(plain) }
  public init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  public struct Interpolation: StringInterpolationProtocol {
    var text = ""
    public init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }
    public mutating func appendLiteral(_ literal: String) { text += literal }
    public mutating func appendInterpolation(_ html: HTML) { text += html.text }
    public mutating func appendInterpolation(_ html: HTML?) { text += html?.text ?? "" }
    public mutating func appendInterpolation(_ plain: some StringProtocol) { text += HTML.escaped(plain) }
    public mutating func appendInterpolation(_ number: Int) { text += String(number) }
  }

  public static func + (a: HTML, b: HTML) -> HTML { HTML(raw: a.text + b.text) }
  public static func += (a: inout HTML, b: HTML) { a.text += b.text }
  public var isEmpty: Bool { text.isEmpty }

  /// Text made safe for element content and for attributes in double or single quotes, in HTML and in XML.
  /// Control characters that XML 1.0 forbids become U+FFFD.
  public static func escaped(_ plain: some StringProtocol) -> String {
    var result = ""
    result.reserveCapacity(plain.utf8.count)
    for scalar in plain.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Sequence where Element == HTML {
  /// The pieces one behind the other.
  public func joined(separator: HTML = "") -> HTML { HTML(raw: map { $0.text }.joined(separator: separator.text)) }
}
