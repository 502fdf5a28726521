import Quantities
import Scaling
import Serving
import Simulating
import Testing

/// The fluid world held against a queue in which every request is followed, where both apply: a steady demand below
/// saturation. The bar is 2 %.
@Suite struct ExactQueueTests {
  /// First come, first served, by so many servers with exponential times: a request starts when it has come and the
  /// first server is free.
  static func sojourns(servers: Int, rate: Double, serviceTime: Double, count: Int, seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed)
    var free = [Double](repeating: 0, count: servers)
    var now = 0.0
    var times: [Double] = []
    for i in 0..<count {
      now += random.exponential(mean: 1 / rate)
      var (server, other) = (0, 1)
      while other < servers {
        if free[other] < free[server] { server = other }
        other += 1
      }
      let end = max(now, free[server]) + random.exponential(mean: serviceTime)
      free[server] = end
      // The first tenth starts from an empty queue.
      if i >= count / 10 { times.append(end - now) }
    }
    return times
  }

  @Test(
    "a steady service answers as many within the bound as a queue followed request by request",
    arguments: [(8, 0.5, 0.05), (8, 0.85, 0.05), (8, 0.85, 0.1), (32, 0.9, 0.06), (2, 0.7, 0.06)])
  func steady(servers: Int, utilization: Double, bound: Double) throws {
    let serviceTime = 0.02
    let rate = Double(servers) / serviceTime * utilization
    let times = Self.sojourns(servers: servers, rate: rate, serviceTime: serviceTime, count: 200_000, seed: 11)
    let exact = Double(times.count { $0 <= bound }) / Double(times.count)
    let latency = LatencyBound.p95(.seconds(bound))
    let world = FluidWorld(
      service: try ErlangC(concurrency: servers, serviceTime: .seconds(serviceTime)),
      dynamics: FleetDynamics(initial: 1, minimum: 1, maximum: 1), objective: Objective(latency: [latency]))
    let demand = TimeSeries<RequestRate>(
      start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(60), rawValues: [Double](repeating: rate, count: 60))
    let outcome = world.run(demand: demand, policy: FixedPolicy(replicas: 1))
    let fluid = try #require(outcome.service.attainments.first).share.rawValue
    #expect(abs(fluid - exact) < 0.02, "\(fluid) against \(exact)")
    #expect(outcome.service.unserved == .zero)
    // What is under way on average is the rate times the mean stay in the followed queue: Little's law.
    let underWay = rate * times.reduce(0, +) / Double(times.count)
    let known = try #require(world.service.level(of: .perSecond(rate), replicas: 1).concurrency)
    #expect(abs(known / underWay - 1) < 0.02, "\(known) against \(underWay)")
  }
}
