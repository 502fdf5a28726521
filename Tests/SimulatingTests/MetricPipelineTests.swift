import Quantities
import Scaling
import Serving
import Simulating
import Synchronization
import Testing

@Suite struct MetricPipelineTests {
  /// Writes down what it sees.
  final class Notebook: Sendable {
    let seen = Mutex<[Observation]>([])
  }
  struct Witness: ScalingPolicy {
    let notebook: Notebook
    var period: Duration = .seconds(15)
    mutating func step(_ observation: Observation) -> Decision {
      notebook.seen.withLock { $0.append(observation) }
      return Decision(desired: observation.replicas.desired, because: Reason(.nearTarget))
    }
  }

  private func seen(
    _ rates: [Double], _ metrics: MetricPipeline, service: (any ServiceModel)? = nil, period: Duration = .seconds(15),
    queue: QueueSpec = .absent
  ) throws -> [Observation] {
    let fixed = try FixedCapacity(.perSecond(100))
    let world = FluidWorld(
      service: service ?? fixed, dynamics: FleetDynamics(initial: 10, maximum: 10), queue: queue, metrics: metrics)
    let notebook = Notebook()
    _ = world.run(demand: FluidWorldTests.demand(rates), policy: Witness(notebook: notebook, period: period))
    return notebook.seen.withLock { $0 }
  }
  private func span(_ scrape: Double, _ delay: Double, _ window: Double) -> MetricPipeline {
    MetricPipeline(scrapeInterval: .seconds(scrape), delay: .seconds(delay), window: .seconds(window))
  }
  private let ramp: [Double] = [100, 200, 300, 400, 500, 600, 700, 800]

  @Test("instant metrics read the moment")
  func instant() throws {
    #expect(try seen(ramp, .instant).map { $0.signals.demand } == ramp)
  }

  @Test("a delay shows the past, and before the start the first moment")
  func delay() throws {
    #expect(try seen(ramp, span(0, 30, 0)).map { $0.signals.demand } == [100, 100, 100, 200, 300, 400, 500, 600])
  }

  @Test("a scrape interval holds a measurement until the next")
  func scrape() throws {
    #expect(try seen(ramp, span(45, 0, 0)).map { $0.signals.demand } == [100, 100, 100, 400, 400, 400, 700, 700])
  }

  @Test("a window is the mean of the time before the measurement")
  func window() throws {
    #expect(try seen(ramp, span(0, 0, 30)).map { $0.signals.demand } == [100, 100, 150, 250, 350, 450, 550, 650])
  }

  @Test("utilization saturates at 1, as meters do, and is not measured without replicas")
  func utilization() throws {
    let utilizations = try seen([500, 1000, 3000], .instant).map { $0.signals.utilization }
    #expect(utilizations == [0.5, 1, 1])
    let none = FluidWorld(
      service: try FixedCapacity(.perSecond(100)), dynamics: FleetDynamics(initial: 0, minimum: 0), metrics: .instant)
    let notebook = Notebook()
    _ = none.run(demand: FluidWorldTests.demand([5]), policy: Witness(notebook: notebook))
    #expect(notebook.seen.withLock { $0[0].signals.utilization.isNaN })
  }

  @Test("concurrency is measured where the service time is known, and follows Little's law")
  func concurrency() throws {
    #expect(try seen([500], .instant)[0].signals.concurrency.isNaN)
    let queue = try ErlangC(concurrency: 5, serviceTime: .milliseconds(50))
    let level = queue.level(of: .perSecond(500), replicas: 10)
    let measured = try seen([500], .instant, service: queue)[0].signals.concurrency
    #expect(abs(measured / (level.concurrency ?? 0) - 1) < 0.01)
  }

  @Test("the policy looks on its own period, at the start first")
  func period() throws {
    let times = try seen(ramp, .instant, period: .seconds(40)).map { ($0.time - FluidWorldTests.midnight).seconds }
    // Ticks of 15 s: the first at or after 0, 40 and 80 s.
    #expect(times == [0, 45, 90])
  }
}
