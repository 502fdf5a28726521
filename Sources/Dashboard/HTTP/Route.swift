/// An address that is answered: how it is written, what it takes, what it gives, who answers. The router and
/// `/openapi.json` are made of the same list.
struct Route: Sendable {
  enum Method: String, Sendable { case get = "GET", post = "POST", delete = "DELETE" }
  /// Who may ask.
  enum Access: Sendable {
    /// Everybody: whether the process lives says nothing.
    case open
    case guarded
  }

  /// Something that the query may hold.
  struct Parameter: Sendable {
    var name: String
    var summary: String
    var kind: Kind
    var isRequired = false

    enum Kind: Sendable {
      case number(ClosedRange<Double>)
      case integer(ClosedRange<Int>)
      case text
      case time
    }
  }

  var method: Method
  /// `"/api/v1/services/{name}"`.
  var pattern: String
  var summary: String
  var query: [Parameter] = []
  /// What it gives where all is well.
  var produces: [MediaType]
  var success: Int = 200
  /// What a body may be; empty where none is read.
  var consumes: [MediaType] = []
  /// The name of the schema of what it gives, and of what it takes, in `/openapi.json`.
  var gives: String?
  var takes: String?
  /// Whether it computes: such are counted against the client's budget.
  var isComputing = false
  /// Whether it reads the store, which need not be there.
  var needsStore = false
  var access = Access.guarded
  /// Whether it is of the interface: told in `/openapi.json`.
  var isPublic: Bool {
    pattern.hasPrefix("/api/") || ["/healthz", "/readyz", "/metrics", "/openapi.json"].contains(pattern)
  }
  var answer: @Sendable (Site, Request, [String: String]) throws(Problem) -> Response

  /// The names in the pattern.
  var names: [String] { segments.filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) } }
  var segments: [String] { pattern.split(separator: "/").map(String.init) }

  /// What a pattern's names stand for; nil where the path is another.
  static func match(_ path: [String], _ segments: [String]) -> [String: String]? {
    guard segments.count == path.count else { return nil }
    var found: [String: String] = [:]
    for (segment, part) in zip(segments, path) {
      if segment.hasPrefix("{") {
        guard !part.isEmpty else { return nil }
        found[String(segment.dropFirst().dropLast())] = part
      } else if segment != part {
        return nil
      }
    }
    return found
  }

  /// Checks the query by what the route says of it: nothing unknown, nothing twice, every value in its range.
  func check(_ request: Request) throws(Problem) {
    var faults: [Request.Field] = []
    var seen: Set<String> = []
    // A form sends its empty fields, too.
    let isForm = produces.contains(.html)
    for field in request.query where !(isForm && field.value.isEmpty) {
      guard let parameter = query.first(where: { $0.name == field.name }) else {
        faults.append(
          Request.Field(
            field.name,
            query.isEmpty ? "nothing can be asked here" : "unknown; known: \(query.map(\.name).joined(separator: ", "))"
          ))
        continue
      }
      if !seen.insert(field.name).inserted { faults.append(Request.Field(field.name, "given twice")) }
      if let problem = parameter.kind.problem(with: field.value) { faults.append(Request.Field(field.name, problem)) }
    }
    for parameter in query where parameter.isRequired && !seen.contains(parameter.name) {
      faults.append(Request.Field(parameter.name, "missing"))
    }
    guard faults.isEmpty else {
      throw .badRequest(faults.map { "'\($0.name)': \($0.value)" }.joined(separator: "; ") + ".", fields: faults)
    }
  }
}

extension Route.Parameter.Kind {
  func problem(with text: String) -> String? {
    switch self {
    case .number(let range):
      guard let value = Double(plain: text), range.contains(value) else {
        return "write a number from \(range.lowerBound) to \(range.upperBound)"
      }
    case .integer(let range):
      guard let value = Int(text), range.contains(value) else {
        return "write a whole number from \(range.lowerBound) to \(range.upperBound)"
      }
    case .text:
      if text.isEmpty || text.utf8.count > 200 { return "write 1 to 200 characters" }
    case .time:
      if text.utf8.count > 40 { return "write a time as 2026-11-24T00:00:00Z" }
    }
    return nil
  }
}

extension Double {
  /// A finite number as JSON and people write it: no hexadecimals, no names.
  init?(plain text: String) {
    guard !text.isEmpty, text.utf8.count <= 40,
      text.utf8.allSatisfy({ (48...57).contains($0) || [43, 45, 46, 69, 101].contains($0) }), let value = Double(text),
      value.isFinite
    else { return nil }
    self = value
  }
}
