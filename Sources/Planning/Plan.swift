import Catalogs
import Documents
import Quantities
import Scaling
import Serving
import Traffic

/// A plan whose every name is resolved and every value checked: only this reaches the engines.
public struct Plan: Sendable {
  public var name: String
  public var source: TrafficSource
  public var unit: TraceUnit
  public var step: Duration?
  public var zone: TimeZoneRules
  public var growth: Estimate<Fraction>?
  public var events: [Event]
  public var service: ServicePlan
  public var headroom: HeadroomChoice
  public var headroomIsDefault: Bool
  public var scaling: ScalingSpec
  /// The policy, with its manifest read.
  public var policy: any PolicyRecipe
  public var machine: Machine?
  public var replicasPerMachine: Int
  public var price: HourlyPrice
  public var priceSource: String
  public var priceIsOverridden: Bool
  public var regions: [RegionSpec]
  public var survive: FailureTolerance?
  public var horizon: Duration
  public var quotaLead: Duration
  public var simulation: SimulationSpec
  /// Where each value stands in the file.
  public var places: [String: SourceLocation]
}

/// The service as the engines need it.
public struct ServicePlan: Sendable {
  /// The rate that one replica is planned to carry.
  public var capacity: Estimate<RequestRate>
  /// How `capacity` came about: given, or from a model and the objective.
  public var capacityOrigin: String
  public var model: any ServiceModel
  public var objective: Objective
  public var startup: StartupSpec
  public var queueLimit: Duration
  public var running: Int?
}
