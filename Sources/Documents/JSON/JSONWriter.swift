/// Writes JSON: keys in the order written, the same bytes for the same calls.
///
///     var json = JSONWriter(pretty: true)
///     json.object { json in
///       json.key("peak")
///       json.number(120)
///     }
public struct JSONWriter: Sendable {
  /// What has been written so far, as UTF-8.
  public private(set) var bytes: [UInt8] = []
  private let isPretty: Bool
  private var depth = 0
  /// Whether the next element of the open collection is its first.
  private var isFirst = true
  /// Whether a key has been written that waits for its value.
  private var isAfterKey = false

  /// A writer on one line, or over several lines indented by two spaces.
  public init(pretty: Bool = false) { isPretty = pretty }

  /// What has been written so far.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Gives away what has been written so far: a document leaves in parts, while it is being written.
  public mutating func takeBytes() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  /// An object; the closure writes its keys and values.
  public mutating func object<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    open(UInt8(ascii: "{"))
    try body(&self)
    close(UInt8(ascii: "}"))
  }

  /// An array; the closure writes its elements.
  public mutating func array<E: Error>(_ body: (inout JSONWriter) throws(E) -> Void) throws(E) {
    open(UInt8(ascii: "["))
    try body(&self)
    close(UInt8(ascii: "]"))
  }

  /// A key; its value must follow.
  public mutating func key(_ key: String) {
    precondition(!isAfterKey, "a JSON key needs a value before the next key")
    separate()
    quote(key)
    bytes.append(UInt8(ascii: ":"))
    if isPretty { bytes.append(UInt8(ascii: " ")) }
    isAfterKey = true
  }

  /// A string.
  public mutating func string(_ value: String) {
    separate()
    quote(value)
  }

  /// A number, the shortest way that reads back the same; null for NaN and infinities, which JSON does not have.
  public mutating func number(_ value: Double) {
    separate()
    append(value)
  }

  /// An integer.
  public mutating func integer(_ value: Int) {
    separate()
    DecimalWriter.append(value, to: &bytes)
  }

  /// A truth value.
  public mutating func bool(_ value: Bool) {
    separate()
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Null.
  public mutating func null() {
    separate()
    bytes.append(contentsOf: "null".utf8)
  }

  /// An array of numbers, on one line even when pretty; null for NaN and infinities.
  public mutating func numbers(_ values: [Double]) {
    separate()
    bytes.append(UInt8(ascii: "["))
    for (i, value) in values.enumerated() {
      if i > 0 {
        bytes.append(UInt8(ascii: ","))
        if isPretty { bytes.append(UInt8(ascii: " ")) }
      }
      append(value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// A value read from a document, whole.
  public mutating func node(_ node: Node) {
    switch node.storage {
    case .null: null()
    case .bool(let value, _): bool(value)
    case .number(let value, let text):
      if let exact = Int(text) { integer(exact) } else { number(value) }
    case .string(let value): string(value)
    case .packed(let values): numbers(values)
    case .sequence(let nodes): array { json in for node in nodes { json.node(node) } }
    case .mapping(let mapping):
      object { json in
        for entry in mapping.entries {
          json.key(entry.key)
          json.node(entry.value)
        }
      }
    }
  }

  private mutating func append(_ value: Double) {
    if value.isFinite {
      DecimalWriter.append(value, to: &bytes)
    } else {
      bytes.append(contentsOf: "null".utf8)
    }
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    depth += 1
    isFirst = true
  }

  private mutating func close(_ bracket: UInt8) {
    precondition(!isAfterKey, "a JSON key needs a value before the object ends")
    depth -= 1
    if !isFirst { breakLine() }
    bytes.append(bracket)
    isFirst = false
  }

  /// What must stand before a key or a value.
  private mutating func separate() {
    if isAfterKey {
      isAfterKey = false
      return
    }
    if depth == 0 { return }
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    breakLine()
  }

  private mutating func breakLine() {
    guard isPretty else { return }
    bytes.append(UInt8(ascii: "\n"))
    for _ in 0..<depth { bytes.append(contentsOf: [0x20, 0x20]) }
  }

  private mutating func quote(_ value: String) {
    var value = value
    value.withUTF8 { utf8 in
      bytes.append(UInt8(ascii: "\""))
      var start = 0
      for i in 0..<utf8.count {
        let byte = utf8[i]
        if byte >= 0x20, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") { continue }
        bytes.append(contentsOf: utf8[start..<i])
        start = i + 1
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        default:
          let digits = Array("0123456789abcdef".utf8)
          bytes.append(contentsOf: "u00".utf8)
          bytes.append(digits[Int(byte >> 4)])
          bytes.append(digits[Int(byte & 15)])
        }
      }
      bytes.append(contentsOf: utf8[start...])
      bytes.append(UInt8(ascii: "\""))
    }
  }
}
