import Documents
import HeadroomTesting
import LoadTesting
import Quantities
import Testing

/// Whole scenarios against a shop that refuses whoever does not do as its clients have to.
@Suite(.serialized) struct ScenarioTests {
  static func read(_ text: String, variables: [String: String] = [:]) throws -> Scenario {
    try Scenario.read(
      Array(text.utf8), file: "shop.yaml",
      sources: ScenarioSources(
        rows: { _ in (0..<5).map { ["name": "u\($0)", "password": "pw-u\($0)"] } },
        text: { _ in Array("from-file\n".utf8) }, variable: { variables[$0] }))
  }
  static func run(_ text: String, _ url: String, seed: UInt64 = 1) throws -> (
    load: LoadResult, sessions: SessionFigures
  ) {
    try ScenarioTest(try read(text), target: try LoadTarget(url: url), seed: seed).run()
  }

  static let shopping = """
    scenario: shop
    data: { users: users.csv }
    arrivals: constant
    stages: [{ rate: 100/s, for: 500ms }]
    steps:
      - { name: home, get: /, take: { csrf: { pattern: 'name="csrf" value="([^"]+)"' } } }
      - name: login
        post: /login
        json: { user: "{{users.name}}", password: "{{users.password}}" }
        take: { token: { json: /data/tokens/1 } }
        check: { status: 200, json: { /user: "{{users.name}}" } }
        think: 1ms to 5ms
      - name: cart
        post: /cart
        headers: { Authorization: "Bearer {{token}}" }
        json: { id: "{{uuid}}", csrf: "{{csrf}}" }
        take: { order: { header: location, pattern: '/orders/(\\d+)' } }
        check: { status: 201 }
      - name: order
        get: /orders/{{order}}
        headers: { Authorization: "Bearer {{token}}" }
        check: { json: { /state: open }, contains: '"user":"', lacks: error }
      - { name: away, get: /go, follow: 3, check: { matches: 'href="/p/[0-9]+"', status: 2xx } }
    expect: [login p99 < 5s, errors < 1%, status 201 p99 < 5s]

    """

  @Test("every session logs in, keeps its own token and cookie, and orders what is its own")
  func shop() throws {
    let server = try ShopServer()
    defer { server.stop() }
    let (load, sessions) = try Self.run(Self.shopping, server.url)
    #expect(sessions.started == 50)
    #expect(sessions.completed == 50)
    #expect(sessions.failed == 0 && sessions.unfinished == 0)
    #expect(server.counts.refused == 0)
    #expect([server.counts.logins, server.counts.carts, server.counts.orders] == [50, 50, 50])
    #expect(server.counts.users.count == 5, "rows are given out in turn")
    #expect(server.counts.identifiers.count == 50)
    #expect(load.classes.map(\.name) == ["home", "login", "cart", "order", "away"])
    #expect(load.classes.map(\.ok) == [50, 50, 50, 50, 100], "a followed redirect is a request of its step")
    #expect(load.ok == server.counts.requests)
    #expect(load.errors.total == 0)
    let expectations = try Self.read(Self.shopping).expectations
    #expect(expectations.map { $0.isMet(by: load) } == [true, true, true])
  }

  @Test(
    "over HTTP/2 sessions are the same: fields, bodies, cookies and redirects of each answer reach the session it belongs to",
    arguments: [false, true])
  func overHTTP2(ownConnections: Bool) throws {
    let server = try ShopServer(speaksHTTP2: true)
    defer { server.stop() }
    let text =
      "http2: true\nstreams: 7\nconnections: \(ownConnections ? 50 : 3)\nsession connections: \(ownConnections)\n"
    let scenario = try Self.read(Self.shopping + text)
    let target = try LoadTarget(url: server.url, speaksHTTP2: scenario.speaksHTTP2)
    let (load, sessions) = try ScenarioTest(scenario, target: target).run()
    #expect(load.language == .http2)
    #expect(sessions.started == 50 && sessions.completed == 50)
    #expect(sessions.failed == 0 && sessions.unfinished == 0)
    #expect(server.counts.refused == 0)
    #expect([server.counts.logins, server.counts.carts, server.counts.orders] == [50, 50, 50])
    #expect(server.counts.identifiers.count == 50)
    #expect(load.classes.map(\.ok) == [50, 50, 50, 50, 100])
    #expect(load.ok == server.counts.requests && load.errors.total == 0)
    #expect(server.accepted == load.connectionsOpened)
    #expect(ownConnections ? server.accepted == 50 : server.accepted <= 3)
  }

  @Test("a session keeps a connection of its own where the file says so")
  func ownConnections() throws {
    let server = try ShopServer()
    defer { server.stop() }
    let text = Self.shopping.replacing("arrivals: constant", with: "arrivals: constant\nsession connections: true")
    let (load, sessions) = try Self.run(text, server.url)
    #expect(sessions.completed == 50 && sessions.failed == 0)
    #expect(load.ok == server.counts.requests && load.errors.total == 0)
    #expect(load.connectionsOpened == 50 && server.accepted == 50)
    // With two places for them they come one behind the other, each to its end.
    let few = try ShopServer()
    defer { few.stop() }
    let (scarce, done) = try Self.run(
      text.replacing("scenario: shop", with: "scenario: shop\nconnections: 2"), few.url)
    #expect(done.completed + done.unfinished + scarce.dropped == 50 && done.failed == 0)
    #expect(few.accepted == done.completed + done.unfinished)
  }

  @Test("an error told inside a 200 fails its step, ends its session, and counts as a failed check")
  func failedChecks() throws {
    let server = try ShopServer(failsEvery: 5)
    defer { server.stop() }
    let (load, sessions) = try Self.run(Self.shopping, server.url)
    #expect(sessions.failed == 10)
    #expect(sessions.completed == 40)
    #expect(load.errors.checks == 10)
    #expect(load.errors.total == 10)
    #expect(server.counts.carts == 40)
    let login = try #require(load.classes.first { $0.name == "login" })
    #expect(login.ok == 40 && login.ended == 50)
    let mark = try #require(sessions.marks.first { $0.failed > 0 })
    #expect(mark.step == "login" && mark.failed == 10 && mark.passed == 40)
    #expect(try LoadExpectation("login errors <= 20%").isMet(by: load))
    #expect(try !LoadExpectation("login errors < 20%").isMet(by: load))
    #expect(try LoadExpectation("home errors <= 0%").isMet(by: load))
  }

  @Test("a status that is asked for is good whatever it is, and one that is not fails")
  func statuses() throws {
    let server = try ShopServer()
    defer { server.stop() }
    let text = """
      scenario: s
      arrivals: constant
      stages: [{ rate: 40/s, for: 250ms }]
      steps:
        - { name: gone, get: /gone, check: { status: [404, 410] } }
        - { name: bare, get: /gone, if failed: go on }
        - { name: not created, get: /, check: { status: 201 }, if failed: go on }
        - { name: last, get: / }

      """
    let (load, sessions) = try Self.run(text, server.url)
    #expect(load.classes.map(\.ok) == [10, 0, 0, 10])
    #expect(load.errors.clientErrors == 10 && load.errors.checks == 10)
    #expect(sessions.failed == 10 && sessions.completed == 0)
  }

  @Test("kinds of sessions come by weight, and thresholds are of a step, a kind and a status")
  func kinds() throws {
    let server = try ShopServer()
    defer { server.stop() }
    let text = """
      scenario: s
      stages: [{ to: 800/s, for: 250ms }, { rate: 800/s, for: 250ms }, { to: 0/s, for: 250ms }]
      sessions:
        a: { weight: 3, steps: [{ name: x, get: /, times: 2 }] }
        b: { steps: [{ name: x, get: / }, { name: y, get: / }] }
      expect: [a p99 < 5s, b/x errors <= 0%, y mean < 5s]

      """
    let scenario = try Self.read(text)
    #expect(scenario.expectedSessions == 400)
    let (load, sessions) = try Self.run(text, server.url, seed: 3)
    // Poisson: 400 within four standard deviations; three quarters of them within four of a draw.
    #expect(abs(sessions.started - 400) < 80)
    #expect(abs(Double(sessions.kinds[0].started) - 0.75 * Double(sessions.started)) < 35)
    #expect(load.classes.map(\.name) == ["a/x", "b/x", "b/y"])
    #expect(
      load.classes.map(\.ok) == [2 * sessions.kinds[0].started, sessions.kinds[1].started, sessions.kinds[1].started])
    #expect(scenario.expectations.allSatisfy { $0.isMet(by: load) })
    #expect(sessions.completed == sessions.started)
  }

  @Test("the same seed plays the same sessions")
  func seeds() throws {
    let server = try ShopServer()
    defer { server.stop() }
    let text = """
      scenario: s
      stages: [{ rate: 200/s, for: 200ms }]
      steps: [{ post: /any, json: { id: "{{uuid}}" } }]

      """
    _ = try Self.run(text, server.url, seed: 9)
    let first = server.counts.identifiers
    _ = try Self.run(text, server.url, seed: 9)
    #expect(server.counts.identifiers == first && first.count > 10)
    _ = try Self.run(text, server.url, seed: 10)
    #expect(server.counts.identifiers.count > first.count)
  }

  @Test("a service that stops for a while is seen to have stopped: a step counts from when it was due")
  func pause() throws {
    let server = try LoadedServer { _ in .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    defer { server.stop() }
    let text = """
      scenario: s
      arrivals: constant
      connections: 200
      stages: [{ rate: 200/s, for: 1s }]
      steps: [{ name: a, get: / }, { name: b, get: / }]

      """
    server.pause(seconds: 0.5)
    let (load, sessions) = try Self.run(text, server.url)
    #expect(sessions.completed == 200)
    // Those that arrived in the first half second waited for its end: the quarter at the top waited 250 ms and more.
    let slow = try #require(load.classes[0].latency.quantile(0.75))
    #expect(slow > 0.2)
  }

  @Test("a variable of the environment and a file fill what must not stand in the scenario")
  func secrets() throws {
    let text = """
      scenario: s
      stages: [{ rate: 1/s, for: 1s }]
      headers: { Authorization: "Bearer {{env:TOKEN}}", X-Key: "{{file:key.txt}}" }
      steps: [{ get: / }]

      """
    let scenario = try Self.read(text, variables: ["TOKEN": "abc"])
    #expect(scenario.constants.map(\.value) == ["abc", "from-file"])
    #expect(throws: Diagnostics.self) { try Self.read(text) }
  }
}
