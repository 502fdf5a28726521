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

  // Inlinable, as is what it calls: a world compiles its loop around it.
  @inlinable
  public mutating func step(_ observation: Observation) -> Decision {
    size(for: observation.signals.demand, replicas: observation.replicas.desired)
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

extension Rule {
  public static let aboveThreshold = Rule("above-threshold") {
    "utilization \(percent($0.measured)) is above \(percent($0.limit)): sized to \($0.proposed)"
  }
  public static let belowThreshold = Rule("below-threshold") {
    "utilization \(percent($0.measured)) is below \(percent($0.limit)): sized to \($0.proposed)"
  }
  public static let betweenThresholds = Rule("between-thresholds") {
    "utilization \(percent($0.measured)) is between the thresholds"
  }
  public static let notMeasured = Rule("not-measured") { _ in "the metric was not measured: nothing changed" }
}

private func percent(_ share: Double) -> String { Utilization.fraction(share).formatted() }

extension ThresholdPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "threshold",
    summary: "The reference autoscaler with its quirks: two utilization thresholds, sized at once. "
      + "For reproducing its results; choose `target` otherwise.",
    parameters: [
      .init("qps_per_instance", default: "2000", unit: "req/s per replica", "what one replica serves when fully busy"),
      .init("scale_up_threshold", default: "0.8", unit: "share", "above this utilization: size to be at it"),
      .init("scale_down_threshold", default: "0.3", unit: "share", "below this utilization: size to be at it"),
      .init("min_instances", default: "1", unit: "replicas", "the least that scaling in leaves"),
      .init("max_instances", default: "100", unit: "replicas", "the most that scaling out reaches"),
    ],
    example: """
      scaling:
        threshold:
          qps_per_instance: 2000
          scale_up_threshold: 0.8
          scale_down_threshold: 0.3
          min_instances: 1
          max_instances: 100
      """)
}
