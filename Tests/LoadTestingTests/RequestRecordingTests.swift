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
