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

  public var reads: SignalSet { SignalSet(parts.map(\.reads)) }

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
  public static let compositeEmpty = Rule("no-decision-yet", "no part of the policy has looked yet")
}
