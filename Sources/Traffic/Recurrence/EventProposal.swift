import Glibc
import Quantities

/// A recurring outlier of a history, as an event that a plan could name.
public struct EventProposal: Hashable, Sendable {
  /// Name, rule, part of the day, and as its lift the measured one of the peak.
  public let event: Event
  /// What it did to demand on all days of its rule, also on those on which nothing was seen.
  public let lift: EventLift
  /// Days of the history on which it was seen, and how many days of the rule there were.
  public let hits: [CivilDate]
  public let occurrences: Int
  /// The chance that a history without recurring days would show a rule as good; at most `EventProposal/chance`.
  public let chance: Double
  /// The first day after the history.
  public let next: CivilDate?
  /// A rule that names the same days of the history and others later.
  public let alternative: EventRule?

  /// The chance at which a rule is still told: one history in twenty without recurring days may be told one.
  public static let chance = RecurringDays.chance
  /// Days of history from which rules are looked for: below six weeks the shape of the week is too unsure.
  public static let leastDays = 42
  /// Proposals for one history, at most.
  public static let most = 6

  /// The line for a plan file, under `events`.
  public var planLine: String {
    func number(_ factor: Factor) -> String {
      factor.rawValue < 0.001 ? "0" : NumberFormat.significant(factor.rawValue, 3)
    }
    var parts = ["name: \(event.name)", "rule: \(event.when)"]
    if event.duration.days == event.duration.days.rounded(), event.startsAt == .zero {
      if event.duration > .days(1) { parts.append("days: \(Int(event.duration.days))") }
    } else {
      parts += ["at: \"\(EventProposal.clock(event.startsAt))\"", "duration: \(EventProposal.span(event.duration))"]
    }
    parts.append(
      "lift: { low: \(number(event.lift.low)), mid: \(number(event.lift.mid)), high: \(number(event.lift.high)) }")
    return "- { \(parts.joined(separator: ", ")) }"
  }

  /// `18:00`, by the users' clock.
  static func clock(_ time: Duration) -> String {
    let minutes = Int((time.seconds / 60).rounded())
    func two(_ n: Int) -> String { n < 10 ? "0\(n)" : "\(n)" }
    return "\(two(minutes / 60)):\(two(minutes % 60))"
  }
  static func span(_ span: Duration) -> String {
    let minutes = Int((span.seconds / 60).rounded())
    return minutes % 60 == 0 ? "\(minutes / 60)h" : "\(minutes)m"
  }

  /// `18:00 to 21:00`, or nil for whole days.
  public var partOfDay: String? {
    guard event.duration.days != event.duration.days.rounded() || event.startsAt != .zero else { return nil }
    let end = (event.startsAt + event.duration).seconds.truncatingRemainder(dividingBy: 86_400)
    return "\(EventProposal.clock(event.startsAt)) to \(EventProposal.clock(.seconds(end)))"
  }
}

extension EventProposal {
  /// Scores from which a day is flagged, in robust deviations between days. A low one finds small events, a high one
  /// those that stand out of many bursts.
  static let levels = [3.5, 7, 14]

  /// The recurring outliers of a history that no known event explains, the surest first.
  ///
  /// One rule is found at a time; the history is then fitted anew without its days, and looked at again: an event every
  /// other week raises what is usual for its weekday, so that the weeks between look low until it is taken out.
  ///
  /// Complexity: proportional to the steps, where nothing recurs; a new fit for each proposal.
  static func find(in fit: SeasonalFit, known: [KnownEvent] = [], planned: [Event] = []) -> [EventProposal] {
    guard fit.clock.hasDays, fit.clock.dayCount >= leastDays else { return [] }
    var current = fit
    var found: [(found: RecurringDays.Found, event: Event)] = []
    var names = Set(known.map(\.name)).union(planned.map(\.name))
    while found.count < most {
      let deviations = DayDeviations(current)
      guard let day = best(current, deviations) else { break }
      var (days, sign) = (day.found, day.sign)
      if let other = complement(of: days, sign, deviations, current) { (days, sign) = (other, -sign) }
      var event = event(days, sign, deviations, current)
      let name = event.name
      var number = 2
      while names.contains(event.name) {
        event.name = "\(name) \(number)"
        number += 1
      }
      names.insert(event.name)
      found.append((days, event))
      current = SeasonalFit(
        of: fit.series, zone: fit.zone, events: known + found.flatMap { occurrences(of: $0.event, in: fit) })
    }
    guard !found.isEmpty else { return [] }
    let lifts = EventLift.measure(found.flatMap { occurrences(of: $0.event, in: fit) }, in: current)
    let clash = PlannedDays(planned, after: fit.series.end, zone: fit.zone)
    return found.compactMap { days, event in
      guard let lift = lifts.first(where: { $0.name == event.name }),
        // A lift that the refit does not bear out was none.
        abs(log(max(lift.peak.mid.rawValue, 1e-9))) >= 0.0953 || abs(log(max(lift.mean.rawValue, 1e-9))) >= 0.0953
      else { return nil }
      var event = event
      event.lift = lift.peak
      event.source = "measured \(days.days.count) times in the history"
      let next = next(of: event, after: fit)
      if let next, clash.contains(event, on: next) { return nil }
      let first = fit.clock.firstDate
      return EventProposal(
        event: event, lift: lift, hits: days.hits.map { first + $0 }, occurrences: days.days.count,
        chance: exp(days.logChance), next: next, alternative: days.alternative)
    }
  }

  private static func occurrences(of event: Event, in fit: SeasonalFit) -> [KnownEvent] {
    event.occurrences(from: fit.series.start, to: fit.series.end, zone: fit.zone)
  }

  private static func next(of event: Event, after fit: SeasonalFit) -> CivilDate? {
    let today = fit.zone.local(fit.series.end).date
    guard let next = event.when.next(onOrAfter: today) else { return nil }
    return fit.zone.time(of: next) + event.startsAt >= fit.series.end ? next : event.when.next(onOrAfter: today + 1)
  }

  private static func best(
    _ fit: SeasonalFit, _ deviations: DayDeviations
  ) -> (found: RecurringDays.Found, sign: Double)? {
    // Sets of flagged days: two signs, each level by the first and by the farthest day of a run, and days with outlier
    // steps. Each different one is a look that costs certainty.
    var seen: Set<[Int]> = []
    let sets = [1.0, -1].map { sign in
      let byLevel = levels.flatMap { level in
        [true, false].map { deviations.flagged(beyond: level, sign: sign, byFirst: $0) }
      }
      let all = byLevel + [sign > 0 ? deviations.spikes.high : deviations.spikes.low]
      return (sign, all.filter { $0.count >= 2 && seen.insert($0).inserted })
    }
    guard !seen.isEmpty else { return nil }
    let calendar = RecurringDays(firstDate: fit.clock.firstDate, eligible: deviations.excess.map { !$0.isNaN })
    let found = sets.flatMap { sign, sets in
      sets.compactMap { set in calendar.best(of: set, looks: seen.count).map { (found: $0, sign: sign) } }
    }
    return found.min { $0.found.logChance < $1.found.logChance }
  }

  /// The other weeks of a rule that names every second one, where it is these that differ from the other days: with as
  /// many high weeks as low ones, either may pass for the usual.
  private static func complement(
    of found: RecurringDays.Found, _ sign: Double, _ deviations: DayDeviations, _ fit: SeasonalFit
  ) -> RecurringDays.Found? {
    guard case .every(14, let first) = found.rule else { return nil }
    let start = fit.clock.firstDate
    let isWeekend = first.weekday.isWeekend
    var (own, other, rest): ([Double], [Double], [Double]) = ([], [], [])
    var days: [Int] = []
    for d in deviations.height.indices where !deviations.height[d].isNaN {
      let date = start + d
      if date.weekday == first.weekday {
        if abs(date - first) % 14 == 0 {
          own.append(deviations.height[d])
        } else {
          other.append(deviations.height[d])
          days.append(d)
        }
      } else if date.weekday.isWeekend == isWeekend {
        rest.append(deviations.height[d])
      }
    }
    guard let a = Statistics.median(own), let b = Statistics.median(other), let usual = Statistics.median(rest),
      abs(b - usual) > abs(a - usual), let day = days.first
    else { return nil }
    var result = found
    result.rule = .every(days: 14, from: start + day % 14)
    result.days = days
    result.hits = days.filter { (a - deviations.height[$0]) * sign >= DayDeviations.leastEffect }
    return result
  }

  // MARK: - The event

  private static func event(
    _ found: RecurringDays.Found, _ sign: Double, _ deviations: DayDeviations, _ fit: SeasonalFit
  ) -> Event {
    func excess(_ days: Int) -> Double {
      Statistics.median(
        found.hits.map { $0 + days < deviations.excess.count ? deviations.excess[$0 + days] : .nan }) ?? 0
    }
    // The days after count while they show at least half of the first one's excess.
    let first = excess(0) * sign
    var length = 1
    while length < 7, excess(length) * sign >= max(DayDeviations.leastEffect, first / 2) { length += 1 }
    var event = Event(
      name: found.name ?? name(of: found.rule), when: found.rule, duration: .days(Double(length)),
      lift: Estimate(exactly: 1))
    if let part = PartOfDay.find(found.hits, days: length, sign: sign, in: fit) {
      event.startsAt = part.start
      event.duration = part.length
    }
    return event
  }

  private static func name(of rule: EventRule) -> String {
    switch rule {
    case .monthly(-1): "last day of the month"
    case .monthly(let day): "day \(day) of the month"
    case .nthWeekday(let n, let weekday, nil): "\(EventRule.ordinal(n)) \(weekday.name)"
    case .every(let days, let date) where days % 7 == 0: "\(date.weekday.name) every \(days / 7) weeks"
    case .every(let days, _): "every \(days) days"
    default: rule.description
    }
  }
}

/// The days on which the user's own events will be, so that none is proposed again under another name.
private struct PlannedDays {
  private let known: [KnownEvent]
  private let zone: TimeZoneRules

  init(_ events: [Event], after end: Timestamp, zone: TimeZoneRules) {
    self.zone = zone
    known = events.flatMap { $0.occurrences(from: end, to: end + .days(400), zone: zone) }
  }

  func contains(_ event: Event, on date: CivilDate) -> Bool {
    let start = zone.time(of: date) + event.startsAt
    return known.contains { $0.start < start + event.duration && start < $0.end }
  }
}
