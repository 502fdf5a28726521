import Documents
import Quantities
import Testing

@testable import Serving

@Suite struct MeasuredCurveFilesTests {
  private func points(_ text: String) throws -> [MeasuredCurve.Point] {
    try MeasuredCurve.Point.read(Array(text.utf8), file: "curve")
  }

  @Test("a CSV file has a row a load; what a cell leaves out is not known")
  func table() throws {
    let found = try points("rate,concurrency,mean_ms,p99_ms,ttft_p99_ms\n100,2,20,50,9\n180,,40,90,\n")
    #expect(found.map(\.throughput.perSecond) == [100, 180])
    // By Little's law, 180 a second of 40 ms are 7.2 at once.
    #expect(found[0].concurrency == 2 && abs((found[1].concurrency ?? 0) - 7.2) < 1e-9)
    #expect(found[0].latencies[.response]?.mean == 0.02 && found[0].latencies[.response]?.p99 == 0.05)
    #expect(found[0].latencies[.firstToken]?.p99 == 0.009 && found[1].latencies[.firstToken] == nil)
  }

  @Test("a sweep's loads are read as it wrote them, without those that it calls invalid")
  func sweep() throws {
    let found = try points(
      """
      {"schema": "headroom/load-sweep/1", "points": [
        {"rate": 50, "concurrency": 1, "valid": true, "latency_ms": {"mean": 20, "p50": 19, "p99": 40}},
        {"rate": 90, "concurrency": 2, "valid": false, "latency_ms": {"mean": 25, "p99": 60}},
        {"rate": 95, "concurrency": 4, "valid": true, "latency_ms": {"mean": 42, "p99": null}}]}
      """)
    #expect(found.map(\.throughput.perSecond) == [50, 95])
    #expect(found[0].latencies[.response]?.p50 == 0.019)
    #expect(found[1].latencies[.response]?.mean == 0.042)
  }

  @Test("what is no curve is told with its place")
  func faults() throws {
    let noRate = try #require(throws: Diagnostics.self) { try points("load,p99_ms\n1,2\n") }
    #expect(noRate.all.first?.message.contains("no column 'rate'") == true)
    let wrong = try #require(throws: Diagnostics.self) { try points("rate,p99_ms\n10,fast\n-4,2\n") }
    #expect(wrong.all.count == 2 && wrong.all.first?.location?.line == 2)
    #expect(throws: Diagnostics.self) { try points("{\"schema\": \"headroom/load/1\"}") }
  }
}
