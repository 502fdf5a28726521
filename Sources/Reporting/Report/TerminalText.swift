import Terminal

/// The parts of reports that all terminal views share.
enum TerminalText {
  /// The headline, the lead and the facts.
  static func opening(_ report: Report, width: Int, style: Style) -> [String] {
    var lines = wrapped(report.headline, width: width).map { style(.heading, $0) }
    lines += wrapped(report.lead, width: width)
    lines.append("")
    lines += facts(report.facts, width: width, style: style)
    lines.append("")
    return lines
  }

  /// A fact a line: the number, then what it means, cut to the width.
  static func facts(_ facts: [Report.Fact], width: Int, style: Style) -> [String] {
    let column = facts.map { DisplayWidth.of($0.value) }.max() ?? 0
    return facts.map { fact in
      let gap = String(repeating: " ", count: column - DisplayWidth.of(fact.value))
      return style(.bold, fact.value) + gap + "  " + clause(fact.meaning, to: max(10, width - column - 2), style)
    }
  }

  /// As many whole clauses as fit: a number is never cut in two.
  private static func clause(_ text: String, to columns: Int, _ style: Style) -> String {
    guard DisplayWidth.of(text) > columns else { return text }
    for separator in ["; ", " (", ", "] {
      var kept = text[...]
      while let range = kept.lastRange(of: separator) {
        kept = kept[..<range.lowerBound]
        if DisplayWidth.of(kept) <= columns { return String(kept) }
      }
    }
    return cut(text, to: columns, style)
  }

  static func cut(_ text: String, to columns: Int, _ style: Style) -> String {
    guard DisplayWidth.of(text) > columns else { return text }
    return DisplayWidth.prefix(text, columns: columns - 1).text + (style.isUnicode ? "…" : "~")
  }

  /// Lines broken at spaces; a word longer than the width stands alone.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, DisplayWidth.of(line) + 1 + DisplayWidth.of(word) > width {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }
}

extension Substring {
  /// The last place of a text within another.
  fileprivate func lastRange(of text: String) -> Range<Index>? {
    var start = endIndex
    while start > startIndex {
      start = index(before: start)
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
    }
    return nil
  }
}
