import HeadroomTesting
import LoadTesting
import Testing

@Suite struct RequestTemplateTests {
  let target: LoadTarget
  init() throws { target = try LoadTarget(url: "http://127.0.0.1:8080/") }

  func texts(_ template: RequestTemplate, _ rows: [[String: String]], seed: UInt64 = 1) throws -> [String] {
    try template.requests(to: target, rows: rows, seed: seed).map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test("a hole is filled by its column: percent-encoded in the path, escaped in the body, as it is in a header")
  func fills() throws {
    let template = RequestTemplate(
      method: "POST", path: "/q?x={{ name }}", headers: ["X-Name: {{other}}"],
      body: #"{"name": "{{name}}"}"#)
    let texts = try texts(template, [["name": "a \"b\"\n/ö", "other": "x"], ["name": "c", "other": "c"]])
      .map { $0.replacing("\r\n") }
    #expect(template.columns == ["name", "other"])
    #expect(texts[0].hasPrefix("POST /q?x=a%20%22b%22%0A%2F%C3%B6 HTTP/1.1|"))
    #expect(texts[0].hasSuffix(#"||{"name": "a \"b\"\n/ö"}"#))
    #expect(texts.count == 2)
    #expect(texts[1].hasPrefix("POST /q?x=c HTTP/1.1|"))
    #expect(texts[1].contains("|X-Name: c|"))
    #expect(texts[1].hasSuffix(#"||{"name": "c"}"#))
    #expect(texts[1].contains("|Content-Length: 13|"))
  }

  @Test("what would break the head is refused, and a hole that nothing fills too")
  func refuses() throws {
    let inHeader = RequestTemplate(method: "GET", headers: ["X: {{name}}"])
    #expect(throws: LoadTestingError.self) { try inHeader.requests(to: target, rows: [["name": "a\r\nb"]], seed: 1) }
    let unknown = RequestTemplate(method: "GET", path: "/{{nope}}")
    #expect(throws: LoadTestingError.self) { try unknown.requests(to: target, rows: [["name": "a"]], seed: 1) }
    #expect(throws: LoadTestingError.self) { try unknown.requests(to: target, rows: [], seed: 1) }
    let open = RequestTemplate(method: "GET", path: "/{{open", body: "")
    #expect(try texts(open, [])[0].hasPrefix("GET /{{open HTTP/1.1"))
  }

  @Test("prompts have the words asked for and are the same for the same seed")
  func prompts() throws {
    let template = RequestTemplate(method: "POST", path: "/", body: "{{prompt:20}}")
    let one = try texts(template, [], seed: 3)[0]
    #expect(one.split(separator: "\r\n\r\n")[1].split(separator: " ").count == 20)
    #expect(try texts(template, [], seed: 3)[0] == one)
    #expect(try texts(template, [], seed: 4)[0] != one)
    let wrong = RequestTemplate(method: "POST", body: "{{prompt:many}}")
    #expect(throws: LoadTestingError.self) { try wrong.requests(to: target, rows: [], seed: 1) }
  }

  @Test("a mix is sent by weight, rows in turn, as the server counts them")
  func mix() throws {
    let server = try LoadedServer { _ in .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    defer { server.stop() }
    var target = try LoadTarget(url: server.url)
    func request(_ path: String) throws -> LoadRequest { try target.request(method: "GET", path: path) }
    let classes = [
      RequestSet.Class(name: "often", weight: 3, requests: [try request("/a"), try request("/b")]),
      RequestSet.Class(name: "seldom", weight: 1, requests: [try request("/c")]),
    ]
    target.requests = RequestSet(classes, order: .mixed(seed: 5))
    let schedule = ArrivalSchedule(.constant(.perSecond(400), for: .seconds(1)))
    let result = try LoadTest(target, LoadSettings(.open(schedule))).run()
    #expect(result.ok == 400)
    #expect(result.classes.map(\.name) == ["often", "seldom"])
    #expect(result.classes.map(\.ok).reduce(0, +) == 400)
    // Three quarters, within four standard deviations of a draw of 400.
    #expect(abs(result.classes[0].ok - 300) < 35)
    #expect(result.latencyByStatus[200]?.count == 400)
  }
}

extension String {
  /// With line ends written as bars, so that a head reads in one line.
  fileprivate func replacing(_ lineEnd: String) -> String {
    split(separator: lineEnd, omittingEmptySubsequences: false).joined(separator: "|")
  }
}
