import Documents
import Planning
import Testing

@testable import Reporting

@Suite struct ExplanationTests {
  private var ledger: Ledger {
    var ledger = Ledger()
    ledger.note("peak", "expected peak", 75_000, .rate, from: .input(place: "plan.yaml:4:9"))
    ledger.note("headroom", "headroom", 0.5, .share, from: .assumption(why: "no <headroom> is written"))
    ledger.derive(
      "provisioned", "provisioned rate", .rate, "peak" * (1 + "headroom"), because: "Spare for what is not known.")
    return ledger
  }

  @Test("a number stands above what it rests on, each deeper than its user")
  func tree() {
    let text = Explanation(ledger, of: "provisioned").terminal()
    #expect(
      text == """
        113k/s  provisioned rate (provisioned)
          = peak x (1 + headroom)
          = 75,000/s x (1 + 50 %) = 112,500/s
          Spare for what is not known.
          75k/s  expected peak (peak)
            Written in the plan: plan.yaml:4:9.
          50 %  headroom
            Assumed: no <headroom> is written.

        """)
  }

  @Test("without a number all are told; an unknown one gives nothing")
  func all() {
    #expect(Explanation(ledger, of: nil).terminal().split(separator: "\n").filter { !$0.hasPrefix(" ") }.count == 3)
    #expect(Explanation(ledger, of: "nothing").terminal().isEmpty)
  }

  @Test("Markdown is a nested list without HTML, JSON has the chain")
  func forms() throws {
    let explanation = Explanation(ledger, of: "provisioned")
    #expect(explanation.markdown().contains("  - **75k/s** expected peak (`peak`)"))
    #expect(!explanation.markdown().contains("<headroom>"))
    let node = try JSON.parse(Array(explanation.json().utf8))
    #expect(node["chain"]?.elements?.compactMap { $0["depth"]?.integer } == [0, 1, 1])
    #expect(node["chain"]?.elements?.last?["origin"]?.string == "assumption")
  }

  @Test("the page holds the chain, a number that is used twice once, each with links to what it was computed from")
  func page() {
    var ledger = ledger
    ledger.derive("twice", "twice", .rate, "provisioned" + "peak", because: "")
    let html = Explanation(ledger, of: "twice", provenance: Provenance(file: "plan.yaml")).html()
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(!html.contains("<headroom>"))
    #expect(html.components(id: "peak") == 1)
  }
}

extension String {
  /// How many elements have an id that ends with a name.
  fileprivate func components(id: String) -> Int {
    var count = 0
    var rest = self[...]
    while let found = rest.firstRange(of: "id=\"") {
      rest = rest[found.upperBound...]
      let value = rest.prefix { $0 != "\"" }
      if value == id || value.hasSuffix("-\(id)") { count += 1 }
    }
    return count
  }
}
