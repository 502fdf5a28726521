import Catalogs
import Costs
import Quantities
import Serving
import Simulating
import Traffic

/// The answer to a plan: how much of what, from when, at what cost, and why.
public struct PlanOutcome: Sendable {
  public var plan: Plan
  /// The moment the plan was made for; the horizon starts here or at the end of the history, whichever is later.
  public var now: Timestamp
  /// Nil where the plan states its traffic instead of measuring it.
  public var trace: Trace?
  public var analysis: TrafficAnalysis?
  public var demand: DemandOutlook
  public var headroom: HeadroomOutcome
  public var sizing: Sizing
  public var runway: Runway?
  /// Each policy over the same demand, the plan's own first.
  public var simulations: [PolicySimulation]
  /// Better settings for the policy, where they were asked for.
  public var tuning: Tuning?
  public var cost: PlanCost
  public var verdicts: [Verdict]
  /// Most urgent first.
  public var findings: [Finding]
  public var ledger: Ledger
  /// What was taken for want of knowledge: catalog lifts, scenario headroom, default prices.
  public var assumptions: [String]
}

/// What demand will be over the horizon.
public struct DemandOutlook: Sendable {
  /// Requests per second.
  public var peak: Estimate<RequestRate>
  public var peakTime: Timestamp?
  /// The peak without events.
  public var baseline: Estimate<RequestRate>
  /// Nil where the plan states its traffic.
  public var forecast: Forecast?
  /// Events that fall in the horizon, in order of date, with the dates by which to act.
  public var events: [PlannedEvent]
  /// The growth that was used, per year.
  public var growth: Estimate<Fraction>?
  public var growthSource: String
}

/// One occurrence of an event in the horizon.
public struct PlannedEvent: Sendable {
  public var name: String
  public var start: CivilDate
  public var days: Double
  public var lift: Estimate<Factor>
  public var isAssumption: Bool
  /// The highest demand during the event.
  public var peak: Estimate<RequestRate>
  /// The dates by which its preparation is due.
  public var dates: EventSchedule
}

/// How much spare, what it consists of, and what other choices would mean.
public struct HeadroomOutcome: Sendable {
  /// Provisioned over expected peak, less one.
  public var fraction: Double
  /// Where it comes from: `"scenario 'growing product'"`, `"given"`, `"derived"`.
  public var origin: String
  /// Empty where the headroom was given or taken from a scenario.
  public var parts: [HeadroomPart]
  /// From no headroom to three times the chosen one or more, ascending.
  public var curve: [HeadroomPoint]
  /// The index of the chosen point on the curve.
  public var chosen: Int
  public var scenario: HeadroomScenario?
}

/// One point on the curve of headroom against cost and risk.
public struct HeadroomPoint: Hashable, Sendable {
  public var headroom: Double
  public var replicas: Int
  public var costPerMonth: Money
  /// The probability that the horizon's peak exceeds the capacity.
  public var overloadProbability: Double
  /// Expected minutes of demand above capacity over the horizon.
  public var overloadMinutes: Double
}

/// How many of what.
public struct Sizing: Sendable {
  public var peak: Estimate<RequestRate>
  public var provisioned: RequestRate
  public var capacityPerReplica: RequestRate
  /// Replicas for the provisioned rate.
  public var replicas: Int
  /// The bounds for the autoscaler.
  public var minimum: Int
  public var maximum: Int
  public var replicasPerMachine: Int
  public var machines: Int
  public var machine: Machine?
  /// What runs today, where the plan says so.
  public var running: Int?
  /// Replicas for an ordinary week by hour, Monday 00:00 first (168 values), headroom included.
  public var hourOfWeek: [Int]
  /// Mean of `hourOfWeek`.
  public var meanReplicas: Double
  public var regions: [RegionSizing]
}

/// One region's part.
public struct RegionSizing: Hashable, Sendable {
  public var name: String
  public var share: Double
  /// Replicas for its share of the peak alone.
  public var own: Int
  /// Replicas held in all.
  public var replicas: Int
}

/// When the capacity that runs today no longer suffices.
public struct Runway: Hashable, Sendable {
  public var capacity: RequestRate
  /// The first day on which the expected peak exceeds the capacity; nil within the horizon.
  public var expected: CivilDate?
  /// The first day on which the upper end of the interval does.
  public var early: CivilDate?
  /// The event that causes it, where one does.
  public var cause: String?
}

/// One policy over one demand.
public struct PolicySimulation: Sendable {
  public var policy: String
  public var title: String
  /// What was simulated: `"the forecast's median over the horizon"`.
  public var over: String
  public var outcome: Outcome
  public var cost: Money
  public var costPerMonth: Money
}

/// What it costs.
public struct PlanCost: Sendable {
  public var hourlyPrice: HourlyPrice
  public var priceSource: String
  public var perHour: Money
  /// 730 hours of the flat fleet.
  public var flatPerMonth: Money
  /// 730 hours of a flat fleet for the busiest hour of an ordinary week, events left out.
  public var ordinaryFlatPerMonth: Money
  /// The fleet that follows the hours of an ordinary week.
  public var followingPerMonth: Money
  /// The simulated policy, events included, scaled to a month.
  public var simulatedPerMonth: Money?
  public var horizon: Money
  /// What the events add over the horizon.
  public var events: Money
  /// What following the ordinary week saves against a flat fleet for that week: 1 - following / ordinary flat.
  public var saving: Double
}
