import Quantities
import Testing

@testable import Dashboard

@Suite("Rate limits") struct RateLimitsTests {
  private func time(_ seconds: Double) -> Timestamp { Timestamp(secondsSinceEpoch: 1_000_000 + seconds) }

  @Test("a burst goes through, then as many as the rate refills")
  func refills() {
    let limits = RateLimits(all: .init(perSecond: 2, burst: 3), computing: .init(perSecond: 1, burst: 1))
    #expect((0..<3).allSatisfy { _ in limits.take("a", at: time(0)) == nil })
    #expect(limits.take("a", at: time(0)) == 1)
    #expect(limits.take("a", at: time(0.5)) == nil)
    #expect(limits.take("a", at: time(0.5)) != nil)
    // Each client has its own.
    #expect(limits.take("b", at: time(0.5)) == nil)
    // A clock that goes back refills nothing and takes nothing.
    #expect(limits.take("a", at: time(-10)) != nil)
  }

  @Test("more clients than are counted wait, and those that fell silent are forgotten")
  func bounded() {
    let limits = RateLimits(all: .init(perSecond: 1, burst: 1), computing: .init(perSecond: 1, burst: 1))
    for i in 0..<RateLimits.mostClients { #expect(limits.take("\(i)", at: time(0)) == nil) }
    #expect(limits.take("new", at: time(0)) == 1)
    #expect(limits.take("new", at: time(2)) == nil)
  }
}
