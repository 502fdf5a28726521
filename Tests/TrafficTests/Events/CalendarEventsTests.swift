import Quantities
import Testing

@testable import Traffic

@Suite struct CalendarEventsTests {
  static func day(_ month: Int, _ day: Int, _ year: Int = 2026) throws -> CivilDate {
    try #require(CivilDate(year: year, month: month, day: day))
  }
  static func read(_ body: String, zone: TimeZoneRules = .utc) throws -> CalendarEvents {
    try CalendarEvents(
      "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n\(body)\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
      in: try day(1, 1)...(try day(12, 31)), zone: zone)
  }
  static func dates(_ calendar: CalendarEvents) -> [CivilDate] {
    guard case .dates(let list) = calendar.events.first?.when else { return [] }
    return list
  }

  @Test("a whole day, a lift as a range and a folded name")
  func wholeDay() throws {
    let found = try Self.read("SUMMARY:Black\r\n  Friday sale\r\nDTSTART;VALUE=DATE:20261127\r\nX-HEADROOM-LIFT:2..8")
    let event = try #require(found.events.first)
    #expect(event.name == "Black Friday sale")
    #expect(event.duration == .days(1) && event.startsAt == .zero)
    #expect(event.lift.low.rawValue == 2 && event.lift.mid.rawValue == 4 && event.lift.high.rawValue == 8)
    #expect(Self.dates(found) == [try Self.day(11, 27)])
    #expect(found.withoutLift.isEmpty)
  }

  @Test("rules of RFC 5545 give their days", arguments: 0..<6)
  func rules(_ i: Int) throws {
    let rules = [
      ("20260101", "FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3", [(1, 1), (2, 1), (3, 1)]),
      // Section 3.8.5.3: monthly on the first Friday, and every other week on Tuesday and Thursday.
      ("20260904", "FREQ=MONTHLY;BYDAY=1FR", [(9, 4), (10, 2), (11, 6), (12, 4)]),
      ("20260901", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=TU,TH;COUNT=4", [(9, 1), (9, 3), (9, 15), (9, 17)]),
      ("20261101", "FREQ=YEARLY;BYMONTH=11;BYDAY=-1SU", [(11, 1), (11, 29)]),
      ("20261228", "FREQ=DAILY;UNTIL=20261230", [(12, 28), (12, 29), (12, 30)]),
      ("20260131", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", [(1, 31), (2, 28)]),
    ]
    let (start, rule, days) = rules[i]
    let found = try Self.read("SUMMARY:a\r\nDTSTART:\(start)\r\nRRULE:\(rule)")
    #expect(Self.dates(found) == (try days.map { try Self.day($0.0, $0.1) }))
  }

  @Test(
    "an entry every so many days or weeks without an end is a rule with the same days as its list",
    arguments: [
      ("FREQ=DAILY", 1), ("FREQ=DAILY;INTERVAL=10", 10), ("FREQ=WEEKLY;INTERVAL=2", 14), ("FREQ=WEEKLY;BYDAY=TU", 7),
    ])
  func endless(rule: String, days: Int) throws {
    let first = try Self.day(9, 1)  // a Tuesday
    let found = try Self.read("SUMMARY:a\r\nDTSTART:20260901T180000\r\nRRULE:\(rule)")
    #expect(found.events.first?.when == .every(days: days, from: first))
    let range = try Self.day(1, 1)...(try Self.day(12, 31))
    // One date taken out, the entry is written out.
    let listed = try Self.read("SUMMARY:a\r\nDTSTART:20260901T180000\r\nRRULE:\(rule)\r\nEXDATE:20260901T180000")
    #expect(found.events.first?.when.dates(in: range) == [first] + Self.dates(listed))
  }

  @Test("entries of one name, and rules of several weekdays, stay lists")
  func lists() throws {
    let found = try Self.read(
      "SUMMARY:a\r\nDTSTART:20260901\r\nRRULE:FREQ=WEEKLY;INTERVAL=2\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:a\r\nDTSTART:20260903"
    )
    #expect(Self.dates(found).prefix(3) == [try Self.day(9, 1), try Self.day(9, 3), try Self.day(9, 15)])
    #expect(
      Self.dates(try Self.read("SUMMARY:a\r\nDTSTART:20260901\r\nRRULE:FREQ=WEEKLY;BYDAY=TU,TH")).count == 36)
  }

  @Test("moving dates are listed, others left out, and a shape decays within the day")
  func movingDates() throws {
    let found = try Self.read(
      "SUMMARY:Launch\r\nDTSTART:20260310T180000\r\nDURATION:PT6H\r\nRDATE:20260517T180000,20260801T180000\r\nEXDATE:20260801T180000\r\nX-HEADROOM-LIFT:3\r\nX-HEADROOM-SHAPE:decay 30m 1h"
    )
    let event = try #require(found.events.first)
    #expect(Self.dates(found) == [try Self.day(3, 10), try Self.day(5, 17)])
    #expect(event.startsAt == .hours(18) && event.duration == .hours(6))
    // Half up after a quarter of an hour, full after half an hour, a quarter left two hours later.
    #expect(event.shape.share(at: 900, of: 21_600) == 0.5)
    #expect(event.shape.share(at: 1800, of: 21_600) == 1)
    #expect(event.shape.share(at: 1800 + 7200, of: 21_600) == 0.25)
  }

  @Test("faults name their line and what to write", arguments: 0..<5)
  func faults(_ i: Int) throws {
    let bodies = [
      "DTSTART:2026-11-27", "DTSTART:20261340", "DTSTART:20261127\r\nX-HEADROOM-LIFT:lots",
      "DTSTART:20261127\r\nDURATION:3 days", "DTSTART:20261127\r\nX-HEADROOM-SHAPE:hump",
    ]
    let error = #expect(throws: CalendarError.self) { try Self.read("SUMMARY:a\r\n" + bodies[i]) }
    #expect((error?.line ?? 0) >= 4 && error?.remedy.isEmpty == false)
  }

  @Test(
    "intervals and places beyond every date leave the first day",
    arguments: [
      "FREQ=DAILY;INTERVAL=9223372036854775807", "FREQ=WEEKLY;INTERVAL=9223372036854775807",
      "FREQ=WEEKLY;INTERVAL=5000", "FREQ=MONTHLY;BYDAY=-9223372036854775808MO",
    ])
  func farApart(rule: String) throws {
    let found = try Self.read("SUMMARY:a\r\nDTSTART:20260105\r\nRRULE:\(rule)")
    let when = try #require(found.events.first).when
    let first = try Self.day(1, 5)
    #expect(when.dates(in: (first - 400)...(first + 4000)) == [first])
    #expect(when.dates(in: (first + 1)...(first + 4000)).isEmpty)
  }

  @Test("what is no calendar is refused; an entry without a start is left out with a finding")
  func noCalendar() throws {
    #expect(throws: CalendarError.self) {
      try CalendarEvents("time,value\n", in: try Self.day(1, 1)...(try Self.day(12, 31)), zone: .utc)
    }
    let found = try Self.read("SUMMARY:a")
    #expect(found.events.isEmpty && found.findings.count == 1)
    // An event that nobody gave a lift is known for it.
    #expect(try Self.read("SUMMARY:a\r\nDTSTART:20260101").withoutLift == ["a"])
  }
}
