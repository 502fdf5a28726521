import Glibc
import HeadroomTesting
import LoadTesting
import Quantities
import Testing

/// HTTP/2 over live sockets on the loopback. The servers count; the generator's counts have to be the same.
@Suite(.serialized) struct HTTP2LoadTests {
  func run(
    _ server: HTTP2Server, rate: Double = 200, seconds: Double = 0.5, connections: Int = 3, streams: Int = 10,
    timeout: Double = 5, path: String = "", readsStreams: Bool = false, body: [UInt8] = [], headers: [String] = []
  ) throws -> LoadResult {
    let schedule = ArrivalSchedule(.constant(.perSecond(rate), for: .seconds(seconds)))
    var settings = LoadSettings(
      .open(schedule), connections: connections, timeout: .seconds(timeout), readsStreams: readsStreams)
    settings.streamsPerConnection = streams
    let target = try LoadTarget(
      url: server.url + path, method: body.isEmpty ? "GET" : "POST", headers: headers, body: body, speaksHTTP2: true)
    return try LoadTest(target, settings).run()
  }

  func expectAllAccounted(_ result: LoadResult) {
    #expect(result.offered == result.ok + result.errors.total + result.dropped + result.unfinished)
    #expect(
      result.completed == result.ok + result.errors.clientErrors + result.errors.serverErrors + result.errors.grpc)
  }

  @Test("counts what a well-behaved server answered")
  func wellBehaved() throws {
    let server = try HTTP2Server { _ in .answer(status: 200, body: "ok") }
    defer { server.stop() }
    let result = try run(server)
    #expect(result.language == .http2)
    #expect(result.ok == 100)
    #expect(result.sent == 100)
    #expect(server.requests == 100)
    #expect(server.accepted == result.connectionsOpened)
    #expect(server.accepted <= 3)
    #expect(result.errors.total == 0)
    expectAllAccounted(result)
  }

  struct Misbehaviour: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var act: HTTP2Server.Act
    /// What is counted for each: one of the errors, or nil for well answered.
    var error: String?
    /// Whether others that share the connection fail with it.
    var takesOthersAlong = false
    /// Whether the request is sent again, unseen as it was.
    var isSentAgain = false
  }
  static let misbehaviours = [
    Misbehaviour(testDescription: "resets the stream", act: .reset(code: 2), error: "reset"),
    Misbehaviour(testDescription: "refuses the stream", act: .reset(code: 7), isSentAgain: true),
    Misbehaviour(testDescription: "stalls", act: .stall, error: "timeout"),
    Misbehaviour(testDescription: "goes away before it", act: .goAwayBefore, isSentAgain: true),
    Misbehaviour(testDescription: "answers and goes away", act: .answerAndGoAway),
    Misbehaviour(testDescription: "sends 1xx first", act: .informAndAnswer),
    Misbehaviour(testDescription: "says 404", act: .answer(status: 404, body: ""), error: "4xx"),
    Misbehaviour(testDescription: "says 503", act: .answer(status: 503, body: "x"), error: "5xx"),
    Misbehaviour(testDescription: "sends a wrong length", act: .wrongLength, error: "malformed"),
    Misbehaviour(testDescription: "ends", act: .end, error: "incomplete", takesOthersAlong: true),
    Misbehaviour(testDescription: "breaks off", act: .breakOff, error: "reset", takesOthersAlong: true),
    Misbehaviour(testDescription: "sends garbage", act: .garbage, error: "malformed", takesOthersAlong: true),
  ]

  @Test("counts the same as a server that does so every third time", arguments: misbehaviours)
  func misbehaving(_ it: Misbehaviour) throws {
    let act = it.act
    let server = try HTTP2Server { $0 % 3 == 2 ? act : .answer(status: 200, body: "ok") }
    defer { server.stop() }
    let isSlow = it.error == "timeout"
    let result = try run(server, rate: isSlow ? 60 : 200, timeout: isSlow ? 2 : 10)
    let done = server.acts[act] ?? 0
    #expect(done > 5)
    for (name, count) in result.errors.named where name != it.error { #expect(count == 0, "\(name)") }
    if it.takesOthersAlong {
      #expect(result.errors.total >= done)
      #expect(result.ok + result.errors.total == result.offered)
    } else {
      #expect(result.errors.total == (it.error == nil ? 0 : done))
      #expect(result.ok == result.offered - result.errors.total)
    }
    if it.isSentAgain {
      #expect(result.retried >= done)
    } else if !it.takesOthersAlong {
      #expect(server.requests == result.sent)
    }
    #expect(result.dropped == 0)
    expectAllAccounted(result)
  }

  @Test("a request that timed out is cancelled at the server, and the connection goes on")
  func cancelling() throws {
    let server = try HTTP2Server { $0 % 2 == 0 ? .stall : .answer(status: 200, body: "ok") }
    defer { server.stop() }
    let result = try run(server, rate: 40, seconds: 0.5, connections: 1, timeout: 2)
    let stalled = server.acts[.stall] ?? 0
    #expect(result.errors.timeout == stalled)
    #expect(result.ok == 20 - stalled)
    // The last ones may be under way when the test ends.
    for _ in 0..<40 where server.cancelled < stalled { usleep(50_000) }
    #expect(server.cancelled == stalled)
    #expect(result.connectionsOpened == 1)
  }

  @Test("no more requests at a time than the server allows, nor than were asked for", arguments: [1, 4, 100])
  func limits(allowed: Int) throws {
    let server = try HTTP2Server(limit: UInt32(allowed)) { _ in .answer(status: 200, body: "ok") }
    defer { server.stop() }
    var settings = LoadSettings(.closed(duration: .seconds(0.8), think: .zero), connections: 2)
    settings.streamsPerConnection = 8
    let result = try LoadTest(try LoadTarget(url: server.url, speaksHTTP2: true), settings).run()
    #expect(server.accepted == 2)
    #expect(server.mostAtATime <= min(8, allowed))
    if allowed > 1 { #expect(server.mostAtATime > 1) }
    #expect(result.ok == server.requests)
    #expect(result.retried == 0)
    #expect(result.ok > 5)
    expectAllAccounted(result)
  }

  @Test("latency counts from the schedule where streams are too few, while the service looks fine from the sending")
  func openLoop() throws {
    // 40 requests come in a second; one at a time, of 50 ms each, takes two: the last, due at 0.975 s, is answered at
    // 2 s at the earliest.
    let server = try HTTP2Server(limit: 1) { _ in .tokens(1, first: 0.05, gap: 0) }
    defer { server.stop() }
    let result = try run(server, rate: 40, seconds: 1, connections: 1, timeout: 30)
    #expect(result.ok == 40)
    #expect(server.mostAtATime == 1)
    let longest = try #require(result.latency.maximum)
    let service = try #require(result.service.quantile(0.5))
    #expect(longest > 1, "\(longest)")
    #expect(service >= 0.05 && service < longest / 2, "\(service)")
    #expect(result.maxWait > .milliseconds(800))
  }

  @Test("streams of tokens: time to first token, gaps and tokens as the server paced them")
  func tokens() throws {
    let server = try HTTP2Server { _ in .tokens(10, first: 0.1, gap: 0.02) }
    defer { server.stop() }
    let result = try run(server, rate: 20, seconds: 0.5, connections: 1, timeout: 30, readsStreams: true)
    #expect(result.ok == 10)
    let streams = try #require(result.streams)
    #expect(streams.tokens == 100)
    #expect(streams.isCountedByService)
    #expect(streams.timeToFirstToken.count == 10)
    #expect(streams.interTokenLatency.count == 90)
    let first = try #require(streams.timeToFirstToken.minimum)
    let gap = try #require(streams.interTokenLatency.mean)
    #expect(first > 0.0995, "\(first)")
    #expect(gap > 0.005 && gap < 0.1, "\(gap)")
  }

  @Test("content of a megabyte goes through the server's windows, and all of it arrives")
  func largeContent() throws {
    let server = try HTTP2Server { _ in .answer(status: 200, body: "ok") }
    defer { server.stop() }
    let result = try run(
      server, rate: 20, seconds: 0.5, connections: 2, timeout: 60, body: [UInt8](repeating: 65, count: 1_000_000))
    #expect(result.ok == 10)
    #expect(server.bodyBytes == 10_000_000)
  }

  @Test("names go in lower case, the host as authority, and nothing that speaks about the connection")
  func fields() throws {
    let server = try HTTP2Server { _ in .answer(status: 200, body: "ok") }
    defer { server.stop() }
    let path = "a%20b?" + String(repeating: "long=1&", count: 3000)
    _ = try run(
      server, rate: 20, seconds: 0.1, path: path, headers: ["X-Team: Search ", "Connection: close", "Te: gzip"])
    let fields = server.lastFields
    #expect(fields.prefix(4).map(\.name) == [":method", ":scheme", ":authority", ":path"])
    #expect(fields.prefix(4).map(\.value) == ["GET", "http", "127.0.0.1:\(server.port)", "/" + path])
    #expect(fields.dropFirst(4).map(\.name) == ["user-agent", "x-team"])
    #expect(fields.last?.value == "Search")
  }

  @Test("a server of HTTP/1.1 is malformed and named as the reason")
  func otherLanguage() throws {
    let server = try LoadedServer { _ in .answerAndEnd("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n") }
    defer { server.stop() }
    let schedule = ArrivalSchedule(.constant(.perSecond(50), for: .seconds(0.2)))
    let target = try LoadTarget(url: server.url, speaksHTTP2: true)
    let result = try LoadTest(target, LoadSettings(.open(schedule), timeout: .seconds(5))).run()
    #expect(result.ok == 0)
    #expect(result.errors.total == 10)
    #expect(result.languageProblem != nil)
    expectAllAccounted(result)
  }

  @Test("a port where nobody listens gives an error of connecting for each request")
  func nobody() throws {
    let port = try ClosedPort()
    let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(0.3)))
    let target = try LoadTarget(url: "http://127.0.0.1:\(port.port)/", speaksHTTP2: true)
    let result = try LoadTest(target, LoadSettings(.open(schedule))).run()
    #expect(result.errors.connect == 30)
    #expect(result.sent == 0)
    expectAllAccounted(result)
  }

  @Test("one connection for each request is no HTTP/2")
  func contradiction() {
    #expect(throws: LoadTestingError.self) {
      try LoadTarget(url: "http://127.0.0.1:9/", keepsAlive: false, speaksHTTP2: true)
    }
  }
}

/// Against nginx, over a Unix socket so that no port is taken.
@Suite(.serialized, .enabled(if: ChildProcess.find("nginx") != nil, "nginx is not installed"))
struct HTTP2NginxTests {
  /// An nginx with its folder; `directives` go into its server.
  final class Nginx {
    let folder: String
    private let process: ChildProcess
    var socket: String { folder + "/nginx.sock" }
    init(listen: String, _ directives: String) throws {
      let folder = "/tmp/nginx-of-headroom-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
      self.folder = folder
      mkdir(folder, 0o700)
      let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map { "\($0)_temp_path \(folder)/\($0);" }.joined(separator: " ")
      let text = """
        daemon off; master_process off; error_log stderr; pid \(folder)/pid;
        events { worker_connections 256; }
        http { access_log off; \(temporary)
          server { listen unix:\(folder)/nginx.sock \(listen); \(directives)
            location / { return 200 "hello"; } } }
        """
      let file = fopen(folder + "/nginx.conf", "w")
      fputs(text, file)
      fclose(file)
      process = try ChildProcess("nginx", ["-e", "stderr", "-c", folder + "/nginx.conf"])
      process.ignoreOutput()
      for _ in 0..<500 where access(socket, F_OK) != 0 { usleep(20_000) }
    }
    func end() {
      process.end()
      _ = try? ChildProcess.run("rm", ["-r", folder])
    }
  }

  func load(_ target: LoadTarget, seconds: Double = 0.8, streams: Int = 8) throws -> LoadResult {
    var settings = LoadSettings(
      .closed(duration: .seconds(seconds), think: .zero), connections: 2, timeout: .seconds(20))
    settings.streamsPerConnection = streams
    return try LoadTest(target, settings).run()
  }

  @Test("nginx: all is answered, though it ends each connection after fifty requests")
  func goingAway() throws {
    let nginx = try Nginx(listen: "http2", "keepalive_requests 50; http2_max_concurrent_streams 5;")
    defer { nginx.end() }
    let result = try load(try LoadTarget(url: "http://localhost/", socket: nginx.socket, speaksHTTP2: true))
    #expect(result.ok > 60)
    #expect(result.errors.total == 0)
    #expect(result.ok == result.offered)
    // Fifty each, and at most the five that were under way when it said that it goes.
    #expect(result.connectionsOpened * 55 >= result.ok)
  }

  @Test(
    "nginx over TLS: HTTP/2 where it is offered, an error of connecting with its reason where it is not",
    .enabled(if: ChildProcess.find("openssl") != nil, "openssl is not installed"))
  func secure() throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let words = "ssl_certificate \(certificate.file); ssl_certificate_key \(certificate.key);"
    let modern = try Nginx(listen: "ssl http2", words)
    defer { modern.end() }
    func target(_ nginx: Nginx) throws -> LoadTarget {
      try LoadTarget(
        url: "https://localhost/", socket: nginx.socket, authorities: certificate.file, speaksHTTP2: true)
    }
    let result = try load(try target(modern))
    #expect(result.ok > 0)
    #expect(result.ok == result.offered)
    let old = try Nginx(listen: "ssl", words)
    defer { old.end() }
    let refused = try load(try target(old), seconds: 0.1)
    #expect(refused.ok == 0)
    #expect(refused.errors.connect == refused.offered)
    #expect(refused.languageProblem?.contains("ALPN") == true)
  }
}
