import Documents
import Quantities
import Scaling
import Simulating
import Testing
import Traffic

@testable import Planning

@Suite("The simulated world of a plan") struct SimulationSpecTests {
  static func spec(_ simulation: String, service: String = "capacity: 2000/s") throws -> PlanSpec {
    let text = planText(traffic: "average: 30000/s", service: service, rest: "simulation: \(simulation)")
    return try PlanFormat.tested.parse(yaml: Array(text.utf8), file: "plan.yaml")
  }

  @Test("what is left out does not happen")
  func empty() throws {
    let spec = try Self.spec("{}").simulation
    #expect(spec.nodes == nil && spec.batch == nil && !spec.hasIncidents && spec.planned.isEmpty)
    #expect(spec.metrics(delay: .seconds(30)) == MetricPipeline(delay: .seconds(30)))
  }

  @Test("nodes take the place of the start's node stage")
  func nodes() throws {
    let spec = try Self.spec("{ nodes: { per node: 2, quota: 100, provisioning: 4m, unneeded: 20m } }")
    let plan = try Plan.resolve(spec, catalog: .builtIn, zone: { _ in nil }).plan
    let pool = try #require(plan.simulation.nodes)
    #expect(pool.replicasPerNode == 2)
    #expect(pool.maximum == 100)
    #expect(pool.unneededTime == .seconds(1200))
    #expect(pool.delayAfterAdd == NodePoolSpec().delayAfterAdd)
    #expect(plan.service.startup.mean == .seconds(240))
  }

  @Test("a lognormal stage has the median and the 99th percentile that were written")
  func stages() throws {
    let startup = try Self.spec(
      "{}",
      service: "capacity: 2000/s\n  startup: { image: { low: 10s, high: 30s }, model load: { median: 45s, p99: 2m } }"
    ).service.startup
    #expect(startup.image == .uniform(.seconds(10), .seconds(30)))
    guard case .lognormal(let median, let shape) = startup.modelLoad else {
      Issue.record("not lognormal")
      return
    }
    #expect(median == .seconds(45))
    // ln(120 / 45) / 2.3263
    #expect(abs(shape - 0.421619) < 1e-5)
    #expect(startup.node == .fixed(.zero))
  }

  @Test("crashes and preemptions are rates of one replica, whatever unit they are written in")
  func rates() throws {
    let spec = try Self.spec("{ incidents: { crashes: 0.024/day, preemptions: 0.02/h, notice: 30s } }").simulation
    #expect(abs(spec.crashesPerHour - 0.001) < 1e-12)
    #expect(abs(spec.preemptionsPerHour - 0.02) < 1e-12)
    #expect(spec.notice == .seconds(30))
  }

  @Test("a planned incident stands at a time of the users' clock, of its own zone, or after a span")
  func planned() throws {
    let spec = try Self.spec(
      """
      { incidents: { planned: [ { at: "2026-11-27T18:00", crash: 30% }, { at: "2026-11-27T18:00Z", preempt: 50% },
          { at: 36h, metrics missing: 10m }, { at: 400d, crash: 10% } ] } }
      """
    ).simulation
    let start = try #require(Timestamp(iso8601: "2026-11-27"))
    let zone = TimeZoneRules.fixed(name: "Five behind", offset: -5 * 3600)
    let incidents = spec.incidents(from: start, length: .days(2), now: start, zone: zone)
    // 18:00 five hours behind UTC is 23:00 there; what lies behind the end of the run is left out.
    #expect(
      incidents.planned == [
        Incident(at: .hours(23), .crash(.percent(30))), Incident(at: .hours(18), .preemption(.percent(50))),
        Incident(at: .hours(36), .metricsMissing(.minutes(10))),
      ])
    #expect(spec.incidents(from: nil, length: .zero, now: start, zone: zone).planned.isEmpty)
  }

  @Test(
    "faults are told with their place, all of them",
    arguments: [
      ("{ incidents: { planned: [ { at: 36h } ] } }", "says not what happens"),
      ("{ incidents: { planned: [ { at: 36h, crash: 30%, preempt: 10% } ] } }", "of two kinds"),
      ("{ incidents: { planned: [ { at: soon, crash: 30% } ] } }", "'at' is no time"),
      ("{ incidents: { planned: [ { at: 1h, crash: 130% } ] } }", "'crash' is out of range"),
      ("{ incidents: { crashes: 5/s } }", "'crashes' is out of range"),
      ("{ nodes: { minimum: 5, quota: 2 } }", "'minimum' is above 'quota'"),
      ("{ nodes: { quota: 2, provisioning: { median: 60s, p99: 30s } } }", "needs a median and a p99"),
      ("{ nodes: { quota: 2, provisioning: { low: 60s } } }", "needs a low and a high"),
      ("{ nodes: { quota: 2 }, warm nodes: 3 }", "'warm nodes' and 'nodes' are both given"),
      ("{ batch: { arriving: -1 } }", "'arriving' is out of range"),
      ("{ metrics: { scrape: 0s } }", "'scrape' is not above zero"),
      ("{ nods: { quota: 2 } }", "nods"),
    ])
  func faults(_ text: String, _ message: String) throws {
    let error = #expect(throws: Diagnostics.self) { try Self.spec(text) }
    #expect(error.map { "\($0)".contains(message) && "\($0)".contains("plan.yaml:") } == true, "\(error as Any)")
  }

  @Test("a quota of nodes below the plan is something to act on, and simulations come to it")
  func quota() throws {
    let rest = "horizon: 3d\nsimulation: { nodes: { quota: 5, provisioning: 2m } }"
    let outcome = try PlannerTests.outcome(rest)
    let finding = try #require(outcome.findings.first { $0.code == "node-quota-too-low" })
    #expect(finding.severity == .act)
    #expect(outcome.simulations[0].outcome.fleet?.nodeHours != nil)
    #expect(outcome.simulations[0].outcome.service.peakUtilization ?? .zero >= .percent(100))
  }

  @Test("crashes of the plan happen in its simulation, and are told")
  func crashes() throws {
    let outcome = try PlannerTests.outcome("horizon: 3d\nsimulation: { incidents: { crashes: 0.05/h } }")
    #expect(outcome.simulations[0].outcome.fleet?.crashes ?? 0 > 5)
    #expect(outcome.findings.contains { $0.code == "incidents-simulated" })
  }

  @Test("futures are the same on any number of cores, and their spread is in order")
  func futures() throws {
    let outcome = try PlannerTests.outcome("horizon: 3d")
    let futures = try #require(
      Planner.futures(of: outcome, count: 6, seed: 7) { count, work in (0..<count).map(work) })
    let backwards = Planner.futures(of: outcome, count: 6, seed: 7) { count, work in
      (0..<count).reversed().map(work).reversed()
    }
    #expect(futures == backwards)
    #expect(futures.count == 6)
    let spread = futures.meanReplicas
    #expect(
      spread.least <= spread.p10 && spread.p10 <= spread.p50 && spread.p50 <= spread.p90 && spread.p90 <= spread.most)
    #expect(futures.served.most <= 1)
  }

  @Test("a demand of one's own is simulated under the plan's policy and its alternatives")
  func ownDemand() throws {
    let outcome = try PlannerTests.outcome("horizon: 3d")
    let flat = TimeSeries<RequestRate>(
      start: outcome.now, step: .minutes(5), rawValues: [Double](repeating: 10_000, count: 100))
    let simulations = Planner.simulations(of: outcome, over: Workload(series: flat), named: "flat", seed: 1)
    #expect(simulations.first?.policy == outcome.plan.policy.name)
    #expect(simulations.allSatisfy { $0.over == "flat" })
    #expect(abs(simulations[0].outcome.service.offered.rawValue - 10_000 * 100 * 300) < 1)
  }
}
