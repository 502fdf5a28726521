import Quantities
import Traffic

/// How much of a plan is answered.
public enum PlanDepth: Hashable, Sendable {
  /// All of it.
  case full
  /// Demand, headroom, size, runway and cost, for thousands of services at once: without the simulations of the policy,
  /// the curve of headroom against risk, the ladder of commitments and the objectives that only a simulation can judge.
  case sizing
}

/// Composes the rooms below into the answer to a plan: an ordered list of slices. Pure: the trace, the moment and the seed
/// are arguments.
public enum Planner {
  /// The answer to a plan.
  ///
  /// - Parameters:
  ///   - depth: how much is asked; what is answered has the same figures at every depth.
  ///   - trace: the demand that the plan's source gave; nil where the plan states its traffic.
  ///   - now: the moment to plan from: demand counts over the horizon that begins there. A history that ends earlier is
  ///     forecast across the gap, with a word; one that ends later moves the moment to its end.
  ///   - isNowGiven: whether the user named the moment; then later history is left out.
  public static func outcome(
    of plan: Plan, trace: Trace?, now: Timestamp, isNowGiven: Bool = false, seed: UInt64 = 1,
    depth: PlanDepth = .full
  ) throws(PlanningError) -> PlanOutcome {
    let answer: Result<PlanOutcome, PlanningError> = plan.currency.shown {
      do throws(PlanningError) {
        return .success(try self.answer(plan, trace, now: now, isNowGiven: isNowGiven, seed: seed, depth: depth))
      } catch {
        return .failure(error)
      }
    }
    return try answer.get()
  }

  private static func answer(
    _ plan: Plan, _ trace: Trace?, now: Timestamp, isNowGiven: Bool, seed: UInt64, depth: PlanDepth
  ) throws(PlanningError) -> PlanOutcome {
    let (used, moment) = try known(of: trace, now: now, isNowGiven: isNowGiven)
    var draft = PlanDraft(plan: plan, now: moment, seed: seed, trace: used, depth: depth)
    return try answered(&draft).get()
  }

  /// Every slice's answer and judgement, in their order.
  static func answered(_ draft: inout PlanDraft) -> Result<PlanOutcome, PlanningError> {
    for slice in PlanSlices.all { draft.answer(slice) }
    if let problem = PlanningError.implausible(draft[SizingSlice.self]) { return .failure(problem) }
    for slice in PlanSlices.all { slice.judge(&draft) }
    return .success(PlanOutcome(draft))
  }

  /// What is known of demand at a moment, and the moment itself; see `outcome(of:trace:now:isNowGiven:seed:)`.
  public static func known(
    of trace: Trace?, now: Timestamp, isNowGiven: Bool
  ) throws(PlanningError) -> (trace: Trace?, now: Timestamp) {
    guard let full = trace else { return (nil, now) }
    guard full.series.rawValues.contains(where: { !$0.isNaN }) else { throw PlanningError.noData(full.source) }
    guard full.series.end > now else { return (full, now) }
    guard isNowGiven else { return (full, full.series.end) }
    let keep = full.series.index(of: now)
    guard keep > 0 else { throw PlanningError.nowBeforeHistory(now, full.series.start) }
    return (Trace(series: full.series.slice(0..<keep), source: full.source, zone: full.zone), now)
  }

  /// What a plan asks of its forecast: everything from `now` to the end of its horizon.
  public static func forecastRequest(
    of plan: Plan, history: TimeSeries<RequestRate>, now: Timestamp, seed: UInt64
  ) -> ForecastRequest {
    var request = ForecastRequest(
      horizon: max(now + plan.horizon - history.end, history.step), zone: plan.zone, events: plan.events,
      growth: plan.demand.growth, seed: seed)
    request.from = now
    request.like = plan.demand.yearly
    return request
  }
}
