import Documents
import Quantities
import Serving
import Testing

@testable import LoadTesting

@Suite struct LoadMergeTests {
  static let schedule = ArrivalSchedule(.constant(.perSecond(100), for: .seconds(10)), spacing: .poisson, seed: 4)
  static let start = Timestamp(secondsSinceEpoch: 1_795_000_000.25)

  /// Latencies with a long tail, the same each time.
  static func latencies(_ count: Int, seed: UInt64) -> [Double] {
    var random = RandomStream(seed: seed)
    return (0..<count).map { _ in (random.exponential(mean: 0.01) * 1e9).rounded() / 1e9 }
  }

  static func record(_ seconds: [Double], shard: Shard?, errors: Int = 0) -> LoadRecord {
    var result = LoadResult()
    result.latency = LatencySpectrum(seconds: seconds)
    result.service = result.latency
    result.lag = LatencySpectrum(seconds: [1e-5, 2e-5])
    result.window = .seconds(10)
    result.connections = 10
    result.completed = seconds.count
    result.ok = seconds.count - errors
    result.errors.serverErrors = errors
    result.offered = seconds.count
    result.sent = seconds.count
    result.achievedRate = .perSecond(Double(seconds.count) / 10)
    result.statuses = [200: seconds.count - errors, 503: errors]
    result.latencyByStatus = [200: result.latency]
    result.classes = [LoadClass(name: "search", ok: 3, ended: seconds.count, latency: result.latency)]
    var recorder = LatencyRecorder()
    for value in seconds { recorder.record(Int64(value * 1e9)) }
    var second = LoadSecond(second: 0)
    second.offered = seconds.count
    second.completed = seconds.count
    second.p50 = result.latency.quantile(0.5)
    second.latencies = recorder.coarse()
    result.timeline = [second]
    return LoadRecord(
      url: "http://127.0.0.1:1/", seed: 4, started: start, schedule: shard.map { schedule.sharded($0) } ?? schedule,
      traits: [.data], expectations: [], result: result)
  }

  static func named(_ parts: [[Double]]) -> [(name: String, record: LoadRecord)] {
    parts.enumerated().map { i, part in ("\(i + 1).json", record(part, shard: Shard(i + 1, of: parts.count))) }
  }

  @Test("percentiles of merged shards are those of one histogram of all requests")
  func percentiles() throws {
    let parts = [Self.latencies(4000, seed: 1), Self.latencies(10, seed: 2), Self.latencies(900, seed: 3)]
    let merged = try LoadMerge.merged(Self.named(parts)).result
    let all = LatencySpectrum(seconds: parts.flatMap { $0 })
    for p in [0.001, 0.5, 0.9, 0.95, 0.99, 0.999, 1] { #expect(merged.latency.quantile(p) == all.quantile(p)) }
    #expect(merged.latency.histogram.counts == all.histogram.counts)
    #expect(abs((merged.latency.mean ?? 0) - (all.mean ?? 1)) < 1e-15)
    #expect(merged.offered == 4910 && merged.completed == 4910)
    #expect(abs(merged.achievedRate.perSecond - 491) < 1e-9)
    #expect(merged.statuses[200] == 4910)
    #expect(merged.timeline.count == 1 && merged.timeline[0].latencies.count == 4910)
    #expect(merged.classes.count == 1 && merged.classes[0].ok == 9)
    #expect(merged.isValid)
  }

  @Test("a result reads back from its JSON as it was, so that merging files is merging results")
  func roundTrip() throws {
    let record = Self.record(Self.latencies(500, seed: 5), shard: Shard(2, of: 3), errors: 7)
    let read = try LoadRecord.read(Array(record.json().utf8), file: "run.json")
    #expect(read.url == record.url && read.seed == 4 && read.shard == record.shard)
    #expect(read.schedule == record.schedule && read.traits == [.data])
    #expect(abs(((read.started ?? Self.start - .days(1)) - Self.start).seconds) <= 0.001)
    let (a, b) = (read.result, record.result)
    #expect(a.latency.histogram.counts == b.latency.histogram.counts)
    #expect(a.latency.maximum == b.latency.maximum && a.latency.minimum == b.latency.minimum)
    for p in [0.5, 0.99, 0.999] { #expect(a.latency.quantile(p) == b.latency.quantile(p)) }
    #expect(a.errors == b.errors && a.statuses == b.statuses && a.ok == b.ok)
    #expect(a.timeline.map(\.latencies) == b.timeline.map(\.latencies))
    #expect(a.window == b.window && a.connections == b.connections)
    // What was written of what was read is the same again.
    #expect(read.json() == record.json())
  }

  @Test("a closed loop, another address, another schedule, the same part twice, two wholes: each is refused")
  func refuses() throws {
    let part = Self.record([0.1], shard: Shard(1, of: 2))
    var closed = Self.record([0.1], shard: Shard(2, of: 2))
    closed.result.isOpenLoop = false
    var elsewhere = Self.record([0.1], shard: Shard(2, of: 2))
    elsewhere.url = "http://127.0.0.1:2/"
    var other = Self.record([0.1], shard: Shard(2, of: 2))
    other.schedule = "0"
    for (second, word) in [
      (closed, "closed loop"), (elsewhere, "loaded http://127.0.0.1:2/"), (other, "another schedule"),
      (part, "are both shard 1/2"), (Self.record([0.1], shard: Shard(2, of: 3)), "another schedule"),
    ] {
      let error = #expect(throws: LoadTestingError.self) { try LoadMerge.merged([("a", part), ("b", second)]) }
      #expect("\(String(describing: error))".contains(word), "\(word)")
    }
    let whole = Self.record([0.1], shard: nil)
    let error = #expect(throws: LoadTestingError.self) { try LoadMerge.merged([("a", whole), ("b", whole)]) }
    #expect("\(String(describing: error))".contains("two tests"))
    #expect(throws: LoadTestingError.self) { try LoadMerge.merged([]) }
  }

  @Test("missing shards and shards that started apart make the merged result invalid")
  func incomplete() throws {
    let first = Self.record([0.1], shard: Shard(1, of: 3))
    var third = Self.record([0.1], shard: Shard(3, of: 3))
    third.started = Self.start + .seconds(5)
    let merged = try LoadMerge.merged([("a", first), ("b", third)])
    #expect(merged.result.invalidities.map(\.kind) == [.missingShards, .shardsApart])
    #expect(merged.result.invalidities.first?.problem.contains("2/3") == true)
  }

  @Test(
    "what is no result, or has lost its histogram, is told",
    arguments: ["{}", "[]", #"{"schema": "headroom/load-saturation/1"}"#, #"{"schema": "headroom/load/1"}"#, "{"])
  func unreadable(_ text: String) {
    #expect(throws: Diagnostics.self) { try LoadRecord.read(Array(text.utf8), file: "run.json") }
  }

  @Test(
    "numbers that cannot be neither trap nor come through", arguments: ["-1", "1e300", "null", "\"x\"", "99999999"])
  func odd(_ cell: String) throws {
    let text = """
      {"schema": "headroom/load/1", "offered": \(cell), "window_s": \(cell), "latency_ms": {"cells": [5, 1, 7, 2]},
       "service_ms": {"cells": [\(cell), 3]}, "timeline": [{"second": \(cell), "cells": [\(cell), \(cell)]}]}
      """
    let record = try LoadRecord.read(Array(text.utf8), file: "run.json")
    #expect(record.result.latency.count == 3)
    #expect(record.result.offered == (cell == "99999999" ? 99_999_999 : 0))
  }

  @Test("coarse cells give quantiles within 1.6 %, and add up")
  func cells() throws {
    let values = Self.latencies(3000, seed: 8)
    var recorder = LatencyRecorder()
    for value in values { recorder.record(Int64(value * 1e9)) }
    var cells = recorder.coarse()
    for p in [0.1, 0.5, 0.99] {
      let exact = try #require(values.sorted()[safe: Int((p * 3000).rounded(.up)) - 1])
      #expect(abs((cells.quantile(p) ?? 0) / exact - 1) <= 1 / 64 + 1e-9)
    }
    #expect(LatencyCells(pairs: cells.pairs) == cells)
    cells.merge(cells)
    #expect(cells.count == 6000)
    #expect(LatencyCells().quantile(0.5) == nil)
  }

  @Test("a result is an outcome: what was offered was served, unserved or still waiting")
  func outcome() {
    var result = Self.record(Self.latencies(1000, seed: 2), shard: nil, errors: 10).result
    result.offered += 5
    result.dropped = 5
    let outcome = result.outcome(from: Self.start, objective: Objective(latency: [.p99(.seconds(0.01))]))
    #expect(outcome.service.offered == outcome.service.served + outcome.service.unserved + outcome.service.waiting)
    // Exponential latencies with a mean of 10 ms: 1 - 1/e of them end within 10 ms.
    #expect(abs((outcome.service.attainments.first?.share.rawValue ?? 0) - 0.632) < 0.05)
    #expect(outcome.timeline.count == 1 && outcome.timeline.demandMean == [1000])
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
