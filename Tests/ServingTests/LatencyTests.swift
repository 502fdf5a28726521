import Foundation
import Serving
import Testing

@Suite struct LatencyTests {
  private let exponential = Latency(
    mean: 2, p50: 2 * log(2), p90: 2 * log(10), p95: 2 * log(20), p99: 2 * log(100), p999: 2 * log(1000))

  @Test("reads exponential response times exactly between and beyond the known quantiles")
  func interpolation() {
    for p in [0.1, 0.5, 0.75, 0.97, 0.999, 0.9999] {
      #expect(abs(exponential.quantile(p) / (-2 * log1p(-p)) - 1) < 1e-9)
      #expect(abs(exponential.share(within: -2 * log1p(-p)) - p) < 1e-12)
    }
  }

  @Test("overload answers nothing in time")
  func unbounded() {
    #expect(Latency.unbounded.share(within: 1e9) == 0)
    #expect(Latency.unbounded.quantile(0.5) == .infinity)
    #expect(exponential.share(within: 0) == 0)
    #expect(exponential.share(within: .infinity) == 1)
    #expect(exponential.share(within: .nan) == 0)
  }

  @Test("a constant response time is a step")
  func constant() {
    let one = Latency(mean: 1, p50: 1, p90: 1, p95: 1, p99: 1, p999: 1)
    #expect(one.quantile(0.9) == 1)
    #expect(one.share(within: 1.01) == 0.999)
  }
}
