import Glibc
import Quantities

/// The reference autoscaler: two thresholds on utilization, sized at once from the demand of the same moment.
///
/// Kept exactly, quirks included, so that its published results can be reproduced. Choose ``TargetTrackingPolicy``
/// for a service of your own. What is odd here, and different there:
/// - Scaling in sizes to the *low* threshold: with 80 % and 30 % it keeps 3.3 times the replicas that scaling out
///   would ask for, and how many a constant demand keeps depends on its history.
/// - The bounds are one-sided: scaling out is held only below `maximum`, scaling in only above `minimum`. A fleet
///   that starts outside its bounds may stay there, and scaling out may give fewer than `minimum`.
/// - Thresholds in the wrong order (`scaleDown > scaleUp`) are accepted and oscillate.
/// - No cooldown, no stabilization, no view of replicas that are still starting.
/// - Ceilings are taken of binary fractions: a ratio that is whole on paper can round up by one.
public struct ThresholdPolicy: ScalingPolicy, Hashable {
  /// What one replica serves when it is fully busy.
  public var capacityPerReplica: RequestRate
  /// Above this utilization the fleet is sized to be at it.
  public var scaleUp: Utilization
  /// Below this utilization the fleet is sized to be at it.
  public var scaleDown: Utilization
  /// The least that scaling in leaves.
  public var minimum: Int
  /// The most that scaling out reaches.
  public var maximum: Int
  public var period: Duration

  public init(
    capacityPerReplica: RequestRate = .perSecond(2000), scaleUp: Utilization = .percent(80),
    scaleDown: Utilization = .percent(30), minimum: Int = 1, maximum: Int = 100, period: Duration = .seconds(15)
  ) {
    self.capacityPerReplica = capacityPerReplica
    self.scaleUp = scaleUp
    self.scaleDown = scaleDown
    self.minimum = minimum
    self.maximum = maximum
    self.period = period
  }

  public var reads: SignalSet { .requestRate }

  // Inlinable, as is what it calls: a world compiles its loop around it.
  @inlinable
  public mutating func step(_ observation: Observation) -> Decision {
    size(for: observation.signals.demand, replicas: observation.replicas.desired)
  }

  @inlinable
  public func stillness(at time: Timestamp, _ replicas: ReplicaCount) -> Stillness? {
    let fleet = Double(replicas.desired) * capacityPerReplica.rawValue
    guard fleet > 0, fleet.isFinite else { return nil }
    // A little narrower than the thresholds, so that rounding never decides.
    return Stillness(
      fleet * scaleDown.rawValue * (1 + 1e-12), fleet * scaleUp.rawValue * (1 - 1e-12), isLasting: true)
  }

  /// The rule itself: what a fleet of `replicas` becomes when it meets `demand` requests a second.
  ///
  /// Without replicas the utilization is infinite, whatever the demand, so an empty fleet without demand stays
  /// empty even where `minimum` is more. NaN changes nothing.
  @inlinable
  public func size(for demand: Double, replicas: Int) -> Decision {
    let fleet = Double(replicas) * capacityPerReplica.rawValue
    let utilization = fleet > 0 ? demand / fleet : (demand.isNaN ? .nan : .infinity)
    if utilization > scaleUp.rawValue {
      let wanted = wholeReplicas(demand / (capacityPerReplica.rawValue * scaleUp.rawValue))
      return Decision(
        desired: min(maximum, wanted),
        because: Reason(.aboveThreshold, measured: utilization, limit: scaleUp.rawValue, proposed: wanted))
    }
    if utilization < scaleDown.rawValue {
      let wanted = wholeReplicas(demand / (capacityPerReplica.rawValue * scaleDown.rawValue))
      return Decision(
        desired: max(minimum, wanted),
        because: Reason(.belowThreshold, measured: utilization, limit: scaleDown.rawValue, proposed: wanted))
    }
    return Decision(
      desired: replicas,
      because: Reason(
        utilization.isNaN ? .notMeasured : .betweenThresholds, measured: utilization, limit: scaleUp.rawValue,
        proposed: replicas))
  }

  @inlinable
  func wholeReplicas(_ ratio: Double) -> Int {
    // A billion replicas stand for "more than any fleet has"; the reference has no such bound.
    ratio.isNaN ? 0 : Int(min(max(ratio.rounded(.up), -1e9), 1e9))
  }
}

// Computed, so that they are constants in the worlds that compile a loop around their policy.
extension Rule {
  @inlinable public static var aboveThreshold: Rule {
    Rule("above-threshold", "utilization {measured:%} is above {limit:%}: sized to {proposed}")
  }
  @inlinable public static var belowThreshold: Rule {
    Rule("below-threshold", "utilization {measured:%} is below {limit:%}: sized to {proposed}")
  }
  @inlinable public static var betweenThresholds: Rule {
    Rule("between-thresholds", "utilization {measured:%} is between the thresholds")
  }
  @inlinable public static var notMeasured: Rule {
    Rule("not-measured", "the metric was not measured: nothing changed")
  }
}
