import Quantities

/// Ray Serve's default autoscaling on the signals of a simulated service: ongoing requests averaged over the
/// look-back period.
public struct RayServePolicy: ScalingPolicy {
  public let config: RayServeConfig
  /// How often it decides. Ray's own loop runs every 0.1 s; delays are told by the clock, so a slower look only
  /// quantizes them.
  public let period: Duration
  private var autoscaler: RayServeAutoscaler
  private var samples: [Double]
  private var next = 0
  private var count = 0
  private var sum = 0.0

  public init(
    _ config: RayServeConfig, lookBack: Duration = .seconds(30), period: Duration = .seconds(1),
    version: RayServeAutoscaler.Version = .clock
  ) {
    self.config = config
    self.period = max(.milliseconds(100), period)
    autoscaler = RayServeAutoscaler(config, version: version, interval: self.period.seconds)
    let length = min(max(1, (lookBack.seconds / self.period.seconds).rounded(.up)), 1e6)
    samples = Array(repeating: 0, count: Int(length))
  }

  public var reads: SignalSet { .concurrency }

  public mutating func step(_ observation: Observation) -> Decision {
    let replicas = observation.replicas
    let ongoing = observation.signals.concurrency
    guard ongoing.isFinite, ongoing >= 0 else {
      return Decision(desired: replicas.desired, because: Reason(.rayCannotSee))
    }
    if count == samples.count { sum -= samples[next] } else { count += 1 }
    samples[next] = ongoing
    sum += ongoing
    next = (next + 1) % samples.count
    if next == 0 { sum = samples.reduce(0, +) }
    return autoscaler.decide(
      at: observation.time.secondsSinceEpoch, ongoing: max(0, sum) / Double(count), running: max(0, replicas.ready),
      target: max(0, replicas.desired))
  }
}

extension Rule {
  public static let rayCannotSee = Rule("not-measured", "ongoing requests are not measured: the replicas stay")
}
