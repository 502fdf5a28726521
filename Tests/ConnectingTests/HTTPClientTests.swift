import Connecting
import HeadroomTesting
import Quantities
import Synchronization
import Testing

/// Remembers pauses instead of making them.
final class PauseRecorder: Sendable {
  private let pauses = Mutex<[Duration]>([])
  var all: [Duration] { pauses.withLock { $0 } }
  func client(
    timeout: Duration = .seconds(10), retries: Int = 3, credentials: Credentials = .none, seed: UInt64 = 1
  ) -> HTTPClient {
    var options = HTTPClient.Options()
    options.timeout = timeout
    options.retry.retries = retries
    return HTTPClient(options: options, credentials: credentials, seed: seed) { span in
      self.pauses.withLock { $0.append(span) }
    }
  }
}

/// The error of a call, or nil where it went well.
func failure<Value>(_ body: () throws(ConnectingError) -> Value) -> ConnectingError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

@Suite struct HTTPClientTests {
  let recorder = PauseRecorder()

  @Test("an answer comes with its status, type and bytes")
  func plainAnswer() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, type: "Text/Plain", body: "hello") }
    defer { server.stop() }
    let response = try recorder.client().answer(to: HTTPRequest(url: server.url + "/x"))
    #expect(response.status == 200)
    #expect(response.contentType == "text/plain")
    #expect(String(decoding: response.body, as: UTF8.self) == "hello")
    #expect(server.requests.first?.headers["user-agent"] == "headroom")
  }

  @Test("parameters arrive as they were given, brackets and all")
  func parameters() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: "") }
    defer { server.stop() }
    let query = "sum(rate(x{a=\"é&+ %\"}[5m]))"
    _ = try recorder.client().answer(to: HTTPRequest(url: server.url, parameters: [.init("query", query)]))
    #expect(server.requests.first?.method == "GET")
    #expect(server.requests.first?.parameters["query"] == query)
  }

  @Test("long questions are sent as a form, which no proxy cuts")
  func longQuestion() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: "") }
    defer { server.stop() }
    let query = String(repeating: "x+", count: 3000)
    _ = try recorder.client().answer(to: HTTPRequest(url: server.url, parameters: [.init("query", query)]))
    #expect(server.requests.first?.method == "POST")
    #expect(server.requests.first?.parameters["query"] == query)
  }

  @Test("a document is sent as JSON, whole")
  func document() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: "") }
    defer { server.stop() }
    let json = "{\"a\": \"é\", \"b\": \"\(String(repeating: "x", count: 9000))\"}"
    _ = try recorder.client().answer(to: HTTPRequest(url: server.url + "/hook", json: Array(json.utf8)))
    let request = try #require(server.requests.first)
    #expect(request.method == "POST" && request.target == "/hook" && request.body == json)
    #expect(request.headers["content-type"] == "application/json")
  }

  @Test("failures of the server are tried again, with pauses that grow")
  func retriesServerFailures() throws {
    let server = try MisbehavingServer { _, number in
      number < 3 ? .reply(status: 503, body: "later") : .reply(status: 200, body: "now")
    }
    defer { server.stop() }
    let response = try recorder.client().answer(to: HTTPRequest(url: server.url))
    #expect(response.status == 200)
    #expect(server.requests.count == 4)
    let pauses = recorder.all
    #expect(pauses.count == 3)
    for (pause, bound) in zip(pauses, [0.25, 0.5, 1.0]) { #expect((bound / 2...bound).contains(pause.seconds)) }
  }

  @Test("the same seed pauses alike, another one differently")
  func seededJitter() {
    func pauses(_ seed: UInt64) -> [Duration] {
      var random = RandomStream(seed: seed)
      return (1...5).map { RetryPolicy().pause(before: $0, random: &random) }
    }
    #expect(pauses(1) == pauses(1))
    #expect(pauses(1) != pauses(2))
  }

  @Test("Retry-After is honoured up to the longest pause")
  func retryAfter() throws {
    let server = try MisbehavingServer { _, number in
      switch number {
      case 0: .reply(status: 429, headers: ["Retry-After: 7"], body: "")
      case 1: .reply(status: 429, headers: ["Retry-After: 4000"], body: "")
      default: .reply(status: 200, body: "")
      }
    }
    defer { server.stop() }
    _ = try recorder.client().answer(to: HTTPRequest(url: server.url))
    #expect(recorder.all == [.seconds(7), .seconds(30)])
  }

  @Test("what the client did wrong is not tried again", arguments: [400, 401, 404, 422])
  func doesNotRetryRefusals(status: Int) throws {
    let server = try MisbehavingServer { _, _ in .reply(status: status, body: "") }
    defer { server.stop() }
    #expect(try recorder.client().answer(to: HTTPRequest(url: server.url)).status == status)
    #expect(server.requests.count == 1)
    #expect(recorder.all.isEmpty)
  }

  @Test("nobody there: tried again, then said with the place and what to check")
  func nobodyThere() throws {
    let closed = try ClosedPort()
    let error = failure { () throws(ConnectingError) in
      try recorder.client().answer(to: HTTPRequest(url: "http://127.0.0.1:\(closed.port)/x"))
    }
    #expect(error?.code == .unreachable)
    #expect(error?.problem == "nothing answers at 127.0.0.1:\(closed.port) (tried 4 times)")
    #expect(recorder.all.count == 3)
  }

  @Test("a slow server is given up after the timeout and not asked again")
  func slowServer() throws {
    let server = try MisbehavingServer { _, _ in .silence }
    defer { server.stop() }
    let error = failure { () throws(ConnectingError) in
      try recorder.client(timeout: .milliseconds(150)).answer(to: HTTPRequest(url: server.url))
    }
    #expect(error?.code == .timeout)
    #expect(error?.remedy.contains("shorter range") == true)
    #expect(server.requests.count == 1)
  }

  @Test("a redirect loop ends with an error")
  func redirectLoop() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 302, headers: ["Location: /again"], body: "") }
    defer { server.stop() }
    let error = failure { () throws(ConnectingError) in
      try recorder.client().answer(to: HTTPRequest(url: server.url))
    }
    #expect(error?.code == .redirects)
    #expect(server.requests.count == 6)
  }

  @Test("a redirect to a file is refused")
  func redirectToFile() throws {
    let server = try MisbehavingServer { _, _ in
      .reply(status: 302, headers: ["Location: file:///etc/hostname"], body: "")
    }
    defer { server.stop() }
    let error = failure { () throws(ConnectingError) in
      try recorder.client().answer(to: HTTPRequest(url: server.url))
    }
    #expect(error?.code == .badAddress)
  }

  @Test("an answer that breaks off is an error, not half an answer")
  func truncated() throws {
    let server = try MisbehavingServer { _, _ in .truncated(promised: 1000, body: "{\"status\":") }
    defer { server.stop() }
    let error = failure { () throws(ConnectingError) in
      try recorder.client().answer(to: HTTPRequest(url: server.url))
    }
    #expect(error?.code == .brokenOff)
  }

  @Test("a connection that closes without a word is an error")
  func hangUp() throws {
    let server = try MisbehavingServer { _, _ in .hangUp }
    defer { server.stop() }
    let error = failure { () throws(ConnectingError) in
      try recorder.client().answer(to: HTTPRequest(url: server.url))
    }
    #expect(error?.code == .brokenOff)
  }

  @Test("an answer above the limit is stopped")
  func tooLarge() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: String(repeating: "x", count: 100_000)) }
    defer { server.stop() }
    var client = recorder.client()
    client.options.maximumBytes = 50_000
    let error = failure { () throws(ConnectingError) in try client.answer(to: HTTPRequest(url: server.url)) }
    #expect(error?.code == .tooLarge)
  }

  @Test("a token goes out as a bearer token, a password as basic authentication")
  func credentials() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: "") }
    defer { server.stop() }
    _ = try recorder.client(credentials: .bearer(token: "s3cret")).answer(to: HTTPRequest(url: server.url))
    _ = try recorder.client(credentials: .basic(username: "Aladdin", password: "open sesame")).answer(
      to: HTTPRequest(url: server.url))
    // The second value is the example of RFC 7617, section 2.
    #expect(
      server.requests.map { $0.headers["authorization"] } == ["Bearer s3cret", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="])
  }

  @Test("a token is not sent on to another host")
  func tokenStaysHome() throws {
    let elsewhere = try MisbehavingServer { _, _ in .reply(status: 200, body: "") }
    defer { elsewhere.stop() }
    let port = elsewhere.port
    let server = try MisbehavingServer { _, _ in
      .reply(status: 302, headers: ["Location: http://localhost:\(port)/"], body: "")
    }
    defer { server.stop() }
    _ = try recorder.client(credentials: .bearer(token: "s3cret")).answer(to: HTTPRequest(url: server.url))
    #expect(elsewhere.requests.count == 1)
    #expect(elsewhere.requests.first?.headers["authorization"] == nil)
  }

  @Test(
    "an address that cannot be used says how to write it",
    arguments: ["localhost:9090", "", "ftp://host/x", "http://", "http://user:pw@host:9090"])
  func badAddress(url: String) {
    let error = failure { () throws(ConnectingError) in try recorder.client().answer(to: HTTPRequest(url: url)) }
    #expect(error?.code == .badAddress)
    #expect(error?.description.contains("pw") == false)
  }
}
