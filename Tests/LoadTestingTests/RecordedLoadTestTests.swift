import Documents
import Quantities
import Testing

@testable import LoadTesting

/// What writers write, the reader finds: figures come back through the document.
@Suite struct RecordedLoadTestTests {
  func recorded(_ text: String) throws -> RecordedLoadTest {
    try #require(RecordedLoadTest(try JSON.parse(Array(text.utf8), file: "run.json")))
  }
  func recorded(_ write: (inout JSONWriter) -> Void) throws -> RecordedLoadTest {
    var json = JSONWriter(pretty: true)
    write(&json)
    return try recorded(json.text)
  }

  @Test("a run: rates, latencies, thresholds and what it covers")
  func run() throws {
    var record = LoadMergeTests.record(LoadMergeTests.latencies(1000, seed: 5), shard: nil, errors: 10)
    record.expectations = [try LoadExpectation("p99 < 1ms"), try LoadExpectation("p50 < 1s")]
    record.traits = [.ramp, .data]
    let test = try recorded(record.json())
    let result = record.result
    #expect(test.document == .run && test.url == record.url && test.isValid == true && test.isOpenLoop)
    #expect(test.window == 10 && test.offered == 1000 && test.ok == 990 && test.offeredRate == 100)
    #expect(test.achievedRate == result.achievedRate.perSecond && test.busiestSecond == 1000)
    // Written as milliseconds in whole nanoseconds.
    #expect(abs(try #require(test.p50) - (try #require(result.latency.quantile(0.5)))) < 1e-9)
    #expect(abs(try #require(test.p99) - (try #require(result.latency.quantile(0.99)))) < 1e-9)
    #expect(test.covers == ["ramp", "data"])
    #expect(
      test.expectations == [.init(text: "p99 < 1ms", isMet: false), .init(text: "p50 < 1s", isMet: true)])
    #expect(test.rate == nil && test.objective == nil)
  }

  @Test("a closed loop and an invalid run are told, a recording counts as data")
  func odd() throws {
    var record = LoadMergeTests.record([0.1], shard: nil)
    record.result.isOpenLoop = false
    record.result.invalidities = [Invalidity(kind: .interrupted, problem: "p", remedy: "r")]
    record.traits = []
    let test = try recorded(
      record.json { json in
        json.key("log")
        json.string("access.log")
      })
    #expect(!test.isOpenLoop && test.isValid == false && test.covers == ["data"] && test.expectations.isEmpty)
  }

  @Test("a search: its rate, its interval, its objective")
  func search() throws {
    let found = SaturationResult(rate: 2000, low: 1980, high: 2020, binding: nil, reason: "converged", probes: [])
    let test = try recorded { json in
      found.write(to: &json) { json in
        json.key("expect")
        json.string("p99 < 10ms")
      }
    }
    #expect(test.document == .saturation && test.rate == 2000 && test.low == 1980 && test.high == 2020)
    #expect(test.objective == "p99 < 10ms" && test.isValid == nil && test.achievedRate == nil)
    let none = SaturationResult(rate: nil, low: nil, high: 50, binding: nil, reason: "r", probes: [])
    let nothing = try recorded { none.write(to: &$0) }
    #expect(nothing.rate == nil && nothing.low == nil && nothing.high == 50)
  }

  @Test("a test around a run is as valid as the run")
  func nested() throws {
    var load = LoadMergeTests.record([0.1], shard: nil).result
    #expect(try recorded { ChaosResult().write(to: &$0, load: load) }.isValid == true)
    load.invalidities = [Invalidity(kind: .interrupted, problem: "p", remedy: "r")]
    #expect(try recorded { ChaosResult().write(to: &$0, load: load) }.isValid == false)
    #expect(try recorded { ChaosResult().write(to: &$0) }.isValid == nil)
  }

  @Test("every document of a load test is told by its schema")
  func documents() throws {
    #expect(try recorded { ChaosResult().write(to: &$0) }.document == .chaos)
    #expect(try recorded { MirrorResult().write(to: &$0) }.document == .mirror)
    for document in [LoadDocument.run, .saturation, .cold, .chaos, .mlperf, .mirror] {
      #expect(try recorded("{\"schema\": \"\(document.schema)\"}").document == document)
    }
    #expect(LoadDocument(schema: "headroom/load/2") == nil && LoadDocument(schema: "headroom/plan/1") == nil)
  }

  @Test("what is no result of a load test is none", arguments: ["{}", "[]", #"{"schema": "headroom/plan/1"}"#])
  func others(_ text: String) throws {
    #expect(RecordedLoadTest(try JSON.parse(Array(text.utf8), file: "x")) == nil)
  }
}
