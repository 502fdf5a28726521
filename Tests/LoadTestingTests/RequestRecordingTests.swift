import HeadroomTesting
import LoadTesting
import Quantities
import Testing

@Suite struct RequestRecordingTests {
  func read(_ text: String) throws -> RequestRecording { try RequestRecording(Array(text.utf8)) }

  @Test("combined log lines, CRLF too, in the order of their times; what is no request is counted")
  func combined() throws {
    let log = """
      127.0.0.1 - - [24/Nov/2026:03:00:02 +0100] "GET /b?x=1 HTTP/1.1" 404 2 "-" "curl"\r
      127.0.0.1 - ann [24/Nov/2026:03:00:01 +0100] "POST /a HTTP/1.0" 200 2\r
      garbage\r
      127.0.0.1 - - [31/Feb/2026:03:00:01 +0100] "GET /c HTTP/1.1" 200 2\r
      """
    let recording = try read(log)
    #expect(recording.format == .combined)
    #expect(recording.requests.map(\.path) == ["/a", "/b?x=1"])
    #expect(recording.requests.map(\.method) == ["POST", "GET"])
    #expect(recording.requests.map(\.status) == [200, 404])
    #expect(recording.requests[0].time == Timestamp(iso8601: "2026-11-24T02:00:01Z"))
    #expect(recording.skipped == 2)
    #expect(recording.firstSkipped == 3)
  }

  @Test("what a log of whole seconds puts into one second is spread over it")
  func spread() throws {
    let line = #"- - - [24/Nov/2026:03:00:01 +0000] "GET / HTTP/1.1" 200 2"#
    let recording = try read([line, line, line, line].joined(separator: "\n"))
    let times = recording.requests.map { $0.time.nanosecondsSinceEpoch % 1_000_000_000 / 1_000_000 }
    #expect(times == [0, 250, 500, 750])
  }

  @Test("JSON lines, by the names that servers give them")
  func json() throws {
    let recording = try read(
      """
      {"time": "2026-11-24T03:00:00.250Z", "method": "POST", "path": "/a", "body": {"x": 1}, "headers": {"X-A": "b"}}
      {"msec": "1795489200.5", "request": "GET /b HTTP/1.1", "status": "200"}
      {"time": "yesterday", "path": "/c"}
      """)
    #expect(recording.requests.map(\.path) == ["/a", "/b"])
    #expect(recording.requests[0].headers == ["X-A: b"])
    #expect(String(decoding: recording.requests[0].body, as: UTF8.self) == #"{"x":1}"#)
    #expect(
      recording.requests[1].time.nanosecondsSinceEpoch - recording.requests[0].time.nanosecondsSinceEpoch
        == 250_000_000)
    #expect(recording.skipped == 1)
  }

  @Test("a GoReplay file: requests with head and body, answers passed over")
  func goReplay() throws {
    let separator = "\n🐵🙈🙉\n"
    let recording = try read(
      "1 a1 1700000000000000000 0\nPOST /x HTTP/1.1\r\nHost: old\r\nContent-Length: 2\r\nX-A: b\r\n\r\nhi" + separator
        + "2 a1 1700000000000000100 5\nHTTP/1.1 200 OK\r\n\r\n" + separator
        + "1 a2 1700000000050000000 0\nGET /y HTTP/1.1\r\n\r\n" + separator)
    #expect(recording.format == .goreplay)
    #expect(recording.requests.map(\.path) == ["/x", "/y"])
    #expect(recording.requests[0].headers == ["X-A: b"])
    #expect(recording.requests[0].body == Array("hi".utf8))
  }

  static let alb =
    #"h2 2026-11-24T03:00:01.500000Z app/lb/50dc6c 192.168.131.39:2817 10.0.0.1:80 0.000 0.248 0.002 200 200 34 366 "GET https://shop.example:443/items?q=a%20b HTTP/2.0" "curl/7.46.0" ECDHE TLSv1.2 arn:aws:x "Root=1-58" "shop.example" "-" 0 "#
  static let logs: [(form: RequestRecording.Format, line: String, time: String, request: String, status: Int)] = [
    // The documentation's own examples, with our names: when the request came, not when the line was written.
    (
      .alb, alb + #"2026-11-24T03:00:01.250000Z "forward" "-" "-""#, "2026-11-24T03:00:01.250Z", "GET /items?q=a%20b",
      200
    ),
    (.alb, alb + #"- "forward" "-" "-""#, "2026-11-24T03:00:01.250Z", "GET /items?q=a%20b", 200),
    (
      .elb,
      #"2026-11-24T03:00:01.250000Z lb 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 0.000057 503 503 0 29 "POST http://www.example.com:80/a HTTP/1.1" "curl/7.38.0" - -"#,
      "2026-11-24T03:00:01.250Z", "POST /a", 503
    ),
    (
      .envoy,
      #"[2026-11-24T03:00:01.250Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0" "locations" "tcp://10.0.2.1:80""#,
      "2026-11-24T03:00:01.250Z", "POST /api/v1/locations", 204
    ),
    (
      .haproxy,
      #"Nov 24 03:00:01 host haproxy[14389]: 10.0.1.2:33317 [24/Nov/2026:03:00:01.250] http-in static/srv1 10/0/30/69/109 200 2750 - - ---- 1/1/1/1/0 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1""#,
      "2026-11-24T03:00:01.250Z", "GET /index.html", 200
    ),
    (
      .combined,
      #"10.0.0.1 - - [24/Nov/2026:03:00:01.250 +0000] "GET /a HTTP/1.1" 200 12 "-" "-" 1 "router@docker" "http://10.0.0.2:80" 250ms"#,
      "2026-11-24T03:00:01.250Z", "GET /a", 200
    ),
    (
      .combined,
      #"10.0.0.1 - - [24/Nov/2026:03:00:01 +0000] "GET /a\x22b HTTP/1.1" 200 12 "-" "-" rt=0.750 uct="0.000""#,
      "2026-11-24T03:00:00.250Z", "GET /a%22b", 200
    ),
    (
      .json,
      #"{"level":"info","ts":1795489201.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"127.0.0.1","method":"GET","host":"x","uri":"/c","headers":{"Accept":["a","b"],"Connection":["close"]}},"duration":0.25,"status":200}"#,
      "2026-11-24T03:00:01.250Z", "GET /c", 200
    ),
    (
      .json,
      #"{"ClientAddr":"1:2","DownstreamStatus":404,"Duration":250000000,"RequestMethod":"GET","RequestPath":"/t","StartUTC":"2026-11-24T03:00:01.250Z","time":"2026-11-24T03:00:01Z"}"#,
      "2026-11-24T03:00:01.250Z", "GET /t", 404
    ),
    (
      .json,
      #"{"httpRequest":{"requestMethod":"GET","requestUrl":"https://shop.example/g?x=1","status":200,"latency":"0.012s"},"timestamp":"2026-11-24T03:00:01.250Z","receiveTimestamp":"2026-11-24T03:00:03Z"}"#,
      "2026-11-24T03:00:01.250Z", "GET /g?x=1", 200
    ),
    (
      .json, #"{"time":1795489201250,"method":"get","url":"http://old:8080/e"}"#, "2026-11-24T03:00:01.250Z", "GET /e",
      0
    ),
    (
      .json,
      #"{"time_iso8601":"2026-11-24T03:00:02+00:00","request_time":"0.750","request":"GET /n HTTP/1.1","status":"200"}"#,
      "2026-11-24T03:00:01.250Z", "GET /n", 200
    ),
    (
      .json, #"{"start_time":"2026-11-24T03:00:01.250Z","request_time":0.75,"method":"GET","path":"/s"}"#,
      "2026-11-24T03:00:01.250Z", "GET /s", 0
    ),
  ]

  @Test("each form of log says what was asked, and when it came", arguments: logs.indices)
  func forms(_ index: Int) throws {
    let log = Self.logs[index]
    let recording = try read(log.line + "\n" + log.line + "\nnonsense\n")
    #expect(recording.format == log.form)
    #expect(recording.requests.count == 2)
    let request = try #require(recording.requests.first)
    // One second's requests of a log of whole seconds are spread: the first stays where it is.
    #expect(request.time == Timestamp(iso8601: log.time))
    #expect("\(request.method) \(request.path)" == log.request)
    #expect(request.status == (log.status == 0 ? nil : log.status))
    #expect(request.headers.allSatisfy { !$0.lowercased().hasPrefix("connection") })
    #expect(recording.odd == .init(line: 3, text: "nonsense"))
  }

  @Test("a log that is one JSON array is read entry by entry, and an odd one is named by its line")
  func array() throws {
    let text = """
      [
        {
          "httpRequest": {"requestMethod": "GET", "requestUrl": "https://shop.example/b", "status": 200},
          "timestamp": "2026-11-24T03:00:02Z"
        },
        {"textPayload": "started"},
        {"httpRequest": {"requestMethod": "POST", "requestUrl": "https://shop.example/a"}, "timestamp": "2026-11-24T03:00:01Z"}
      ]
      """
    let recording = try RequestRecording(Array(text.utf8))
    #expect(recording.format == .json)
    #expect(recording.requests.map(\.path) == ["/a", "/b"] && recording.requests.map(\.method) == ["POST", "GET"])
    #expect(recording.skipped == 1 && recording.odd == .init(line: 6, text: #"{"textPayload":"started"}"#))
    // Envoy's lines begin with a bracket too.
    let envoy = #"[2026-11-24T03:00:01.310Z] "GET /e HTTP/2" 204 - 0 0 2 1 "-" "x" "i" "h" "10.0.2.1:80""#
    #expect(try RequestRecording(Array(envoy.utf8)).format == .envoy)
  }

  @Test("recorded framing is not content: chunks are put together, lengths and connection headers are made anew")
  func framing() throws {
    let separator = "\n🐵🙈🙉\n"
    let head =
      "POST /x HTTP/1.1\r\nHost: old\r\nConnection: keep-alive, Upgrade\r\nUpgrade: h2c\r\nTE: trailers\r\n"
      + "Expect: 100-continue\r\nProxy-Connection: close\r\nX-A: b\r\n"
    let recording = try read(
      "1 a1 1700000000000000000 0\n" + head
        + "Transfer-Encoding: chunked\r\n\r\n3;x=1\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n"
        + separator + "1 a2 1700000000010000000 0\n" + head + "Content-Length: 2\r\n\r\nhi\n" + separator
        + "1 a3 1700000000020000000 0\n" + head + "Transfer-Encoding: chunked\r\n\r\n5\r\nabc" + separator)
    #expect(recording.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["abc0123456789", "hi"])
    #expect(recording.requests.allSatisfy { $0.headers == ["X-A: b"] })
    #expect(recording.odd?.line == 3, "a message that was cut off is named, not sent")
    let target = try LoadTarget(url: "http://127.0.0.1:1/")
    let first = recording.requests[0]
    let bytes = try target.request(method: first.method, path: first.path, headers: first.headers, body: first.body)
      .bytes
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("Content-Length: 13\r\n") && text.hasSuffix("\r\n\r\nabc0123456789"))
    #expect(!text.lowercased().contains("chunked") && !text.lowercased().contains("upgrade"))
  }

  @Test("what is no log is refused", arguments: ["", "hello\nworld\n", "{\"a\": 1}\n", "1 x\n", "\u{0}\u{1}\u{2}"])
  func refused(_ text: String) {
    #expect(throws: (any Error).self) { try read(text) }
  }

  @Test("sent in their order and at their spacing, as the server sees them, and compared with a second server")
  func replayed() throws {
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    let first = try LoadedServer { _ in .answer(ok) }
    // Another status for every fifth, other content for every fifth.
    let second = try LoadedServer { number in
      switch number % 5 {
      case 1: .answer("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nok")
      case 2: .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
      default: .answer(ok)
      }
    }
    defer {
      first.stop()
      second.stop()
    }
    let start = try #require(Timestamp(iso8601: "2026-11-24T03:00:00Z"))
    let gaps: [Int64] = (0..<20).map { $0 % 4 == 0 ? 40 : 10 }
    var at: Int64 = 0
    let times = gaps.map { gap in
      at += gap
      return Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch + at * 1_000_000)
    }
    func outcomes(_ server: LoadedServer) throws -> [RequestOutcome] {
      var target = try LoadTarget(url: server.url)
      let requests = try (0..<20).map { try target.request(method: "GET", path: "/\($0)") }
      target.requests = RequestSet(
        [RequestSet.Class(name: "all", requests: requests)], order: .listed(classes: [UInt16](repeating: 0, count: 20)))
      var settings = LoadSettings(.open(ArrivalSchedule(timestamps: times, speed: 2)), connections: 1)
      settings.keepsOutcomes = true
      return try LoadTest(target, settings).run().outcomes
    }
    let a = try outcomes(first)
    #expect(a.map(\.request) == Array(0..<20))
    #expect(a.map(\.scheduled) == times.map { ($0.nanosecondsSinceEpoch - times[0].nanosecondsSinceEpoch) / 2 })
    #expect(a.allSatisfy { $0.isGood })
    let comparison = ShadowComparison(a, try outcomes(second), comparesBodies: true)
    #expect(comparison.compared == 20)
    #expect(comparison.otherStatus == 4)
    #expect(comparison.otherBody == 4)
    #expect(comparison.statusPairs == [ShadowComparison.StatusPair(first: 200, second: 500): 4])
    #expect(comparison.examples == [1, 2, 6, 7, 11, 12, 16, 17])
    #expect(ShadowComparison(a, a, comparesBodies: true).isSame)
  }
}
