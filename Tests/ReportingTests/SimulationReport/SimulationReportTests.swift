import Documents
import Catalogs
import Quantities
import Serving
import Testing

@testable import Reporting

@Suite struct SimulationReportTests {
  private func outcome(unserved: Double) -> Outcome {
    var timeline = Timeline(start: SamplePlan.now, step: .minutes(10))
    let n = 144
    timeline.demandMean = (0..<n).map { 1000 + 10 * Double($0) }
    timeline.demandMax = timeline.demandMean.map { $0 * 1.05 }
    timeline.capacityMin = (0..<n).map { _ in 2400 }
    timeline.ready = (0..<n).map { _ in 12 }
    timeline.starting = (0..<n).map { $0 > 130 ? 2 : 0 }
    timeline.desired = timeline.ready
    timeline.queue = (0..<n).map { _ in 0 }
    timeline.unserved = (0..<n).map { $0 > 138 ? unserved : 0 }
    timeline.utilizationMax = (0..<n).map { _ in 0.8 }
    timeline.p99Max = (0..<n).map { _ in .nan }
    var service = ServiceRecord()
    service.offered = 1_000_000
    service.unserved = Count(rawValue: unserved * 5)
    service.served = Count(rawValue: 1_000_000 - unserved * 5)
    service.overload = unserved > 0 ? .minutes(50) : .zero
    var fleet = FleetRecord(use: FleetUse(span: .hours(24)))
    fleet.replicaHours = 288
    fleet.peakReplicas = 14
    return Outcome(
      start: SamplePlan.now, duration: .hours(24), tick: .seconds(15), service: service, fleet: fleet,
      timeline: timeline,
      actions: [
        .init(time: SamplePlan.now, from: 12, to: 14, rule: "above-target", reason: "utilization 81 % is above 70 %")
      ])
  }

  private func report(unserved: Double) -> SimulationReport {
    SimulationReport(
      [
        SimulatedPolicy(policy: "target", title: "target tracking at 70 %", outcome: outcome(unserved: unserved)),
        SimulatedPolicy(policy: "fixed", title: "flat fleet of 14", outcome: outcome(unserved: 0), cost: .dollars(12)),
      ], source: "traffic.csv", objective: Objective(availability: .percent(99.9)), capacityPerReplica: .perSecond(200),
      provenance: SamplePlan.provenance)
  }

  @Test("a missed objective is the headline, with what was asked")
  func missed() {
    #expect(
      report(unserved: 1000).headline
        == "Target tracking at 70 % misses the objective: 99.5 % of requests are served, 99.9 % are asked for.")
    #expect(report(unserved: 0).headline.contains("meets the objective with 12 replicas on average and 14 at most"))
  }

  @Test("what is not served is drawn and said; what is served is not red")
  func red() {
    let bad = report(unserved: 1000).html()
    #expect(
      bad.contains("class=\"unserved\"") && bad.contains("5k requests not served")
        || bad.contains("5000 requests not served"))
    #expect(!report(unserved: 0).html().contains("class=\"unserved\""))
    #expect(Markup.problem(in: bad, html: true) == nil)
    Preview.write(bad, to: "simulation.html")
    Preview.write(
      report(unserved: 1000).terminal(style: .init(isColored: false, isUnicode: true)), to: "simulation.txt")
  }

  @Test("JSON reads back with every policy")
  func json() throws {
    let node = try JSON.parse(Array(report(unserved: 1000).json().utf8))
    #expect(node["schema"]?.string == "headroom/simulation/1")
    #expect(node["simulations"]?.count == 2)
    #expect(node["simulations"]?.elements?.first?["meets_objective"]?.bool == false)
    #expect(node["timeline"]?["demand_max"]?.numbers?.count == 144)
  }

  @Test("the simulations of a plan make a report")
  func ofPlan() throws {
    let report = SimulationReport(try SamplePlan.outcome(), provenance: SamplePlan.provenance)
    #expect(report.simulations.count > 1)
    #expect(Markup.problem(in: report.html(), html: true) == nil)
    Preview.write(report.html(), to: "simulation-plan.html")
    Preview.write(report.terminal(style: .init(isColored: false, isUnicode: true)), to: "simulation-plan.txt")
  }
}
