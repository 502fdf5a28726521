import Catalogs
import Quantities
import Scaling
import Serving
import Traffic

/// A language model token by token: every request finds a replica, whose steps are scheduled as the engine does it
/// (`TokenScheduler`), and whose time comes from the model on its cards (`StepTime`).
///
/// Exact where a curve of latency by load knows only steady Poisson streams of like requests: real arrivals, real
/// lengths, prefixes that requests share, routers, replicas that come and go. Costs about a microsecond a request and
/// replica looked at.
public struct TokenWorld: Sendable {
  public var replica: TokenReplica
  /// How many there are; under a policy what ``dynamics`` says.
  public var replicas: Int
  public var routing: TokenRouting
  /// Replicas that only read prompts and hand their caches over; nil where every replica does both.
  public var prefill: (replica: TokenReplica, count: Int)?
  /// Whether replicas keep blocks of prompts for later ones; a trace that tells no blocks has none to keep.
  public var keepsPrefixes: Bool
  /// Where blocks go that the accelerators' memory has no room for, the nearest first; of each replica its own.
  public var tiers: [PrefixCache.Tier]
  public var seed: UInt64

  // Of a fleet under a policy, as every world has them.
  public var service: (any ServiceModel)?
  public var fleet: Fleet
  public var dynamics: FleetDynamics
  public var metrics: MetricPipeline
  public var incidents: Incidents
  public var objective: Objective
  public var tick: Duration?
  public var timelinePoints: Int
  /// Lengths of the requests of a workload.
  public var lengths: TokenLengths

  public init(
    _ replica: TokenReplica, replicas: Int = 1, routing: TokenRouting = .leastLoaded,
    prefill: (replica: TokenReplica, count: Int)? = nil, keepsPrefixes: Bool = true, tiers: [PrefixCache.Tier] = [],
    service: (any ServiceModel)? = nil, fleet: Fleet = Fleet(), dynamics: FleetDynamics = FleetDynamics(),
    metrics: MetricPipeline = MetricPipeline(), incidents: Incidents = .none, objective: Objective = Objective(),
    tick: Duration? = nil, timelinePoints: Int = 2000, lengths: TokenLengths = TokenLengths(input: 1, output: 1),
    seed: UInt64 = 1
  ) {
    self.replica = replica
    self.replicas = max(1, replicas)
    self.routing = routing
    self.prefill = prefill.map { ($0.replica, max(1, $0.count)) }
    self.keepsPrefixes = keepsPrefixes
    self.tiers = tiers
    self.service = service
    self.fleet = fleet
    self.dynamics = dynamics
    self.metrics = metrics
    self.incidents = incidents
    self.objective = objective
    self.tick = tick
    self.timelinePoints = max(0, timelinePoints)
    self.lengths = lengths
    self.seed = seed
  }

  /// Recorded requests on so many replicas, until the last is answered.
  public func replay(_ trace: TokenTrace) -> TokenRecord {
    var run = TokenRun(self, blockTokens: trace.blockTokens, source: .trace(trace.requests))
    run.runThrough()
    return run.finished()
  }

  /// Sessions that ask again and again, for so long; the first tenth is warming up and not counted.
  public func play(_ load: SessionLoad, blockTokens: Int = 64) -> TokenRecord {
    var run = TokenRun(self, blockTokens: blockTokens, source: .sessions(load))
    run.runThrough()
    return run.finished(from: load.seconds / 10, until: load.seconds)
  }
}
