import Documents
import Planning
import Quantities
import Testing

@testable import Reporting

@Suite("What if, told") struct WhatIfReportTests {
  private func report(_ question: WhatIf) throws -> WhatIfReport {
    let text = """
      plan: napkin
      traffic: { average: 20000/s, peak to average: 2 }
      service: { capacity: 500/s, running: 130 }
      headroom: 50%
      machines: [ { type: g5.xlarge } ]
      """
    let planned = try SamplePlan.answer(text, nil, SamplePlan.now)
    return WhatIfReport(question, asPlanned: planned, changed: try Planner.outcome(of: planned, if: question))
  }

  @Test("what was asked is said in words")
  func words() throws {
    #expect(try report(WhatIf()).words == "nothing changes")
    let asked = try report(WhatIf(headroom: .percent(60), lift: Factor(rawValue: 1.3)))
    #expect(asked.words == "headroom of 60 % and 30 % more traffic")
    #expect(try report(WhatIf(lift: Factor(rawValue: 0.8))).words == "20 % less traffic")
  }

  @Test("both answers stand side by side, and the document holds them")
  func both() throws {
    let asked = try report(WhatIf(lift: Factor(rawValue: 2)))
    let line = try #require(asked.lines.first { $0.name == "replicas" })
    // 40,000/s x 1.5 at 500/s are 120; twice as many for twice as much.
    #expect(line.before == "120" && line.after == "240" && line.isWorse == true)
    let json = try JSON.parse(asked.json(), file: "what-if.json")
    #expect(json["as_planned"]?["replicas"]?.integer == 120 && json["what_if"]?["replicas"]?.integer == 240)
    #expect(json["question"]?["lift"]?.number == 2)
  }
}
