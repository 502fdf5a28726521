import CLinux
import Glibc

/// A socket that takes connections on the loopback, for proxies and test servers.
public struct Listener: Sendable {
  public let handle: Int32
  public let port: Int

  /// - Parameter port: 0 for any that is free.
  public static func loopback(port: Int = 0) throws(WireError) -> Listener {
    let handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard handle >= 0 else {
      throw WireError(
        .exhausted, "no socket: \(WireError.systemWords())", remedy: "raise the limit of open files (ulimit -n)")
    }
    var one: Int32 = 1
    setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, size) == 0 && listen(handle, 4096) == 0 && getsockname(handle, $0, &size) == 0
      }
    }
    guard isBound else {
      let words = WireError.systemWords()
      close(handle)
      throw WireError(.cannotListen, "port \(port) cannot be listened on: \(words)", remedy: "choose another port")
    }
    return Listener(handle: handle, port: Int(UInt16(bigEndian: address.sin_port)))
  }

  /// Listens at an address that this machine has.
  /// - Parameters:
  ///   - host: a name or an address; `0.0.0.0` for all of this machine's.
  ///   - port: 1 to 65,535, or 0 for any that is free where the host is the loopback.
  public static func listening(host: String, port: Int) throws(WireError) -> Listener {
    if host == "127.0.0.1" || host == "localhost" {
      guard (0...65_535).contains(port) else {
        throw WireError(.badAddress, "\(port) is no port", remedy: "choose one from 1 to 65535")
      }
      return try loopback(port: port)
    }
    let endpoint = try Endpoint.resolve(host: host, port: port)
    guard let handle = endpoint.listen() else {
      throw WireError(
        .cannotListen, "\(endpoint) cannot be listened on: \(WireError.systemWords())",
        remedy: "choose an address of this machine and a free port")
    }
    return Listener(handle: handle, port: port)
  }

  /// The next connection that waits, or nil.
  public func accept() -> Stream? {
    let n = cl_accept(handle)
    guard n >= 0 else { return nil }
    var one: Int32 = 1
    setsockopt(n, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
    return Stream(handle: n)
  }
  /// Takes no connection from here on: those who try are refused.
  public func stopListening() { shutdown(handle, Int32(SHUT_RDWR)) }
  public func end() { close(handle) }
}
