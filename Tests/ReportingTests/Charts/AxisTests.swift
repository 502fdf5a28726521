import Quantities
import Testing

@testable import Reporting

@Suite struct AxisTests {
  static let axes: [(maximum: Double, expected: [Double])] = [
    (331_000, [0, 100_000, 200_000, 300_000, 400_000]), (8, [0, 2, 4, 6, 8]), (0.9, [0, 0.25, 0.5, 0.75, 1]),
    (1, [0, 0.25, 0.5, 0.75, 1]), (101, [0, 50, 100]),
  ]

  @Test(
    "ticks are round, start at zero and reach the value",
    arguments: AxisTests.axes)
  func ticks(maximum: Double, expected: [Double]) {
    let axis = ValueAxis(reaching: maximum)
    #expect(axis.ticks.count == expected.count)
    for (a, b) in zip(axis.ticks, expected) { #expect(abs(a - b) < 1e-9 * max(1, b)) }
    #expect(axis.top >= maximum)
  }

  @Test("whole amounts get whole ticks")
  func whole() { #expect(ValueAxis(reaching: 2, whole: true).ticks == [0, 1, 2]) }

  @Test("what is no number gives an axis to one", arguments: [0, -3, Double.nan, .infinity])
  func noNumber(value: Double) { #expect(ValueAxis(reaching: value).top == 1) }

  private func labels(_ from: String, _ to: String, _ count: Int, zone: TimeZoneRules = .utc) -> [String] {
    guard let a = Timestamp(iso8601: from), let b = Timestamp(iso8601: to) else { return [] }
    return TimeAxis(from: a, to: b, atMost: count, zone: zone).ticks.map { $0.label }
  }

  @Test("a day has hours, a week days, a quarter Mondays, a year months, a decade years")
  func civil() {
    #expect(labels("2026-11-27", "2026-11-28", 5) == ["Fri 27 Nov", "06:00", "12:00", "18:00", "Sat 28 Nov"])
    #expect(labels("2026-11-23", "2026-11-26", 4) == ["Mon 23 Nov", "Tue 24 Nov", "Wed 25 Nov", "Thu 26 Nov"])
    #expect(labels("2026-10-01", "2026-11-01", 5) == ["5 Oct", "12 Oct", "19 Oct", "26 Oct"])
    #expect(labels("2025-11-15", "2026-03-15", 5) == ["Dec 2025", "Jan 2026", "Feb", "Mar"])
    #expect(labels("2016-05-01", "2026-05-01", 6) == ["2018", "2020", "2022", "2024", "2026"])
  }

  @Test("midnights are those of the zone")
  func zones() {
    let zone = TimeZoneRules.fixed(name: "+02", offset: 7200)
    guard let from = Timestamp(iso8601: "2026-11-26T20:00:00Z"), let to = Timestamp(iso8601: "2026-11-27T23:00:00Z")
    else {
      Issue.record("no times")
      return
    }
    let first = TimeAxis(from: from, to: to, atMost: 3, zone: zone).ticks.first
    #expect(first?.time == Timestamp(iso8601: "2026-11-26T22:00:00Z"))
    #expect(first?.label == "Fri 27 Nov")
  }

  @Test("an empty or reversed span has no ticks")
  func empty() {
    #expect(labels("2026-11-27", "2026-11-27", 5).isEmpty)
    #expect(labels("2026-11-27", "2026-11-20", 5).isEmpty)
  }
}
