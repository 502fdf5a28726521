import Glibc
import HeadroomTesting
import LoadTesting
import Quantities
import Testing

/// Over live sockets on the loopback.
@Suite(.serialized) struct MirrorProxyTests {
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  /// A mirror that runs beside the test.
  struct Running {
    let port: Int
    let background: Background<MirrorResult>
    var url: String { "http://127.0.0.1:\(port)/" }
    func end() throws -> MirrorResult {
      background.stop()
      return try background.value()
    }
  }
  func mirror(
    _ first: Int, _ shadow: Int, change: (inout MirrorProxy.Settings) -> Void = { _ in }
  ) throws -> Running {
    var settings = MirrorProxy.Settings()
    settings.shadowTimeout = .seconds(1)
    change(&settings)
    let proxy = try MirrorProxy(
      to: LoadTarget(url: "http://127.0.0.1:\(first)"), shadow: LoadTarget(url: "http://127.0.0.1:\(shadow)"), settings)
    return Running(
      port: proxy.port, background: Background { isStopped in try proxy.run(isInterrupted: isStopped) })
  }
  func load(_ url: String, rate: Double = 200, seconds: Double = 0.5, closes: Bool = false) throws -> LoadResult {
    let schedule = ArrivalSchedule(.constant(.perSecond(rate), for: .seconds(seconds)))
    return try LoadTest(
      try LoadTarget(url: url, keepsAlive: !closes), LoadSettings(.open(schedule), timeout: .seconds(30))
    ).run()
  }

  @Test("both services get every request, and are compared", arguments: [false, true])
  func mirrors(_ closes: Bool) throws {
    let first = try LoadedServer { _ in .answer(Self.ok) }
    let shadow = try LoadedServer {
      $0 % 2 == 0 ? .answer(Self.ok) : .answer("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n")
    }
    defer {
      first.stop()
      shadow.stop()
    }
    let mirror = try mirror(first.port, shadow.port)
    let result = try load(mirror.url, closes: closes)
    #expect(result.ok == 100 && result.errors.total == 0)
    // The second service may be behind: that is the point of it.
    for _ in 0..<4000 where shadow.requests < 100 { usleep(5_000) }
    let report = try mirror.end()
    #expect(first.requests == 100 && shadow.requests == 100)
    #expect(report.requests == 100 && report.answered == 100 && report.mirrored == 100)
    #expect(report.compared == 100 && report.otherStatus == 50 && report.dropped == 0)
    #expect(report.connections == result.connectionsOpened)
  }

  struct BadShadow: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var act: LoadedServer.Act
    var error: String
  }
  @Test(
    "the first service's clients notice nothing of a shadow that fails",
    arguments: [
      BadShadow(testDescription: "stalls", act: .stall, error: "timeout"),
      BadShadow(testDescription: "ends without a byte", act: .end, error: "incomplete"),
      BadShadow(testDescription: "sends garbage", act: .answer("\u{1}\u{2}nonsense\r\n\r\n"), error: "malformed"),
      BadShadow(
        testDescription: "breaks off", act: .answerAndEnd("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nshort"),
        error: "incomplete"),
    ])
  func badShadows(_ bad: BadShadow) throws {
    let first = try LoadedServer { _ in .answer(Self.ok) }
    let shadow = try LoadedServer { _ in bad.act }
    defer {
      first.stop()
      shadow.stop()
    }
    let mirror = try mirror(first.port, shadow.port) {
      $0.shadowConnections = 4
      $0.queue = 10
      $0.shadowTimeout = .milliseconds(200)
    }
    let result = try load(mirror.url)
    #expect(result.ok == 100 && result.errors.total == 0)
    let report = try mirror.end()
    #expect(report.answered == 100)
    #expect(report.shadowErrors.named.first { $0.name == bad.error }?.count ?? 0 > 0)
    // Every request that was chosen is accounted for.
    #expect(report.chosen == report.mirrored + report.dropped + report.waiting)
  }

  @Test("a shadow that is not there is tried ever more seldom, and everything else goes on")
  func deadShadow() throws {
    let first = try LoadedServer { _ in .answer(Self.ok) }
    defer { first.stop() }
    let closed = try ClosedPort()
    let mirror = try mirror(first.port, closed.port) { $0.queue = 10 }
    let result = try load(mirror.url)
    #expect(result.ok == 100, "\(result.errors) \(result.statuses)")
    let report = try mirror.end()
    #expect(report.shadowErrors.connect > 0 && report.droppedBehind > 0 && report.compared == 0)
    #expect(report.chosen == report.mirrored + report.dropped + report.waiting)
  }

  @Test("where the first service is not there its clients are told 502")
  func deadFirst() throws {
    let closed = try ClosedPort()
    let mirror = try mirror(closed.port, closed.port)
    let result = try load(mirror.url, rate: 100, seconds: 0.2)
    #expect(result.statuses == [502: 20])
    #expect(try mirror.end().refused == 20)
  }

  @Test("large bodies stream in both directions, and reach the shadow only where they fit")
  func largeBodies() throws {
    // Reads a whole request of a length that both know, and answers with as much.
    let size = 3_000_000
    let head = "POST / HTTP/1.1\r\nContent-Length: \(size)\r\n\r\n"
    let echo: @Sendable (RawClient) -> Void = { client in
      var left = head.utf8.count + size
      while left > 0, case .bytes(let bytes) = client.read() { left -= bytes.count }
      client.send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
      client.send([UInt8](repeating: 120, count: size))
    }
    let first = try RawServer(serve: echo)
    let shadow = try RawServer(serve: echo)
    defer {
      first.stop()
      shadow.stop()
    }
    for (limit, fits) in [(1 << 20, false), (4 << 20, true)] {
      let mirror = try mirror(first.port, shadow.port) {
        $0.largestRequest = limit
        $0.shadowTimeout = .seconds(20)
      }
      let client = try RawClient(port: mirror.port)
      client.send(head)
      client.send([UInt8](repeating: 97, count: size))
      let (text, end) = client.readAll()
      #expect(text.utf8.count > size && text.hasPrefix("HTTP/1.1 200") && end == .end)
      let report = try mirror.end()
      #expect(report.answered == 1 && report.droppedTooLarge == (fits ? 0 : 1))
      #expect(report.mirrored == (fits ? 1 : 0))
      #expect(report.bytesFromClients == head.utf8.count + size)
    }
  }

  @Test("a client may end its half before the answer comes")
  func halfClose() throws {
    let first = try RawServer { client in
      // Answers only once it has seen the client's end.
      _ = client.readAll()
      client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
    }
    defer { first.stop() }
    let mirror = try mirror(first.port, first.port) { $0.share = 0 }
    let client = try RawClient(port: mirror.port)
    client.send("GET / HTTP/1.1\r\n\r\n")
    client.endWriting()
    let (text, end) = client.readAll()
    #expect(text.hasSuffix("0\r\n\r\n") && end == .end)
    #expect(try mirror.end().statuses == [200: 1])
  }

  @Test("a response that ends with the connection passes, with its end")
  func closeDelimited() throws {
    let first = try LoadedServer { _ in .answerAndEnd("HTTP/1.1 200 OK\r\n\r\nall of it") }
    defer { first.stop() }
    let mirror = try mirror(first.port, first.port) { $0.share = 0 }
    let client = try RawClient(port: mirror.port)
    client.send("GET / HTTP/1.1\r\n\r\n")
    #expect(client.readAll().text.hasSuffix("all of it"))
    #expect(try mirror.end().answered == 1)
  }

  @Test("another protocol passes through after an upgrade")
  func upgrade() throws {
    let first = try RawServer { client in
      _ = client.read { $0.hasSuffix("\r\n\r\n") }
      client.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\n\r\n")
      while case .bytes(let bytes) = client.read() { client.send(bytes) }
    }
    defer { first.stop() }
    let mirror = try mirror(first.port, first.port)
    let client = try RawClient(port: mirror.port)
    client.send("GET / HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
    _ = client.read { $0.hasSuffix("\r\n\r\n") }
    client.send("\u{1}hello\u{2}")
    #expect(client.read { $0.hasSuffix("\u{2}") } == "\u{1}hello\u{2}")
    client.endWriting()
    let report = try mirror.end()
    #expect(report.opaqueConnections == 1 && report.mirrored == 0)
  }

  @Test("a reset by the service reaches the client as one")
  func reset() throws {
    let first = try LoadedServer { _ in .reset }
    defer { first.stop() }
    let mirror = try mirror(first.port, first.port) { $0.share = 0 }
    let result = try load(mirror.url, rate: 50, seconds: 0.2)
    #expect(result.errors.reset == 10)
    #expect(try mirror.end().unanswered == 10)
  }

  @Test("many clients at a time")
  func manyClients() throws {
    let first = try RawServer { client in
      while case .bytes = client.read() { client.send(Self.ok) }
    }
    defer { first.stop() }
    let mirror = try mirror(first.port, first.port) { $0.share = 0 }
    let clients = try (0..<200).map { _ in try RawClient(port: mirror.port) }
    for client in clients { client.send("GET / HTTP/1.1\r\n\r\n") }
    for client in clients { #expect(client.read { $0.hasSuffix("ok") } == Self.ok) }
    let report = try mirror.end()
    #expect(report.connections == 200 && report.answered == 200)
  }

  @Test("addresses that a mirror cannot stand before are refused with a remedy")
  func refusals() throws {
    #expect(throws: LoadTestingError.self) {
      try MirrorProxy(
        to: LoadTarget(url: "https://127.0.0.1:1", verifies: false), shadow: LoadTarget(url: "http://127.0.0.1:1"),
        .init())
    }
    #expect(throws: LoadTestingError.self) {
      try MirrorProxy(
        to: LoadTarget(url: "http://127.0.0.1:1/path"), shadow: LoadTarget(url: "http://127.0.0.1:1"), .init())
    }
    let taken = try ClosedPort()
    #expect(throws: LoadTestingError.self) {
      try MirrorProxy(
        to: LoadTarget(url: "http://127.0.0.1:1"), shadow: LoadTarget(url: "http://127.0.0.1:1"),
        .init(listenPort: taken.port))
    }
  }
}
