import Catalogs
import Quantities
import Scaling
import Serving
import Simulating
import Testing
import Traffic

@Suite struct FluidWorldTests {
  static let midnight = Timestamp(secondsSinceEpoch: 1_760_000_000)

  static func demand(_ rates: [Double], step: Duration = .seconds(15)) -> TimeSeries<RequestRate> {
    TimeSeries(start: midnight, step: step, rawValues: rates)
  }

  static func world(_ fleet: FleetDynamics, _ queue: QueueSpec = .absent) throws -> FluidWorld {
    FluidWorld(service: try FixedCapacity(.perSecond(100)), dynamics: fleet, queue: queue, metrics: .instant)
  }

  /// Asks for what a table says, one row a look; holds the last.
  struct Script: ScalingPolicy {
    var desired: [Int]
    var period: Duration = .seconds(15)
    private var row = 0
    init(_ desired: [Int], period: Duration = .seconds(15)) {
      self.desired = desired
      self.period = period
    }
    mutating func step(_ observation: Observation) -> Decision {
      defer { row += 1 }
      return Decision(
        desired: desired[min(row, desired.count - 1)],
        because: Reason(.aboveTarget, measured: observation.signals.demand, limit: 1, proposed: 1))
    }
  }

  @Test("with instant metrics and starts, a threshold policy does what the reference autoscaler does")
  func reproducesReference() throws {
    var random = RandomStream(seed: 7)
    let trace = (0..<500).map { _ in random.uniform(0, 50_000) }
    // The reference ignores its first rate; a world looks at every one.
    let expected = try ReferenceAutoscaler.simulate(trace: [0] + trace, initial: 25, policy: ThresholdPolicy())
    var world = FluidWorld(
      service: try FixedCapacity(.perSecond(2000)), dynamics: FleetDynamics(initial: 25, minimum: 0, maximum: 1000),
      metrics: .instant)
    world.timelinePoints = 500
    let outcome = world.run(demand: Self.demand(trace), policy: ThresholdPolicy())
    #expect(outcome.timeline.desired == expected.dropFirst().map { Double($0) })
  }

  @Test("arrivals = served + unserved + waiting, whatever the world", arguments: 0..<60)
  func conservation(seed: UInt64) throws {
    var random = RandomStream(seed: seed)
    let rates = (0..<400).map { _ in random.uniform() < 0.1 ? 0 : random.uniform(0, 6000) }
    let limits: [QueueSpec.Limit] = [
      .none, .requests(random.uniform(0, 20_000)), .time(.seconds(random.uniform(0, 90))),
    ]
    let queue = QueueSpec(
      limit: limits[Int(seed % 3)], deadline: seed % 2 == 0 ? nil : .seconds(random.uniform(0, 120)))
    let fleet = FleetDynamics(
      initial: Int(random.uniform(0, 40)), minimum: 0, maximum: 60,
      startup: Startup(node: .uniform(.zero, .seconds(90)), modelLoad: .lognormal(median: .seconds(30), shape: 0.5)),
      drainTime: .seconds(20), warmNodes: Int(seed % 4))
    let world = FluidWorld(
      service: try ErlangC(concurrency: 5, serviceTime: .milliseconds(50)), dynamics: fleet, queue: queue,
      objective: Objective(latency: [.p99(.milliseconds(300))]), seed: seed)
    let totals = world.run(demand: Self.demand(rates), policy: TargetTrackingPolicy(maximum: 60)).service
    let sum = totals.served + totals.unserved + totals.waiting
    #expect(abs(sum / totals.offered - 1) < 1e-12, "seed \(seed)")
    #expect(abs(totals.offered.rawValue - rates.reduce(0, +) * 15) < 1e-6 * totals.offered.rawValue)
    #expect(totals.unserved.rawValue >= 0 && totals.waiting.rawValue >= 0)
    let share = try #require(totals.attainments.first).share
    #expect(share.rawValue >= 0 && share <= totals.shareServed)
  }

  @Test("same inputs and seed give the same outcome, another seed another")
  func determinism() throws {
    func run(_ seed: UInt64) throws -> Outcome {
      let fleet = FleetDynamics(
        initial: 2, maximum: 50, startup: Startup(modelLoad: .lognormal(median: .seconds(60), shape: 0.6)))
      let world = FluidWorld(service: try FixedCapacity(.perSecond(100)), dynamics: fleet, seed: seed)
      return world.run(
        demand: Self.demand((0..<300).map { Double($0 % 60) * 50 }), policy: TargetTrackingPolicy(maximum: 50))
    }
    #expect(try run(3) == run(3))
    #expect(try run(3) != run(4))
  }

  @Test("the stages of a start delay capacity exactly, also within a tick")
  func startupDelay() throws {
    let fleet = FleetDynamics(
      initial: 1, maximum: 10,
      startup: Startup(
        node: .fixed(.seconds(60)), image: .fixed(.seconds(20)), modelLoad: .fixed(.seconds(45)),
        warm: .fixed(.seconds(5))))
    var world = try Self.world(fleet)
    world.timelinePoints = 100
    let outcome = world.run(demand: Self.demand(Array(repeating: 1000, count: 20)), policy: Script([10]))
    // 130 s: tick 8 begins at 120 s; its last 5 of 15 s have nine more replicas.
    let capacity = outcome.timeline.capacityMin
    #expect(capacity[7] == 100)
    #expect(abs(capacity[8] - (100 + 900.0 / 3)) < 1e-9)
    #expect(capacity[9] == 1000)
    #expect(outcome.fleet?.startingHours == 9 * 130 / 3600.0)
    #expect(abs(outcome.service.unserved.rawValue - 900 * 130) < 1e-6)
  }

  @Test("overload for a time leaves a queue of excess times time, which drains at the spare capacity")
  func closedFormQueue() throws {
    var world = try Self.world(FleetDynamics(initial: 10, maximum: 10), .endless)
    world.timelinePoints = 100
    // 1,300/s against 1,000/s for 150 s, then 800/s: 45,000 wait, and are gone after 225 s.
    let rates = Array(repeating: 1300.0, count: 10) + Array(repeating: 800, count: 30)
    let outcome = world.run(demand: Self.demand(rates), policy: Script([10]))
    #expect(outcome.timeline.queue.max() == 45_000)
    #expect(outcome.timeline.queue[24] == 3000)
    #expect(outcome.timeline.queue[25] == 0)
    #expect(outcome.service.queuedSeconds == 45_000 / 2 * (150 + 225))
    #expect(outcome.service.overload == .seconds(150))
    #expect(outcome.service.served == outcome.service.offered)
  }

  @Test("requests that wait longer than the deadline give up: the queue holds the arrivals of that time")
  func deadline() throws {
    var world = try Self.world(FleetDynamics(initial: 10, maximum: 10), QueueSpec(deadline: .seconds(40)))
    world.timelinePoints = 1000
    let outcome = world.run(demand: Self.demand(Array(repeating: 1500, count: 100)), policy: Script([10]))
    #expect(abs((outcome.timeline.queue.last ?? 0) - 60_000) < 1e-6)
    #expect(abs(outcome.service.waiting.rawValue - 60_000) < 1e-6)
    #expect(abs(outcome.service.unserved.rawValue - (500 * 1500 - 60_000)) < 1e-6)
  }

  @Test("a queue limit turns away what does not fit", arguments: [QueueSpec.Limit.requests(5000), .time(.seconds(5))])
  func queueLimit(limit: QueueSpec.Limit) throws {
    let world = try Self.world(FleetDynamics(initial: 10, maximum: 10), QueueSpec(limit: limit, deadline: nil))
    let outcome = world.run(demand: Self.demand(Array(repeating: 1500, count: 10)), policy: Script([10]))
    #expect(outcome.service.waiting == 5000)
    #expect(outcome.service.unserved == 70_000)
  }

  @Test("scaling in gives up starting replicas first, the youngest before the older")
  func scaleDownOrder() throws {
    let fleet = FleetDynamics(initial: 5, maximum: 20, startup: Startup(modelLoad: .fixed(.seconds(60))))
    var world = try Self.world(fleet)
    world.timelinePoints = 100
    // 5 ready; 3 start at 0 s and 4 at 15 s; at 30 s 7 in all are wanted: the 4 and one of the 3 go.
    let outcome = world.run(demand: Self.demand(Array(repeating: 10, count: 8)), policy: Script([8, 12, 7]))
    #expect(outcome.timeline.ready == [5, 5, 5, 5, 7, 7, 7, 7])
    #expect(outcome.timeline.starting == [3, 7, 2, 2, 0, 0, 0, 0])
  }

  /// Machines of one type, so many replicas on each.
  static func supply(_ replicasPerMachine: Int = 1) -> Fleet {
    Fleet(pools: [
      Pool(
        region: "", machine: Machine(name: "m", cloud: "test", vcpus: 1, memory: .zero),
        replicasPerMachine: replicasPerMachine)
    ])
  }

  @Test("draining replicas are paid for and serve nothing")
  func draining() throws {
    var world = try Self.world(FleetDynamics(initial: 4, minimum: 0, drainTime: .seconds(60)))
    world.fleet = Self.supply()
    let outcome = world.run(demand: Self.demand(Array(repeating: 400, count: 10)), policy: Script([1]))
    #expect(outcome.service.unserved == 45_000)
    let replicaSeconds = 1 * 150.0 + 3 * 60
    let record = try #require(outcome.fleet)
    #expect(abs(record.replicaHours - replicaSeconds / 3600) < 1e-12)
    #expect(abs(record.use.machineHours - replicaSeconds / 3600) < 1e-12)
    #expect(record.use.pools.map(\.pool.count) == [4])
  }

  @Test("what is paid for is whole machines: three replicas on machines of two are two machines")
  func wholeMachines() throws {
    var world = try Self.world(FleetDynamics(initial: 3, minimum: 0))
    world.fleet = Self.supply(2)
    let outcome = world.run(demand: Self.demand(Array(repeating: 10, count: 240)), policy: Script([3]))
    let record = try #require(outcome.fleet)
    #expect(abs(record.replicaHours - 3) < 1e-9)
    #expect(abs(record.use.machineHours - 2) < 1e-9)
  }

  @Test("a run through the world's door is the same run")
  func door() throws {
    let world = try Self.world(FleetDynamics(initial: 3, minimum: 1))
    let demand = Self.demand((0..<50).map { 200 + 100 * Double($0 % 7) })
    let policy = TargetTrackingPolicy(maximum: 20)
    let any: any World = world
    #expect(any.run(Workload(series: demand), under: policy) == world.run(demand: demand, policy: policy))
  }

  @Test("spare nodes let as many replicas skip the node stage, and are refilled after its time")
  func warmNodes() throws {
    let fleet = FleetDynamics(
      initial: 1, maximum: 20, startup: Startup(node: .fixed(.seconds(90)), image: .fixed(.seconds(30))), warmNodes: 2)
    var world = try Self.world(fleet)
    world.timelinePoints = 100
    world.fleet = Self.supply()
    let outcome = world.run(
      demand: Self.demand(Array(repeating: 10, count: 16)), policy: Script([4, 4, 4, 4, 4, 4, 6]))
    // At 0 s three start: two on spares (ready at 30 s), one on a new node (120 s). At 90 s the spares are back
    // and two more start on them (120 s).
    #expect(outcome.timeline.ready == [1, 1, 3, 3, 3, 3, 3, 3, 6, 6, 6, 6, 6, 6, 6, 6])
    let record = try #require(outcome.fleet)
    #expect(abs(record.spareHours - 2 * 240 / 3600.0) < 1e-12)
    // Spares are machines that are paid for beside those under replicas.
    #expect(record.use.pools.last?.pool.lifecycle == .standbyWarm)
    #expect(abs(record.use.machineHours - record.replicaHours - record.spareHours) < 1e-12)
  }

  @Test("more replicas never serve less")
  func monotone() throws {
    let rates = (0..<200).map { 500 + 450 * Double(($0 * 37) % 17) / 17 }
    var last = -1.0
    for replicas in 0...12 {
      let world = try Self.world(
        FleetDynamics(initial: replicas, minimum: replicas, maximum: max(1, replicas)), QueueSpec())
      let served = world.run(demand: Self.demand(rates), policy: Script([replicas])).service.served.rawValue
      #expect(served >= last * (1 - 1e-12))
      last = served
    }
  }

  @Test("an empty demand, a fleet of none and absurd rates give an outcome, not a crash")
  func hostile() throws {
    let world = try Self.world(FleetDynamics(initial: 0, minimum: 0, maximum: 0), QueueSpec())
    let nothing = world.run(demand: Self.demand([]), policy: ThresholdPolicy())
    #expect(nothing.service.offered == .zero)
    #expect(nothing.service.shareServed.rawValue == 1)
    #expect(nothing.worst == nil)
    let odd = world.run(
      demand: Self.demand([.nan, .infinity, -5, 1e300, .nan, 3]), policy: TargetTrackingPolicy())
    #expect(odd.service.served == .zero)
    #expect(odd.service.offered.isFinite)
    #expect(odd.timeline.utilizationMax.allSatisfy { !$0.isNaN })
  }
}
