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
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let server = try ChildProcess(
      "openssl", ["s_server", "-accept", "127.0.0.1:0", "-cert", certificate.file, "-key", certificate.key, "-www"])
    defer { server.end() }
    // It says which free port it got once it listens: "ACCEPT 127.0.0.1:40123".
    let said = try server.read { $0.contains("ACCEPT") && $0.last == "\n" }
    server.ignoreOutput()
    let port = said.split(separator: "\n").last { $0.hasPrefix("ACCEPT") }?.split(separator: ":").last ?? ""
    let url = "https://localhost:\(port)/"
    let answered = try run(try LoadTarget(url: url, authorities: certificate.file))
    #expect(answered.ok == 20)
    let unknown = try run(try LoadTarget(url: url))
    #expect(unknown.errors.connect == 20)
    #expect(unknown.securityProblem != nil)
    #expect(try run(try LoadTarget(url: url, verifies: false)).ok == 20)
    // The name is not that of the certificate.
    let wrongName = try run(try LoadTarget(url: "https://127.0.0.1:\(port)/", authorities: certificate.file))
    #expect(wrongName.errors.connect == 20)
  }

  static let untilEnd = "HTTP/1.1 200 OK\r\n\r\nall there is"
  static let counted = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"

  @Test(
    "an answer that only the end delimits is whole where TLS says goodbye, and cut off where it does not",
    arguments: [(untilEnd, true, nil), (untilEnd, false, "incomplete"), (counted, true, nil), (counted, false, nil)])
  func truncation(answer: String, saysGoodbye: Bool, error: String?) throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let server = try SecureServer(certificate, answer: answer, saysGoodbye: saysGoodbye)
    defer { server.stop() }
    let result = try run(try LoadTarget(url: server.url, authorities: certificate.file))
    for (name, count) in result.errors.named { #expect(count == (name == error ? 20 : 0), "\(name)") }
    #expect(result.ok == (error == nil ? 20 : 0))
    #expect(server.requests == 20)
    #expect(result.retried == 0)
  }

  @Test("sessions are resumed only where that is asked for, and ended with a farewell", arguments: [false, true])
  func resumption(isAsked: Bool) throws {
    let certificate = try TestCertificate()
    defer { certificate.remove() }
    let server = try SecureServer(certificate, answer: Self.counted, saysGoodbye: true)
    defer { server.stop() }
    // One connection behind the other, so that each can know the session of the one before.
    let target = try LoadTarget(url: server.url, authorities: certificate.file, resumesSessions: isAsked)
    let schedule = ArrivalSchedule(.constant(.perSecond(50), for: .seconds(0.4)))
    let result = try LoadTest(target, LoadSettings(.open(schedule), connections: 1, timeout: .seconds(10))).run()
    #expect(result.ok == 20)
    #expect(server.requests == 20)
    #expect(server.resumed == (isAsked ? 19 : 0))
    for _ in 0..<40 where server.farewells < 20 { usleep(50_000) }
    #expect(server.farewells == 20)
  }
}
