/// How traffic is led away from a region that fails: who notices, how long it takes, and how clients follow.
public struct RoutingMechanism: Hashable, Sendable {
  public var name: String
  public var title: String
  /// Where the numbers come from.
  public var source: String
  /// Seconds between the checks of one checker.
  public var interval: Double
  /// Checks in a row that must fail.
  public var threshold: Double
  /// Seconds until a check without answer has failed.
  public var timeout: Double
  /// The share of independent checkers that must have seen it.
  public var quorum: Double
  /// Seconds that people or a controller take to decide.
  public var decision: Double
  /// Seconds that clients keep an address; 0 where each request is routed anew.
  public var timeToLive: Double
  /// The share of clients that keep an address longer, whatever its time to live says (JVMs that cache for ever, pooled
  /// connections), and for how many seconds; infinity for ever.
  public var sticky: Double
  public var stickySeconds: Double
  /// Checks in a row that must pass before traffic comes back.
  public var healthyThreshold: Double
  /// Envoy's factor: a share h of healthy hosts keeps min(1, factor x h) of the traffic. Nil: all or nothing.
  public var overprovisioning: Double?

  public init(
    name: String, title: String, source: String, interval: Double, threshold: Double, timeout: Double,
    quorum: Double = 0,
    decision: Double = 0, timeToLive: Double = 0, sticky: Double = 0, stickySeconds: Double = .infinity,
    healthyThreshold: Double = 3, overprovisioning: Double? = nil
  ) {
    self.name = name
    self.title = title
    self.source = source
    self.interval = interval
    self.threshold = threshold
    self.timeout = timeout
    self.quorum = quorum
    self.decision = decision
    self.timeToLive = timeToLive
    self.sticky = sticky
    self.stickySeconds = stickySeconds
    self.healthyThreshold = healthyThreshold
    self.overprovisioning = overprovisioning
  }

  /// Seconds from a region's death until it counts as dead.
  ///
  /// A checker's phase is uniform within its interval, so a share q of them has failed the last of its checks after
  /// (threshold - 1 + q) intervals and the timeout of that check. Route 53 holds an endpoint healthy while more than 18 % of
  /// its checkers do: q = 0.82. With one checker the mean phase, q = 0.5.
  public var detectionSeconds: Double {
    interval > 0 ? max(0, threshold - 1 + (quorum > 0 ? quorum : 0.5)) * interval + timeout : 0
  }
  /// Seconds from a region's return until it counts as healthy.
  public var returnSeconds: Double { interval > 0 ? max(0, healthyThreshold - 0.5) * interval : 0 }

  /// The share of clients that have moved so many seconds after the answer changed: those that keep to the time to live do
  /// evenly over it, the sticky ones evenly over theirs.
  public func moved(after seconds: Double) -> Double {
    guard seconds >= 0 else { return 0 }
    let prompt = timeToLive > 0 ? min(1, seconds / timeToLive) : 1
    let late = stickySeconds.isFinite ? (stickySeconds > 0 ? min(1, seconds / stickySeconds) : 1) : 0
    return (1 - sticky) * prompt + sticky * late
  }

  /// The mean of ``moved(after:)`` over a span, exact.
  public func moved(from a: Double, to b: Double) -> Double {
    guard b > a else { return moved(after: b) }
    func area(_ u: Double, _ span: Double) -> Double {
      guard u > 0, span.isFinite else { return 0 }
      return u < span ? u * u / (2 * span) : u - span / 2
    }
    let prompt = area(b, timeToLive) - area(a, timeToLive)
    let late = area(b, stickySeconds) - area(a, stickySeconds)
    return ((1 - sticky) * prompt + sticky * late) / (b - a)
  }

  // MARK: Presets

  private static let route53Source =
    "AWS, Route 53 developer guide: How Route 53 determines whether a health check is healthy (18 % of checkers; TCP 4 s, then 2 s; 10 or 30 s; threshold 3)"

  public static let presets: [RoutingMechanism] = [
    RoutingMechanism(
      name: "route53", title: "Route 53, 30 s checks, TTL 60 s", source: route53Source, interval: 30, threshold: 3,
      timeout: 4, quorum: 0.82, timeToLive: 60, sticky: 0.05, stickySeconds: 900),
    RoutingMechanism(
      name: "route53-fast", title: "Route 53, 10 s checks, TTL 60 s", source: route53Source, interval: 10, threshold: 3,
      timeout: 4, quorum: 0.82, timeToLive: 60, sticky: 0.05, stickySeconds: 900),
    RoutingMechanism(
      name: "global-accelerator", title: "Global Accelerator, 30 s checks",
      source:
        "AWS, Global Accelerator developer guide: health checks of endpoints (10 or 30 s, threshold 3; traffic returns after about 30 s); addresses are anycast, established connections stay",
      interval: 30, threshold: 3, timeout: 0, quorum: 0.5, healthyThreshold: 1),
    RoutingMechanism(
      name: "gcp", title: "Google Cloud global load balancer, 5 s checks",
      source:
        "Google Cloud, Health checks overview (defaults: interval 5 s, timeout 5 s, unhealthy threshold 2, healthy threshold 2)",
      interval: 5, threshold: 2, timeout: 5, quorum: 0.5, healthyThreshold: 2),
    RoutingMechanism(
      name: "envoy", title: "Envoy priorities, overprovisioning 1.4",
      source:
        "Envoy, Priority levels and Overprovisioning factor (140: P0 keeps all traffic until below 71.4 % healthy); checks of 5 s, threshold 3",
      interval: 5, threshold: 3, timeout: 1, quorum: 0.5, healthyThreshold: 2, overprovisioning: 1.4),
    RoutingMechanism(
      name: "manual", title: "people decide, TTL 60 s",
      source: "Netflix, Failovers in 7 minutes flat (about 5 minutes to decide)", interval: 60, threshold: 1,
      timeout: 0,
      quorum: 0.5, decision: 300, timeToLive: 60, sticky: 0.05, stickySeconds: 900),
  ]
  public static func named(_ name: String) -> RoutingMechanism? { presets.first { $0.name == name } }
}
