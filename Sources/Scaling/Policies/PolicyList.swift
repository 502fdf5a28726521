/// The policies, in the order in which the reference shows them. A new policy is one file in this folder and one
/// line here.
public enum PolicyList {
  /// Policies that stand for themselves. Kept apart from ``all``, because the others are described by these.
  static let single: [PolicyDescriptor] = [
    TargetTrackingPolicy.descriptor,
    StepScalingPolicy.descriptor,
    ThresholdPolicy.descriptor,
    SchedulePolicy.descriptor,
    HPAPolicy.descriptor,
    KedaPolicy.descriptor,
    KnativePolicy.descriptor,
    RayServePolicy.descriptor,
    FixedPolicy.descriptor,
  ]
  public static let all = single + [PredictivePolicy.descriptor, CompositePolicy.descriptor]

  /// A policy by the name that a plan file uses.
  public static func named(_ name: String) -> PolicyDescriptor? { all.first { $0.name == name } }
}
