/// A value read from a YAML or JSON document, with its place.
///
/// Scalars keep the text as written, so that `120/s`, `70%` and `007` reach their readers unchanged. A long JSON array
/// of numbers is kept packed, eight bytes a value: read it by ``numbers``.
public struct Node: Sendable {
  /// What sort of value it is.
  public enum Kind: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case sequence
    case mapping
  }

  enum Storage: Sendable {
    case null
    case bool(Bool, text: String)
    case number(Double, text: String)
    case string(String)
    case sequence([Node])
    /// Numbers only; NaN stands for null. The elements' own places are not kept.
    case packed([Double])
    case mapping(Mapping)
  }

  let storage: Storage
  let source: SourceFile
  let place: Place

  init(_ storage: Storage, _ source: SourceFile, _ place: Place) {
    self.storage = storage
    self.source = source
    self.place = place
  }

  /// Where the value begins.
  public var location: SourceLocation { place.location(in: source) }

  /// What sort of value it is.
  public var kind: Kind {
    switch storage {
    case .null: .null
    case .bool(let value, _): .bool(value)
    case .number(let value, _): .number(value)
    case .string(let value): .string(value)
    case .sequence, .packed: .sequence
    case .mapping: .mapping
    }
  }

  /// Whether it comes of a YAML document, which people write by hand, and not of a program's JSON.
  public var isYAML: Bool { source.isYAML }

  /// Whether it is null.
  public var isNull: Bool { if case .null = storage { true } else { false } }

  /// The truth value, if it is one.
  public var bool: Bool? { if case .bool(let value, _) = storage { value } else { nil } }

  /// The number, if it is one.
  public var number: Double? { if case .number(let value, _) = storage { value } else { nil } }

  /// The number as an integer, if it is one exactly; all 64 bits count where it was written as an integer.
  public var integer: Int? {
    guard case .number(let value, let text) = storage else { return nil }
    if let exact = Int(text) { return exact }
    // Past 2^53 a double no longer says which integer was meant.
    guard value == value.rounded(.towardZero), abs(value) <= 9_007_199_254_740_992 else { return nil }
    return Int(value)
  }

  /// The string, if it is one. A number is not; see ``text``.
  public var string: String? { if case .string(let value) = storage { value } else { nil } }

  /// The scalar as it was written, whether string, number or truth value; nil for null and for collections.
  public var text: String? {
    switch storage {
    case .string(let text), .number(_, let text), .bool(_, let text): text
    case .null, .sequence, .packed, .mapping: nil
    }
  }

  /// The elements, if it is a sequence. Elements of a packed array carry the array's place.
  public var elements: [Node]? {
    switch storage {
    case .sequence(let nodes): nodes
    case .packed(let values): values.map { Node(packed: $0, source, place) }
    default: nil
    }
  }

  /// The number of elements or entries, if it is a sequence or a mapping.
  public var count: Int? {
    switch storage {
    case .sequence(let nodes): nodes.count
    case .packed(let values): values.count
    case .mapping(let mapping): mapping.entries.count
    default: nil
    }
  }

  /// The entries in the order written, if it is a mapping.
  public var entries: [(key: String, keyLocation: SourceLocation, value: Node)]? {
    guard case .mapping(let mapping) = storage else { return nil }
    return mapping.entries.map { ($0.key, $0.keyPlace.location(in: source), $0.value) }
  }

  /// The value of a key, if it is a mapping that has it.
  public subscript(key: String) -> Node? {
    guard case .mapping(let mapping) = storage, let i = mapping.position(of: key) else { return nil }
    return mapping.entries[i].value
  }

  /// The place of a key, if it is a mapping that has it.
  public func keyLocation(_ key: String) -> SourceLocation? {
    guard case .mapping(let mapping) = storage, let i = mapping.position(of: key) else { return nil }
    return mapping.entries[i].keyPlace.location(in: source)
  }

  /// The values of a sequence of numbers and nulls (NaN), without a node an element; nil for anything else.
  public var numbers: [Double]? {
    switch storage {
    case .packed(let values): return values
    case .sequence(let nodes):
      var values: [Double] = []
      values.reserveCapacity(nodes.count)
      for node in nodes {
        switch node.storage {
        case .number(let value, _): values.append(value)
        case .null: values.append(.nan)
        default: return nil
        }
      }
      return values
    default: return nil
    }
  }

  private init(packed value: Double, _ source: SourceFile, _ place: Place) {
    self.init(value.isNaN ? .null : .number(value, text: DecimalWriter.text(value)), source, place)
  }
}

/// The name of the file that a document's nodes share.
final class SourceFile: Sendable {
  let name: String?
  /// Whether a person wrote it as YAML. There a key with nothing behind it was forgotten; a program's JSON says null for
  /// what it does not have.
  let isYAML: Bool
  init(_ name: String?, isYAML: Bool = false) {
    self.name = name
    self.isYAML = isYAML
  }
}

/// A line and a column in eight bytes, both from 1.
struct Place: Hashable, Sendable {
  let line: UInt32
  let column: UInt32

  init(line: Int, column: Int) {
    self.line = UInt32(clamping: line)
    self.column = UInt32(clamping: column)
  }

  func location(in source: SourceFile) -> SourceLocation {
    SourceLocation(file: source.name, line: Int(line), column: Int(column))
  }
}

/// The entries of a mapping in the order written, found by key.
final class Mapping: Sendable {
  struct Entry: Sendable {
    let key: String
    let keyPlace: Place
    let value: Node
  }

  let entries: [Entry]
  /// From key to position; only worth its memory for more than a few keys.
  private let index: [String: Int]?

  static let longestScan = 16

  init(entries: [Entry], index: [String: Int]?) {
    self.entries = entries
    self.index = index
  }

  func position(of key: String) -> Int? {
    if let index { return index[key] }
    return entries.firstIndex { $0.key == key }
  }
}

/// Gathers the entries of a mapping and notices keys that come twice.
struct MappingBuilder {
  private(set) var entries: [Mapping.Entry] = []
  private var index: [String: Int]?

  func position(of key: String) -> Int? {
    if let index { return index[key] }
    return entries.firstIndex { $0.key == key }
  }

  /// Adds an entry whose key is not there yet.
  mutating func add(_ key: String, _ place: Place, _ value: Node) {
    if entries.isEmpty { entries.reserveCapacity(4) }
    if entries.count == Mapping.longestScan {
      index = Dictionary(zip(entries.map { $0.key }, 0...), uniquingKeysWith: { first, _ in first })
    }
    index?[key] = entries.count
    entries.append(Mapping.Entry(key: key, keyPlace: place, value: value))
  }

  func build() -> Mapping { Mapping(entries: entries, index: index) }
}
