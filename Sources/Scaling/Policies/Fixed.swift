import Quantities

/// A flat fleet: the same number of replicas whatever comes. What autoscaling is compared with.
public struct FixedPolicy: ScalingPolicy, Hashable {
  public var replicas: Int
  public var period: Duration

  public init(replicas: Int, period: Duration = .seconds(60)) {
    self.replicas = replicas
    self.period = period
  }

  public var reads: SignalSet { [] }

  public func step(_ observation: Observation) -> Decision {
    Decision(desired: replicas, because: Reason(.fixed, proposed: replicas))
  }
}

extension Rule {
  public static let fixed = Rule("fixed", "the fleet is flat: {proposed} replicas")
}
