import Catalogs
import Placing
import Quantities
import Serving
import Traffic

/// How often a plan is looked at, and what is asked each time.
public enum ReviewCadence: String, CaseIterable, Sendable, Hashable {
  /// Use against limits, and what must be added soon.
  case weekly
  /// The trend, the headroom, the forecast's error, the cost.
  case monthly
  /// The forecast anew, events ahead with their lead times, drills and load tests due.
  case quarterly
  /// The year's cost, commitments, posture.
  case annual

  /// Days from one to the next, about.
  public var days: Int {
    switch self {
    case .weekly: 7
    case .monthly: 30
    case .quarterly: 91
    case .annual: 365
    }
  }
}

/// What the planning calendar asks of one service at a time: items with their figures, as data.
public struct CapacityReview: Sendable {
  /// How an item stands.
  public enum Standing: String, Sendable, Hashable, CaseIterable {
    /// Somebody must act.
    case act
    /// Worth a look.
    case watch
    case holds
    /// Nobody can tell.
    case unknown
  }

  /// One thing that is looked at, with what was found.
  public enum Fact: Sendable {
    /// The highest step of the time since the last look over what the replicas that run carry; the same a span before.
    case use(peak: RequestRate?, share: Double?, before: Double?)
    /// When what runs no longer suffices.
    case runway(CapacityStanding, runway: Runway?)
    /// Objectives: those that are missed, of how many.
    case objectives(missed: [Verdict], of: Int)
    /// Findings that ask for action.
    case urgent([Finding])
    /// The level of the last four weeks over the four before, and the growth a year that the forecast uses.
    case trend(change: Double?, growth: Estimate<Fraction>?)
    /// The headroom, what of it the highest step of the last four weeks used, and the chance that the horizon exceeds it.
    case headroom(fraction: Double, used: Double?, risk: Double?)
    /// What kept forecasts promised and what came; nil where none was kept.
    case forecasts(ForecastReview?)
    /// The month against the budget and against what was spent.
    case cost(month: Money?, budget: Money?)
    /// The peak over the horizon.
    case outlook(peak: Estimate<RequestRate>, time: Timestamp?)
    /// Events ahead, with the next date of each.
    case events([(event: PlannedEvent, milestone: EventMilestone?, due: CivilDate?)])
    /// Drills of the next three months, and regions whose evacuation was never rehearsed.
    case drills([Drill], undrilled: [String], isAsked: Bool)
    /// Whether a load test stands behind the capacity, and the next day on which one is due.
    case loadTests(isMeasured: Bool, due: CivilDate?)
    /// Twelve months: flat, and as the policy or the week spends.
    case year(flat: Money?, spent: Money?)
    /// What commitments would save in three years.
    case commitments(saving: Money?, existing: Int)
    /// The standby posture against its objectives.
    case posture(RecoveryPosture?, meets: Bool?, cheapest: RecoveryPosture?, isAsked: Bool)
  }

  public struct Item: Sendable {
    /// A stable name: `"use"`.
    public var id: String
    public var standing: Standing
    public var fact: Fact
    /// The day by which something is due.
    public var due: CivilDate?
  }

  public let cadence: ReviewCadence
  public let outcome: PlanOutcome
  public let items: [Item]

  /// - Parameter forecasts: how kept forecasts of the service did; nil where none was kept.
  public init(_ cadence: ReviewCadence, of outcome: PlanOutcome, forecasts: ForecastReview? = nil) {
    self.cadence = cadence
    self.outcome = outcome
    let today = outcome.plan.zone.local(outcome.now).date
    items =
      switch cadence {
      case .weekly: Self.weekly(outcome)
      case .monthly: Self.monthly(outcome, forecasts)
      case .quarterly: Self.quarterly(outcome, today)
      case .annual: Self.annual(outcome)
      }
  }

  /// Whether somebody must act.
  public var isCalm: Bool { !items.contains { $0.standing == .act } }

  // MARK: Weekly

  private static func weekly(_ outcome: PlanOutcome) -> [Item] {
    let carried = outcome.sizing.running.map { outcome.plan.carried(by: $0).mid }
    let peak = highest(outcome, days: 7, before: 0)
    func share(_ rate: RequestRate?) -> Double? {
      guard let rate, let carried, carried > .zero else { return nil }
      return rate / carried
    }
    let use = share(peak)
    // A scale-up is triggered when the peak comes within a tenth of what runs: one step of most autoscalers.
    let useStanding: Standing = use.map { $0 >= 1 ? .act : $0 >= 0.9 ? .watch : .holds } ?? .unknown
    let standing = outcome.standing
    let runway: Standing =
      switch standing {
      case .unstated: .unknown
      case .runsOut, .mayRunOut, .thin: .act
      case .watch: .watch
      case .lasts, .surplus: .holds
      }
    let missed = outcome.verdicts.filter { !$0.met }
    let urgent = outcome.findings.filter { $0.severity == .act }
    return [
      Item(
        id: "use", standing: useStanding,
        fact: .use(peak: peak, share: use, before: share(highest(outcome, days: 7, before: 7)))),
      Item(
        id: "runway", standing: runway, fact: .runway(standing, runway: outcome.runway),
        due: standing.shortfall.flatMap { $0.replicas > $0.running ? $0.addBy : nil }),
      Item(
        id: "objectives", standing: missed.isEmpty ? (outcome.verdicts.isEmpty ? .unknown : .holds) : .act,
        fact: .objectives(missed: missed, of: outcome.verdicts.count)),
      Item(
        id: "findings", standing: urgent.isEmpty ? .holds : .act, fact: .urgent(urgent),
        due: urgent.compactMap(\.by).min()),
    ]
  }

  /// The highest step of some days that ended so many days ago.
  private static func highest(_ outcome: PlanOutcome, days: Int, before: Int) -> RequestRate? {
    values(outcome, days, before).max().map { .perSecond($0) }
  }

  // MARK: Monthly

  private static func monthly(_ outcome: PlanOutcome, _ forecasts: ForecastReview?) -> [Item] {
    func mean(_ values: [Double]) -> Double? {
      values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }
    let level = mean(values(outcome, 28, 0))
    let earlier = mean(values(outcome, 28, 28))
    var change: Double?
    if let level, let earlier, earlier > 0 { change = level / earlier - 1 }
    let headroom = outcome.headroom.fraction
    let provisioned = outcome.sizing.provisioned
    let used = values(outcome, 28, 0).max().flatMap { top -> Double? in
      // Of the spare part above the expected peak, how much was taken.
      let spare = provisioned.perSecond - outcome.sizing.peak.mid.perSecond
      return spare > 0 ? max(0, top - outcome.sizing.peak.mid.perSecond) / spare : nil
    }
    let risk = outcome.risk.chosenPoint?.overloadProbability
    let headroomStanding: Standing = risk.map { $0 > 0.1 ? .act : $0 > 0.05 ? .watch : .holds } ?? .unknown
    let month = outcome.cost.isPriced ? outcome.cost.simulatedPerMonth ?? outcome.cost.followingPerMonth : nil
    let budget = outcome.plan.budget
    var cost = Standing.unknown
    if let month {
      cost = .holds
      if let budget { cost = month > budget ? .act : month > budget * 0.9 ? .watch : .holds }
    }
    return [
      Item(
        id: "trend", standing: change.map { abs($0) > 0.2 ? .watch : .holds } ?? .unknown,
        fact: .trend(change: change, growth: outcome.demand.growth)),
      Item(id: "headroom", standing: headroomStanding, fact: .headroom(fraction: headroom, used: used, risk: risk)),
      Item(
        id: "forecast error", standing: forecasts.map { $0.isKept ? .holds : .act } ?? .unknown,
        fact: .forecasts(forecasts)),
      Item(id: "cost", standing: cost, fact: .cost(month: month, budget: budget)),
    ]
  }

  private static func values(_ outcome: PlanOutcome, _ days: Int, _ before: Int) -> [Double] {
    guard let series = outcome.trace?.series, series.step > .zero else { return [] }
    let end = series.end - .days(Double(before))
    let first = max(0, series.index(of: end - .days(Double(days))))
    let last = min(series.count, max(first, series.index(of: end)))
    guard first < last, end > series.start else { return [] }
    return series.rawValues[first..<last].filter { !$0.isNaN }
  }

  // MARK: Quarterly

  private static func quarterly(_ outcome: PlanOutcome, _ today: CivilDate) -> [Item] {
    let demand = outcome.demand
    let events = demand.events.map { event -> (event: PlannedEvent, milestone: EventMilestone?, due: CivilDate?) in
      let next = EventMilestone.allCases.map { ($0, $0.date(in: event.dates)) }.filter { $0.1 >= today }
        .min { $0.1 < $1.1 }
      return (event, next?.0, next?.1)
    }
    // A date of preparation that is past while the event lies ahead.
    let late = demand.events.contains { event in
      event.start >= today && EventMilestone.allCases.contains { $0.date(in: event.dates) < today }
    }
    let recovery = outcome.recovery
    let drills = recovery.drills.filter { $0.date <= today + 91 }
    let isAsked = outcome.plan.recovery.isAsked
    let drillStanding: Standing = !isAsked ? .unknown : recovery.undrilled.isEmpty ? .holds : .watch
    let isMeasured = !outcome.plan.service.measured.isEmpty
    let tests = demand.events.map(\.dates.loadTestBy).filter { $0 >= today }.min()
    return [
      Item(
        id: "outlook", standing: outcome.standing.shortfall == nil ? .holds : .watch,
        fact: .outlook(peak: demand.peak, time: demand.peakTime)),
      Item(
        id: "events", standing: late ? .act : .holds, fact: .events(events), due: events.compactMap(\.due).min()),
      Item(
        id: "drills", standing: drillStanding, fact: .drills(drills, undrilled: recovery.undrilled, isAsked: isAsked),
        due: drills.map(\.date).min()),
      Item(
        id: "load tests", standing: isMeasured ? .holds : .watch, fact: .loadTests(isMeasured: isMeasured, due: tests),
        due: tests),
    ]
  }

  // MARK: Annual

  private static func annual(_ outcome: PlanOutcome) -> [Item] {
    let cost = outcome.cost
    let months = 12.0
    let flat: Money? = cost.isPriced ? cost.flatPerMonth * months : nil
    let spent: Money? = cost.isPriced ? (cost.simulatedPerMonth ?? cost.followingPerMonth) * months : nil
    let ladders = outcome.commitments
    let saving = ladders.isEmpty ? nil : ladders.reduce(Money.zero) { $0 + $1.saving }
    let recovery = outcome.recovery
    let isAsked = outcome.plan.recovery.isAsked
    let chosen = recovery.chosen.flatMap { posture in recovery.postures.first { $0.time.posture == posture } }
    let posture: Standing = !isAsked ? .unknown : chosen.map { $0.meets ? .holds : .act } ?? .watch
    return [
      Item(id: "cost of a year", standing: flat == nil ? .unknown : .holds, fact: .year(flat: flat, spent: spent)),
      Item(
        id: "commitments", standing: saving.map { $0 > .zero ? .watch : .holds } ?? .unknown,
        fact: .commitments(saving: saving, existing: ladders.reduce(0) { $0 + $1.existing.reduce(0) { $0 + $1.units } })
      ),
      Item(
        id: "posture", standing: posture,
        fact: .posture(
          recovery.chosen, meets: chosen?.meets, cheapest: recovery.cheapest?.time.posture, isAsked: isAsked)),
    ]
  }
}
