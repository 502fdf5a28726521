import Quantities
import Serving

/// What there is to say about the policy in its simulated world.
public enum SimulationFinding: FindingFact, Hashable {
  /// So many nodes hold only some of the replicas that the plan asks for; `needed` nodes hold all.
  case nodeQuotaTooLow(nodes: Int, needed: Int, held: Int, replicas: Int, lead: Duration)
  /// What the simulation was told to let go wrong, and the share of requests served all the same.
  case incidentsSimulated(
    crashes: Int, preemptions: Int, rollouts: FleetRecord.Rollouts, served: Fraction, policy: String)
  /// Demand is above the capacity for a while because replicas come too late.
  case scalingTooSlow(Lag)
  /// The policy keeps up with demand.
  case scalingFollows(Following)
  /// By how much the reference thresholds' replica-hours exceed the plan's; negative where they need fewer.
  case referenceDiffers(by: Fraction, served: Fraction)

  /// How far the fleet lags behind demand.
  public struct Lag: Hashable, Sendable {
    /// The policy in a few words.
    public var policy: String
    /// How long demand is above capacity.
    public var overload: Duration
    /// From a rise until a new replica serves.
    public var delay: Duration
    /// When most was missing, where that is known.
    public var worst: WorstMoment?
    /// The upper bound in replicas, where the fleet reached it.
    public var maximumReached: Int?
    /// Whether fewer requests are served than the objective asks.
    public var isObjectiveMissed: Bool

    /// - Parameters:
    ///   - overload: how long demand is above capacity.
    ///   - delay: from a rise until a new replica serves.
    ///   - maximumReached: in replicas; nil where the fleet stays below its bound.
    public init(
      policy: String, overload: Duration, delay: Duration, worst: WorstMoment?, maximumReached: Int?,
      isObjectiveMissed: Bool
    ) {
      self.policy = policy
      self.overload = overload
      self.delay = delay
      self.worst = worst
      self.maximumReached = maximumReached
      self.isObjectiveMissed = isObjectiveMissed
    }
  }

  /// How the fleet keeps up with demand.
  public struct Following: Hashable, Sendable {
    /// The policy in a few words.
    public var policy: String
    /// The share of requests.
    public var served: Fraction
    public var meanReplicas: Double
    public var peakReplicas: Int
    public var startup: Duration

    /// - Parameters:
    ///   - served: the share of requests.
    ///   - startup: from the decision until a new replica serves.
    public init(policy: String, served: Fraction, meanReplicas: Double, peakReplicas: Int, startup: Duration) {
      self.policy = policy
      self.served = served
      self.meanReplicas = meanReplicas
      self.peakReplicas = peakReplicas
      self.startup = startup
    }
  }

  public var isOfCapacity: Bool { true }

  public var code: String {
    switch self {
    case .nodeQuotaTooLow: "node-quota-too-low"
    case .incidentsSimulated: "incidents-simulated"
    case .scalingTooSlow: "scaling-too-slow"
    case .scalingFollows: "scaling-follows"
    case .referenceDiffers: "reference-differs"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .nodeQuotaTooLow: .act
    case .scalingTooSlow(let lag): lag.isObjectiveMissed ? .act : .change
    case .incidentsSimulated, .referenceDiffers: .note
    case .scalingFollows: .holds
    }
  }
}
