import Catalogs
import Costs
import Quantities
import Scaling
import Serving
import Simulating
import Traffic

/// How requests of a simulation come.
public enum RequestArrivals: Sendable {
  /// At the demand's rate, scattered so.
  case process(ArrivalProcess)
  /// So many users, each of whom asks again when answered, after a time of thought.
  case users(Int, think: TimeDistribution?)
}

/// A plan's own policy, request by request, over the busiest part of a demand.
public struct RequestSimulation: Sendable {
  public var policy: PolicySimulation
  public var requests: RequestRecord
}

extension Planner {
  /// The most requests of one run: some seconds of work.
  public static let mostRequests = 20_000_000.0

  /// The plan's own policy in the world of single requests, around the highest demand.
  ///
  /// - Parameters:
  ///   - demand: nil for the future that the plan's simulation takes; gaps are bridged.
  ///   - named: what the demand is, in words.
  ///   - window: how long; shorter where that would be more than ``mostRequests``.
  ///   - queue: the line; nil for the plan's.
  ///   - balancing: nil for the plan's.
  /// - Returns: nil where there is no demand, or the model knows no single request.
  public static func requests(
    of outcome: PlanOutcome, over demand: TimeSeries<RequestRate>?, named: String?, window: Duration,
    clients: ClientBehavior, arrivals: RequestArrivals = .process(.poisson), queue: QueueSpec? = nil,
    balancing: Balancing? = nil, mix: [RequestKind] = [], seed: UInt64
  ) -> RequestSimulation? {
    guard outcome.plan.service.model.mid.knowsSingleRequests else { return nil }
    let draft = PlanDraft(again: outcome, seed: seed)
    guard let series = (demand ?? SimulationSlice.likelyFuture(of: draft))?.interpolated(), series.count > 0,
      let part = busiest(series, window: window)
    else { return nil }
    let stage = PolicyStage(draft)
    let (fluid, policy, title) = stage.staged(outcome.plan.policy, part)
    let world = RequestWorld(
      service: fluid.service, balancing: balancing, fleet: fluid.fleet, dynamics: fluid.dynamics,
      queue: queue ?? fluid.queue, clients: clients,
      metrics: fluid.metrics, incidents: fluid.incidents, objective: fluid.objective, seed: seed)
    let result: RequestOutcome
    let over: String
    switch arrivals {
    case .process(let process):
      result = world.simulate(Workload(series: part, arrivals: process, mix: mix), under: policy)
      over =
        "\(NumberFormat.duration(part.duration)) around the highest demand of "
        + (named ?? "a likely future") + ", request by request"
    case .users(let count, let think):
      result = world.simulate(
        users: count, think: think, for: window, from: part.start, mix: mix.isEmpty ? [.ordinary] : mix, under: policy)
      over = "\(NumberFormat.duration(window)) of \(count) users who ask again when answered, request by request"
    }
    let bill = (result.outcome.fleet?.use ?? FleetUse(span: result.outcome.duration)).cost
    return RequestSimulation(
      policy: PolicySimulation(
        policy: outcome.plan.policy.name, title: title, over: over, outcome: result.outcome, cost: bill.total,
        costPerMonth: bill.perMonth), requests: result.requests)
  }

  /// The part of a demand around its highest step: whole steps, or a piece of that step where it is longer.
  static func busiest(_ series: TimeSeries<RequestRate>, window: Duration) -> TimeSeries<RequestRate>? {
    guard let peak = series.peak, peak.value > .zero, peak.value.isFinite else { return nil }
    let seconds = min(max(1, window.seconds), max(1, mostRequests / peak.value.perSecond))
    let step = series.step.seconds
    guard seconds > step else {
      return TimeSeries(
        start: series.time(at: peak.index), step: .seconds(min(seconds, step)), rawValues: [peak.value.perSecond])
    }
    let count = min(series.count, max(1, Int(seconds / step)))
    let first = min(max(0, peak.index - count / 2), series.count - count)
    return series.slice(first..<(first + count))
  }
}
