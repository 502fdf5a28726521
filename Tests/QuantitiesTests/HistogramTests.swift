import Glibc
import Quantities
import Testing

@Suite struct HistogramTests {
  /// Values over 12 decades, evenly in their logarithm.
  func values(_ n: Int, seed: UInt64) -> [Double] {
    var stream = RandomStream(seed: seed)
    return (0..<n).map { _ in pow(10, stream.uniform(-6, 6)) }
  }
  func histogram(of values: some Sequence<Double>, cells: Int = 128) -> Histogram {
    var histogram = Histogram(cells: cells)
    for v in values { histogram.record(v) }
    return histogram
  }

  /// The value of rank ceil(p n) lies in a cell [m - w/2, m + w/2) of width w = 2^e / cells with m - w/2 >= 2^e, so
  /// the cell's middle m is wrong by at most w / 2 of a value of at least 2^e: 1 / (2 cells).
  @Test("every quantile is within the relative error of the exact order statistic", arguments: [2, 16, 128, 1024])
  func relativeError(_ cells: Int) throws {
    for seed in 1...2 as ClosedRange<UInt64> {
      for n in [1, 2, 3, 10, 997, 20_000] {
        let sample = values(n, seed: seed).sorted()
        let histogram = self.histogram(of: sample.shuffled(seed: seed), cells: cells)
        for thousandths in stride(from: 1, through: 999, by: 53) {
          // ceil(p n) in whole numbers, so that no rounding of p hides in it.
          let exact = sample[(thousandths * n + 999) / 1000 - 1]
          let got = try #require(histogram.quantile(Double(thousandths) / 1000))
          let error = abs(got - exact) / exact
          #expect(error <= histogram.relativeError * (1 + 1e-12), "seed \(seed) n \(n) p \(thousandths)/1000")
        }
      }
    }
  }

  @Test("parts merge to the whole, in any order")
  func merging() {
    let sample = values(5000, seed: 9)
    let whole = self.histogram(of: sample)
    let parts = [0..<1, 1..<1700, 1700..<1700, 1700..<5000].map { histogram(of: sample[$0]) }
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1]] {
      var merged = Histogram()
      for i in order { merged.merge(parts[i]) }
      #expect(merged.count == whole.count)
      #expect(merged.minimum == whole.minimum && merged.maximum == whole.maximum)
      #expect(abs(merged.sum / whole.sum - 1) < 1e-12)
      for p in stride(from: 0.0, through: 1, by: 0.01) { #expect(merged.quantile(p) == whole.quantile(p)) }
    }
  }

  @Test("the ends are exact")
  func ends() {
    let histogram = self.histogram(of: [0.123456789, 5, 98.7654321])
    #expect(histogram.quantile(0) == 0.123456789)
    #expect(histogram.quantile(1) == 98.7654321)
    #expect(histogram.quantile(-3) == 0.123456789)
    #expect(histogram.quantile(7) == 98.7654321)
    #expect(self.histogram(of: [42.42]).quantile(0.5) == 42.42)
  }

  @Test("a rank that rounding would push up is not: 7 % of 100 is the 7th value")
  func rankRounding() throws {
    let histogram = self.histogram(of: (1...100).map(Double.init), cells: 4096)
    #expect(0.07 * 100 > 7)
    #expect(abs(try #require(histogram.quantile(0.07)) - 7) < 0.01)
    #expect(abs(try #require(histogram.quantile(0.29)) - 29) < 0.01)
  }

  @Test("nothing has no quantile and no mean")
  func nothing() {
    let empty = Histogram()
    #expect(empty.quantile(0.5) == nil && empty.mean == nil && empty.count == 0)
    var rejected = Histogram()
    rejected.record(.nan)
    rejected.record(.infinity, times: 2)
    #expect(rejected.quantile(0.5) == nil && rejected.rejected == 3 && rejected.count == 0)
    var none = Histogram()
    none.record(1e9, times: 0)
    none.record(1)
    #expect(none.maximum == 1 && none.quantile(0.5) == 1)
  }

  @Test("no rank at all has no quantile")
  func noRank() { #expect(histogram(of: [1, 2]).quantile(.nan) == nil) }

  @Test("zeros count, negative values count as zero")
  func zeros() {
    let histogram = self.histogram(of: [0, 0, 0, -5, 10])
    #expect(histogram.zeros == 4 && histogram.count == 5)
    #expect(histogram.quantile(0.5) == 0)
    #expect(histogram.quantile(0.99) == 10)
    #expect(histogram.mean == 2)
  }

  @Test("the smallest and the largest numbers are placed")
  func extremes() throws {
    let histogram = self.histogram(of: [.leastNormalMagnitude, 1, .greatestFiniteMagnitude, .leastNonzeroMagnitude])
    #expect(histogram.count == 4 && histogram.zeros == 1)
    #expect(abs(try #require(histogram.quantile(0.75)) - 1) <= histogram.relativeError)
    #expect(try #require(histogram.quantile(0.99)).isFinite)
  }

  @Test("times counts a value that often")
  func times() {
    var histogram = Histogram()
    histogram.record(1, times: 99)
    histogram.record(1000)
    #expect(histogram.count == 100 && histogram.sum == 1099)
    #expect((histogram.quantile(0.99) ?? .nan) < 1.01)
    #expect((histogram.quantile(0.995) ?? .nan) > 990)
  }
}

extension Array {
  func shuffled(seed: UInt64) -> [Element] {
    var stream = RandomStream(seed: seed)
    return shuffled(using: &stream)
  }
}
