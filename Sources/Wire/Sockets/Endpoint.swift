import CLinux
import Glibc

/// Where to connect to: a resolved internet address or a Unix socket.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
  /// The bytes of a `sockaddr`.
  private let address: [UInt8]
  public let description: String
  /// Whether it stays on this machine: 127.0.0.0/8, ::1 or a Unix socket.
  public let isLoopback: Bool
  let family: Int32

  /// The first address that a name has.
  /// - Parameters:
  ///   - host: a name, or an IPv4 or IPv6 address, the latter with or without brackets.
  ///   - port: 1 to 65,535.
  public static func resolve(host: String, port: Int) throws(WireError) -> Endpoint {
    try resolveAll(host: host, port: port).first
  }

  /// All addresses that a name has. "localhost" may name ::1 first while the service listens on 127.0.0.1: IPv4 goes
  /// first where there are both.
  public static func resolveAll(
    host: String, port: Int
  ) throws(WireError) -> (first: Endpoint, others: [Endpoint]) {
    guard (1...65_535).contains(port), !host.isEmpty, !host.utf8.contains(0) else {
      throw WireError(
        .badAddress, "'\(host):\(port)' is no address", remedy: "write a host and a port, as localhost:8080")
    }
    let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(bare, String(port), &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    var found: [Endpoint] = []
    var entry = status == 0 ? list : nil
    while let here = entry?.pointee {
      if let endpoint = Endpoint(here, port: port), !found.contains(endpoint) { found.append(endpoint) }
      entry = here.ai_next
    }
    let sorted = found.filter { $0.family == AF_INET } + found.filter { $0.family != AF_INET }
    guard let first = sorted.first else {
      throw WireError(
        .unknownHost, "the name '\(bare)' leads nowhere: \(String(cString: gai_strerror(status)))",
        remedy: "check the spelling, or give the address itself")
    }
    return (first, Array(sorted.dropFirst()))
  }

  private init?(_ info: addrinfo, port: Int) {
    guard let name = info.ai_addr, info.ai_family == AF_INET || info.ai_family == AF_INET6 else { return nil }
    address = Array(UnsafeRawBufferPointer(start: name, count: Int(info.ai_addrlen)))
    var text = [CChar](repeating: 0, count: 64)
    getnameinfo(name, info.ai_addrlen, &text, 64, nil, 0, NI_NUMERICHOST)
    let number = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    description = info.ai_family == AF_INET6 ? "[\(number)]:\(port)" : "\(number):\(port)"
    isLoopback = number.hasPrefix("127.") || number == "::1" || number.hasPrefix("::ffff:127.")
    family = info.ai_family
  }

  private init(address: [UInt8], description: String, isLoopback: Bool, family: Int32) {
    self.address = address
    self.description = description
    self.isLoopback = isLoopback
    self.family = family
  }

  /// A Unix socket in the file system.
  public static func unix(path: String) throws(WireError) -> Endpoint {
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < 108, !bytes.contains(0) else {
      throw WireError(.badAddress, "'\(path)' is no socket's path", remedy: "give a path of 1 to 107 bytes")
    }
    let family = UInt16(AF_UNIX)
    let head = [UInt8(truncatingIfNeeded: family), UInt8(truncatingIfNeeded: family >> 8)]
    return Endpoint(address: head + bytes + [0], description: "unix:\(path)", isLoopback: true, family: AF_UNIX)
  }

  /// A connection that is being opened, or nil with the reason in `errno`. Never waits.
  func connect() -> Int32? {
    let handle = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard handle >= 0 else { return nil }
    if family != AF_UNIX {
      var one: Int32 = 1
      setsockopt(handle, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
      // Nothing is congested on the way to oneself, but a control that paces (BBR) arms a timer for every request: 4 to
      // 8 % of the generator's time.
      if isLoopback { cl_set_plain_congestion_control(handle) }
    }
    let result = address.withUnsafeBytes { bytes -> Int32 in
      guard let base = bytes.baseAddress else { return -1 }
      return Glibc.connect(handle, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
    guard result == 0 || errno == EINPROGRESS else {
      let kept = errno
      close(handle)
      errno = kept
      return nil
    }
    return handle
  }

  /// A socket that takes connections here, or nil with the reason in `errno`.
  func listen() -> Int32? {
    let handle = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard handle >= 0 else { return nil }
    var one: Int32 = 1
    setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &one, 4)
    let isBound = address.withUnsafeBytes { bytes -> Bool in
      guard let base = bytes.baseAddress else { return false }
      return bind(handle, base.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) == 0
    }
    guard isBound, Glibc.listen(handle, 4096) == 0 else {
      let kept = errno
      close(handle)
      errno = kept
      return nil
    }
    return handle
  }
}
