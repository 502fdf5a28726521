import Quantities
import Scaling
import Serving
import Simulating
import Testing

@Suite struct LatencyInWorldTests {
  private let objective = Objective(latency: [.p99(.milliseconds(300)), .p50(.milliseconds(60))])

  private func world(_ replicas: Int, _ queue: QueueSpec = QueueSpec()) throws -> FluidWorld {
    FluidWorld(
      service: try ErlangC(concurrency: 4, serviceTime: .milliseconds(50)),
      dynamics: FleetDynamics(initial: replicas, minimum: replicas, maximum: replicas), queue: queue, metrics: .instant,
      objective: objective)
  }

  @Test("a steady fleet shows the model's p99 and share within the bound, to 1 %", arguments: [1, 3, 40, 500])
  func steady(replicas: Int) throws {
    let world = try world(replicas)
    for utilization in [0.07, 0.31, 0.58, 0.83, 0.93, 0.98] {
      let demand = world.service.capacity(of: replicas) * utilization
      let outcome = world.run(
        demand: FluidWorldTests.demand([demand.rawValue, demand.rawValue]), policy: FluidWorldTests.Script([replicas]))
      let exact = try #require(world.service.level(of: demand, replicas: replicas).latency?.p99)
      #expect(abs((outcome.timeline.p99Max.first ?? 0) / exact - 1) < 0.01, "utilization \(utilization)")
      for attainment in outcome.service.attainments {
        let share = try #require(
          world.service.share(
            of: .response, within: attainment.bound.limit.seconds, of: demand, replicas: replicas))
        #expect(abs(attainment.share.rawValue - share) < 0.005, "utilization \(utilization)")
        #expect(attainment.includesService)
      }
    }
  }

  @Test("p99 and the share in time only get worse as demand grows through saturation")
  func monotone() throws {
    var lastP99 = 0.0
    var lastShare = 1.0
    for percent in stride(from: 50.0, through: 150, by: 2.5) {
      let world = try world(10, QueueSpec(limit: .requests(2000)))
      let demand = Array(repeating: 8 * percent, count: 20)
      let outcome = world.run(demand: FluidWorldTests.demand(demand), policy: FluidWorldTests.Script([10]))
      let p99 = outcome.timeline.p99Max.max() ?? 0
      let share = try #require(outcome.service.attainments.first).share.rawValue
      #expect(p99 >= lastP99 * (1 - 1e-9), "at \(percent) %")
      #expect(share <= lastShare + 1e-9, "at \(percent) %")
      (lastP99, lastShare) = (p99, share)
    }
    #expect(lastShare < 0.05)
  }

  @Test("without a latency model only the wait in the queue is held against the bound, and the outcome says so")
  func waitAlone() throws {
    let bound = LatencyBound.p99(.seconds(10))
    var world = try FluidWorldTests.world(FleetDynamics(initial: 10, maximum: 10), .endless)
    world.objective = Objective(latency: [bound])
    // 1,100/s on 1,000/s: the wait grows by 1.5 s a tick and passes 10 s after 100 of 150 s.
    let outcome = world.run(
      demand: FluidWorldTests.demand(Array(repeating: 1100, count: 10)), policy: FluidWorldTests.Script([10]))
    let attainment = try #require(outcome.service.attainments.first)
    #expect(abs(attainment.share.rawValue - 100.0 / 150) < 1e-9)
    #expect(!attainment.includesService && !attainment.isMet)
    #expect(!outcome.meets(world.objective))
    #expect(outcome.timeline.p99Max.allSatisfy { $0.isNaN })
  }

  @Test("those that are served before the deadline waited no longer than it")
  func deadlineBoundsWait() throws {
    var world = try FluidWorldTests.world(
      FleetDynamics(initial: 10, maximum: 10), QueueSpec(deadline: .seconds(30)))
    world.objective = Objective(latency: [.p50(.seconds(31))])
    let outcome = world.run(
      demand: FluidWorldTests.demand(Array(repeating: 2000, count: 400)), policy: FluidWorldTests.Script([10]))
    let share = try #require(outcome.service.attainments.first).share.rawValue
    #expect(abs(share - 0.5) < 0.02)
  }

  @Test("an empty fleet answers nobody")
  func emptyFleet() throws {
    let outcome = try world(0).run(
      demand: FluidWorldTests.demand([5, 5, 5, 5]), policy: FluidWorldTests.Script([0]))
    #expect(outcome.service.attainments.map(\.share) == [.zero, .zero])
    #expect(outcome.timeline.p99Max == [.infinity, .infinity, .infinity, .infinity])
  }
}
