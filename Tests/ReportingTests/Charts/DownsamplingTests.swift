import Quantities
import Testing

@testable import Reporting

@Suite struct DownsamplingTests {
  @Test("the highest and the lowest point survive, however long the series")
  func extremes() {
    var random = RandomStream(seed: 11)
    var values = (0..<100_000).map { _ in random.uniform() }
    values[77_777] = 9
    values[12_345] = -4
    let runs = Downsampling.runs(values[...], columns: 500)
    #expect(runs.count == 1)
    let drawn = runs.joined().map { values[$0] }
    #expect(drawn.max() == 9 && drawn.min() == -4)
    #expect(drawn.count <= 1000)
  }

  @Test("every column keeps its own extremes, in the order of time")
  func columns() {
    var random = RandomStream(seed: 12)
    let values = (0..<1000).map { _ in random.uniform() }
    let kept = Downsampling.runs(values[...], columns: 10).joined().map { $0 }
    #expect(kept == kept.sorted())
    for c in 0..<10 {
      let part = values[(c * 100)..<(c * 100 + 100)]
      let ours = kept.filter { $0 / 100 == c }.map { values[$0] }
      #expect(ours.max() == part.max() && ours.min() == part.min())
    }
  }

  @Test("a short series is kept whole and split at each gap")
  func gaps() {
    #expect(Downsampling.runs([1, .nan, 2, 3, .infinity, 4][...], columns: 100) == [[0], [2, 3], [5]])
  }

  @Test("a gap of whole columns splits a long series")
  func longGap() {
    var values = Array(repeating: 1.0, count: 10_000)
    for i in 4000..<6000 { values[i] = .nan }
    #expect(Downsampling.runs(values[...], columns: 100).count == 2)
  }

  @Test("a slice keeps its own indices")
  func slices() {
    let values = (0..<100).map(Double.init)
    #expect(Downsampling.runs(values[40..<44], columns: 10) == [[40, 41, 42, 43]])
    #expect(Downsampling.runs([][...], columns: 10).isEmpty)
  }
}
