import COpenSSL
import Glibc
import Synchronization

/// A TLS server on the loopback that answers each request with the same bytes and ends the connection, with or without
/// the farewell of TLS.
public final class SecureServer: Sendable {
  private let base: LoopbackServer
  /// An `SSL_CTX`, which threads may share (openssl-threads, 7): its tickets are what sessions go on by.
  private let context: Int
  private struct State {
    var requests = 0
    var resumed = 0
    var farewells = 0
  }
  private let state = Mutex(State())

  /// - Parameters:
  ///   - saysGoodbye: whether `close_notify` goes before the end.
  ///   - asksWhoCalls: whether clients have to show the same certificate.
  public init(_ certificate: TestCertificate, answer: String, saysGoodbye: Bool, asksWhoCalls: Bool = false) throws {
    base = try LoopbackServer()
    let made = SSL_CTX_new(TLS_server_method())
    SSL_CTX_use_certificate_file(made, certificate.file, SSL_FILETYPE_PEM)
    SSL_CTX_use_PrivateKey_file(made, certificate.key, SSL_FILETYPE_PEM)
    if asksWhoCalls {
      SSL_CTX_load_verify_locations(made, certificate.file, nil)
      SSL_CTX_set_verify(made, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }
    context = Int(bitPattern: made)
    signal(SIGPIPE, SIG_IGN)
    base.start { [self] handle in
      let session = SSL_new(OpaquePointer(bitPattern: context))
      SSL_set_fd(session, handle)
      if SSL_accept(session) == 1 { serve(session, answer, saysGoodbye) }
      SSL_free(session)
    }
  }
  deinit { SSL_CTX_free(OpaquePointer(bitPattern: context)) }

  public var port: Int { base.port }
  public var url: String { "https://localhost:\(port)/" }
  public var requests: Int { state.withLock { $0.requests } }
  /// Connections that went on with an earlier session.
  public var resumed: Int { state.withLock { $0.resumed } }
  /// Connections that the client ended with a farewell of TLS.
  public var farewells: Int { state.withLock { $0.farewells } }
  public func stop() { base.stop() }

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
