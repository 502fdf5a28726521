import Quantities
import Traffic

/// What there is to say about demand, its events and its history.
public enum DemandFinding: FindingFact, Hashable {
  /// The history ends before the plan begins; over a gap of that length the level may have moved by so much, up or down,
  /// in eight of ten cases.
  case historyIsOld(end: CivilDate, without: Duration, doubt: Fraction)
  /// The horizon reaches into times of the year that a history of this length has not seen.
  case seasonUnseen(history: Duration)
  /// Demand was cut off in the history.
  case flatTop(FlatTop)
  /// The level changed within the last days of the history.
  case recentChange(RecentChange)
  /// The ensemble's peak without events differs from the simple forecast's by a share of the latter; negative where
  /// it is lower.
  case peakDiffersFromSimple(by: Fraction, simple: RequestRate, backtest: PeakBacktest?)
  /// The first date of an event's preparation that has passed.
  case eventLate(event: String, start: CivilDate, milestone: EventMilestone, due: CivilDate)
  /// An event whose days lie neither in the history nor in the horizon, so that it changes nothing; and its next day after
  /// the horizon, where it comes within ten years.
  case eventOutside(event: String, next: CivilDate?, end: CivilDate)
  /// What reading the history has to say.
  case history(TraceNote)
  /// So many gaps of so many steps together, in a history of `of` steps.
  case gaps(Int, steps: Int, of: Int)
  /// So many outliers; the largest came on a day, at a second of it, by the users' clock.
  case outliers(Int, largest: Outlier, day: CivilDate, second: Int)
  /// A rule by which demand recurs and which no event of the plan names.
  case eventProposed(EventProposal)
  /// The plan states no growth, and a history of this length is too short to measure it.
  case growthUnknown(history: Duration)

  /// How the ensemble's peaks did at earlier moments of the history.
  public struct PeakBacktest: Hashable, Sendable {
    /// How many moments.
    public var origins: Int
    /// Mean of |forecast peak - peak| / peak.
    public var error: Fraction

    public init(origins: Int, error: Fraction) {
      self.origins = origins
      self.error = error
    }
  }

  public var code: String {
    switch self {
    case .historyIsOld: "history-is-old"
    case .seasonUnseen: "season-unseen"
    case .flatTop: "flat-top"
    case .recentChange: "recent-change"
    case .peakDiffersFromSimple: "peak-differs-from-simple"
    case .eventLate: "event-late"
    case .eventOutside: "event-outside"
    case .history: "history"
    case .gaps: "gaps"
    case .outliers: "outliers"
    case .eventProposed: "event-proposed"
    case .growthUnknown: "growth-unknown"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .eventLate, .growthUnknown: .change
    case .history(let note): note.severity == .warning ? .change : .note
    case .historyIsOld(_, let gap, _): gap > .days(60) ? .change : .note
    case .flatTop: .change
    case .eventOutside, .seasonUnseen, .recentChange, .peakDiffersFromSimple, .gaps, .outliers, .eventProposed: .note
    }
  }
}

/// What was taken about demand for want of knowledge.
public enum DemandAssumption: AssumptionFact {
  /// The ratio of the peak to the stated average.
  case peakToAverage(Factor)
  /// The lift of an event is a typical one from the catalog.
  case catalogLift(event: String, lift: Estimate<Factor>)
  /// The season of the year is another series'.
  case borrowedYear(source: String)
}

/// The steps of preparing for an event, in the order in which they are due.
public enum EventMilestone: Hashable, Sendable, CaseIterable {
  case decision
  case quotaRequest
  case loadTest
  case inPlace

  /// The last day for it.
  public func date(in schedule: EventSchedule) -> CivilDate {
    switch self {
    case .decision: schedule.decideBy
    case .quotaRequest: schedule.askForQuotaBy
    case .loadTest: schedule.loadTestBy
    case .inPlace: schedule.inPlaceBy
    }
  }
}
