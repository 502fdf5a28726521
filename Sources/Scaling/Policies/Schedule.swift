import Quantities

/// Replicas by the clock: what was set last holds until something else is set.
public struct SchedulePolicy: ScalingPolicy, Hashable {
  /// At the times of a schedule, so many replicas.
  public struct Entry: Hashable, Sendable {
    public var at: CronSchedule
    public var replicas: Int
    public init(at: CronSchedule, replicas: Int) {
      self.at = at
      self.replicas = replicas
    }
  }
  public let entries: [Entry]
  public let zone: TimeZoneRules
  /// Before any entry has come.
  public let initial: Int
  public let period: Duration
  private var next: [Timestamp?] = []
  private var current: Int?
  private var decidedBy = -1

  public init(_ entries: [Entry], zone: TimeZoneRules = .utc, initial: Int = 1, period: Duration = .seconds(60)) {
    self.entries = entries
    self.zone = zone
    self.initial = max(0, initial)
    self.period = period
  }

  public var reads: SignalSet { [] }

  public mutating func step(_ observation: Observation) -> Decision {
    let now = observation.time
    if next.isEmpty, !entries.isEmpty { begin(at: now) }
    // Entries that came since the last look, in order of time; at one time the later entry wins.
    var fired: (time: Timestamp, index: Int)?
    for i in entries.indices {
      while let time = next[i], time <= now {
        if fired == nil || time >= (fired?.time ?? time) { fired = (time, i) }
        next[i] = entries[i].at.next(after: time, in: zone)
      }
    }
    if let fired {
      current = entries[fired.index].replicas
      decidedBy = fired.index
    }
    let desired = max(0, current ?? initial)
    return Decision(
      desired: desired,
      because: Reason(
        decidedBy < 0 ? .notYetScheduled : .scheduled, measured: Double(decidedBy + 1), limit: Double(desired),
        proposed: desired))
  }

  /// What held before the first look: the entry that came last within the eight days before it.
  private mutating func begin(at now: Timestamp) {
    next = entries.map { $0.at.next(after: now - .days(8), in: zone) }
  }
}

extension Rule {
  public static let scheduled = Rule("scheduled", "entry {measured} of the schedule sets {proposed} replicas")
  public static let notYetScheduled = Rule(
    "not-yet-scheduled", "no entry of the schedule has come yet: {proposed} replicas")
}
