import Quantities
import Testing

@Suite struct CivilDateTests {
  @Test("400 years of days are counted one by one, as the calendar says")
  func wholeEra() throws {
    var expected = (year: 1800, month: 1, day: 1)
    let first = try #require(CivilDate(year: 1800, month: 1, day: 1))
    let last = try #require(CivilDate(year: 2200, month: 1, day: 1))
    #expect(last - first == 146_097)
    var wrong = 0
    for number in first.daysSinceEpoch..<last.daysSinceEpoch {
      let date = CivilDate(daysSinceEpoch: number)
      let made = CivilDate(year: expected.year, month: expected.month, day: expected.day)
      if date.parts != expected || made != date { wrong += 1 }
      // The calendar by its definition, step by step.
      let leap = expected.year % 400 == 0 || (expected.year % 4 == 0 && expected.year % 100 != 0)
      let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
      expected.day += 1
      if expected.day > lengths[expected.month - 1] { (expected.day, expected.month) = (1, expected.month + 1) }
      if expected.month > 12 { (expected.month, expected.year) = (1, expected.year + 1) }
    }
    #expect(wrong == 0)
  }

  @Test("years before the common era count on")
  func beforeCommonEra() throws {
    let date = try #require(CivilDate(year: -1, month: 12, day: 31))
    #expect((date + 1).parts == (0, 1, 1))
    #expect((date + 1 + 366).parts == (1, 1, 1))
  }

  @Test("there is no 31 April, no 29 February of a common year, no month 13")
  func impossibleDays() {
    #expect(CivilDate(year: 2026, month: 4, day: 31) == nil)
    #expect(CivilDate(year: 2100, month: 2, day: 29) == nil)
    #expect(CivilDate(year: 2000, month: 2, day: 29) != nil)
    #expect(CivilDate(year: 2026, month: 13, day: 1) == nil)
    #expect(CivilDate(year: 2026, month: 0, day: 1) == nil)
    #expect(CivilDate(year: 2026, month: 1, day: 0) == nil)
    #expect(CivilDate(year: 10_000, month: 1, day: 1) == nil)
  }

  @Test("weekdays, before the epoch too")
  func weekdays() throws {
    #expect(CivilDate(daysSinceEpoch: 0).weekday == .thursday)
    #expect(CivilDate(daysSinceEpoch: -1).weekday == .wednesday)
    // 9 November 1989 was a Thursday, 20 July 1969 a Sunday.
    #expect(try #require(CivilDate(year: 1989, month: 11, day: 9)).weekday == .thursday)
    let landing = try #require(CivilDate(year: 1969, month: 7, day: 20))
    #expect(landing.weekday == .sunday && landing.weekday.isWeekend && landing.weekday.name == "Sunday")
    #expect(Weekday.allCases.filter(\.isWeekend) == [.saturday, .sunday])
  }

  /// Thanksgiving of the United States: the fourth Thursday of November.
  @Test(
    "the fourth Thursday of November",
    arguments: [(2023, 23), (2024, 28), (2025, 27), (2026, 26), (2027, 25), (2029, 22)])
  func thanksgiving(_ year: Int, _ day: Int) throws {
    let date = try #require(CivilDate.nth(4, .thursday, ofMonth: 11, year: year))
    #expect(date.parts == (year, 11, day))
    // Black Friday is the day after it, not the fourth Friday: they differ where November begins on a Friday.
    #expect((date + 1).weekday == .friday)
  }

  @Test("weekdays counted from the end of a month, and none where there is none")
  func fromTheEnd() {
    #expect(CivilDate.nth(-1, .sunday, ofMonth: 3, year: 2026)?.day == 29)
    #expect(CivilDate.nth(-1, .monday, ofMonth: 5, year: 2026)?.day == 25)
    #expect(CivilDate.nth(-2, .monday, ofMonth: 5, year: 2026)?.day == 18)
    #expect(CivilDate.nth(1, .friday, ofMonth: 5, year: 2026)?.day == 1)
    #expect(CivilDate.nth(5, .friday, ofMonth: 5, year: 2026)?.day == 29)
    #expect(CivilDate.nth(5, .monday, ofMonth: 5, year: 2026) == nil)
    #expect(CivilDate.nth(-6, .monday, ofMonth: 5, year: 2026) == nil)
    #expect(CivilDate.nth(0, .monday, ofMonth: 5, year: 2026) == nil)
    #expect(CivilDate.nth(1, .monday, ofMonth: 13, year: 2026) == nil)
    #expect(CivilDate.nth(.max, .monday, ofMonth: 5, year: 2026) == nil)
    #expect(CivilDate.nth(.min, .monday, ofMonth: 5, year: 2026) == nil)
  }

  @Test("dates order, move and write themselves")
  func arithmetic() throws {
    let date = try #require(CivilDate(year: 2026, month: 2, day: 28))
    #expect((date + 1).description == "2026-03-01")
    #expect((date - 59).description == "2025-12-31")
    #expect(date < date + 1)
    #expect(CivilDate(year: 33, month: 4, day: 3)?.description == "0033-04-03")
    #expect(date.midnightUTC.iso8601 == "2026-02-28T00:00:00Z")
  }

  @Test("midnight of a day that no timestamp can hold is the end of the range")
  func farMidnights() throws {
    let far = try #require(CivilDate(year: 9999, month: 12, day: 31))
    let old = try #require(CivilDate(year: 1, month: 1, day: 1))
    #expect(far.midnightUTC > Timestamp(secondsSinceEpoch: 9e9))
    #expect(old.midnightUTC < Timestamp(secondsSinceEpoch: -9e9))
    #expect(TimeZoneRules.utc.time(of: far) > Timestamp(secondsSinceEpoch: 9e9))
  }
}
