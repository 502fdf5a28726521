extension Schema {
  /// Everything in which a document departs from this description, by place.
  ///
  /// - Parameter path: where the node stands in its document, such as `regions[0]`; empty for the whole.
  public func validate(_ node: Node, path: String = "") -> Diagnostics {
    var found = Diagnostics()
    check(node, path, &found)
    return found.sorted()
  }

  fileprivate func check(_ node: Node, _ path: String, _ found: inout Diagnostics) {
    switch self {
    case .anything: return
    case .string, .number, .integer, .boolean, .date, .timestamp, .quantity, .choice:
      checkScalar(node, path, &found)
    case .bounded(let schema, let minimum, let maximum):
      let before = found.all.count
      schema.check(node, path, &found)
      guard found.all.count == before, let value = node.number else { return }
      if let minimum, value < minimum {
        found.append(
          .error(
            "\(Schema.subject(path)) is below \(DecimalWriter.text(minimum)): \(Schema.quoted(node))",
            at: node.location, path: path, help: "write \(DecimalWriter.text(minimum)) or more"))
      } else if let maximum, value > maximum {
        found.append(
          .error(
            "\(Schema.subject(path)) is above \(DecimalWriter.text(maximum)): \(Schema.quoted(node))",
            at: node.location, path: path, help: "write \(DecimalWriter.text(maximum)) or less"))
      }
    case .list(let element):
      guard node.kind == .sequence else { return mismatch(node, path, &found) }
      if case .packed(let values) = node.storage, element.acceptsEveryNumber, !values.contains(where: { $0.isNaN }) {
        return
      }
      for (i, child) in (node.elements ?? []).enumerated() { element.check(child, "\(path)[\(i)]", &found) }
    case .map(let value):
      guard let entries = node.entries else { return mismatch(node, path, &found) }
      for entry in entries { value.check(entry.value, Schema.path(path, entry.key), &found) }
    case .object(let object):
      guard let entries = node.entries else { return mismatch(node, path, &found) }
      object.check(node, entries, path, &found)
    case .any(let schemas, _): checkAny(schemas, node, path, &found)
    }
  }

  // MARK: Scalars

  private func checkScalar(_ node: Node, _ path: String, _ found: inout Diagnostics) {
    if !accepts(node.kind) { return mismatch(node, path, &found) }
    switch self {
    case .number where !(node.number?.isFinite ?? false): mismatch(node, path, &found)
    case .integer where node.integer == nil: mismatch(node, path, &found)
    case .date where !CalendarText.isDate(node.text ?? ""):
      mismatch(node, path, &found, help: "write it as year-month-day, such as 2026-11-27")
    case .timestamp where !CalendarText.isTimestamp(node.text ?? ""):
      mismatch(node, path, &found, help: "write it such as 2026-11-27 or 2026-11-27T08:00:00Z")
    case .choice(let words) where !words.contains(node.text ?? ""):
      let text = node.text ?? ""
      let near = nearest(text, in: words)
      found.append(
        .error(
          "unknown value for \(Schema.subject(path)): \(Schema.quoted(node))"
            + (near.map { "; did you mean '\($0)'?" } ?? ""),
          at: node.location, path: path, help: "choose \(Schema.alternatives(words))"))
    default: return
    }
  }

  private func mismatch(_ node: Node, _ path: String, _ found: inout Diagnostics, help: String? = nil) {
    var help = help
    if help == nil {
      switch self {
      case .string where node.text != nil: help = "put it in quotes: \"\(node.text ?? "")\""
      case .quantity(_, let examples): help = examples.first.map { "write it such as \($0)" }
      case .list where node.text != nil: help = "write a list, even of one: [\(node.text ?? "")]"
      case .boolean where node.text != nil: help = "write true or false"
      case .object(let object):
        help = "keys here: \(object.fields.prefix(12).map { $0.name }.joined(separator: ", "))"
      default: help = nil
      }
    }
    found.append(
      .error(
        "\(Schema.subject(path)) is not \(expectation): \(Schema.quoted(node))", at: node.location, path: path,
        help: help))
  }

  /// Whether a value of this kind may be right at all.
  func accepts(_ kind: Node.Kind) -> Bool {
    switch (self, kind) {
    case (.anything, _): true
    case (.string, .string), (.number, .number), (.integer, .number), (.boolean, .bool), (.date, .string),
      (.timestamp, .string), (.quantity, .string), (.quantity, .number), (.list, .sequence), (.map, .mapping),
      (.object, .mapping):
      true
    // A choice such as 1, 2 or off may be written without quotes.
    case (.choice, .string), (.choice, .number), (.choice, .bool): true
    case (.bounded(let schema, _, _), _): schema.accepts(kind)
    case (.any(let schemas, _), _): schemas.contains { $0.accepts(kind) }
    default: false
    }
  }

  private var acceptsEveryNumber: Bool {
    switch self {
    case .number, .quantity, .anything: true
    default: false
    }
  }

  // MARK: Alternatives

  /// Judges by the nearest alternative, so that the message is about what was meant: one of the node's kind, and among
  /// mappings the one that knows most of the keys.
  private func checkAny(_ schemas: [Schema], _ node: Node, _ path: String, _ found: inout Diagnostics) {
    let candidates = schemas.filter { $0.accepts(node.kind) }
    if candidates.isEmpty { return mismatch(node, path, &found) }
    var best: (affinity: Int, problems: Diagnostics)?
    for candidate in candidates {
      var problems = Diagnostics()
      candidate.check(node, path, &problems)
      if !problems.hasErrors {
        found.merge(problems)
        return
      }
      let affinity = candidate.affinity(to: node)
      guard let current = best else {
        best = (affinity, problems)
        continue
      }
      if affinity > current.affinity
        || affinity == current.affinity && problems.all.count < current.problems.all.count
      {
        best = (affinity, problems)
      }
    }
    // Several scalar forms and none fits: say what would, not what one of them misses.
    if candidates.count > 1, node.text != nil { return mismatch(node, path, &found) }
    if let best { found.merge(best.problems) }
  }

  /// How much a mapping looks like this description: known keys count for it, unknown and missing ones against it.
  private func affinity(to node: Node) -> Int {
    switch self {
    case .object(let object):
      let keys = (node.entries ?? []).map { $0.key }
      let known = keys.filter { object.field(named: $0) != nil }.count
      let missing = object.fields.filter { field in
        field.required && !keys.contains { $0 == field.name || field.aliases.contains($0) }
      }.count
      return 3 * known - (keys.count - known) - missing
    case .any(let schemas, _): return schemas.map { $0.affinity(to: node) }.max() ?? .min
    default: return 0
    }
  }

  // MARK: Words

  /// What a message is about: the last key of the path in quotes, or the element, or the document.
  static func subject(_ path: String) -> String {
    if path.isEmpty { return "the document" }
    if path.hasSuffix("]") { return path }
    guard let dot = path.lastIndex(of: ".") else { return "'\(path)'" }
    return "'\(path[path.index(after: dot)...])'"
  }

  /// The value for a message: a scalar in quotes, shortened; else its kind.
  static func quoted(_ node: Node) -> String {
    switch node.kind {
    case .null: return "null"
    case .sequence: return "a list"
    case .mapping: return "a mapping"
    default:
      let text = node.text ?? ""
      return "\"\(text.count > 60 ? text.prefix(57) + "..." : text)\""
    }
  }

  /// The path of a key below a path: `regions.eu`, or `regions["a.b"]` where the key would be read wrongly.
  static func path(_ path: String, _ key: String) -> String {
    let isSimple =
      !key.isEmpty
      && key.unicodeScalars.allSatisfy { $0.properties.isAlphabetic || "0123456789_- /%".unicodeScalars.contains($0) }
    if !isSimple { return "\(path)[\"\(key)\"]" }
    return path.isEmpty ? key : "\(path).\(key)"
  }
}

extension ObjectSchema {
  fileprivate func check(
    _ node: Node, _ entries: [(key: String, keyLocation: SourceLocation, value: Node)], _ path: String,
    _ found: inout Diagnostics
  ) {
    var seen: [String: String] = [:]
    for entry in entries {
      let entryPath = Schema.path(path, entry.key)
      guard let field = field(named: entry.key) else {
        if !allowsUnknownKeys { found.append(unknown(entry.key, entry.keyLocation, entryPath)) }
        continue
      }
      if let other = seen[field.name] {
        found.append(
          .error(
            "'\(entry.key)' and '\(other)' are two names for one key", at: entry.keyLocation, path: entryPath,
            help: "keep '\(field.name)'"))
      }
      seen[field.name] = entry.key
      if let instead = field.deprecated {
        found.append(.warning("'\(entry.key)' is deprecated", at: entry.keyLocation, path: entryPath, help: instead))
      }
      if entry.value.isNull, !field.schema.accepts(.null) {
        // A program's null is the same as no key; a person has forgotten the value.
        if entry.value.isYAML {
          found.append(empty(entry.key, field, entry.keyLocation, entryPath))
        } else if field.required {
          found.append(missing(field, node, path))
        }
        continue
      }
      if entry.value.isYAML, entry.value.entries?.isEmpty ?? false, case .object = field.schema, !field.required {
        found.append(
          .warning(
            "'\(entry.key)' holds nothing", at: entry.keyLocation, path: entryPath,
            help: "write its keys, or take it out"))
      }
      field.schema.check(entry.value, entryPath, &found)
    }
    for field in fields where field.required && seen[field.name] == nil { found.append(missing(field, node, path)) }
  }

  private func unknown(_ key: String, _ location: SourceLocation, _ path: String) -> Diagnostic {
    let names = fields.filter { $0.deprecated == nil }.map { $0.name }
    let near = nearest(key, in: names)
    return .error(
      "unknown key '\(key)'" + (near.map { "; did you mean '\($0)'?" } ?? ""), at: location, path: path,
      help: names.isEmpty ? "no keys are known here" : "keys here: \(names.joined(separator: ", "))")
  }

  private func empty(_ key: String, _ field: Field, _ location: SourceLocation, _ path: String) -> Diagnostic {
    .error(
      "'\(key)' has no value\(field.summary.isEmpty ? "" : ": \(field.summary)")", at: location, path: path,
      help: "write '\(key): \(field.example ?? field.schema.sample)'\(field.required ? "" : ", or take the key out")")
  }

  private func missing(_ field: Field, _ node: Node, _ path: String) -> Diagnostic {
    let subject = path.isEmpty ? "" : " in \(Schema.subject(path))"
    let summary = field.summary.isEmpty ? "" : ": \(field.summary)"
    return .error(
      "missing key '\(field.name)'\(subject)\(summary)", at: node.location, path: path,
      help: "add '\(field.name): \(field.example ?? field.schema.sample)'")
  }
}

extension Schema {
  /// A value as one would write it, for "add 'key: ...'".
  fileprivate var sample: String {
    switch self {
    case .quantity(_, let examples): examples.first ?? "..."
    case .choice(let words): words.first ?? "..."
    case .boolean: "true"
    case .date, .timestamp: "2026-11-27"
    default: "..."
    }
  }
}
