import Glibc

/// Where the dashboard listens: `127.0.0.1:8080`, `[::1]:8080`, `0.0.0.0:8080`; port 0 takes a free one.
public struct ListenAddress: Hashable, Sendable {
  /// Without brackets.
  public var host: String
  public var port: UInt16

  /// - Throws: ``DashboardError`` where the text is no numeric address with a port.
  public init(_ text: String) throws(DashboardError) {
    func wrong() -> DashboardError {
      DashboardError(
        .badAddress, "'\(text)' is no address to listen at", remedy: "write 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8080")
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw wrong()
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    var four = in_addr()
    var six = in6_addr()
    guard inet_pton(AF_INET, host, &four) == 1 || inet_pton(AF_INET6, host, &six) == 1 else { throw wrong() }
    self.host = host
    self.port = port
  }

  var isSix: Bool { host.contains(":") }

  /// Whether only programs of this machine reach it.
  public var isLoopback: Bool { isSix ? host == "::1" : host.hasPrefix("127.") }

  /// As an address of a page has it.
  public var name: String { isSix ? "[\(host)]" : host }

  /// A listening socket, and the port that it got.
  /// - Throws: ``DashboardError`` with the remedy.
  func listen() throws(DashboardError) -> (socket: Int32, port: UInt16) {
    let socket = Glibc.socket(isSix ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw failure(errno) }
    var one: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
    var status: Int32
    if isSix {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      inet_pton(AF_INET6, host, &address.sin6_addr)
      status = Self.bound(socket, address)
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      inet_pton(AF_INET, host, &address.sin_addr)
      status = Self.bound(socket, address)
    }
    if status == 0 { status = Glibc.listen(socket, 511) }
    guard status == 0 else {
      let error = failure(errno)
      close(socket)
      throw error
    }
    return (socket, port > 0 ? port : Self.port(of: socket))
  }

  private static func bound<Address>(_ socket: Int32, _ address: Address) -> Int32 {
    withUnsafePointer(to: address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, socklen_t(MemoryLayout<Address>.size)) }
    }
  }

  private static func port(of socket: Int32) -> UInt16 {
    var address = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let status = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
    }
    // The port lies at the same place in both families.
    return status == 0 ? UInt16(bigEndian: address.sin6_port) : 0
  }

  private func failure(_ code: Int32) -> DashboardError {
    let place = "\(name):\(port)"
    switch code {
    case EADDRINUSE:
      return DashboardError(
        .occupied, "another process listens at \(place)",
        remedy: "end it, or choose another port: --listen \(name):0 takes a free one")
    case EACCES, EPERM:
      return DashboardError(
        .notAllowed, "this process may not listen at \(place)",
        remedy: "choose a port from 1024 up: --listen \(name):8080")
    case EADDRNOTAVAIL:
      return DashboardError(
        .badAddress, "this machine has no address \(host)", remedy: "choose one of its own, or 127.0.0.1")
    default:
      return DashboardError(
        .notStarted, "listening at \(place) failed: \(String(cString: strerror(code)))",
        remedy: "choose another address with --listen")
    }
  }
}
