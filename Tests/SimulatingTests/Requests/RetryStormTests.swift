import Quantities
import Scaling
import Serving
import Simulating
import Testing
import Traffic

/// A line with room for 100 before a server of 50/s, clients that wait half a second, a base of 20/s and a burst of 100/s
/// for 10 s. A full line takes 2 s to serve, so that all it holds is abandoned; whether that ends depends on retries: a base
/// of 20/s with two attempts offers at most 40/s and recovers, with three 60/s and never does.
@Suite struct RetryStormTests {
  private func late(attempts: Int, cancels: Bool = false, budget: Fraction? = nil) throws -> Double {
    let world = RequestWorld(
      service: try ErlangC(concurrency: 1, serviceTime: .milliseconds(20), serviceVariability: 0),
      dynamics: FleetDynamics(initial: 1, minimum: 1, maximum: 1),
      queue: QueueSpec(limit: .requests(100), deadline: nil),
      clients: ClientBehavior(timeout: .milliseconds(500), attempts: attempts, budget: budget, cancels: cancels),
      seed: 1)
    let rates = (0..<300).map { (30..<40).contains($0) ? 100.0 : 20 }
    let outcome = world.simulate(
      Workload(
        series: TimeSeries(start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(1), rawValues: rates)),
      under: FixedPolicy(replicas: 1))
    // Failures in the last two minutes, long after the burst.
    let timeline = outcome.outcome.timeline
    return timeline.unserved.suffix(120).reduce(0, +) / (20 * 120)
  }

  @Test("one or two attempts recover from a burst", arguments: [1, 2])
  func recovers(attempts: Int) throws { #expect(try late(attempts: attempts) < 0.01) }

  @Test("three attempts keep the service busy with abandoned work for ever")
  func storms() throws { #expect(try late(attempts: 3) > 0.5) }

  @Test("a budget for retries, or a service that is told, ends the storm")
  func ends() throws {
    #expect(try late(attempts: 3, budget: .percent(10)) < 0.01)
    #expect(try late(attempts: 3, cancels: true) < 0.01)
  }
}
