import Catalogs
import Glibc
import Quantities
import Scaling
import Serving
import Simulating

/// What autoscalers and their simulation cost. A week of 15 s steps is 40,320 ticks, a year 2,102,400.
let scalingBenchmarks: [Benchmark] =
  [hpaSyncs]
  + [false, true].flatMap { latency in
    AutoscaledWeek.policies.map { AutoscaledWeek.weeks($0.name, $0.policy, latency: latency) }
  } + [AutoscaledWeek.year(latency: false), AutoscaledWeek.year(latency: true)]

/// One metric with `behavior`: what most autoscalers are.
private func autoscaler(replicas: ClosedRange<Int> = 4...60) -> HPASpec {
  HPASpec(
    minReplicas: replicas.lowerBound, maxReplicas: replicas.upperBound,
    metrics: [HPAMetric(.resource(name: "cpu"), goal: .utilization(70))],
    behavior: HPABehavior(
      scaleDown: HPAScalingRules(policies: [.init(.percent, 100, periodSeconds: 15)], windowSeconds: 300)))
}

private let hpaSyncs: Benchmark = {
  // A day's swing in the metric, so that windows and limits have work.
  let samples: [Int64] = (0..<5760).map { Int64(650 + 300 * sin(Double($0) / 5760 * 2 * .pi) + Double($0 % 7) * 9) }
  let count = 5_000_000
  return Benchmark("HPA syncs, one metric with behavior", Double(count), "syncs") {
    var controller = HPAController(autoscaler())
    var replicas = 10
    var sum = 0
    var now: Int64 = 0
    var at = 0
    for _ in 0..<count {
      let sync = controller.sync(
        at: Timestamp(nanosecondsSinceEpoch: now), scale: HPAScale(replicas: replicas),
        sample: .uniform(samples[at], ready: replicas))
      replicas = sync.replicas
      sum &+= replicas
      now &+= 15_000_000_000
      at = at &+ 1 == samples.count ? 0 : at &+ 1
    }
    return Double(sum)
  }
}()

/// A service through weeks with nights, weekends and noise.
enum AutoscaledWeek {
  static let policies: [(name: String, policy: any ScalingPolicy)] = {
    var list: [(String, any ScalingPolicy)] = [
      ("target", TargetTrackingPolicy(target: 0.7, minimum: 4, maximum: 100)),
      (
        "step",
        StepScalingPolicy(
          above: 0.75, scaleOut: [.init(from: 0, .percent(10)), .init(from: 0.15, .percent(30))], below: 0.55,
          scaleIn: [.init(from: 0, .percent(10))], minimum: 4, maximum: 100)
      ),
      ("threshold", ThresholdPolicy(scaleUp: .percent(75), scaleDown: .percent(40), minimum: 4, maximum: 100)),
    ]
    if let hpa = try? HPAPolicy(autoscaler(replicas: 4...100)) { list.insert(("hpa", hpa), at: 0) }
    return list
  }()

  static func demand(days: Int) -> TimeSeries<RequestRate> {
    var random = RandomStream(seed: 7)
    return TimeSeries(
      start: Timestamp(secondsSinceEpoch: 1_767_225_600), step: .seconds(300),
      rawValues: (0..<(days * 288)).map { i in
        let day = Double(i % 288) / 288
        let weekend = i / 288 % 7 >= 5 ? 0.6 : 1
        return 60000 * weekend * (0.55 - 0.4 * cos(day * 2 * .pi)) * random.lognormal(median: 1, shape: 0.05)
      })
  }

  /// - Parameter latency: whether requests are answered as an Erlang C queue answers them, and judged by it.
  static func world(latency: Bool) -> FluidWorld? {
    guard let model = try? FixedCapacity(.perSecond(2000), serviceTime: latency ? .milliseconds(20) : nil) else {
      return nil
    }
    let machine = Machine(
      name: "m", cloud: "", vcpus: 1, memory: .zero,
      prices: [
        Price(hourly: HourlyPrice(rawValue: 1.2), lifecycle: .onDemand, region: Price.anyRegion, source: "", date: "")
      ])
    return FluidWorld(
      service: model, fleet: Fleet(pools: [Pool(region: "", machine: machine)]),
      dynamics: FleetDynamics(
        initial: 20, minimum: 4, maximum: 100,
        startup: Startup(node: .fixed(.seconds(90)), image: .fixed(.seconds(20)), modelLoad: .fixed(.seconds(45)))),
      objective: Objective(latency: [.p99(.milliseconds(200))], availability: .percent(99.9)), tick: .seconds(15),
      interpolation: .lines)
  }

  /// Totals of many weeks, as a search for settings runs them.
  static func weeks(_ name: String, _ policy: any ScalingPolicy, latency: Bool) -> Benchmark {
    let world = world(latency: latency)
    let ticks = DemandTicks(demand(days: 7), tick: .seconds(15), .lines)
    let runs = 200
    return Benchmark("weeks at 15 s: \(name)\(latency ? ", Erlang C" : "")", Double(runs), "weeks") {
      guard let world else { return 0 }
      var sum = 0.0
      var tables = world.tables()
      for _ in 0..<runs { sum += world.totals(demand: ticks, policy: policy, tables: &tables).fleet.use.machineHours }
      return sum
    }
  }

  static func year(latency: Bool) -> Benchmark {
    let series = demand(days: 365)
    let world = world(latency: latency)
    return Benchmark("a year of 15 s steps, timeline\(latency ? ", Erlang C" : "")", 1, "years") {
      world?.run(demand: series, policy: TargetTrackingPolicy(target: 0.7, minimum: 4, maximum: 100)).fleet?
        .replicaHours ?? 0
    }
  }
}
