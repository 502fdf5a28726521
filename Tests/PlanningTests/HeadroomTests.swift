import Quantities
import Testing

@testable import Planning

@Suite("Headroom") struct HeadroomTests {
  @Test("scenarios are the documented ranges")
  func scenarios() {
    #expect(HeadroomScenario.named("stable product")?.range == 0.2...0.3)
    #expect(HeadroomScenario.named("Growing Product")?.range == 0.5...1)
    #expect(HeadroomScenario.named("critical")?.range == 1...2)
    #expect(HeadroomScenario.named("new launch")?.range.lowerBound == 2)
    #expect(HeadroomScenario.named("holiday")?.range == 1...2)
    #expect(HeadroomScenario.named("no such") == nil)
  }

  @Test("demand parts multiply")
  func demandParts() {
    let sum = HeadroomDerivation(error: (0.2, ""), growth: (0.1, ""), failures: nil, lag: nil)
    #expect(abs(sum.total - (1.2 * 1.1 - 1)) < 1e-12)
  }

  @Test("spare for a failure also covers scaling lag: the larger counts, once")
  func sharedSpare() {
    let failures = HeadroomDerivation(error: nil, growth: nil, failures: (0.5, ""), lag: (0.1, ""))
    #expect(abs(failures.total - 0.5) < 1e-12)
    #expect(failures.parts.first { $0.kind == .scalingLag }?.added == 0)
    let lag = HeadroomDerivation(error: nil, growth: nil, failures: (0.1, ""), lag: (0.5, ""))
    #expect(abs(lag.total - 0.5) < 1e-12)
    #expect(lag.parts.first { $0.kind == .failures }?.added == 0)
    let both = HeadroomDerivation(error: nil, growth: nil, failures: (0.5, ""), lag: (0.1, ""), together: true)
    #expect(abs(both.total - (1.5 * 1.1 - 1)) < 1e-12)
  }

  @Test("the parts add up to the total, whatever they are", arguments: 0..<50)
  func partsAddUp(seed: Int) {
    var random = RandomStream(seed: UInt64(seed))
    func part() -> (share: Double, because: String)? { random.uniform() < 0.3 ? nil : (random.uniform(-0.2, 1.5), "") }
    let derived = HeadroomDerivation(
      error: part(), growth: part(), failures: part(), lag: part(), together: random.uniform() < 0.5)
    #expect(abs(derived.parts.reduce(0) { $0 + $1.added } - derived.total) < 1e-9, "seed \(seed)")
    #expect(derived.total >= -1e-12, "negative parts add nothing; seed \(seed)")
    #expect(derived.total >= (derived.parts.map { $0.alone }.max() ?? 0) - 1e-9, "seed \(seed)")
  }

  @Test("N of M zones need M / (M - N) of the peak")
  func zones() throws {
    #expect(try FailureTolerance.parse("1 of 3 zones").factor(shares: []) == 1.5)
    #expect(try FailureTolerance.parse("2 zones of 4").factor(shares: []) == 2)
    #expect(try FailureTolerance.parse("0 of 3 zones").factor(shares: []) == 1)
  }

  @Test("the largest regions are the ones lost")
  func regions() throws {
    let one = try FailureTolerance.parse("1 region")
    #expect(abs((one.factor(shares: [0.6, 0.4]) ?? 0) - 2.5) < 1e-12)
    #expect(one.factor(shares: [1]) == nil)
    #expect(one.factor(shares: []) == nil)
  }

  @Test(
    "what does not say what may fail is refused",
    arguments: ["", "some", "1", "zones", "3 of 3 zones", "1 zone", "1 of 2 of 3 zones", "one region"])
  func refused(text: String) {
    #expect(throws: QuantityError.self) { try FailureTolerance.parse(text) }
  }
}
