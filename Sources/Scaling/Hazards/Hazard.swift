import Quantities

/// Something in a policy's settings that will hurt with this service and this demand: what, because of which numbers,
/// and what to write instead.
public struct Hazard: Hashable, Sendable, CustomStringConvertible {
  public enum Severity: String, Hashable, Sendable { case warning, note }
  /// A stable name, for JSON and for switching it off.
  public var name: String
  public var severity: Severity
  public var what: String
  public var because: String
  public var remedy: String

  public init(_ name: String, _ severity: Severity = .warning, what: String, because: String, remedy: String) {
    self.name = name
    self.severity = severity
    self.what = what
    self.because = because
    self.remedy = remedy
  }
  public var description: String { "\(what): \(because); \(remedy)" }
}

/// The service and the demand that a policy's settings are held against.
public struct HazardContext: Hashable, Sendable {
  /// From the decision until a new replica serves.
  public var startup: Duration
  /// From the moment a load exists until the policy can read it: scrape, aggregation and adapter.
  public var metricDelay: Duration
  /// What one replica serves when fully busy.
  public var replicaCapacity: RequestRate
  /// The lowest and the highest demand.
  public var trough: RequestRate
  public var peak: RequestRate
  /// The steepest rise of demand, in requests a second per second.
  public var steepestRamp: Double
  /// The highest busy share at which the objective still holds; 0.85 where nobody knows.
  public var safeUtilization: Double
  /// Whether somebody knows it: without, nothing is held against it.
  public var isSafeUtilizationKnown = true

  public init(
    startup: Duration, metricDelay: Duration, replicaCapacity: RequestRate, trough: RequestRate, peak: RequestRate,
    steepestRamp: Double, safeUtilization: Double = 0.85
  ) {
    self.startup = startup
    self.metricDelay = metricDelay
    self.replicaCapacity = replicaCapacity
    self.trough = trough
    self.peak = peak
    self.steepestRamp = steepestRamp
    self.safeUtilization = safeUtilization
  }

  /// Trough, peak and steepest rise of a demand; gaps are bridged by straight lines.
  public init(
    startup: Duration, metricDelay: Duration, replicaCapacity: RequestRate, demand: TimeSeries<RequestRate>,
    safeUtilization: Double = 0.85
  ) {
    let values = demand.interpolated().rawValues
    var ramp = 0.0
    for i in values.indices.dropFirst() { ramp = max(ramp, (values[i] - values[i - 1]) / demand.step.seconds) }
    self.init(
      startup: startup, metricDelay: metricDelay, replicaCapacity: replicaCapacity,
      trough: .perSecond(values.min() ?? 0), peak: .perSecond(values.max() ?? 0), steepestRamp: ramp,
      safeUtilization: safeUtilization)
  }

  /// Replicas that serve a rate at the highest safe utilization.
  func replicas(for rate: Double) -> Int {
    let each = replicaCapacity.rawValue * safeUtilization
    guard each > 0, rate > 0, rate.isFinite else { return 0 }
    return Int(min(Statistics.ceilingOfRatio(rate, each), 1e9))
  }

  /// Seconds from a load until the replicas that it asks for serve, with a policy that looks every `period`.
  func reaction(period: Duration) -> Double { metricDelay.seconds + period.seconds + startup.seconds }
}

/// Looks over policies' settings for what is known to go wrong.
///
/// Sources: the complaints that users file against Kubernetes (#116984, #105579, #130130), KEDA (#7770, #6844, #6168)
/// and their documentation, turned into arithmetic.
public enum HazardCheck {}
