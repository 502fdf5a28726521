import Glibc

/// How many files and sockets this process may hold.
enum OpenFiles {
  /// Raises the limit as far as it may go without asking anybody: a proxy needs two sockets a client.
  static func allowMost() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max else {
      return
    }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

extension OwnLimit {
  /// What an error number of the system says about this machine; nil where it speaks of the other side.
  init?(_ number: Int32) {
    switch number {
    case EMFILE, ENFILE: self = .openFiles
    case EADDRNOTAVAIL, EADDRINUSE: self = .ports
    case ENOMEM, ENOBUFS: self = .memory
    default: return nil
    }
  }
  /// Why the last call gave nothing.
  static func ofSystem() -> OwnLimit? { OwnLimit(errno) }

  var problem: String {
    switch self {
    case .openFiles: "this machine gives the generator no more open files"
    case .ports: "this machine has no more free ports to connect from"
    case .memory: "this machine gives the generator no more memory for sockets"
    case .other: "this machine gives no more sockets"
    }
  }
  var remedy: String {
    switch self {
    case .openFiles: "raise the limit (ulimit -n 65536), or use fewer --connections"
    case .ports:
      "keep connections alive, widen net.ipv4.ip_local_port_range, or split the load over several machines (--shard)"
    case .memory: "use fewer --connections, or more memory for the kernel (net.ipv4.tcp_mem)"
    case .other: "use fewer --connections"
    }
  }
}
