/// What a table of many series tells about one: a study without its paths, futures and history.
public struct ForecastSummary: Sendable {
  public let name: String
  /// What it is a sum by, in a hierarchy; else nil.
  public let level: String?
  /// The largest step of the horizon, one value for each of ``ForecastAnswer/peakLevels``.
  public let peak: [Double]
  public let runway: RunwayOutlook?
  /// How good the forecast was on what came; nil where the history is too short.
  public let test: Test?
  /// Whether outliers of its history recur by a rule.
  public let hasProposals: Bool

  public struct Test: Sendable {
    public let total: ForecastScore
    public let blocks: [Backtest.Block]
    /// Mean of |peak forecast - peak| / peak; NaN where there was none.
    public let peakError: Double
  }

  public init(_ study: ForecastStudy) {
    name = study.name
    level = study.level
    peak = study.answer.peak
    runway = study.runway
    hasProposals = !study.proposals.isEmpty
    test = study.backtest.map { Test(total: $0.total, blocks: $0.blocks, peakError: $0.peakError) }
  }
}
