import Documents
import Quantities

/// A request with holes that are filled for every request anew: `{{column}}` by the rows of a data set in turn, and
/// `{{row}}` (how many requests came before), `{{uuid}}` (a random identifier), `{{now}}` (milliseconds since 1970),
/// `{{random:1:100}}` and `{{prompt:500}}` (a text of about so many tokens; `{{prompt:{{column}}}}` of as many as a
/// column says) without one.
///
/// A value is percent-encoded in a path and in a form, and escaped inside a string of a JSON body. Outside of strings a
/// JSON body takes it as it is, so that a column may hold JSON: `{"messages": {{messages}}}`.
public struct RequestTemplate: Sendable, Hashable {
  public var method: String
  /// Path and query; nil for the target's own.
  public var path: String?
  public var headers: [String]
  public var body: String

  public init(method: String, path: String? = nil, headers: [String] = [], body: String = "") {
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
  }

  /// The names in its holes that a data set has to fill.
  public var columns: [String] {
    var found: [String] = []
    for text in [path ?? "", body] + headers {
      for name in TextTemplate.names(in: text) where !found.contains(name) { found.append(name) }
    }
    return found
  }

  /// The request, made ready: its holes are filled when it is sent.
  /// - Parameters:
  ///   - rows: a dictionary each, used in turn; all have the columns that the template asks for.
  ///   - seed: for the built-in texts and identifiers.
  public func request(
    to target: LoadTarget, rows: [[String: String]], seed: UInt64
  ) throws(LoadTestingError) -> LoadRequest {
    var names = TextTemplate.Names()
    let columns = columns
    for column in columns {
      if let number = rows.firstIndex(where: { $0[column] == nil }) {
        let known = rows[number].keys.sorted().joined(separator: ", ")
        throw LoadTestingError(
          .badSettings,
          "nothing fills '{{\(column)}}'" + (rows[0][column] == nil ? "" : " in row \(number + 1) of the data"),
          remedy: "the data has the columns \(known)")
      }
      if !rows.isEmpty { _ = names.add(column) }
    }
    let made = try PreparedRequest(
      self, to: target, names: names, seed: seed,
      rows: rows.map { row in columns.map { Array((row[$0] ?? "").utf8) } })
    try made.checkRows(columns)
    return made.isFixed ? LoadRequest(bytes: made.bytes(number: 0), isHead: made.isHead) : LoadRequest(made)
  }

  /// A text as it stands inside a string of JSON.
  static func jsonEscaped(_ text: String) -> String { TextTemplate.jsonEscaped(text) }

  /// How a body's values are written, by what the body is.
  var bodyContext: TextTemplate.Context {
    let type = headers.first { $0.lowercased().hasPrefix("content-type:") }?.lowercased() ?? ""
    if type.contains("x-www-form-urlencoded") { return .form }
    if type.contains("json") { return .json }
    let first = body.utf8.first { $0 > 32 }
    return first == 0x7B || first == 0x5B ? .json : .text
  }
}

/// A request with holes as an engine sends it: bytes, and what to put between them.
public final class PreparedRequest: Sendable {
  let isHead: Bool
  private let head: TextTemplate
  private let body: TextTemplate
  private let takesLength: Bool
  private let rows: [[[UInt8]]]
  private let seed: UInt64

  /// - Parameters:
  ///   - names: what its holes may be filled by, in the order of a filling's values.
  ///   - rows: values by slot, used in turn where it fills itself.
  ///   - isPathEncoded: whether values of the path are encoded already.
  init(
    _ template: RequestTemplate, to target: LoadTarget, names: TextTemplate.Names, seed: UInt64,
    rows: [[[UInt8]]] = [], isPathEncoded: Bool = false
  ) throws(LoadTestingError) {
    isHead = template.method == "HEAD"
    self.rows = rows
    self.seed = seed
    var marks = HoleMarks(hasPath: isPathEncoded)
    let path = marks.marked(template.path ?? target.path)
    var lines: [String] = []
    for header in template.headers { lines.append(marks.marked(header)) }
    let made = try target.head(
      method: template.method, path: path, headers: lines, hasBody: !template.body.isEmpty)
    takesLength = made.takesLength
    head = try marks.template(made.lines, names)
    body = try TextTemplate(template.body, template.bodyContext, names)
  }

  /// Whether every request is the same.
  var isFixed: Bool { head.isFixed && body.isFixed }

  /// Writes the request with its holes filled.
  /// - Parameter cookies: what goes with a request to a path.
  func fill(
    _ filling: inout TextTemplate.Filling, into store: inout ByteStore, scratch: inout ByteStore,
    cookies: ((UnsafeBufferPointer<UInt8>) -> [UInt8])? = nil
  ) {
    store.clear()
    scratch.clear()
    body.fill(&filling, into: &scratch)
    head.fill(&filling, into: &store)
    if let cookies { filling.cookies = cookies(Self.path(of: store.view)) }
    if !filling.cookies.isEmpty {
      store.append("Cookie: ")
      store.append(filling.cookies)
      store.append("\r\n")
    }
    if takesLength {
      store.append("Content-Length: ")
      store.append(number: scratch.count)
      store.append("\r\n")
    }
    store.append("\r\n")
    store.append(scratch.view)
  }

  /// The path in the first line of a request.
  static func path(of request: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
    guard let start = request.firstIndex(of: 0x20) else { return request }
    let rest = request[(start + 1)...]
    return UnsafeBufferPointer(rebasing: rest.prefix { $0 != 0x20 })
  }

  /// The same, filled by its own rows.
  /// - Parameter number: how many requests came before.
  func fill(number: Int, now: Int, into store: inout ByteStore, scratch: inout ByteStore) {
    var filling = TextTemplate.Filling(
      row: number, session: number, now: now,
      random: RandomStream(seed: seed, item: UInt64(truncatingIfNeeded: number)),
      values: rows.isEmpty ? [] : rows[number % rows.count])
    fill(&filling, into: &store, scratch: &scratch)
  }

  /// The bytes of a request.
  /// - Parameters:
  ///   - number: how many came before.
  ///   - now: milliseconds since 1970.
  public func bytes(number: Int, now: Int = 0) -> [UInt8] {
    var store = ByteStore()
    var scratch = ByteStore()
    defer {
      store.end()
      scratch.end()
    }
    fill(number: number, now: now, into: &store, scratch: &scratch)
    return Array(store.view)
  }

  /// What data must not hold: line ends in headers, and text where JSON has to stand.
  func checkRows(_ columns: [String]) throws(LoadTestingError) {
    for case .hole(.value(let slot), .line) in head.pieces {
      for (number, row) in rows.enumerated() where row[slot].contains(where: { $0 == 13 || $0 == 10 || $0 == 0 }) {
        throw LoadTestingError(
          .badSettings, "row \(number + 1) has a line end in '\(columns[slot])', which a header cannot hold",
          remedy: "put it into the body")
      }
    }
    for case .hole(.prompt(.value(let slot)), _) in head.pieces + body.pieces {
      for (number, row) in rows.enumerated() {
        guard let tokens = TextTemplate.number(row[slot]), tokens <= TextTemplate.mostTokens else {
          throw LoadTestingError(
            .badSettings,
            "row \(number + 1) has no number of tokens in '\(columns[slot])': '\(String(decoding: row[slot], as: UTF8.self))'",
            remedy: "give whole numbers from 0 to \(TextTemplate.mostTokens)")
        }
      }
    }
    guard bodyIsJSON else { return }
    for slot in body.bareSlots {
      for (number, row) in rows.enumerated() where (try? JSON.parse(row[slot])) == nil {
        throw LoadTestingError(
          .badSettings, "'{{\(columns[slot])}}' stands outside of quotes and row \(number + 1) has no JSON for it",
          remedy: "write \"{{\(columns[slot])}}\" for text, or give JSON")
      }
    }
  }

  private var bodyIsJSON: Bool {
    for case .text(let bytes) in body.pieces {
      let first = bytes.first { $0 > 32 }
      return first == 0x7B || first == 0x5B
    }
    return false
  }
}

extension PreparedRequest: Hashable {
  public static func == (a: PreparedRequest, b: PreparedRequest) -> Bool { a === b }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Holes of a head, put aside while the head is made and checked as that of any request is. A mark is a letter of no
/// script with a number before it.
private struct HoleMarks {
  private static let mark = "\u{F8FF}"
  private var holes: [(text: String, context: TextTemplate.Context)] = []
  private var hasPath: Bool

  init(hasPath: Bool) { self.hasPath = hasPath }

  mutating func marked(_ text: String) -> String {
    // The first text is the path, the others are headers.
    let context: TextTemplate.Context = hasPath ? .header : .path
    hasPath = true
    var result = ""
    for piece in TextTemplate.split(text) {
      guard piece.isHole else {
        result += piece.text
        continue
      }
      result += "\(Self.mark)\(holes.count)\(Self.mark)"
      holes.append((piece.text, context))
    }
    return result
  }
  func template(_ lines: String, _ names: TextTemplate.Names) throws(LoadTestingError) -> TextTemplate {
    var result = TextTemplate()
    for (i, part) in lines.split(separator: Character(Self.mark), omittingEmptySubsequences: false).enumerated() {
      if i % 2 == 0 {
        result.append(text: Array(part.utf8))
      } else if let number = Int(part), holes.indices.contains(number) {
        result.append(try TextTemplate(holes[number].text, holes[number].context, names))
      }
    }
    return result
  }
}
