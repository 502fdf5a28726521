import Costs
import Quantities

/// Headroom against cost and risk: what a smaller or a larger choice would mean.
enum RiskSlice: PlanSlice {
  typealias Spec = NoKeys
  typealias Settings = NoKeys
  typealias Answer = RiskOutcome

  static func answer(_ draft: inout PlanDraft) -> RiskOutcome {
    guard draft.depth == .full else { return RiskOutcome(curve: [], chosen: 0) }
    let plan = draft.plan
    let demand = draft[DemandSlice.self]
    let chosen = draft[HeadroomSlice.self].fraction
    let risk = OverloadRisk(demand, plan)
    let sized = plan.spreads ? draft[SizingSlice.self].replicas : plan.replicas(for: demand.peak.mid * (1 + chosen))
    let top = max(1, chosen * 2)
    let shares = Set((0...20).map { Double($0) / 20 * top } + [chosen]).sorted()
    let curve = shares.map { share in
      // The chosen one is what was sized: a placement holds more than the peak where losses ask for it.
      let replicas = share == chosen ? sized : plan.replicas(for: demand.peak.mid * (1 + share))
      let probability = risk.probability(with: replicas)
      return HeadroomPoint(
        headroom: share, replicas: replicas, costPerMonth: plan.fleet.supply.holding(replicas).fleet.costPerMonth.total,
        overloadProbability: probability, overloadMinutes: probability > 0 ? risk.minutes(with: replicas) : 0)
    }
    return RiskOutcome(curve: curve, chosen: shares.firstIndex(of: chosen) ?? 0)
  }
}

public struct RiskOutcome: Sendable {
  /// From no headroom to twice the chosen one or more, ascending.
  public var curve: [HeadroomPoint]
  /// The index of the chosen point on the curve.
  public var chosen: Int

  /// The chosen point on the curve.
  public var chosenPoint: HeadroomPoint? { curve.indices.contains(chosen) ? curve[chosen] : nil }
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

extension PlanOutcome {
  public var risk: RiskOutcome { self[RiskSlice.self] }
}
