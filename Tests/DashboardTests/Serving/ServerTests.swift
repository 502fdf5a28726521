import Documents
import HeadroomTesting
import Testing

@testable import Dashboard

/// The same site on a real socket.
@Suite("The server") struct ServerTests {
  private func server(_ site: Site, _ change: (inout Server.Options) -> Void = { _ in }) throws -> (Server, port: Int) {
    var options = Server.Options(address: try ListenAddress("127.0.0.1:0"))
    change(&options)
    let server = try Server(site, options)
    let port = try #require(Int(server.address.split(separator: ":").last?.filter(\.isNumber) ?? ""))
    return (server, port)
  }

  /// A whole exchange on a connection of its own.
  private func ask(_ port: Int, _ head: String, body: String = "") throws -> String {
    let client = try RawClient(port: port)
    client.send("\(head)\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\(body.isEmpty ? "\r\n" : body)")
    return client.readAll().text
  }

  @Test("it answers pages, heads and problems over HTTP")
  func answers() throws {
    let (server, port) = try server(try SampleSite.site())
    defer { server.stop() }
    let page = try ask(port, "GET /services/search HTTP/1.1")
    #expect(page.hasPrefix("HTTP/1.1 200 OK\r\n") && page.hasSuffix("</html>\n"))
    #expect(page.contains("Content-Security-Policy: default-src 'none'"))
    let head = try ask(port, "HEAD / HTTP/1.1")
    #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n") && head.hasSuffix("\r\n\r\n"))
    #expect(try ask(port, "GET /../../etc/passwd HTTP/1.1").hasPrefix("HTTP/1.1 404 "))
    #expect(try ask(port, "GET /%zz HTTP/1.1").hasPrefix("HTTP/1.1 400 "))
    #expect(try ask(port, "GET /assets/..%2f..%2fetc%2fpasswd HTTP/1.1").hasPrefix("HTTP/1.1 404 "))
    #expect(try ask(port, "DELETE / HTTP/1.1").hasPrefix("HTTP/1.1 405 "))
  }

  @Test("a body that is too long is refused, whether it says so or not")
  func bodies() throws {
    let (server, port) = try server(try SampleSite.site()) { $0.bodyLimit = 64 }
    defer { server.stop() }
    let post = "POST /api/v1/services/search/simulations HTTP/1.1\r\nContent-Type: application/json"
    #expect(try ask(port, post, body: "Content-Length: 100000000\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
    let chunk = String(repeating: "x", count: 50)
    let chunks = "Transfer-Encoding: chunked\r\n\r\n32\r\n\(chunk)\r\n32\r\n\(chunk)\r\n0\r\n\r\n"
    #expect(try ask(port, post, body: chunks).hasPrefix("HTTP/1.1 413 "))
    #expect(try ask(port, post, body: "Content-Length: 2\r\n\r\n{}").hasPrefix("HTTP/1.1 409 "))
    // And it is there still.
    #expect(try ask(port, "GET /healthz HTTP/1.1").hasPrefix("HTTP/1.1 200 "))
  }

  @Test("a client that never finishes its request is cut off, and keeps nobody else waiting")
  func slow() throws {
    let (server, port) = try server(try SampleSite.site()) { $0.patience = 1 }
    defer { server.stop() }
    let client = try RawClient(port: port)
    client.send("GET / HTTP/1.1\r\nHost: 127")
    #expect(try ask(port, "GET /healthz HTTP/1.1").hasPrefix("HTTP/1.1 200 "))
    #expect(!client.readAll().text.contains("200 OK"))
  }

  @Test("progress comes as events, up to the end")
  func events() throws {
    let (server, port) = try server(try SampleSite.site())
    defer { server.stop() }
    let post = "POST /api/v1/services/\(SampleSite.name)/simulations HTTP/1.1\r\nContent-Type: application/json"
    let body = "{\"futures\": 20}"
    #expect(try ask(port, post, body: "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").hasPrefix("HTTP/1.1 202 "))
    let told = try ask(port, "GET /api/v1/simulations/1/events HTTP/1.1")
    #expect(told.contains("Content-Type: text/event-stream") && told.contains("event: done\n"))
  }

  @Test(
    "over TLS a token opens, and so does a certificate of the authorities that were named",
    .enabled(if: ChildProcess.find("openssl") != nil && ChildProcess.find("curl") != nil, "openssl or curl is missing"))
  func encrypted() throws {
    let own = try TestCertificate()
    let stranger = try TestCertificate()
    defer {
      own.remove()
      stranger.remove()
    }
    func text(_ path: String) throws -> String { String(decoding: try Input.read(path: path), as: UTF8.self) }
    let site = try SampleSite.site(door: Door([.token(Array("0123456789abcdef".utf8)), .certificate]))
    let (server, port) = try server(site) {
      $0.key = (try? text(own.key)) ?? ""
      $0.certificate = (try? text(own.file)) ?? ""
      $0.authorities = $0.certificate
    }
    defer { server.stop() }
    #expect(server.address == "https://127.0.0.1:\(port)/")
    func status(_ options: [String]) throws -> String {
      let base = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", "--cacert", own.file]
      return try ChildProcess.run("curl", base + options + ["https://localhost:\(port)/api/v1/services"]).output
    }
    #expect(try status([]) == "401")
    #expect(try status(["-H", "Authorization: Bearer 0123456789abcdef"]) == "200")
    #expect(try status(["-u", "me:0123456789abcdef"]) == "200")
    #expect(try status(["--cert", own.file, "--key", own.key]) == "200")
    #expect(try status(["--cert", stranger.file, "--key", stranger.key]) != "200")
    // And a page has no business there without encryption.
    #expect(!(try ask(port, "GET /healthz HTTP/1.1")).contains("200 OK"))
  }

  @Test("a key that does not belong to its certificate is told")
  func wrongKey() throws {
    var options = Server.Options(address: try ListenAddress("127.0.0.1:0"))
    (options.key, options.certificate) = ("no key", "no certificate")
    let error = #expect(throws: DashboardError.self) { try Server(try SampleSite.site(), options) }
    #expect(error?.code == .badKey)
  }

  @Test("once stopped nobody answers, and connections that lie idle end")
  func stops() throws {
    let (server, port) = try server(try SampleSite.site())
    let idle = try RawClient(port: port)
    idle.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n\r\n")
    #expect(idle.read { $0.hasSuffix("ok\n") }.hasPrefix("HTTP/1.1 200 "))
    server.stop()
    #expect(idle.readAll().text.isEmpty)
    #expect(throws: (any Error).self) { try RawClient(port: port) }
  }

  @Test("an address that is taken, one that is none, and one that others reach without a key are told")
  func addresses() throws {
    let site = try SampleSite.site()
    let (server, port) = try server(site)
    defer { server.stop() }
    func code(_ address: String) throws -> DashboardError.Code? {
      do throws(DashboardError) {
        let server = try Server(site, Server.Options(address: try ListenAddress(address)))
        server.stop()
        return nil
      } catch { return error.code }
    }
    #expect(try code("127.0.0.1:\(port)") == .occupied)
    for wrong in ["8080", "localhost", "127.0.0.1:http", "example.org:80", "127.0.0.1:70000", ":80"] {
      #expect(try code(wrong) == .badAddress, "\(wrong)")
    }
    #expect(try code("0.0.0.0:0") == .unguarded && code("192.0.2.1:0") == .unguarded)
  }
}
