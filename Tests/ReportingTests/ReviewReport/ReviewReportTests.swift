import Documents
import HeadroomTesting
import Planning
import Quantities
import Testing
import Traffic

@testable import Reporting

@Suite struct ReviewReportTests {
  private static let zero = SamplePlan.now

  private static func kept(_ number: Int, start: Int, steps: Int = 24, level: Double = 100) -> KeptForecast {
    KeptForecast(
      number: Int64(number), series: "web", made: zero + .hours(Double(start)), start: zero + .hours(Double(start)),
      step: .hours(1), mean: (0..<steps).map { level * (1 + 0.1 * Double($0 % 24) / 24) },
      quantiles: [0.8, 0.9, 1, 1.1, 1.2, 1.3].map { Array(repeating: $0 * level, count: steps) },
      peak: [1.1, 1.2, 1.3, 1.4].map { $0 * level })
  }
  /// Twelve days of forecasts, of which some have come.
  private static func series(_ name: String, came: Double, hours: Int = 300) -> SeriesReview {
    SeriesReview(
      name, forecasts: (0..<12).map { kept($0 + 1, start: 24 * $0, steps: 48) },
      history: TimeSeries(
        start: zero - .hours(72), step: .hours(1),
        rawValues: (0..<hours + 72).map { came * (1 + 0.05 * Double($0 % 24) / 24) }))
  }
  private static func report(_ series: [SeriesReview], strangers: Bool = false) -> ReviewReport {
    ReviewReport(
      ForecastReview(
        series, until: zero + .hours(300), withoutTraffic: strangers ? ["old"] : [],
        withoutForecast: strangers ? ["new"] : []), source: "t.csv", store: "headroom.db",
      provenance: SamplePlan.provenance)
  }
  private static let full = report(
    [series("web", came: 100), series("api", came: 135), series("new", came: 100, hours: -60)], strangers: true)

  @Test("page, text and Markdown tell what was promised and what came")
  func page() {
    for report in [Self.full, Self.report([Self.series("web", came: 100)]), Self.report([Self.series("x", came: 0)])] {
      let html = report.html()
      Preview.write(html, to: "review.html")
      #expect(Markup.problem(in: html, html: true) == nil)
      #expect(!html.contains("nan"))
      #expect(!report.terminal(width: 100).contains("nan"))
      #expect(report.markdown().contains("# " + report.headline.prefix { $0 != "." }))
    }
    #expect(Self.full.review.series.map(\.name) == ["api", "web", "new"])
    let text = Self.full.terminal(width: 100)
    for word in ["broken", "No forecast is kept of 'new'.", "t.csv has no traffic of 'old'"] {
      #expect(text.contains(word), "\(word)")
    }
  }

  @Test("the verdict is a sentence")
  func sentences() {
    #expect(
      Self.report([Self.series("web", came: 101)]).headline.hasPrefix("The P95 held 11 of 11 peaks: as promised."))
    let high = Self.report([Self.series("api", came: 135)]).headline
    #expect(high.hasPrefix("The P95 held 0 of 11 peaks: 19 of 20 are promised, and chance does not explain it."))
    #expect(high.contains("above the middle of the newest forecast: forecast again, and look at growth."))
    // Three of twelve lie above the P99: by chance once in 5,000 times, while three above the P95 come once in 51.
    let values = (0..<288).map { $0 == 30 || $0 == 130 || $0 == 230 ? 150.0 : 105 }
    let rare = SeriesReview(
      "web", forecasts: (0..<12).map { Self.kept($0 + 1, start: 24 * $0) },
      history: TimeSeries(start: Self.zero, step: .hours(1), rawValues: values))
    #expect(rare.promises.map(\.verdict) == [.kept, .kept, .kept, .broken])
    #expect(Self.report([rare]).headline.contains("The P99 was exceeded 3 times where one in a hundred was promised."))
    #expect(
      Self.report([Self.series("new", came: 1, hours: -60)]).headline.hasPrefix(
        "Nothing of what was forecast has come yet"))
  }

  /// The keys in the first column of the reference page's tables.
  private func documented() throws -> Set<String> {
    let text = String(
      decoding: try Input.read(path: TestData.checkout + "/docs/reference/review-json.md"), as: UTF8.self)
    var keys: Set<String> = []
    for line in text.split(separator: "\n") where line.hasPrefix("| `") {
      keys.insert(line.split(separator: "|")[0].filter { $0 != " " && $0 != "`" })
    }
    return keys
  }

  @Test("JSON has exactly the keys of the reference page, and CSV a row a forecast")
  func documents() throws {
    let node = try JSON.parse(Array(Self.full.json().utf8))
    let written = JSONPaths.all(in: node)
    Preview.write(written.sorted().joined(separator: "\n"), to: "review-keys.txt")
    let page = try documented()
    #expect(written.subtracting(page).sorted() == [], "written, not documented")
    #expect(page.subtracting(written).sorted() == [], "documented, not written")
    #expect(node["schema"]?.string == "headroom/review/1")
    #expect(node["series"]?.elements?.first?["promises"]?.elements?[2]["exceeded"]?.integer == 11)
    #expect(node["kept"]?.bool == false)
    let lines = Self.full.csv().split(separator: "\n")
    #expect(lines.count == 37 && lines[0].hasPrefix("series,number,made"))
    #expect(!Self.full.csv().contains("nan"))
  }
}
