import Catalogs
import Documents
import Quantities
import Testing
import Traffic

@testable import Planning

@Suite("A fleet of services") struct ServiceFleetTests {
  static let day = CivilDate(year: 2026, month: 9, day: 1) ?? CivilDate(daysSinceEpoch: 0)

  static func outcome(_ service: String, _ rest: String = "", depth: PlanDepth = .sizing) throws -> PlanOutcome {
    let plan = try PlannerTests.plan(
      "machines: [ { type: mine } ]\nprices: { mine: $1/h }\nheadroom: 20%\n" + rest, service: service)
    return try Planner.outcome(of: plan, trace: PlannerTests.trace, now: PlannerTests.trace.end, depth: depth)
  }

  static func row(_ name: String, _ change: (inout ServiceFigures) -> Void) throws -> FleetRow {
    var figures = Self.plain
    change(&figures)
    return FleetRow(name, file: "\(name).yaml", answer: figures)
  }
  /// A service that lasts and wastes nothing.
  static let plain = ServiceFigures(
    peak: Estimate(low: .perSecond(90), mid: .perSecond(100), high: .perSecond(120), confidence: 0.8),
    provisioned: .perSecond(150), replicas: 15, running: 16, standing: "lasts")

  @Test("has the figures of the whole plan in each row")
  func sameFigures() throws {
    let rest = "budget: $1\nscaling: { minimum: 2 }"
    for service in [
      "capacity: 2000/s per replica\n  running: 20",
      "capacity: { low: 1500/s, mid: 2000/s, high: 2100/s }\n  running: 300",
    ] {
      let short = ServiceFigures(try Self.outcome(service, rest))
      let whole = ServiceFigures(try Self.outcome(service, rest, depth: .full))
      var alike = whole
      // What only the simulation judges is left out of the short one, and nothing else.
      alike.missed = whole.missed.filter { $0 == "capacity" || $0 == "survival" }
      alike.urgent = short.urgent
      #expect(short == alike)
    }
  }

  @Test("comes back from its document as it went in")
  func roundTrip() throws {
    let rows = [
      FleetRow("a", file: "a.yaml", answer: ServiceFigures(try Self.outcome("capacity: 2000/s\n  running: 20"))),
      FleetRow("b", file: "b.yaml", answer: ServiceFigures(try Self.outcome("capacity: 2000/s"))),
      FleetRow("", file: "c.yaml", fault: "c.yaml:1:1: error: \"quoted\"\nand more"),
    ]
    for row in rows {
      var json = JSONWriter()
      json.object { json in row.write(to: &json) }
      #expect(FleetRow(try JSON.parse(json.bytes)) == row)
    }
    #expect(FleetRow(try JSON.parse("{\"service\": \"x\", \"file\": \"y\", \"peak\": 1}")) == nil)
  }

  @Test("is ranked by the day on which it runs out, then by the earliest one, then by the chance")
  func risk() throws {
    let fleet = ServiceFleet([
      try Self.row("lasts") { _ in },
      try Self.row("unsure") { $0.early = Self.day + 3 },
      try Self.row("late") { ($0.expected, $0.early) = (Self.day + 9, Self.day + 2) },
      try Self.row("soon") { ($0.expected, $0.early) = (Self.day + 5, Self.day + 4) },
      try Self.row("likely") { ($0.expected, $0.early, $0.overload) = (Self.day + 9, Self.day + 2, 0.9) },
      try Self.row("missed") { $0.missed = ["survival"] },
    ])
    #expect(fleet.risks.map(\.name) == ["soon", "likely", "late", "unsure", "missed"])
    #expect(!fleet.isMet && fleet.total.missed == 1)
  }

  @Test("is ranked by idle money, whatever the order of its rows")
  func waste() throws {
    let rows = try [("a", 5.0), ("b", 50), ("c", 0), ("d", 50)].map { name, idle in
      try Self.row(name) {
        ($0.heldPerMonth, $0.followingPerMonth, $0.idlePerMonth) = (.dollars(100), .dollars(100 - idle), .dollars(idle))
      }
    }
    for order in [rows, rows.reversed()] {
      let fleet = ServiceFleet(order)
      #expect(fleet.wastes.map(\.name) == ["b", "d", "a"])
      #expect(fleet.total.money.map(\.idle.dollars) == [105] && fleet.total.money.map(\.held.dollars) == [400])
    }
  }

  @Test("adds amounts of one currency alone, and machines of one kind over all services")
  func total() throws {
    func need(_ count: Int, _ quota: Int?) -> ServiceFigures.Need {
      .init(machine: "g5", region: "", lifecycle: .onDemand, count: count, quota: quota)
    }
    let fleet = ServiceFleet([
      try Self.row("a") {
        ($0.currency, $0.heldPerMonth, $0.followingPerMonth, $0.machines) = (
          "EUR", .dollars(1), .dollars(1), [need(60, 100)]
        )
      },
      try Self.row("b") {
        ($0.heldPerMonth, $0.followingPerMonth, $0.machines) = (.dollars(2), .dollars(2), [need(70, nil)])
      },
      FleetRow("c", file: "c.yaml", fault: "no"),
    ])
    #expect(fleet.total.money.map(\.currency.code) == ["EUR", "USD"])
    #expect(fleet.total.machines.map(\.count) == [130] && fleet.total.machines[0].isOverQuota)
    #expect(fleet.total.services == 2 && fleet.faults.map(\.name) == ["c"])
    #expect(fleet.total.missing == 0 && fleet.total.replicas == 30)
  }

  @Test("a service that is there twice counts once")
  func once() throws {
    let fleet = ServiceFleet([try Self.row("a") { $0.replicas = 1 }, try Self.row("a") { $0.replicas = 2 }])
    #expect(fleet.rows.count == 1 && fleet.total.replicas == 2)
  }

  @Test("idle is what stands there over what follows the week; an autoscaler's fleet is idle beyond the peak's alone")
  func idle() throws {
    let still = try Self.outcome("capacity: 2000/s per replica\n  running: 400", "scaling: { fixed: 400 }")
    let moved = try Self.outcome(
      "capacity: 2000/s per replica\n  running: 400", "scaling: { target: { utilization: 70% } }")
    let flat = still.cost.flatPerMonth
    // 400 machines at a dollar for 730 hours.
    #expect(still.cost.runningPerMonth == .dollars(400 * 730))
    #expect(ServiceFigures(still).idlePerMonth == .dollars(400 * 730) - still.cost.followingPerMonth)
    #expect(ServiceFigures(moved).idlePerMonth == .dollars(400 * 730) - flat)
    let few = try Self.outcome("capacity: 2000/s per replica\n  running: 1")
    #expect(ServiceFigures(few).idlePerMonth == .zero)
  }
}

extension ServiceFigures {
  fileprivate init(
    peak: Estimate<RequestRate>, provisioned: RequestRate, replicas: Int, running: Int?, standing: String
  ) {
    let node = try? JSON.parse(
      """
      {"peak": \(peak.mid.perSecond), "peak_low": \(peak.low.perSecond), "peak_high": \(peak.high.perSecond),
       "peak_confidence": \(peak.confidence), "provisioned": \(provisioned.perSecond), "replicas": \(replicas),
       "running": \(running.map { "\($0)" } ?? "null"), "standing": "\(standing)", "currency": "USD", "machines": []}
      """)
    guard let node, let figures = ServiceFigures(node) else { preconditionFailure("the sample is whole") }
    self = figures
  }
}
