import Testing

@testable import Dashboard

@Suite("The door") struct DoorTests {
  static let token = Array("correct horse battery staple".utf8)

  @Test(
    "a token opens as a bearer's and as a password; anything else does not",
    arguments: [
      ("Bearer correct horse battery staple".replacing(" horse", with: "_horse"), false),
      ("Basic dXNlcjpjb3JyZWN0IGhvcnNlIGJhdHRlcnkgc3RhcGxl", true), ("Basic dXNlcjp3cm9uZw==", false),
      ("Basic ???", false),
      ("Basic", false), ("", false), ("Bearer", false), ("Digest x", false), ("Bearer c", false),
    ])
  func tokens(_ header: String, _ opens: Bool) throws {
    let site = try SampleSite.site(door: Door([.token(Self.token)]))
    let response = site.ask("GET", "/api/v1/services", headers: [Request.Field("Authorization", header)])
    #expect(response.status == (opens ? 200 : 401))
    #expect(opens || response.header("WWW-Authenticate")?.contains("Bearer") == true)
  }

  @Test("a bearer's token opens")
  func bearer() throws {
    let site = try SampleSite.site(door: Door([.token(Array("0123456789abcdef".utf8))]))
    func ask(_ token: String) -> Int {
      site.ask("GET", "/", headers: [Request.Field("Authorization", "bearer \(token)")]).status
    }
    #expect(ask("0123456789abcdef") == 200)
    #expect(ask("0123456789abcdeg") == 401 && ask("0123456789abcde") == 401 && ask("0123456789abcdef0") == 401)
    // Twice the token is not the token.
    #expect(ask("0123456789abcdef0123456789abcdef") == 401)
  }

  @Test("who may not come in is not told what there is, and hears that the process lives")
  func open() throws {
    let site = try SampleSite.site(door: Door([.token(Self.token)]))
    #expect(site.ask("GET", "/nothing").status == 401 && site.ask("GET", "/metrics").status == 401)
    #expect(site.ask("GET", "/healthz").status == 200 && site.ask("GET", "/readyz").status == 200)
  }

  @Test("a certificate opens where one is asked for")
  func certificate() throws {
    let site = try SampleSite.site(door: Door([.certificate]))
    func ask(_ isCertified: Bool) throws -> Int {
      let headers = [Request.Field("Host", "localhost")]
      return site.answer(
        try #require(Request("GET", "/", headers: headers, isEncrypted: true, isCertified: isCertified))
      )
      .status
    }
    #expect(try ask(true) == 200 && ask(false) == 403)
  }
}
