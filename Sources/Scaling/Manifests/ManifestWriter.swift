/// Writes Kubernetes YAML line by line, in block style, two spaces a level.
public struct ManifestWriter {
  public private(set) var text = ""
  private var depth = 0
  /// Whether the next line begins an element of a list.
  private var startsItem = false

  public init() {}

  public mutating func line(_ content: String) {
    let indent = startsItem ? max(0, depth - 1) : depth
    text += String(repeating: "  ", count: indent) + (startsItem ? "- " : "") + content + "\n"
    startsItem = false
  }

  public mutating func field(_ key: String, _ value: String) { line("\(Self.scalar(key)): \(Self.scalar(value))") }
  public mutating func field(_ key: String, _ value: Int) { line("\(key): \(value)") }
  public mutating func field(_ key: String, _ value: Bool) { line("\(key): \(value)") }
  /// A quantity: quoted, so that YAML readers leave it a text.
  public mutating func quantity(_ key: String, _ value: KubernetesQuantity) { line("\(key): \"\(value.text)\"") }

  /// A text in quotes, whatever it looks like: `cpu: "16"`.
  public mutating func text(_ key: String, _ value: String) { line("\(Self.scalar(key)): \(Self.quoted(value))") }
  /// A list on one line.
  public mutating func list(_ key: String, _ values: [String]) {
    line("\(Self.scalar(key)): [\(values.map(Self.scalar).joined(separator: ", "))]")
  }

  public mutating func block(_ key: String, _ body: (inout ManifestWriter) -> Void) {
    line("\(Self.scalar(key)):")
    depth += 1
    body(&self)
    depth -= 1
  }

  /// One element of the list whose key was just written.
  public mutating func item(_ body: (inout ManifestWriter) -> Void) {
    depth += 2
    startsItem = true
    body(&self)
    depth -= 2
  }

  /// A text as YAML reads it back unchanged: plain where that is safe, else in double quotes.
  public static func scalar(_ value: String) -> String {
    let bytes = Array(value.utf8)
    let isPlain =
      !bytes.isEmpty
      && bytes.allSatisfy { b in
        (48...57).contains(b) || (65...90).contains(b) || (97...122).contains(b) || [45, 46, 47, 95].contains(b)
      } && ((65...90).contains(bytes[0]) || (97...122).contains(bytes[0]) || bytes[0] == 47)
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"]
    if isPlain, !words.contains(value.lowercased()) { return value }
    return quoted(value)
  }

  private static func quoted(_ value: String) -> String {
    var quoted = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case "\r": quoted += "\\r"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          let digits = String(scalar.value, radix: 16)
          quoted += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
        } else {
          quoted.unicodeScalars.append(scalar)
        }
      }
    }
    return quoted + "\""
  }
}
