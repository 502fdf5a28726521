import Glibc
import Quantities
import Testing

@testable import Traffic

@Suite struct RecurringDaysTests {
  static let start = CivilDate(daysSinceEpoch: 20_458)  // Monday 5 January 2026
  static func calendar(_ days: Int, without gaps: Set<Int> = []) -> RecurringDays {
    RecurringDays(firstDate: start, eligible: (0..<days).map { !gaps.contains($0) })
  }
  static func numbers(_ rule: EventRule, _ days: Int) -> [Int] {
    rule.dates(in: start...(start + days - 1)).map { $0 - start }
  }

  @Test("the chance of hits is that of the lady tasting tea")
  func chance() {
    // Fisher, The Design of Experiments (1935), chapter II: of eight cups four had the milk first. All four right has
    // the chance 1/70, at least three 17/70.
    let days = Self.calendar(40)
    #expect(abs(exp(days.chances.logHypergeometric(4, of: 4, 4, of: 8)) - 1.0 / 70) < 1e-12)
    #expect(abs(exp(days.chances.logHypergeometric(3, of: 4, 4, of: 8)) - 17.0 / 70) < 1e-12)
    // At least two sixes in three throws: 16/216.
    #expect(abs(exp(days.chances.logBinomial(2, of: 3, 1.0 / 6)) - 16.0 / 216) < 1e-12)
  }

  @Test(
    "each kind of rule is found on its own days, and reads back from its description",
    arguments: [
      "day 25 of every month", "last day of every month", "second Tuesday of every month",
      "last Friday of every month", "every 2 weeks from 2026-01-06", "every 3 weeks from 2026-01-17",
      "every 10 days from 2026-01-08",
    ])
  func rules(text: String) throws {
    let rule = try EventRule.parse(text)
    let found = try #require(Self.calendar(365).best(of: Self.numbers(rule, 365), looks: 1))
    #expect(found.rule == rule)
    #expect(found.hits.count == found.days.count && found.days == Self.numbers(rule, 365))
    #expect(try EventRule.parse(found.rule.description) == rule)
  }

  @Test("two years of Black Fridays go by their name")
  func named() throws {
    let rule = try #require(EventCatalog.named("Black Friday")?.when)
    let found = try #require(Self.calendar(760).best(of: Self.numbers(rule, 760), looks: 4))
    #expect(found.name == "Black Friday" && found.rule == rule && found.days.count == 2)
  }

  @Test("a rule is told from three days on that are not missing, and when it hits three of four")
  func least() throws {
    let rule = EventRule.monthly(day: 25)
    let days = Self.numbers(rule, 365)
    #expect(Self.calendar(60).best(of: Self.numbers(rule, 60), looks: 1) == nil)
    #expect(Self.calendar(365).best(of: Array(days.prefix(8)), looks: 1) == nil)
    #expect(Self.calendar(365).best(of: Array(days.prefix(9)), looks: 1)?.rule == rule)
    // Days that are not known count for nothing, neither as hit nor as miss.
    let found = Self.calendar(365, without: Set(days.suffix(3))).best(of: Array(days.prefix(9)), looks: 1)
    #expect(found?.days.count == 9 && found?.hits.count == 9)
  }

  @Test("a rule with the same days in the history and others later is told beside")
  func alternative() throws {
    // 5 January, 2 February, 2 March, 30 March 2026 are four weeks apart; the first three are first Mondays.
    let found = try #require(Self.calendar(80).best(of: [0, 28, 56], looks: 1))
    #expect(found.rule == .nthWeekday(1, .monday, month: nil))
    #expect(found.alternative == .every(days: 28, from: Self.start))
  }

  @Test("a weekday that is flagged often anyhow makes no rule of its weeks")
  func unquietWeekday() {
    // 22 of 26 Saturdays of the even weeks and 18 of 26 of the others. At random over the year 40 days would never be
    // that; where seven Saturdays in ten are flagged, 22 of 26 are not rare.
    let flagged = stride(from: 5, to: 365, by: 7).enumerated().filter { week, _ in
      week % 2 == 0 ? week < 44 : week < 36
    }.map(\.element)
    #expect(flagged.count == 40)
    #expect(Self.calendar(365).best(of: flagged, looks: 1) == nil)
  }
}
