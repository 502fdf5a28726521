import Quantities
import Traffic

/// The answer to a plan: how much of what, from when, at what cost, and why.
public struct PlanOutcome: Sendable {
  public var plan: Plan
  /// The moment the plan was made for; the horizon starts here or at the end of the history, whichever is later.
  public var now: Timestamp
  /// Nil where the plan states its traffic instead of measuring it.
  public var trace: Trace?
  /// Better settings for the policy, where they were asked for.
  public var tuning: Tuning?
  public var verdicts: [Verdict]
  /// Most urgent first.
  public var findings: [Finding]
  public var ledger: Ledger
  /// What was taken for want of knowledge: catalog lifts, scenario headroom, default prices.
  public var assumptions: [any AssumptionFact]
  /// What each slice answered; each slice's folder has the accessor.
  private(set) var answers: SliceValues

  init(_ draft: PlanDraft) {
    plan = draft.plan
    now = draft.now
    trace = draft.trace
    verdicts = draft.verdicts
    findings = Finding.mostUrgentFirst(draft.findings)
    ledger = draft.ledger
    assumptions = draft.assumptions
    answers = draft.answers
  }

  subscript<Slice: PlanSlice>(slice: Slice.Type) -> Slice.Answer {
    get { answers.value(of: slice) }
    set { answers.set(newValue, of: slice) }
  }
}
