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

  public init(_ settings: SecuritySettings) throws(WireError) {
    guard let context = co_context(settings.verifies ? 1 : 0, settings.authorities) else {
      throw WireError(
        .badAddress, "the trusted certificates '\(settings.authorities ?? "of the system")' cannot be read",
        remedy: "give a file of PEM certificates, or install ca-certificates")
    }
    self.context = context
    self.settings = settings
    let bare = settings.host.hasPrefix("[") ? String(settings.host.dropFirst().dropLast()) : settings.host
    var address = [UInt8](repeating: 0, count: 16)
    isAddress = inet_pton(AF_INET, bare, &address) == 1 || inet_pton(AF_INET6, bare, &address) == 1
  }
  deinit { co_context_free(context) }

  /// A session over a connected socket, or nil where there is no memory for it.
  public func session(over stream: Stream) -> SecureSession? {
    let host = settings.host.hasPrefix("[") ? String(settings.host.dropFirst().dropLast()) : settings.host
    return co_session(context, stream.handle, host, isAddress ? 1 : 0).map { SecureSession(session: $0) }
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
