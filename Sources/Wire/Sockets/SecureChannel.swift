import COpenSSL
import Glibc

/// How connections are secured: whom to trust, and who the other side has to be.
public struct SecuritySettings: Hashable, Sendable {
  /// The name or address that the certificate must bear.
  public var host: String
  /// Whether the certificate is looked at at all.
  public var verifies: Bool
  /// A file of trusted certificates (PEM) instead of the system's.
  public var authorities: String?
  /// The client's own certificate with its chain, and its key (PEM), for services that ask who calls; the key may stand
  /// in the certificate's file.
  public var certificate: String?
  public var key: String?
  /// Whether HTTP/2 is asked for (ALPN, RFC 7301), and nothing else.
  public var asksForHTTP2 = false
  /// Whether a new connection goes on with an earlier one's session where the other side lets it: what a returning
  /// client does. Off, every connection shakes hands in full.
  public var resumesSessions = false

  public init(host: String, verifies: Bool = true, authorities: String? = nil) {
    self.host = host
    self.verifies = verifies
    self.authorities = authorities
  }
}

/// TLS 1.2 or 1.3 over non-blocking sockets, by OpenSSL: what all sessions of one client share.
public final class SecureContext {
  private let context: UnsafeMutableRawPointer
  private let settings: SecuritySettings
  private let isAddress: Bool
  /// What the other side gave for resuming, last.
  private var earlier: UnsafeMutableRawPointer?

  public init(_ settings: SecuritySettings) throws(WireError) {
    guard let context = co_context(settings.verifies ? 1 : 0, settings.authorities, settings.asksForHTTP2 ? 1 : 0)
    else {
      throw WireError(
        .badAddress, "the trusted certificates '\(settings.authorities ?? "of the system")' cannot be read",
        remedy: "give a file of PEM certificates, or install ca-certificates")
    }
    if let certificate = settings.certificate {
      let problem = co_own_certificate(context, certificate, settings.key ?? certificate)
      guard problem == 0 else {
        co_context_free(context)
        let key = settings.key ?? certificate
        throw WireError(
          .badAddress,
          problem == 1
            ? "the certificate '\(certificate)' cannot be read"
            : problem == 2 ? "the key '\(key)' cannot be read" : "the key '\(key)' is not that of '\(certificate)'",
          remedy: "give a PEM certificate, its chain behind it, and its unencrypted PEM key")
      }
    }
    self.context = context
    self.settings = settings
    let bare = settings.host.hasPrefix("[") ? String(settings.host.dropFirst().dropLast()) : settings.host
    var address = [UInt8](repeating: 0, count: 16)
    isAddress = inet_pton(AF_INET, bare, &address) == 1 || inet_pton(AF_INET6, bare, &address) == 1
  }
  deinit {
    if let earlier { co_resumable_free(earlier) }
    co_context_free(context)
  }

  /// A session over a connected socket, or nil where there is no memory for it.
  public func session(over stream: Stream) -> SecureSession? {
    let host = settings.host.hasPrefix("[") ? String(settings.host.dropFirst().dropLast()) : settings.host
    return co_session(context, stream.handle, host, isAddress ? 1 : 0, earlier).map { SecureSession(session: $0) }
  }

  /// Keeps what a session that is about to end was given for resuming, if sessions are resumed at all.
  public func keepForResuming(_ session: SecureSession) {
    guard settings.resumesSessions, let resumable = co_resumable(session.session) else { return }
    if let earlier { co_resumable_free(earlier) }
    earlier = resumable
  }
}

/// One secured connection: a pointer with the few calls an engine needs. Whoever opens it ends it, before the socket.
public struct SecureSession {
  let session: UnsafeMutableRawPointer

  /// Goes on shaking hands: 1 byte where that is done.
  public func shakeHands() -> Transfer { Self.transfer(co_handshake(session)) }
  public func read(into buffer: UnsafeMutablePointer<UInt8>, _ capacity: Int) -> Transfer {
    Self.transfer(co_read(session, buffer, Int32(clamping: capacity)))
  }
  public func write(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> Transfer {
    Self.transfer(co_write(session, bytes, Int32(clamping: count)))
  }
  /// What is wrong with the other side's certificate, in OpenSSL's words; nil where nothing is.
  public var certificateProblem: String? {
    let problem = co_certificate_problem(session)
    return problem == 0 ? nil : co_certificate_words(problem).map { String(cString: $0) }
  }
  /// Whether both sides agreed on HTTP/2.
  public var speaksHTTP2: Bool { co_speaks_http2(session) == 1 }
  /// Whether the other side ended the shaking of hands because it does not speak the protocol asked for.
  public var isProtocolRefused: Bool { co_is_protocol_refused(session) == 1 }
  /// Whether the session goes on with an earlier one.
  public var isResumed: Bool { co_is_resumed(session) == 1 }
  /// Whether the other side has said in TLS that it sends nothing more (`close_notify`). Where the connection ended
  /// without, it may have been cut off by anybody.
  public var hasProperEnd: Bool { co_has_proper_end(session) == 1 }
  /// Says goodbye where hands were shaken and nothing broke, and frees the memory. Never waits.
  public func end() { co_session_free(session) }

  private static func transfer(_ n: Int32) -> Transfer {
    switch Int(n) {
    case 1...: .bytes(Int(n))
    case Int(CO_WAIT): .wait
    case Int(CO_END): .end
    default: .broken(errno == 0 ? ECONNRESET : errno)
    }
  }
}
