import Documents
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
    for word in ["http://", "https://", "src=", "@import", "url(", "<script"] {
      // The one address is the name space of SVG, which nobody fetches.
      let text = html.components(separatedBy: "xmlns=\"http://www.w3.org/2000/svg\"").joined()
      #expect(!text.contains(word), "\(word)")
    }
    Preview.write(html, to: "plan.html")
    let dark = html.components(separatedBy: "(prefers-color-scheme:dark)").joined(separator: "(min-width:1px)")
    Preview.write(dark, to: "plan-dark.html")
  }

  @Test("the same answer gives the same bytes")
  func deterministic() throws {
    let a = SamplePlan.report(try SamplePlan.outcome())
    let b = SamplePlan.report(try SamplePlan.outcome())
    #expect(a.html() == b.html() && a.json() == b.json() && a.csv() == b.csv() && a.markdown() == b.markdown())
  }

  @Test("every id on the page is unique and every link within it leads somewhere")
  func links() throws {
    let html = SamplePlan.report(try SamplePlan.outcome()).html()
    func values(of attribute: String) -> [String] {
      html.components(separatedBy: " \(attribute)=\"").dropFirst().compactMap {
        $0.split(separator: "\"", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init)
      }
    }
    let ids = values(of: "id")
    #expect(Set(ids).count == ids.count)
    let targets = values(of: "href").filter { $0.hasPrefix("#") }.map { String($0.dropFirst()) }
    #expect(targets.count > 20)
    #expect(Set(targets).subtracting(ids).isEmpty)
  }

  @Test("the five facts link to their derivations")
  func facts() throws {
    let report = SamplePlan.report(try SamplePlan.outcome()).report()
    #expect(report.facts.count == 5)
    #expect(report.facts.filter { $0.number.map { report.derived.contains($0) } ?? false }.count >= 4)
  }

  @Test("every section opens with a sentence")
  func sentences() throws {
    let report = SamplePlan.report(try SamplePlan.outcome()).report()
    #expect(report.sections.count >= 11)
    for section in report.sections {
      #expect(section.sentence.hasSuffix("."), "\(section.heading): \(section.sentence)")
      #expect(
        section.sentence.first?.isUppercase == true || section.sentence.first?.isNumber == true
          || section.id == "regions")
    }
  }

  @Test("names from the plan cannot break the page")
  func evilNames() throws {
    let evil = "a<script>alert(1)</script>&\\\"'"
    var outcome = try SamplePlan.outcome()
    outcome.plan.name = evil
    outcome.demand.events[0].name = evil
    outcome.findings[0] = Finding(FleetFinding.noPrice(machine: evil, .onDemand))
    outcome.assumptions = [DemandAssumption.catalogLift(event: evil, lift: Estimate(exactly: 2))]
    outcome.sizing.regions[0].name = evil
    let report = SamplePlan.report(outcome)
    #expect(Markup.problem(in: report.html(), html: true) == nil)
    #expect(!report.html().contains("<script"))
    #expect(!report.markdown().contains("<script"))
  }

  @Test("a plan without history has a page, too")
  func stated() throws {
    let report = SamplePlan.report(try SamplePlan.statedOutcome())
    let html = report.html()
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(report.headline.hasPrefix("Start with 57 replicas"))
    Preview.write(html, to: "stated.html")
    Preview.write(report.terminal(), to: "stated.txt")
  }

  @Test("100,000 steps of history make no larger page than ten months of hours")
  func size() throws {
    var generator = TraceGenerator.example(start: CivilDate(daysSinceEpoch: 20_771 - 348), days: 348)
    generator.step = .minutes(5)
    var outcome = try SamplePlan.outcome()
    outcome.trace = generator.trace()
    #expect(outcome.trace?.series.count ?? 0 > 100_000)
    let html = SamplePlan.report(outcome).html()
    #expect(html.utf8.count < 1_500_000)
    let hourly = SamplePlan.report(try SamplePlan.outcome()).html()
    #expect(html.utf8.count < hourly.utf8.count * 2)
  }

  @Test("the terminal tells the story in 25 lines of 80 columns, in colour or without")
  func terminal() throws {
    let report = SamplePlan.report(try SamplePlan.outcome())
    let plain = report.terminal(width: 80, style: .plain)
    let lines = plain.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    #expect(lines.count <= 25, "\(lines.count) lines")
    for line in lines { #expect(line.count <= 80, "\(line)") }
    #expect(plain.utf8.allSatisfy { $0 < 128 }, "ASCII where the terminal knows no more")
    Preview.write(plain, to: "plan.txt")
    Preview.write(report.terminal(width: 80, style: .init(isColored: false, isUnicode: true)), to: "plan-unicode.txt")
    Preview.write(report.terminal(width: 100, style: .init(isColored: true, isUnicode: true)), to: "plan-color.txt")
    let narrow = report.terminal(width: 40, style: .plain)
    for line in narrow.split(separator: "\n") { #expect(line.count <= 44, "\(line)") }
  }

  @Test("Markdown has the words and the tables of the page")
  func markdown() throws {
    let report = SamplePlan.report(try SamplePlan.outcome())
    let text = report.markdown()
    Preview.write(text, to: "plan.md")
    for section in report.report().sections { #expect(text.contains("## \(section.heading)")) }
    for line in text.split(separator: "\n") where line.hasPrefix("|") { #expect(line.hasSuffix("|")) }
  }

  @Test("CSV has a row for each day ahead and each hour of the week")
  func csv() throws {
    let rows = SamplePlan.report(try SamplePlan.outcome()).csv().split(separator: "\n")
    #expect(rows.first == "kind,date,weekday,hour,peak_low,peak_mid,peak_high,replicas,event")
    #expect(rows.filter { $0.hasPrefix("hour_of_week,") }.count == 168)
    #expect((89...91).contains(rows.filter { $0.hasPrefix("day,") }.count))
    for row in rows { #expect(row.filter { $0 == "," }.count == 8) }
    #expect(rows.filter { $0.hasSuffix("Black Friday") }.count == 4)
  }
}
