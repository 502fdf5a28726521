import Glibc
import HeadroomTesting
import LoadTesting
import Testing

/// Against a real TLS server: OpenSSL's own.
@Suite(.serialized, .enabled(if: ChildProcess.find("openssl") != nil, "openssl is not installed"))
struct SecureTargetTests {
  func run(_ target: LoadTarget) throws -> LoadResult {
    let schedule = ArrivalSchedule(.constant(.perSecond(50), for: .seconds(0.4)))
    return try LoadTest(target, LoadSettings(.open(schedule), timeout: .seconds(2))).run()
  }

  @Test("https: answered where the certificate is trusted, counted as not connected where it is not")
  func certificates() throws {
    let folder = "/tmp/tls-of-headroom-\(getpid())"
    mkdir(folder, 0o700)
    defer { for name in ["/key.pem", "/cert.pem", ""] { remove(folder + name) } }
    let made = try ChildProcess.run(
      "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", folder + "/key.pem", "-out",
        folder + "/cert.pem",
      ])
    #expect(made.status == 0)
    let port = 20_000 + Int(getpid()) % 20_000
    let server = try ChildProcess(
      "openssl",
      ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", folder + "/cert.pem", "-key", folder + "/key.pem", "-www"])
    server.ignoreOutput()
    defer { server.end() }
    let url = "https://localhost:\(port)/"
    let trusted = try LoadTarget(url: url, authorities: folder + "/cert.pem")
    var answered = try run(trusted)
    // The server needs a moment to listen.
    for _ in 0..<20 where answered.ok < 20 {
      usleep(100_000)
      answered = try run(trusted)
    }
    #expect(answered.ok == 20)
    let unknown = try run(try LoadTarget(url: url))
    #expect(unknown.errors.connect == 20)
    #expect(unknown.securityProblem != nil)
    #expect(try run(try LoadTarget(url: url, verifies: false)).ok == 20)
    // The name is not that of the certificate.
    let wrongName = try run(try LoadTarget(url: "https://127.0.0.1:\(port)/", authorities: folder + "/cert.pem"))
    #expect(wrongName.errors.connect == 20)
  }
}
