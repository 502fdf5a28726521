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

  /// A fact a line: the number, then what it means in as many whole clauses as fit; where not even one does, in several lines.
  static func facts(_ facts: [Report.Fact], width: Int, style: Style) -> [String] {
    let column = facts.map { DisplayWidth.of($0.value) }.max() ?? 0
    let margin = String(repeating: " ", count: column + 2)
    return facts.flatMap { fact in
      let gap = String(repeating: " ", count: column - DisplayWidth.of(fact.value))
      let room = max(10, width - column - 2)
      let lines = DisplayWidth.wrapped(clauses(fact.meaning, in: room), columns: room)
      return lines.enumerated().map { $0 == 0 ? style(.bold, fact.value) + gap + "  " + $1 : margin + $1 }
    }
  }

  /// As many whole clauses as fit into some columns; the whole where none does.
  static func clauses(_ text: String, in columns: Int) -> String {
    guard DisplayWidth.of(text) > columns else { return text }
    for separator in ["; ", " (", ", "] {
      var kept = text[...]
      while let range = kept.lastRange(of: separator) {
        kept = kept[..<range.lowerBound]
        if DisplayWidth.of(kept) <= columns { return String(kept) }
      }
    }
    return text
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
