import Quantities

/// The moment at which a service fared worst: the largest shortfall of capacity, or the highest utilization where
/// there was no shortfall, with what brought it about.
public struct WorstMoment: Sendable, Hashable, CustomStringConvertible {
  public var time: Timestamp
  public var demand: RequestRate
  /// What the ready replicas could serve.
  public var capacity: RequestRate
  /// Replicas that the demand needed at full use, and what there was of them.
  public var needed: Int
  public var ready: Int
  public var starting: Int
  public var desired: Int
  public var cause: Cause

  public init(
    time: Timestamp, demand: RequestRate, capacity: RequestRate, needed: Int, ready: Int, starting: Int,
    desired: Int, cause: Cause
  ) {
    self.time = time
    self.demand = demand
    self.capacity = capacity
    self.needed = needed
    self.ready = ready
    self.starting = starting
    self.desired = desired
    self.cause = cause
  }

  /// Demand that no ready replica could serve.
  public var shortfall: RequestRate { max(.zero, demand - capacity) }
  /// Demand over capacity; infinite where demand met no replica.
  public var utilization: Utilization {
    Utilization(rawValue: demand > .zero ? demand.rawValue / max(0, capacity.rawValue) : 0)
  }

  /// Why there was not more capacity.
  public enum Cause: Sendable, Hashable {
    /// There was enough.
    case none
    /// The fleet may not grow further.
    case maximumReached(Int)
    /// Enough was asked for and had not started; most of it was in this stage.
    case starting(stage: StartupStage, waiting: Int)
    /// The nodes may not grow further, and replicas wait for them.
    case nodeQuotaReached(nodes: Int, waiting: Int)
    /// Replicas had just crashed or lost their machines.
    case replicasLost(Int, ago: Duration)
    /// A new version was rolling out, and so many fewer replicas than asked for served.
    case rollingOut(unavailable: Int)
    /// The meters were silent for longer than a measurement is trusted.
    case notMeasured
    /// What the policy last saw was older than the rise.
    case notYetSeen(measured: RequestRate, age: Duration)
    /// The policy looks only so often, and last looked this long ago.
    case betweenLooks(ago: Duration, period: Duration)
    /// The policy saw the demand and asked for less; its rule and sentence.
    case policy(rule: String, reason: String)

    /// A stable name for programs.
    public var name: String {
      switch self {
      case .none: "none"
      case .maximumReached: "maximum-reached"
      case .starting: "starting"
      case .nodeQuotaReached: "node-quota-reached"
      case .replicasLost: "replicas-lost"
      case .rollingOut: "rolling-out"
      case .notMeasured: "not-measured"
      case .notYetSeen: "not-yet-seen"
      case .betweenLooks: "between-looks"
      case .policy: "policy"
      }
    }
  }

  /// The cause in a sentence.
  public var because: String {
    switch cause {
    case .none:
      return "there was no shortfall: utilization peaked at \(utilization) with \(ready) ready replicas"
    case .maximumReached(let maximum):
      return "the maximum of \(maximum) replicas was reached: \(needed) were needed"
    case .starting(let stage, let waiting):
      return "replicas were starting: \(waiting) of \(desired) waited for \(stage.wait)"
    case .nodeQuotaReached(let nodes, let waiting):
      return "the quota of \(nodes) nodes was reached: \(waiting) of \(desired) replicas waited for a node"
    case .replicasLost(let count, let ago):
      return "\(count) replica\(count == 1 ? " was" : "s were") lost \(NumberFormat.duration(ago)) before, "
        + "and those that start for \(count == 1 ? "it" : "them") did not serve yet"
    case .rollingOut(let unavailable):
      return
        "a new version was rolling out: \(ready) of \(desired) replicas served, \(unavailable) fewer than asked for"
    case .notMeasured:
      return "nothing had been measured for longer than a measurement is trusted: the policy saw nothing"
    case .notYetSeen(let measured, let age):
      return "the policy had not yet seen the rise: it acted on \(measured), measured "
        + "\(NumberFormat.duration(age)) before, when \(demand) came"
    case .betweenLooks(let ago, let period):
      return "the policy looks every \(NumberFormat.duration(period)) and had last looked "
        + "\(NumberFormat.duration(ago)) before"
    case .policy(_, let reason):
      return "the policy asked for \(desired) replicas where \(needed) were needed: \(reason)"
    }
  }

  public var description: String { because }
}
