import Quantities

/// The largest decision of several policies: a schedule or a forecast as the floor, a policy that looks on top.
public struct CompositePolicy: ScalingPolicy {
  /// The greatest common divisor of the parts' periods.
  public let period: Duration
  private var parts: [any ScalingPolicy]
  private var periods: [Int64]
  private var nextLook: [Int64]
  private var last: [Decision?]

  /// - Precondition: at least one part.
  public init(_ parts: [any ScalingPolicy]) {
    precondition(!parts.isEmpty, "a composite policy needs at least one part")
    self.parts = parts
    periods = parts.map { max(1, $0.period.nanoseconds) }
    nextLook = parts.map { _ in .min }
    last = parts.map { _ in nil }
    period = .nanoseconds(periods.reduce(0, greatestCommonDivisor))
  }

  public mutating func step(_ observation: Observation) -> Decision {
    let now = observation.time.nanosecondsSinceEpoch
    for i in parts.indices where now >= nextLook[i] {
      nextLook[i] = now &+ periods[i]
      last[i] = parts[i].step(observation)
    }
    var best = last[0] ?? Decision(desired: observation.replicas.desired, because: Reason(.compositeEmpty))
    for decision in last.dropFirst() {
      if let decision, decision.desired > best.desired { best = decision }
    }
    return best
  }
}

extension Rule {
  public static let compositeEmpty = Rule("no-decision-yet") { _ in "no part of the policy has looked yet" }
}

extension CompositePolicy {
  public static let descriptor = PolicyDescriptor(
    name: "composite",
    summary:
      "The largest decision of several policies: a schedule or a forecast as the floor, a policy that looks on top.",
    parameters: [.init("policies", default: "", unit: "list of policies", "each as under scaling:")],
    example: """
      scaling:
        composite:
          policies:
            - schedule: { entries: [{ at: "0 7 * * 1-5", replicas: 20 }, { at: "0 20 * * *", replicas: 5 }] }
            - target: { target: 0.7, max_replicas: 60 }
      """)
}
