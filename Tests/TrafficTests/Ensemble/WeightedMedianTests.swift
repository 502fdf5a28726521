import Quantities
import Testing

@testable import Traffic

@Suite("The middle of paths") struct WeightedMedianTests {
  /// Four steps at a time and without sorting it is what sorting each step gives, whatever the number of steps and paths.
  @Test("is at each step the weighted median of that step", arguments: [1, 2, 3, 5, 12, 33])
  func steps(paths: Int) {
    var random = RandomStream(seed: 3, item: UInt64(paths))
    for steps in [1, 2, 3, 4, 5, 48, 91] {
      let block = (0..<paths * steps).map { _ in random.normal() * 100 }
      let weights = (0..<paths).map { _ in 0.02 + random.uniform() }
      let most = weights.max() ?? 0
      var middle = [Double](repeating: .nan, count: steps)
      middle.withUnsafeMutableBufferPointer { middle in
        block.withUnsafeBufferPointer {
          WeightedMedian.path(
            middle, of: $0, starts: (0..<paths).map { $0 * steps }, weights: weights, least: 0.06)
        }
      }
      for t in 0..<steps {
        let kept = (0..<paths).filter { weights[$0] >= 0.06 * most }
        var (values, votes) = (kept.map { block[$0 * steps + t] }, kept.map { weights[$0] })
        let expected = WeightedMedian.of(&values, &votes, count: kept.count)
        #expect(abs(middle[t] - expected) <= 1e-12 * max(1, abs(expected)), "step \(t) of \(steps)")
      }
    }
  }

  @Test("what two equal paths differ by in rounding does not move the middle")
  func rounding() {
    func middle(_ values: [Double]) -> Double {
      var middle = [0.0]
      middle.withUnsafeMutableBufferPointer { middle in
        values.withUnsafeBufferPointer {
          WeightedMedian.path(middle, of: $0, starts: [0, 1, 2], weights: [1, 3, 2.5], least: 0)
        }
      }
      return middle[0]
    }
    // The first lies below the second: between 5, whose place is 2.5, and 9, whose place is 5.25, half of 6.5 lies at 3.25.
    let exact = middle([5, 5, 9])
    #expect(abs(exact - (5 + 4 * 0.75 / 2.75)) < 1e-12)
    for noise in [-1e-13, 1e-13] { #expect(abs(middle([5, 5 * (1 + noise), 9]) - exact) < 1e-9, "\(noise)") }
    #expect(abs(middle([-5, -5 * (1 + 1e-13), -9]) - middle([-5, -5 * (1 - 1e-13), -9])) < 1e-9)
  }

  @Test("equal paths are their own middle; without a path it is zero")
  func equal() {
    var middle = [Double](repeating: .nan, count: 3)
    let block: [Double] = [1, 2, 3, 1, 2, 3, 0, 9, 3]
    middle.withUnsafeMutableBufferPointer { middle in
      block.withUnsafeBufferPointer {
        WeightedMedian.path(middle, of: $0, starts: [0, 3], weights: [1, 2], least: 0)
      }
    }
    #expect(middle == [1, 2, 3])
    middle.withUnsafeMutableBufferPointer { middle in
      block.withUnsafeBufferPointer { WeightedMedian.path(middle, of: $0, starts: [], weights: [], least: 0) }
    }
    #expect(middle == [0, 0, 0])
  }
}
