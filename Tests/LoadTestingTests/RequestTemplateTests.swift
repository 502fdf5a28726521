import HeadroomTesting
import LoadTesting
import Testing

@Suite struct RequestTemplateTests {
  let target: LoadTarget
  init() throws { target = try LoadTarget(url: "http://127.0.0.1:8080/") }

  /// The first requests that a template makes.
  func texts(_ template: RequestTemplate, _ rows: [[String: String]], seed: UInt64 = 1, count: Int = 1) throws
    -> [String]
  {
    let request = try template.request(to: target, rows: rows, seed: seed)
    return (0..<count).map { String(decoding: request.prepared?.bytes(number: $0) ?? request.bytes, as: UTF8.self) }
  }
  func body(_ text: String) -> String { String(text.split(separator: "\r\n\r\n", omittingEmptySubsequences: false)[1]) }

  @Test("a hole is filled by its column: percent-encoded in the path, escaped in the body, as it is in a header")
  func fills() throws {
    let template = RequestTemplate(
      method: "POST", path: "/q?x={{ name }}", headers: ["X-Name: {{other}}"],
      body: #"{"name": "{{name}}"}"#)
    let texts = try texts(
      template, [["name": "a \"b\"\n/ö", "other": "x"], ["name": "c", "other": "c"]], count: 3
    ).map { $0.replacing("\r\n") }
    #expect(template.columns == ["name", "other"])
    #expect(texts[0].hasPrefix("POST /q?x=a%20%22b%22%0A%2F%C3%B6 HTTP/1.1|"))
    #expect(texts[0].hasSuffix(#"||{"name": "a \"b\"\n/ö"}"#))
    #expect(texts[1].hasPrefix("POST /q?x=c HTTP/1.1|"))
    #expect(texts[1].contains("|X-Name: c|"))
    #expect(texts[1].hasSuffix(#"||{"name": "c"}"#))
    #expect(texts[1].contains("|Content-Length: 13|"))
    #expect(texts[2] == texts[0], "rows come in turn")
  }

  @Test("what would break the head is refused, and a hole that nothing fills too")
  func refuses() throws {
    let inHeader = RequestTemplate(method: "GET", headers: ["X: {{name}}"])
    #expect(throws: LoadTestingError.self) { try inHeader.request(to: target, rows: [["name": "a\r\nb"]], seed: 1) }
    let unknown = RequestTemplate(method: "GET", path: "/{{nope}}")
    #expect(throws: LoadTestingError.self) { try unknown.request(to: target, rows: [["name": "a"]], seed: 1) }
    #expect(throws: LoadTestingError.self) { try unknown.request(to: target, rows: [], seed: 1) }
    let open = RequestTemplate(method: "GET", path: "/{{open", body: "")
    #expect(try texts(open, [])[0].hasPrefix("GET /{{open HTTP/1.1"))
  }

  @Test("prompts have the words asked for and are the same for the same seed")
  func prompts() throws {
    let template = RequestTemplate(method: "POST", path: "/", body: "{{prompt:20}}")
    let one = try texts(template, [], seed: 3)[0]
    #expect(body(one).split(separator: " ").count == 20)
    #expect(try texts(template, [], seed: 3)[0] == one)
    #expect(try texts(template, [], seed: 4)[0] != one)
    let wrong = RequestTemplate(method: "POST", body: "{{prompt:many}}")
    #expect(throws: LoadTestingError.self) { try wrong.request(to: target, rows: [], seed: 1) }
  }

  @Test("identifiers, counts and prompts are each request's own")
  func perRequest() throws {
    let template = RequestTemplate(
      method: "POST", path: "/{{row}}", body: #"{"id": "{{uuid}}", "text": "{{prompt:8}}", "n": {{random:1:6}}}"#)
    let texts = try texts(template, [], count: 50)
    for (i, text) in texts.enumerated() { #expect(text.hasPrefix("POST /\(i) HTTP/1.1")) }
    let identifiers = Set(texts.map { body($0).split(separator: "\"")[3] })
    #expect(identifiers.count == 50)
    // RFC 9562, 4: the version stands at the head of the third group, the variant at that of the fourth.
    for id in identifiers {
      let groups = id.split(separator: "-")
      #expect(groups.map(\.count) == [8, 4, 4, 4, 12])
      #expect(groups[2].first == "4")
      #expect("89ab".contains(groups[3].first ?? "x"))
    }
    #expect(Set(texts.map { body($0).split(separator: "\"")[7] }).count == 50)
  }

  @Test("a column may hold JSON: outside of quotes it stands as it is, and what is none is told with its row")
  func jsonColumns() throws {
    let template = RequestTemplate(
      method: "POST", path: "/", body: #"{"messages": {{messages}}, "max": {{n}}, "s": "{{{s}}}"}"#)
    let messages = #"[{"role":"user","content":"say \"hi\""}]"#
    let text = try texts(template, [["messages": messages, "n": "5", "s": "a\"b"]])[0]
    #expect(body(text) == #"{"messages": [{"role":"user","content":"say \"hi\""}], "max": 5, "s": "{a\"b}"}"#)
    let error = #expect(throws: LoadTestingError.self) {
      try template.request(
        to: target, rows: [["messages": "[]", "n": "5", "s": ""], ["messages": "hello", "n": "5", "s": ""]], seed: 1)
    }
    #expect(error?.problem == "'{{messages}}' stands outside of quotes and row 2 has no JSON for it")
  }

  @Test("a prompt is as long as a column says")
  func promptsByColumn() throws {
    let template = RequestTemplate(method: "POST", path: "/", body: #"{"p": "{{prompt:{{n}}}}", "n": {{n}}}"#)
    #expect(template.columns == ["n"])
    let texts = try texts(template, [["n": "3"], ["n": "700"]], count: 2)
    #expect(texts.map { body($0).split(separator: "\"")[3].split(separator: " ").count } == [3, 700])
    #expect(throws: LoadTestingError.self) { try template.request(to: target, rows: [["n": "3.5"]], seed: 1) }
    #expect(throws: LoadTestingError.self) { try template.request(to: target, rows: [], seed: 1) }
  }

  @Test("a form's values are percent-encoded")
  func forms() throws {
    let template = RequestTemplate(
      method: "POST", path: "/", headers: ["Content-Type: application/x-www-form-urlencoded"], body: "a={{v}}&b=1")
    #expect(body(try texts(template, [["v": "x&y=z"]])[0]) == "a=x%26y%3Dz&b=1")
  }

  @Test("a server sees another identifier in every request")
  func onTheWire() throws {
    let shop = try ShopServer()
    defer { shop.stop() }
    var target = try LoadTarget(url: shop.url)
    let template = RequestTemplate(method: "POST", path: "/any", body: #"{"id":"{{uuid}}"}"#)
    target.requests = RequestSet([
      .init(name: "all", requests: [try template.request(to: target, rows: [], seed: 7)])
    ])
    let schedule = ArrivalSchedule(.constant(.perSecond(400), for: .milliseconds(500)))
    let result = try LoadTest(target, LoadSettings(.open(schedule))).run()
    #expect(result.ok == 200)
    #expect(shop.counts.identifiers.count == 200)
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
