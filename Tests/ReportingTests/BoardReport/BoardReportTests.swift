import Documents
import Planning
import Quantities
import Testing

@testable import Reporting

@Suite("The board of services") struct BoardReportTests {
  private static func entry(_ name: String, running: Int?, rest: String = "") throws -> BoardReport.Entry {
    let text = """
      plan: \(name)
      traffic: { average: 20000/s, peak to average: 2 }
      service: { capacity: 500/s\(running.map { ", running: \($0)" } ?? "") }
      headroom: 50%
      machines: [ { type: g5.xlarge } ]
      \(rest)
      """
    return BoardReport.Entry(
      name: name, link: "/services/\(name)", outcome: try SamplePlan.answer(text, nil, SamplePlan.now))
  }

  private static func board() throws -> BoardReport {
    BoardReport(
      [
        try entry("plenty", running: 130), try entry("unsaid", running: nil), try entry("short", running: 60),
        try entry("thin", running: 100),
      ], faults: [.init(name: "broken.yaml", problem: "it is not there")], now: SamplePlan.now,
      provenance: SamplePlan.provenance)
  }

  @Test("what has least stands first, what does not say what runs last")
  func ranks() throws {
    // 40,000/s at 500/s are 80 replicas; 60 fall short, 100 lack headroom, 130 have it.
    #expect(try Self.board().entries.map(\.name) == ["short", "thin", "plenty", "unsaid"])
  }

  @Test("the headline names who is short first and what to add")
  func headline() throws {
    let headline = try Self.board().headline
    #expect(
      headline.hasPrefix("None of 3 services runs out before")
        && headline.contains("Most urgent is short: add 60 replicas now (60 g5.xlarge)."))
    #expect(BoardReport([], now: SamplePlan.now).headline == "No plan is served yet.")
  }

  @Test("a service's name keeps its letters where a sentence begins with it")
  func names() throws {
    let one = BoardReport([try Self.entry("svc6", running: 100)], now: SamplePlan.now)
    #expect(one.headline.hasPrefix("svc6 lasts before "))
  }

  @Test("a range of one day is that day, a certain day has no range beside it")
  func dates() throws {
    var it = try #require(try Self.entry("thin", running: 100).exhaustion)
    let today = SamplePlan.now.utc.date
    func cell(_ earliest: Int?, _ expected: Int?, _ latest: Int?) -> String {
      (it.earliest, it.expected, it.latest) = (
        earliest.map { today + $0 }, expected.map { today + $0 }, latest.map { today + $0 }
      )
      return BoardReport.exhausts(it, today: today).text
    }
    func day(_ days: Int) -> String { TimeAxis.dayAndMonth(today + days) }
    #expect(cell(3, 3, 3) == (today + 3).short)
    #expect(cell(2, 3, 5) == "\((today + 3).short) (\(day(2)) to \(day(5)))")
    #expect(cell(3, nil, 3) == "perhaps \(day(3))")
    #expect(cell(3, 3, nil).contains("(\(day(3)) to after "))
  }

  @Test("the page is well-formed, and names every service with its link and every fault")
  func page() throws {
    let page = try Self.board().report().html()
    #expect(Markup.problem(in: page, html: true) == nil)
    for name in ["short", "thin", "plenty", "unsaid"] {
      #expect(page.contains("<a href=\"/services/\(name)\">\(name)</a>"))
    }
    #expect(page.contains("broken.yaml") && page.contains("-25 %, -10k/s"))
  }

  @Test("the document has the same order and the plan's own numbers")
  func document() throws {
    let json = try JSON.parse(try Self.board().json(), file: "services.json")
    let services = try #require(json["services"]?.elements)
    #expect(services.compactMap { $0["name"]?.string } == ["short", "thin", "plenty", "unsaid"])
    #expect(services[0]["exhaustion"]?["headroom_now"]?.number == -0.25)
    #expect(services[0]["exhaustion"]?["missing_replicas"]?.integer == 60)
    #expect(services[3]["exhaustion"]?.isNull == true)
    #expect(json["faults"]?.elements?.count == 1)
  }

  @Test("a picture of dates is well-formed at every width")
  func chart() throws {
    let day = SamplePlan.now.utc.date
    let rows = [
      RunwayChart.Row(name: "a & b", earliest: day + 3, expected: day + 5, latest: day + 9, until: day + 90),
      RunwayChart.Row(
        name: String(repeating: "long name ", count: 12), earliest: day, expected: nil, latest: nil, until: day + 60),
      RunwayChart.Row(name: "c", earliest: nil, expected: nil, latest: nil, until: day + 90, note: "lasts"),
      RunwayChart.Row(name: "d", earliest: day + 88, expected: day + 90, latest: nil, until: day + 90),
    ]
    let chart = RunwayChart(title: "t", description: "d", from: day, to: day + 90, rows: rows)
    for width in [1080.0, 700, 358] {
      #expect(Markup.problem(in: chart.drawn(width: width, id: "x").rendered()) == nil)
    }
  }
}
