import Testing

@testable import Simulating

@Suite struct FailoverRetryTests {
  /// A queue of 100 at 50/s with a timeout of 0.5 s, abandoned work served, 20/s, and 100/s for 10 s.
  static func storm(attempts: Int, rate: Double = 20) -> RetryStorm {
    RetryStorm(
      rate: rate, capacity: 50, queue: 100, retries: .init(attempts: attempts, timeout: 0.5),
      trigger: .spike(rate: 100, seconds: 10))
  }

  @Test(
    "one attempt and two come back, three never do: 3 x 20/s is above 50/s", arguments: [(1, 1.0), (2, 1.0), (3, 0.0)])
  func attempts(_ attempts: Int, _ share: Double) {
    let chance = Self.storm(attempts: attempts).chance(runs: 64)
    #expect(abs(chance.share - share) <= 0.05)
    #expect(chance.low <= share && share <= chance.high)
  }

  @Test("near the edge some runs come back and some do not")
  func edge() {
    let chances = [22.0, 23, 24, 24.5].map { Self.storm(attempts: 2, rate: $0).chance(runs: 32).share }
    #expect(chances.first == 1)
    #expect(chances.contains { $0 > 0 && $0 < 1 } || chances.last == 0)
  }

  @Test(
    "a budget, no retries, dropping what is abandoned and more capacity are remedies; capacity alone needs 3 x 20/s")
  func remedies() {
    let found = Self.storm(attempts: 3).remedies(runs: 16)
    #expect(found.first?.change == .budget(0.1))
    #expect(found.contains { $0.change == .attempts(1) })
    #expect(found.contains { $0.change == .dropsAbandoned })
    let factors = found.compactMap { one -> Double? in if case .capacity(let x) = one.change { x } else { nil } }
    #expect((factors.first ?? 0) > 1.1 && (factors.first ?? 0) < 2)
  }

  @Test("a trigger that is large enough tips it, one that is too small does not")
  func tippingPoint() {
    let storm = Self.storm(attempts: 3)
    guard case .spike(let rate, _)? = storm.tippingPoint(.spike(rate: 0, seconds: 10)) else {
      Issue.record("no tipping point")
      return
    }
    #expect(rate > 20 && rate < 100)
    #expect(storm.tippingPoint(.capacityLost(share: 0, seconds: 10)) != nil)
    #expect(storm.tippingPoint(.degraded(factor: 1, seconds: 10)) != nil)
    #expect(Self.storm(attempts: 1).tippingPoint(.spike(rate: 0, seconds: 10), runs: 4) == nil)
  }

  @Test("the same seed gives the same runs, and a smaller copy keeps its utilization")
  func seeds() {
    let storm = Self.storm(attempts: 2, rate: 24)
    #expect(storm.chance(runs: 16, seed: 9) == storm.chance(runs: 16, seed: 9))
    var large = storm
    large.rate *= 100
    large.capacity *= 100
    large.queue *= 100
    let small = large.scaled()
    #expect(small.capacity == 400 && abs(small.rate - 192) < 1e-9 && small.queue == 800)
  }
}
