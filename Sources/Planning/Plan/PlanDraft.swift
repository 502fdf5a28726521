import Catalogs
import Quantities
import Traffic

/// An answer on its way: what was given, what the slices have answered so far, and what they noted.
struct PlanDraft: Sendable {
  private(set) var plan: Plan
  let now: Timestamp
  let seed: UInt64
  /// How much is asked.
  let depth: PlanDepth
  /// Nil where the plan states its traffic.
  let trace: Trace?
  var ledger = Ledger()
  var findings: [Finding] = []
  var verdicts: [Verdict] = []
  var assumptions: [any AssumptionFact] = []
  private(set) var answers = SliceValues()
  /// The demand of an earlier answer, where something else is asked of the same plan; nil where it is to be forecast.
  var known: KnownDemand?

  init(plan: Plan, now: Timestamp, seed: UInt64, trace: Trace?, depth: PlanDepth = .full) {
    self.plan = plan
    self.now = now
    self.seed = seed
    self.depth = depth
    self.trace = trace
  }

  /// The draft of an answer, to ask further.
  init(again outcome: PlanOutcome, seed: UInt64) {
    self.init(plan: outcome.plan, now: outcome.now, seed: seed, trace: outcome.trace)
    answers = outcome.answers
  }

  subscript<Slice: PlanSlice>(slice: Slice.Type) -> Slice.Answer {
    get { answers.value(of: slice) }
    set { answers.set(newValue, of: slice) }
  }

  mutating func answer<Slice: PlanSlice>(_ slice: Slice.Type) { self[slice] = slice.answer(&self) }

  /// Notes what the reader must know, with the last day to act where there is one: today where that has passed.
  mutating func tell(_ fact: any FindingFact, by: CivilDate? = nil) {
    findings.append(Finding(fact, by: by.map { max($0, today) }, isDue: by.map { $0 <= today } ?? false))
  }

  /// From here on the fleet is what was placed; what the plan asked for is kept beside it.
  mutating func place(_ supply: Fleet) {
    plan.fleet.asked = plan.fleet.asked ?? plan.fleet.supply
    plan.fleet.supply = supply
  }

  /// The users' own day of the plan's moment.
  var today: CivilDate { plan.zone.local(now).date }

  /// Notes what was taken for want of knowledge, once.
  mutating func assume(_ fact: some AssumptionFact) {
    if !assumptions.contains(where: { AnyHashable($0) == AnyHashable(fact) }) { assumptions.append(fact) }
  }
}
