import Quantities

/// What there is to say about how many replicas and machines there are and should be.
public enum SizingFinding: FindingFact, Hashable {
  /// The replicas of today carry the high end of the peak.
  case capacityLasts(running: Int, capacity: RequestRate, highPeak: RequestRate)
  /// The replicas of today do not carry what comes.
  case capacityRunsOut(Shortfall)
  /// The quotas hold only some of the replicas that the plan asks for; so many machines are missing.
  case machineQuotaTooLow(machines: String, missing: Int, placed: Int, replicas: Int, lead: Duration)
  /// The share of the capacity that a loss leaves carries the expected peak.
  case survives(Survival, share: Fraction, peak: RequestRate)
  /// It does not: so many replicas would.
  case doesNotSurvive(Survival, share: Fraction, peak: RequestRate, needed: Int)

  /// When today's replicas no longer suffice, and what is due by when.
  public struct Shortfall: Hashable, Sendable {
    /// Replicas that run today, and what they carry.
    public var running: Int
    public var capacity: RequestRate
    /// Replicas that the plan asks for.
    public var replicas: Int
    /// The first day on which demand exceeds the capacity.
    public var day: CivilDate
    /// Whether the expected demand does; else only the high end of the forecast.
    public var isExpected: Bool
    /// The event that causes it, where one does.
    public var cause: String?
    /// The last days to have the replicas, to request the quota for them and to load-test them.
    public var addBy: CivilDate
    public var requestQuotaBy: CivilDate
    public var loadTestBy: CivilDate
    /// How long a quota request takes, and whether there is no longer time for it.
    public var quotaLead: Duration
    public var isQuotaLate: Bool

    /// Replicas to add; zero or less where there are enough for the plan.
    public var missing: Int { replicas - running }

    /// - Parameters:
    ///   - running: replicas of today, which carry `capacity`.
    ///   - replicas: what the plan asks for.
    ///   - day: the first day on which demand exceeds the capacity.
    public init(
      running: Int, capacity: RequestRate, replicas: Int, day: CivilDate, isExpected: Bool, cause: String?,
      addBy: CivilDate, requestQuotaBy: CivilDate, loadTestBy: CivilDate, quotaLead: Duration, isQuotaLate: Bool
    ) {
      self.running = running
      self.capacity = capacity
      self.replicas = replicas
      self.day = day
      self.isExpected = isExpected
      self.cause = cause
      self.addBy = addBy
      self.requestQuotaBy = requestQuotaBy
      self.loadTestBy = loadTestBy
      self.quotaLead = quotaLead
      self.isQuotaLate = isQuotaLate
    }
  }

  public var code: String {
    switch self {
    case .capacityLasts: "capacity-lasts"
    case .capacityRunsOut: "capacity-runs-out"
    case .machineQuotaTooLow: "machine-quota-too-low"
    case .survives: "survives"
    case .doesNotSurvive: "does-not-survive"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .capacityRunsOut(let shortfall): shortfall.isExpected ? .act : .change
    case .machineQuotaTooLow, .doesNotSurvive: .act
    case .capacityLasts, .survives: .holds
    }
  }
}
