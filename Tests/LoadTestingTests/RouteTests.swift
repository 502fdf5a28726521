import Glibc
import HeadroomTesting
import LoadTesting
import Quantities
import Testing
import Wire

/// What stands between a service's name and its connections, each against a server that tells what came.
@Suite(.serialized) struct RouteTests {
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

  static func run(_ target: LoadTarget, rate: Double = 40) throws -> LoadResult {
    let schedule = ArrivalSchedule(.constant(.perSecond(rate), for: .milliseconds(250)))
    return try LoadTest(target, LoadSettings(.open(schedule), timeout: .seconds(2))).run()
  }

  @Test("a certificate is shown to a service that asks who calls, and without one nobody gets in")
  func clientCertificate() throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let server = try SecureServer(certificate, answer: Self.ok, saysGoodbye: true, asksWhoCalls: true)
    defer { server.stop() }
    var route = LoadRoute()
    route.certificate = certificate.file
    route.key = certificate.key
    let known = try Self.run(try LoadTarget(url: server.url, authorities: certificate.file, route: route))
    #expect(known.ok == 10)
    let unknown = try Self.run(try LoadTarget(url: server.url, authorities: certificate.file))
    #expect(unknown.ok == 0 && unknown.errors.total == 10)
    route.key = certificate.file
    let error = #expect(throws: LoadTestingError.self) {
      try Self.run(try LoadTarget(url: server.url, authorities: certificate.file, route: route))
    }
    #expect(error?.problem.contains("key") == true)
  }

  @Test("an address is used in place of what a name leads to, and TLS hears another name than it")
  func overrides() throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let server = try SecureServer(certificate, answer: Self.ok, saysGoodbye: true)
    defer { server.stop() }
    var route = LoadRoute()
    route.overrides = [try LoadRoute.Override("shop.example:\(server.port):127.0.0.1")]
    let url = "https://shop.example:\(server.port)/"
    // The certificate is localhost's.
    let wrong = try Self.run(try LoadTarget(url: url, authorities: certificate.file, route: route))
    #expect(wrong.ok == 0 && wrong.securityProblem != nil)
    route.serverName = "localhost"
    #expect(try Self.run(try LoadTarget(url: url, authorities: certificate.file, route: route)).ok == 10)
    for text in ["", "host", "host:80", "host:x:1.2.3.4", ":80:1.2.3.4", "host:0:1.2.3.4"] {
      #expect(throws: LoadTestingError.self) { try LoadRoute.Override(text) }
    }
    route.overrides = [try LoadRoute.Override("shop.example:\(server.port):192.0.2.1")]
    #expect(throws: LoadTestingError.self) { try LoadTarget(url: url, route: route) }
  }

  @Test("connections are spread over all addresses in turn, and without that go to the first")
  func addresses() throws {
    let first = try AddressServer("127.0.0.2", port: 0)
    // The same port of another address.
    let second = try AddressServer("127.0.0.3", port: first.port)
    defer {
      first.stop()
      second.stop()
    }
    var route = LoadRoute()
    route.overrides = [try LoadRoute.Override("pool.example:\(first.port):127.0.0.2,127.0.0.3")]
    route.usesAllAddresses = true
    let url = "http://pool.example:\(first.port)/"
    let spread = try Self.run(try LoadTarget(url: url, keepsAlive: false, route: route))
    #expect(spread.ok == 10)
    #expect([first.requests, second.requests] == [5, 5])
    route.usesAllAddresses = false
    #expect(try Self.run(try LoadTarget(url: url, keepsAlive: false, route: route)).ok == 10)
    #expect([first.requests, second.requests] == [15, 5])
  }

  @Test("through a proxy a plain request names the whole address, a secured one asks for a tunnel, each with its user")
  func proxies() throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let plain = try LoadedServer { _ in .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    let secure = try SecureServer(certificate, answer: Self.ok, saysGoodbye: true)
    let proxy = try ProxyServer()
    defer {
      plain.stop()
      secure.stop()
      proxy.stop()
    }
    var route = LoadRoute()
    route.proxy = try LoadRoute.Proxy("http://ann:pw@127.0.0.1:\(proxy.port)")
    #expect(try Self.run(try LoadTarget(url: plain.url + "a?b=1", route: route)).ok == 10)
    let tunnelled = try Self.run(try LoadTarget(url: secure.url, authorities: certificate.file, route: route))
    #expect(tunnelled.ok == 10)
    // RFC 7617, 2: "ann:pw" in base64.
    #expect(proxy.authorizations == ["Basic YW5uOnB3"])
    #expect(proxy.lines.contains("GET http://127.0.0.1:\(plain.port)/a?b=1 HTTP/1.1"))
    #expect(proxy.lines.contains("CONNECT localhost:\(secure.port) HTTP/1.1"))
    #expect(plain.requests == 10 && secure.requests == 10)
    route.proxy = try LoadRoute.Proxy("http://127.0.0.1:\(proxy.port)")
    let refused = try Self.run(try LoadTarget(url: secure.url, authorities: certificate.file, route: route))
    #expect(refused.ok == 0 && refused.errors.connect == 10)
    #expect(refused.tunnelProblem == "the proxy answers 407")
    #expect(throws: LoadTestingError.self) { try LoadTarget(url: "http://shop.example/", route: route) }
    #expect(throws: LoadTestingError.self) { try LoadRoute.Proxy("socks5://localhost:1080") }
  }

  @Test("so many requests are sent, and no more, open and closed, HTTP/2 too")
  func count() throws {
    let server = try LoadedServer { _ in .answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
    defer { server.stop() }
    let target = try LoadTarget(url: server.url)
    for pattern in [
      LoadSettings.Pattern.closed(duration: .seconds(60), think: .zero),
      .open(ArrivalSchedule(.constant(.perSecond(1000), for: .seconds(10)), spacing: .poisson, seed: 2)),
    ] {
      let before = server.requests
      var settings = LoadSettings(pattern, connections: 7)
      settings.requests = 100
      let result = try LoadTest(target, settings).run()
      #expect(result.ok == 100 && result.offered == 100 && result.dropped == 0)
      #expect(server.requests - before == 100)
      #expect(result.window < .seconds(10), "the time is that of the requests")
    }
  }
}
