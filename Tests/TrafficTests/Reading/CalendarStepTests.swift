import Quantities
import Testing

@testable import Traffic

/// Months, quarters and years are steps by the calendar: a flat demand is flat, however long its months are.
@Suite struct CalendarStepTests {
  /// 50 a second, counted by steps of so many months from January 2024.
  static func counts(every months: Int, steps: Int, name: (Int, Int) -> String) -> String {
    (0..<steps).map { k in
      let (a, b) = (k * months, (k + 1) * months)
      func day(_ m: Int) -> Int { CivilDate(year: 2024 + m / 12, month: m % 12 + 1, day: 1)?.daysSinceEpoch ?? 0 }
      return "\(name(2024 + a / 12, a % 12 + 1)),\((day(b) - day(a)) * 86400 * 50)\n"
    }.joined()
  }
  static func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }

  @Test(
    "flat counts by months, quarters and years are a flat rate",
    arguments: [
      ("month,sessions\n" + counts(every: 1, steps: 24) { "\($0)-\(two($1))" }, "month"),
      ("date,sessions\n" + counts(every: 1, steps: 24) { "\($0)-\(two($1))-01" }, "month"),
      ("yearMonth,sessions\n" + counts(every: 1, steps: 24) { "\($0)\(two($1))" }, "month"),
      ("quarter,sessions\n" + counts(every: 3, steps: 8) { "\($0)-Q\(($1 + 2) / 3)" }, "quarter"),
      ("year,sessions\n" + counts(every: 12, steps: 8) { year, _ in "\(year)" }, "year"),
      (
        "Month,sessions\n"
          + counts(every: 1, steps: 24) {
            "\(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][$1 - 1]) \($0)"
          }, "month"
      ),
    ])
  func flat(text: String, title: String) throws {
    let trace = try Reading.one(text)
    #expect(trace.series.rawValues.allSatisfy { abs($0 - 50) < 1e-9 })
    #expect(trace.series.start.iso8601 == "2024-01-01T00:00:00Z")
    #expect(trace.report.reading.calendar == title)
    // Steps of the mean year's twelfths: every one lies within two days of its month.
    #expect(trace.series.step.seconds.truncatingRemainder(dividingBy: 2_629_746) == 0)
  }

  @Test("the last days of months are months too, as data frames write them")
  func monthEnds() throws {
    let days = [31, 29, 31, 30, 31, 30]
    let text = "date,sessions\n" + days.enumerated().map { "2024-\(Self.two($0 + 1))-\($1),\($1 * 86400)\n" }.joined()
    #expect(try Reading.one(text).series.rawValues.allSatisfy { abs($0 - 1) < 1e-12 })
  }

  @Test("a month that is missing is a gap")
  func gap() throws {
    let text = "month,rps\n2024-01,5\n2024-02,6\n2024-04,7\n2024-05,8\n"
    let series = try Reading.one(text).series
    #expect(series.count == 5 && series.gapCount == 1 && series.rawValues[3] == 7)
  }
}
