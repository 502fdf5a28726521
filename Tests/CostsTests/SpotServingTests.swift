import Quantities
import Testing

@testable import Costs

@Suite struct SpotServingTests {
  static let day = (0..<24).map { Double(20 + 10 * min($0, 24 - $0)) }
  static func serving(objective: Double = 0.999, reclaims: Double = 0.1, pool: Double = 0.01) -> SpotServing {
    SpotServing(
      onDemand: .dollarsPerHour(1), spot: .dollarsPerHour(0.3), reclaims: reclaims, poolReclaims: pool, fallback: 240,
      absence: 0, objective: objective)
  }

  /// A year of single machines, each up for an exponential time and down for the fallback.
  @Test("the share that is missing is that of machines played one by one")
  func missing() {
    let serving = Self.serving(reclaims: 0.5, pool: 0)
    var random = RandomStream(seed: 4)
    var up = 0.0
    var down = 0.0
    for _ in 0..<200_000 {
      up += random.exponential(mean: 3600 / 0.5)
      down += serving.fallback
    }
    #expect(abs(down / (up + down) / serving.missing - 1) < 0.01)
  }

  @Test("the base is the smallest within the objective, and a smaller one misses it")
  func smallest() throws {
    for objective in [0.99, 0.995, 0.999, 0.9995, 1] {
      let serving = Self.serving(objective: objective)
      let choice = try #require(serving.optimum(demand: Self.day))
      #expect(choice.unserved <= 1 - objective + 1e-12)
      if choice.base > 0 {
        #expect(serving.choice(base: choice.base - 1, demand: Self.day).unserved > 1 - objective)
      }
      #expect(choice.cost <= choice.costOnDemand)
    }
    #expect(try #require(Self.serving(objective: 1).optimum(demand: Self.day)).spotShare == 0)
    #expect(try #require(Self.serving(objective: 0).optimum(demand: Self.day)).base == 0)
  }

  @Test("what saves nothing is not used; nothing asked costs nothing")
  func edges() throws {
    var dear = Self.serving()
    dear.spot = .dollarsPerHour(2)
    #expect(try #require(dear.optimum(demand: Self.day)).spotShare == 0)
    let none = try #require(Self.serving().optimum(demand: []))
    #expect(none.base == 0 && none.cost == .zero && none.unserved == 0)
    #expect(Self.serving().optimum(demand: [.nan, 5]) != nil)
  }
}
