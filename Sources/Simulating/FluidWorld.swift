import Catalogs
import Quantities
import Scaling
import Serving
import Traffic

/// A service as a fluid: demand flows in at a rate, ready replicas serve up to their capacity, the rest waits.
///
/// Good for what takes minutes to years: autoscalers, start-up times, queues under overload, cost. It knows no
/// single request: latencies are the service model's steady state plus the wait in the overload queue, and so they
/// lag in the first seconds of a burst. Work per tick does not depend on the number of replicas.
public struct FluidWorld: World {
  public var service: any ServiceModel
  /// What replicas run on: it turns replicas into machine-hours by pool. Without pools nobody knows.
  public var fleet: Fleet
  public var dynamics: FleetDynamics
  public var queue: QueueSpec
  public var metrics: MetricPipeline
  public var incidents: Incidents
  /// Work that fills what the service leaves idle; nil for none.
  public var batch: BatchWork?
  /// What is promised: outcomes count requests against its latency bounds.
  public var objective: Objective
  /// The step in which the world advances; nil for the shortest of 15 s, the demand's step and the policy's period,
  /// but at least 1 s. Rounded down so that a whole number of ticks fits a step of the demand.
  public var tick: Duration?
  /// How demand runs between the given steps.
  public var interpolation: Interpolation
  /// The most buckets that the timeline has; 0 keeps no timeline.
  public var timelinePoints: Int
  /// The most scaling actions that are kept with their reasons (the first ones); totals count all.
  public var actionLimit: Int
  /// A change of direction within this time counts as flapping.
  public var flappingWindow: Duration
  /// For start-up times and incidents that are drawn.
  public var seed: UInt64

  public enum Interpolation: String, Sendable, Hashable, CaseIterable {
    /// Each value holds for its whole step: the number of requests is exactly the series'.
    case steps
    /// Straight lines between the middles of the steps: no jumps; where the curve bends, a step's sum is off a
    /// little. The same as `steps` where a step is one tick.
    case lines
  }

  public init(
    service: any ServiceModel, fleet: Fleet = Fleet(), dynamics: FleetDynamics = FleetDynamics(),
    queue: QueueSpec = QueueSpec(),
    metrics: MetricPipeline = MetricPipeline(), incidents: Incidents = .none, batch: BatchWork? = nil,
    objective: Objective = Objective(), tick: Duration? = nil,
    interpolation: Interpolation = .steps, timelinePoints: Int = 2000, actionLimit: Int = 20_000,
    flappingWindow: Duration = .seconds(600), seed: UInt64 = 1
  ) {
    self.service = service
    self.fleet = fleet
    self.dynamics = dynamics
    self.queue = queue
    self.metrics = metrics
    self.incidents = incidents
    self.batch = batch
    self.objective = objective
    self.tick = tick
    self.interpolation = interpolation
    self.timelinePoints = max(0, timelinePoints)
    self.actionLimit = max(0, actionLimit)
    self.flappingWindow = flappingWindow
    self.seed = seed
  }

  /// The tick that a run takes for a demand under a policy of this period.
  public func tickLength(for demand: TimeSeries<RequestRate>, _ period: Duration) -> Duration {
    tick ?? min(demand.step, max(.seconds(1), min(.seconds(15), period)))
  }
}
