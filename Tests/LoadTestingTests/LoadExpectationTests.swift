import LoadTesting
import Quantities
import Testing

@Suite struct LoadExpectationTests {
  @Test(
    "reads what people write",
    arguments: [
      ("p99 < 200ms", LoadExpectation.Figure.percentile(.response, 0.99), LoadExpectation.Comparison.below, 0.2),
      ("P50<=1.5s", .percentile(.response, 0.5), .atMost, 1.5),
      ("p99.9 < 1s", .percentile(.response, 0.999), .below, 1),
      ("p999 < 1s", .percentile(.response, 0.999), .below, 1), ("mean < 20 ms", .mean, .below, 0.02),
      ("max < 1s", .maximum, .below, 1), ("errors < 0.1%", .errors, .below, 0.001),
      ("error_rate < 1%", .errors, .below, 0.01), ("rate >= 990/s", .throughput, .atLeast, 990),
      ("ttft p95 < 500ms", .percentile(.firstToken, 0.95), .below, 0.5),
      ("tokens >= 1000/s", .tokensPerSecond, .atLeast, 1000),
    ])
  func reads(
    _ text: String, _ metric: LoadExpectation.Figure, _ comparison: LoadExpectation.Comparison, _ limit: Double
  ) throws {
    let expectation = try LoadExpectation(text)
    #expect(expectation.figure == metric || isClose(expectation.figure, metric))
    #expect(expectation.comparison == comparison)
    #expect(abs(expectation.limit - limit) < 1e-12)
  }
  func isClose(_ a: LoadExpectation.Figure, _ b: LoadExpectation.Figure) -> Bool {
    if case .percentile(.response, let x) = a, case .percentile(.response, let y) = b { return abs(x - y) < 1e-12 }
    return false
  }

  @Test(
    "refuses the rest",
    arguments: ["", "p99", "p99 < ", "p99 < 5%", "p0 < 1s", "speed < 1s", "p99 = 1s", "errors < 5ms"])
  func refuses(_ text: String) {
    #expect(throws: LoadTestingError.self) { try LoadExpectation(text) }
  }

  @Test("a figure that was not measured keeps no threshold")
  func unmeasured() throws {
    #expect(try !LoadExpectation("p99 < 1s").isMet(by: LoadResult()))
    #expect(try !LoadExpectation("ttft < 1s").isMet(by: LoadResult()))
    #expect(try LoadExpectation("errors < 1%").isMet(by: LoadResult()))
  }
}
