import Foundation

/// A blocking connection of a test to a port of the loopback. It ends with the object.
public final class RawClient: Sendable {
  private let handle: Int32

  public init(port: Int) throws {
    handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port)).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let handle = handle
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      let number = errno
      close(handle)
      throw POSIXError(POSIXErrorCode(rawValue: number) ?? .EIO)
    }
    var one: Int32 = 1
    setsockopt(handle, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
  }
  /// A connection that somebody else has accepted.
  init(handle: Int32) { self.handle = handle }
  deinit { close(handle) }

  /// Whether all bytes went out.
  @discardableResult public func send(_ bytes: [UInt8]) -> Bool { sendAll(bytes, to: handle) }
  @discardableResult public func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Says that nothing more comes from here.
  public func endWriting() { shutdown(handle, Int32(SHUT_WR)) }
  /// Breaks the connection off with a reset.
  public func resetOnClose() { HeadroomTesting.resetOnClose(handle) }

  public enum Read: Equatable, Sendable {
    case bytes([UInt8])
    case end
    case broken(Int32)
  }
  public func read(_ most: Int = 65_536) -> Read {
    var buffer = [UInt8](repeating: 0, count: most)
    while true {
      let n = recv(handle, &buffer, most, 0)
      if n > 0 { return .bytes(Array(buffer[..<n])) }
      if n == 0 { return .end }
      if errno != EINTR { return .broken(errno) }
    }
  }
  /// All that comes until the other side ends or breaks off.
  public func readAll() -> (text: String, end: Read) {
    var bytes: [UInt8] = []
    while true {
      switch read() {
      case .bytes(let more): bytes += more
      case let end: return (String(decoding: bytes, as: UTF8.self), end)
      }
    }
  }
  /// What comes until it is as wanted, or until the other side ends.
  public func read(until isDone: (String) -> Bool) -> String {
    var bytes: [UInt8] = []
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if isDone(text) { return text }
      guard case .bytes(let more) = read() else { return text }
      bytes += more
    }
  }
}

/// A server on the loopback that does what it is told with each connection, on a thread of its own.
public final class RawServer: Sendable {
  private let base: LoopbackServer

  /// - Parameter serve: is given each connection, which ends when it returns and lets go of it.
  public init(serve: @escaping @Sendable (RawClient) -> Void) throws {
    base = try LoopbackServer()
    // A number of its own: the base closes the other when this returns.
    base.start { serve(RawClient(handle: dup($0))) }
  }
  public var port: Int { base.port }

  /// Gives back every byte, and the end.
  public static func echo() throws -> RawServer {
    try RawServer { client in
      while case .bytes(let bytes) = client.read() { guard client.send(bytes) else { return } }
    }
  }

  public var url: String { "http://127.0.0.1:\(port)" }
  public func stop() { base.stop() }
}
