import Quantities
import Serving

/// Whether an objective is met, and by how much.
public struct Verdict: Hashable, Sendable {
  /// What the plan asks for.
  public enum Objective: Hashable, Sendable {
    /// Replicas that carry the peak.
    case capacity
    /// What is left after a loss that the plan must survive carries the peak.
    case survival(Survival)
    /// The share of requests that are served.
    case availability
    /// The share of requests within a bound on a latency; without the service's own time only the wait is held
    /// against it.
    case latency(LatencyBound, includesService: Bool)
    /// What the fleet may cost a month.
    case budget
    /// What the fleets of all services may cost a month.
    case budgetOfAll
  }

  /// Which ends of the plan's estimates it is judged at.
  public enum Basis: Hashable, Sendable {
    /// Demand and capacity as they are expected.
    case expected
    /// The high end of the forecast.
    case highDemand
    /// A replica carries the low end of its capacity.
    case lowCapacity
  }

  /// What limits it.
  public enum Binding: Hashable, Sendable {
    /// The spare capacity over the peak.
    case headroom
    /// The upper bound of the autoscaler, in replicas.
    case maximum(Int)
    /// The quotas of the fleet's machines, in replicas that they hold.
    case quota(Int)
    /// The share of the capacity that a loss takes away.
    case loss(Fraction)
    /// The high end of the peak over the expected one.
    case forecastError(Factor)
    /// The low end of what a replica carries over the expected one, where the figure is known.
    case capacityError(Factor?)
    /// The moment of the simulation at which most was missing.
    case worstMoment(WorstMoment)
    /// Nothing: every request was served.
    case nothing
    /// How full the fleet is at the peak.
    case peakUtilization
    /// What the fleet costs under its policy.
    case fleetCost
    /// What the fleets of all services cost under their policies.
    case allFleetsCost
  }

  public var objective: Objective
  public var basis: Basis
  /// What was asked, in ``unit``.
  public var asked: Double
  /// What came out, in ``unit``.
  public var got: Double
  /// Of what was asked and of what came out: a rate, a share or money.
  public var unit: NumberUnit
  public var met: Bool
  /// How far on the good side, as a share of what was asked; negative where missed.
  public var margin: Double
  public var binding: Binding

  /// - Parameters:
  ///   - asked: in the unit given.
  ///   - got: in the same unit.
  ///   - margin: how far on the good side, as a share of what was asked.
  public init(
    _ objective: Objective, _ basis: Basis = .expected, asked: Double, got: Double, unit: NumberUnit, met: Bool,
    margin: Double, binding: Binding
  ) {
    self.objective = objective
    self.basis = basis
    self.asked = asked
    self.got = got
    self.unit = unit
    self.met = met
    self.margin = margin
    self.binding = binding
  }
}
