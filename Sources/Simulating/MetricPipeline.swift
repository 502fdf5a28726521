import Quantities

/// What measurements go through before a policy sees them.
public struct MetricPipeline: Sendable, Hashable {
  /// How often measurements are taken, counted from the start of the run.
  public var scrapeInterval: Duration
  /// How long a measurement takes from being taken to being seen.
  public var delay: Duration
  /// Each measurement is the mean of this much time before it; zero reads the moment itself.
  public var window: Duration
  /// How long the last measurement is still shown when no new ones come; then the policy sees nothing. Prometheus
  /// looks back 5 minutes.
  public var staleness: Duration

  /// The default is a common Prometheus or metrics-server path: every 15 s, 15 s old, mean of 30 s. All three are
  /// rounded to whole ticks of the world, the delay up.
  public init(
    scrapeInterval: Duration = .seconds(15), delay: Duration = .seconds(15), window: Duration = .seconds(30),
    staleness: Duration = .seconds(300)
  ) {
    self.scrapeInterval = max(scrapeInterval, .zero)
    self.delay = max(delay, .zero)
    self.window = max(window, .zero)
    self.staleness = max(staleness, .zero)
  }

  /// The moment itself, at once: what the reference autoscaler assumes, and no real one has.
  public static let instant = MetricPipeline(scrapeInterval: .zero, delay: .zero, window: .zero)
}
