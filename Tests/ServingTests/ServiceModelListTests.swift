import Documents
import Quantities
import Testing

@testable import Serving

@Suite struct ServiceModelListTests {
  @Test("names and keys are unique and every descriptor is complete")
  func complete() {
    let all = ServiceModelList.all
    #expect(Set(all.map { $0.name }).count == all.count)
    #expect(Set(all.map { $0.key }).count == all.count)
    for model in all {
      #expect(!model.summary.isEmpty)
      #expect(model.example.hasPrefix("service:"))
      #expect(model.fields.contains { $0.name == model.key })
      #expect(ServiceModelList.named(model.name)?.summary == model.summary)
    }
  }

  private func read(_ service: String) throws -> (estimate: ServiceEstimate?, problems: [String]) {
    let node = try YAML.parse("service: " + service)
    var reader = ServiceModelReader { (files) throws(Diagnostics) in
      Estimate(low: .perSecond(90), mid: .perSecond(100), high: .perSecond(105))
    }
    let found = try ServiceModelList.read(#require(node["service"]), "service", &reader)
    return (found, reader.values.diagnostics.all.map { "\($0)" })
  }

  @Test("each model is read from its own keys")
  func reading() throws {
    let fixed = try read("{ capacity: { low: 80/s, mid: 100/s, high: 110/s } }")
    #expect(fixed.problems.isEmpty && fixed.estimate?.low.capacityPerReplica == .perSecond(80))
    let queue = try read("{ service time: 50ms, concurrency: 4 }")
    #expect(queue.estimate?.mid.capacityPerReplica == .perSecond(80) && queue.estimate?.isCertain == true)
    // A capacity with a service time is one model: the queue of that capacity, not two capacities.
    let both = try read("{ capacity: 500/s, service time: 50ms }")
    #expect(both.problems.isEmpty && both.estimate?.mid.capacityPerReplica == .perSecond(500))
    #expect(both.estimate?.mid.metrics.contains(.response) == true)
    let measured = try read("{ measured: run.json }")
    #expect(measured.estimate?.low.capacityPerReplica == .perSecond(90))
  }

  @Test(
    "keys of two models say one thing twice, and are told",
    arguments: [
      ("{ capacity: 500/s, service time: 50ms, concurrency: 8 }", "both 'capacity' and 'concurrency'"),
      ("{ measured: run.json, capacity: 5/s }", "both 'capacity' and 'measured'"),
      ("{ measured: run.json, concurrency: 4 }", "both 'measured' and 'concurrency'"),
      ("{ model: queueing, capacity: 5/s }", "'capacity' does not belong to the model 'queueing'"),
      ("{ model: queueing, concurrency: 4 }", "needs 'service time'"),
      ("{ concurrency: 4 }", "nothing says what one replica can do"),
      ("{ capacity: , service time: 5ms }", "'capacity' has no value"),
      ("{ balancing: shared line }", "nothing says what one replica can do"),
      ("{ capacity: { low: 5/s, mid: 4/s, high: 6/s } }", "out of order"),
    ])
  func contradictions(_ service: String, _ message: String) throws {
    let (estimate, problems) = try read(service)
    #expect(estimate == nil && problems.contains { $0.contains(message) }, "\(problems)")
  }
}
