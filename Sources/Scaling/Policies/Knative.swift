import Quantities

/// The Knative pod autoscaler on the signals of a simulated service, with its bounds and scale to zero.
public struct KnativePolicy: ScalingPolicy {
  public let spec: KnativeSpec
  /// `autoscaling.knative.dev/min-scale`; 0 lets the revision sleep.
  public let minScale: Int
  /// `autoscaling.knative.dev/max-scale`; 0 for no bound.
  public let maxScale: Int
  /// How long the last pod stays after nothing is wanted: the grace period, or the retention period where longer.
  public let retention: Duration
  /// Two seconds, as Knative ticks.
  public let period = Duration.seconds(2)
  private var decider: KnativeDecider?
  private var idleSince: Int64?
  private var lastSample: Int64?

  public init(
    _ spec: KnativeSpec, minScale: Int = 0, maxScale: Int = 0, gracePeriod: Duration = .seconds(30),
    podRetention: Duration = .zero
  ) {
    self.spec = spec
    self.minScale = max(0, minScale)
    self.maxScale = max(0, maxScale)
    retention = max(gracePeriod, podRetention)
  }

  public var reads: SignalSet { spec.metric == .rps ? .requestRate : .concurrency }

  public mutating func step(_ observation: Observation) -> Decision {
    let now = observation.time.nanosecondsSinceEpoch
    let ready = max(0, observation.replicas.ready)
    var decider = self.decider ?? KnativeDecider(spec, ready: ready, at: now)
    let value = observation.signals[spec.metric == .rps ? .requestRate : .concurrency]
    if value.isFinite {
      // Two seconds pass between looks and the windows hold one value a second.
      if self.decider != nil { decider.record(value, at: now &- 1_000_000_000) }
      decider.record(value, at: now)
      lastSample = now
    }
    // Without any sample in the window Knative decides nothing; only a measured zero lets it shrink.
    guard let lastSample, now &- lastSample <= Int64(spec.stableWindow) &* 1_000_000_000 else {
      self.decider = decider
      return Decision(desired: observation.replicas.desired, because: Reason(.knativeNoData))
    }
    let scale = decider.scale(ready: ready, at: now)
    self.decider = decider
    return bounded(scale, observation, now: now)
  }

  private mutating func bounded(_ scale: KnativeScale, _ observation: Observation, now: Int64) -> Decision {
    var decision = Decision(desired: scale.desired, because: scale.because)
    if decision.desired > 0 || minScale > 0 { idleSince = nil }
    if decision.desired < minScale {
      decision = Decision(
        desired: minScale, because: Reason(.knativeMinScale, limit: Double(minScale), proposed: scale.desired))
    } else if maxScale > 0, decision.desired > maxScale {
      decision = Decision(
        desired: maxScale, because: Reason(.knativeMaxScale, limit: Double(maxScale), proposed: scale.desired))
    } else if decision.desired == 0, observation.replicas.desired > 0 {
      let since = idleSince ?? now
      idleSince = since
      let waited = now &- since
      if waited < retention.nanoseconds {
        decision = Decision(
          desired: 1,
          because: Reason(
            .knativeGrace, measured: Double(waited) / 1e9, limit: retention.seconds, proposed: 0))
      }
    }
    return decision
  }
}

extension Rule {
  public static let knativeNoData = Rule("no-data", "nothing was measured within the stable window: the pods stay")
  public static let knativeMinScale = Rule("min-scale", "{proposed} pods would do, min-scale is {limit}")
  public static let knativeMaxScale = Rule("max-scale", "{proposed} pods are wanted, max-scale is {limit}")
  public static let knativeGrace = Rule(
    "scale-to-zero-grace",
    "nothing is wanted for {measured} s; the last pod goes after {limit} s")
}
