extension HTML {
  /// A column of a table.
  public struct Column: Sendable {
    public var heading: String
    public var isNumber: Bool
    public static func text(_ heading: String) -> Column { Column(heading: heading, isNumber: false) }
    public static func number(_ heading: String) -> Column { Column(heading: heading, isNumber: true) }
  }

  /// A table that scrolls sideways where it is too wide for the screen.
  /// - Parameter emphasized: the row that is set in bold, if any.
  public static func table(_ columns: [Column], rows: [[HTML]], emphasized: Int? = nil) -> HTML {
    let head = columns.map { column -> HTML in
      column.isNumber
        ? "<th scope=\"col\" class=\"n\">\(column.heading)</th>" : "<th scope=\"col\">\(column.heading)</th>"
    }
    let body = rows.enumerated().map { i, row -> HTML in
      let cells = zip(columns, row).map { column, cell -> HTML in
        column.isNumber ? "<td class=\"n\">\(cell)</td>" : "<td>\(cell)</td>"
      }
      return i == emphasized ? "<tr class=\"own\">\(cells.joined())</tr>\n" : "<tr>\(cells.joined())</tr>\n"
    }
    return """
      <div class="scroll" tabindex="0" role="group" aria-label="Table"><table><thead><tr>\(head.joined())</tr></thead><tbody>
      \(body.joined())</tbody></table></div>

      """
  }

  /// Plain text of the piece: tags dropped, the five entities undone. For Markdown and tests.
  var plain: String {
    var result = ""
    var inTag = false
    for c in text {
      if c == "<" { inTag = true } else if c == ">", inTag { inTag = false } else if !inTag { result.append(c) }
    }
    for (entity, character) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")] {
      result = result.split(separator: entity, omittingEmptySubsequences: false).joined(separator: character)
    }
    return result
  }
}
