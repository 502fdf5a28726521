import Glibc
import Quantities

/// Steps by the size of the breach, as AWS step scaling has them: a little over the alarm adds a little, far over adds
/// a lot.
///
/// Behaviour as documented in "Step and simple scaling policies" (EC2 Auto Scaling user guide): an alarm must hold
/// for its evaluation periods; a step applies where the metric, less the alarm's threshold, lies in its range;
/// replicas that still warm up count towards what an increase wants to reach, and block a decrease.
public struct StepScalingPolicy: ScalingPolicy, Hashable {
  /// What is added or removed where the breach reaches a bound.
  public struct Step: Hashable, Sendable {
    /// Distance from the alarm's threshold at which the step begins, in the metric's unit; positive both ways.
    public var from: Double
    public var adjustment: Adjustment
    public init(from: Double, _ adjustment: Adjustment) {
      self.from = from
      self.adjustment = adjustment
    }
  }
  public enum Adjustment: Hashable, Sendable {
    case replicas(Int)
    /// Of the replicas; at least one.
    case percent(Double)
    /// To exactly so many.
    case exactly(Int)
  }

  public let signal: Signal
  public let alarmAbove: Double
  public let alarmBelow: Double
  /// In order of `from`.
  public let scaleOut: [Step]
  public let scaleIn: [Step]
  /// Looks in a row that must breach.
  public let evaluationPeriodsOut: Int
  public let evaluationPeriodsIn: Int
  public let minimum: Int
  public let maximum: Int
  public let period: Duration
  private var breachesAbove = 0
  private var breachesBelow = 0

  public init(
    signal: Signal = .utilization, above: Double, scaleOut: [Step], below: Double, scaleIn: [Step],
    evaluationPeriodsOut: Int = 3, evaluationPeriodsIn: Int = 15, minimum: Int = 1, maximum: Int = 100,
    period: Duration = .seconds(60)
  ) {
    self.signal = signal
    alarmAbove = above
    alarmBelow = below
    self.scaleOut = scaleOut.sorted { $0.from < $1.from }
    self.scaleIn = scaleIn.sorted { $0.from < $1.from }
    self.evaluationPeriodsOut = max(1, evaluationPeriodsOut)
    self.evaluationPeriodsIn = max(1, evaluationPeriodsIn)
    self.minimum = minimum
    self.maximum = max(minimum, maximum)
    self.period = period
  }

  public var reads: SignalSet { SignalSet(signal) }

  public mutating func step(_ observation: Observation) -> Decision {
    let current = observation.replicas.desired
    let ready = Double(observation.replicas.ready)
    var value = observation.signals[signal]
    if signal.isTotal { value = ready > 0 ? value / ready : (value > 0 ? .infinity : 0) }
    guard !value.isNaN else { return Decision(desired: current, because: Reason(.stepNotMeasured)) }
    if current < minimum || current > maximum {
      let bound = min(max(current, minimum), maximum)
      return Decision(desired: bound, because: Reason(.stepBounds, measured: Double(current), limit: Double(bound)))
    }
    breachesAbove = value > alarmAbove ? breachesAbove + 1 : 0
    breachesBelow = value < alarmBelow ? breachesBelow + 1 : 0
    if breachesAbove >= evaluationPeriodsOut, let step = scaleOut.last(where: { value - alarmAbove >= $0.from }) {
      // What is still starting was asked for on account of the same breach.
      let wanted = max(current, apply(step.adjustment, to: observation.replicas.ready, sign: 1))
      let desired = min(wanted, maximum)
      return Decision(
        desired: desired,
        because: Reason(.stepOut, measured: value, limit: alarmAbove + step.from, proposed: wanted))
    }
    if breachesBelow >= evaluationPeriodsIn, let step = scaleIn.last(where: { alarmBelow - value >= $0.from }) {
      guard observation.replicas.starting == 0 else {
        return Decision(desired: current, because: Reason(.stepWarming, measured: value, limit: alarmBelow))
      }
      let wanted = min(current, apply(step.adjustment, to: current, sign: -1))
      return Decision(
        desired: max(wanted, minimum),
        because: Reason(.stepIn, measured: value, limit: alarmBelow - step.from, proposed: wanted))
    }
    return Decision(
      desired: current,
      because: Reason(
        .stepQuiet, measured: value, limit: value > alarmAbove ? alarmAbove : alarmBelow, proposed: current))
  }

  public func stillness(at time: Timestamp, _ replicas: ReplicaCount) -> Stillness? {
    guard breachesAbove == 0, breachesBelow == 0, minimum...maximum ~= replicas.desired else { return nil }
    let ready = Double(replicas.ready)
    guard ready > 0 else { return nil }
    let unit = signal.isTotal ? ready : 1
    return Stillness(alarmBelow * unit * (1 + 1e-12), alarmAbove * unit * (1 - 1e-12))
  }

  private func apply(_ adjustment: Adjustment, to replicas: Int, sign: Int) -> Int {
    switch adjustment {
    case .replicas(let n): return replicas + sign * abs(n)
    case .percent(let percent):
      // Rounded towards zero, but never to nothing.
      return replicas + sign * max(1, clampedInt32(trunc(Double(replicas) * abs(percent) / 100)))
    case .exactly(let n): return n
    }
  }
}

extension Rule {
  public static let stepOut = Rule("step-out", "{measured} is past the step at {limit}: {proposed} replicas")
  public static let stepIn = Rule("step-in", "{measured} is below the step at {limit}: {proposed} replicas")
  public static let stepQuiet = Rule("no-alarm", "{measured}: no alarm has held for its evaluation periods ({limit})")
  public static let stepWarming = Rule(
    "warming-blocks-step-in",
    "{measured} is below {limit}, but replicas are still starting")
  public static let stepBounds = Rule("step-bounds", "{measured} replicas are outside the bounds: {limit}")
  public static let stepNotMeasured = Rule("step-not-measured", "the metric is not measured: the replicas stay")
}
