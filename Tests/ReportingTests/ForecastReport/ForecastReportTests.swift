import Documents
import Quantities
import Testing
import Traffic

@testable import Reporting

@Suite struct ForecastReportTests {
  private static func study(
    _ values: [Double], name: String = "web", horizon: Duration = .days(7), capacity: Double? = nil,
    isTested: Bool = true
  ) -> ForecastStudy {
    var request = ForecastStudy.Request(horizon: horizon)
    request.isTested = isTested
    request.capacity = capacity.map { RequestRate(rawValue: $0) }
    request.runwayDays = 60
    return ForecastStudy(
      of: TimeSeries(start: SamplePlan.now, step: .hours(1), rawValues: values), name: name, request)
  }
  private static let example = TraceGenerator.example().series().rawValues.suffix(24 * 21)

  @Test("the page of one series is well formed and tells its peak, its runway and its test")
  func page() {
    let peak = Self.example.filter { !$0.isNaN }.max() ?? 1
    let study = Self.study(Array(Self.example), capacity: peak * 1.1)
    let report = ForecastReport([study], source: "t.csv", provenance: SamplePlan.provenance)
    let html = report.html()
    Preview.write(html, to: "forecast.html")
    Preview.write(report.terminal(style: .init(isColored: false, isUnicode: true)), to: "forecast.txt")
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(!html.contains("nan"))
    let text = report.markdown()
    for word in ["Runway", "Tested on what came", "What it rests on", "OWA", report.headline] {
      #expect(text.contains(word), "\(word)")
    }
  }

  @Test("several series stand by urgency, and add up to one page")
  func several() {
    let base = Array(Self.example)
    let studies = [("idle", 0.1), ("busy", 1), ("full", 2)].map { name, factor in
      Self.study(
        base.map { $0 * factor }, name: name, horizon: .days(2), capacity: (base.max() ?? 1) * 1.05,
        isTested: name == "busy")
    }
    let report = ForecastReport(studies, source: "all.csv", isBacktest: true)
    #expect(report.studies.map(\.name) == ["full", "busy", "idle"])
    let html = report.html()
    Preview.write(html, to: "forecast-fleet.html")
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(report.terminal().contains("lead"))
  }

  @Test("JSON and CSV hold every step, finite; odd histories as well")
  func documents() throws {
    let odd: [[Double]] = [[], [.nan], [5], Array(repeating: 0, count: 200), Array(Self.example)]
    for values in odd {
      let report = ForecastReport(
        [Self.study(values, horizon: .days(2), capacity: 5, isTested: values.count < 300)], source: "x")
      let node = try JSON.parse(Array(report.json().utf8))
      #expect(node["schema"]?.string == "headroom/forecast/1")
      let series = try #require(node["series"]?.elements?.first)
      #expect(series["mean"]?.numbers?.count == 48)
      #expect(series["peak"]?["q99"]?.number != nil)
      let lines = report.csv().split(separator: "\n")
      #expect(lines.count == 49 && lines[0].hasPrefix("unique_id,step,mean,q025"))
      #expect(!report.csv().contains("nan") && !report.csv().contains("inf"))
      #expect(Markup.problem(in: report.html(), html: true) == nil)
      #expect(!report.terminal().isEmpty)
    }
  }
}
