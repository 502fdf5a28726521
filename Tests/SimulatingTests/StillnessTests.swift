import Quantities
import Scaling
import Serving
import Testing
import Traffic

@testable import Simulating

/// A search leaves out what changes nothing. It may, because the totals are the same to the last bit.
@Suite("Standing still")
struct StillnessTests {
  static func policies(_ random: inout RandomStream) throws -> [any ScalingPolicy] {
    let target = random.uniform(0.4, 0.9)
    let window = Int(random.uniform(0, 600))
    let behavior = HPABehavior(
      scaleUp: HPAScalingRules(
        policies: [.init(.pods, Int(random.uniform(1, 6)), periodSeconds: 60), .init(.percent, 50, periodSeconds: 15)],
        windowSeconds: Int(random.uniform(0, 90))),
      scaleDown: HPAScalingRules(
        policies: [.init(.percent, Int(random.uniform(1, 100)), periodSeconds: 60)], windowSeconds: window))
    func hpa(_ metric: HPAMetric, _ behavior: HPABehavior?) throws -> HPAPolicy {
      try HPAPolicy(HPASpec(minReplicas: 2, maxReplicas: 50, metrics: [metric], behavior: behavior))
    }
    let cpu = HPAMetric(.resource(name: "cpu"), goal: .utilization(Int(target * 100)))
    let pods = HPAMetric(.pods(metric: "requests_per_second"), goal: .averageValue(KubernetesQuantity(milli: 70_000)))
    let total = HPAMetric(.external(metric: "requests"), goal: .averageValue(KubernetesQuantity(milli: 65_500)))
    let value = HPAMetric(.external(metric: "gpu_utilization"), goal: .value(KubernetesQuantity(milli: 700)))
    return [
      TargetTrackingPolicy(
        target: target, minimum: 2, maximum: 50, scaleInCooldown: .seconds(random.uniform(0, 900))),
      TargetTrackingPolicy(signal: .requestRate, target: 100 * target, minimum: 2, maximum: 40),
      ThresholdPolicy(
        capacityPerReplica: .perSecond(100), scaleUp: .fraction(target), scaleDown: .fraction(target * 0.6),
        minimum: 2, maximum: 50),
      StepScalingPolicy(
        above: target, scaleOut: [.init(from: 0, .percent(10)), .init(from: 0.2, .percent(40))], below: target * 0.7,
        scaleIn: [.init(from: 0, .replicas(1))], evaluationPeriodsOut: 2, evaluationPeriodsIn: 4, minimum: 2,
        maximum: 50),
      try hpa(cpu, behavior), try hpa(cpu, nil), try hpa(pods, behavior), try hpa(pods, nil), try hpa(total, behavior),
      try hpa(value, behavior),
    ]
  }

  static func world(_ random: inout RandomStream, seed: UInt64) throws -> FluidWorld {
    let pipelines: [MetricPipeline] = [
      .instant, MetricPipeline(),
      MetricPipeline(scrapeInterval: .seconds(30), delay: .seconds(40), window: .seconds(60)),
    ]
    let startups: [Startup] = [
      Startup(), Startup(node: .fixed(.seconds(90)), modelLoad: .fixed(.seconds(52))),
      Startup(node: .uniform(.zero, .seconds(90)), modelLoad: .lognormal(median: .seconds(30), shape: 0.5)),
    ]
    let serviceTime: Duration? = seed % 2 == 0 ? .milliseconds(30) : nil
    return FluidWorld(
      service: try FixedCapacity(.perSecond(100), serviceTime: serviceTime),
      dynamics: FleetDynamics(
        initial: Int(random.uniform(1, 30)), minimum: 1, maximum: 45,
        startup: startups[Int(random.uniform(0, 3))], drainTime: seed % 3 == 0 ? .seconds(70) : .zero),
      metrics: pipelines[Int(random.uniform(0, 3))],
      objective: Objective(
        latency: seed % 5 == 0 ? [.p99(.milliseconds(90)), .p50(.milliseconds(60))] : [.p99(.milliseconds(90))]),
      tick: seed % 4 == 0 ? .seconds(5) : .seconds(15), interpolation: seed % 2 == 0 ? .lines : .steps,
      timelinePoints: 10, seed: seed)
  }

  /// Flat times, swings and steps, noisy and quiet.
  static func demand(_ random: inout RandomStream) -> TimeSeries<RequestRate> {
    let noise = random.uniform() < 0.5 ? 0 : random.uniform(0, 0.1)
    let step = random.uniform(0, 2500)
    return TimeSeries(
      start: Timestamp(secondsSinceEpoch: 1_767_225_600), step: .seconds(300),
      rawValues: (0..<400).map { i in
        let phase = i % 96
        let base = phase < 30 ? 300 : phase < 60 ? 300 + Double(phase - 30) * 80 : phase < 70 ? step : 1200
        return base * random.lognormal(median: 1, shape: noise)
      })
  }

  @Test(
    "totals are those of the run tick by tick, to the last bit, whatever the world and the policy", arguments: 1...20)
  func totalsAreExact(seed: UInt64) throws {
    var random = RandomStream(seed: seed)
    let world = try Self.world(&random, seed: seed)
    let demand = Self.demand(&random)
    for (i, policy) in try Self.policies(&random).enumerated() {
      let ticks = DemandTicks(demand, tick: world.tickLength(for: demand, policy.period), world.interpolation)
      var tables = world.tables()
      let quick = world.totals(demand: ticks, policy: policy, tables: &tables)
      let slow = world.run(demand: demand, policy: policy)
      #expect(quick.service == slow.service && quick.fleet == slow.fleet, "seed \(seed), policy \(i)")
    }
  }

  @Test("an empty demand, one without requests and one beyond all capacity are passed too")
  func extremes() throws {
    var random = RandomStream(seed: 5)
    let world = try Self.world(&random, seed: 5)
    for rates in [[], [0], Array(repeating: 0.0, count: 300), Array(repeating: 1e15, count: 300)] {
      let demand = TimeSeries<RequestRate>(start: Timestamp(secondsSinceEpoch: 0), step: .seconds(60), rawValues: rates)
      for policy in try Self.policies(&random) {
        let ticks = DemandTicks(demand, tick: world.tickLength(for: demand, policy.period), world.interpolation)
        var tables = world.tables()
        #expect(
          world.totals(demand: ticks, policy: policy, tables: &tables).service
            == world.run(demand: demand, policy: policy).service)
      }
    }
  }

  @Test("a reading inside the stillness of a policy never moves the replicas", arguments: 1...20)
  func stillnessIsTrue(seed: UInt64) throws {
    var random = RandomStream(seed: seed)
    for var policy in try Self.policies(&random) {
      var replicas = ReplicaCount(desired: 10, ready: 10)
      let signal = try #require(Signal.allCases.first { policy.reads == SignalSet($0) })
      for look in 0..<400 {
        let time = Timestamp(secondsSinceEpoch: Double(look) * 15)
        let band = policy.stillness(at: time, replicas)
        var signals = Signals()
        let load = random.uniform(300, 1500)
        let isInside = band.map { $0.lowest <= $0.highest && time.nanosecondsSinceEpoch < $0.until } ?? false
        // The ends of the band are what matters most.
        let inside = [band?.lowest ?? 0, min(band?.highest ?? 0, 1e6)][look % 2]
        let reading = isInside && look % 3 > 0 ? inside : signal == .utilization ? min(1, load / 1000) : load
        if signal == .utilization { signals.utilization = reading } else { signals.demand = reading }
        let before = policy
        let keeps = policy.keeps(at: time, replicas, reading: reading)
        if keeps { policy = before }
        let decision = policy.step(Observation(time: time, replicas: replicas, signals: signals))
        if keeps { #expect(decision.desired == replicas.desired, "seed \(seed)") }
        if isInside, look % 3 > 0 {
          #expect(decision.desired == replicas.desired, "seed \(seed) \(decision.because) \(String(describing: band))")
        }
        let started = max(0, decision.desired - replicas.ready)
        replicas = ReplicaCount(desired: decision.desired, ready: decision.desired - started, starting: started)
        if look % 4 == 0 { replicas = ReplicaCount(desired: decision.desired, ready: decision.desired) }
      }
    }
  }
}
