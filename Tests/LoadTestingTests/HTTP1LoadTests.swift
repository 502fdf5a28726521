import Glibc
import HeadroomTesting
import LoadTesting
import Quantities
import Testing

/// The corners of HTTP/1.1 over live sockets: each server does what real ones do, or what they should not.
@Suite(.serialized) struct HTTP1LoadTests {
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  /// Thirty requests on three connections.
  func run(_ target: LoadTarget, connections: Int = 3) throws -> LoadResult {
    let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(0.3)))
    return try LoadTest(
      target, LoadSettings(.open(schedule), connections: connections, timeout: .seconds(10))
    ).run()
  }

  struct Habit: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var method = "GET"
    var act: LoadedServer.Act
    /// Whether connections carry the next request too.
    var keeps: Bool
    var error: String?
  }
  static let habits = [
    Habit(
      testDescription: "HEAD with a length and no content", method: "HEAD",
      act: .answer("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"), keeps: true),
    Habit(
      testDescription: "HEAD that announces chunks", method: "HEAD",
      act: .answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), keeps: true),
    Habit(testDescription: "204", act: .answer("HTTP/1.1 204 No Content\r\n\r\n"), keeps: true),
    Habit(
      testDescription: "304 with the length of what it does not send",
      act: .answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 900\r\n\r\n"), keeps: true),
    Habit(
      testDescription: "102 and 103 before the answer, in one packet with it",
      act: .answer("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok), keeps: true),
    Habit(
      testDescription: "100 dripped byte by byte", act: .drip("HTTP/1.1 100 Continue\r\n\r\n" + ok), keeps: true),
    Habit(
      testDescription: "chunks with extensions and trailers",
      act: .answer(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;name=\"a\";b=2\r\nabc\r\n00a ; x\r\n0123456789\r\n"
          + "000;last\r\nTrailer: 1\r\nX-Sum: 2\r\n\r\n"), keeps: true),
    Habit(
      testDescription: "the end of the connection as the end of the answer",
      act: .answerAndEnd("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall"), keeps: false),
    Habit(
      testDescription: "HTTP/1.0, which keeps no connection",
      act: .answerAndEnd("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), keeps: false),
    Habit(
      testDescription: "HTTP/1.0 that does not even end the connection",
      act: .answer("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), keeps: false),
    Habit(
      testDescription: "HTTP/1.0 with keep-alive",
      act: .answer("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok"), keeps: true),
    Habit(
      testDescription: "HTTP/1.0 with Connection: close",
      act: .answerAndEnd("HTTP/1.0 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"), keeps: false),
    Habit(
      testDescription: "Connection: close without closing",
      act: .answer("HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok"), keeps: false),
    Habit(
      testDescription: "a second answer that nobody asked for",
      act: .answer(ok + "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n"), keeps: false),
    Habit(testDescription: "garbage behind the answer", act: .answer(ok + "\u{0}\u{1}nonsense"), keeps: false),
    Habit(
      testDescription: "a head of 60 kB",
      act: .answer(
        "HTTP/1.1 200 OK\r\nX-Large: \(String(repeating: "v", count: 60_000))\r\nContent-Length: 2\r\n\r\nok"),
      keeps: true),
    Habit(
      testDescription: "a head of 70 kB, more than anybody accepts",
      act: .answer("HTTP/1.1 200 OK\r\nX-Large: \(String(repeating: "v", count: 70_000))\r\n\r\n"), keeps: false,
      error: "malformed"),
    Habit(
      testDescription: "a thousand fields",
      act: .answer(
        "HTTP/1.1 200 OK\r\n" + (0..<1000).map { "X-Field-\($0): \($0)\r\n" }.joined() + "Content-Length: 0\r\n\r\n"),
      keeps: true),
    Habit(
      testDescription: "a field without a colon", act: .answer("HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"), keeps: false,
      error: "malformed"),
    Habit(
      testDescription: "two lengths that differ",
      act: .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"), keeps: false,
      error: "malformed"),
  ]

  @Test("what servers answer is read as it is meant, and the connection kept where it may be", arguments: habits)
  func habit(_ it: Habit) throws {
    let act = it.act
    let server = try LoadedServer { _ in act }
    defer { server.stop() }
    let result = try run(try LoadTarget(url: server.url, method: it.method))
    #expect(server.requests == 30)
    #expect(result.ok == (it.error == nil ? 30 : 0))
    for (name, count) in result.errors.named { #expect(count == (name == it.error ? 30 : 0), "\(name)") }
    #expect(server.accepted == result.connectionsOpened)
    #expect(it.keeps ? server.accepted <= 3 : server.accepted == 30, "\(server.accepted)")
  }

  @Test("content of a megabyte takes several writes and arrives whole")
  func largeBody() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: "{}") }
    defer { server.stop() }
    let body = (0..<1_000_000).map { UInt8(97 + $0 % 26) }
    let schedule = ArrivalSchedule(.constant(.perSecond(20), for: .seconds(0.5)))
    let target = try LoadTarget(url: server.url + "/", method: "POST", body: body)
    let result = try LoadTest(target, LoadSettings(.open(schedule), timeout: .seconds(60))).run()
    #expect(result.ok == 10)
    let requests = server.requests
    #expect(requests.count == 10)
    let text = String(decoding: body, as: UTF8.self)
    #expect(requests.allSatisfy { $0.body == text })
  }

  @Test("long and percent-encoded addresses go as they are written")
  func longAddress() throws {
    let server = try MisbehavingServer { _, _ in .reply(status: 200, body: "{}") }
    defer { server.stop() }
    let path = "/a%20b/%E2%82%AC?q=%2F&" + String(repeating: "x=1&", count: 15_000)
    let result = try run(try LoadTarget(url: server.url + path + "#part"))
    #expect(result.ok == 30)
    #expect(server.requests.allSatisfy { $0.target == path })
  }

  static let hasIPv6 = (try? LoadedServer(isIPv6: true) { _ in .end }).map { $0.stop() } != nil

  @Test("an address of IPv6 in brackets", .enabled(if: hasIPv6, "this machine has no IPv6"))
  func addressOfIPv6() throws {
    let server = try LoadedServer(isIPv6: true) { _ in .answer(Self.ok) }
    defer { server.stop() }
    let target = try LoadTarget(url: "http://[::1]:\(server.port)/")
    #expect(target.endpoint.description == "[::1]:\(server.port)")
    #expect(try run(target).ok == 30)
    #expect(server.requests == 30)
  }

  @Test("where a name's first address refuses, the next one is taken and nothing is counted as failed")
  func severalAddresses() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let closed = try ClosedPort()
    for speaksHTTP2 in [false, true] {
      let multiplexed = try HTTP2Server { _ in .answer(status: 200, body: "ok") }
      defer { multiplexed.stop() }
      var target = try LoadTarget(url: "http://127.0.0.1:\(closed.port)/", speaksHTTP2: speaksHTTP2)
      let elsewhere = try LoadTarget(url: speaksHTTP2 ? multiplexed.url : server.url)
      target.otherEndpoints = [target.endpoint, elsewhere.endpoint]
      let result = try run(target, connections: 5)
      #expect(result.ok == 30, "HTTP/2: \(speaksHTTP2)")
      #expect(result.errors.total == 0)
    }
  }
}
