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

  @Test("recurring outliers are proposed beside the forecast, with the peak that they would make")
  func proposed() throws {
    var generator = TraceGenerator(start: CivilDate(daysSinceEpoch: 20_458), days: 150)
    generator.sales = stride(from: 1, to: 150, by: 14).map { .init(name: "sale", day: $0, days: 1, lift: 1.8) }
    var request = ForecastStudy.Request(horizon: .days(14))
    request.isTested = false
    func study(_ request: ForecastStudy.Request) -> ForecastStudy {
      ForecastStudy(of: generator.series(), name: "web", request)
    }
    let with = study(request)
    let proposal = try #require(with.proposals.first)
    let report = ForecastReport([with], source: "t.csv")
    #expect(report.terminal().contains(proposal.planLine))
    #expect(report.terminal().contains("With this event counted, the peak over the next 14 d"))
    #expect(Markup.problem(in: report.html(), html: true) == nil && report.html().contains("Proposed events"))
    let json = try #require(try JSON.parse(Array(report.json().utf8))["series"]?.elements?.first)
    #expect(json["proposed_events"]?.elements?.first?["plan_line"]?.string == proposal.planLine)
    // Named, the event gives that very peak, and is proposed no more.
    request.events = [proposal.event]
    let named = study(request)
    #expect(named.proposals.isEmpty && named.peakWithProposals == nil)
    #expect(json["peak_with_proposed_events"]?["q50"]?.number == named.answer.peak[0])
    // The headline stays the forecast of the events that the user named.
    #expect(with.answer.peak != named.answer.peak)
    request.events = []
    request.proposesEvents = false
    #expect(study(request).proposals.isEmpty && study(request).answer.peak == with.answer.peak)
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

  @Test(
    "studies that came and went give the same page, text and documents as studies that are held",
    arguments: [nil, 60.0])
  func gathered(capacity: Double?) throws {
    var gathered = ForecastGathering()
    var studies: [ForecastStudy] = []
    // Some of equal urgency, so that their order is seen too.
    let models = (0..<4).map { m -> ForecastStudy in
      let base = 30 + 4 * Double(m)
      let values: [Double] = (0..<48).map { i in base + Double((i * 7) % 31) }
      return Self.study(values, horizon: .hours(3), capacity: capacity, isTested: m == 1)
    }
    for i in 0..<60 {
      var study = models[(i * 3) % 4]
      study.name = "s\(i)"
      studies.append(study)
    }
    for study in studies { gathered.add(study) }
    #expect(gathered.studies.count < 60)
    let whole = ForecastReport(studies, source: "x")
    let part = ForecastReport(gathered, source: "x")
    #expect(part.html() == whole.html())
    #expect(part.terminal() == whole.terminal())
    let (head, tail) = part.jsonFrame()
    let parts = part.order.map { ForecastReport.json(of: studies[$0], isDated: true) }
    #expect(String(decoding: head + parts.joined(separator: [0x2C]) + tail, as: UTF8.self) == whole.json())
    #expect(
      try JSON.parse(Array(whole.json().utf8))["series"]?.elements?.map { $0["id"]?.string }
        == whole.summaries.map(\.name))
  }

  @Test("in a hierarchy the sum of all comes first, with a table a level")
  func hierarchy() {
    let studies = [("a/x", "a / b"), ("b/x", "a / b"), ("a/*", "a"), ("*/x", "b"), ("total", "total")].map {
      var study = Self.study(Array(Self.example), name: $0, horizon: .hours(5), isTested: false)
      study.level = $1
      return study
    }
    let report = ForecastReport(studies, source: "x")
    #expect(report.told.map(\.name) == ["total", "*/x", "a/*", "a/x", "b/x"])
    #expect(report.report().sections.prefix(4).map(\.heading) == ["Total", "By b", "By a", "By a / b"])
    #expect(report.headline.hasPrefix("2 series and 3 sums that add up: the peak of total"))
  }
}
