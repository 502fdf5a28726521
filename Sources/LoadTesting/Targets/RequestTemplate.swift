import Quantities

/// A request with holes that rows of a data set fill: `{{column}}`.
///
/// In a body a value is escaped as the inside of a JSON string, in a path percent-encoded; headers take it as it is.
/// Three names need no column: `{{row}}` counts the requests from 0, `{{uuid}}` is a random identifier and
/// `{{prompt:500}}` a text of about so many tokens.
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
      for hole in Self.holes(text) where !Self.isBuiltIn(hole) && !found.contains(hole) { found.append(hole) }
    }
    return found
  }

  /// The requests that rows make of it; one where there are no rows.
  /// - Parameters:
  ///   - rows: a dictionary each; all have the columns that the template asks for.
  ///   - seed: for the built-in texts and identifiers.
  public func requests(
    to target: LoadTarget, rows: [[String: String]], seed: UInt64
  ) throws(LoadTestingError) -> [LoadRequest] {
    var result: [LoadRequest] = []
    var bytes = 0
    for (number, row) in (rows.isEmpty ? [[:]] : rows).enumerated() {
      var random = RandomStream(seed: seed, item: UInt64(number))
      let path = try Self.fill(path ?? target.path, row, number, &random) { Self.percentEncoded($0) }
      var lines: [String] = []
      for header in headers { lines.append(try Self.fill(header, row, number, &random) { $0 }) }
      let body = try Self.fill(body, row, number, &random) { Self.jsonEscaped($0) }
      let request = try target.request(method: method, path: path, headers: lines, body: Array(body.utf8))
      bytes += request.bytes.count
      guard bytes <= Self.mostBytes else {
        throw LoadTestingError(
          .badSettings, "the data set makes more than \(Self.mostBytes >> 20) MB of requests",
          remedy: "use fewer rows: they are sent again from the first")
      }
      result.append(request)
    }
    return result
  }
  /// The most memory that prepared requests may take.
  static let mostBytes = 512 << 20

  private static func isBuiltIn(_ name: String) -> Bool {
    name == "row" || name == "uuid" || name.hasPrefix("prompt:")
  }

  private static func holes(_ text: String) -> [String] {
    var found: [String] = []
    var rest = text[...]
    while let open = range(of: "{{", in: rest) {
      guard let close = range(of: "}}", in: rest[open.upperBound...]) else { break }
      found.append(name(rest[open.upperBound..<close.lowerBound]))
      rest = rest[close.upperBound...]
    }
    return found
  }

  private static func fill(
    _ text: String, _ row: [String: String], _ number: Int, _ random: inout RandomStream,
    escaping: (String) -> String
  ) throws(LoadTestingError) -> String {
    var result = ""
    var rest = text[...]
    while let open = range(of: "{{", in: rest), let close = range(of: "}}", in: rest[open.upperBound...]) {
      result += rest[..<open.lowerBound]
      let hole = name(rest[open.upperBound..<close.lowerBound])
      if hole == "row" {
        result += "\(number)"
      } else if hole == "uuid" {
        result += uuid(&random)
      } else if hole.hasPrefix("prompt:") {
        guard let tokens = Int(hole.dropFirst(7)), (1...1_000_000).contains(tokens) else {
          throw LoadTestingError(.badSettings, "'{{\(hole)}}' names no length", remedy: "write {{prompt:500}}")
        }
        result += escaping(prompt(tokens: tokens, &random))
      } else if let value = row[hole] {
        result += escaping(value)
      } else {
        throw LoadTestingError(
          .badSettings, "nothing fills '{{\(hole)}}'",
          remedy: row.isEmpty
            ? "give rows with --data FILE" : "the data has the columns \(row.keys.sorted().joined(separator: ", "))")
      }
      rest = rest[close.upperBound...]
    }
    return result + rest
  }

  /// Common English words, each one token to the usual tokenizers: a text of so many tokens, to within a few percent.
  static func prompt(tokens: Int, _ random: inout RandomStream) -> String {
    let words = [
      "the", "of", "and", "a", "to", "in", "is", "you", "that", "it", "he", "was", "for", "on", "are", "as", "with",
      "his", "they", "I", "at", "be", "this", "have", "from", "or", "one", "had", "by", "word", "but", "not", "what",
      "all", "were", "we", "when", "your", "can", "said", "there", "use", "an", "each", "which", "she", "do", "how",
    ]
    return (0..<tokens).map { _ in words[min(words.count - 1, Int(random.uniform() * Double(words.count)))] }
      .joined(separator: " ")
  }
  private static func uuid(_ random: inout RandomStream) -> String {
    var digits = String(random.next(), radix: 16) + String(random.next(), radix: 16)
    digits = String(repeating: "0", count: max(0, 32 - digits.count)) + digits
    var text = Array(digits.utf8.prefix(32))
    text[12] = UInt8(ascii: "4")
    text[16] = UInt8(ascii: "8")
    for place in [8, 13, 18, 23] { text.insert(UInt8(ascii: "-"), at: place) }
    return String(decoding: text, as: UTF8.self)
  }

  static func jsonEscaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 32:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
  static func percentEncoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }

  private static func name(_ text: Substring) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
  private static func range(of mark: String, in text: Substring) -> Range<String.Index>? {
    var at = text.startIndex
    while at < text.endIndex {
      if text[at...].hasPrefix(mark) { return at..<text.index(at, offsetBy: mark.count) }
      at = text.index(after: at)
    }
    return nil
  }
}
