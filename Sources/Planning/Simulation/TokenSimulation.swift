import Catalogs
import Costs
import Quantities
import Scaling
import Serving
import Simulating
import Traffic

/// Requests to a language model, token by token, on so many replicas: what they met with, and what that costs.
public struct TokenSimulation: Sendable {
  public var world: TokenWorld
  public var record: TokenRecord
  public var objective: Objective
  /// Machines that carry the replicas, the cheapest first.
  public var offers: [ServiceSize.Offer]
  /// What the requests are of: a file's path, or words.
  public var source: String
  /// From the first to the last arrival, seconds.
  public var span: Double
  /// The replica in a line.
  public var summary: String

  /// - Parameters:
  ///   - span: from the first to the last arrival, seconds.
  ///   - summary: the replica in a line.
  public init(
    _ record: TokenRecord, of world: TokenWorld, objective: Objective = Objective(), source: String, span: Double,
    summary: String, catalog: Catalog = .builtIn
  ) {
    self.world = world
    self.record = record
    self.objective = objective
    self.source = source
    self.span = span
    self.summary = summary
    // Both pools are of one accelerator: replicas that prefill are priced as so many more of the others' cards.
    let cards = world.replica.deployment.cards
    let prefill = world.prefill.map { $0.count * $0.replica.deployment.cards } ?? 0
    offers = ServiceSize.offers(
      of: world.replica.deployment, replicas: world.replicas + (prefill + cards - 1) / cards,
      yielding: record.outputRate, catalog: catalog)
  }

  /// A bound with the share of requests that kept it.
  public var attainments: [Outcome.Attainment] {
    objective.latency.map {
      Outcome.Attainment(bound: $0, share: record.share(within: [$0]), includesService: true)
    }
  }

  /// Requests a second that kept every bound.
  public var goodput: RequestRate {
    .perSecond(
      record.share(within: objective.latency).rawValue * Double(record.requests.count) / max(1e-9, record.seconds))
  }

  /// Whether every bound was kept, and so many were answered as the objective asks.
  public var isMet: Bool {
    let share = record.requests.isEmpty ? 1 : Double(record.answered) / Double(record.requests.count)
    return attainments.allSatisfy(\.isMet) && share >= (objective.availability?.rawValue ?? 0)
  }

  /// The time by a metric over all requests that were answered.
  public func latency(_ metric: ServiceMetric) -> Latency? {
    switch metric {
    case .firstToken: return record.firstToken
    case .perToken: return record.perToken
    case .response: return record.response
    case .betweenTokens:
      let gaps = record.gaps
      guard let mean = gaps.mean else { return nil }
      func at(_ p: Double) -> Double { gaps.quantile(p) ?? 0 }
      return Latency(mean: mean, p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999))
    default: return nil
    }
  }

  /// The times that it knows, in the order in which reports show them.
  public static let metrics: [ServiceMetric] = [.firstToken, .perToken, .betweenTokens, .response]
}

/// A plan's own policy over the busiest part of a demand, token by token.
public struct TokenPolicySimulation: Sendable {
  public var policy: PolicySimulation
  public var tokens: TokenSimulation
}

extension Planner {
  /// The plan's own policy in the world of tokens, around the highest demand.
  ///
  /// - Parameters:
  ///   - demand: nil for the future that the plan's simulation takes; gaps are bridged.
  ///   - named: what the demand is, in words.
  ///   - window: how long; shorter where that would be more than ``mostRequests``.
  /// - Returns: nil where there is no demand, or the service is no language model.
  public static func tokens(
    of outcome: PlanOutcome, over demand: TimeSeries<RequestRate>?, named: String?, window: Duration,
    arrivals: ArrivalProcess = .poisson, routing: TokenRouting? = nil, seed: UInt64
  ) -> TokenPolicySimulation? {
    guard let model = outcome.plan.service.model.mid as? any TokenService else { return nil }
    let draft = PlanDraft(again: outcome, seed: seed)
    guard let series = (demand ?? SimulationSlice.likelyFuture(of: draft))?.interpolated(), series.count > 0,
      let part = busiest(series, window: window)
    else { return nil }
    let stage = PolicyStage(draft)
    let (fluid, policy, title) = stage.staged(outcome.plan.policy, part)
    let world = TokenWorld(
      TokenReplica(model), routing: routing ?? TokenRouting(model.balancing), service: model, fleet: fluid.fleet,
      dynamics: fluid.dynamics, metrics: fluid.metrics, incidents: fluid.incidents, objective: fluid.objective,
      lengths: model.lengths, seed: seed)
    let result = world.simulate(Workload(series: part, arrivals: arrivals), under: policy)
    let bill = (result.outcome.fleet?.use ?? FleetUse(span: result.outcome.duration)).cost
    let over =
      "\(NumberFormat.duration(part.duration)) around the highest demand of " + (named ?? "a likely future")
      + ", token by token"
    let simulation = PolicySimulation(
      policy: outcome.plan.policy.name, title: title, over: over, outcome: result.outcome, cost: bill.total,
      costPerMonth: bill.perMonth)
    return TokenPolicySimulation(
      policy: simulation,
      tokens: TokenSimulation(
        result.record, of: world, objective: outcome.plan.service.objective, source: outcome.plan.name,
        span: part.duration.seconds, summary: model.summary, catalog: .builtIn))
  }
}
