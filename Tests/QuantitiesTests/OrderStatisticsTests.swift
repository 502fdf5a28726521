import Glibc
import Quantities
import Testing

/// Order statistics are those of the sorted numbers, whatever their law.
@Suite struct OrderStatisticsTests {
  /// Even, heavy-tailed, tied, all alike, and with infinities.
  private static func numbers(_ kind: Int, _ count: Int) -> [Double] {
    var random = RandomStream(seed: 9, item: UInt64(kind))
    return (0..<count).map { i in
      switch kind {
      case 0: random.uniform()
      case 1: exp(9 * random.normal())
      case 2: (random.uniform() * 5).rounded()
      case 3: 7
      case 4: i % 50 == 0 ? .infinity : random.normal()
      default: -random.normal() * 1e300
      }
    }
  }

  @Test("the few that are asked for are those of the sorted numbers", arguments: 0..<6)
  func places(kind: Int) {
    for count in [1, 2, 17, 256, 257, 1000, 5000] {
      let values = Self.numbers(kind, count)
      let sorted = values.sorted()
      let places = [0, count / 10, count / 2, count / 2, max(0, count - 2), count - 1].sorted()
      let found = values.withUnsafeBufferPointer { OrderStatistics.values(at: places, of: $0) }
      #expect(found == places.map { sorted[$0] }, "\(count)")
      var moved = values
      moved.withUnsafeMutableBufferPointer { OrderStatistics.place($0, places[...]) }
      #expect(places.map { moved[$0] } == places.map { sorted[$0] }, "\(count)")
    }
  }

  @Test("a pair of neighbours is that of the sorted numbers", arguments: 0..<6)
  func pairs(kind: Int) {
    for count in [1, 2, 3, 4, 7, 22, 64, 65, 90] {
      let values = Self.numbers(kind, count)
      let sorted = values.sorted()
      for place in 0..<count {
        let found = values.withUnsafeBufferPointer { OrderStatistics.pair(at: place, of: $0) }
        #expect(found == (sorted[place], sorted[min(place + 1, count - 1)]), "\(place) of \(count)")
      }
    }
  }

  @Test("quantiles of unsorted numbers are those of the sorted ones; gaps count for nothing")
  func quantiles() {
    let values = Self.numbers(1, 333) + [.nan, .nan]
    let sorted = values.filter { !$0.isNaN }.sorted()
    let levels = [0.9, -1, 0.25, 2, 0.5]
    #expect(Statistics.quantiles(values, levels) == levels.map { Statistics.quantile(sorted: sorted, $0) ?? .nan })
    #expect(Statistics.quantile(values, .nan) == nil && Statistics.quantiles([.nan], [0.5]) == nil)
  }
}
