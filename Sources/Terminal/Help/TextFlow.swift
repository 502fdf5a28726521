/// Text broken into lines of a width.
enum TextFlow {
  /// Breaks at spaces; a longer word stands alone. Lines that begin with two spaces are kept as they are.
  ///
  /// - Parameters:
  ///   - width: columns, the indent included.
  ///   - indent: columns before each line.
  static func wrapped(_ text: String, width: Int, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if paragraph.hasPrefix("  ") || paragraph.isEmpty {
        lines.append(paragraph.isEmpty ? "" : margin + paragraph)
        continue
      }
      var line = ""
      for word in paragraph.split(separator: " ") {
        let needed = DisplayWidth.of(line) + 1 + DisplayWidth.of(word)
        if !line.isEmpty, needed > max(1, width - indent) {
          lines.append(margin + line)
          line = ""
        }
        line += (line.isEmpty ? "" : " ") + word
      }
      lines.append(margin + line)
    }
    return lines
  }

  /// A label and its text beside it, or below where the label is too long.
  static func labelled(
    _ label: String, _ text: String, indent: Int = 2, column: Int, width: Int, paint: (String) -> String = { $0 }
  ) -> [String] {
    let margin = String(repeating: " ", count: indent)
    let lines = wrapped(text, width: width, indent: column)
    let labelWidth = indent + DisplayWidth.of(label)
    if text.isEmpty { return [margin + paint(label)] }
    guard labelWidth + 2 <= column, let first = lines.first else { return [margin + paint(label)] + lines }
    let gap = String(repeating: " ", count: column - labelWidth)
    return [margin + paint(label) + gap + first.dropFirst(column)] + lines.dropFirst()
  }
}
