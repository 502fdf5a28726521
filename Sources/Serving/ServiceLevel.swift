import Quantities

/// How a service fares at a steady demand.
public struct ServiceLevel: Hashable, Sendable {
  /// Demand over capacity: above 1 in overload, infinite where demand meets no replica.
  public var utilization: Utilization
  /// What is served: the demand, or the capacity where that is less.
  public var served: RequestRate
  /// Requests in service or waiting, on average: infinite in overload, nil where the model knows no latency.
  public var concurrency: Double?
  /// The quantiles of each time that the model knows; waits are part of those that include them.
  public var latencies: [ServiceMetric: Latency]
  /// How far the times may lie off; nil where the model is exact for what it assumes.
  public var band: ErrorBand?
  /// What binds at this level.
  public var binding: Binding
  /// What limits the trust in the times, as a sentence's beginning; nil where they are good.
  public var caution: String?

  /// What keeps a service from more.
  public enum Binding: String, Hashable, Sendable {
    /// Nothing yet: requests hardly wait.
    case none
    /// Requests wait for each other.
    case queue
    /// Demand is at or above capacity.
    case capacity
  }

  public init(
    utilization: Utilization, served: RequestRate, concurrency: Double? = nil,
    latencies: [ServiceMetric: Latency] = [:],
    band: ErrorBand? = nil, binding: Binding = .none, caution: String? = nil
  ) {
    self.utilization = utilization
    self.served = served
    self.concurrency = concurrency
    self.latencies = latencies
    self.band = band
    self.binding = binding
    self.caution = caution
  }

  /// Response time, waiting included: infinite in overload, nil where the model knows no latency.
  public var latency: Latency? { latencies[.response] }
  /// Whether demand is at or above capacity: queues grow without end.
  public var isSaturated: Bool { utilization.rawValue >= 1 }
}

/// How far the truth may lie from a model's times: between `low` and `high` times the figure, with a confidence.
public struct ErrorBand: Hashable, Sendable {
  public var low: Double
  public var high: Double
  public var confidence: Double
  /// Where the band was measured, in a few words.
  public var source: String

  /// - Precondition: 0 < low <= 1 <= high, and a confidence between 0 and 1.
  public init(low: Double, high: Double, confidence: Double = 0.8, source: String) {
    precondition(low > 0 && low <= 1 && high >= 1, "an error band lies around the figure itself")
    precondition(confidence > 0 && confidence < 1, "a band's confidence lies between 0 and 1")
    self.low = low
    self.high = high
    self.confidence = confidence
    self.source = source
  }
}

/// A time in seconds: its mean and some of its quantiles, infinite in overload.
public struct Latency: Hashable, Sendable {
  public var mean: Double
  public var p50: Double
  public var p90: Double
  public var p95: Double
  public var p99: Double
  public var p999: Double

  public init(mean: Double, p50: Double, p90: Double, p95: Double, p99: Double, p999: Double) {
    self.mean = mean
    self.p50 = p50
    self.p90 = p90
    self.p95 = p95
    self.p99 = p99
    self.p999 = p999
  }

  /// Without end: what overload leads to.
  public static let unbounded = Latency(
    mean: .infinity, p50: .infinity, p90: .infinity, p95: .infinity, p99: .infinity, p999: .infinity)
}
