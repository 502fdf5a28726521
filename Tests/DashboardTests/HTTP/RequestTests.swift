import Testing

@testable import Dashboard

@Suite struct RequestTests {
  @Test func `a target is taken apart and decoded`() throws {
    let request = try #require(Request("GET", "/services/a%20b/what-if?lift=1.3&policy=fixed+size"))
    #expect(request.path == ["services", "a b", "what-if"])
    #expect(request.value("lift") == "1.3")
    #expect(request.value("policy") == "fixed size")
  }

  @Test(arguments: [
    "/a/%2", "/%zz", "/%ff%fe", "relative", "/x?a=%f", "/%c0%af", "", "?",
  ])
  func `a target that is badly encoded is none`(target: String) {
    #expect(Request("GET", target) == nil)
  }
}
