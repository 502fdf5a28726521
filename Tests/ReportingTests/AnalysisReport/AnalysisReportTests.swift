import Documents
import Quantities
import Testing
import Traffic

@testable import Reporting

@Suite struct AnalysisReportTests {
  private func report(
    _ trace: Trace = TraceGenerator.example().trace(), events: [KnownEvent] = TraceGenerator.example().knownEvents
  )
    -> AnalysisReport
  {
    AnalysisReport(TrafficAnalysis(of: trace, events: events), of: trace, provenance: SamplePlan.provenance)
  }

  @Test("the example's page names its peak hour, its growth, its outlier and its gaps")
  func page() {
    let report = report()
    let html = report.html()
    Preview.write(html, to: "analysis.html")
    Preview.write(report.terminal(style: .init(isColored: false, isUnicode: true)), to: "analysis.txt")
    #expect(Markup.problem(in: html, html: true) == nil)
    let text = report.markdown()
    let outlier = report.analysis.outliers.first.map { "\($0.value)" } ?? "none"
    for word in ["20:00", "a year", outlier, "2 gaps", "Summer sale"] { #expect(text.contains(word), "\(word)") }
  }

  @Test("an outlier that recurs is proposed with its line for a plan, on the page, in the terminal and as JSON")
  func proposed() throws {
    var generator = TraceGenerator(start: CivilDate(daysSinceEpoch: 20_458), days: 150)
    // Every second Tuesday from 6 January 2026.
    generator.sales = stride(from: 1, to: 150, by: 14).map { .init(name: "sale", day: $0, days: 1, lift: 1.8) }
    let report = report(generator.trace(), events: [])
    let line = try #require(report.analysis.eventProposals.first?.planLine)
    #expect(report.analysis.eventProposals.count == 1)
    #expect(report.terminal().contains("\n    \(line)\n"))
    #expect(report.markdown().contains("`\(line)`") && report.markdown().contains("11 of 11"))
    let html = report.html()
    Preview.write(html, to: "analysis-proposed.html")
    #expect(Markup.problem(in: html, html: true) == nil && html.contains("Tuesday every 2 weeks"))
    let proposed = try #require(try JSON.parse(Array(report.json().utf8))["proposed_events"]?.elements?.first)
    #expect(proposed["rule"]?.string == "every 2 weeks from 2026-01-06" && proposed["next"]?.string == "2026-06-09")
    #expect(proposed["seen"]?.elements?.count == 11 && proposed["plan_line"]?.string == line)
  }

  @Test("a history of gaps alone, of one step, of zeros and without growth has a page")
  func degenerate() {
    let start = SamplePlan.now
    for values in [[.nan, .nan], [5], [], Array(repeating: 0, count: 500), Array(repeating: 7, count: 48)] as [[Double]]
    {
      let trace = Trace(series: TimeSeries(start: start, step: .hours(1), rawValues: values), source: "x")
      let report = report(trace, events: [])
      #expect(Markup.problem(in: report.html(), html: true) == nil)
      #expect(!report.html().contains("nan") && !report.html().contains("inf"))
      #expect((try? JSON.parse(Array(report.json().utf8))) != nil)
      #expect(!report.terminal().isEmpty)
    }
  }
}
