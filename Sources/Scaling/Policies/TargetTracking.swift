import Glibc
import Quantities

/// Keeps a measured load per replica near a target: out at once and in proportion, in slowly.
///
/// Follows what AWS documents of target tracking ("Target tracking scaling policies", EC2 and Application Auto
/// Scaling user guides); its exact formula is not public, so this is the documented behaviour, not a copy:
/// - scaling out is proportional: as many replicas as bring the load per replica to the target;
/// - replicas that still start count as capacity that was already asked for, and their load is not measured;
/// - scaling in is gradual, only when the load is well below the target (about 10 %), never while replicas start,
///   and only after a cooldown (300 s for ECS and SageMaker);
/// - the fleet never leaves its bounds, on either side.
public struct TargetTrackingPolicy: ScalingPolicy, Hashable {
  /// What is kept near the target: utilization as it is, any other signal divided by the ready replicas.
  public let signal: Signal
  /// The load per replica to keep: a share for `utilization`, requests per second for `request_rate`, requests
  /// for `concurrency` and `queue_depth`.
  public let target: Double
  public let minimum: Int
  public let maximum: Int
  /// How far below the target the load must be before replicas go. With none, a fleet at its target flaps.
  public let scaleInMargin: Fraction
  /// The most that goes at once, as a share of the fleet; at least one replica goes.
  public let scaleInStep: Fraction
  /// How long after the last change in either direction replicas may go.
  public let scaleInCooldown: Duration
  public let period: Duration

  @usableFromInline let cooldownNanoseconds: Int64
  @usableFromInline var lastChange: Timestamp?

  public init(
    signal: Signal = .utilization, target: Double = 0.7, minimum: Int = 1, maximum: Int = 100,
    scaleInMargin: Fraction = .percent(10), scaleInStep: Fraction = .percent(10),
    scaleInCooldown: Duration = .seconds(300), period: Duration = .seconds(15)
  ) {
    self.signal = signal
    self.target = target
    self.minimum = minimum
    self.maximum = maximum
    self.scaleInMargin = scaleInMargin
    self.scaleInStep = scaleInStep
    self.scaleInCooldown = scaleInCooldown
    self.period = period
    cooldownNanoseconds = scaleInCooldown.nanoseconds
  }

  // Inlinable, as is what it calls: a world compiles its loop around it.
  @inlinable
  public mutating func step(_ observation: Observation) -> Decision {
    let current = observation.replicas.desired
    if current < minimum { return change(to: minimum, .outsideBounds, at: observation.time, from: current) }
    if current > maximum { return change(to: maximum, .outsideBounds, at: observation.time, from: current) }
    let ready = Double(observation.replicas.ready)
    let measured = observation.signals[signal]
    let load = signal == .utilization ? measured * ready : measured
    guard load.isFinite, load >= 0, target > 0 else { return hold(current, .notMeasured, measured) }
    let perReplica = ready > 0 ? load / ready : (load > 0 ? .infinity : 0)
    if perReplica <= target, perReplica >= target * (1 - scaleInMargin.rawValue) {
      return hold(current, .nearTarget, perReplica, current)
    }
    // A billion replicas stand for "more than any fleet has".
    let needed = Int(min(Statistics.ceilingOfRatio(load, target), 1e9))

    if perReplica > target {
      let wanted = min(needed, maximum)
      if wanted > current {
        return change(to: wanted, .aboveTarget, at: observation.time, from: current, perReplica, needed)
      }
      return hold(current, needed > maximum ? .atMaximum : .alreadyStarting, perReplica, needed)
    }
    guard needed < current, current > minimum else {
      return hold(current, .nearTarget, perReplica, needed)
    }
    if observation.replicas.starting > 0 { return hold(current, .warmingBlocksScaleIn, perReplica, needed) }
    if let last = lastChange,
      observation.time.nanosecondsSinceEpoch - last.nanosecondsSinceEpoch < cooldownNanoseconds
    {
      return hold(current, .coolingDown, perReplica, needed)
    }
    let atMost = max(1, Int(Double(current) * min(max(scaleInStep.rawValue, 0), 1)))
    let wanted = max(needed, current - atMost, minimum)
    return change(to: wanted, .belowTarget, at: observation.time, from: current, perReplica, needed)
  }

  @inlinable
  func hold(_ current: Int, _ rule: Rule, _ measured: Double, _ proposed: Int = -1) -> Decision {
    Decision(desired: current, because: Reason(rule, measured: measured, limit: target, proposed: proposed))
  }

  @inlinable
  mutating func change(
    to desired: Int, _ rule: Rule, at time: Timestamp, from current: Int, _ measured: Double = .nan,
    _ proposed: Int = -1
  ) -> Decision {
    lastChange = time
    return Decision(
      desired: desired,
      because: Reason(rule, measured: measured, limit: target, proposed: proposed < 0 ? current : proposed))
  }
}

extension Rule {
  public static let aboveTarget = Rule("above-target") {
    "\(number($0.measured)) per replica is above the target of \(number($0.limit)): \($0.proposed) would meet it"
  }
  public static let belowTarget = Rule("below-target") {
    "\(number($0.measured)) per replica is well below the target of \(number($0.limit)): \($0.proposed) would do"
  }
  public static let nearTarget = Rule("near-target") {
    "\(number($0.measured)) per replica is near the target of \(number($0.limit))"
  }
  public static let alreadyStarting = Rule("already-starting") {
    "\(number($0.measured)) per replica is above the target of \(number($0.limit)); the replicas that start suffice"
  }
  public static let warmingBlocksScaleIn = Rule("starting-blocks-scale-in") {
    "\(number($0.measured)) per replica is below the target of \(number($0.limit)), but replicas are still starting"
  }
  public static let coolingDown = Rule("cooling-down") {
    "\(number($0.measured)) per replica is below the target of \(number($0.limit)); the cooldown is not over"
  }
  public static let atMaximum = Rule("at-maximum") {
    "\($0.proposed) replicas are needed, more than the maximum"
  }
  public static let outsideBounds = Rule("outside-bounds") {
    "\($0.proposed) replicas are outside the policy's bounds"
  }
}

private func number(_ value: Double) -> String { NumberFormat.significant(value, 3) }

extension TargetTrackingPolicy {
  public static let descriptor = PolicyDescriptor(
    name: "target",
    summary: "Keeps the load per replica near a target: out at once and in proportion, in slowly. "
      + "The right start for most services.",
    parameters: [
      .init(
        "signal", default: "utilization", unit: "name",
        "what is tracked: utilization, request_rate, concurrency or queue_depth, each per replica"),
      .init("target", default: "0.7", unit: "share, req/s or requests per replica", "the load per replica to keep"),
      .init("min_replicas", default: "1", unit: "replicas", "never fewer"),
      .init("max_replicas", default: "100", unit: "replicas", "never more"),
      .init("scale_in_margin", default: "10%", unit: "share", "how far below the target before replicas go"),
      .init("scale_in_step", default: "10%", unit: "share of the fleet", "the most that goes at once, at least one"),
      .init("scale_in_cooldown", default: "300s", unit: "time", "how long after a change replicas may go"),
      .init("period", default: "15s", unit: "time", "how often it looks"),
    ],
    example: """
      scaling:
        target:
          signal: utilization
          target: 0.7
          min_replicas: 2
          max_replicas: 60
          scale_in_cooldown: 300s
      """)
}
