import Quantities
import Serving

/// What requests to a language model met with.
public struct TokenRecord: Sendable {
  /// One request; times in seconds.
  public struct Request: Sendable, Hashable {
    public var arrival: Double
    public var input: Int
    public var output: Int
    /// From its arrival to its first and its last token; NaN where it was not answered.
    public var firstToken = Double.nan
    public var response = Double.nan
    /// The replica that answered; -1 where none did.
    public var replica: Int32 = -1
    /// Tokens of its prompt that the prefix cache held.
    public var cached: Int32 = 0
    /// Of a session, and its turn there, both from 0; -1 else.
    public var session: Int32 = -1
    public var turn: Int32 = -1

    public var isAnswered: Bool { response.isFinite }
    /// Between two tokens of its answer, on average; nil for an answer of one token.
    public var perToken: Double? {
      output > 1 && response.isFinite ? (response - firstToken) / Double(output - 1) : nil
    }

    public init(arrival: Double, input: Int, output: Int) {
      self.arrival = arrival
      self.input = input
      self.output = output
    }
  }

  /// What a replica did.
  public struct Replica: Sendable, Hashable {
    public enum Role: String, Sendable { case both, prefill, decode }
    public var role = Role.both
    public var requests = 0
    public var outputTokens = 0.0
    /// Seconds in steps, and steps.
    public var busy = 0.0
    public var steps = 0
    public var preemptions = 0
    /// Sequences that decode, on average of the busy time; and the share of its cache that they take, there and at most.
    public var running = 0.0
    public var cacheUse = 0.0
    public var mostCacheUse = 0.0
  }

  /// In the order of arrival, those of sessions as they came.
  public var requests: [Request] = []
  public var replicas: [Replica] = []
  /// Requests that are longer than the model's context, or than a replica's cache.
  public var refused = 0
  /// From the first arrival to the last answer, seconds.
  public var seconds = 0.0
  /// Tokens that were answered, their prompts, and of these what prefix caches held.
  public var inputTokens = 0.0
  public var outputTokens = 0.0
  public var cachedTokens = 0.0
  /// Tokens of prompts that were brought up from each tier below the accelerators' memory.
  public var fetched: [Double] = []
  /// Between two tokens of one answer, seconds.
  public var gaps = Histogram(cells: 128)
  /// Whether work still waited when the run ended before its end.
  public var unfinished = 0
  /// Requests that were lost with their replica.
  public var lost = 0

  public init() {}

  public var answered: Int { requests.count - refused - unfinished - lost }
  public var firstToken: Latency { Latency(of: requests.compactMap { $0.isAnswered ? $0.firstToken : nil }) }
  public var perToken: Latency { Latency(of: requests.compactMap(\.perToken)) }
  public var response: Latency { Latency(of: requests.compactMap { $0.isAnswered ? $0.response : nil }) }
  public var preemptions: Int { replicas.reduce(0) { $0 + $1.preemptions } }
  /// The share of the time that replicas were in steps.
  public var utilization: Utilization {
    let busy = replicas.reduce(0) { $0 + $1.busy }
    let all = seconds * Double(max(1, replicas.count))
    return Utilization(rawValue: all > 0 ? min(1, busy / all) : 0)
  }
  public var outputRate: TokenRate { .perSecond(seconds > 0 ? outputTokens / seconds : 0) }
  public var inputRate: TokenRate { .perSecond(seconds > 0 ? inputTokens / seconds : 0) }
  public var cachedShare: Fraction { Fraction(rawValue: inputTokens > 0 ? cachedTokens / inputTokens : 0) }

  /// The share of requests within all bounds; what the bounds' metrics do not name is not looked at.
  public func share(within bounds: [LatencyBound]) -> Fraction {
    guard !requests.isEmpty else { return Fraction(rawValue: 1) }
    let good = requests.count { request in
      request.isAnswered
        && bounds.allSatisfy { bound in (request.time(bound.metric) ?? 0) <= bound.limit.seconds }
    }
    return Fraction(rawValue: Double(good) / Double(requests.count))
  }
}

extension TokenRecord.Request {
  /// Its time by a metric; nil where it has none.
  func time(_ metric: ServiceMetric) -> Double? {
    switch metric {
    case .firstToken, .wait: firstToken
    case .perToken, .betweenTokens: perToken
    case .response: response
    default: nil
    }
  }
}
