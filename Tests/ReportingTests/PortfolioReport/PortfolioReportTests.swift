import Catalogs
import Documents
import HeadroomTesting
import Planning
import Quantities
import Testing

@testable import Reporting

@Suite("The report of several services") struct PortfolioReportTests {
  private static func report(price: String = "$1/h") throws -> PortfolioReport {
    let text = """
      plan: shop
      machines: [ { type: mine, quota: 100 } ]
      prices: { mine: \(price) }
      budget: $100k
      services:
        search: { traffic: { average: 20000/s, peak to average: 2 }, service: { capacity: 500/s }, headroom: 0% }
        "a<b>": { traffic: { average: 5000/s, peak to average: 2 }, service: { capacity: 250/s }, headroom: 50% }
      """
    let document = try PlanFormat.tested.parse(document: Array(text.utf8), file: "plan.yaml")
    let services = try document.services(named: nil).map { name, spec in
      let plan = try Plan.resolve(spec, catalog: Catalog.builtIn, zone: { _ in nil }).plan
      let now = Timestamp(secondsSinceEpoch: 1_790_000_000)
      return (name, try Planner.outcome(of: plan, trace: nil, now: now, seed: 1))
    }
    return PortfolioReport(
      Portfolio(name: document.name, services: services, budget: document.budget), provenance: SamplePlan.provenance)
  }

  @Test("the document's keys are those of the reference page, and each service is a whole plan")
  func json() throws {
    let node = try JSON.parse(Array(try Self.report().json().utf8))
    let written = JSONPaths.all(in: node).filter {
      !$0.hasPrefix("services.") && !$0.hasPrefix("total.verdicts[].") && !$0.hasPrefix("total.findings[].")
        && !$0.hasPrefix("total.machines[].services[].") && !$0.hasPrefix("total.dates[].")
    }
    let page = try PlanJSONTests.documented("plans-json.md")
    #expect(written.subtracting(page).sorted() == [], "written, not documented")
    #expect(page.subtracting(written).sorted() == [], "documented, not written")
    #expect(node["services"]?["search"]?["schema"]?.string == "headroom/plan/1")
    #expect(node["services"]?["search"]?["sizing"]?["replicas"]?.integer == 80)
    // 80 + 60 machines for 730 hours at a dollar.
    #expect(abs(try #require(node["total"]?["flat_per_month"]?.number) - 140 * 730) < 1e-6)
    #expect(node["total"]?["findings"]?.elements?.first?["code"]?.string == "quota-contended")
  }

  @Test("without a price the total is not known, and the page does not say $0")
  func unpriced() throws {
    let report = try Self.report(price: "$0/h")
    let node = try JSON.parse(Array(report.json().utf8))
    #expect(node["total"]?["flat_per_month"]?.isNull == true)
    #expect(!report.terminal(width: 80, style: .plain).contains("$0"))
  }

  @Test("the page is well-formed whatever the services are called, and tells each")
  func page() throws {
    let html = try Self.report().html()
    Preview.write(html, to: "services.html")
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(html.contains("search") && html.contains("a&lt;b&gt;") && html.contains("compete"))
  }
}
