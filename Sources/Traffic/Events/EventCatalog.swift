import Quantities

/// An event that many businesses know, with the usual figures for it.
///
/// Every lift here is an assumption: a range to plan with until the own history gives a measured one.
public struct CatalogEvent: Hashable, Sendable {
  /// As a plan file names it: `Black Friday`.
  public let name: String
  public let summary: String
  /// The rule for its days, or nil where the user must give the date (a launch).
  public let when: EventRule?
  public let duration: Duration
  public let lift: Estimate<Factor>
  /// How long before its start to decide.
  public let leadTime: Duration
  public let shape: EventShape
  /// Where the figures come from.
  public let source: String

  /// The event on its own days, or on those given; nil where neither knows the days.
  public func event(when given: EventRule? = nil) -> Event? {
    guard let when = given ?? when else { return nil }
    return Event(
      name: name, when: when, duration: duration, lift: lift, shape: shape, leadTime: leadTime, isAssumption: true,
      source: source)
  }
}

/// The events that come with the program.
public enum EventCatalog {
  public static let all: [CatalogEvent] = [
    entry(
      "Black Friday", "The Friday after Thanksgiving in the USA and its long weekend, to Monday.",
      .weekdayAfter(.friday, .nthWeekday(4, .thursday, month: 11)), days: 4, lift: (3, 4, 5), lead: 75),
    entry(
      "Cyber Monday", "The Monday after Black Friday.",
      .weekdayAfter(.monday, .weekdayAfter(.friday, .nthWeekday(4, .thursday, month: 11))), days: 1, lift: (2, 3, 4),
      lead: 75),
    entry(
      "Thanksgiving", "The fourth Thursday of November in the USA.", .nthWeekday(4, .thursday, month: 11), days: 1,
      lift: (0.8, 1.2, 2), lead: 60),
    entry(
      "Singles' Day", "11 November, the largest sale in China.", .yearly(month: 11, day: 11), days: 1, lift: (2, 4, 8),
      lead: 75),
    entry(
      "Prime Day", "A two-day members' sale in the middle of July; give the date once it is announced.", nil, days: 2,
      lift: (1.5, 2.5, 4), lead: 60),
    entry(
      "Christmas", "The shopping days before Christmas, from 18 December to 24 December.",
      .yearly(month: 12, day: 18), days: 7, lift: (1.3, 1.6, 2.2), lead: 60),
    entry(
      "New Year", "New Year's Eve and New Year's Day.", .yearly(month: 12, day: 31), days: 2, lift: (1, 1.5, 3),
      lead: 45),
    entry(
      "Valentine's Day", "14 February and the day before.", .yearly(month: 2, day: 13), days: 2, lift: (1.2, 1.5, 2.5),
      lead: 30),
    entry(
      "Super Bowl", "The second Sunday of February since 2022; the lift holds for the evening.",
      .nthWeekday(2, .sunday, month: 2), days: 1, lift: (1.5, 3, 10), lead: 60),
    entry(
      "Back to school", "The weeks before school starts again, from the middle of August.",
      .yearly(month: 8, day: 15), days: 21, lift: (1.5, 1.7, 2), lead: 60),
    entry(
      "Summer sale", "A sale over some days in summer; give the date.", nil, days: 3, lift: (1.4, 1.8, 2.5), lead: 45),
    entry(
      "Product launch", "A new product or feature for everyone; give the date.", nil, days: 3, lift: (2, 4, 10),
      lead: 30, shape: .parts([1, 0.6, 0.4])),
    entry(
      "Advertising event", "A spot before a very large audience; give the date.", nil, days: 1, lift: (10, 14, 20),
      lead: 60),
    entry(
      "Press mention", "A front page or a viral post, unannounced; give the date.", nil, days: 1, lift: (2, 5, 20),
      lead: 7, shape: .ramp(up: .hours(1), down: .hours(12))),
  ]

  /// The entry of a name, letter case, spaces and punctuation apart.
  public static func named(_ name: String) -> CatalogEvent? {
    func plain(_ text: String) -> String { String(text.lowercased().filter { $0.isLetter || $0.isNumber }) }
    let wanted = plain(name)
    return wanted.isEmpty ? nil : all.first { plain($0.name) == wanted }
  }

  private static func entry(
    _ name: String, _ summary: String, _ when: EventRule?, days: Double, lift: (Double, Double, Double), lead: Double,
    shape: EventShape = .flat
  ) -> CatalogEvent {
    CatalogEvent(
      name: name, summary: summary, when: when, duration: .days(days),
      lift: Estimate(
        low: Factor(rawValue: lift.0), mid: Factor(rawValue: lift.1), high: Factor(rawValue: lift.2), confidence: 0.8),
      leadTime: .days(lead), shape: shape,
      source: "planning figure of the catalog: measure your own and replace it")
  }
}
