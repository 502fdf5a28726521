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
