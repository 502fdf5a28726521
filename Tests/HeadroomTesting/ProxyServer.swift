import Glibc
import Synchronization

/// An HTTP server on one of the loopback's addresses that ends each connection behind its answer.
public final class AddressServer: Sendable {
  private let base: LoopbackServer
  private let count = Mutex(0)

  /// - Parameter port: 0 for any that is free.
  public init(_ address: String, port: Int) throws {
    base = try LoopbackServer(address: address, port: port)
    base.start { [self] handle in
      var buffer = [UInt8](repeating: 0, count: 4096)
      guard recv(handle, &buffer, buffer.count, 0) > 0 else { return }
      count.withLock { $0 += 1 }
      sendAll(Array("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".utf8), to: handle)
    }
  }
  public var port: Int { base.port }
  public var requests: Int { count.withLock { $0 } }
  public func stop() { base.stop() }
}

/// An HTTP proxy on the loopback for one user, ann with the password pw: passes plain requests on to the server that they
/// name and opens tunnels, to this machine only.
public final class ProxyServer: Sendable {
  private struct State {
    var lines: Set<String> = []
    var authorizations: Set<String> = []
  }
  private let state = Mutex(State())
  private let base: LoopbackServer

  public init() throws {
    base = try LoopbackServer()
    base.start { [self] in serve($0) }
  }
  public var port: Int { base.port }
  /// The first lines of what was asked.
  public var lines: Set<String> { state.withLock { $0.lines } }
  public var authorizations: Set<String> { state.withLock { $0.authorizations } }
  public func stop() { base.stop() }

  private func serve(_ client: Int32) {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    var server: RawClient?
    while true {
      let n = recv(client, &buffer, buffer.count, 0)
      if n <= 0 { return }
      text += String(decoding: buffer[..<n], as: UTF8.self)
      // Requests of these tests have no body and come one by one.
      guard text.hasSuffix("\r\n\r\n") else { continue }
      let lines = text.split(separator: "\r\n").map(String.init)
      text = ""
      let authorization = lines.first { $0.hasPrefix("Proxy-Authorization: ") }.map { String($0.dropFirst(21)) }
      state.withLock { state in
        state.lines.insert(lines[0])
        if let authorization { state.authorizations.insert(authorization) }
      }
      guard authorization == "Basic YW5uOnB3" else {
        sendAll(Array("HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n".utf8), to: client)
        return
      }
      let words = lines[0].split(separator: " ").map(String.init)
      let place = words[0] == "CONNECT" ? words[1] : String(words[1].dropFirst(7).prefix { $0 != "/" })
      guard let port = place.split(separator: ":").last.flatMap({ Int($0) }) else { return }
      if words[0] == "CONNECT" {
        guard let far = try? RawClient(port: port) else { return }
        sendAll(Array("HTTP/1.1 200 Connected\r\nContent-Length: 5\r\n\r\n".utf8), to: client)
        relay(client, far)
        return
      }
      if server == nil { server = try? RawClient(port: port) }
      guard let server else { return }
      let path = words[1].dropFirst(7).drop { $0 != "/" }
      server.send("\(words[0]) \(path) HTTP/1.1\r\nHost: \(place)\r\n\r\n")
      guard case .bytes(let answer) = server.read() else { return }
      sendAll(answer, to: client)
    }
  }

  private func relay(_ client: Int32, _ far: RawClient) {
    let back = Background { _ in
      while case .bytes(let bytes) = far.read() { guard sendAll(bytes, to: client) else { break } }
      shutdown(client, Int32(SHUT_WR))
    }
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let n = recv(client, &buffer, buffer.count, 0)
      if n <= 0 { break }
      far.send(Array(buffer[..<n]))
    }
    far.endWriting()
    _ = try? back.value()
  }
}
