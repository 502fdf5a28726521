import Documents
import HeadroomTesting
import Planning
import Quantities
import Testing
import Traffic

@testable import Reporting

@Suite struct PlanJSONTests {
  private func parsed(_ outcome: PlanOutcome) throws -> Node {
    try JSON.parse(Array(SamplePlan.report(outcome).json().utf8))
  }
  private func parsed() throws -> Node { try parsed(try SamplePlan.outcome()) }

  /// The keys in the first column of a reference page's tables.
  static func documented(_ page: String) throws -> Set<String> {
    let text = String(decoding: try Input.read(path: TestData.checkout + "/docs/reference/" + page), as: UTF8.self)
    var keys: Set<String> = []
    for line in text.split(separator: "\n") where line.hasPrefix("| `") {
      let cells = line.split(separator: "|").map { $0.filter { $0 != " " && $0 != "`" } }
      guard cells.count >= 2 else { continue }
      keys.insert(cells[0])
      if cells[1] == "estimate" {
        for end in ["low", "mid", "high", "confidence"] { keys.insert(cells[0] + "." + end) }
      }
    }
    return keys
  }

  @Test("the document reads back, with the replicas where scripts look for them")
  func readsBack() throws {
    let node = try parsed()
    #expect(node["schema"]?.string == "headroom/plan/1")
    let replicas = try SamplePlan.outcome().sizing.replicas
    #expect(node["sizing"]?["replicas"]?.integer == replicas)
  }

  @Test("its keys are exactly those of the reference page")
  func keys() throws {
    let written = JSONPaths.all(in: try parsed())
    Preview.write(written.sorted().joined(separator: "\n"), to: "keys.txt")
    let page = try Self.documented("plan-json.md")
    #expect(written.subtracting(page).sorted() == [], "written, not documented")
    #expect(page.subtracting(written).sorted() == [], "documented, not written")
  }

  @Test("keys do not come and go with what a plan knows: those of a small plan are among those of a full one")
  func stable() throws {
    let small = JSONPaths.all(in: try parsed(try SamplePlan.statedOutcome()))
    let full = JSONPaths.all(in: try parsed())
    #expect(small.subtracting(full).isEmpty)
    let top = { (paths: Set<String>) in paths.filter { !$0.contains(".") && !$0.contains("[") } }
    #expect(top(small) == top(full))
  }

  @Test("numbers are whole numbers and base units, not texts")
  func numbers() throws {
    let node = try parsed()
    let outcome = try SamplePlan.outcome()
    #expect(node["demand"]?["peak"]?["mid"]?.number == outcome.demand.peak.mid.perSecond)
    #expect(node["cost"]?["flat_per_month"]?.number == outcome.cost.flatPerMonth.dollars)
    #expect(node["horizon_seconds"]?.number == 7_776_000)
    #expect(node["sizing"]?["hour_of_week"]?.numbers?.count == 168)
  }
}
