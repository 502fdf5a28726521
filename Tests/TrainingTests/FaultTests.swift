import Documents
import HeadroomTesting
import Quantities
import Testing

@testable import Training

@Suite("FaultModel")
struct FaultModelTests {
  private static func trace() throws -> FaultTrace {
    try FaultTrace(JSON.parse(Input.read(path: TestData.path("training/faults_dev.json"))))
  }

  private static let job = JobInterruptions(
    mtbf: .hours(1), save: .seconds(30), interval: .minutes(30), detection: .minutes(5), startup: .minutes(10),
    loading: .minutes(2))

  @Test func `a sampled trace shows the model that it was drawn from`() throws {
    let model = FaultModel(
      ratePerNodeDay: 0.0042, evenness: 0.9, medianRepair: .hours(20), repairSpread: 1.6, dispersion: 1)
    let found = try FaultModel(model.sample(nodes: 2000, days: 700, seed: 5))
    #expect(abs(found.ratePerNodeDay / model.ratePerNodeDay - 1) < 0.1)
    #expect(abs(found.evenness / model.evenness - 1) < 0.25)
    #expect(abs(found.medianRepair.hours / 20 - 1) < 0.1)
    #expect(abs(found.repairSpread - 1.6) < 0.1)
  }

  @Test(.enabled(if: TestData.isPresent, "HEADROOM_DATA names no data")) func `the trace's own figures come out`()
    throws
  {
    let trace = try Self.trace()
    // 255 starts and as many ends; a stress test's failure and the CPU's on node 192 began before its GPU was repaired (day
    // 180.278 to 271.932), so that machines were out of use 253 times, this one until its CPU was repaired.
    #expect(trace.faults.count == 253)
    let long = try #require(trace.faults.first { $0.node == 192 && $0.start == 180.278 })
    #expect(long.end == 271.9428 && long.kind == "GPU")
    let model = try FaultModel(trace)
    // SOURCE: median 25 h and 90 % 255 h of this part of the nodes; 134 h on average.
    #expect(abs(model.medianRepair.hours - 25.4) < 0.5)
    #expect(abs(model.longRepair.hours - 255) < 3)
    #expect(abs(model.meanRepair.hours / 134 - 1) < 0.15)
    #expect((trace.gapVariation ?? 0) > 1.2)
  }

  @Test(.enabled(if: TestData.isPresent, "HEADROOM_DATA names no data"))
  func `the model of half of the nodes tells the goodput of the other half within two points`() throws {
    let trace = try Self.trace()
    for parity in 0..<2 {
      let model = try FaultModel(trace.part { $0 % 2 == parity })
      let others = trace.part { $0 % 2 != parity }
      for (nodes, spares) in [(90, 25), (100, 15), (105, 10)] where nodes + spares <= others.nodes {
        let predicted = model.goodput(Self.job, nodes: nodes, spares: others.nodes - nodes)
        let replayed = FaultReplay(Self.job, nodes: nodes).run(others).goodput
        #expect(abs(predicted.useful - replayed.useful) < 0.02, "\(nodes) of \(others.nodes) nodes")
      }
    }
  }

  @Test func `more spares are never worse, and enough of them hold 95 percent`() {
    let model = FaultModel.published
    let needed = model.spares(nodes: 128)
    #expect(model.availability(nodes: 128, spares: needed) >= 0.95)
    #expect(model.availability(nodes: 128, spares: needed - 1) < 0.95)
    for spares in 1..<30 {
      #expect(
        model.availability(nodes: 128, spares: spares) >= model.availability(nodes: 128, spares: spares - 1) - 0.02)
    }
  }

  /// Without spread a Poisson number of machines is down: 100 machines, 0.01 a day, one day of repair.
  @Test func `independent faults follow Poisson`() {
    let model = FaultModel(ratePerNodeDay: 0.01, medianRepair: .days(1))
    let mean = model.down(of: 100)
    #expect(abs(mean - 100 * 0.01 / 1.01) < 1e-9)
    #expect(abs(model.availability(nodes: 100, spares: 0) - 0.3715) < 0.001)
  }

  @Test func `evicting what fails again and again saves failures`() {
    let model = FaultModel(ratePerNodeDay: 0.01, evenness: 0.2, medianRepair: .hours(2), repairSpread: 0.5)
    let trace = model.sample(nodes: 140, days: 300, seed: 2)
    let plain = FaultReplay(Self.job, nodes: 120).run(trace)
    let evicting = FaultReplay(Self.job, nodes: 120, evictAfter: 3).run(trace)
    #expect(evicting.evicted > 0)
    #expect(evicting.failures < plain.failures)
    #expect(evicting.goodput.useful > plain.goodput.useful)
  }

  @Test func `a replay's shares add up to the whole`() {
    let trace = FaultModel.published.sample(nodes: 64, days: 100, seed: 9)
    let goodput = FaultReplay(Self.job, nodes: 60).run(trace).goodput
    #expect(abs(goodput.useful + goodput.badput - 1) < 1e-6)
  }

  @Test func `a document that is no trace is refused with the form`() throws {
    #expect(throws: TrainingError.self) { try FaultTrace(JSON.parse("{}")) }
    #expect(throws: TrainingError.self) {
      try FaultTrace(JSON.parse(#"[{"node": 1, "day": -2, "event": "fault_start"}]"#))
    }
  }
}
