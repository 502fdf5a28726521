import Glibc

/// A certificate for `localhost` that nobody but the test trusts, made by the program openssl.
public struct TestCertificate: Sendable {
  public let file: String
  public let key: String
  private let folder: String

  public init() throws {
    folder = "/tmp/certificate-of-headroom-\(getpid())-\(UInt32.random(in: 0..<UInt32.max))"
    mkdir(folder, 0o700)
    file = folder + "/cert.pem"
    key = folder + "/key.pem"
    let made = try ChildProcess.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", file,
      ])
    guard made.status == 0 else { throw ChildProcess.Failure(description: "openssl makes no certificate") }
  }

  public func remove() { for name in [file, key, folder] { Glibc.remove(name) } }
}
