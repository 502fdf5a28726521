/// What a document may hold, written once: from it come validation, a JSON Schema and a reference table.
public indirect enum Schema: Sendable {
  /// Text.
  case string
  /// A finite number.
  case number
  /// A whole number.
  case integer
  /// `true` or `false`.
  case boolean
  /// A calendar day, `2026-11-27`.
  case date
  /// A day, or a day with a time, `2026-11-27T08:00:00Z` (RFC 3339; seconds and offset may be left out).
  case timestamp
  /// A scalar text that its reader understands, such as a rate `120/s`; a bare number is accepted too. Named by what
  /// it is ("rate"); the first example is offered as the remedy.
  case quantity(String, examples: [String])
  /// One of these words.
  case choice([String])
  /// A number or integer between bounds.
  case bounded(Schema, minimum: Double?, maximum: Double?)
  /// A list of such elements.
  case list(Schema)
  /// A mapping with free keys to such values.
  case map(Schema)
  /// A mapping with known keys.
  case object(ObjectSchema)
  /// One of several forms; the description says what is expected, as in "expected a rate or a forecast".
  case any(of: [Schema], description: String)
  /// Anything at all, null included.
  case anything
}

/// A mapping with known keys.
public struct ObjectSchema: Sendable {
  /// What it is called, as in "a region".
  public var title: String
  /// What it is, in a sentence.
  public var summary: String
  /// The keys it may have, in the order in which they are told.
  public var fields: [Field]
  /// Whether other keys may stand beside them.
  public var allowsUnknownKeys: Bool

  /// A mapping with these keys and, unless allowed, no others.
  public init(title: String, summary: String = "", fields: [Field], allowsUnknownKeys: Bool = false) {
    self.title = title
    self.summary = summary
    self.fields = fields
    self.allowsUnknownKeys = allowsUnknownKeys
  }

  /// The field that a key means, by its name or another name of it.
  func field(named key: String) -> Field? {
    fields.first { $0.name == key } ?? fields.first { $0.aliases.contains(key) }
  }
}

/// One key of a mapping.
public struct Field: Sendable {
  /// The key.
  public var name: String
  /// What it says, in a sentence.
  public var summary: String
  /// What its value may be.
  public var schema: Schema
  /// Whether it must be there.
  public var required: Bool
  /// A value as one would write it.
  public var example: String?
  /// What holds when it is not there, as one would write it.
  public var `default`: String?
  /// Other names that are understood for the same key.
  public var aliases: [String]
  /// What to write instead, where the key is on its way out.
  public var deprecated: String?

  /// A key, optional unless said otherwise.
  public init(
    _ name: String, _ summary: String, _ schema: Schema, required: Bool = false, example: String? = nil,
    default: String? = nil, aliases: [String] = [], deprecated: String? = nil
  ) {
    self.name = name
    self.summary = summary
    self.schema = schema
    self.required = required
    self.example = example
    self.default = `default`
    self.aliases = aliases
    self.deprecated = deprecated
  }
}

extension Schema {
  /// What is expected, for "expected ... here".
  var expectation: String {
    switch self {
    case .string: "text"
    case .number: "a number"
    case .integer: "a whole number"
    case .boolean: "true or false"
    case .date: "a date"
    case .timestamp: "a date or a time"
    case .quantity(let name, _): Schema.withArticle(name)
    case .choice(let words): Schema.alternatives(words)
    case .bounded(let schema, _, _): schema.expectation
    case .list: "a list"
    case .map: "a mapping"
    case .object(let object): object.title.isEmpty ? "a mapping" : "a mapping (\(object.title))"
    case .any(let schemas, let description):
      description.isEmpty ? Schema.alternatives(schemas.map { $0.expectation }) : description
    case .anything: "anything"
    }
  }

  static func withArticle(_ noun: String) -> String {
    guard let first = noun.unicodeScalars.first else { return noun }
    if noun.hasPrefix("a ") || noun.hasPrefix("an ") { return noun }
    return ("aeiouAEIOU".unicodeScalars.contains(first) ? "an " : "a ") + noun
  }

  /// "a, b or c".
  static func alternatives(_ words: [String]) -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}
