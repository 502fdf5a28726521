import Quantities
import Testing

@Suite struct LinearSystemTests {
  @Test("solves what needs pivots, and unknowns many powers of ten apart")
  func solves() throws {
    // 2y = 4 and 3x + y = 5: the first pivot is zero.
    #expect(LinearSystem.solve([0, 2, 3, 1], [4, 5]) == [1, 2])
    let far = try #require(LinearSystem.solve([1e-12, 1e-3, 1e-3, 4e6], [1.001e-3, 4_000_000.001]))
    // By Cramer's rule: determinant 4e-6 - 1e-6 = 3e-6.
    #expect(abs(far[0] - (1.001e-3 * 4e6 - 1e-3 * 4_000_000.001) / 3e-6) < 1e-9 * abs(far[0]))
    #expect(abs(far[1] - (1e-12 * 4_000_000.001 - 1e-3 * 1.001e-3) / 3e-6) < 1e-9)
  }

  @Test(
    "gives nothing for equations that say the same, or no number",
    arguments: [[1.0, 2, 2, 4], [0, 0, 0, 0], [.nan, 1, 1, 1]])
  func singular(matrix: [Double]) {
    #expect(LinearSystem.solve(matrix, [1, 2]) == nil)
  }

  @Test("Wilson's interval of a share (Wilson 1927): 9 of 10, none and all")
  func wilson() {
    // 0.9 of 10 at 95 %: 0.5958 to 0.9821.
    let nine = Statistics.wilson(share: 0.9, of: 10)
    #expect(abs(nine.low - 0.5958) < 1e-4 && abs(nine.high - 0.9821) < 1e-4)
    #expect(Statistics.wilson(share: 0, of: 10).low == 0)
    #expect(Statistics.wilson(share: 1, of: 10).high == 1)
    #expect(Statistics.wilson(share: 0, of: 0) == (0, 1))
  }
}
