import Quantities
import Testing

@Suite struct StatisticsTests {
  @Test("mean, variance and deviation skip NaN, and are nil where nothing is left")
  func moments() {
    #expect(Statistics.mean([1, .nan, 3]) == 2)
    #expect(Statistics.mean([]) == nil && Statistics.mean([.nan]) == nil)
    #expect(Statistics.variance([2, 4, 4, 4, 5, 5, 7, 9]).map { abs($0 - 32.0 / 7) < 1e-12 } == true)
    #expect(Statistics.variance([5]) == nil)
    #expect(Statistics.deviation([1, .nan, 3]).map { abs($0 - 2.0.squareRoot()) < 1e-12 } == true)
    // Two passes: the large offset does not drown the spread.
    #expect(Statistics.variance([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]).map { abs($0 - 30) < 1e-6 } == true)
  }

  /// R: quantile(c(1, 2, 4, 8, 16), c(0, .1, .25, .5, .9, 1), type = 7).
  @Test(
    "quantiles are linear between order statistics (type 7)",
    arguments: [(0, 1), (0.1, 1.4), (0.25, 2), (0.5, 4), (0.9, 12.8), (1, 16), (-1, 1), (2, 16)] as [(Double, Double)])
  func quantiles(_ p: Double, _ expected: Double) throws {
    #expect(abs(try #require(Statistics.quantile([16, 1, .nan, 8, 4, 2], p)) - expected) < 1e-12)
  }

  @Test("quantiles of nothing, and no rank at all, are nil")
  func noQuantiles() {
    #expect(Statistics.quantile([], 0.5) == nil)
    #expect(Statistics.quantile([.nan], 0.5) == nil)
    #expect(Statistics.quantiles([], [0.5]) == nil)
    #expect(Statistics.quantile([1, 2], .nan) == nil)
    #expect(Statistics.median([7]) == 7)
    #expect(Statistics.quantiles([3, 1, 2], [0, 0.5, 1]) == [1, 2, 3])
  }

  @Test("the robust deviation is the standard deviation of a normal, and outliers do not move it")
  func robustDeviation() throws {
    var stream = RandomStream(seed: 6)
    var sample = (0..<20_000).map { _ in stream.normal(mean: 100, deviation: 15) }
    #expect(abs(try #require(Statistics.robustDeviation(sample)) - 15) < 0.5)
    for i in 0..<1000 { sample[i] = 1e9 }
    #expect(abs(try #require(Statistics.robustDeviation(sample)) - 15) < 2)
  }

  @Test("a least-squares line, its slope's error, and none where x does not vary")
  func line() throws {
    // Anscombe's first set (1973): intercept 3.00, slope 0.500, standard error of the slope 0.118.
    let x: [Double] = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5]
    let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68]
    let line = try #require(Statistics.line(x: x, y: y))
    #expect(abs(line.intercept - 3.0001) < 1e-4 && abs(line.slope - 0.5001) < 1e-4)
    #expect(abs(line.slopeError - 0.1179) < 1e-4)
    #expect(Statistics.line(x: [1, 1, 1], y: [1, 2, 3]) == nil)
    #expect(Statistics.line(x: [1], y: [1]) == nil)
  }

  @Test("the Theil-Sen slope stands against a quarter of outliers", arguments: [40, 1000])
  func robustLine(_ n: Int) throws {
    let x = (0..<n).map(Double.init)
    var stream = RandomStream(seed: 12)
    var y = x.map { 10 + 2 * $0 + stream.normal() }
    for _ in 0..<(n / 4) { y[Int(stream.next() % UInt64(n))] = 1e6 }
    y[0] = .nan
    let line = try #require(Statistics.robustLine(x: x, y: y))
    #expect(abs(line.slope - 2) < 0.2)
    let plain = try #require(Statistics.line(x: x, y: y))
    #expect(abs(plain.intercept + plain.slope * Double(n) / 2 - (10 + Double(n))) > 1000)
  }

  @Test("an exact line is found exactly; two equal x give none")
  func exactRobustLine() {
    let line = Statistics.robustLine(x: [0, 1, 2, 3], y: [5, 8, 11, 14])
    #expect(line?.slope == 3 && line?.intercept == 5)
    #expect(Statistics.robustLine(x: [1, 1], y: [1, 2]) == nil)
    #expect(Statistics.robustLine(x: [], y: []) == nil)
    #expect(Statistics.robustLine(x: [1], y: [1]) == nil)
  }

  @Test("a daily cycle correlates with itself a day later")
  func autocorrelation() throws {
    let values = (0..<480).map { Double($0 % 24) }
    #expect(try #require(Statistics.autocorrelation(values, lag: 24)) > 0.9)
    #expect(try #require(Statistics.autocorrelation(values, lag: 12)) < 0)
    #expect(Statistics.autocorrelation(values, lag: 0) == nil)
    #expect(Statistics.autocorrelation([1, 1, 1], lag: 1) == nil)
    #expect(Statistics.autocorrelation([1], lag: 5) == nil)
  }

  /// Quantiles of the standard normal as tables print them (Abramowitz and Stegun, table 26.5).
  @Test(
    "the normal quantile is that of the tables",
    arguments: [
      (0.5, 0), (0.9, 1.281551566), (0.95, 1.644853627), (0.975, 1.959963985), (0.99, 2.326347874),
      (0.995, 2.575829304), (0.999, 3.090232306), (0.025, -1.959963985), (0.01, -2.326347874), (1e-9, -5.997807015),
    ] as [(Double, Double)])
  func normalQuantile(_ p: Double, _ z: Double) {
    #expect(abs(Statistics.normalQuantile(p) - z) < 1e-9)
  }

  @Test("the normal quantile undoes the cumulative distribution, far into the tails")
  func normalInverse() {
    for z in stride(from: -8.0, through: 5, by: 0.25) {
      #expect(abs(Statistics.normalQuantile(Statistics.normalCumulative(z)) - z) < 1e-8, "\(z)")
    }
    #expect(Statistics.normalQuantile(0) == -.infinity)
    #expect(Statistics.normalQuantile(1) == .infinity)
    #expect(Statistics.normalQuantile(.nan).isNaN)
    #expect(Statistics.normalQuantile(.leastNonzeroMagnitude).isFinite)
    #expect(Statistics.normalQuantile(.leastNormalMagnitude / 100) < -37)
  }

  @Test(
    "a ratio is rounded up, but not by the rounding of its own arithmetic",
    arguments: [
      (0.1 * 3, 0.1, 3), (0.1 * 3, 0.3, 1), (1.1 * 1.1, 1.21, 1), (112_500, 2000, 57), (114_000, 2000, 57),
      (114_000.001, 2000, 58), (0, 5, 0), (1e-20, 5, 1), (1e-16, 1, 1), (7, 7, 1), (1e15 + 0.5, 1, 1e15 + 1),
    ] as [(Double, Double, Double)])
  func ceilings(_ a: Double, _ b: Double, _ expected: Double) {
    #expect(Statistics.ceilingOfRatio(a, b) == expected)
  }

  @Test("a ratio that is no number stays none")
  func noRatio() {
    #expect(Statistics.ceilingOfRatio(.nan, 1).isNaN)
    #expect(Statistics.ceilingOfRatio(0, 0).isNaN)
    #expect(Statistics.ceilingOfRatio(1, 0) == .infinity)
  }
}
