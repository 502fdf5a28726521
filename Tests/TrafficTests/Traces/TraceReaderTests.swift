import Documents
import Quantities
import Testing

@testable import Traffic

@Suite struct TraceReaderTests {
  static func read(_ text: String, filter: RowFilter? = nil, options: TraceOptions = TraceOptions()) throws -> Trace {
    try TraceReader.csv(bytes: Array(text.utf8), source: "t.csv", filter: filter, options: options)
  }
  /// The diagnostics of a text that must be refused.
  static func refusal(_ text: String, options: TraceOptions = TraceOptions()) -> Diagnostics {
    do {
      _ = try TraceReader.csv(bytes: Array(text.utf8), source: "t.csv", options: options)
      return Diagnostics()
    } catch { return error }
  }
  static let head = "time,rps\n"

  @Test("a plain file becomes the series it says")
  func plain() throws {
    let trace = try Self.read("time,requests_per_second\n2026-01-05T00:00:00Z,10\n2026-01-05T01:00:00Z,20.5\n")
    #expect(trace.series.rawValues == [10, 20.5])
    #expect(trace.series.step == .hours(1))
    #expect(trace.start.iso8601 == "2026-01-05T00:00:00Z")
    #expect(trace.report.zones == ["UTC": 2])
    #expect(trace.report.notes.isEmpty && !trace.report.isIrregular)
    #expect(trace.report.rows == 2 && trace.report.used == 2)
  }

  @Test(
    "numbers are seconds, milliseconds, microseconds or nanoseconds by their size",
    arguments: [
      ("1767571200", "seconds"), ("1767571200000", "milliseconds"), ("1767571200000000", "microseconds"),
      ("1767571200000000000", "nanoseconds"),
    ])
  func epoch(first: String, unit: String) throws {
    let second = String(first.prefix(7) + "260" + first.dropFirst(10))
    let trace = try Self.read("ts,value\n\(first),1\n\(second),2\n")
    #expect(trace.start.iso8601 == "2026-01-05T00:00:00Z")
    #expect(trace.series.step == .seconds(60))
    #expect(trace.report.notes.contains { $0.what.contains(unit) })
  }

  @Test("columns are found by name and content, and a named one that is not there gets a suggestion")
  func columns() throws {
    let text = "region,when,latency_ms,rps\neu,2026-01-05 00:00,5,10\neu,2026-01-05 01:00,6,11\n"
    let trace = try Self.read(text)
    #expect(trace.series.rawValues == [10, 11])
    #expect(trace.report.notes.contains { $0.what.contains("'when'") })
    #expect(trace.report.notes.contains { $0.because.contains("'latency_ms'") })
    let other = try TraceReader.csv(bytes: Array(text.utf8), value: "latency_ms")
    #expect(other.series.rawValues == [5, 6])
    do {
      _ = try TraceReader.csv(bytes: Array(text.utf8), value: "latncy_ms")
      Issue.record("an unknown column was accepted")
    } catch { #expect(error.description.contains("did you mean 'latency_ms'")) }
  }

  @Test("a file without a header is read by position")
  func headless() throws {
    let trace = try Self.read("2026-01-05T00:00:00Z,10\n2026-01-05T01:00:00Z,20\n")
    #expect(trace.series.rawValues == [10, 20])
  }

  @Test("a missing row, an empty cell, NaN and a dash are gaps, and the report tells where")
  func gaps() throws {
    let trace = try Self.read(
      Self.head + "2026-01-05T00:00Z,1\n2026-01-05T01:00Z,\n2026-01-05T02:00Z,NaN\n2026-01-05T03:00Z,-\n"
        + "2026-01-05T04:00Z,5\n2026-01-05T06:00Z,7\n")
    #expect(trace.series.count == 7)
    #expect(trace.series.gapCount == 4)
    #expect(trace.report.nonNumeric.count == 3)
    #expect(trace.report.nonNumeric.lines == [3, 4, 5])
    #expect(trace.report.gaps.map { $0.range } == [1..<4, 5..<6])
  }

  @Test("rows out of order are sorted, rows of one time averaged, both told with lines")
  func repaired() throws {
    let trace = try Self.read(
      Self.head + "2026-01-05T00:00Z,1\n2026-01-05T02:00Z,3\n2026-01-05T01:00Z,2\n2026-01-05T03:00Z,4\n"
        + "2026-01-05T03:00Z,6\n2026-01-05T04:00Z,5\n")
    #expect(trace.series.rawValues == [1, 2, 3, 5, 5])
    #expect(trace.report.outOfOrder.lines == [4])
    #expect(trace.report.duplicates.lines == [6])
    #expect(trace.report.notes.filter { $0.severity == .warning }.count == 2)
  }

  @Test("a file with the newest row first is turned round")
  func reversed() throws {
    let trace = try Self.read(Self.head + "2026-01-05T02:00Z,3\n2026-01-05T01:00Z,2\n2026-01-05T00:00Z,1\n")
    #expect(trace.series.rawValues == [1, 2, 3])
    #expect(trace.report.outOfOrder.count == 0)
  }

  @Test("several rows a time are refused until the user says how they add up")
  func parts() throws {
    var text = "time,region,rps\n"
    for hour in 0..<6 { for region in ["eu", "us"] { text += "2026-01-05T0\(hour):00Z,\(region),\(hour + 1)\n" } }
    #expect(Self.refusal(text).description.contains("rows of one time differ in 'region'"))
    let sum = try Self.read(text, options: TraceOptions(duplicates: .sum))
    #expect(sum.series.rawValues == [2, 4, 6, 8, 10, 12])
    let one = try Self.read(text, filter: RowFilter(column: "region", equals: "us"))
    #expect(one.series.rawValues == [1, 2, 3, 4, 5, 6])
    #expect(throws: Diagnostics.self) { try Self.read(text, filter: RowFilter(column: "region", equals: "mars")) }
  }

  @Test("negative rates are an error that names their lines, or gaps where asked")
  func negatives() throws {
    let text = Self.head + "2026-01-05T00:00Z,1\n2026-01-05T01:00Z,-2\n2026-01-05T02:00Z,3\n2026-01-05T03:00Z,-4\n"
    let refusal = Self.refusal(text)
    #expect(refusal.all.map { $0.location?.line } == [3, 5])
    #expect(refusal.all.allSatisfy { $0.help != nil })
    #expect(try Self.read(text, options: TraceOptions(negatives: .gap)).series.gapCount == 2)
  }

  @Test("times with and without a zone in one file are refused, both lines named")
  func mixedZones() {
    let refusal = Self.refusal(
      Self.head + "2026-01-05T00:00Z,1\n2026-01-05T01:00+02:00,1\n2026-01-05T02:00,2\n2026-01-05T03:00Z,3\n")
    #expect(refusal.all.count == 1)
    #expect(refusal.description.contains("line 2") && refusal.description.contains("line 4"))
  }

  @Test("different offsets are one time line, and the report counts them")
  func offsets() throws {
    let trace = try Self.read(Self.head + "2026-01-05T01:00+01:00,1\n2026-01-05T01:00Z,2\n2026-01-05T04:00+02:00,3\n")
    #expect(trace.series.rawValues == [1, 2, 3])
    #expect(trace.report.zones == ["+01:00": 1, "UTC": 1, "+02:00": 1])
  }

  static var berlin: TimeZoneRules {
    TimeZoneRules.fixed(name: "test", offset: 3600)
  }

  @Test("times without a zone are those of the users' clock")
  func naive() throws {
    let trace = try Self.read(
      Self.head + "2026-01-05T00:00,1\n2026-01-05T01:00,2\n", options: TraceOptions(zone: Self.berlin))
    #expect(trace.start.iso8601 == "2026-01-04T23:00:00Z")
    #expect(trace.report.notes.contains { $0.what.contains("taken as test") })
  }

  @Test(
    "what is no trace is refused with a place and a remedy",
    arguments: [
      "time,rps\n", "time,rps\nyesterday,1\n", "time,rps\n,1\n",
      "a,b\nx,y\nz,w\n", "time,rps\n2026-01-05T00:00Z,x\n2026-01-05T01:00Z,y\n",
      "time,rps\n2026-01-05T00:00Z,1\n1767571200,2\n", "time,rps\n1767571200,1\n1767571200000,2\n",
      "time,rps\n1970-01-01T00:00:00Z,1\n2026-01-05T00:00:00Z,1\n2026-01-05T00:00:01Z,1\n2026-01-05T00:00:02Z,1\n",
      "time,rps\n99999999999999999999,1\n", "time,rps\n-9200000000000000000,1\n9200000000000000000,2\n", "just words",
      "time\n2026-01-05\n",
    ])
  func refused(text: String) {
    let refusal = Self.refusal(text)
    #expect(refusal.hasErrors)
    #expect(refusal.all.filter { $0.severity == .error }.contains { $0.help != nil && $0.location != nil })
  }

  @Test("shuffled rows are sorted and told")
  func shuffled() throws {
    var random = RandomStream(seed: 3)
    let times = (0..<100).map { Timestamp(secondsSinceEpoch: 1_767_571_200 + 60 * Double($0)) }
    let rows = times.enumerated().map { "\($1),\($0)\n" }
    let trace = try Self.read(Self.head + rows.shuffled(using: &random).joined())
    #expect(trace.series.rawValues == (0..<100).map(Double.init))
    #expect(trace.report.outOfOrder.count > 20 && trace.report.reading.line.contains("out of order were sorted"))
  }

  @Test("jittering clocks stay on their grid")
  func jitter() throws {
    var random = RandomStream(seed: 5)
    var text = Self.head
    for i in 0..<200 {
      text += "\(1_767_571_200_000 + 15_000 * i + Int(random.uniform(0, 40))),\(i)\n"
    }
    let trace = try Self.read(text)
    #expect(trace.series.step == .seconds(15))
    #expect(!trace.report.isIrregular)
    #expect(trace.series.rawValues == (0..<200).map(Double.init))
  }

  @Test("irregular rows are averaged into steps, the rule and the peaks are kept")
  func irregular() throws {
    var random = RandomStream(seed: 6)
    var text = Self.head
    var time = 1_767_571_200.0
    for _ in 0..<500 {
      time += random.uniform(5, 90)
      text += "\(Timestamp(secondsSinceEpoch: time.rounded())),7\n"
    }
    let trace = try Self.read(text)
    #expect(trace.report.isIrregular)
    #expect(trace.series.step == .seconds(60))
    #expect(trace.series.rawValues.allSatisfy { $0 == 7 || $0.isNaN })
    #expect(trace.report.resampling.contains("averaged"))
    #expect(trace.report.used == trace.report.rows)
    #expect(trace.peaksWithinStep?.count == trace.series.count)
  }

  @Test("a coarser step takes means and keeps the peaks inside; a finer one is refused with a note")
  func resampled() throws {
    let text =
      Self.head
      + (0..<120).map { "2026-01-05T0\($0 / 60):\($0 % 60 < 10 ? "0" : "")\($0 % 60)Z,\(59 - $0 % 60)\n" }
      .joined()
    let hourly = try Self.read(text, options: TraceOptions(step: .hours(1)))
    #expect(hourly.series.rawValues == [29.5, 29.5])
    #expect(hourly.peaksWithinStep?.rawValues == [59, 59])
    let finer = try Self.read(text, options: TraceOptions(step: .seconds(1)))
    #expect(finer.series.step == .seconds(60))
    #expect(finer.report.notes.contains { $0.severity == .warning })
  }

  @Test("counts per step become rates")
  func counts() throws {
    let text = "time,requests\n2026-01-05T00:00Z,3600\n2026-01-05T01:00Z,7200\n"
    let trace = try Self.read(text, options: TraceOptions(unit: .countPerStep))
    #expect(trace.series.rawValues == [1, 2])
    #expect(Self.refusal(text).description.contains("--per-step or --per-second"))
    let daily = try Self.read(text, options: TraceOptions(unit: .countPerStep, step: .days(1)))
    #expect(daily.series.rawValues == [10800.0 / 86400])
  }

  @Test("NDJSON is read by keys, also nested ones")
  func ndjson() throws {
    let path = TraceFileTests.temporary("trace.ndjson")
    try TraceFileTests.write(
      "{\"ts\": 1767571200, \"m\": {\"rps\": 5}}\n\n{\"ts\": 1767571260, \"m\": {\"rps\": null}}\n"
        + "{\"ts\": 1767571320, \"m\": {\"rps\": \"7\"}}\n", to: path)
    let trace = try TraceReader.ndjson(path: path, value: "m.rps")
    #expect(trace.series.count == 3 && trace.series.gapCount == 1)
    #expect(trace.series[2]?.perSecond == 7)
    try TraceFileTests.write("{\"time\": \"2026-01-05\"}\nnot json\n[1]\n", to: path)
    #expect(throws: Diagnostics.self) { try TraceReader.ndjson(path: path) }
  }
}
