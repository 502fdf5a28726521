/// What there is to say about the latest of kept load tests.
public enum RunFinding: FindingFact, Hashable {
  /// It was not valid.
  case latestInvalid(run: Int64)
  /// It has too few comparable ones before it, of ``RunHistory/fewest``.
  case tooFew(run: Int64, earlier: Int)
  /// A figure is worse, and chance hardly makes it so.
  case worse(Change)
  /// A figure is worse, as chance may well make it.
  case maybeWorse(Change)
  /// No figure is.
  case noRegression(run: Int64, earlier: Int)

  /// A figure that load tests are compared by.
  public enum Figure: Hashable, Sendable {
    /// The rate that a search found, requests a second.
    case capacity
    /// Seconds.
    case p50
    /// Seconds.
    case p99
    /// Requests answered a second.
    case throughput

    /// Whether it is a time, of which more is worse.
    public var isTime: Bool { self == .p50 || self == .p99 }
  }

  /// A figure of the latest run against the earlier ones.
  public struct Change: Hashable, Sendable {
    public var figure: Figure
    /// The latest run, and the comparable one before it.
    public var run: Int64
    public var previous: Int64
    /// Seconds, or requests a second; of the latest run and the geometric mean of the earlier ones.
    public var value: Double
    public var usual: Double
    /// How much worse, as a share of the usual.
    public var worse: Double
    /// How many earlier runs have the figure, and their relative deviation.
    public var earlier: Int
    public var scatter: Double
    /// The chance that a run without a change is this far off.
    public var chance: Double

    /// - Parameters:
    ///   - value: seconds or requests a second, as `usual`.
    ///   - worse: a share of the usual, as `scatter`.
    public init(
      figure: Figure, run: Int64, previous: Int64, value: Double, usual: Double, worse: Double, earlier: Int,
      scatter: Double, chance: Double
    ) {
      self.figure = figure
      self.run = run
      self.previous = previous
      self.value = value
      self.usual = usual
      self.worse = worse
      self.earlier = earlier
      self.scatter = scatter
      self.chance = chance
    }

    var code: String { figure.isTime ? "latency-regression" : "capacity-regression" }
  }

  public var code: String {
    switch self {
    case .latestInvalid: "latest-run-invalid"
    case .tooFew: "too-few-runs"
    case .worse(let change): change.code
    case .maybeWorse(let change): "maybe-\(change.code)"
    case .noRegression: "no-regression"
    }
  }

  public var severity: Finding.Severity {
    switch self {
    case .worse: .act
    case .latestInvalid, .tooFew, .maybeWorse: .note
    case .noRegression: .holds
    }
  }
}
