import Quantities
import Scaling
import Serving
import Simulating
import Testing

@Suite struct WorstMomentTests {
  private func worst(
    _ rates: [Double], _ fleet: FleetDynamics, _ metrics: MetricPipeline = .instant, _ policy: some ScalingPolicy
  ) throws -> WorstMoment {
    let world = FluidWorld(
      service: try FixedCapacity(.perSecond(100)), dynamics: fleet, queue: .absent, metrics: metrics)
    return try #require(world.run(demand: FluidWorldTests.demand(rates), policy: policy).worst)
  }
  private let rise = Array(repeating: 500.0, count: 20) + Array(repeating: 3000, count: 20)
  private var byRate: TargetTrackingPolicy { TargetTrackingPolicy(signal: .requestRate, target: 70) }

  @Test("names the maximum where more was needed")
  func maximum() throws {
    let moment = try worst(rise, FleetDynamics(initial: 8, maximum: 20), .instant, byRate)
    #expect(moment.cause == .maximumReached(20))
    #expect(moment.because == "the maximum of 20 replicas was reached: 30 were needed")
    #expect(moment.shortfall == .perSecond(1000))
  }

  @Test("names the stage that most starting replicas were in")
  func starting() throws {
    let fleet = FleetDynamics(
      initial: 8, startup: Startup(image: .fixed(.seconds(10)), modelLoad: .fixed(.seconds(60))))
    let moment = try worst(rise + [3100, 3100], fleet, .instant, byRate)
    #expect(moment.cause == .starting(stage: .image, waiting: 35))
    #expect(moment.because == "replicas were starting: 35 of 43 waited for their image")
    let loading = try worst(
      rise.prefix(21) + [3001, 3001], fleet, .instant, byRate)
    #expect(loading.cause == .starting(stage: .modelLoad, waiting: 35))
  }

  @Test("names the age of what the policy saw")
  func notYetSeen() throws {
    let metrics = MetricPipeline(scrapeInterval: .seconds(15), delay: .seconds(30), window: .zero)
    let moment = try worst(rise, FleetDynamics(initial: 8), metrics, byRate)
    #expect(moment.cause == .notYetSeen(measured: .perSecond(500), age: .seconds(30)))
    #expect(moment.ready == 8 && moment.desired == 8 && moment.needed == 30)
  }

  @Test("names the time between two looks")
  func betweenLooks() throws {
    let slow = TargetTrackingPolicy(signal: .requestRate, target: 70, period: .seconds(120))
    let rates = Array(repeating: 500.0, count: 18) + Array(repeating: 2900, count: 5) + [3000] + [2900]
    let moment = try worst(rates, FleetDynamics(initial: 8), .instant, slow)
    #expect(moment.cause == .betweenLooks(ago: .seconds(105), period: .seconds(120)))
  }

  @Test("quotes the policy where it saw the demand and asked for less")
  func policy() throws {
    let timid = TargetTrackingPolicy(signal: .requestRate, target: 200)
    let moment = try worst(rise, FleetDynamics(initial: 8, minimum: 8), .instant, timid)
    #expect(moment.cause.name == "policy")
    #expect(moment.because.hasPrefix("the policy asked for 15 replicas where 30 were needed: 375 per replica is above"))
  }

  @Test("says that there was no shortfall, and the highest utilization")
  func none() throws {
    let moment = try worst(rise, FleetDynamics(initial: 40), .instant, FluidWorldTests.Script([40]))
    #expect(moment.cause == .none)
    #expect(moment.utilization == .percent(75))
  }
}
