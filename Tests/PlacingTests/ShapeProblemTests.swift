import Quantities
import Testing

@testable import Placing

@Suite struct ShapeProblemTests {
  static let shapes = [
    Shape(name: "small", cores: 4, memory: 8e9, price: HourlyPrice(rawValue: 0.2)),
    Shape(name: "large", cores: 16, memory: 64e9, price: HourlyPrice(rawValue: 0.7)),
    Shape(name: "dear", cores: 16, memory: 64e9, price: HourlyPrice(rawValue: 3)),
  ]

  @Test("what is known exactly needs load + sqrt(load) cores")
  func exact() throws {
    // 1000/s x 0.1 s = 100 cores, + 10 = 110: 7 of 16, at $4.90; 28 of 4 at $5.60.
    let problem = ShapeProblem(
      rate: Estimate(exactly: .perSecond(1000)), work: Estimate(exactly: Factor(rawValue: 0.1)), minimum: 1)
    let best = try #require(problem.ranked(Self.shapes, worlds: 100, seed: 1).first)
    #expect(best.shape.name == "large" && best.count == 7)
    #expect(abs(best.expectedCost.rawValue - 4.9) < 1e-9)
    #expect(best.expectedRegret == .zero && best.sufficient == 1)
    // 112 cores carry a + sqrt(a) = 112, a = 101.9: 1.9 % to the cliff.
    #expect(abs(best.cliff - 0.0189) < 1e-3)
  }

  @Test("what does not fit in memory is no choice")
  func memory() {
    let problem = ShapeProblem(
      rate: Estimate(exactly: .perSecond(10)), work: Estimate(exactly: Factor(rawValue: 0.1)),
      memory: Estimate(exactly: Bytes(rawValue: 20e9)), minimum: 1)
    #expect(problem.ranked(Self.shapes, worlds: 10, seed: 1).allSatisfy { $0.shape.name != "small" })
    #expect(problem.ranked([Self.shapes[0]], worlds: 10, seed: 1).isEmpty)
  }

  @Test("the dearer a missing machine, the more is held, and the farther the cliff")
  func penalty() throws {
    func best(_ penalty: Double) throws -> RankedShape {
      let problem = ShapeProblem(
        rate: Estimate(low: .perSecond(700), mid: .perSecond(1000), high: .perSecond(1800)),
        work: Estimate(low: Factor(rawValue: 0.08), mid: Factor(rawValue: 0.1), high: Factor(rawValue: 0.13)),
        penalty: penalty)
      return try #require(problem.ranked(Self.shapes, worlds: 4000, seed: 3).first)
    }
    let (cheap, careful) = (try best(1.2), try best(100))
    #expect(careful.count > cheap.count && careful.cliff > cheap.cliff && careful.sufficient > cheap.sufficient)
  }

  @Test("the same seed gives the same ranking, and shapes that never win are left out")
  func seeds() {
    let problem = ShapeProblem(
      rate: Estimate(low: .perSecond(700), mid: .perSecond(1000), high: .perSecond(1800)),
      work: Estimate(exactly: Factor(rawValue: 0.1)))
    let ranked = problem.ranked(Self.shapes, worlds: 1000, seed: 7)
    #expect(ranked == problem.ranked(Self.shapes, worlds: 1000, seed: 7))
    #expect(!ranked.contains { $0.shape.name == "dear" })
    #expect(zip(ranked, ranked.dropFirst()).allSatisfy { $0.expectedCost <= $1.expectedCost })
  }
}
