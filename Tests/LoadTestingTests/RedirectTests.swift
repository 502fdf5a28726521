import HeadroomTesting
import Testing

@testable import LoadTesting

@Suite(.serialized) struct RedirectTests {
  @Test("an answer that leads elsewhere says where", arguments: [301, 302, 303, 307, 308])
  func leads(_ status: Int) throws {
    let server = try LoadedServer { _ in
      .answer("HTTP/1.1 \(status) X\r\nX: y\r\nLocation: /there?a=b\r\nContent-Length: 0\r\n\r\n")
    }
    defer { server.stop() }
    #expect(try LoadTarget(url: server.url).redirection() == server.url + "there?a=b")
    #expect(server.requests == 1)
  }

  @Test("answers that lead nowhere do not")
  func stays() throws {
    for answer in [
      "HTTP/1.1 200 OK\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 304 X\r\nLocation: /x\r\n\r\n",
    ] {
      let server = try LoadedServer { _ in .answer(answer) }
      #expect(try LoadTarget(url: server.url).redirection() == nil)
      server.stop()
    }
  }

  @Test("a reference is read as seen from the address that was asked")
  func references() throws {
    let target = try LoadTarget(url: "http://127.0.0.1:9/a/b?c")
    #expect(target.absolute("d") == "http://127.0.0.1:9/a/d")
    #expect(target.absolute("/d") == "http://127.0.0.1:9/d")
    #expect(target.absolute("?d") == "http://127.0.0.1:9/a/b?d")
    #expect(target.absolute("//h/d") == "http://h/d")
    #expect(target.absolute("https://h/d") == "https://h/d")
  }
}
