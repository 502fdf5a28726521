import Quantities
import Testing

@testable import Traffic

@Suite struct EventRuleTests {
  static func day(_ text: String) throws -> CivilDate {
    guard case .date(let date) = try EventRule.parse(text) else { throw QuantityError(problem: text, remedy: "") }
    return date
  }
  static func only(_ rule: String, in year: Int) throws -> [String] {
    let range = try day("\(year)-01-01")...day("\(year)-12-31")
    return try EventRule.parse(rule).dates(in: range).map { "\($0)" }
  }

  @Test(
    "rules give the days that calendars show",
    arguments: [
      ("fourth Thursday of November", 2024, "2024-11-28"),
      ("Friday after the fourth Thursday of November", 2024, "2024-11-29"),
      ("Friday after the fourth Thursday of November", 2025, "2025-11-28"),
      ("Friday after the fourth Thursday of November", 2026, "2026-11-27"),
      ("Monday after Friday after the fourth Thursday of November", 2026, "2026-11-30"),
      ("25 December", 2026, "2026-12-25"), ("Dec 25", 2026, "2026-12-25"), ("11-11", 2026, "2026-11-11"),
      ("first Monday of September", 2026, "2026-09-07"), ("last Sunday of March", 2026, "2026-03-29"),
      ("2nd Sunday of February", 2026, "2026-02-08"), ("2nd Sunday of February", 2027, "2027-02-14"),
      ("Monday before 25 December", 2026, "2026-12-21"), ("2 days before 25 December", 2026, "2026-12-23"),
      ("day after Easter Sunday", 2026, "2026-04-06"), ("Easter", 2024, "2024-03-31"),
      ("Easter", 2025, "2025-04-20"), ("Easter", 2038, "2038-04-25"), ("2026-11-27", 2026, "2026-11-27"),
      ("27 November 2026", 2026, "2026-11-27"), ("November 27, 2026", 2026, "2026-11-27"),
      ("29 February", 2028, "2028-02-29"),
      ("Friday after 27 November", 2026, "2026-12-04"), ("Friday before 27 November", 2026, "2026-11-20"),
    ])
  func knownDays(rule: String, year: Int, expected: String) throws {
    #expect(try Self.only(rule, in: year) == [expected])
  }

  @Test("a rule whose base day lies in another year still counts in its own")
  func acrossYears() throws {
    #expect(try Self.only("2 days after 31 December", in: 2026) == ["2026-01-02"])
    #expect(try Self.only("Monday before 1 January", in: 2026) == ["2026-12-28"])
  }

  @Test("monthly and weekly rules give every day of theirs")
  func repeating() throws {
    #expect(try Self.only("day 1 of every month", in: 2026).count == 12)
    #expect(try Self.only("day 31 of every month", in: 2026).count == 7)
    #expect(try Self.only("last day of every month", in: 2028)[1] == "2028-02-29")
    #expect(try Self.only("every Friday", in: 2026).count == 52)
    #expect(try Self.only("every day", in: 2028).count == 366)
    #expect(try Self.only("29 February", in: 2026).isEmpty)
    #expect(try Self.only("first Monday of every month", in: 2026).count == 12)
  }

  @Test(
    "every so many days or weeks counts from its first day, and from a weekday's first one",
    arguments: [
      ("every 2 weeks from 2026-12-01", ["2026-12-01", "2026-12-15", "2026-12-29"]),
      ("every 10 days from 2026-12-11", ["2026-12-11", "2026-12-21", "2026-12-31"]),
      ("every 2 weeks on Friday from 2026-12-01", ["2026-12-04", "2026-12-18"]),
      ("every second Tuesday from 2026-12-01", ["2026-12-01", "2026-12-15", "2026-12-29"]),
      ("every other Tuesday from 2 December 2026", ["2026-12-08", "2026-12-22"]),
      ("every 3 weeks from 2025-12-25", nil),
      ("day after every 2 weeks from 2026-12-01", ["2026-12-02", "2026-12-16", "2026-12-30"]),
    ] as [(String, [String]?)])
  func everySo(rule: String, expected: [String]?) throws {
    let days = try Self.only(rule, in: 2026)
    // Three weeks from Christmas 2025: 15 January 2026 and on, 17 times.
    if let expected { #expect(days == expected) } else { #expect(days.first == "2026-01-15" && days.count == 17) }
    let parsed = try EventRule.parse(rule)
    #expect(try EventRule.parse(parsed.description) == parsed)
  }

  @Test("a rule that begins years ahead has its first day as the next")
  func nextOfEvery() throws {
    let rule = try EventRule.parse("every 2 weeks from 2040-01-02")
    #expect(rule.next(onOrAfter: try Self.day("2026-01-01"))?.description == "2040-01-02")
    #expect(rule.next(onOrAfter: try Self.day("2040-01-03"))?.description == "2040-01-16")
    // 7,000 days: longer than any rule without a first day is waited for.
    let rare = try EventRule.parse("every 1000 weeks from 2020-01-01")
    #expect(rare.next(onOrAfter: try Self.day("2020-01-02"))?.description == "2039-03-02")
  }

  @Test("a rule reads back as it is written")
  func roundTrip() throws {
    for entry in EventCatalog.all {
      guard let rule = entry.when else { continue }
      #expect(try EventRule.parse(rule.description) == rule)
    }
    for text in ["every day", "day 15 of every month", "3 days before the Easter Sunday", "1 day after the 2026-02-03"]
    {
      let rule = try EventRule.parse(text)
      #expect(try EventRule.parse(rule.description) == rule)
    }
  }

  @Test(
    "what is no rule is refused",
    arguments: [
      "", "soon", "31 April", "2026-02-30", "13-13", "first Monday", "Friday after", "every", "0 days after 1 May",
      "day 32 of every month", "sixth Monday of May", "after after after", "every 0 days from 2026-01-05",
      "every 2 weeks", "every 2 weeks from Friday", "every 2 months from 2026-01-05", "every from 2026-01-05",
      "every 9999999999999999999 days from 2026-01-05", "2026-11-27T08:00", "-", "--",
    ])
  func refused(text: String) {
    #expect(throws: QuantityError.self) { try EventRule.parse(text) }
  }

  @Test("the next day of a rule is found, also a leap day years ahead")
  func next() throws {
    let from = try Self.day("2097-03-01")
    #expect(try EventRule.parse("29 February").next(onOrAfter: from)?.description == "2104-02-29")
    #expect(try EventRule.parse("2020-01-01").next(onOrAfter: from) == nil)
  }
}
