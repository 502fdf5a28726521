extension Report {
  /// The report as GitHub's Markdown: the same words and tables; charts are told by their descriptions.
  public func markdown() -> String {
    var out = "\(Report.safe(kicker))\n\n# \(Report.safe(headline))\n"
    func paragraph(_ text: String) { if !text.isEmpty { out += "\n\(Report.safe(text))\n" } }
    paragraph(lead)
    if !facts.isEmpty {
      out += "\n"
      for fact in facts { out += "- **\(Report.safe(fact.value))** \(Report.safe(fact.meaning))\n" }
    }
    if let argument {
      paragraph(argument.sentence)
      if let chart = argument.chart, chart.description != argument.sentence { paragraph(chart.description) }
    }
    for section in sections {
      out += "\n## \(Report.safe(section.heading))\n"
      paragraph(section.sentence)
      for block in section.blocks {
        switch block {
        case .chart(let chart, _, _): if chart.description != section.sentence { paragraph(chart.description) }
        case .pair(let a, let b):
          for part in [a, b] { out += Report.written(part) }
        case .part(let part): out += Report.written(part)
        case .text(let text): paragraph(text)
        case .table(let table): out += "\n" + Report.written(table)
        case .findings(let items):
          out += "\n"
          for item in items {
            out += "- **\(Report.safe(item.tag)):** \(Report.safe(item.what)) \(Report.safe(item.because))\n"
          }
        case .list(let lines):
          out += "\n"
          for line in lines { out += "- \(Report.safe(line))\n" }
        case .code(let text): out += "\n```\n" + text + (text.hasSuffix("\n") ? "" : "\n") + "```\n"
        case .ledger(let entries):
          let rows = entries.map { entry -> [Cell] in
            let how = [entry.formula, entry.worked, entry.origin].filter { !$0.isEmpty }.joined(separator: "; ")
            return [Cell("`\(entry.id)`"), Cell(entry.title), Cell(entry.value), Cell(how)]
          }
          out += "\n" + Report.written(Table([.text("name"), .text("number"), .number("value"), .text("how")], rows))
        }
      }
    }
    if !footer.isEmpty { out += "\n---\n\n" + footer.map { Report.safe($0) }.joined(separator: "  \n") + "\n" }
    return out
  }

  private static func written(_ part: Part) -> String {
    var out = "\n### \(safe(part.heading))\n\n\(safe(part.sentence))\n"
    if let chart = part.chart, chart.description != part.sentence { out += "\n\(safe(chart.description))\n" }
    return out
  }

  private static func written(_ table: Table) -> String {
    func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    func text(_ cell: String) -> String { String(safe(cell).flatMap { $0 == "|" ? "\\|" : String($0) }) }
    return row(table.columns.map { text($0.heading) }) + row(table.columns.map { $0.isNumber ? "--:" : "---" })
      + table.rows.map { row($0.map { text($0.text) }) }.joined()
  }

  /// One line in which nothing is taken for HTML, and nothing for a link or a picture: names come from elsewhere. Code in
  /// backquotes stays code.
  static func safe(_ text: String) -> String {
    var result = ""
    // Of an odd number the last one opens nothing.
    var closing = text.unicodeScalars.count { $0 == "`" }
    var isCode = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "`":
        closing -= 1
        isCode = !isCode && closing > 0
        result += "`"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "[", "]", "\\":
        if !isCode { result += "\\" }
        result.unicodeScalars.append(scalar)
      case "\n", "\r", "\t": result += " "
      case "\u{0}"..."\u{1F}": break
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
