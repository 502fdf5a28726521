import Costs
import Quantities
import Testing

@testable import Planning

@Suite("Spot serving in a plan") struct SpotServingPlanTests {
  static func ladders(_ spot: String) throws -> [SpotLadder] {
    try PlannerTests.outcome(
      "machines: [ { type: g5.xlarge, replicas: 1 } ]\ncommitments: { spot serving: \(spot) }"
    ).spotServing
  }

  @Test("the base is the smallest that holds the availability, and what it costs and saves is of a year")
  func base() throws {
    let one = try #require(try Self.ladders("{ availability: 99.95%, fallback: 5m }").first)
    let choice = try #require(one.choice)
    #expect(one.machine == "g5.xlarge" && one.spot.lifecycle == .spot)
    #expect(choice.base > 0 && choice.base < one.peak && choice.unserved <= 0.0005)
    // A renewal process with up times of 1 / rate and down times of the fallback: Ross, 7.5.1.
    let rate = (0.05 + 0.005) * 300 / 3600
    let unservedOfAllSpot = 0.98 * rate / (1 + rate)
    #expect(choice.unserved < unservedOfAllSpot)
    let shareAbove = choice.unserved / unservedOfAllSpot
    #expect(abs(choice.spotShare - shareAbove * 0.98 * (1 - rate / (1 + rate))) < 1e-9)
    #expect((one.savingOfYear ?? .zero) > .zero)
  }

  @Test("all must be served: no spot machine; a fallback at once: no base; nobody asked: no answer")
  func ends() throws {
    let all = try #require(try Self.ladders("{ availability: 100% }").first)
    #expect(all.choice?.base == all.peak && all.choice?.spotShare == 0)
    #expect(try Self.ladders("{ fallback: 0s }").first?.choice?.base == 0)
    #expect(try PlannerTests.outcome("machines: [ { type: g5.xlarge, replicas: 1 } ]").spotServing.isEmpty)
  }

  @Test(
    "what cannot be is told",
    arguments: ["{ availability: 120% }", "{ fallback: 9d }", "{ reclaims: -1 }", "{ reclaim: 1 }", "{ absence: 2 }"])
  func faults(spot: String) {
    #expect(throws: (any Error).self) { try Self.ladders(spot) }
  }
}
