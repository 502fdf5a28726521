extension Schema {
  /// This description as a Markdown reference: a table of keys for each mapping, the outer first.
  ///
  /// - Parameters:
  ///   - title: the heading of the first table.
  ///   - level: the depth of the headings, from 1.
  public func markdown(title: String, level: Int = 2) -> String {
    var sections: [String] = []
    collect(title, level, &sections)
    return sections.joined(separator: "\n")
  }

  private func collect(_ title: String, _ level: Int, _ sections: inout [String]) {
    switch self {
    case .object(let object):
      var text = String(repeating: "#", count: max(1, level)) + " \(title)\n\n"
      if !object.summary.isEmpty { text += object.summary + "\n\n" }
      text += "| key | value | default | meaning |\n|---|---|---|---|\n"
      for field in object.fields { text += field.row }
      sections.append(text)
      for field in object.fields { field.schema.collect(title + Schema.heading(field.name), level, &sections) }
    case .list(let element): element.collect(title + "[]", level, &sections)
    case .map(let value): value.collect(title + ".NAME", level, &sections)
    case .any(let schemas, _):
      let objects = schemas.filter { if case .object = $0 { true } else { false } }
      for schema in schemas {
        if case .object(let object) = schema, objects.count > 1, !object.title.isEmpty {
          schema.collect("\(title) (\(object.title))", level, &sections)
        } else {
          schema.collect(title, level, &sections)
        }
      }
    default: return
    }
  }

  private static func heading(_ name: String) -> String { ".\(name)" }

  /// What may be written, in a few words.
  fileprivate var form: String {
    switch self {
    case .quantity(let name, let examples):
      examples.isEmpty ? name : "\(name), such as " + examples.map { "`\($0)`" }.joined(separator: ", ")
    case .choice(let words): words.map { "`\($0)`" }.joined(separator: ", ")
    case .bounded(let schema, let minimum, let maximum):
      switch (minimum, maximum) {
      case (let low?, let high?): "\(schema.form), \(DecimalWriter.text(low)) to \(DecimalWriter.text(high))"
      case (let low?, nil): "\(schema.form), at least \(DecimalWriter.text(low))"
      case (nil, let high?): "\(schema.form), at most \(DecimalWriter.text(high))"
      case (nil, nil): schema.form
      }
    case .list(let element): "list of: \(element.form)"
    case .map(let value): "mapping of names to: \(value.form)"
    case .object: "mapping, see below"
    case .any(let schemas, let description):
      description.isEmpty ? schemas.map { $0.form }.joined(separator: "; or ") : description
    default: expectation
    }
  }
}

extension Field {
  fileprivate var row: String {
    var meaning = summary
    let hasMore = example != nil || !aliases.isEmpty || deprecated != nil
    if hasMore, let last = meaning.last, !".!?:".contains(last) { meaning += "." }
    if let example { meaning += meaning.isEmpty ? "`\(example)`" : " Example: `\(example)`." }
    if !aliases.isEmpty { meaning += " Also: " + aliases.map { "`\($0)`" }.joined(separator: ", ") + "." }
    if let deprecated { meaning += " Deprecated: \(deprecated)." }
    let fallback = required ? "required" : self.default.map { "`\($0)`" } ?? ""
    let cells = ["`\(name)`", schema.form, fallback, meaning].map { Field.cell($0) }
    return "| " + cells.joined(separator: " | ") + " |\n"
  }

  /// A cell's text: a bar or a line break would end the cell.
  private static func cell(_ text: String) -> String {
    var result = ""
    for letter in text {
      switch letter {
      case "|": result += "\\|"
      case "\n", "\r\n": result += " "
      default: result.append(letter)
      }
    }
    return result
  }
}
