import Quantities

extension EventCatalog {
  /// Days of the year that many services know for their traffic, with their rules: those of the catalog that last a
  /// few days from a known one, and public holidays of North America and Europe. Where history recurs on one of them it
  /// is told by its name.
  static let knownDays: [(name: String, rule: EventRule)] =
    ["Black Friday", "Cyber Monday", "Thanksgiving", "Singles' Day", "Super Bowl"].compactMap { name in
      named(name)?.when.map { (name, $0) }
    } + [
      ("New Year's Day", .yearly(month: 1, day: 1)), ("14 February", .yearly(month: 2, day: 14)),
      ("Good Friday", .shifted(days: -2, .easter)), ("Easter Sunday", .easter),
      ("Easter Monday", .shifted(days: 1, .easter)), ("Labour Day", .yearly(month: 5, day: 1)),
      ("Mother's Day", .nthWeekday(2, .sunday, month: 5)), ("Ascension Day", .shifted(days: 39, .easter)),
      ("Whit Monday", .shifted(days: 50, .easter)), ("Memorial Day", .nthWeekday(-1, .monday, month: 5)),
      ("Independence Day", .yearly(month: 7, day: 4)), ("Labor Day", .nthWeekday(1, .monday, month: 9)),
      ("Halloween", .yearly(month: 10, day: 31)), ("All Saints' Day", .yearly(month: 11, day: 1)),
      ("Christmas Eve", .yearly(month: 12, day: 24)), ("Christmas Day", .yearly(month: 12, day: 25)),
      ("Boxing Day", .yearly(month: 12, day: 26)), ("New Year's Eve", .yearly(month: 12, day: 31)),
    ]
}
