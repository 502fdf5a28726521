import Testing

@testable import Terminal

@Suite struct ScaleTests {
  @Test(
    "covers the values with round numbers",
    arguments: [
      ([0, 221], true, [0, 50, 100, 150, 200, 250]), ([3, 9], false, [2, 4, 6, 8, 10]),
      ([-3, 3], true, [-4, -2, 0, 2, 4]),
      ([0, 0], true, [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]), ([-5], true, [-5, -4, -3, -2, -1, 0]),
    ] as [([Double], Bool, [Double])])
  func ticks(values: [Double], isFromZero: Bool, ticks: [Double]) {
    #expect(Scale(covering: values, isFromZero: isFromZero, ticks: 6)?.ticks == ticks)
  }

  @Test("has no range where nothing is finite")
  func nothing() {
    #expect(Scale(covering: [.nan, .infinity], isFromZero: true, ticks: 4) == nil)
    #expect(Scale(covering: [], isFromZero: true, ticks: 4) == nil)
  }

  @Test(
    "places any values between 0 and 1",
    arguments: [
      [1e308, -1e308], [1.797e308], [-1.797e308, 5], [.leastNonzeroMagnitude],
      [.leastNonzeroMagnitude, .leastNormalMagnitude], [1, 1.0000000000000002],
      [1e16, 1e16 + 2],
      [7], [0],
    ] as [[Double]])
  func extremes(values: [Double]) throws {
    for isFromZero in [true, false] {
      let scale = try #require(Scale(covering: values, isFromZero: isFromZero, ticks: 5))
      #expect(scale.ticks.allSatisfy { $0.isFinite })
      #expect(scale.ticks.count <= 9)
      for value in values { #expect((0...1).contains(scale.position(value))) }
    }
  }
}
