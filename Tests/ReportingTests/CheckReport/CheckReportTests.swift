import Testing

@testable import Reporting

@Suite struct CheckReportTests {
  private let items = [
    CheckItem(.good, name: "objective", subject: "plan.yaml", what: "p99 holds", because: "", remedy: ""),
    CheckItem(
      .bad, name: "floor", subject: "HPA <shop>", what: "The minimum is 1", because: "startup takes 90 s",
      remedy: "set minReplicas: 4"),
  ]

  @Test("the page opens with how many must change, and gives each its reason and remedy")
  func page() throws {
    let html = CheckReport(items, files: ["hpa.yaml"], provenance: Provenance(command: "headroom check hpa.yaml"))
      .html()
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(html.contains("1 thing must change."))
    let bad = try #require(html.firstRange(of: "Must change")).lowerBound
    let good = try #require(html.firstRange(of: "p99 holds")).lowerBound
    #expect(bad < good)
    for word in ["HPA &lt;shop&gt;", "tartup takes 90 s", "et minReplicas: 4", "headroom check hpa.yaml"] {
      #expect(html.contains(word))
    }
  }

  @Test("a page without anything checked says so")
  func nothing() {
    #expect(CheckReport([], files: []).html().contains("Nothing was checked."))
  }
}
