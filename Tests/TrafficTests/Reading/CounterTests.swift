import Quantities
import Testing

@testable import Traffic

@Suite struct CounterTests {
  /// Totals of hours whose rates are given, and the rates.
  static func totals(_ rates: [Double]) -> [Double] {
    rates.reduce(into: [0.0]) { $0.append(($0.last ?? 0) + $1 * 3600) }
  }
  static let rates = (0..<72).map { 100 + 50 * [0.0, 0.3, 0.9, 1, 0.7, 0.2][$0 % 6] }

  @Test("a counter is told by its name or its course, and becomes the rates of its differences")
  func course() throws {
    for name in ["http_requests_total", "value"] {
      let trace = try Reading.one(Reading.hours(Self.totals(Self.rates).map { "\($0)" }, head: "time,\(name)"))
      #expect(trace.series.count == 72)
      #expect(zip(trace.series.rawValues, Self.rates).allSatisfy { abs($0 - $1) < 1e-6 })
      #expect(trace.report.reading.meaning.contains("counter"))
      #expect(trace.report.notes.contains { $0.remedy.contains("--gauge") })
    }
  }

  @Test("a new start counts from zero, as Prometheus has it")
  func reset() throws {
    let cells = ["3600", "7200", "1800", "5400"]
    let trace = try Reading.one(Reading.hours(cells, head: "time,http_requests_total"))
    #expect(trace.series.rawValues == [1, 0.5, 1])
  }

  @Test("what grows smoothly is no counter, and what is said decides")
  func gauge() throws {
    let growth = (0..<60).map { "\(100 + 2 * $0)" }
    let trace = try Reading.one(Reading.hours(growth))
    let expected: [Double] = (0..<60).map { Double(100 + 2 * $0) }
    #expect(trace.series.rawValues == expected)
    #expect(trace.report.notes.contains { $0.what == "the values never fall" })
    let counted = try Reading.one(Reading.hours(growth), SeriesSelection(), TraceOptions(unit: .counter))
    let slope = 2.0 / 3600
    #expect(counted.series.rawValues.allSatisfy { abs($0 - slope) < 1e-12 })
    let text = Reading.hours(["1", "2", "3"], head: "time,http_requests_total")
    #expect(try Reading.one(text, SeriesSelection(), TraceOptions(unit: .gauge)).series.rawValues == [1, 2, 3])
  }

  @Test(
    "counts of a step are told from rates by their name",
    arguments: [
      ("count(*)", true), ("sessions", true), ("increase(http_requests_total[1h])", true), ("Count of records", true),
      ("rps", false), ("sum(rate(http_requests_total[5m]))", false), ("requests_per_second", false), ("value", false),
      ("job:http_requests:rate5m", false),
    ])
  func names(name: String, isCount: Bool) throws {
    let trace = try Reading.one(Reading.hours(["3600", "7200", "3600"], head: "time,\(name)"))
    #expect(trace.series.rawValues == (isCount ? [1, 2, 1] : [3600, 7200, 3600]))
  }

  @Test("a name that may mean both is asked about where it matters, and fractions settle it")
  func either() throws {
    #expect(Reading.refusal(Reading.hours(["5", "6"], head: "time,requests")).contains("--per-step or --per-second"))
    #expect(try Reading.one(Reading.hours(["5.5", "6"], head: "time,requests")).series.rawValues == [5.5, 6])
    let options = TraceOptions(unit: .countPerStep)
    #expect(
      try Reading.one(Reading.hours(["3600", "0"], head: "time,requests"), SeriesSelection(), options).series.rawValues
        == [1, 0])
  }
}
