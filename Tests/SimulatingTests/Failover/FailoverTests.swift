import Testing

@testable import Simulating

@Suite struct FailoverTests {
  static func pair(
    capacity: Double = 2000, mechanism: RoutingMechanism, retries: FailoverSetting.Retries = .init(attempts: 1),
    scaleUp: FailoverSetting.ScaleUp = .none
  ) -> FailoverSetting {
    FailoverSetting(
      regions: [.init(name: "a", capacity: capacity, limit: 4000), .init(name: "b", capacity: capacity, limit: 4000)],
      origins: [
        .init(name: "east", demand: [1000], shares: [1, 0]), .init(name: "west", demand: [600], shares: [0, 1]),
      ], mechanism: mechanism, retries: retries, scaleUp: scaleUp)
  }
  static let dns = RoutingMechanism(
    name: "test", title: "", source: "", interval: 30, threshold: 3, timeout: 4, quorum: 0.82, timeToLive: 60,
    healthyThreshold: 3)

  @Test(
    "without a queue what is lost is rate x (detection + half of the time to live)", arguments: [10.0, 30],
    [0, 20, 60, 300])
  func closedForm(_ interval: Double, _ timeToLive: Double) {
    var mechanism = Self.dns
    mechanism.interval = interval
    mechanism.timeToLive = timeToLive
    let result = Failover(Self.pair(mechanism: mechanism), RegionIncident(.lost, region: 0, start: 600, duration: 3600))
    // Clients move evenly over the time to live, so the mean client is lost for half of it.
    let expected = 1000 * (mechanism.detectionSeconds + timeToLive / 2)
    #expect(abs(result.lost / expected - 1) < 0.005)
    #expect(result.timeline.lostByOrigin[1] == 0)
    #expect(result.recovers)
  }

  @Test("clients that keep the address for ever are lost until the region is back")
  func sticky() {
    var mechanism = Self.dns
    mechanism.sticky = 0.1
    let result = Failover(Self.pair(mechanism: mechanism), RegionIncident(.lost, region: 0, start: 600, duration: 3600))
    let seen = mechanism.detectionSeconds
    let expected: Double = 1000 * (seen + 0.9 * 30 + 0.1 * (3600 - seen))
    #expect(abs(result.lost / expected - 1) < 0.005)
    #expect(result.recoverySeconds == 3600)
  }

  @Test("Route 53's checks of 30 s see a death after 88.6 s: two intervals, 82 % of the third, and the timeout")
  func detection() throws {
    let route53 = try #require(RoutingMechanism.named("route53"))
    #expect(abs(route53.detectionSeconds - (2.82 * 30 + 4)) < 1e-9)
    #expect(route53.moved(after: -1) == 0 && route53.moved(after: 1e6) == 1)
  }

  @Test("the mean share moved over a span is that of many moments")
  func meanMoved() {
    let mechanism = RoutingMechanism.presets[0]
    for (a, b) in [(-5.0, 5.0), (0, 60), (50, 70), (100, 2000)] {
      let n = 20_000
      var sum = 0.0
      for i in 0..<n {
        let moment = a + (b - a) * (Double(i) + 0.5) / Double(n)
        sum += mechanism.moved(after: moment)
      }
      #expect(abs(mechanism.moved(from: a, to: b) - sum / Double(n)) < 1e-4)
    }
  }

  @Test("first attempts are served, lost or still on their way")
  func conservation() {
    for attempts in 1...4 {
      let setting = Self.pair(
        capacity: 1200, mechanism: Self.dns, retries: .init(attempts: attempts, timeout: 1, backoff: 0.5))
      let result = Failover(setting, RegionIncident(.lost, region: 0, start: 300, duration: 900), after: 3600)
      let offered = result.timeline.offered.reduce(0, +)
      let served = result.timeline.served.reduce(0, +)
      #expect(abs(offered - served - result.lost) < 0.002 * offered, "\(attempts) attempts")
      #expect(result.timeline.served.allSatisfy { $0 <= 2 * 1200 + 1e-6 })
    }
  }

  @Test("a standby that grows ends the overload; what does not, does not")
  func scaling() {
    let incident = RegionIncident(.lost, region: 0, start: 300, duration: 7200)
    let fixed = Failover(Self.pair(capacity: 1100, mechanism: Self.dns), incident)
    #expect(fixed.recoverySeconds == nil || (fixed.recoverySeconds ?? 0) >= 7000)
    #expect(abs(fixed.peakOverload.load - 1600 / 1100.0) < 0.05)
    let grown = Failover(
      Self.pair(capacity: 1100, mechanism: Self.dns, scaleUp: .init(delay: 300, rate: 5)), incident)
    let seconds = grown.recoverySeconds ?? .infinity
    // Detection 88.6 s, 300 s until the first machine, 100 s for 500/s: about 490 s, and the queue drains.
    #expect(seconds > 450 && seconds < 560)
    #expect(grown.dominant?.kind == .scale)
  }

  @Test(
    "a hair of capacity ends a step of the queue: it is used up, however small",
    arguments: [5e-324, 1e-310, 1e-20, 0.3])
  func hair(_ serving: Double) {
    var queue = RegionQueue(attempts: 1)
    var failed = [0.0]
    for step in 0..<3 {
      _ = failed.withUnsafeMutableBufferPointer { to in
        [1000.0].withUnsafeBufferPointer { from in
          queue.step(
            from: Double(step), lasting: 1, arrivals: from, serving: serving, limit: 5000, timeout: 100,
            servesAbandoned: true, failed: to)
        }
      }
    }
    #expect(abs(queue.waiting - 3000) < 1)
  }

  /// 1,600/s of first attempts on 1,100/s: three attempts make it more than the 1,680/s that first attempts would grow it to.
  @Test("an autoscaler's metric counts retries: with them the fleet grows further, and from when they show")
  func retriesAreSeen() {
    let incident = RegionIncident(.lost, region: 0, start: 300, duration: 7200)
    func grown(_ attempts: Int) -> Failover {
      Failover(
        Self.pair(
          capacity: 1100, mechanism: Self.dns, retries: .init(attempts: attempts, timeout: 1),
          scaleUp: .init(delay: 60, rate: 20)), incident)
    }
    func most(_ failover: Failover) -> Double { failover.timeline.capacity[1].max() ?? 0 }
    #expect(abs(most(grown(1)) - 1.05 * 1600) < 1)
    #expect(most(grown(3)) > 1.2 * 1600 && most(grown(3)) <= 4000)
  }

  @Test("a region that is slow overloads itself alone, and nobody is led away until people see it")
  func slow() {
    let result = Failover(
      Self.pair(mechanism: Self.dns), RegionIncident(.slow(factor: 4), region: 0, start: 300, duration: 200))
    #expect(result.timeline.moved.allSatisfy { $0 == 0 })
    #expect(result.lost > 0 && result.timeline.lostByOrigin[1] == 0)
  }

  @Test("Envoy keeps 70 % of the traffic where half of the hosts are healthy")
  func overprovisioning() throws {
    let envoy = try #require(RoutingMechanism.named("envoy"))
    let result = Failover(
      Self.pair(mechanism: envoy), RegionIncident(.brownout(left: 0.5), region: 0, start: 300, duration: 3600))
    #expect(abs((result.timeline.moved.max() ?? 0) - 0.3) < 1e-9)
  }

  @Test("a bad release reaches the regions one behind the other")
  func deploy() {
    let result = Failover(
      Self.pair(mechanism: Self.dns),
      RegionIncident(.deploy(left: 0.1, every: 600), region: 0, start: 300, duration: 1500))
    let a = result.timeline.capacity[0]
    let b = result.timeline.capacity[1]
    let i = Int(300 - result.timeline.from)
    #expect(a[i + 10] < 300 && b[i + 10] == 2000)
    #expect(b[i + 610] < 300)
  }

  @Test("a whole day of ten regions is played at one second")
  func day() {
    let n = 10
    let regions = (0..<n).map { FailoverSetting.Region(name: "r\($0)", capacity: 1500) }
    var origins: [FailoverSetting.Origin] = []
    for o in 0..<n {
      var shares = [Double](repeating: 0, count: n)
      shares[o] = 1
      let demand = (0..<24).map { (hour: Int) -> Double in 600 + 300 * Double((hour + o) % 24) / 24 }
      origins.append(FailoverSetting.Origin(name: "o\(o)", demand: demand, shares: shares))
    }
    let setting = FailoverSetting(regions: regions, origins: origins, mechanism: Self.dns)
    let result = Failover(
      setting, RegionIncident(.lost, region: 3, start: 40_000, duration: 3600), before: 40_000, after: 86_400 - 43_600)
    #expect(result.timeline.offered.count == 86_400)
    #expect(result.recovers)
  }
}
