import Glibc

/// What the Knative autoscaler aims at for one revision.
///
/// Defaults: `config/core/configmaps/autoscaler.yaml` of knative/serving.
public struct KnativeSpec: Hashable, Sendable {
  public enum Metric: String, Hashable, Sendable, CaseIterable { case concurrency, rps }
  public enum Aggregation: String, Hashable, Sendable, CaseIterable { case linear, weightedExponential }
  public var metric = Metric.concurrency
  /// What one pod should hold: the total times the target utilization (100 concurrent requests at 70 %).
  public var targetValue = 70.0
  /// What one pod can hold.
  public var totalValue = 100.0
  /// Requests to be absorbed without the activator; 0 takes it out of the path, below 0 keeps it in.
  public var targetBurstCapacity = 211.0
  /// The ratio of wanted to ready pods at which panic begins.
  public var panicThreshold = 2.0
  /// Seconds.
  public var stableWindow = 60
  /// Seconds.
  public var panicWindow = 6
  /// Largest factor up in one decision.
  public var maxScaleUpRate = 1000.0
  /// Largest factor down in one decision.
  public var maxScaleDownRate = 2.0
  /// Whether any route leads to the revision; where none does, it may shrink at once.
  public var isReachable = true
  /// Replicas to start with whenever there is any traffic.
  public var activationScale = 1
  /// Seconds for which the highest decision is kept.
  public var scaleDownDelay = 0
  public var aggregation = Aggregation.linear
  public init() {}
}

/// What the Knative autoscaler decided at one tick.
public struct KnativeScale: Hashable, Sendable {
  public var desired: Int
  /// Room for a burst above what runs now; negative puts the activator into the path.
  public var excessBurstCapacity: Int
  public var isPanicking: Bool
  /// The averages over the stable and the panic window.
  public var stable: Double
  public var panic: Double
  public var because: Reason
}

/// The Knative pod autoscaler of one revision, every two seconds.
///
/// A step of `pkg/autoscaler/scaling` (knative/serving): bounds of the scale, scale to zero with its grace period and
/// the initial scale are the reconciler's business, see ``KnativePolicy``.
public struct KnativeDecider: Sendable {
  public let spec: KnativeSpec
  private var stableWindow: KnativeWindow
  private var panicWindow: KnativeWindow
  private var delay: DelayWindow?
  /// When panic was last due, in nanoseconds; nil outside panic.
  private var panicSince: Int64?
  private var mostInPanic: Int

  /// - Parameters:
  ///   - ready: pods that run at the start. More than one starts in panic, so that a restarted autoscaler without
  ///     any history does not shrink what it finds.
  ///   - now: nanoseconds.
  public init(_ spec: KnativeSpec, ready: Int, at now: Int64 = 0) {
    self.spec = spec
    stableWindow = KnativeWindow(seconds: spec.stableWindow, aggregation: spec.aggregation)
    panicWindow = KnativeWindow(seconds: spec.panicWindow, aggregation: spec.aggregation)
    delay = spec.scaleDownDelay > 0 ? DelayWindow(seconds: spec.scaleDownDelay) : nil
    panicSince = ready > 1 ? now : nil
    mostInPanic = ready
  }

  /// One second's total over all pods: concurrent requests, or requests a second.
  public mutating func record(_ value: Double, at now: Int64) {
    stableWindow.record(value, at: now)
    panicWindow.record(value, at: now)
  }

  public mutating func scale(ready: Int, at now: Int64) -> KnativeScale {
    let stable = stableWindow.average(at: now)
    let panic = panicWindow.average(at: now)
    let pods = max(1, Double(ready))
    let most = ceil(spec.maxScaleUpRate * pods)
    let least = spec.isReachable ? floor(pods / spec.maxScaleDownRate) : 0
    let wantedStable = ceil(stable / spec.targetValue)
    let wantedPanic = ceil(panic / spec.targetValue)
    var stablePods = clampedInt32(min(max(wantedStable, least), most))
    var panicPods = clampedInt32(min(max(wantedPanic, least), most))
    if spec.activationScale > 1 {
      if wantedStable > 0 { stablePods = max(stablePods, spec.activationScale) }
      if wantedPanic > 0 { panicPods = max(panicPods, spec.activationScale) }
    }
    // The threshold looks at what is wanted before the rate limits.
    let isOver = wantedPanic / pods >= spec.panicThreshold
    if isOver {
      panicSince = now
    } else if let since = panicSince, since &+ Int64(spec.stableWindow) &* 1_000_000_000 < now {
      panicSince = nil
      mostInPanic = 0
    }
    var desired = stablePods
    var because: Reason
    if panicSince != nil {
      // No way down in panic: the surge must first have reached the stable average.
      mostInPanic = max(mostInPanic, stablePods, panicPods)
      desired = mostInPanic
      because = Reason(.knativePanic, measured: panic, limit: spec.targetValue, proposed: panicPods)
    } else {
      because = Reason(.knativeStable, measured: stable, limit: spec.targetValue, proposed: stablePods)
    }
    // An unreachable revision is not kept alive by the delay.
    if delay != nil, spec.isReachable {
      let held = delay?.record(desired, at: now) ?? desired
      if held != desired {
        because = Reason(.knativeDelayed, measured: Double(held), limit: Double(spec.scaleDownDelay), proposed: desired)
        desired = held
      }
    }
    var excess = -1.0
    if spec.targetBurstCapacity == 0 {
      excess = 0
    } else if spec.targetBurstCapacity > 0 {
      excess = floor(Double(ready) * spec.totalValue - spec.targetBurstCapacity - panic)
    }
    return KnativeScale(
      desired: desired, excessBurstCapacity: clampedInt32(excess), isPanicking: panicSince != nil, stable: stable,
      panic: panic, because: because)
  }
}

extension Rule {
  public static let knativeStable = Rule(
    "stable",
    "the stable window averages {measured} against {limit} a pod: {proposed} pods")
  public static let knativePanic = Rule(
    "panic",
    """
    panic: the short window averages {measured} against {limit} a pod ({proposed} pods); nothing shrinks \
    until the surge has passed through the stable window
    """)
  public static let knativeDelayed = Rule(
    "scale-down-delayed",
    "{proposed} pods would do, but {measured} were wanted within the last {limit} s")
}

/// The largest decision of the last ticks, the present one included.
struct DelayWindow: Sendable {
  private var ticks: [Int64] = []
  private var values: [Int] = []
  private let length: Int64

  /// Ticks are two seconds long.
  init(seconds: Int) { length = Int64((seconds + 1) / 2) }

  mutating func record(_ value: Int, at now: Int64) -> Int {
    let tick = now / 2_000_000_000
    while let last = values.last, last <= value {
      values.removeLast()
      ticks.removeLast()
    }
    while let first = ticks.first, first <= tick - length {
      values.removeFirst()
      ticks.removeFirst()
    }
    ticks.append(tick)
    values.append(value)
    return values[0]
  }
}
