import COpenSSL
import Glibc
import Synchronization

/// A TLS server on the loopback that answers each request with the same bytes and ends the connection, with or without
/// the farewell of TLS. One thread accepts and serves.
public final class SecureServer: Sendable {
  private let listener: Int32
  public let port: Int
  private struct State {
    var requests = 0
    var resumed = 0
    var farewells = 0
  }
  private let state = Mutex(State())

  /// - Parameter saysGoodbye: whether `close_notify` goes before the end.
  public init(_ certificate: TestCertificate, answer: String, saysGoodbye: Bool) throws {
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let handle = listener
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(handle, $0, size) == 0 && listen(handle, 64) == 0 && getsockname(handle, $0, &size) == 0
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    guard isBound else { throw LoadedServer.LoadedServerError() }
    let (file, key) = (certificate.file, certificate.key)
    signal(SIGPIPE, SIG_IGN)
    detachThread { [self] in serveAll(file, key, answer, saysGoodbye) }
  }

  public var url: String { "https://localhost:\(port)/" }
  public var requests: Int { state.withLock { $0.requests } }
  /// Connections that went on with an earlier session.
  public var resumed: Int { state.withLock { $0.resumed } }
  /// Connections that the client ended with a farewell of TLS.
  public var farewells: Int { state.withLock { $0.farewells } }
  public func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serveAll(_ file: String, _ key: String, _ answer: String, _ saysGoodbye: Bool) {
    let context = SSL_CTX_new(TLS_server_method())
    defer { SSL_CTX_free(context) }
    SSL_CTX_use_certificate_file(context, file, SSL_FILETYPE_PEM)
    SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM)
    while true {
      let handle = accept(listener, nil, nil)
      if handle < 0 {
        close(listener)
        return
      }
      let session = SSL_new(context)
      SSL_set_fd(session, handle)
      if SSL_accept(session) == 1 { serve(session, answer, saysGoodbye) }
      SSL_free(session)
      close(handle)
    }
  }

  private func serve(_ session: OpaquePointer?, _ answer: String, _ saysGoodbye: Bool) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    // Requests of these tests fit into one record.
    guard SSL_read(session, &buffer, 4096) > 0 else { return }
    let isResumed = SSL_session_reused(session) == 1
    state.withLock { state in
      state.requests += 1
      if isResumed { state.resumed += 1 }
    }
    let bytes = Array(answer.utf8)
    SSL_write(session, bytes, Int32(bytes.count))
    if saysGoodbye {
      SSL_shutdown(session)
    } else {
      shutdown(SSL_get_fd(session), Int32(SHUT_WR))
    }
    if SSL_read(session, &buffer, 4096) <= 0, SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN != 0 {
      state.withLock { $0.farewells += 1 }
    }
  }
}
