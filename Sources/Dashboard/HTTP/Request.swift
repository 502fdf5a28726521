/// A request as the site sees it: nothing of sockets in it, so that every answer can be asked for in a test.
public struct Request: Sendable {
  /// `"GET"`, as it was sent.
  public var method: String
  /// The path's segments, decoded; empty for `/`.
  public var path: [String]
  /// The path as it was sent, without the query.
  public var rawPath: String
  /// Names and values of the query, decoded, in order.
  public var query: [Field]
  /// By their names in lower case; those that came twice joined by commas.
  public var headers: [String: String]
  public var body: [UInt8]
  /// The client's address without its port.
  public var client: String
  /// Whether it came over TLS, and whether the client showed a certificate that was asked for.
  public var isEncrypted: Bool
  public var isCertified: Bool

  /// A name with its value.
  public struct Field: Hashable, Sendable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// - Parameters:
  ///   - target: the path with its query as it was sent: `"/services/shop?lift=1.3"`.
  ///   - headers: names in any case.
  /// - Returns: nil where the target is none: badly encoded, or no UTF-8. A segment that climbs is one that nothing is named
  ///   by: no address of the site is a file's.
  public init?(
    _ method: String, _ target: String, headers: [Field] = [], body: [UInt8] = [], client: String = "127.0.0.1",
    isEncrypted: Bool = false, isCertified: Bool = false
  ) {
    let (path, query) = Self.split(target)
    guard path.hasPrefix("/"), let segments = Self.segments(path), let fields = Form.fields(query) else { return nil }
    self.method = method
    self.path = segments
    rawPath = path
    self.query = fields
    var gathered: [String: String] = [:]
    for field in headers {
      let name = field.name.lowercased()
      gathered[name] = gathered[name].map { "\($0), \(field.value)" } ?? field.value
    }
    self.headers = gathered
    self.body = body
    self.client = client
    self.isEncrypted = isEncrypted
    self.isCertified = isCertified
  }

  private static func split(_ target: String) -> (path: String, query: String) {
    guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, "") }
    return (String(target[..<mark]), String(target[target.utf8.index(after: mark)...]))
  }

  /// A trailing slash is none of the segments; two in a row are a segment that nothing is named by.
  private static func segments(_ path: String) -> [String]? {
    var parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    if parts.last?.isEmpty ?? false { parts.removeLast() }
    var segments: [String] = []
    for part in parts {
      guard let segment = Form.decoded(part, plusIsSpace: false) else { return nil }
      segments.append(segment)
    }
    return segments
  }

  /// The first value of a name in the query.
  public func value(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// The media type of the body, without its parameters, in lower case.
  var contentType: String {
    let type = headers["content-type"]?.split(separator: ";").first.map(String.init) ?? ""
    return type.filter { $0 != " " }.lowercased()
  }
}

/// `name=value&...`, of queries and of bodies of forms.
public enum Form {
  /// Names and values; nil where one is badly encoded.
  public static func fields(_ text: some StringProtocol) -> [Request.Field]? {
    var fields: [Request.Field] = []
    for part in text.split(separator: "&") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(pair[0]), let value = decoded(pair.count > 1 ? pair[1] : "") else { return nil }
      fields.append(Request.Field(name, value))
    }
    return fields
  }

  /// Percent-encoding undone; nil where it is broken or is no UTF-8.
  static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = true) -> String? {
    var bytes: [UInt8] = []
    var rest = text.utf8.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: bytes.append(32)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }

  /// A text as one segment of a path, or as a name or value of a query.
  public static func encoded(_ text: some StringProtocol) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        result += "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 15)])
      }
    }
    return result
  }
}
