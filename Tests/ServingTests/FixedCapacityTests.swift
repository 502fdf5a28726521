import Quantities
import Serving
import Testing

@Suite struct FixedCapacityTests {
  @Test("knows no latency without a service time")
  func honest() throws {
    let level = try FixedCapacity(.perSecond(100)).level(of: .perSecond(250), replicas: 2)
    #expect(level.latency == nil)
    #expect(level.concurrency == nil)
    #expect(level.served == .perSecond(200))
    #expect(level.utilization == .percent(125))
  }

  @Test("with a service time it is the queue that Little's law makes of it, at the same capacity")
  func littlesQueue() throws {
    let fixed = try FixedCapacity(.perSecond(100), serviceTime: .milliseconds(50))
    let queue = try ErlangC(concurrency: 5, serviceTime: .milliseconds(50))
    #expect(fixed.level(of: .perSecond(80), replicas: 1) == queue.level(of: .perSecond(80), replicas: 1))
    let slow = try FixedCapacity(.perSecond(0.1), serviceTime: .seconds(1))
    #expect(slow.level(of: .perSecond(0.05), replicas: 1).utilization == .percent(50))
    #expect(slow.capacityPerReplica == .perSecond(0.1))
  }

  @Test("capacities that mean nothing are refused", arguments: [0, -1, Double.nan, .infinity])
  func refusals(capacity: Double) {
    #expect(throws: ServingError.self) { try FixedCapacity(.perSecond(capacity)) }
  }
}
