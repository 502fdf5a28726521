import Quantities

/// A text with holes, `{{name}}`, made ready once so that filling it for every request is copying bytes.
struct TextTemplate: Sendable {
  /// Where the text stands: what a value must be turned into there.
  enum Context: Sendable {
    /// A path and its query: percent-encoded.
    case path
    /// A header's value: as it is; line ends, which would end the header, become spaces.
    case header
    /// A body of JSON: escaped inside a string, as it is outside of one, where a value is JSON itself.
    case json
    /// A form's body: percent-encoded.
    case form
    /// As it is.
    case text
  }
  enum Escape: Sendable { case none, line, percent, string }

  /// How many tokens a prompt has.
  enum Length: Sendable {
    case fixed(Int)
    /// As a value says.
    case value(slot: Int)
  }
  enum Hole: Sendable {
    /// How many requests came before this one.
    case row
    /// Which session it is, from 0.
    case session
    case uuid
    /// Milliseconds since 1970.
    case now
    case random(Int, Int)
    case prompt(Length)
    case value(slot: Int)
  }
  enum Piece: Sendable {
    case text([UInt8])
    case hole(Hole, Escape)
  }
  private(set) var pieces: [Piece] = []

  /// The most tokens that a prompt may have.
  static let mostTokens = 1_000_000

  /// The names that holes may have, and the slot of each value.
  struct Names {
    private(set) var slots: [String: Int] = [:]
    init(_ names: [String] = []) { for name in names { _ = add(name) } }
    /// The slot of a name; a new one where it has none.
    mutating func add(_ name: String) -> Int {
      if let slot = slots[name] { return slot }
      slots[name] = slots.count
      return slots.count - 1
    }
    var count: Int { slots.count }
    var known: [String] { slots.keys.sorted() }
  }

  /// - Parameters:
  ///   - text: what a user wrote.
  ///   - names: what may stand in its holes, beside the built-in names.
  init(_ text: String, _ context: Context, _ names: Names) throws(LoadTestingError) {
    var rest = Array(text.utf8)[...]
    var literal: [UInt8] = []
    var json = JSONPlace()
    func flush(_ pieces: inout [Piece]) {
      if !literal.isEmpty { pieces.append(.text(literal)) }
      literal = []
    }
    while let first = rest.first {
      guard first == 0x7B, let (name, after) = Self.hole(rest) else {
        literal.append(first)
        json.read(first)
        rest = rest.dropFirst()
        continue
      }
      flush(&pieces)
      let escape: Escape =
        switch context {
        case .path, .form: .percent
        case .header: .line
        case .json: json.isInString ? .string : .none
        case .text: .none
        }
      pieces.append(.hole(try Self.named(name, names), escape))
      json.readValue()
      rest = after
    }
    flush(&pieces)
  }

  init() {}
  mutating func append(text: [UInt8]) { if !text.isEmpty { pieces.append(.text(text)) } }
  mutating func append(_ other: TextTemplate) { pieces += other.pieces }

  /// A text in its parts: holes with their braces, and what stands between.
  static func split(_ text: String) -> [(text: String, isHole: Bool)] {
    var parts: [(text: String, isHole: Bool)] = []
    var literal: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let first = rest.first {
      guard let (_, after) = hole(rest) else {
        literal.append(first)
        rest = rest.dropFirst()
        continue
      }
      if !literal.isEmpty { parts.append((String(decoding: literal, as: UTF8.self), false)) }
      literal = []
      parts.append((String(decoding: rest[..<after.startIndex], as: UTF8.self), true))
      rest = after
    }
    if !literal.isEmpty { parts.append((String(decoding: literal, as: UTF8.self), false)) }
    return parts
  }

  /// Whether every request gets the same text.
  var isFixed: Bool { pieces.allSatisfy { if case .text = $0 { true } else { false } } }

  /// Slots that stand outside of strings of JSON: their values must be JSON.
  var bareSlots: [Int] {
    pieces.compactMap { if case .hole(.value(let slot), .none) = $0 { slot } else { nil } }
  }

  /// The names that data or a session has to fill, without the built-in ones.
  static func names(in text: String) -> [String] {
    var found: [String] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      guard let (name, after) = hole(rest) else {
        rest = rest.dropFirst()
        continue
      }
      if let inner = argument(of: name, "prompt:") {
        if let (column, _) = hole(Array(inner.utf8)[...]), !found.contains(column) { found.append(column) }
      } else if !isBuiltIn(name), !found.contains(name) {
        found.append(name)
      }
      rest = after
    }
    return found
  }

  // MARK: Reading

  /// The name of the hole that these bytes begin with, and what stands behind it. Holes may stand in holes.
  private static func hole(_ bytes: ArraySlice<UInt8>) -> (name: String, after: ArraySlice<UInt8>)? {
    func at(_ i: Int) -> UInt8 { i < bytes.endIndex ? bytes[i] : 0 }
    guard at(bytes.startIndex) == 0x7B, at(bytes.startIndex + 1) == 0x7B else { return nil }
    // `{{{x}}}` is a brace around a hole, as bodies of JSON have it.
    guard at(bytes.startIndex + 2) != 0x7B else { return nil }
    var depth = 1
    var i = bytes.startIndex + 2
    while i < bytes.endIndex {
      if at(i) == 0x7B, at(i + 1) == 0x7B {
        depth += 1
        i += 2
      } else if at(i) == 0x7D, at(i + 1) == 0x7D {
        depth -= 1
        if depth == 0 {
          return (trimmed(bytes[(bytes.startIndex + 2)..<i]), bytes[(i + 2)...])
        }
        i += 2
      } else {
        i += 1
      }
    }
    return nil
  }
  private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
    let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    return String(decoding: bytes.drop(while: isSpace).reversed().drop(while: isSpace).reversed(), as: UTF8.self)
  }
  private static func argument(of name: String, _ word: String) -> String? {
    guard name.hasPrefix(word) else { return nil }
    return trimmed(Array(name.utf8.dropFirst(word.utf8.count))[...])
  }

  private static func named(_ name: String, _ names: Names) throws(LoadTestingError) -> Hole {
    if let slot = names.slots[name] { return .value(slot: slot) }
    if let inner = argument(of: name, "prompt:"), let (column, _) = hole(Array(inner.utf8)[...]) {
      guard let slot = names.slots[column] else { throw unfilled(column, names) }
      return .prompt(.value(slot: slot))
    }
    guard let hole = try builtIn(name) else { throw unfilled(name, names) }
    return hole
  }

  private static func unfilled(_ name: String, _ names: Names) -> LoadTestingError {
    LoadTestingError(
      .badSettings, "nothing fills '{{\(name)}}'",
      remedy: names.known.isEmpty
        ? "give rows with --data FILE" : "what is known is \(names.known.joined(separator: ", "))")
  }

  /// Whether a name is built in, be its argument right or wrong.
  private static func isBuiltIn(_ name: String) -> Bool {
    do { return try builtIn(name) != nil } catch { return true }
  }

  /// What a built-in name stands for; nil for any other name.
  private static func builtIn(_ name: String) throws(LoadTestingError) -> Hole? {
    switch name {
    case "row": return .row
    case "session": return .session
    case "uuid": return .uuid
    case "now": return .now
    default: break
    }
    if let text = argument(of: name, "prompt:") {
      guard let tokens = Int(text), (1...mostTokens).contains(tokens) else {
        throw LoadTestingError(.badSettings, "'{{\(name)}}' names no length", remedy: "write {{prompt:500}}")
      }
      return .prompt(.fixed(tokens))
    }
    if let text = argument(of: name, "random:") {
      let bounds = text.split(separator: ":").compactMap { Int($0) }
      guard bounds.count == 2, bounds[0] <= bounds[1], bounds[0] >= 0 else {
        throw LoadTestingError(.badSettings, "'{{\(name)}}' names no range", remedy: "write {{random:1:100}}")
      }
      return .random(bounds[0], bounds[1])
    }
    return nil
  }

  // MARK: Filling

  /// What fills the holes of one request.
  struct Filling {
    var row: Int
    var session: Int
    /// Milliseconds since 1970.
    var now: Int
    var random: RandomStream
    /// By slot.
    var values: [[UInt8]]
    /// The value of a `Cookie` header; empty for none.
    var cookies: [UInt8] = []
  }

  /// The text with values in its holes; built-in names stand for nothing here.
  func bytes(_ values: [[UInt8]]) -> [UInt8] {
    if pieces.count == 1, case .text(let bytes) = pieces[0] { return bytes }
    var result: [UInt8] = []
    for piece in pieces {
      switch piece {
      case .text(let bytes): result += bytes
      case .hole(.value(let slot), _): result += values[slot]
      case .hole: break
      }
    }
    return result
  }

  func fill(_ filling: inout Filling, into store: inout ByteStore) {
    for piece in pieces {
      switch piece {
      case .text(let bytes): store.append(bytes)
      case .hole(let hole, let escape):
        switch hole {
        case .row: store.append(number: filling.row)
        case .session: store.append(number: filling.session)
        case .now: store.append(number: filling.now)
        case .random(let low, let high):
          let width = Double(high - low) + 1
          store.append(number: min(high, low + Int(filling.random.uniform() * width)))
        case .uuid: Self.appendUUID(&filling.random, to: &store)
        case .prompt(let length):
          var tokens = 0
          switch length {
          case .fixed(let number): tokens = number
          case .value(let slot): tokens = Self.number(filling.values[slot]) ?? 0
          }
          Self.appendPrompt(min(tokens, Self.mostTokens), &filling.random, escape, to: &store)
        case .value(let slot): Self.append(filling.values[slot], escape, to: &store)
        }
      }
    }
  }

  /// Digits as a whole number; nil for anything else.
  static func number(_ text: [UInt8]) -> Int? {
    guard !text.isEmpty, text.count <= 9 else { return nil }
    var value = 0
    for byte in text {
      guard byte >= 0x30, byte <= 0x39 else { return nil }
      value = value * 10 + Int(byte - 0x30)
    }
    return value
  }

  private static func append(_ value: [UInt8], _ escape: Escape, to store: inout ByteStore) {
    switch escape {
    case .none: store.append(value)
    case .line: for byte in value { store.append(byte == 13 || byte == 10 || byte == 0 ? 0x20 : byte) }
    case .string: for byte in value { appendEscaped(byte, to: &store) }
    case .percent:
      for byte in value {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: store.append(byte)
        default:
          store.append(0x25)
          store.append(digit(byte >> 4, isUpper: true))
          store.append(digit(byte & 15, isUpper: true))
        }
      }
    }
  }
  /// The inside of a string of JSON.
  static func jsonEscaped(_ text: String) -> String {
    var store = ByteStore()
    defer { store.end() }
    append(Array(text.utf8), .string, to: &store)
    return String(decoding: store.view, as: UTF8.self)
  }
  static func percentEncoded(_ text: String) -> String {
    var store = ByteStore()
    defer { store.end() }
    append(Array(text.utf8), .percent, to: &store)
    return String(decoding: store.view, as: UTF8.self)
  }
  private static func digit(_ value: UInt8, isUpper: Bool = false) -> UInt8 {
    value < 10 ? 0x30 &+ value : (isUpper ? 0x41 : 0x61) &+ (value &- 10)
  }
  /// Inside a string of JSON (RFC 8259, 7).
  private static func appendEscaped(_ byte: UInt8, to store: inout ByteStore) {
    switch byte {
    case 0x22: store.append("\\\"")
    case 0x5C: store.append("\\\\")
    case 0x0A: store.append("\\n")
    case 0x0D: store.append("\\r")
    case 0x09: store.append("\\t")
    case 0..<32:
      store.append("\\u00")
      store.append(digit(byte >> 4))
      store.append(digit(byte & 15))
    default: store.append(byte)
    }
  }

  /// A random identifier: version 4, variant 1 (RFC 9562, 5.4).
  private static func appendUUID(_ random: inout RandomStream, to store: inout ByteStore) {
    let high = random.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
    let low = random.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    for place in 0..<32 {
      if place == 8 || place == 12 || place == 16 || place == 20 { store.append(0x2D) }
      let word = place < 16 ? high : low
      store.append(digit(UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (place % 16))) & 15))
    }
  }

  /// Common English words, each one token to the usual tokenizers: a text of so many tokens, to within a few percent.
  private static let words: [[UInt8]] = [
    "the", "of", "and", "a", "to", "in", "is", "you", "that", "it", "he", "was", "for", "on", "are", "as", "with",
    "his", "they", "I", "at", "be", "this", "have", "from", "or", "one", "had", "by", "word", "but", "not", "what",
    "all", "were", "we", "when", "your", "can", "said", "there", "use", "an", "each", "which", "she", "do", "how",
  ].map { Array($0.utf8) }

  private static func appendPrompt(
    _ tokens: Int, _ random: inout RandomStream, _ escape: Escape, to store: inout ByteStore
  ) {
    for i in 0..<max(0, tokens) {
      if i > 0 { if escape == .percent { store.append("%20") } else { store.append(0x20) } }
      store.append(words[min(words.count - 1, Int(random.uniform() * Double(words.count)))])
    }
  }
}

/// Where in a text of JSON a place is: inside a string or not. The text may have holes.
struct JSONPlace {
  private(set) var isInString = false
  private var isEscaped = false

  mutating func read(_ byte: UInt8) {
    if isEscaped {
      isEscaped = false
    } else if isInString, byte == 0x5C {
      isEscaped = true
    } else if byte == 0x22 {
      isInString.toggle()
    }
  }
  /// A value stands here.
  mutating func readValue() { isEscaped = false }
}
