import Documents
import Planning
import Quantities

/// From a request's words to what is asked.
enum Questions {
  static let futures = 1...2000

  /// Shares and factors, as programs give them. The route has checked names and ranges.
  static func whatIf(_ request: Request) throws(Problem) -> WhatIf {
    func number(_ name: String) -> Double? { request.value(name).flatMap { Double(plain: $0) } }
    return WhatIf(
      headroom: number("headroom").map { Fraction(rawValue: $0) }, lift: Factor(rawValue: number("lift") ?? 1),
      policy: request.value("policy"), utilization: number("utilization").map { Fraction(rawValue: $0) },
      lostRegion: request.value("lost_region"))
  }

  /// Per cent, as the page's form gives them.
  static func whatIf(ofForm fields: [Request.Field]) -> WhatIf {
    func value(_ name: String) -> String? { fields.first { $0.name == name && !$0.value.isEmpty }?.value }
    func share(_ name: String) -> Double? { value(name).flatMap { Double(plain: $0) }.map { $0 / 100 } }
    return WhatIf(
      headroom: share("headroom").map { Fraction(rawValue: $0) }, lift: Factor(rawValue: 1 + (share("lift") ?? 0)),
      policy: value("policy"), utilization: share("utilization").map { Fraction(rawValue: $0) },
      lostRegion: value("lost_region"))
  }

  /// The part of the timeline that is asked for; nil for the plan's own.
  static func window(_ request: Request) throws(Problem) -> (from: Timestamp, to: Timestamp)? {
    let (first, last) = (request.value("from"), request.value("to"))
    guard first != nil || last != nil else { return nil }
    guard let from = first.flatMap({ Timestamp(iso8601: $0) }), let to = last.flatMap({ Timestamp(iso8601: $0) }) else {
      throw .badRequest("'from' and 'to' are times as 2026-11-24T00:00:00Z, both of them.")
    }
    guard from < to, (to - from).days < 36_600 else {
      throw .badRequest("'from' lies before 'to', by less than a century.")
    }
    return (from, to)
  }

  /// `{"futures": 200, "what_if": {...}}`; nothing stands for 200 futures of the plan as it is.
  static func simulation(_ request: Request) throws(Problem) -> (question: WhatIf, futures: Int) {
    guard !request.body.isEmpty else { return (WhatIf(), 200) }
    let node: Node
    do throws(Diagnostics) { node = try JSON.parse(request.body) } catch {
      throw .badRequest("The body is no JSON: \(error.all.first.map { $0.message } ?? "it cannot be read").")
    }
    guard let entries = node.entries else { throw .badRequest("The body is an object, such as {\"futures\": 200}.") }
    var faults: [Request.Field] = []
    var futures = 200
    var fields: [Request.Field] = []
    for entry in entries {
      switch entry.key {
      case "futures":
        if let number = entry.value.integer, Self.futures.contains(number) {
          futures = number
        } else {
          faults.append(
            Request.Field(
              "futures", "write a whole number from \(Self.futures.lowerBound) to \(Self.futures.upperBound)"))
        }
      case "what_if":
        guard let inside = entry.value.entries else {
          faults.append(Request.Field("what_if", "write an object, such as {\"lift\": 1.3}"))
          continue
        }
        for field in inside { read(field.key, field.value, &fields, &faults) }
      default: faults.append(Request.Field(entry.key, "unknown; known: futures, what_if"))
      }
    }
    guard faults.isEmpty else {
      throw Problem(
        422, "Cannot be asked", faults.map { "'\($0.name)': \($0.value)" }.joined(separator: "; ") + ".", fields: faults
      )
    }
    return (whatIf(of: fields), futures)
  }

  private static func read(
    _ key: String, _ value: Node, _ fields: inout [Request.Field], _ faults: inout [Request.Field]
  ) {
    guard let parameter = Routes.whatIf.first(where: { $0.name == key }) else {
      faults.append(
        Request.Field("what_if.\(key)", "unknown; known: \(Routes.whatIf.map(\.name).joined(separator: ", "))"))
      return
    }
    if value.isNull { return }
    let isNumber: Bool
    if case .number = parameter.kind { isNumber = true } else { isNumber = false }
    let text = isNumber ? value.number.map { "\($0)" } : value.string
    guard let text else {
      faults.append(Request.Field("what_if.\(key)", isNumber ? "write a number" : "write a text"))
      return
    }
    if let problem = parameter.kind.problem(with: text) { faults.append(Request.Field("what_if.\(key)", problem)) }
    fields.append(Request.Field(key, text))
  }

  private static func whatIf(of fields: [Request.Field]) -> WhatIf {
    func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    func number(_ name: String) -> Double? { value(name).flatMap { Double($0) } }
    return WhatIf(
      headroom: number("headroom").map { Fraction(rawValue: $0) }, lift: Factor(rawValue: number("lift") ?? 1),
      policy: value("policy"), utilization: number("utilization").map { Fraction(rawValue: $0) },
      lostRegion: value("lost_region"))
  }

  /// The same from a form, in per cent.
  static func simulation(ofForm request: Request, _ entry: ServiceEntry) throws(Problem) -> (
    question: WhatIf, futures: Int
  ) {
    guard let fields = Form.fields(String(decoding: request.body, as: UTF8.self)) else {
      throw .badRequest("The form is badly encoded.")
    }
    var faults: [Request.Field] = []
    for field in fields where !field.value.isEmpty {
      guard
        let kind = field.name == "futures"
          ? .integer(futures) : Routes.whatIfForm.first(where: { $0.name == field.name })?.kind
      else {
        faults.append(Request.Field(field.name, "unknown"))
        continue
      }
      if let problem = kind.problem(with: field.value) { faults.append(Request.Field(field.name, problem)) }
    }
    guard faults.isEmpty else {
      throw .badRequest(faults.map { "'\($0.name)': \($0.value)" }.joined(separator: "; ") + ".", fields: faults)
    }
    let count = fields.first { $0.name == "futures" }.flatMap { Int($0.value) } ?? 200
    return (WhatIfForm.question(fields.filter { $0.name != "futures" }, entry), count)
  }
}
