import Quantities

/// What one sync of a HorizontalPodAutoscaler came to.
@frozen public struct HPASync: Hashable, Sendable {
  /// `scale.spec.replicas` after the sync.
  public var replicas: Int
  /// The largest proposal of the metrics, before windows and limits.
  public var proposal: Proposal
  /// The reason of the condition AbleToScale.
  public var able: Able
  /// The reason of the condition ScalingLimited.
  public var limited: Limited
  /// The rule that decided.
  public var cause: Cause
  /// Index of the metric with the largest proposal; -1 where none was computed.
  public var metric: Int
  /// What the rule measured and what it compared it with: the metric and its goal, or the recommendation that holds
  /// the replicas and the seconds until it leaves its window.
  public var measured: Double
  public var limit: Double

  @frozen public enum Proposal: Hashable, Sendable {
    /// Replicas outside their bounds, or zero with a minimum above zero: no metric was looked at.
    case notComputed
    /// All metrics failed, or some failed and the rest would scale down: nothing happens.
    case failed
    case replicas(Int)
  }
  /// `AbleToScale`, by the letters of the conformance vectors.
  @frozen public enum Able: UInt8, Hashable, Sendable {
    case readyForNewScale = 82  // R
    case scaleUpStabilized = 85  // U
    case scaleDownStabilized = 68  // D
    case succeededRescale = 83  // S
    case succeededGetScale = 71  // G
  }
  /// `ScalingLimited`, by the letters of the conformance vectors.
  @frozen public enum Limited: UInt8, Hashable, Sendable {
    case notSetYet = 45  // -
    case withinRange = 87  // W
    case scaleUpLimit = 76  // L
    case scaleDownLimit = 108  // l
    case tooManyReplicas = 77  // M
    case tooFewReplicas = 109  // m
  }
  /// The rule that decided.
  @frozen public enum Cause: UInt8, Hashable, Sendable {
    case disabledAtZero, aboveMaximum, belowMinimum, metricsFailed
    case onTarget, scaledUp, scaledDown
    case heldByScaleUpWindow, heldByScaleDownWindow
    case limitedUp, limitedDown, atMaximum, atMinimum
  }

  /// Why, as every policy says it.
  public var because: Reason {
    let proposed: Int
    if case .replicas(let n) = proposal { proposed = n } else { proposed = -1 }
    return Reason(cause.rule, measured: measured, limit: limit, proposed: proposed)
  }
}

extension HPASync.Cause {
  public var rule: Rule {
    switch self {
    case .disabledAtZero: .hpaDisabledAtZero
    case .aboveMaximum: .hpaAboveMaximum
    case .belowMinimum: .hpaBelowMinimum
    case .metricsFailed: .hpaMetricsFailed
    case .onTarget: .hpaOnTarget
    case .scaledUp: .hpaScaledUp
    case .scaledDown: .hpaScaledDown
    case .heldByScaleUpWindow: .hpaHeldByScaleUpWindow
    case .heldByScaleDownWindow: .hpaHeldByScaleDownWindow
    case .limitedUp: .hpaLimitedUp
    case .limitedDown: .hpaLimitedDown
    case .atMaximum: .hpaAtMaximum
    case .atMinimum: .hpaAtMinimum
    }
  }
}

extension Rule {
  public static let hpaDisabledAtZero = Rule(
    "disabled-at-zero",
    "somebody set the replicas to 0 and the minimum is above 0: the autoscaler is off until they are raised")
  public static let hpaAboveMaximum = Rule(
    "above-maximum",
    "{measured} replicas are above the maximum of {limit}: set to it at once, no rate limit applies")
  public static let hpaBelowMinimum = Rule(
    "below-minimum",
    "{measured} replicas are below the minimum of {limit}: set to it at once, no rate limit applies")
  public static let hpaMetricsFailed = Rule(
    "metrics-failed",
    "a metric is missing and the others would not scale up: nothing is done until it is back")
  public static let hpaOnTarget = Rule(
    "on-target",
    "the metric reads {measured} against a target of {limit}: the replicas stay")
  public static let hpaScaledUp = Rule(
    "scale-up",
    "the metric reads {measured} against a target of {limit}: {proposed} replicas are wanted")
  public static let hpaScaledDown = Rule(
    "scale-down",
    "the metric reads {measured} against a target of {limit}: {proposed} replicas are enough")
  public static let hpaHeldByScaleUpWindow = Rule(
    "stabilized-up",
    """
    {proposed} replicas are wanted, but {measured} were recommended within the scale-up window, for another \
    {limit} s
    """)
  public static let hpaHeldByScaleDownWindow = Rule(
    "stabilized-down",
    """
    {proposed} replicas would be enough, but {measured} were recommended within the scale-down window, for \
    another {limit} s
    """)
  public static let hpaLimitedUp = Rule(
    "rate-limited-up",
    "{measured} replicas are wanted, but the scale-up policies allow {limit} now")
  public static let hpaLimitedDown = Rule(
    "rate-limited-down",
    "{measured} replicas are enough, but the scale-down policies allow {limit} now")
  public static let hpaAtMaximum = Rule("at-maximum", "{measured} replicas are wanted, the maximum is {limit}")
  public static let hpaAtMinimum = Rule("at-minimum", "{measured} replicas would be enough, the minimum is {limit}")
}
