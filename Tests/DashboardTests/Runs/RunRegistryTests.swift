import Documents
import Quantities
import Synchronization
import Testing

@testable import Dashboard

@Suite("Simulations of the dashboard") struct RunRegistryTests {
  private static let path = "/api/v1/services/\(SampleSite.name)/simulations"
  private static let json = [Request.Field("Content-Type", "application/json")]

  private func start(_ site: Site, _ body: String) -> Response {
    site.ask("POST", Self.path, headers: Self.json, body: body)
  }

  /// All events of a run, as they come.
  private func events(_ site: Site, _ id: Int) -> String {
    let events = RunEvents(site.runs, id)
    var text = ""
    while let bytes = events.next() { text += String(decoding: bytes, as: UTF8.self) }
    return text
  }

  @Test("one runs to its end, tells its progress, and keeps its result")
  func runs() throws {
    let site = try SampleSite.site()
    let started = start(site, "{\"futures\": 20, \"what_if\": {\"lift\": 1.5}}")
    #expect(started.status == 202 && started.header("Location") == "/api/v1/simulations/1")
    let told = events(site, 1)
    #expect(told.hasSuffix("event: done\ndata: {\"id\":1,\"state\":\"done\",\"done\":20,\"total\":20}\n\n"), "\(told)")
    let document = try JSON.parse(site.ask("GET", "/api/v1/simulations/1").bytes)
    #expect(document["state"]?.string == "done" && document["result"]?["count"]?.integer == 20)
    #expect(site.ask("GET", "/simulations/1").text.contains("of 20 sampled futures"))
    #expect(site.ask("GET", "/simulations").text.contains("/simulations/1"))
  }

  @Test("one that is cancelled stops, and says how far it came")
  func cancels() throws {
    let site = try SampleSite.site()
    #expect(start(site, "{\"futures\": 2000}").status == 202)
    #expect(site.ask("POST", "/simulations/1/cancel").header("Location") == "/simulations/1")
    #expect(events(site, 1).contains("event: cancelled\n"))
    let run = try #require(site.runs.run(1))
    #expect(run.state == .cancelled && run.done < 2000 && run.futures == nil)
    // Once more is no fault.
    #expect(site.ask("POST", "/simulations/1/cancel").status == 303)
    #expect(site.ask("DELETE", "/api/v1/simulations/1").status == 204)
    #expect(site.ask("GET", "/api/v1/simulations/1").status == 404)
    #expect(site.ask("DELETE", "/api/v1/simulations/7").status == 404)
  }

  @Test("too many that wait are refused, and the end of the site ends all of them")
  func bounded() throws {
    let site = try SampleSite.site()
    var statuses: [Int] = []
    for _ in 0..<(RunRegistry.mostWaiting + 3) { statuses.append(start(site, "{\"futures\": 2000}").status) }
    #expect(statuses.first == 202 && statuses.last == 429)
    site.runs.close()
    #expect(start(site, "").status == 429 && site.ask("GET", "/readyz").status == 503)
    for run in site.runs.list() { _ = events(site, run.id) }
    #expect(site.runs.list().allSatisfy { $0.state == .cancelled || $0.state == .running })
  }

  @Test(
    "a body that asks for nothing sensible is told what is wrong",
    arguments: [
      ("{", 400), ("[]", 400), ("{\"futures\": 0}", 422), ("{\"futures\": \"many\"}", 422), ("{\"speed\": 1}", 422),
      ("{\"what_if\": 3}", 422), ("{\"what_if\": {\"lift\": \"x\"}}", 422), ("{\"what_if\": {\"lift\": 1e9}}", 422),
      ("{\"what_if\": {\"policy\": \"prayer\"}}", 409),
    ])
  func bodies(_ body: String, _ status: Int) throws {
    #expect(start(try SampleSite.site(), body).status == status)
  }

  @Test("a plan without a forecast has no futures")
  func noForecast() throws {
    let site = try SampleSite.site()
    #expect(site.ask("POST", "/api/v1/services/napkin/simulations", headers: Self.json).status == 409)
  }
}
