import Quantities
import Serving
import Testing

@Suite struct SizingTests {
  @Test("plain capacity takes the ceiling of the ratio, rounding forgiven")
  func plain() throws {
    let service = try FixedCapacity(.perSecond(2000))
    #expect(service.replicasNeeded(for: .perSecond(112_500)).replicas == 57)
    #expect(service.replicasNeeded(for: .perSecond(114_000)).replicas == 57)
    #expect(try FixedCapacity(.perSecond(0.1)).replicasNeeded(for: .perSecond(0.1 * 3)).replicas == 3)
    #expect(service.replicasNeeded(for: .zero).replicas == 0)
  }

  @Test("a latency bound asks for the smallest fleet that keeps it, and is named", arguments: [10.0, 137, 2500])
  func latency(rate: Double) throws {
    let service = try ErlangC(concurrency: 4, serviceTime: .milliseconds(100), balancing: .shared)
    let bound = LatencyBound.p99(.milliseconds(520))
    let objective = Objective(latency: [bound])
    let need = service.replicasNeeded(for: .perSecond(rate), meeting: objective)
    let replicas = try #require(need.replicas)
    #expect(service.attains(objective, of: .perSecond(rate), replicas: replicas))
    #expect(!service.attains(objective, of: .perSecond(rate), replicas: replicas - 1))
    #expect(need.level.utilization.rawValue < 1)
    // One replica carries 4 / 0.1 s = 40/s.
    #expect(need.binding == (replicas > Int((rate / 40).rounded(.up)) ? .latency(bound) : .capacity))
  }

  @Test("a bound below the service time itself is met by no number of replicas")
  func unattainable() throws {
    let service = try ErlangC(concurrency: 4, serviceTime: .milliseconds(100), balancing: .shared)
    let bound = LatencyBound.p99(.milliseconds(400))
    let need = service.replicasNeeded(for: .perSecond(100), meeting: Objective(latency: [bound]))
    #expect(need.replicas == nil)
    #expect(need.binding == .latency(bound))
    #expect(service.replicasNeeded(for: .perSecond(.infinity)).replicas == nil)
    #expect(service.replicasNeeded(for: .perSecond(1e300)).replicas == nil)
    #expect(service.replicasNeeded(for: .perSecond(.nan)).replicas == 0)
  }

  @Test("more demand never needs fewer replicas")
  func monotone() throws {
    let service = try ErlangC(concurrency: 8, serviceTime: .milliseconds(40))
    let objective = Objective(latency: [.p95(.milliseconds(150)), .p50(.milliseconds(30))])
    var last = 0
    for rate in stride(from: 50.0, through: 20_000, by: 371) {
      let replicas = try #require(service.replicasNeeded(for: .perSecond(rate), meeting: objective).replicas)
      #expect(replicas >= last)
      last = replicas
    }
  }
}
