import Optimizing
import Placing
import Quantities

/// What there is to say about capacity over regions.
public enum PlacementFinding: FindingFact, Hashable {
  /// Nothing holds: a smallest set of constraints that clash.
  case nothingHolds([PlacementClash], RegionProblem)
  /// The problem could not be solved: the sizes are those of the shares.
  case notSolved(OptimizingError)
  /// Users of an origin whom nothing may serve after these losses.
  case unservable(origin: String, losses: [[String]])
  /// Machines that come for sure only when they are ordered.
  case order(machine: String, region: String, count: Int, by: CivilDate, blockDays: Int?, prepaid: Money?)
  /// A quota that is not capacity.
  case notCountedOn(machine: String, region: String, probability: Double, lead: Double)
  /// A capacity block that is too short, or begins too late.
  case blockUnsuitable(machine: String, region: String)
  /// Spot machines are in no placement.
  case spotLeftOut

  public var isOfCapacity: Bool { true }

  public var code: String {
    switch self {
    case .nothingHolds: "placement-infeasible"
    case .notSolved: "placement-not-solved"
    case .unservable: "unservable-when-lost"
    case .order: "order-capacity"
    case .notCountedOn: "quota-is-not-capacity"
    case .blockUnsuitable: "block-unsuitable"
    case .spotLeftOut: "spot-not-placed"
    }
  }
  public var severity: Finding.Severity {
    switch self {
    case .nothingHolds, .notSolved, .order: .act
    case .unservable, .notCountedOn: .change
    case .blockUnsuitable, .spotLeftOut: .note
    }
  }
}
