import Quantities

/// What there is to say about how many replicas and machines there are and should be.
public enum SizingFinding: FindingFact, Hashable {
  /// The replicas of today carry the high end of the peak, and as many run as the plan asks for.
  case capacityLasts(Spare)
  /// The same with many more than the plan asks for.
  case capacitySurplus(Spare)
  /// The replicas of today do not carry what comes.
  case capacityRunsOut(Shortfall)
  /// They carry what comes, but without the headroom that the plan asks for.
  case headroomMissing(Shortfall)
  /// As many run as the plan asks for, and the high end of the forecast exceeds them all the same.
  case capacityTight(Shortfall)
  /// The quotas hold only some of the replicas that the plan asks for; so many machines are missing.
  case machineQuotaTooLow(machines: String, missing: Int, placed: Int, replicas: Int, lead: Duration)
  /// The share of the capacity that a loss leaves carries the expected peak.
  case survives(Survival, share: Fraction, peak: RequestRate)
  /// It does not: so many replicas would.
  case doesNotSurvive(Survival, share: Fraction, peak: RequestRate, needed: Int)

  /// What today's replicas carry above what comes.
  public struct Spare: Hashable, Sendable {
    /// Replicas that run today.
    public var running: Int
    /// Replicas that the plan asks for.
    public var replicas: Int
    /// What those of today carry.
    public var capacity: RequestRate
    /// The high end of the peak.
    public var highPeak: RequestRate
    /// What they carry above the expected peak, as a share of it.
    public var share: Fraction

    public init(running: Int, replicas: Int, capacity: RequestRate, highPeak: RequestRate, share: Fraction) {
      self.running = running
      self.replicas = replicas
      self.capacity = capacity
      self.highPeak = highPeak
      self.share = share
    }
  }

  /// When today's replicas no longer suffice, and what is due by when. No date lies before today.
  public struct Shortfall: Hashable, Sendable {
    /// Replicas that run today, and what they carry.
    public var running: Int
    public var capacity: RequestRate
    /// Replicas that the plan asks for.
    public var replicas: Int
    /// The first day on which demand exceeds the capacity; nil where none is known, or none does.
    public var day: CivilDate?
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
    /// The day of the plan.
    public var today: CivilDate

    /// Replicas to add; zero or less where there are enough for the plan.
    public var missing: Int { replicas - running }
    /// Whether they are to be added now.
    public var isDue: Bool { addBy <= today }

    /// - Parameters:
    ///   - running: replicas of today, which carry `capacity`.
    ///   - replicas: what the plan asks for.
    ///   - day: the first day on which demand exceeds the capacity.
    public init(
      running: Int, capacity: RequestRate, replicas: Int, day: CivilDate?, isExpected: Bool, cause: String?,
      addBy: CivilDate, requestQuotaBy: CivilDate, loadTestBy: CivilDate, quotaLead: Duration, isQuotaLate: Bool,
      today: CivilDate
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
      self.today = today
    }
  }

  public var isOfCapacity: Bool { true }

  public var code: String {
    switch self {
    case .capacityLasts: "capacity-lasts"
    case .capacitySurplus: "capacity-surplus"
    case .capacityRunsOut: "capacity-runs-out"
    case .headroomMissing: "headroom-missing"
    case .capacityTight: "capacity-tight"
    case .machineQuotaTooLow: "machine-quota-too-low"
    case .survives: "survives"
    case .doesNotSurvive: "does-not-survive"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .capacityRunsOut(let shortfall): shortfall.isExpected || shortfall.isDue ? .act : .change
    case .headroomMissing(let shortfall): shortfall.isDue ? .act : .change
    case .capacityTight: .note
    case .capacitySurplus: .change
    case .machineQuotaTooLow, .doesNotSurvive: .act
    case .capacityLasts, .survives: .holds
    }
  }

  public var isGate: Bool {
    switch self {
    // Whoever is told to add replicas is told so by the gate, too.
    case .capacityRunsOut, .headroomMissing: true
    case .capacityLasts, .capacitySurplus, .capacityTight, .machineQuotaTooLow, .survives, .doesNotSurvive:
      severity == .act
    }
  }
}
