import Documents
import Planning
import Quantities
import Testing
import Traffic

@testable import Reporting

/// Plans of many kinds, each answered and told in every form.
@Suite struct PlanVariantTests {
  struct Variant: Sendable, CustomStringConvertible {
    var name: String
    var plan: String
    var trace: Trace
    /// What the headline must hold.
    var says: String
    var description: String { name }
  }

  private static let service = """
    service:
      capacity: 2000/s per replica
      objective: { p99: 200ms, availability: 99.9% }
    """

  /// Two weeks, so that planning stays quick without optimisation.
  private static func trace(_ generator: TraceGenerator = .example(), days: Int, zone: TimeZoneRules = .utc) -> Trace {
    var generator = generator
    generator.start = CivilDate(daysSinceEpoch: 20_771 - days)
    generator.days = days
    generator.zone = zone
    return generator.trace()
  }

  static let variants: [Variant] = [
    Variant(
      name: "overload",
      plan: """
        plan: slow start
        traffic: { source: { csv: x.csv }, events: [ { name: Launch, date: 2026-11-20, days: 1, lift: 6 } ] }
        service:
          capacity: 2000/s per replica
          objective: { p99: 200ms, availability: 99.9% }
          startup: { node: 10m, image: 5m, model load: 15m }
        headroom: 20%
        scaling: { target: { utilization: 90% }, maximum: 80 }
        machines: [ { type: g5.xlarge, replicas: 2 } ]
        horizon: 14d
        """, trace: trace(days: 70), says: "Launch"),
    Variant(
      name: "business",
      plan: """
        plan: business tool
        traffic: { source: { csv: x.csv } }
        service: { capacity: 25/s per replica, running: 40 }
        headroom: growing product
        horizon: 28d
        """, trace: trace(.businessExample(), days: 84), says: "replicas"),
    Variant(
      name: "short",
      plan: """
        plan: three days
        traffic: { source: { csv: x.csv } }
        \(service)
        horizon: 7d
        """, trace: trace(days: 3), says: "Hold"),
    Variant(
      name: "enough",
      plan: """
        plan: enough
        traffic: { source: { csv: x.csv } }
        \(service)
          running: 36
        headroom: stable product
        scaling: { fixed: true }
        machines: [ { type: g5.xlarge, replicas: 1 } ]
        horizon: 14d
        """, trace: trace(days: 28), says: "the 36 replicas of today"),
  ]

  @Test("each variant has a page, a document, a table and a terminal view", arguments: variants)
  func every(variant: Variant) throws {
    let outcome = try SamplePlan.answer(variant.plan, variant.trace, SamplePlan.now)
    let report = SamplePlan.report(outcome)
    let html = report.html()
    Preview.write(html, to: "variant-\(variant.name).html")
    #expect(report.headline.contains(variant.says), "\(report.headline)")
    #expect(Markup.problem(in: html, html: true) == nil)
    for word in ["nan", "inf ", "Optional(", "> .<", "  ."] { #expect(!html.contains(word), "\(word)") }
    #expect((try? JSON.parse(Array(report.json().utf8))) != nil)
    #expect(!report.csv().isEmpty && !report.markdown().isEmpty)
    let text = report.terminal(width: 80, style: .init(isColored: false, isUnicode: true))
    Preview.write(text, to: "variant-\(variant.name).txt")
    #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 26)
  }
}
