import HeadroomTesting
import Quantities
import Testing

@testable import LoadTesting

@Suite struct EarlyStoppingTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var percentile: Double
    var over: Int
    var needed: Int
    var testDescription: String { "P\(percentile * 100), \(over) slow" }
  }
  /// MLPerf LoadGen's own figures (mlcommons/inference, loadgen, early stopping; 662 is also mlperf.conf's
  /// MultiStream.min_query_count).
  static let table = [
    Row(percentile: 0.9, over: 0, needed: 44), Row(percentile: 0.9, over: 1, needed: 64),
    Row(percentile: 0.9, over: 10, needed: 197), Row(percentile: 0.9, over: 100, needed: 1246),
    Row(percentile: 0.99, over: 0, needed: 459), Row(percentile: 0.99, over: 1, needed: 662),
    Row(percentile: 0.99, over: 10, needed: 2010), Row(percentile: 0.99, over: 100, needed: 12_571),
  ]

  @Test("so many slow queries need so many queries", arguments: table)
  func needed(_ row: Row) {
    #expect(EarlyStopping.queriesNeeded(overLatency: row.over, percentile: row.percentile) == row.needed)
    #expect(EarlyStopping.mostOverLatency(queries: row.needed, percentile: row.percentile) == row.over)
    let fewer = EarlyStopping.mostOverLatency(queries: row.needed - 1, percentile: row.percentile)
    #expect(fewer == (row.over == 0 ? nil : row.over - 1))
  }

  @Test("of 1,179,125 queries 11,539 are discarded, as in a published MultiStream summary of LoadGen")
  func published() {
    #expect(EarlyStopping.mostOverLatency(queries: 1_179_125, percentile: 0.99) == 11_540)
    #expect(EarlyStopping.estimateRank(queries: 1_179_125, percentile: 0.99) == 1_179_125 - 11_539)
  }

  @Test("too few queries give no estimate, and nonsense gives nothing")
  func edges() {
    #expect(EarlyStopping.estimateRank(queries: 63, percentile: 0.9) == nil)
    #expect(EarlyStopping.estimateRank(queries: 64, percentile: 0.9) == 64)
    for percentile in [0, 1, -1, 2, .nan, .infinity] {
      #expect(EarlyStopping.queriesNeeded(overLatency: 1, percentile: percentile) == nil)
    }
    #expect(EarlyStopping.queriesNeeded(overLatency: -1, percentile: 0.9) == nil)
    #expect(EarlyStopping.mostOverLatency(queries: 0, percentile: 0.9) == nil)
  }

  @Test("the binomial's tail, by its own closed forms")
  func cumulative() {
    #expect(abs(EarlyStopping.cumulative(0, of: 10, 0.5) - 1.0 / 1024) < 1e-15)
    #expect(abs(EarlyStopping.cumulative(5, of: 10, 0.5) - 638.0 / 1024) < 1e-12)
    #expect(EarlyStopping.cumulative(10, of: 10, 0.3) == 1)
  }
}

@Suite(.serialized) struct MLPerfTests {
  static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  func run(
    _ server: LoadedServer, _ scenario: MLPerfScenario, seconds: Double, queries: Int, limit: Duration? = .seconds(30)
  ) throws -> MLPerfResult {
    try MLPerfTest(
      LoadTarget(url: server.url), scenario, rate: .perSecond(200), limit: limit, leastDuration: .seconds(seconds),
      leastQueries: queries, connections: 20
    ).run()
  }
  func isKept(_ result: MLPerfResult, _ rule: String) -> Bool? { result.rules.first { $0.name == rule }?.isKept }

  @Test("a service that keeps up is valid in the server scenario")
  func server() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let result = try run(server, .server, seconds: 1, queries: 459)
    #expect(result.queries >= 459 && result.overLatency == 0 && result.queriesNeeded == 459)
    for rule in ["min duration", "min queries", "every query answered", "latency", "early stopping"] {
      #expect(isKept(result, rule) == true, "\(rule)")
    }
  }

  @Test("a query that fails makes a run invalid")
  func failure() throws {
    let server = try LoadedServer { $0 == 7 ? .end : .answer(Self.ok) }
    defer { server.stop() }
    let result = try run(server, .server, seconds: 0.2, queries: 40)
    #expect(isKept(result, "every query answered") == false)
    #expect(isKept(result, "early stopping") == false)
    #expect(!result.isValid && result.rules.allSatisfy { !$0.remedy.isEmpty })
  }

  @Test("one query behind the other, until there are enough")
  func singleStream() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let result = try run(server, .singleStream, seconds: 0.1, queries: 64)
    #expect(server.accepted == 1 && result.queries >= 64 && result.estimate != nil)
    #expect(isKept(result, "min queries") == true && isKept(result, "every query answered") == true)
  }

  @Test("eight samples at a time, the next eight when all are answered")
  func multiStream() throws {
    // The eighth of each is slow: no sample of the next query may come before its answer.
    let server = try LoadedServer { $0 % 8 == 7 ? .tokens(1, first: 0.02, gap: 0) : .answer(Self.ok) }
    defer { server.stop() }
    let result = try run(server, .multiStream, seconds: 0.1, queries: 10)
    #expect(server.accepted == 8 && result.queries >= 10)
    let arrivals = server.arrivals
    for query in 1..<min(10, arrivals.count / 8) {
      #expect(arrivals[query * 8] - arrivals[query * 8 - 1] >= 20_000_000)
    }
    #expect((result.spectrum.minimum ?? 0) >= 0.02)
  }

  @Test("offline keeps the service busy and counts samples")
  func offline() throws {
    let server = try LoadedServer { _ in .answer(Self.ok) }
    defer { server.stop() }
    let result = try run(server, .offline, seconds: 0.1, queries: 200, limit: nil)
    #expect(result.queries >= 200 && (result.rate ?? 0) > 0 && server.accepted == 20)
  }

  @Test("a query's time is from its first sending to its last answer, whole ones only")
  func queryTimes() {
    let outcomes = (0..<20).map { i in
      var outcome = RequestOutcome()
      outcome.scheduled = Int64(i / 8) * 1_000_000_000 + Int64(i % 8)
      outcome.latency = Int64(i % 8 + 1) * 1_000_000
      outcome.ending = i == 9 ? .timeout : .answered
      return outcome
    }
    let times = MLPerfTest.queryTimes(outcomes)
    #expect(times.count == 1 && abs(times[0] - 0.008) < 1e-6)
    #expect(MLPerfTest.queryTimes([]).isEmpty)
  }

  @Test("settings that make no sense are refused")
  func refused() throws {
    let target = try LoadTarget(url: "http://127.0.0.1:1/")
    for test in [
      MLPerfTest(target, .server, rate: .perSecond(1)), MLPerfTest(target, .server, rate: .zero, limit: .seconds(1)),
      MLPerfTest(target, .offline, percentile: .nan), MLPerfTest(target, .offline, leastQueries: 0),
      MLPerfTest(target, .offline, leastDuration: .zero), MLPerfTest(target, .offline, leastDuration: .hours(9)),
    ] {
      #expect(throws: LoadTestingError.self) { try test.run() }
    }
  }
}
