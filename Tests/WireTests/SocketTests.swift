import Testing
import Wire

@Suite struct SocketTests {
  @Test("bytes go through a connection of the loopback and its end is seen")
  func bytesGoThrough() throws {
    let listener = try Listener.loopback()
    defer { listener.end() }
    let client = try #require(Stream.connecting(to: try .resolve(host: "127.0.0.1", port: listener.port)))
    defer { client.end() }
    let poller = try Poller()
    let isAdded = poller.add(client, token: 7)
    #expect(isAdded)
    let events = poller.wait(nanoseconds: 1_000_000_000)
    #expect(events == 1)
    let event = poller.event(0)
    #expect(event.token == 7)
    #expect(event.isWritable)
    #expect(client.connectFailure() == nil)
    let server = try #require(listener.accept())
    let text = Array("ping".utf8)
    #expect(server.write(text, 4) == .bytes(4))
    _ = poller.wait(nanoseconds: 1_000_000_000)
    let readable = poller.event(0).isReadable
    #expect(readable)
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(client.read(into: &buffer, 16) == .bytes(4))
    #expect(Array(buffer[..<4]) == text)
    #expect(client.read(into: &buffer, 16) == .wait)
    server.end()
    _ = poller.wait(nanoseconds: 1_000_000_000)
    let closed = poller.event(0).isClosed
    #expect(closed)
    #expect(client.read(into: &buffer, 16) == .end)
  }

  @Test("the other side's system tells how many bytes of ours it has")
  func acknowledged() throws {
    let listener = try Listener.loopback()
    defer { listener.end() }
    let client = try #require(Stream.connecting(to: try .resolve(host: "127.0.0.1", port: listener.port)))
    defer { client.end() }
    let server = try #require(listener.accept())
    defer { server.end() }
    let opened = try #require(client.acknowledgedBytes())
    #expect(client.write(Array("12345".utf8), 5) == .bytes(5))
    var buffer = [UInt8](repeating: 0, count: 16)
    #expect(server.read(into: &buffer, 16) == .bytes(5))
    #expect(server.write(Array("x".utf8), 1) == .bytes(1))
    #expect(client.acknowledgedBytes() == opened + 5)
  }

  @Test("loopback addresses are told from others")
  func loopback() throws {
    #expect(try Endpoint.resolve(host: "127.0.0.1", port: 80).isLoopback)
    #expect(try Endpoint.resolve(host: "localhost", port: 80).isLoopback)
    #expect(try Endpoint.resolve(host: "[::1]", port: 80).isLoopback)
    #expect(try Endpoint.unix(path: "/run/x.sock").isLoopback)
    #expect(try !Endpoint.resolve(host: "192.0.2.1", port: 80).isLoopback)
    #expect(throws: WireError.self) { try Endpoint.resolve(host: "127.0.0.1", port: 70_000) }
    #expect(throws: WireError.self) { try Endpoint.resolve(host: "", port: 80) }
  }
}
