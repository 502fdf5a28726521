import Documents
import LoadTesting
import Planning
import Quantities
import Serving
import Testing

@testable import Reporting

@Suite struct LoadReportTests {
  static func record(errors: Int = 0, expect: [String] = [], url: String = "http://127.0.0.1/") throws -> LoadRecord {
    var result = LoadResult()
    let seconds = (0..<1000).map { 0.010 + 0.0001 * Double($0) }
    result.latency = LatencySpectrum(seconds: seconds)
    result.service = LatencySpectrum(seconds: seconds.map { $0 / 2 })
    result.window = .seconds(10)
    result.offered = 1000
    result.sent = 1000
    result.completed = 1000
    result.ok = 1000 - errors
    result.errors.serverErrors = errors
    result.achievedRate = .perSecond(100)
    result.timeline = (0..<10).map { i in
      var second = LoadSecond(second: i)
      second.offered = 100
      second.sent = 100
      second.completed = 100
      second.errors = errors / 10
      second.p50 = 0.06
      second.p99 = 0.109
      second.maximum = 0.11
      second.latencies = LatencyCells(pairs: [800, 90, 850, 10])
      return second
    }
    return LoadRecord(
      url: url, started: Timestamp(secondsSinceEpoch: 1_795_000_000), schedule: nil,
      expectations: try expect.map { try LoadExpectation($0) }, result: result)
  }

  @Test("the headline is the answer, or the threshold that was missed, or what made the run worthless")
  func headline() throws {
    #expect(
      LoadReport(try Self.record(expect: ["p99 < 200ms"])).headline
        == "http://127.0.0.1/ answers 100/s when asked for 100/s, 99 % of requests within 109 ms, within its threshold."
    )
    #expect(
      LoadReport(try Self.record(expect: ["p99 < 50ms", "errors < 1%"])).headline
        == "http://127.0.0.1/ misses 'p99 < 50ms' when asked for 100/s: 109 ms was measured.")
    var record = try Self.record()
    record.result.invalidities = [Invalidity(kind: .generatorLate, problem: "it was late", remedy: "wait")]
    #expect(LoadReport(record).headline == "This run is INVALID: it was late.")
  }

  @Test("the page is well-formed and self-contained, whatever the address says")
  func page() throws {
    let evil = "http://x/</title><script>alert('x')</script>&\"'"
    let record = try Self.record(errors: 20, expect: ["p99 < 50ms", "errors < 1%"], url: evil)
    let model = try ErlangC(concurrency: 4, serviceTime: .milliseconds(20))
    let prediction = LoadPrediction(of: model, replicas: 1, rates: [100, 100])
    let html = LoadReport(
      record, prediction: (prediction, LoadPrediction.measured(record.result, model: model, replicas: 1))
    ).html()
    Preview.write(html, to: "load.html")
    #expect(Markup.problem(in: html, html: true) == nil)
    #expect(!html.contains("<script"))
    for id in ["latency", "verdicts", "foreseen", "rates", "percentiles", "heat", "failures", "numbers"] {
      #expect(html.contains("id=\"\(id)\""), "\(id)")
    }
  }

  @Test("a run without an answer, and one of no second, still make a page")
  func empty() throws {
    var record = try Self.record()
    record.result = LoadResult()
    let report = LoadReport(record)
    #expect(Markup.problem(in: report.html(), html: true) == nil)
    #expect(report.csv().split(separator: "\n").count == 1)
    #expect(report.openMetrics().hasSuffix("# EOF\n"))
  }

  @Test("CSV has a row a second with the quantiles of the second")
  func csv() throws {
    let rows = LoadReport(try Self.record()).csv().split(separator: "\n")
    #expect(rows.count == 11)
    #expect(rows[0].hasPrefix("second,time,offered,sent,completed,errors,in_flight,p50_ms,p99_ms,max_ms"))
    #expect(rows[1].hasPrefix("0,2026-11-18T"))
    #expect(rows[1].contains(",100,100,100,0,0,60,109,110,"))
  }

  @Test("OpenMetrics has a cumulative histogram, escaped labels, and its end")
  func openMetrics() throws {
    let text = LoadReport(try Self.record(errors: 20, url: "http://x/\"\\")).openMetrics()
    #expect(text.contains("headroom_load_requests_total{url=\"http://x/\\\"\\\\\",result=\"5xx\"} 20\n"))
    let buckets = text.split(separator: "\n").filter { $0.hasPrefix("headroom_load_latency_seconds_bucket") }
      .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
    #expect(buckets == buckets.sorted() && buckets.last == 1000)
    // 10 ms to 109.9 ms evenly: 900 of 1000 end within 100 ms, to a cell's width.
    let tenth = text.split(separator: "\n").first { $0.contains("le=\"0.1\"") }?.split(separator: " ").last
    #expect(abs((tenth.flatMap { Int($0) } ?? 0) - 901) <= 4)
    #expect(text.hasSuffix("# EOF\n"))
  }

  @Test("charts of nothing, one point, gaps and infinities are pictures, not traps", arguments: [1080.0, 516, 358])
  func degenerate(_ width: Double) {
    for points in [[], [(1, 2)], [(0, .nan), (1, .infinity)], [(0, 1e300), (1, -5)]] as [[(x: Double, y: Double)]] {
      for style in [PlotChart.Series.Style.demand, .fails, .soft] {
        for isScattered in [true, false] {
          var chart = PlotChart(
            title: "t", description: "d", series: [.init("s", points, style, isScattered: isScattered)],
            unit: .other("ms"), xName: "x", ticks: PlotChart.numbers(to: points.last?.x ?? 0))
          chart.limits = [.init(3, "limit"), .init(.nan, "none")]
          chart.places = [.init(.infinity, "p"), .init(0.5, "q")]
          #expect(Markup.problem(in: chart.drawn(width: width, id: "c").rendered()) == nil)
        }
      }
    }
    for pairs in [[], [0, 1], [1407, 5], [0, 1, 1407, 3], [65535, 2]] as [[Double]] {
      var second = LoadSecond(second: 3)
      second.latencies = LatencyCells(pairs: pairs)
      let chart = LatencyHeatChart(title: "t", description: "d", seconds: [second])
      #expect(Markup.problem(in: chart.drawn(width: width, id: "c").rendered()) == nil)
    }
  }
}
