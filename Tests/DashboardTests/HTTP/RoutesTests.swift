import Documents
import Testing

@testable import Dashboard

/// Every address, asked without a socket.
@Suite("Routes") struct RoutesTests {
  let site: Site
  init() throws { site = try SampleSite.site() }

  @Test(
    "pages and documents answer",
    arguments: [
      "/", "/services/search", "/services/\(SampleSite.name)", "/services/\(SampleSite.name)?lift=30&headroom=60",
      "/services/search/what-if?lift=30", "/simulations",
      "/services/search?headroom=25&lift=0&policy=fixed&lost_region=", "/assets/report.css", "/assets/dashboard.js",
      "/api/v1/services",
      "/api/v1/services/search", "/api/v1/services/search/what-if?lift=1.3&lost_region=eu-west-1",
      "/api/v1/simulations",
      "/healthz", "/readyz", "/metrics", "/openapi.json",
    ])
  func answers(_ target: String) {
    let response = site.ask("GET", target)
    #expect(response.status == 200, "\(target): \(response.text.prefix(300))")
    #expect(!response.bytes.isEmpty && response.header("Content-Type") != nil)
    let head = site.ask("HEAD", target)
    #expect(head.status == 200 && head.header("Content-Type") == response.header("Content-Type"))
  }

  @Test("what is not there is told as such, to programs as a document, to browsers as a page")
  func missing() {
    let problem = site.ask("GET", "/api/v1/services/nobody")
    #expect(problem.status == 404 && problem.header("Content-Type") == "application/problem+json")
    #expect(problem.text.contains("search"), "the names that there are: \(problem.text)")
    let page = site.ask("GET", "/nothing", accept: "text/html,*/*;q=0.8")
    #expect(page.status == 404 && page.text.contains("<h1>Not found</h1>"))
    #expect(site.ask("GET", "/assets/..%2fsecret").status == 404)
    for climb in ["/../etc/passwd", "/assets/../secret", "/assets/%2e%2e/secret", "/services/..", "//", "/services//"] {
      #expect(site.ask("GET", climb).status == 404, "\(climb)")
    }
  }

  @Test(
    "a method that an address does not take names those that it takes", arguments: ["PUT", "PATCH", "TRACE", "BREW"])
  func methods(_ method: String) {
    let response = site.ask(method, "/api/v1/services")
    #expect(response.status == 405 && response.header("Allow") == "GET, HEAD, OPTIONS")
  }

  @Test("OPTIONS names the methods")
  func options() {
    let response = site.ask("OPTIONS", "/api/v1/simulations/1")
    #expect(response.status == 204 && response.header("Allow") == "DELETE, GET, HEAD, OPTIONS")
  }

  @Test("a client that takes nothing of what there is gets 406, one that sends another kind of body 415")
  func types() {
    #expect(site.ask("GET", "/api/v1/services", accept: "text/csv").status == 406)
    #expect(site.ask("GET", "/api/v1/services", accept: "application/*;q=0.5").status == 200)
    #expect(site.ask("GET", "/api/v1/services", accept: "application/json;q=0, */*").status == 406)
    let path = "/api/v1/services/\(SampleSite.name)/simulations"
    let xml = [Request.Field("Content-Type", "application/xml")]
    #expect(site.ask("POST", path, headers: xml, body: "<a/>").status == 415)
    #expect(site.ask("GET", "/api/v1/services", body: "{}").status == 400)
  }

  @Test(
    "an unknown, doubled or impossible value in the query is told by its name",
    arguments: [
      ("color=red", "color"), ("lift=1&lift=2", "lift"), ("lift=many", "lift"), ("lift=nan", "lift"),
      ("lift=1e400", "lift"),
      ("headroom=-1", "headroom"), ("headroom=0x1p3", "headroom"), ("utilization=2", "utilization"),
    ])
  func queries(_ query: String, _ name: String) throws {
    let response = site.ask("GET", "/api/v1/services/search/what-if?\(query)")
    #expect(response.status == 400, "\(response.text)")
    let node = try JSON.parse(response.bytes)
    #expect((node["errors"]?.elements ?? []).contains { $0["field"]?.string == name })
  }

  @Test("what a plan cannot be asked is told with what it can")
  func unaskable() {
    let region = site.ask("GET", "/api/v1/services/search/what-if?lost_region=mars")
    #expect(region.status == 409 && region.text.contains("us-east-1, eu-west-1, ap-south-1"))
    #expect(site.ask("GET", "/api/v1/services/napkin/what-if?policy=prayer").status == 409)
    #expect(site.ask("GET", "/api/v1/services/search/what-if?policy=fixed&utilization=0.5").status == 409)
  }

  @Test("a page made for another name is not answered: names can be bent to this address")
  func hosts() throws {
    func ask(_ host: String) throws -> Int {
      site.answer(try #require(Request("GET", "/", headers: [Request.Field("Host", host)]))).status
    }
    #expect(try ask("evil.example.com") == 421 && ask("127.0.0.1.example.com") == 421)
    #expect(try ask("LOCALHOST:8080") == 200 && ask("[::1]:8080") == 200 && ask("plans.example.org") == 200)
  }

  @Test("what changes something is not done for another site's page")
  func origins() {
    let path = "/services/\(SampleSite.name)/simulations"
    let form = Request.Field("Content-Type", "application/x-www-form-urlencoded")
    func post(_ fields: [Request.Field]) -> Int {
      site.ask("POST", path, headers: [form] + fields, body: "futures=0").status
    }
    #expect(post([Request.Field("Origin", "http://evil.example.com")]) == 403)
    #expect(post([Request.Field("Origin", "null")]) == 403)
    #expect(post([Request.Field("Sec-Fetch-Site", "cross-site")]) == 403)
    // Its own page gets as far as the number of futures, which is wrong.
    #expect(
      post([Request.Field("Origin", "http://127.0.0.1:8080"), Request.Field("Sec-Fetch-Site", "same-origin")]) == 400)
    #expect(post([]) == 400)
  }

  @Test("an answer that is still the same is not sent again")
  func tags() throws {
    let first = site.ask("GET", "/")
    let tag = try #require(first.header("ETag"))
    let again = site.ask("GET", "/", headers: [Request.Field("If-None-Match", "\"x\", W/\(tag)")])
    #expect(again.status == 304 && again.bytes.isEmpty && again.header("ETag") == tag)
    #expect(site.ask("GET", "/", headers: [Request.Field("If-None-Match", "\"x\"")]).status == 200)
    site.replace(Board([], made: SampleSite.now))
    #expect(site.ask("GET", "/", headers: [Request.Field("If-None-Match", tag)]).status == 200)
  }

  @Test("every answer, also to nonsense, carries what keeps a page to itself")
  func headers() {
    for target in ["/", "/nothing", "/api/v1/services", "/assets/dashboard.js", "/metrics"] {
      let response = site.ask("GET", target)
      let policy = response.header("Content-Security-Policy") ?? ""
      #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "\(target)")
      #expect(response.header("X-Content-Type-Options") == "nosniff")
      #expect(policy.contains("frame-ancestors 'none'"))
    }
    #expect(site.refusal(.badRequest("x")).header("Content-Security-Policy") != nil)
  }

  @Test("before the plans are answered it lives and is not ready")
  func readiness() throws {
    let early = try SampleSite.site(isReady: false)
    #expect(early.ask("GET", "/healthz").status == 200)
    #expect(early.ask("GET", "/readyz").status == 503 && early.ask("GET", "/readyz").header("Retry-After") == "1")
    #expect(early.ask("GET", "/").status == 200)
    early.replace(Board([], made: SampleSite.now))
    #expect(early.ask("GET", "/readyz").status == 200)
  }

  @Test("one request too many is told how long to wait")
  func rates() throws {
    let limited = try SampleSite.site(
      limits: RateLimits(all: .init(perSecond: 10, burst: 4), computing: .init(perSecond: 0.5, burst: 1)))
    #expect(limited.ask("GET", "/api/v1/services/search/what-if?lift=2").status == 200)
    let second = limited.ask("GET", "/api/v1/services/search/what-if?lift=2")
    #expect(second.status == 429 && second.header("Retry-After") == "2")
    #expect(limited.ask("GET", "/").status == 200 && limited.ask("GET", "/").status == 200)
    #expect(limited.ask("GET", "/").status == 429)
  }
}
