import Catalogs
import Documents
import Quantities

/// One service of a fleet of thousands, in a line: what its plan answers, short enough to keep all of them.
public struct FleetRow: Hashable, Sendable {
  /// The service's name.
  public var name: String
  /// The file that plans it, as it was named.
  public var file: String
  /// What came of it; nil where nothing did.
  public var answer: ServiceFigures?
  /// Why there is no answer, a fault a line; empty where there is one.
  public var fault: String

  public init(_ name: String, file: String, answer: ServiceFigures) {
    self.name = name
    self.file = file
    self.answer = answer
    fault = ""
  }

  public init(_ name: String, file: String, fault: String) {
    self.name = name
    self.file = file
    self.fault = fault
  }

  /// What tells it apart from every other: a file may plan several services.
  public var id: String { file + "\n" + name }
}

/// The figures of one service's plan by which a fleet is ranked: each is the figure of the plan's own answer.
public struct ServiceFigures: Hashable, Sendable {
  /// Machines of one type, held one way, in one region.
  public struct Need: Hashable, Sendable {
    public var machine: String
    /// Empty where no region is named.
    public var region: String
    public var lifecycle: Lifecycle
    public var count: Int
    /// The most that there may be; nil where no bound is stated.
    public var quota: Int?
  }

  public var peak: Estimate<RequestRate>
  public var provisioned: RequestRate
  public var replicas: Int
  /// Nil where the plan does not say what runs, as the five below.
  public var running: Int?
  /// What the replicas that run carry, in the middle.
  public var carried: RequestRate?
  /// When they no longer suffice: the first day on which the high end of demand exceeds what they carry, on which the
  /// expected demand does, and on which even the low end does. Nil within the horizon.
  public var early: CivilDate?
  public var expected: CivilDate?
  public var late: CivilDate?
  /// The probability that the horizon's peak exceeds what they carry, from 0 to 1.
  public var overload: Double?
  /// How they stand: ``CapacityStanding/code``.
  public var standing: String
  /// The last day to add what is missing; nil where nothing is.
  public var addBy: CivilDate?
  /// Codes of what is lost unless somebody acts.
  public var urgent: [String]
  /// Objectives that are missed, of those that need no simulation.
  public var missed: [String]
  public var machines: [Need]
  /// In which its amounts count.
  public var currency: String
  /// The month of what stands there: what runs, or the flat fleet where nobody says; nil without prices, as the two below.
  public var heldPerMonth: Money?
  /// The month of a fleet that follows the ordinary week.
  public var followingPerMonth: Money?
  /// What of the former nobody needs: `idle(_:)`.
  public var idlePerMonth: Money?

  public init(_ outcome: PlanOutcome) {
    let sizing = outcome.sizing
    let standing = outcome.standing
    peak = sizing.peak
    provisioned = sizing.provisioned
    replicas = sizing.replicas
    running = sizing.running
    carried = sizing.runway?.capacity ?? sizing.running.map { outcome.plan.carried(by: $0).mid }
    early = sizing.runway?.early
    // The standing knows the day also where the peak exceeds what no single day's median does.
    expected = sizing.runway?.expected ?? standing.shortfall.flatMap { $0.isExpected ? $0.day : nil }
    late = sizing.runway?.late
    overload = sizing.running.map { OverloadRisk(outcome.demand, outcome.plan).probability(with: $0) }
    self.standing = standing.code
    addBy = standing.shortfall.flatMap { $0.replicas > $0.running ? $0.addBy : nil }
    urgent = outcome.findings.filter { $0.severity == .act }.map(\.code)
    missed = outcome.verdicts.filter { !$0.met }.map(\.objective.code)
    machines = sizing.fleet.pools.filter { $0.count > 0 }.map {
      Need(
        machine: $0.machine.name, region: $0.region, lifecycle: $0.lifecycle, count: $0.count, quota: $0.quota)
    }
    currency = outcome.plan.currency.code
    guard outcome.cost.isPriced else { return }
    heldPerMonth = outcome.cost.runningPerMonth ?? outcome.cost.flatPerMonth
    followingPerMonth = outcome.cost.followingPerMonth
    idlePerMonth = Self.idle(outcome)
  }

  /// Idle money, a month: what stands there over what is needed.
  ///
  /// A fleet that stands still needs what a fleet that follows the ordinary week costs. One that an autoscaler moves
  /// follows already, and the replicas of this moment say nothing of the month: there only what exceeds even the flat
  /// fleet for the peak, with its headroom, is idle.
  private static func idle(_ outcome: PlanOutcome) -> Money {
    let cost = outcome.cost
    let scaling = outcome.plan.scaling
    let moves = scaling.isGiven && !scaling.policy.isFlat
    let needed = moves ? cost.flatPerMonth : cost.followingPerMonth
    return max(.zero, (cost.runningPerMonth ?? cost.flatPerMonth) - needed)
  }

  /// The first day that is known, for ranking: that of the expected demand, else that of its high end.
  public var exhaustion: CivilDate? { expected ?? early }
}

extension CapacityStanding {
  /// A stable name.
  public var code: String {
    switch self {
    case .unstated: "unstated"
    case .runsOut: "runs-out"
    case .mayRunOut: "may-run-out"
    case .thin: "thin"
    case .watch: "watch"
    case .lasts: "lasts"
    case .surplus: "surplus"
    }
  }
}

extension Verdict.Objective {
  /// A stable name, for counting.
  public var code: String {
    switch self {
    case .capacity: "capacity"
    case .survival: "survival"
    case .availability: "availability"
    case .latency: "latency"
    case .budget, .budgetOfAll: "budget"
    }
  }
}
