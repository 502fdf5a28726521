import Catalogs
import Documents
import HeadroomTesting
import Planning
import Quantities
import Testing

@testable import Reporting

@Suite("The report of a fleet") struct FleetReportTests {
  private static let today = CivilDate(year: 2026, month: 11, day: 30) ?? CivilDate(daysSinceEpoch: 0)

  private static func rows(_ count: Int) throws -> [FleetRow] {
    try (0..<count).map { i in
      let text = """
        plan: s\(i)
        machines: [ { type: mine, quota: 100 } ]
        prices: { mine: $1/h }
        traffic: { average: \(1000 + i)/s, peak to average: 2 }
        service: { capacity: 100/s, running: \(i % 2 == 0 ? 60 : 10) }
        headroom: 0%
        """
      let document = try PlanFormat.tested.parse(document: Array(text.utf8), file: "plan.yaml")
      let plan = try Plan.resolve(document.services(named: nil)[0].spec, catalog: Catalog.builtIn, zone: { _ in nil })
        .plan
      let outcome = try Planner.outcome(
        of: plan, trace: nil, now: Timestamp(secondsSinceEpoch: 1_790_000_000), depth: .sizing)
      return FleetRow("s\(i)<b>", file: "s\(i).yaml", answer: ServiceFigures(outcome))
    } + [FleetRow("", file: "broken.yaml", fault: "broken.yaml:1:1: error: no\nhelp: mend it")]
  }
  private static func report(_ count: Int = 4, most: Int = 20) throws -> FleetReport {
    FleetReport(
      ServiceFleet(try rows(count)), source: "plans", today: today, most: most, provenance: SamplePlan.provenance)
  }

  @Test("the document's keys are those of the reference page")
  func json() throws {
    let node = try JSON.parse(Array(try Self.report().json().utf8))
    let written = JSONPaths.all(in: node).filter {
      !$0.hasPrefix("services[].machines[].") && !$0.hasPrefix("total.standings.")
    }
    let page = try PlanJSONTests.documented("fleet-json.md")
    #expect(written.subtracting(page).sorted() == [], "written, not documented")
    #expect(page.subtracting(written).sorted() == [], "documented, not written")
    #expect(node["total"]?["errors"]?.integer == 1 && node["services"]?.count == 5)
  }

  @Test("lists show so many services and say how many there are; CSV has all of them")
  func most() throws {
    let report = try Self.report(30, most: 3)
    #expect(report.markdown().contains("the first 3 are shown"))
    #expect(report.csv().split(separator: "\n").count == 32)
    #expect(
      !report.html().contains("s7<b>") && !report.html().contains("s1<b>") && report.html().contains("s1&lt;b&gt;"))
  }

  @Test("idle money and contended quotas are told in every form")
  func told() throws {
    let report = try Self.report()
    // Two of four run 60 machines where 20 and 21 are needed: 79 at a dollar for 730 hours.
    #expect(report.fleet.total.money.map(\.idle) == [.dollars(79 * 730)])
    for text in [report.markdown(), report.html(), report.terminal(width: 100)] {
      #expect(text.contains("$57.67k") && text.contains("broken.yaml"))
    }
  }

  @Test("a fleet without any answer says so")
  func none() {
    let rows = [FleetRow("", file: "a.yaml", fault: "no")]
    let report = FleetReport(ServiceFleet(rows), source: "plans", today: Self.today)
    #expect(report.headline == "None of 1 service could be answered.")
    #expect(!report.terminal().isEmpty && !report.html().isEmpty && report.csv().contains("a.yaml"))
  }
}
