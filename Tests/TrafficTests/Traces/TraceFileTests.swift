import Documents
import Glibc
import HeadroomTesting
import Quantities
import Testing

@testable import Traffic

@Suite struct TraceFileTests {
  static func temporary(_ name: String) -> String {
    "/tmp/test-headroom-traffic-\(getpid())-\(name)"
  }
  static func write(_ text: String, to path: String) throws {
    let file = try #require(fopen(path, "w"))
    fputs(text, file)
    fclose(file)
  }

  @Test("the example written as CSV reads back as it was made")
  func roundTrip() throws {
    let generator = TraceGenerator.example()
    let path = Self.temporary("example.csv")
    try Self.write(String(decoding: generator.csv(), as: UTF8.self), to: path)
    defer { unlink(path) }
    let trace = try TraceReader.csv(path: path)
    let made = generator.series()
    #expect(trace.series.start == made.start && trace.series.step == made.step)
    #expect(zip(trace.series.rawValues, made.rawValues).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) })
    #expect(trace.report.gaps.count == 2)
  }

  @Test("a file that is not there is an error of the world")
  func missing() {
    #expect(throws: DocumentError.self) { try TraceReader.csv(path: "/nonexistent/trace.csv") }
  }

  @Test("the same seed gives the same bytes, another seed others")
  func seeded() {
    #expect(TraceGenerator.example(seed: 7).csv() == TraceGenerator.example(seed: 7).csv())
    #expect(TraceGenerator.example(seed: 7).csv() != TraceGenerator.example(seed: 8).csv())
  }

  static let measured = [
    "nab_nyc_taxi", "nab_tweets_AAPL", "nab_elb_requests", "ped_qv_market", "bike_dc", "http_nasa", "llm_m_large",
    "llm_m_large_client142", "llm_m_small_client38", "day_wiki_peyton",
  ]

  @Test(
    "measured traffic of every kind gives finite figures and a forecast",
    .enabled(if: TestData.isPresent, "measured data not present"), arguments: measured)
  func real(name: String) throws {
    let trace = try TraceReader.csv(
      path: TestData.path("traffic/traffic_series.csv.gz"), time: "t", value: "y",
      filter: RowFilter(column: "series", equals: name))
    let analysis = TrafficAnalysis(of: trace)
    let average = try #require(analysis.average)
    let peak = try #require(analysis.peak).value
    #expect(average.isFinite && average.rawValue > 0 && peak > average)
    #expect(analysis.percentiles.map { $0.p50 <= $0.p95 && $0.p95 <= $0.p99 && $0.p999 <= peak } == true)
    if let daily = analysis.dailyProfile { #expect(daily.multiples.allSatisfy { $0.isFinite && $0 >= 0 }) }
    if let growth = analysis.growth { #expect(growth.logSlope.isFinite && growth.standardError.isFinite) }
    #expect(Double(analysis.outliers.count) <= max(3, 0.005 * Double(trace.series.count)))
    let forecast = SeasonalBaseline().forecast(trace.series, request: ForecastRequest(horizon: .days(14)))
    #expect(forecast.mid.rawValues.allSatisfy { $0.isFinite && $0 >= 0 })
    #expect(forecast.peak.high.isFinite && forecast.peak.high < peak * 10)
  }

  @Test(
    "New York's taxis are busiest in the evening and grow by little",
    .enabled(if: TestData.isPresent, "measured data not present"))
  func taxi() throws {
    let trace = try TraceReader.csv(
      path: TestData.path("traffic/traffic_series.csv.gz"), time: "t", value: "y",
      filter: RowFilter(column: "series", equals: "nab_nyc_taxi"))
    // SOURCE.md's statistics of this series: mean 30275.14, peak to mean 2.4578.
    let analysis = TrafficAnalysis(of: trace)
    #expect(abs((analysis.average?.rawValue ?? 0) - 30275.138759689922) < 1e-6)
    #expect(abs((analysis.peakToAverage.atStep?.rawValue ?? 0) - 2.457759172984286) < 1e-9)
    #expect([18, 19, 20].contains(analysis.dailyProfile?.busiestHour ?? 0))
    #expect(analysis.hasDailyCycle && analysis.hasWeeklyCycle)
  }
}
