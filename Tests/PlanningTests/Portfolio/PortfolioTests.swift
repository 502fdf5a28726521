import Catalogs
import Documents
import Quantities
import Testing

@testable import Planning

@Suite("A plan of several services") struct PortfolioTests {
  static let text = """
    plan: shop
    machines: [ { type: g5.xlarge, quota: 100 } ]
    prices: { g5.xlarge: $1/h }
    headroom: 0%
    budget: $100k
    services:
      search:
        traffic: { average: 20000/s, peak to average: 2 }
        service: { capacity: 500/s }
      cart:
        traffic: { average: 5000/s, peak to average: 2 }
        service: { capacity: 250/s, running: 40 }
        headroom: 50%
    """

  static func portfolio(_ text: String = text) throws -> Portfolio {
    let document = try PlanFormat.tested.parse(document: Array(text.utf8), file: "plan.yaml")
    let now = Timestamp(secondsSinceEpoch: 1_790_000_000)
    let services = try document.services(named: nil).map { name, spec in
      let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }).plan
      return (name, try Planner.outcome(of: plan, trace: nil, now: now))
    }
    return Portfolio(name: document.name, services: services, budget: document.budget)
  }

  @Test("each service is answered by its own keys over the shared ones, and the total adds up")
  func total() throws {
    let portfolio = try Self.portfolio()
    let total = portfolio.total
    // 40,000/s at 500/s are 80; 10,000/s x 1.5 at 250/s are 60.
    #expect(portfolio.services.map { $0.outcome.sizing.replicas } == [80, 60] && total.replicas == 140)
    #expect(abs(total.flatPerMonth.dollars - 140 * 730) < 1e-6 && total.isPriced)
    #expect(total.machines.map(\.count) == [140] && total.machines[0].services.map(\.count) == [80, 60])
    #expect(total.bill.total == total.flatPerMonth)
  }

  @Test("services that compete for one quota are told, with each one's part")
  func quota() throws {
    let portfolio = try Self.portfolio()
    let need = try #require(portfolio.total.machines.first)
    #expect(need.isOverQuota && need.quota == 100)
    #expect(portfolio.total.findings.map(\.code) == ["quota-contended"])
    // Each alone has room.
    #expect(portfolio.services.allSatisfy { $0.outcome.sizing.unplaced == 0 })
  }

  @Test("a budget above the services is held against their sum, and is no service's own")
  func budget() throws {
    let portfolio = try Self.portfolio()
    #expect(portfolio.total.verdicts.map(\.met) == [false] && !portfolio.isMet)
    #expect(portfolio.services.allSatisfy { $0.outcome.plan.budget == nil })
    #expect(try Self.portfolio(Self.text.replacing("$100k", with: "$110k")).total.verdicts.map(\.met) == [true])
  }

  @Test("one price less makes the total unknown")
  func unpriced() throws {
    let text = Self.text.replacing("    headroom: 50%", with: "    machines: [ { type: mystery } ]\n    headroom: 50%")
      .replacing("prices: { g5.xlarge: $1/h }", with: "prices: { g5.xlarge: $1/h, mystery: $0/h }")
    #expect(try !Self.portfolio(text).total.isPriced)
  }

  private func problems(_ text: String) -> [String] {
    do {
      _ = try PlanFormat.tested.parse(document: Array(text.utf8), file: "plan.yaml")
      return []
    } catch { return error.all.map { "\($0)" } }
  }

  @Test("faults of all services are told at once, those of shared keys once")
  func faults() {
    let told = problems(
      """
      plan: shop
      headroom: 50
      services:
        a: { traffic: { average: fast }, service: { capacity: 500/s } }
        b: { traffic: { average: 5/s }, service: { capacity: much } }
      """)
    #expect(told.count == 3, "\(told)")
    #expect(told.count { $0.contains("'headroom'") } == 1)
    #expect(told.contains { $0.contains("plan.yaml:4") } && told.contains { $0.contains("plan.yaml:5") })
  }

  @Test("a key that stands above and in the service is the service's")
  func nearerWins() throws {
    #expect(try Self.portfolio().services.map { $0.outcome.headroom.fraction } == [0, 0.5])
  }

  @Test("a service is found by its name, or the nearest name is told")
  func named() throws {
    let document = try PlanFormat.tested.parse(document: Array(Self.text.utf8), file: "plan.yaml")
    #expect(try document.services(named: "cart").map(\.name) == ["cart"])
    #expect {
      try document.services(named: "card")
    } throws: { "\($0)".contains("did you mean 'cart'?") }
  }

  @Test("services that hold nothing, and a plan without a name, are told")
  func empty() {
    for nothing in ["{}", "", "5"] {
      #expect(!problems("plan: shop\nservices: \(nothing)").filter { $0.contains("'services'") }.isEmpty, "\(nothing)")
    }
    #expect(
      problems("services: { a: { traffic: { average: 5/s }, service: { capacity: 5/s } } }").contains {
        $0.contains("missing key 'plan'")
      })
  }
}
