import Documents
import Quantities
import Scaling
import Simulating
import Traffic

/// What the user wrote in a plan file: every value read and checked on its own, names not yet resolved.
public struct PlanSpec: Sendable {
  public var name = ""
  public var traffic = TrafficSpec()
  public var service = ServiceSpec()
  public var headroom: HeadroomChoice?
  public var scaling = ScalingSpec()
  public var machines: [MachineSpec] = []
  public var prices: [String: HourlyPrice] = [:]
  public var regions: [RegionSpec] = []
  public var survive: FailureTolerance?
  public var horizon: Duration = .days(90)
  public var quotaLead: Duration?
  public var simulation = SimulationSpec()
  /// Where each value stands, by path (`"service.capacity"`).
  public var places: [String: SourceLocation] = [:]

  public init() {}

  /// The place of a value as `plan.yaml:14:9`, or the name of the default where it was not written.
  public func place(_ path: String) -> String? { places[path].map { "\($0)" } }
}

/// Where the demand comes from and what will change it.
public struct TrafficSpec: Sendable {
  public var source: TrafficSource = .stated(average: .zero, peakToAverage: 2.5)
  public var unit: TraceUnit = .perSecond
  public var step: Duration?
  public var timeZone: String?
  /// Per year. Nil: measured in the history.
  public var growth: Estimate<Fraction>?
  public var events: [EventSpec] = []
}

/// One way to get at demand.
public enum TrafficSource: Sendable, Equatable {
  case csv(path: String, time: String?, value: String?)
  case ndjson(path: String, time: String?, value: String?)
  case prometheus(PrometheusQuery)
  /// No history: an average and a ratio, as in a first estimate on a napkin.
  case stated(average: RequestRate, peakToAverage: Double)
}

/// A range query, with where to find the credentials (never the credentials).
public struct PrometheusQuery: Sendable, Equatable {
  public var url = ""
  public var query = ""
  public var range: Duration = .days(90)
  public var step: Duration = .hours(1)
  public var bearerTokenFile: String?
  public var bearerTokenVariable: String?
  public var username: String?
  public var passwordFile: String?
  public var passwordVariable: String?
  public init() {}
}

/// An event as written: a catalog name, a name with a date or rule and a lift, or a calendar of events.
public struct EventSpec: Sendable {
  public var name = ""
  /// An iCalendar file beside the plan, in place of a name.
  public var calendar: String?
  public var when: EventRule?
  /// The time of day at which it starts.
  public var startsAt: Duration?
  public var duration: Duration?
  public var lift: Estimate<Factor>?
  public var lead: Duration?
  public var location: SourceLocation?
}

/// What one replica can do, what is asked of the service, and how long a replica takes to start.
public struct ServiceSpec: Sendable {
  public var capacity: Estimate<RequestRate>?
  /// Load tests' results in files beside the plan, whose measured capacity takes the place of `capacity`.
  public var measured: [String] = []
  public var serviceTime: Duration?
  public var concurrency: Int?
  public var p99: Duration?
  public var p95: Duration?
  public var availability: Double?
  public var startup = StartupSpec()
  public var queueLimit: Duration?
  public var running: Int?
  public var utilization: Double?
}

/// The stages that a new replica passes before it serves.
public struct StartupSpec: Sendable, Equatable {
  public var node = StartupTime.fixed(.zero)
  public var image = StartupTime.fixed(.zero)
  public var modelLoad = StartupTime.fixed(.zero)
  public var warm = StartupTime.fixed(.zero)
  /// As the simulation takes them.
  var stages: Startup { Startup(node: node, image: image, modelLoad: modelLoad, warm: warm) }
  /// The mean of the whole.
  public var total: Duration { stages.mean }
}

/// How much spare capacity: a share, a scenario, or what it must cover.
public enum HeadroomChoice: Sendable, Equatable {
  case fraction(Double)
  case scenario(HeadroomScenario)
  case cover(Cover)

  public struct Cover: Sendable, Equatable {
    /// The quantile of the peak that must be held, 0.9 for nine years in ten.
    public var forecastError: Double?
    public var failures: FailureTolerance?
    public var scalingLag = false
    /// How long until the next plan is in force.
    public var growthUntil: Duration?
    public var together = false
  }
}

/// Who changes the number of replicas, and between which bounds.
public struct ScalingSpec: Sendable {
  /// The policy; nil while a manifest that it names is not read yet.
  public var policy: (any PolicyRecipe)? = TargetTrackingRecipe()
  public var minimum: Int?
  public var maximum: Int?
  /// How long a measurement takes to reach the policy.
  public var metricDelay: Duration = .seconds(30)
  public var isGiven = false
  /// What stands under `scaling:`, for reading the manifests that it names.
  var node: Node?
}

public struct MachineSpec: Sendable {
  public var type = ""
  public var replicas = 1
  public var location: SourceLocation?
}

public struct RegionSpec: Sendable {
  public var name = ""
  public var share = 0.0
  public var location: SourceLocation?
}
