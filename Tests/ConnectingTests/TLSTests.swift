import Connecting
import Testing

@Suite(.enabled(if: UntrustedServer.isPresent, "openssl is not installed"))
struct TLSTests {
  @Test("a certificate that nobody has signed is refused, unless its file is named as an authority")
  func verification() throws {
    let server = try UntrustedServer()
    var client = PauseRecorder().client()
    client.options.authorityFile = nil
    let error = failure { () throws(ConnectingError) in try client.answer(to: HTTPRequest(url: server.url)) }
    #expect(error?.code == .insecure)
    #expect(error?.remedy.contains("certificates are always checked") == true)
    client.options.authorityFile = server.certificate
    #expect(try client.answer(to: HTTPRequest(url: server.url)).status == 200)
  }
}
