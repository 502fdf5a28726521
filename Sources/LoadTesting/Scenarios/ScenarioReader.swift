import Catalogs
import Documents
import Quantities
import Wire

/// Where a scenario's text comes from beside its file: rows, secrets. Whoever has no files gives none.
public struct ScenarioSources: Sendable {
  /// The rows of a data file, by the path that the scenario names.
  public var rows: @Sendable (String) throws -> [[String: String]]
  /// The bytes of a file, by the path that the scenario names.
  public var text: @Sendable (String) throws -> [UInt8]
  public var variable: @Sendable (String) -> String?

  public init(
    rows: @escaping @Sendable (String) throws -> [[String: String]],
    text: @escaping @Sendable (String) throws -> [UInt8], variable: @escaping @Sendable (String) -> String?
  ) {
    self.rows = rows
    self.text = text
    self.variable = variable
  }
}

extension Scenario {
  /// Reads a scenario file.
  /// - Throws: `Diagnostics` with everything that is wrong with it.
  public static func read(_ bytes: [UInt8], file: String?, sources: ScenarioSources) throws(Diagnostics) -> Scenario {
    let node = try YAML.parse(bytes, file: file)
    var found = schema.validate(node)
    var reader = ScenarioReader(sources: sources)
    let scenario = reader.scenario(node)
    // What has the wrong shape reads as nothing here, and is told once.
    if !found.hasErrors || reader.reader.diagnostics.hasErrors { found.merge(reader.reader.diagnostics) }
    try found.sorted().throwIfErrors()
    return scenario
  }
}

private struct ScenarioReader {
  let sources: ScenarioSources
  var reader = NodeReader()
  /// Names that stand in the file and whether anything used them.
  private var constants: [(name: String, value: String)] = []

  init(sources: ScenarioSources) { self.sources = sources }

  mutating func scenario(_ node: Node) -> Scenario {
    var scenario = Scenario(name: reader.string(node["scenario"], "scenario") ?? "")
    scenario.service = reader.string(node["service"], "service")
    scenario.headers = headers(node["headers"])
    scenario.keepsCookies = reader.flag(node["cookies"], "cookies") ?? true
    scenario.asksCompressed = reader.flag(node["compressed"], "compressed") ?? false
    if scenario.asksCompressed { scenario.headers.append("Accept-Encoding: \(ContentCoding.accepted)") }
    scenario.data = data(node["data"])
    for entry in node["values"]?.entries ?? [] { constants.append((entry.key, entry.value.text ?? "")) }
    scenario.profile = stages(node["stages"])
    switch reader.text(node["arrivals"], "arrivals") ?? "poisson" {
    case "constant": scenario.spacing = .constant
    case "bursts": scenario.spacing = .gamma(shape: 0.25)
    default: scenario.spacing = .poisson
    }
    scenario.keepsConnections = reader.flag(node["session connections"], "session connections") ?? false
    scenario.connections = reader.count(node["connections"], "connections", 1...50_000) ?? 100
    scenario.speaksHTTP2 = reader.flag(node["http2"], "http2") ?? false
    scenario.streams = reader.count(node["streams"], "streams", 1...1_000_000) ?? 10
    scenario.timeout =
      reader.span(node["timeout"], "timeout", atLeast: .milliseconds(1), atMost: .hours(1)) ?? .seconds(10)
    scenario.warmup = reader.span(node["warmup"], "warmup", atMost: .days(7)) ?? .zero
    if scenario.warmup > .zero, scenario.profile.length > .zero, scenario.warmup >= scenario.profile.length {
      reader.fail(
        "'warmup' takes all of the stages", node["warmup"], "warmup",
        help: "make it shorter than \(NumberFormat.duration(scenario.profile.length))")
    }
    scenario.patience = reader.span(node["patience"], "patience", atMost: .hours(24)) ?? .seconds(30)
    kinds(node, &scenario)
    scenario.constants = constants
    scenario.expectations = expectations(node["expect"], scenario)
    return scenario
  }

  // MARK: Data, values, stages

  private mutating func data(_ node: Node?) -> [Scenario.Rows] {
    guard let node else { return [] }
    if let file = node.string { return rows(file, node, name: "", isRandom: false) }
    var result: [Scenario.Rows] = []
    for entry in node.entries ?? [] {
      let path = "data.\(entry.key)"
      if let file = entry.value.string {
        result += rows(file, entry.value, name: entry.key, isRandom: false)
      } else if let file = reader.string(entry.value["file"], path + ".file") {
        result += rows(
          file, entry.value["file"] ?? entry.value, name: entry.key, isRandom: entry.value["order"]?.text == "random")
      }
    }
    return result
  }

  private mutating func rows(_ file: String, _ node: Node, name: String, isRandom: Bool) -> [Scenario.Rows] {
    do {
      return [Scenario.Rows(name: name, rows: try sources.rows(file), isRandom: isRandom)]
    } catch {
      reader.fail("'\(file)' gives no rows: \(error)", node, "data", help: "give a CSV file with a header, or NDJSON")
      return []
    }
  }

  private mutating func headers(_ node: Node?) -> [String] {
    (node?.entries ?? []).compactMap { entry in
      guard let value = entry.value.text else { return nil }
      return "\(entry.key): \(value)"
    }
  }

  private mutating func stages(_ node: Node?) -> RateProfile {
    var pieces: [RateProfile.Piece] = []
    var last = 0.0
    for (i, stage) in (node?.elements ?? []).enumerated() {
      let path = "stages[\(i)]"
      func rate(_ key: String) -> Double? {
        guard let rate: RequestRate = reader.quantity(stage[key], "\(path).\(key)") else { return nil }
        guard rate.perSecond >= 0, rate.isFinite else {
          reader.fail("'\(key)' is below zero", stage[key], "\(path).\(key)", help: "write 0/s or more")
          return nil
        }
        return rate.perSecond
      }
      let length = reader.span(stage["for"], "\(path).for", atLeast: .milliseconds(1), atMost: .days(7))
      let (hold, from, to) = (rate("rate"), rate("from"), rate("to"))
      if stage["rate"] != nil, stage["from"] != nil || stage["to"] != nil {
        reader.fail(
          "a stage holds a rate or goes from one to another", stage["rate"], path,
          help: "keep 'rate', or 'from' and 'to'")
      } else if stage["rate"] == nil, stage["to"] == nil, stage.entries != nil {
        reader.fail(
          "a stage without a rate", stage, path, help: "write { rate: 50/s, for: 2m }, or { to: 50/s, for: 30s }")
      }
      let begin = hold ?? from ?? last
      last = hold ?? to ?? begin
      if let length { pieces.append(RateProfile.Piece(length: length.seconds, from: begin, to: last)) }
    }
    let profile = RateProfile(pieces: pieces)
    if let node, node.elements != nil, !reader.diagnostics.hasErrors, profile.arrivals < 0.5 {
      reader.fail("the stages start no session", node, "stages", help: "write { rate: 10/s, for: 1m }")
    }
    return profile
  }

  // MARK: Sessions and steps

  private mutating func kinds(_ node: Node, _ scenario: inout Scenario) {
    switch (node["steps"], node["sessions"]) {
    case (let steps?, nil):
      scenario.kinds = [Scenario.Kind(name: scenario.name, weight: 1, steps: self.steps(steps, "steps", scenario))]
    case (nil, let sessions?):
      for entry in sessions.entries ?? [] {
        let path = "sessions.\(entry.key)"
        let weight = entry.value["weight"].map { reader.number($0, path + ".weight", above: 0) ?? 1 } ?? 1
        scenario.kinds.append(
          Scenario.Kind(
            name: entry.key, weight: weight, steps: steps(entry.value["steps"], path + ".steps", scenario)))
      }
      if scenario.kinds.isEmpty {
        reader.fail("'sessions' has no kind of session", sessions, "sessions", help: "write buyer: { steps: [...] }")
      }
    case (nil, nil):
      reader.fail("a scenario without steps", node, "steps", help: "write steps: [{ get: / }], or sessions: by name")
    case (_?, let sessions?):
      reader.fail(
        "'steps' and 'sessions' both say what sessions do", sessions, "sessions",
        help: "keep one: 'sessions' where there are several kinds")
    }
  }

  private mutating func steps(_ node: Node?, _ path: String, _ scenario: Scenario) -> [Scenario.Step] {
    guard let elements = node?.elements else { return [] }
    if elements.isEmpty { reader.fail("a session without steps", node, path, help: "write steps: [{ get: / }]") }
    var known = Set(constants.map(\.name))
    for data in scenario.data {
      for column in (data.rows.first ?? [:]).keys {
        known.insert(data.name.isEmpty ? column : "\(data.name).\(column)")
      }
    }
    var result: [Scenario.Step] = []
    for (i, element) in elements.enumerated() {
      guard let step = step(element, "\(path)[\(i)]", scenario, &known) else { continue }
      if result.contains(where: { $0.name == step.name }) {
        reader.fail(
          "two steps are called '\(step.name)'", element["name"] ?? element, "\(path)[\(i)].name",
          help: "give each a name of its own: its figures stand under it")
      }
      result.append(step)
    }
    return result
  }

  private mutating func step(
    _ node: Node, _ path: String, _ scenario: Scenario, _ known: inout Set<String>
  ) -> Scenario.Step? {
    guard node.entries != nil else { return nil }
    let methods = Scenario.methods.filter { node[$0] != nil }
    guard let method = methods.first, methods.count == 1 else {
      reader.fail(
        methods.isEmpty ? "a step without a request" : "a step with several requests", node, path,
        help: "write one of \(Scenario.methods.joined(separator: ", ")) with a path, as get: /items")
      return nil
    }
    guard let place = reader.string(node[method], "\(path).\(method)") else { return nil }
    if !place.hasPrefix("/") {
      reader.fail(
        "'\(place)' is no path of the service", node[method], "\(path).\(method)",
        help: "begin it with '/'; the host stands under 'service', and all steps share it")
    }
    var lines = scenario.headers
    let own = headers(node["headers"])
    let names = Set(own.map { $0.prefix { $0 != ":" }.lowercased() })
    lines.removeAll { names.contains($0.prefix { $0 != ":" }.lowercased()) }
    lines += own
    let body = body(node, path, &lines)
    let request = RequestTemplate(method: method.uppercased(), path: place, headers: lines, body: body)
    checkHoles(request, node, path, known)
    let checks = checks(node["check"], "\(path).check")
    for case .json(_, let value) in checks {
      checkHoles(RequestTemplate(method: "GET", body: value), node, path, known)
    }
    for check in checks {
      switch check {
      case .contains(let text), .lacks(let text):
        checkHoles(RequestTemplate(method: "GET", body: text), node, path, known)
      default: break
      }
    }
    let takes = takes(node["take"], "\(path).take")
    for take in takes { known.insert(take.name) }
    return Scenario.Step(
      name: reader.string(node["name"], "\(path).name") ?? "\(method.uppercased()) \(place)", request: request,
      takes: takes, checks: checks, think: think(node["think"], "\(path).think"),
      times: reader.count(node["times"], "\(path).times", 1...1_000_000) ?? 1,
      redirects: reader.count(node["follow"], "\(path).follow", 0...20) ?? 0,
      goesOn: node["if failed"]?.text == "go on")
  }

  private mutating func body(_ node: Node, _ path: String, _ headers: inout [String]) -> String {
    let given = ["json", "form", "body"].filter { node[$0] != nil }
    if given.count > 1 {
      reader.fail(
        "a step with several bodies", node[given[1]], "\(path).\(given[1])", help: "keep one of json, form and body")
    }
    func type(_ value: String) {
      if !headers.contains(where: { $0.lowercased().hasPrefix("content-type:") }) {
        headers.append("Content-Type: \(value)")
      }
    }
    if let json = node["json"] {
      type("application/json")
      var writer = JSONWriter()
      writer.node(json)
      return writer.text
    }
    if let form = node["form"] {
      type("application/x-www-form-urlencoded")
      return (form.entries ?? []).map { entry in
        let value = TextTemplate.split(entry.value.text ?? "")
          .map { $0.isHole ? $0.text : TextTemplate.percentEncoded($0.text) }.joined()
        return "\(TextTemplate.percentEncoded(entry.key))=\(value)"
      }.joined(separator: "&")
    }
    guard let text = reader.text(node["body"], "\(path).body") else { return "" }
    guard text.hasPrefix("@") else { return text }
    do {
      return String(decoding: try sources.text(String(text.dropFirst())), as: UTF8.self)
    } catch {
      reader.fail(
        "'\(text.dropFirst())' cannot be read: \(error)", node["body"], "\(path).body",
        help: "name a file beside this one")
      return ""
    }
  }

  /// Every hole must be filled by something that is there by then.
  private mutating func checkHoles(_ request: RequestTemplate, _ node: Node, _ path: String, _ known: Set<String>) {
    var missing: [String] = []
    for name in request.columns where !known.contains(name) && !constants.contains(where: { $0.name == name }) {
      if name.hasPrefix("env:") {
        guard let value = sources.variable(String(name.dropFirst(4))) else {
          reader.fail(
            "the environment has no '\(name.dropFirst(4))'", node, path,
            help: "set it: export \(name.dropFirst(4))=...")
          continue
        }
        constants.append((name, value))
      } else if name.hasPrefix("file:") {
        do {
          let text = String(decoding: try sources.text(String(name.dropFirst(5))), as: UTF8.self)
          constants.append((name, String(text.reversed().drop { $0.isNewline || $0 == " " }.reversed())))
        } catch {
          reader.fail(
            "'\(name.dropFirst(5))' cannot be read: \(error)", node, path, help: "name a file beside this one")
        }
      } else {
        missing.append(name)
      }
    }
    for name in missing {
      let near = nearest(name, in: known.sorted())
      reader.fail(
        "nothing fills '{{\(name)}}'" + (near.map { "; did you mean '{{\($0)}}'?" } ?? ""), node, path,
        help: known.isEmpty
          ? "take it out of an earlier answer (take:), or give rows (data:)"
          : "what is known here is \(known.sorted().joined(separator: ", "))")
    }
    // Built-in names with an odd argument are told in their own words.
    do {
      _ = try TextTemplate(request.path ?? "", .path, TextTemplate.Names(request.columns))
      _ = try TextTemplate(request.body, request.bodyContext, TextTemplate.Names(request.columns))
    } catch {
      reader.fail(error.problem, node, path, help: error.remedy)
    }
  }

  private mutating func think(_ node: Node?, _ path: String) -> Scenario.Think {
    guard let node, let text = reader.text(node, path) else { return .none }
    let parts = text.split(separator: " ").map(String.init)
    func span(_ text: String) -> Int64? {
      guard let span = try? Duration.parse(text), span >= .zero, span <= .hours(24) else { return nil }
      return span.nanoseconds
    }
    if let one = span(text) { return Scenario.Think(least: one, most: one) }
    if let middle = parts.firstIndex(of: "to"), let least = span(parts[..<middle].joined(separator: " ")),
      let most = span(parts[(middle + 1)...].joined(separator: " ")), least <= most
    {
      return Scenario.Think(least: least, most: most)
    }
    reader.fail("'think' is no pause: \"\(text)\"", node, path, help: "write 2s, or 1s to 3s")
    return .none
  }

  // MARK: Takes and checks

  private mutating func takes(_ node: Node?, _ path: String) -> [Scenario.Take] {
    var result: [Scenario.Take] = []
    for entry in node?.entries ?? [] {
      let value = entry.value
      let here = "\(path).\(entry.key)"
      let pattern = reader.string(value["pattern"], here + ".pattern")
      if let pattern { tell(value["pattern"], here + ".pattern") { _ = try TextPattern(pattern) } }
      switch (value["json"], value["header"]) {
      case (let json?, nil):
        if value["pattern"] != nil {
          reader.fail(
            "a value stands at a pointer or behind a pattern", value["pattern"], here, help: "keep one of them")
        }
        guard let pointer = reader.text(json, here + ".json") else { continue }
        tell(json, here + ".json") { _ = try PreparedStep.pointer(pointer) }
        result.append(Scenario.Take(name: entry.key, source: .json(pointer: pointer)))
      case (nil, let header?):
        guard let name = reader.string(header, here + ".header") else { continue }
        result.append(Scenario.Take(name: entry.key, source: .header(name, pattern: pattern)))
      case (nil, nil):
        guard let pattern else {
          if value.entries != nil {
            reader.fail(
              "'\(entry.key)' is taken from nowhere", value, here,
              help: "write { json: /token }, { header: Location } or { pattern: 'id=([0-9]+)' }")
          }
          continue
        }
        result.append(Scenario.Take(name: entry.key, source: .pattern(pattern)))
      case (_?, let header?):
        reader.fail("a value stands in the body or in a header", header, here, help: "keep one of 'json' and 'header'")
      }
    }
    return result
  }

  private mutating func tell(_ node: Node?, _ path: String, _ body: () throws -> Void) {
    do {
      try body()
    } catch let error as LoadTestingError {
      reader.fail(error.problem, node, path, help: error.remedy)
    } catch {
      reader.fail("\(error)", node, path, help: "correct it")
    }
  }

  private mutating func checks(_ node: Node?, _ path: String) -> [Scenario.Check] {
    guard let node else { return [] }
    var result: [Scenario.Check] = []
    if let status = node["status"] {
      var ranges: [ClosedRange<Int>] = []
      for item in status.elements ?? [status] {
        let text = item.text ?? ""
        if let number = Int(text), (100...999).contains(number) {
          ranges.append(number...number)
        } else if text.count == 3, text.lowercased().hasSuffix("xx"), let first = Int(text.prefix(1)),
          (1...9).contains(first)
        {
          ranges.append((first * 100)...(first * 100 + 99))
        } else if item.text != nil {
          reader.fail("'status' is none: \"\(text)\"", item, path + ".status", help: "write 200, 2xx or [200, 404]")
        }
      }
      if !ranges.isEmpty { result.append(.status(ranges)) }
    }
    func texts(_ key: String) -> [String] {
      guard let value = node[key] else { return [] }
      return (value.elements ?? [value]).compactMap(\.text)
    }
    result += texts("contains").map { .contains($0) }
    result += texts("lacks").map { .lacks($0) }
    if let pattern = reader.string(node["matches"], path + ".matches") {
      tell(node["matches"], path + ".matches") { _ = try TextPattern(pattern) }
      result.append(.matches(pattern: pattern))
    }
    for entry in node["json"]?.entries ?? [] {
      tell(entry.value, path + ".json") { _ = try PreparedStep.pointer(entry.key) }
      result.append(.json(pointer: entry.key, value: entry.value.text ?? ""))
    }
    for entry in node["headers"]?.entries ?? [] {
      result.append(.header(entry.key, contains: entry.value.text ?? ""))
    }
    if let limit = reader.positiveSpan(node["within"], path + ".within") { result.append(.within(limit.nanoseconds)) }
    return result
  }

  private mutating func expectations(_ node: Node?, _ scenario: Scenario) -> [LoadExpectation] {
    var result: [LoadExpectation] = []
    for (i, element) in (node?.elements ?? []).enumerated() {
      guard let text = reader.string(element, "expect[\(i)]") else { continue }
      do {
        let expectation = try LoadExpectation(text)
        result.append(expectation)
        guard case .named(let name) = expectation.scope else { continue }
        let titles = scenario.kinds.flatMap { kind in kind.steps.map { scenario.title(kind, $0) } }
        let known = scenario.kinds.map(\.name) + titles + scenario.kinds.flatMap { $0.steps.map(\.name) }
        if !known.contains(name) {
          let near = nearest(name, in: known)
          reader.fail(
            "no step and no kind of session is called '\(name)'" + (near.map { "; did you mean '\($0)'?" } ?? ""),
            element, "expect[\(i)]", help: "there are \(Set(known).sorted().joined(separator: ", "))")
        }
      } catch {
        reader.fail(error.problem, element, "expect[\(i)]", help: error.remedy)
      }
    }
    return result
  }
}
