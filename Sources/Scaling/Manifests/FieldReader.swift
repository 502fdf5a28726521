import Documents

/// Reads the fields of a document and collects everything that is wrong, each with its place, path and remedy.
///
/// A field that is missing or wrong reads as nil, so that one pass finds all faults.
struct FieldReader {
  private(set) var problems = Diagnostics()

  mutating func error(_ message: String, at node: Node?, path: String, help: String? = nil) {
    problems.append(.error(message, at: node?.location, path: path, help: help))
  }
  mutating func warning(_ message: String, at node: Node?, path: String, help: String? = nil) {
    problems.append(.warning(message, at: node?.location, path: path, help: help))
  }
  mutating func add(_ diagnostic: Diagnostic) { problems.append(diagnostic) }
  func throwIfErrors() throws(Diagnostics) { try problems.throwIfErrors() }

  /// A mapping, or nil with an error. A missing one is an error where `required` says what should stand there.
  mutating func mapping(_ node: Node?, _ path: String, required example: String? = nil) -> Node? {
    guard let node, !node.isNull else {
      if let example { error("'\(Self.last(path))' is missing", at: nil, path: path, help: "write \(example)") }
      return nil
    }
    guard node.entries != nil else {
      error("'\(Self.last(path))' must hold keys and values", at: node, path: path, help: example.map { "write \($0)" })
      return nil
    }
    return node
  }

  /// The elements of a list, or nil with an error where it is something else.
  mutating func list(_ node: Node?, _ path: String, help: String? = nil) -> [Node]? {
    guard let node, !node.isNull else { return nil }
    guard let elements = node.elements else {
      error("'\(Self.last(path))' must be a list", at: node, path: path, help: help)
      return nil
    }
    return elements
  }

  /// A whole number within a range; `example` is shown where it is missing and required.
  mutating func integer(
    _ node: Node?, _ path: String, in range: ClosedRange<Int>, required: Bool = false
  ) -> Int? {
    guard let node, !node.isNull else {
      if required { error("'\(Self.last(path))' is missing", at: node, path: path, help: "write a whole number") }
      return nil
    }
    guard let value = node.integer else {
      let digits = Self.leadingInteger(node.text ?? "")
      error(
        "'\(Self.last(path))' must be a whole number, not \(Self.shown(node))", at: node, path: path,
        help: digits.map { "write \(Self.last(path)): \($0)" })
      return nil
    }
    guard range.contains(value) else {
      let bound =
        range.upperBound >= Int(Int32.max)
        ? "must be at least \(range.lowerBound)" : "must lie between \(range.lowerBound) and \(range.upperBound)"
      error(
        "'\(Self.last(path))' \(value > Int(Int32.max) ? "is too large" : bound), not \(value)", at: node, path: path,
        help: range.upperBound >= Int(Int32.max) && value <= range.upperBound
          ? "write \(range.lowerBound) or more" : "write \(min(max(value, range.lowerBound), range.upperBound))")
      return nil
    }
    return value
  }

  /// A finite number within a range.
  mutating func number(
    _ node: Node?, _ path: String, in range: ClosedRange<Double>, required: Bool = false
  ) -> Double? {
    guard let node, !node.isNull else {
      if required { error("'\(Self.last(path))' is missing", at: node, path: path, help: "write a number") }
      return nil
    }
    guard let value = node.number, value.isFinite else {
      error("'\(Self.last(path))' must be a number, not \(Self.shown(node))", at: node, path: path)
      return nil
    }
    guard range.contains(value) else {
      error(
        "'\(Self.last(path))' must lie between \(text(range.lowerBound)) and \(text(range.upperBound)), not "
          + text(value), at: node, path: path)
      return nil
    }
    return value
  }

  /// A text that is not empty; numbers and truth values are taken as written only where `lenient`.
  mutating func string(_ node: Node?, _ path: String, required example: String? = nil) -> String? {
    guard let node, !node.isNull else {
      if let example { error("'\(Self.last(path))' is missing", at: nil, path: path, help: "write \(example)") }
      return nil
    }
    guard let value = node.text, !value.isEmpty else {
      error("'\(Self.last(path))' must be a text", at: node, path: path, help: example.map { "write \($0)" })
      return nil
    }
    return value
  }

  mutating func bool(_ node: Node?, _ path: String) -> Bool? {
    guard let node, !node.isNull else { return nil }
    guard let value = node.bool else {
      error("'\(Self.last(path))' must be true or false, not \(Self.shown(node))", at: node, path: path)
      return nil
    }
    return value
  }

  /// One word of a few; a near miss is told. Where it must be there, `example` is what to write and `parent` the
  /// place that lacks it.
  mutating func choice<Choice: RawRepresentable & CaseIterable>(
    _ node: Node?, _ path: String, required example: String? = nil, in parent: Node? = nil
  ) -> Choice? where Choice.RawValue == String {
    guard let node, !node.isNull else {
      if let example {
        error("'\(Self.last(path))' is missing", at: node ?? parent, path: path, help: "write \(example)")
      }
      return nil
    }
    let words = Choice.allCases.map(\.rawValue)
    guard let written = node.text else {
      error("'\(Self.last(path))' must be one of \(words.joined(separator: ", "))", at: node, path: path)
      return nil
    }
    if let choice = Choice(rawValue: written) { return choice }
    error(
      "'\(Self.last(path))' must be one of \(words.joined(separator: ", ")), not \(written)", at: node, path: path,
      help: nearest(written, in: words).map { "write \($0)" })
    return nil
  }

  /// A Kubernetes quantity.
  mutating func quantity(_ node: Node?, _ path: String) -> KubernetesQuantity? {
    guard let node, !node.isNull else { return nil }
    guard let written = node.text, let quantity = KubernetesQuantity(written) else {
      error(
        "'\(Self.last(path))' is not a quantity: \(Self.shown(node))", at: node, path: path,
        help: "write a number with an optional suffix, such as 500m, 100 or 1k")
      return nil
    }
    return quantity
  }

  /// Complains about keys that nobody reads. `remedies` names what to write for a key that is wrong in a known way.
  mutating func onlyKeys(
    _ known: [String], of node: Node, _ path: String, remedies: [String: (Node) -> String] = [:]
  ) {
    for (key, place, value) in node.entries ?? [] where !known.contains(key) {
      let field = Self.join(path, key)
      let help: String?
      if let remedy = remedies[key] {
        help = remedy(value)
      } else if let near = nearest(key, in: known) {
        help = "did you mean '\(near)'?"
      } else {
        help = "known here: \(known.joined(separator: ", "))"
      }
      problems.append(.error("unknown field '\(key)'", at: place, path: field, help: help))
    }
  }

  static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : path + "." + key }

  /// The last word of a path: `behavior.scaleUp` gives `scaleUp`.
  static func last(_ path: String) -> String {
    path.split(separator: ".").last.map { String($0.prefix { $0 != "[" }) } ?? path
  }

  /// The whole number at the start of a text: `60` of `60s`, `70` of `70%`.
  static func leadingInteger(_ text: String) -> Int? {
    let trimmed = text.drop { $0 == " " }
    return Int(trimmed.prefix { $0.isASCII && $0.isNumber })
  }

  private static func shown(_ node: Node) -> String {
    switch node.kind {
    case .string(let text): "\"\(text)\""
    case .null: "nothing"
    case .sequence: "a list"
    case .mapping: "a block of keys"
    case .bool, .number: node.text ?? "this"
    }
  }
}
