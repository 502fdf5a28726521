import Glibc

/// The autoscaling options of one Ray Serve deployment; defaults of Ray 2.60 (`AutoscalingConfig`).
public struct RayServeConfig: Hashable, Sendable {
  public var minReplicas = 1
  public var maxReplicas = 1
  /// Requests in service or waiting that one replica should have.
  public var targetOngoingRequests = 2.0
  /// Seconds for which more must be wanted before there is more.
  public var upscaleDelay = 30.0
  /// Seconds for which less must be wanted before there is less.
  public var downscaleDelay = 600.0
  /// Seconds before the last replica goes; nil for the downscale delay.
  public var downscaleToZeroDelay: Double?
  /// The share of the wanted change that is made, each way.
  public var upscalingFactor = 1.0
  public var downscalingFactor = 1.0
  public init() {}
}

/// The default policy of Ray Serve: replicas in proportion to ongoing requests, after a delay.
///
/// Semantics of `ray.serve.autoscaling_policy` 2.60, which measures delays by the clock; ``Version/countingLoops`` is
/// how earlier releases did it: a delay is a number of control loops, and the bounds come before the delay.
public struct RayServeAutoscaler: Sendable {
  public enum Version: String, Sendable, CaseIterable {
    case clock = "2.60"
    case countingLoops = "counting-loops"
  }
  public let config: RayServeConfig
  public let version: Version
  /// Seconds between decisions; only the older semantics depend on it.
  public let interval: Double
  /// Decisions in a row that wanted more (positive) or less (negative).
  private var streak = 0
  /// Seconds; when the streak began.
  private var since: Double?

  public init(_ config: RayServeConfig, version: Version = .clock, interval: Double = 0.1) {
    self.config = config
    self.version = version
    self.interval = interval
  }

  /// One decision.
  /// - Parameters:
  ///   - now: seconds.
  ///   - ongoing: requests in service or waiting, over all replicas, averaged over the look-back period.
  ///   - running: replicas that run.
  ///   - target: what was decided last.
  public mutating func decide(at now: Double, ongoing: Double, running: Int, target: Int) -> Decision {
    if running == 0, ongoing > 0 {
      // Waking up waits for nothing.
      let wake = max(clampedInt32(ceil(config.upscalingFactor)), target)
      return Decision(
        desired: bounded(wake), because: Reason(.rayColdStart, measured: ongoing, limit: 0, proposed: wake))
    }
    var wanted: Int
    if running == 0 {
      wanted = target
      if wanted > 0 || version == .countingLoops {
        return Decision(desired: bounded(target), because: Reason(.rayIdle, measured: 0, limit: 0, proposed: target))
      }
    } else {
      wanted = version == .clock ? proportional(ongoing, running) : smoothed(ongoing, running)
    }
    wanted = max(0, wanted)
    let load = running > 0 ? ongoing / Double(running) : 0
    var desired = target
    var because = Reason(.rayOnTarget, measured: load, limit: config.targetOngoingRequests, proposed: wanted)
    if wanted > target {
      if streak < 0 { reset() }
      streak += 1
      let waited = wait(at: now)
      if isOver(waited, delay: config.upscaleDelay) {
        reset()
        desired = wanted
        because.rule = .rayUpscaled
      } else {
        because = Reason(.rayWaitsUp, measured: waited, limit: config.upscaleDelay, proposed: wanted)
      }
    } else if wanted < target {
      if streak > 0 { reset() }
      streak -= 1
      var delay = config.downscaleDelay
      if target == 1 {
        delay = config.downscaleToZeroDelay ?? delay
      } else {
        // Only the step from one replica leads to none.
        wanted = max(1, wanted)
      }
      let waited = wait(at: now)
      if isOver(waited, delay: delay) {
        reset()
        desired = wanted
        because.rule = .rayDownscaled
      } else {
        because = Reason(.rayWaitsDown, measured: waited, limit: delay, proposed: wanted)
      }
    } else {
      reset()
    }
    return Decision(desired: bounded(desired), because: because)
  }

  private func bounded(_ replicas: Int) -> Int { max(config.minReplicas, min(config.maxReplicas, replicas)) }

  private mutating func reset() {
    streak = 0
    since = nil
  }

  private mutating func wait(at now: Double) -> Double {
    if since == nil { since = now }
    return now - (since ?? now)
  }

  private func isOver(_ waited: Double, delay: Double) -> Bool {
    switch version {
    // The small allowance is Ray's own: differences of clock readings fall short in the last digits.
    case .clock: waited + 1e-6 >= delay
    case .countingLoops: abs(streak) > clampedInt32(trunc(delay / interval))
    }
  }

  /// The change scaled by the factor, rounded up; a shrink that rounding would swallow takes one replica.
  private func proportional(_ ongoing: Double, _ running: Int) -> Int {
    let pods = Double(running)
    let desired = pods * (ongoing / (config.targetOngoingRequests * pods))
    let change = desired - pods
    let factor = change > 0 ? config.upscalingFactor : config.downscalingFactor
    var scaled = clampedInt32(ceil(pods + factor * change))
    if clampedInt32(ceil(desired)) < running, scaled == running { scaled -= 1 }
    return scaled
  }

  /// The older form: the ratio scaled by the factor, then the bounds, then the delay.
  private func smoothed(_ ongoing: Double, _ running: Int) -> Int {
    let pods = Double(running)
    let ratio = ongoing / (config.targetOngoingRequests * pods)
    let factor = ratio >= 1 ? config.upscalingFactor : config.downscalingFactor
    var desired = clampedInt32(ceil(pods * (1 + (ratio - 1) * factor)))
    if clampedInt32(ceil(pods * ratio)) < running, desired == running { desired -= 1 }
    return bounded(desired)
  }
}

extension Rule {
  public static let rayOnTarget = Rule(
    "on-target",
    "{measured} ongoing requests a replica against a target of {limit}: the replicas stay")
  public static let rayUpscaled = Rule(
    "scale-up",
    "{measured} ongoing requests a replica against a target of {limit}: {proposed} replicas")
  public static let rayDownscaled = Rule(
    "scale-down",
    "{measured} ongoing requests a replica against a target of {limit}: {proposed} replicas")
  public static let rayWaitsUp = Rule(
    "upscale-delay",
    "{proposed} replicas are wanted for {measured} s of the {limit} s upscale delay")
  public static let rayWaitsDown = Rule(
    "downscale-delay",
    "{proposed} replicas would do for {measured} s of the {limit} s downscale delay")
  public static let rayColdStart = Rule(
    "cold-start",
    "{measured} requests wait and nothing runs: {proposed} replicas at once")
  public static let rayIdle = Rule("idle", "nothing runs and nothing waits")
}
