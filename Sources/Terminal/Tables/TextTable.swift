/// Rows and columns as text for the terminal, or as Markdown.
public struct TextTable: Hashable, Sendable {
  /// To which side cells are set.
  public enum Alignment: Hashable, Sendable {
    /// For words.
    case left
    /// For numbers.
    case right
  }

  /// One column.
  public struct Column: Hashable, Sendable {
    public var title: String
    public var alignment: Alignment
    /// Whether cells may be set in several lines where the table is too wide; numbers never are.
    public var isFlexible: Bool
    /// The columns that are left to it at least.
    public var minimumWidth: Int

    public init(_ title: String, _ alignment: Alignment = .left, isFlexible: Bool = false, minimumWidth: Int = 8) {
      self.title = title
      self.alignment = alignment
      self.isFlexible = isFlexible
      self.minimumWidth = minimumWidth
    }
  }

  /// The columns from left to right.
  public let columns: [Column]
  /// The cells of each row; nil is a rule.
  private var rows: [[String]?] = []

  public init(_ columns: [Column]) { self.columns = columns }

  /// The cells of each row, rules left out.
  public var cells: [[String]] { rows.compactMap { $0 } }

  /// Whether there are no rows.
  public var isEmpty: Bool { rows.isEmpty }

  /// Adds a row. Cells may be coloured by `Style`; missing ones are empty.
  ///
  /// - Parameter cells: at most one for each column. Line breaks and tabs in them become spaces.
  public mutating func add(_ cells: [String]) {
    precondition(cells.count <= columns.count, "a row has a cell for each column at most")
    let padding = [String](repeating: "", count: columns.count - cells.count)
    rows.append((cells + padding).map { cell in String(cell.map { $0.isNewline || $0 == "\t" ? " " : $0 }) })
  }

  /// Adds a rule, above a total.
  public mutating func addRule() { rows.append(nil) }

  /// The table with a line under its titles.
  ///
  /// - Parameters:
  ///   - width: what the lines shall fit. Titles are broken at their spaces, then the cells of flexible columns, the widest
  ///     first, so that nothing is lost. Where even that is not enough the lines are longer.
  ///   - indent: columns before each line.
  public func text(width: Int = 80, style: Style = .plain, indent: Int = 0) -> String {
    if columns.isEmpty { return "" }
    let widths = fittedWidths(width - indent)
    let margin = String(repeating: " ", count: indent)
    let ruleSign = style.isUnicode ? "─" : "-"
    let rule = widths.map { String(repeating: ruleSign, count: $0) }.joined(separator: "  ")
    var text = ""
    func add(_ cells: [String], paint: (String) -> String = { $0 }) {
      let parts = cells.enumerated().map { index, cell in
        DisplayWidth.of(cell) <= widths[index] ? [cell] : DisplayWidth.wrapped(cell, columns: widths[index])
      }
      for row in 0..<(parts.map(\.count).max() ?? 1) {
        var line = ""
        for index in parts.indices {
          let cell = row < parts[index].count ? parts[index][row] : ""
          let gap = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(cell)))
          if index > 0 { line += "  " }
          let painted = cell.isEmpty ? "" : paint(cell)
          line += columns[index].alignment == .left ? painted + gap : gap + painted
        }
        while line.last == " " { line.removeLast() }
        text += line.isEmpty ? "\n" : "\(margin)\(line)\n"
      }
    }
    add(columns.map { $0.title }, paint: { style(.heading, $0) })
    text += "\(margin)\(style(.dim, rule))\n"
    for row in rows {
      if let row { add(row) } else { text += "\(margin)\(style(.dim, rule))\n" }
    }
    return text
  }

  /// The table in the Markdown of GitHub (GFM 4.10), colours taken out, bars in cells escaped, rules left out.
  public var markdown: String {
    if columns.isEmpty { return "" }
    let body = rows.compactMap { $0 }.map { $0.map(TextTable.markdownCell) }
    let titles = columns.map { TextTable.markdownCell($0.title) }
    let widths = columns.indices.map { index in
      max(3, ([titles] + body).map { DisplayWidth.of($0[index]) }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = cells.enumerated().map { index, cell in
        let gap = String(repeating: " ", count: widths[index] - DisplayWidth.of(cell))
        return columns[index].alignment == .left ? cell + gap : gap + cell
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let marks = columns.indices.map { index in
      let dashes = String(repeating: "-", count: widths[index] - 1)
      return columns[index].alignment == .left ? dashes + "-" : dashes + ":"
    }
    return line(titles) + line(marks) + body.map(line).joined()
  }

  private static func markdownCell(_ cell: String) -> String {
    var escaped = ""
    for character in DisplayWidth.withoutColor(cell) {
      switch character {
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "|", "\\", "[", "]": escaped += "\\\(character)"
      default: escaped.append(character)
      }
    }
    return escaped
  }

  private func fittedWidths(_ width: Int) -> [Int] {
    let cells = columns.indices.map { index in
      rows.reduce(0) { most, row in row.map { max(most, DisplayWidth.of($0[index])) } ?? most }
    }
    let words = columns.map { column in
      column.title.split(separator: " ").reduce(0) { max($0, DisplayWidth.of($1)) }
    }
    var widths = columns.indices.map { max(DisplayWidth.of(columns[$0].title), cells[$0]) }
    var excess = widths.reduce(0, +) + 2 * (columns.count - 1) - width
    // Titles that are wider than what stands below them, the widest first.
    for index in columns.indices.sorted(by: { widths[$0] - cells[$0] > widths[$1] - cells[$1] }) where excess > 0 {
      let step = min(excess, max(0, widths[index] - max(cells[index], words[index])))
      widths[index] -= step
      excess -= step
    }
    while excess > 0 {
      func floor(_ index: Int) -> Int { max(1, columns[index].minimumWidth, words[index]) }
      let shrinkable = columns.indices.filter { columns[$0].isFlexible && widths[$0] > floor($0) }
      guard let widest = shrinkable.max(by: { widths[$0] < widths[$1] }) else { break }
      // Down to the next widest in one step; by one column where several are as wide.
      let next = shrinkable.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      let step = min(excess, max(1, widths[widest] - max(next, floor(widest))))
      widths[widest] -= step
      excess -= step
    }
    return widths
  }
}
