/// Which signal of the simulation a metric reads, as a user maps it: the signal itself, or a load of each replica that has a
/// part of its own and a part that grows with the signal.
///
/// Memory of a server, for one: what it takes at rest, and what each request in service takes. CPU of pods whose request is
/// below their limit: `utilization` with `each` at limit / request, so that a saturated pod shows 200 %.
public struct SignalMapping: Hashable, Sendable {
  public var signal: Signal
  /// What each replica shows without any load, in the metric's own unit.
  public var base: Double
  /// What one unit of the signal on a replica adds; nil for the metric's usual unit.
  public var each: Double?

  public init(_ signal: Signal, base: Double = 0, each: Double? = nil) {
    self.signal = signal
    self.base = base
    self.each = each
  }

  public static let requestRate = SignalMapping(.requestRate)
  public static let utilization = SignalMapping(.utilization)
  public static let concurrency = SignalMapping(.concurrency)
  public static let queueDepth = SignalMapping(.queueDepth)
  public static let p99Latency = SignalMapping(.p99Latency)
}
