import Catalogs
import Quantities

/// What came of a workload that met a fleet under a policy, in a simulation or for real: what the service did, and what the
/// fleet did. Worlds fill both, a load test the first; what was not seen is nil, not 0.
public struct Outcome: Sendable, Equatable {
  public var start: Timestamp
  public var duration: Duration
  /// The step in which the world advanced.
  public var tick: Duration
  /// What the service did.
  public var service: ServiceRecord
  /// What the fleet did; nil where nobody saw it.
  public var fleet: FleetRecord?
  public var timeline: Timeline
  /// When the service was at its worst, and why; nil where nothing was looked at.
  public var worst: WorstMoment?
  /// The changes of the desired number of replicas, in order; the first ones where there were too many to keep.
  public var actions: [ScalingAction]
  /// The worst and the busiest moments tick by tick, where the timeline is coarser.
  public var closeUps: [CloseUp] = []

  public init(
    start: Timestamp, duration: Duration, tick: Duration, service: ServiceRecord = ServiceRecord(),
    fleet: FleetRecord? = nil, timeline: Timeline, worst: WorstMoment? = nil, actions: [ScalingAction] = []
  ) {
    self.start = start
    self.duration = duration
    self.tick = tick
    self.service = service
    self.fleet = fleet
    self.timeline = timeline
    self.worst = worst
    self.actions = actions
  }
}

/// What a service did over a time: sums and extremes.
public struct ServiceRecord: Sendable, Equatable {
  /// Requests that arrived.
  public var offered = Count.zero
  /// Requests that were served.
  public var served = Count.zero
  /// Requests that were turned away or gave up waiting.
  public var unserved = Count.zero
  /// Requests still waiting at the end: offered = served + unserved + waiting.
  public var waiting = Count.zero
  /// The time that requests spent in the queue, summed over requests, in seconds.
  public var queuedSeconds = 0.0
  /// How long demand was above the capacity of the ready replicas; nil where their capacity is not known.
  public var overload: Duration?
  /// The highest share of the ready replicas that was busy; nil where their capacity is not known.
  public var peakUtilization: Utilization?
  /// For each latency bound of the objective: the share of requests within it.
  public var attainments: [Outcome.Attainment] = []

  public init() {}

  /// The share of requests that were served; 1 where none arrived. Requests that still wait count as not served.
  public var shareServed: Fraction {
    Fraction(rawValue: offered > .zero ? min(1, served / offered) : 1)
  }

  /// Whether every latency bound and the availability of an objective were kept over the whole time.
  public func meets(_ objective: Objective) -> Bool {
    if let availability = objective.availability, shareServed < availability { return false }
    return objective.latency.allSatisfy { bound in attainments.first { $0.bound == bound }?.isMet ?? false }
  }
}

/// What a fleet did over a time. What it costs is `Costs`' business, by ``use``.
public struct FleetRecord: Sendable, Equatable {
  /// Machine-hours by pool: what is paid for.
  public var use: FleetUse
  /// Replicas times hours, whatever their stage.
  public var replicaHours = 0.0
  /// The part of the replica-hours that replicas spent starting.
  public var startingHours = 0.0
  /// The machine-hours of spare machines that were kept ready without a replica; part of ``use``.
  public var spareHours = 0.0
  /// The machine-hours of nodes with an autoscaler of their own; nil where they have none.
  public var nodeHours: Double?
  /// Replicas that were started.
  public var starts = 0
  /// Changes of the desired number of replicas.
  public var scaleUps = 0
  public var scaleDowns = 0
  /// Changes of direction within the flapping window.
  public var flaps = 0
  /// The most and the fewest replicas there were, whatever their stage.
  public var peakReplicas = 0
  public var minimumReplicas = 0
  /// Replicas that crashed, and that lost their spot machine.
  public var crashes = 0
  public var preemptions = 0
  public var rollouts = Rollouts()
  /// Batch work on what the service left idle: replica-hours done, and left waiting at the end.
  public var batchHours: Double?
  public var batchWaitingHours: Double?

  public init(use: FleetUse) { self.use = use }

  /// New versions that took the place of old ones.
  public struct Rollouts: Sendable, Hashable {
    public var finished: Int
    /// Whether one was still on its way at the end.
    public var isUnfinished: Bool
    /// From its beginning until the last new replica was available, of the slowest that ended.
    public var longest: Duration

    public init(finished: Int = 0, isUnfinished: Bool = false, longest: Duration = .zero) {
      self.finished = finished
      self.isUnfinished = isUnfinished
      self.longest = longest
    }
    public var count: Int { finished + (isUnfinished ? 1 : 0) }
  }

  public var scalingActions: Int { scaleUps + scaleDowns }
  /// Replicas on average, whatever their stage; 0 over no time.
  public var meanReplicas: Double { use.span > .zero ? replicaHours / use.span.hours : 0 }
}

extension Outcome {
  /// How a latency bound was kept.
  public struct Attainment: Sendable, Hashable {
    public var bound: LatencyBound
    /// The share of requests answered within the bound; those that were not served were not.
    public var share: Fraction
    /// Whether the model knows how long a request takes; where not, only the wait in the queue was held against
    /// the bound.
    public var includesService: Bool

    public init(bound: LatencyBound, share: Fraction, includesService: Bool) {
      self.bound = bound
      self.share = share
      self.includesService = includesService
    }
    public var isMet: Bool { share.rawValue >= bound.quantile }
  }

  /// A change of the desired number of replicas.
  public struct ScalingAction: Sendable, Hashable {
    public var time: Timestamp
    public var from: Int
    public var to: Int
    /// The stable name of the rule that decided: `"above-target"`.
    public var rule: String
    /// The rule's sentence with its numbers.
    public var reason: String

    public init(time: Timestamp, from: Int, to: Int, rule: String, reason: String) {
      self.time = time
      self.from = from
      self.to = to
      self.rule = rule
      self.reason = reason
    }
  }

  /// A short time of a run, tick by tick, with every decision of the policy.
  public struct CloseUp: Sendable, Equatable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// Around the largest shortfall, or the highest utilization where there is none.
      case worst
      /// Around the highest demand.
      case peak
    }
    public var kind: Kind
    public var timeline: Timeline
    /// In order, without gaps.
    public var decisions: [DecisionSpan]

    public init(kind: Kind, timeline: Timeline, decisions: [DecisionSpan]) {
      self.kind = kind
      self.timeline = timeline
      self.decisions = decisions
    }
  }

  /// Looks in a row at which the policy asked for the same by the same rule.
  public struct DecisionSpan: Sendable, Hashable {
    /// The first and the last look.
    public var first: Timestamp
    public var last: Timestamp
    public var desired: Int
    public var rule: String
    /// The rule's sentence with the numbers of the first look.
    public var reason: String

    public init(first: Timestamp, last: Timestamp, desired: Int, rule: String, reason: String) {
      self.first = first
      self.last = last
      self.desired = desired
      self.rule = rule
      self.reason = reason
    }
  }

  /// Whether every latency bound and the availability of an objective were kept over the whole time.
  public func meets(_ objective: Objective) -> Bool { service.meets(objective) }
}
