import Glibc
import Quantities

/// Something that lifts demand for a while: a sale, a launch, a match on television.
///
/// While it lasts, demand is the seasonal baseline times the lift (shaped by ``shape``).
public struct Event: Hashable, Sendable {
  public var name: String
  public var when: EventRule
  /// How long it lasts from its start.
  public var duration: Duration
  /// Demand during the event over demand without it.
  public var lift: Estimate<Factor>
  /// How the lift builds up and fades.
  public var shape: EventShape
  /// The local time of day at which it starts.
  public var startsAt: Duration
  /// How long before its start the decision about capacity is due, or nil where nobody said.
  public var leadTime: Duration?
  /// Whether the lift is a figure of the catalog rather than the user's own or a measured one.
  public var isAssumption: Bool
  /// Where the lift comes from.
  public var source: String?

  public init(
    name: String, when: EventRule, duration: Duration = .days(1), lift: Estimate<Factor>, shape: EventShape = .flat,
    startsAt: Duration = .zero, leadTime: Duration? = nil, isAssumption: Bool = false, source: String? = nil
  ) {
    self.name = name
    self.when = when
    self.duration = duration
    self.lift = lift
    self.shape = shape
    self.startsAt = startsAt
    self.leadTime = leadTime
    self.isAssumption = isAssumption
    self.source = source
  }

  /// The times at which the event takes place within a range; one that began before it and still lasts is there. An
  /// occurrence ends where the next one begins.
  public func occurrences(from start: Timestamp, to end: Timestamp, zone: TimeZoneRules) -> [KnownEvent] {
    guard start < end, .zero < duration else { return [] }
    // A century is the longest event: longer ones would only cost time.
    let before = Int(min(36_525, max(0, duration.days) + abs(startsAt.days)).rounded(.up)) + 1
    let first = zone.local(start).date - before
    let last = zone.local(end).date + 1
    // Whole days end at local midnight, also where the clock changes on the way.
    let days = duration.days
    let isWhole = days == days.rounded() && days < 36_525
    let dates = when.dates(in: first...last)
    let starts = dates.map { zone.time(of: $0) + startsAt }
    return dates.indices.compactMap { i in
      var to = isWhole ? zone.time(of: dates[i] + Int(days)) + startsAt : starts[i] + duration
      if i + 1 < starts.count { to = min(to, starts[i + 1]) }
      return to > start && starts[i] < end ? KnownEvent(name: name, start: starts[i], end: to) : nil
    }
  }
}

/// How an event's lift builds up and fades: the share of the excess demand (lift - 1) that is there at a time.
public enum EventShape: Hashable, Sendable {
  /// The whole lift from the first to the last moment.
  case flat
  /// Rising in a straight line for `up`, falling for `down` before the end.
  case ramp(up: Duration, down: Duration)
  /// Rising in a straight line for `up`, then halving again and again: a launch, a broadcast, a push notification.
  case decay(up: Duration, halfLife: Duration)
  /// A share for each equal part of the event, such as one a day; the largest should be 1.
  case parts([Double])

  /// The share of the excess at a time, given in seconds since the start and the whole length in seconds.
  func share(at seconds: Double, of length: Double) -> Double {
    guard seconds >= 0, seconds < length else { return 0 }
    switch self {
    case .flat: return 1
    case .ramp(let up, let down):
      let rise = up.seconds > 0 ? seconds / up.seconds : 1
      let fall = down.seconds > 0 ? (length - seconds) / down.seconds : 1
      return max(0, min(1, rise, fall))
    case .decay(let up, let halfLife):
      if up.seconds > 0, seconds < up.seconds { return seconds / up.seconds }
      return halfLife.seconds > 0 ? exp2(-(seconds - max(0, up.seconds)) / halfLife.seconds) : 0
    case .parts(let shares):
      guard !shares.isEmpty else { return 1 }
      let share = shares[min(shares.count - 1, Int(seconds / length * Double(shares.count)))]
      return share.isFinite ? max(0, share) : 0
    }
  }
}

/// An event at a known time, to be measured in the history and left out of its baseline.
public struct KnownEvent: Hashable, Sendable {
  public var name: String
  public var start: Timestamp
  /// The first moment after it.
  public var end: Timestamp

  public init(name: String, start: Timestamp, end: Timestamp) {
    self.name = name
    self.start = start
    self.end = end
  }

  /// Whole local days, first to last.
  public init(name: String, days: ClosedRange<CivilDate>, zone: TimeZoneRules = .utc) {
    self.init(name: name, start: zone.time(of: days.lowerBound), end: zone.time(of: days.upperBound + 1))
  }
}
