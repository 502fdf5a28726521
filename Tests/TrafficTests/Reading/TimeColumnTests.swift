import Glibc
import Quantities
import Documents
import Testing

@testable import Traffic

/// A time column is judged as a whole, by what its steps would be.
@Suite struct TimeColumnTests {
  static func table(_ cells: [String], head: String = "time", separator: String = ",") -> String {
    "\(head)\(separator)rps\n" + cells.enumerated().map { "\($1)\(separator)\($0 + 1)\n" }.joined()
  }

  @Test(
    "times are read in every form that exports write",
    arguments: [
      // GA4's dateHour, https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema
      ("dateHour", ["2026030200", "2026030201", "2026030202"], "2026-03-02T00:00:00Z", 3600.0),
      ("date", ["20260302", "20260303"], "2026-03-02T00:00:00Z", 86400),
      ("t", ["202603020000", "202603020005"], "2026-03-02T00:00:00Z", 300),
      ("t", ["20260302000000", "20260302000015"], "2026-03-02T00:00:00Z", 15),
      // Excel: 46083 is 2 March 2026 (days since 30 December 1899).
      ("Date", ["46083", "46083.0416666667", "46083.0833333333"], "2026-03-02T00:00:00Z", 3600),
      ("time", ["3/12/2026 22:00", "3/12/2026 23:00", "3/13/2026 0:00"], "2026-03-12T22:00:00Z", 3600),
      ("time", ["13/03/2026 00:00", "13/03/2026 01:00"], "2026-03-13T00:00:00Z", 3600),
      ("time", ["01/03/2026", "02/03/2026", "03/03/2026"], "2026-03-01T00:00:00Z", 86400),
      ("time", ["03/01/2026", "03/02/2026", "03/03/2026"], "2026-03-01T00:00:00Z", 86400),
      ("time", ["02.03.2026 14:00", "02.03.2026 15:00"], "2026-03-02T14:00:00Z", 3600),
      ("time", ["2026/03/02 14:00", "2026/03/02 15:00"], "2026-03-02T14:00:00Z", 3600),
      ("time", ["03/13/2026 12:00 AM", "03/13/2026 01:00 AM"], "2026-03-13T00:00:00Z", 3600),
      ("time", ["02-Mar-2026 14:00", "02-Mar-2026 15:00"], "2026-03-02T14:00:00Z", 3600),
      ("time", ["\"Mar 2, 2026 @ 14:00:00.000\"", "\"Mar 2, 2026 @ 15:00:00.000\""], "2026-03-02T14:00:00Z", 3600),
      (
        "time", ["\"Mon, 02 Mar 2026 14:00:00 GMT\"", "\"Mon, 02 Mar 2026 15:00:00 GMT\""], "2026-03-02T14:00:00Z", 3600
      ),
      ("time", ["2026-03-02 14:00:00 UTC", "2026-03-02 15:00:00 UTC"], "2026-03-02T14:00:00Z", 3600),
      (
        "time",
        [
          "Mon Mar 02 2026 14:00:00 GMT+0100 (Central European Standard Time)",
          "Mon Mar 02 2026 15:00:00 GMT+0100 (Central European Standard Time)",
        ], "2026-03-02T13:00:00Z", 3600
      ),
      // ISO 8601: week 1 of 2026 begins on Monday, 29 December 2025.
      ("week", ["2026-W01", "2026-W02", "2026-W03"], "2025-12-29T00:00:00Z", 604_800),
      ("isoYearIsoWeek", ["202601", "202602"], "2025-12-29T00:00:00Z", 604_800),
      // Spreadsheets show a month as Mar-26; a year has 365.2425 / 12 days a month.
      ("Month", ["Mar-26", "Apr-26", "May-26"], "2026-03-01T00:00:00Z", 2_629_746),
      // java.time.ZonedDateTime writes the zone's name behind its offset.
      (
        "time", ["2026-03-02T01:00:00+01:00[Europe/Berlin]", "2026-03-02T02:00:00+01:00[Europe/Berlin]"],
        "2026-03-02T00:00:00Z", 3600
      ),
    ])
  func forms(head: String, cells: [String], start: String, step: Double) throws {
    let trace = try Reading.one(Self.table(cells, head: head))
    #expect(trace.series.start.iso8601 == start)
    #expect(trace.series.step.seconds == step)
  }

  @Test(
    "a date and a time of day in two columns are one time",
    arguments: [
      ("date,hour,requests_per_second", ["2026-03-02,23,1", "2026-03-03,0,2"], "2026-03-02T23:00:00Z"),
      ("Date;Time;rps", ["02.03.2026;11:00 PM;1", "03.03.2026;12:00 AM;2"], "2026-03-02T23:00:00Z"),
      ("Day,Hour,foo", ["03/13/2026,23:00,1", "03/14/2026,00:00,2"], "2026-03-13T23:00:00Z"),
    ])
  func dateAndClock(head: String, rows: [String], start: String) throws {
    let trace = try Reading.one(
      ([head] + rows).joined(separator: "\n") + "\n", SeriesSelection(), TraceOptions(unit: .perSecond))
    #expect(trace.series.start.iso8601 == start && trace.series.step == .hours(1))
    #expect(trace.series.rawValues == [1, 2])
  }

  @Test("a column of hours beside full times, and a day alone, are none of it")
  func noClock() throws {
    // The hour is a value here: whoever has full times needs no clock.
    let text = "time,hour\n2026-03-02T00:00:00Z,3\n2026-03-02T01:00:00Z,4\n"
    #expect(
      try Reading.one(text, SeriesSelection(values: ["hour"]), TraceOptions(unit: .perSecond)).series.rawValues == [
        3, 4,
      ])
    let days = "date,rps\n2026-03-02,3\n2026-03-03,4\n"
    #expect(try Reading.one(days).series.step == .days(1))
  }

  @Test("where day and month cannot be told apart, it is asked")
  func open() throws {
    let text = Self.table(["03/02/2026 00:00", "03/02/2026 01:00"])
    #expect(Reading.refusal(text).contains("--dates day-first or --dates month-first"))
    var options = TraceOptions()
    options.dates = .monthFirst
    #expect(try Reading.one(text, SeriesSelection(), options).series.start.iso8601 == "2026-03-02T00:00:00Z")
    options.dates = .dayFirst
    #expect(try Reading.one(text, SeriesSelection(), options).series.start.iso8601 == "2026-02-03T00:00:00Z")
  }

  @Test("a day past twelve far down the file decides all of it")
  func late() throws {
    // Minutes of 1 to 13 March; the first rows alone are open.
    let start = CivilDate(year: 2026, month: 3, day: 1)?.midnightUTC ?? Timestamp(nanosecondsSinceEpoch: 0)
    var text = "time,rps\n"
    for i in 0..<(13 * 144) {
      let (date, second) = (start + .minutes(Double(i) * 10)).utc
      let parts = date.parts
      text +=
        "\(parts.day)/\(parts.month)/\(parts.year) \(second / 3600):\(second / 60 % 60 < 10 ? "0" : "")\(second / 60 % 60),1\n"
    }
    let trace = try Reading.one(text)
    #expect(trace.series.start.iso8601 == "2026-03-01T00:00:00Z" && trace.series.step.seconds == 600)
    #expect(trace.report.reading.timeForm == "dates with the day first")
  }

  @Test(
    "numbers that are no times are refused", arguments: [["0", "60", "120"], ["1", "2", "3"], ["99", "100", "101"]])
  func noTimes(cells: [String]) {
    #expect(Reading.refusal(Self.table(cells)).contains("is not a time"))
  }

  static var berlin: TimeZoneRules? {
    (try? Input.read(path: "/usr/share/zoneinfo/Europe/Berlin")).flatMap {
      TimeZoneRules(name: "Europe/Berlin", tzif: $0)
    }
  }

  @Test("an hour that the clock shows twice is two hours; one that it skips is none", .enabled(if: berlin != nil))
  func daylightSaving() throws {
    let zone = try #require(Self.berlin)
    let options = TraceOptions(zone: zone)
    // 26 October 2025, 03:00 becomes 02:00.
    let autumn = ["00:00", "01:00", "02:00", "02:00", "03:00", "04:00"].map { "2025-10-26 \($0)" }
    for cells in [autumn, autumn.reversed()] {
      let trace = try Reading.one(Self.table(cells), SeriesSelection(), options)
      #expect(trace.series.start.iso8601 == "2025-10-25T22:00:00Z")
      #expect(trace.series.count == 6 && trace.series.gapCount == 0 && trace.report.duplicates.count == 0)
    }
    // Half hours: 02:00, 02:30, 02:00, 02:30.
    let halves = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"].map { "2025-10-26 \($0)" }
    #expect(try Reading.one(Self.table(halves), SeriesSelection(), options).series.rawValues == [1, 2, 3, 4, 5, 6])
    // 29 March 2026, 02:00 becomes 03:00.
    let spring = ["00:00", "01:00", "03:00", "04:00"].map { "2026-03-29 \($0)" }
    let trace = try Reading.one(Self.table(spring), SeriesSelection(), options)
    #expect(trace.series.count == 4 && trace.series.gapCount == 0)
  }
}
