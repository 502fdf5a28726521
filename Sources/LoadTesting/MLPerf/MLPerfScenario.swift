import Quantities
import Wire

/// MLPerf Inference's ways to load a system (mlcommons/inference, `loadgen`), over HTTP.
public enum MLPerfScenario: String, Sendable, CaseIterable {
  /// Queries come as a Poisson process; the metric is the rate.
  case server
  /// One query behind the other; the metric is the 90th percentile of latency.
  case singleStream = "single-stream"
  /// Eight samples at a time, the next eight when all are answered; the metric is the 99th percentile of the time for
  /// all eight.
  case multiStream = "multi-stream"
  /// As much as the system takes; the metric is samples a second.
  case offline

  /// The percentile that counts by default (mlperf.conf).
  public var percentile: Double { self == .singleStream || self == .offline ? 0.9 : 0.99 }
  /// The least number of queries by default: mlperf.conf's for multi-stream and offline, else what early stopping needs.
  public var leastQueries: Int {
    switch self {
    case .server: 459
    case .singleStream: 64
    case .multiStream: 662
    case .offline: 24_576
    }
  }
  /// Ten minutes, mlperf.conf's `min_duration`.
  public static let leastDuration = Duration.minutes(10)
  /// mlperf.conf's `samples_per_query` of multi-stream.
  public static let samplesPerQuery = 8
}

/// One rule that a run has to keep to be valid.
public struct MLPerfRule: Sendable, Equatable {
  public var name: String
  public var isKept: Bool
  /// What was found and what is asked.
  public var found: String
  /// What to change where it is not kept.
  public var remedy: String
}

/// What came of an MLPerf scenario.
public struct MLPerfResult: Sendable, Equatable {
  public var scenario: MLPerfScenario
  public var rules: [MLPerfRule] = []
  public var isValid: Bool { rules.allSatisfy(\.isKept) }
  public var wasInterrupted = false
  /// Queries that were answered; of multi-stream, all eight samples of them.
  public var queries = 0
  /// Queries that took longer than the bound; nil where there is none.
  public var overLatency: Int?
  /// Queries that so many slow ones need.
  public var queriesNeeded: Int?
  public var percentile = 0.99
  /// Seconds: the latency at the percentile as measured, and as early stopping lets it be claimed.
  public var latency: Double?
  public var estimate: Double?
  /// Queries or samples a second: of the server scenario `(queries - 1) / time of the last answer`.
  public var rate: Double?
  /// Seconds, of queries.
  public var spectrum = LatencySpectrum(seconds: [])
  public var load: LoadResult
}
