import Planning
import Quantities
import Testing
import Traffic

@testable import Reporting

@Suite struct PlanReportTests {
  @Test("the page of a full plan is well-formed and small, and needs no network")
  func page() throws {
    let html = SamplePlan.report(try SamplePlan.outcome()).html()
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(html.utf8.count < 1_500_000)
    Preview.write(html, to: "plan.html")
    let dark = html.components(separatedBy: "(prefers-color-scheme:dark)").joined(separator: "(min-width:1px)")
    Preview.write(dark, to: "plan-dark.html")
  }

  @Test("a plan without history has a page, too")
  func stated() throws {
    let html = SamplePlan.report(try SamplePlan.outcome(of: SamplePlan.stated)).html()
    #expect(Markup.problem(in: html, html: true) == nil)
    Preview.write(html, to: "stated.html")
  }
}
