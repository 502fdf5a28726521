import Documents
import Testing

@testable import Reporting

@Suite("A check for pipelines") struct CheckPipelineTests {
  private let report = CheckReport(
    [
      CheckItem(.good, name: "objective", subject: "plan.yaml", what: "p99 holds", because: "", remedy: ""),
      CheckItem(
        .bad, name: "floor", subject: "HPA <shop>", what: "The minimum is 1 & that is \"low\", 100%",
        because: "startup: 90 s", remedy: "set minReplicas: 4",
        place: SourceLocation(file: "a,b:c.yaml", line: 7, column: 3)),
      CheckItem(.word, name: "note", subject: "plan.yaml", what: "Bell \u{7} and\nline", because: "", remedy: ""),
    ], files: ["plan.yaml"])

  @Test("JUnit's XML is well formed, with a failure for what must change")
  func junit() {
    let xml = report.junit()
    #expect(Markup.problem(in: xml, html: false) == nil)
    #expect(xml.contains("<testsuites name=\"headroom check\" tests=\"3\" failures=\"1\""))
    #expect(
      xml.contains(
        "name=\"floor: The minimum is 1 &amp; that is &quot;low&quot;, 100%\" file=\"a,b:c.yaml\" line=\"7\""))
    #expect(!xml.contains("\u{7}"))
    #expect(CheckReport([], files: []).junit().contains("tests=\"0\""))
  }

  @Test("annotations stand at their lines, with what would end them escaped")
  func github() {
    let lines = report.githubAnnotations().split(separator: "\n").map(String.init)
    #expect(lines.count == 2)
    #expect(
      lines[0]
        == "::error file=a%2Cb%3Ac.yaml,line=7,col=3,title=HPA <shop>%3A floor::The minimum is 1 & that is \"low\", 100%25. Startup: 90 s. Set minReplicas: 4."
    )
    #expect(lines[1].hasPrefix("::notice title=plan.yaml%3A note::Bell") && lines[1].contains("%0A"))
  }

  @Test("GitLab's report names each by a fingerprint that its figures do not change")
  func gitlab() throws {
    let node = try JSON.parse(report.gitlabReport())
    let items = try #require(node.elements)
    #expect(items.map { $0["severity"]?.text } == ["major", "info"])
    #expect(items[0]["location"]?["lines"]?["begin"]?.integer == 7)
    #expect(Set(items.compactMap { $0["fingerprint"]?.text }).count == 2)
  }
}

@Suite("What changed between two answers") struct PlanComparisonTests {
  private static func document(
    cost: Double = 100, replicas: Int = 10, capacity: Double = 50, runsOut: String? = nil, met: Bool = true,
    finding: String? = nil, model: String = "a model"
  ) throws -> Node {
    try JSON.parse(
      """
      {"schema": "headroom/plan/1", "currency": "USD", "sizing": {"replicas": \(replicas), "capacity_per_replica": \(capacity), "service_model": "\(model)"},
       "cost": {"simulated_per_month": \(cost)}, "runway": {"expected": \(runsOut.map { "\"\($0)\"" } ?? "null")},
       "verdicts": [{"objective": "p99", "met": \(met), "got": "3 s"}],
       "findings": [\(finding.map { "{\"severity\": \"act\", \"code\": \"\($0)\"}" } ?? "")]}
      """)
  }

  @Test("nothing changes between equal answers, nor below a thousandth")
  func same() throws {
    #expect(PlanComparison(before: try Self.document(), after: try Self.document()).changes.isEmpty)
    #expect(PlanComparison(before: try Self.document(), after: try Self.document(cost: 100.05)).changes.isEmpty)
  }

  @Test("what is worse is told: cost, capacity, the day, an objective, a finding")
  func worse() throws {
    let changes = PlanComparison(
      before: try Self.document(runsOut: "2027-01-10"),
      after: try Self.document(cost: 120, capacity: 40, runsOut: "2026-12-24", met: false, finding: "capacity-runs-out")
    ).changes
    #expect(changes.filter { $0.direction == .worse }.count == 5 && changes.count == 5)
    let cost = try #require(changes.first { $0.isCost })
    let share = try #require(cost.share)
    #expect(abs(share - 0.2) < 1e-12)
    #expect(cost.before == "$100" && cost.after == "$120")
  }

  @Test("the other way round all of it is better; more replicas or another model are neither")
  func better() throws {
    let changes = PlanComparison(
      before: try Self.document(cost: 120, runsOut: "2026-12-24", met: false, finding: "capacity-runs-out"),
      after: try Self.document(replicas: 12, model: "another")
    ).changes
    #expect(changes.filter { $0.direction == .better }.count == 4)
    #expect(changes.filter { $0.direction == .other }.map(\.what) == ["replicas", "service"])
  }

  @Test("knows what was wrong there already")
  func known() throws {
    let comparison = PlanComparison(
      before: try Self.document(met: false, finding: "capacity-runs-out"), after: try Self.document())
    #expect(comparison.wasThere("capacity-runs-out", service: "") && comparison.wasThere("p99", service: ""))
    #expect(!comparison.wasThere("other", service: ""))
  }

  @Test("services of several are held against their own, and new and gone ones are told")
  func several() throws {
    func plans(_ services: String) throws -> Node {
      try JSON.parse("{\"schema\": \"headroom/plans/1\", \"services\": {\(services)}}")
    }
    let changes = PlanComparison(
      before: try plans("\"a\": {\"sizing\": {\"replicas\": 3}}, \"b\": {}"),
      after: try plans("\"a\": {\"sizing\": {\"replicas\": 4}}, \"c\": {}")
    ).changes
    #expect(changes.map { "\($0.service) \($0.after)" } == ["a 4", "c new", "b gone"])
  }
}
