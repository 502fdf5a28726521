import Documents

/// An answer: a status, headers, and bytes or a stream of events.
public struct Response: Sendable {
  public var status: Int
  public var headers: [Request.Field]
  public var body: Body
  /// The same bytes packed by gzip, where they were packed once for many.
  var packed: [UInt8]?

  public enum Body: Sendable {
    case bytes([UInt8])
    case events(any EventSource)
  }

  public init(_ status: Int, type: MediaType, _ bytes: [UInt8], headers: [Request.Field] = []) {
    self.status = status
    self.headers = [Request.Field("Content-Type", type.header)] + headers
    body = .bytes(bytes)
  }
  public init(_ status: Int = 200, type: MediaType, _ text: String, headers: [Request.Field] = []) {
    self.init(status, type: type, Array(text.utf8), headers: headers)
  }
  /// A stream of server-sent events.
  public init(events: any EventSource) {
    status = 200
    headers = [Request.Field("Content-Type", MediaType.events.header)]
    body = .events(events)
  }
  /// Go there instead, by GET.
  static func seeOther(_ address: String) -> Response {
    Response(303, type: .plain, "See \(address)\n", headers: [Request.Field("Location", address)])
  }

  /// With its body packed for a client that takes that.
  func encoded(for header: String?) -> Response {
    guard case .bytes(let bytes) = body, bytes.count >= ContentEncoding.fewest else { return self }
    var response = self
    response.headers.append(Request.Field("Vary", "Accept-Encoding"))
    guard ContentEncoding.takesGzip(header), let packed = packed ?? ContentEncoding.gzip(bytes, level: 1) else {
      return response
    }
    response.body = .bytes(packed)
    response.headers.append(Request.Field("Content-Encoding", "gzip"))
    // Other bytes of the same meaning: a weak tag (RFC 9110, 8.8.1).
    for i in response.headers.indices where response.headers[i].name == "ETag" {
      response.headers[i].value = "W/" + response.headers[i].value
    }
    return response
  }

  /// The bytes; empty for a stream.
  public var bytes: [UInt8] {
    if case .bytes(let bytes) = body { return bytes }
    return []
  }
  /// The bytes as text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }
  /// The first value of a header.
  public func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }
}

/// Events as they come: each call waits a while and gives what there is.
public protocol EventSource: Sendable {
  /// Bytes to send, possibly a comment that keeps the connection alive; nil at the end.
  func next() -> [UInt8]?
}

/// What a body is.
public struct MediaType: Hashable, Sendable {
  public let name: String
  /// With its parameters.
  public let header: String

  static let html = MediaType(name: "text/html", header: "text/html; charset=utf-8")
  static let json = MediaType(name: "application/json", header: "application/json")
  static let problem = MediaType(name: "application/problem+json", header: "application/problem+json")
  static let plain = MediaType(name: "text/plain", header: "text/plain; charset=utf-8")
  static let css = MediaType(name: "text/css", header: "text/css; charset=utf-8")
  static let script = MediaType(name: "text/javascript", header: "text/javascript; charset=utf-8")
  static let svg = MediaType(name: "image/svg+xml", header: "image/svg+xml")
  static let events = MediaType(name: "text/event-stream", header: "text/event-stream")
  static let form = MediaType(name: "application/x-www-form-urlencoded", header: "application/x-www-form-urlencoded")
  static let metrics = MediaType(
    name: "application/openmetrics-text", header: "application/openmetrics-text; version=1.0.0; charset=utf-8")
  static let textMetrics = MediaType(name: "text/plain", header: "text/plain; version=0.0.4; charset=utf-8")

  /// Whether an `Accept` header takes it: no header takes everything (RFC 9110, 12.5.1).
  func isAccepted(by header: String?) -> Bool { weight(in: header) > 0 }

  /// How much an `Accept` header wants it, from 0 to 1: of its most specific range that matches.
  func weight(in header: String?) -> Double {
    guard let header, header.contains(where: { $0 != " " }) else { return 1 }
    var best = (specificity: -1, weight: 0.0)
    for choice in WeightedChoice.list(header) {
      let type = choice.name
      let kind = name.split(separator: "/")[0]
      let specificity = type == name ? 2 : type == "\(kind)/*" ? 1 : type == "*/*" ? 0 : -1
      guard specificity > best.specificity else { continue }
      best = (specificity, choice.weight ?? 1)
    }
    return best.weight
  }
}

/// One of the choices that a header lists with their weights, as `Accept` and `Accept-Encoding` do (RFC 9110, 12.4.2).
struct WeightedChoice {
  /// In lower case.
  var name: String
  /// From 0 to 1, 1 where none is said; nil where what is said is no number.
  var weight: Double?

  static func list(_ header: String) -> [WeightedChoice] {
    header.split(separator: ",").compactMap { choice in
      let parts = choice.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" }.lowercased() }
      guard let name = parts.first else { return nil }
      guard let said = parts.dropFirst().first(where: { $0.hasPrefix("q=") }) else {
        return WeightedChoice(name: name, weight: 1)
      }
      let weight = Double(said.dropFirst(2)).map { $0.isFinite ? min(1, max(0, $0)) : 0 }
      return WeightedChoice(name: name, weight: weight)
    }
  }
}

/// Why a request is not answered, as RFC 9457 has it, or as a page for whoever reads pages.
public struct Problem: Error, Hashable, Sendable {
  public var status: Int
  /// A few words, the same for every occurrence.
  public var title: String
  /// What is wrong here, and what to do about it.
  public var detail: String
  /// Of values, by the names of what holds them.
  public var fields: [Request.Field]
  public var headers: [Request.Field]

  public init(
    _ status: Int, _ title: String, _ detail: String, fields: [Request.Field] = [], headers: [Request.Field] = []
  ) {
    self.status = status
    self.title = title
    self.detail = detail
    self.fields = fields
    self.headers = headers
  }

  static func tooMany(_ wait: Int) -> Problem {
    Problem(429, "Too many requests", "Ask again in \(wait) s.", headers: [Request.Field("Retry-After", "\(wait)")])
  }
  static func notFound(_ what: String) -> Problem { Problem(404, "Not found", what) }
  static func badRequest(_ what: String, fields: [Request.Field] = []) -> Problem {
    Problem(400, "Bad request", what, fields: fields)
  }

  func json() -> Response {
    var json = JSONWriter(pretty: true)
    json.object { json in
      json.key("type")
      json.string("about:blank")
      json.key("title")
      json.string(title)
      json.key("status")
      json.integer(status)
      json.key("detail")
      json.string(detail)
      if !fields.isEmpty {
        json.key("errors")
        json.array { json in
          for field in fields {
            json.object { json in
              json.key("field")
              json.string(field.name)
              json.key("detail")
              json.string(field.value)
            }
          }
        }
      }
    }
    return Response(status, type: .problem, json.text + "\n", headers: headers)
  }
}
