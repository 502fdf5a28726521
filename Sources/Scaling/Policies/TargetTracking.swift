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

  public var reads: SignalSet { SignalSet(signal) }

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
  public func stillness(at time: Timestamp, _ replicas: ReplicaCount) -> Stillness? {
    let current = replicas.desired
    let ready = Double(replicas.ready)
    guard current >= minimum, current <= maximum, current <= 1_000_000, ready > 0, target > 0, target.isFinite else {
      return nil
    }
    // As a load of the whole fleet; a little narrower than the rule, so that rounding never decides.
    let highest =
      current == maximum ? .infinity : target * max(ready, Double(current) - 1e-9) * (1 - 1e-12)
    var lowest = 0.0
    var until = Int64.max
    if current > minimum, replicas.starting <= 0 {
      let margin = target * (1 - scaleInMargin.rawValue) * (1 + 1e-12)
      if let last = lastChange, time.nanosecondsSinceEpoch < last.nanosecondsSinceEpoch &+ cooldownNanoseconds {
        until = last.nanosecondsSinceEpoch &+ cooldownNanoseconds
      } else {
        lowest = margin * ready
      }
    }
    return signal == .utilization
      ? Stillness(lowest / ready * (1 + 1e-12), highest / ready * (1 - 1e-12), until: until, isLasting: true)
      : Stillness(lowest, highest, until: until, isLasting: true)
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

// Computed, so that they are constants in the worlds that compile a loop around their policy.
extension Rule {
  @inlinable public static var aboveTarget: Rule {
    Rule("above-target", "{measured:3} per replica is above the target of {limit:3}: {proposed} would meet it")
  }
  @inlinable public static var belowTarget: Rule {
    Rule("below-target", "{measured:3} per replica is well below the target of {limit:3}: {proposed} would do")
  }
  @inlinable public static var nearTarget: Rule {
    Rule("near-target", "{measured:3} per replica is near the target of {limit:3}")
  }
  @inlinable public static var alreadyStarting: Rule {
    Rule(
      "already-starting", "{measured:3} per replica is above the target of {limit:3}; the replicas that start suffice")
  }
  @inlinable public static var warmingBlocksScaleIn: Rule {
    Rule(
      "starting-blocks-scale-in",
      "{measured:3} per replica is below the target of {limit:3}, but replicas are still starting")
  }
  @inlinable public static var coolingDown: Rule {
    Rule("cooling-down", "{measured:3} per replica is below the target of {limit:3}; the cooldown is not over")
  }
  @inlinable public static var atMaximum: Rule {
    Rule("at-maximum", "{proposed} replicas are needed, more than the maximum")
  }
  @inlinable public static var outsideBounds: Rule {
    Rule("outside-bounds", "{proposed} replicas are outside the policy's bounds")
  }
}
