extension Schema {
  /// This description as a JSON Schema (draft 2020-12), for editors and other tools.
  ///
  /// - Parameters:
  ///   - title: what the document is called.
  ///   - id: the schema's own address.
  public func jsonSchema(title: String, id: String) -> String {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("$schema")
      json.string("https://json-schema.org/draft/2020-12/schema")
      json.key("$id")
      json.string(id)
      json.key("title")
      json.string(title)
      write(to: &json, isRoot: true)
    }
    return json.text + "\n"
  }

  /// The keywords of this description, inside an object that is open.
  private func write(to json: inout JSONWriter, isRoot: Bool = false) {
    switch self {
    case .anything: return
    case .string: json.type("string")
    case .number: json.type("number")
    case .integer: json.type("integer")
    case .boolean: json.type("boolean")
    case .date:
      json.type("string")
      json.key("format")
      json.string("date")
    case .timestamp:
      json.type("string")
      json.key("pattern")
      json.string("^[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ][0-9]{2}:[0-9]{2}.*)?$")
    case .quantity(_, let examples):
      json.key("type")
      json.strings(["string", "number"])
      if !examples.isEmpty {
        json.key("examples")
        json.strings(examples)
      }
    case .choice(let words):
      json.key("enum")
      json.array { json in
        for word in words {
          // YAML reads `1` and `true` as what they are; an editor must accept them as such.
          json.scalar(word)
          if YAMLScalar.isNumberOrBool(word) { json.string(word) }
        }
      }
    case .bounded(let schema, let minimum, let maximum):
      schema.write(to: &json)
      if let minimum {
        json.key("minimum")
        json.number(minimum)
      }
      if let maximum {
        json.key("maximum")
        json.number(maximum)
      }
    case .list(let element):
      json.type("array")
      json.key("items")
      json.object { element.write(to: &$0) }
    case .map(let value):
      json.type("object")
      json.key("additionalProperties")
      json.object { value.write(to: &$0) }
    case .object(let object): object.write(to: &json, isRoot: isRoot)
    case .any(let schemas, let description):
      if !description.isEmpty, !isRoot {
        json.key("$comment")
        json.string("expected \(description)")
      }
      json.key("anyOf")
      json.array { json in
        for schema in schemas { json.object { schema.write(to: &$0) } }
      }
    }
  }
}

extension ObjectSchema {
  fileprivate func write(to json: inout JSONWriter, isRoot: Bool) {
    if !isRoot, !title.isEmpty {
      json.key("title")
      json.string(title)
    }
    json.type("object")
    json.key("properties")
    json.object { json in
      for field in fields {
        for name in [field.name] + field.aliases {
          json.key(name)
          json.object { field.write(to: &$0, isAlias: name != field.name) }
        }
      }
    }
    // A field with other names cannot be demanded by one of them alone.
    let required = fields.filter { $0.required && $0.aliases.isEmpty }.map { $0.name }
    if !required.isEmpty {
      json.key("required")
      json.strings(required)
    }
    if !allowsUnknownKeys {
      json.key("additionalProperties")
      json.bool(false)
    }
  }
}

extension Field {
  fileprivate func write(to json: inout JSONWriter, isAlias: Bool) {
    if !summary.isEmpty {
      json.key("description")
      json.string(isAlias ? "\(summary) (another name for '\(name)')" : summary)
    }
    if deprecated != nil || isAlias {
      json.key("deprecated")
      json.bool(true)
    }
    if let value = self.default {
      json.key("default")
      json.scalar(value)
    }
    schema.write(to: &json, example: example)
  }
}

extension Schema {
  /// The keywords, with the field's own example where the description has none.
  fileprivate func write(to json: inout JSONWriter, example: String?) {
    if let example {
      switch self {
      case .string, .number, .integer, .date, .timestamp, .bounded:
        json.key("examples")
        json.array { $0.scalar(example) }
      default: break
      }
    }
    write(to: &json)
  }
}

extension YAMLScalar {
  static func isNumberOrBool(_ text: String) -> Bool {
    switch resolve(text) {
    case .number, .bool: true
    default: false
    }
  }
}

extension JSONWriter {
  fileprivate mutating func type(_ name: String) {
    key("type")
    string(name)
  }

  fileprivate mutating func strings(_ values: [String]) {
    array { json in for value in values { json.string(value) } }
  }

  /// A scalar as YAML would read it.
  fileprivate mutating func scalar(_ text: String) {
    switch YAMLScalar.resolve(text) {
    case .bool(let value, _): bool(value)
    case .number(let value, let text):
      if let exact = Int(text) { integer(exact) } else { number(value) }
    default: string(text)
    }
  }
}
