/// The policies, in the order in which the reference shows them. A new policy is one file in this folder and one
/// line here.
public enum PolicyList {
  public static let all: [PolicyDescriptor] = [
    TargetTrackingPolicy.descriptor,
    ThresholdPolicy.descriptor,
    FixedPolicy.descriptor,
    HPAPolicy.descriptor,
    KedaPolicy.descriptor,
    KnativePolicy.descriptor,
    RayServePolicy.descriptor,
    StepScalingPolicy.descriptor,
    SchedulePolicy.descriptor,
    PredictivePolicy.descriptor,
    CompositePolicy.descriptor,
  ]

  /// A policy by the name that a plan file uses.
  public static func named(_ name: String) -> PolicyDescriptor? { all.first { $0.name == name } }
}
