import Quantities
import Testing

@testable import Traffic

@Suite("The radix order") struct RadixOrderTests {
  @Test("is the order of the numbers", arguments: [0, 1, 2, 3, 1000])
  func order(count: Int) {
    var random = RandomStream(seed: 5, item: UInt64(count))
    var order = RadixOrder(count)
    var sorted = [Double](repeating: 0, count: count)
    for scale in [1.0, 1e-300, 1e300] {
      let values = (0..<count).map { _ in random.normal() * scale }
      order.sort(values[...], into: &sorted)
      #expect(sorted == values.sorted())
    }
    let odd: [Double] = [0, .infinity, 3, 3, -1, -.infinity, .leastNonzeroMagnitude]
    let few = (0..<count).map { odd[$0 % odd.count] }
    order.sort(few[...], into: &sorted)
    #expect(sorted == few.sorted())
  }
}
