import Documents

/// What a replica or a system makes of a ``SizeQuestion``; nil where a figure does not apply.
public struct SizeAnswer: Hashable, Sendable {
  /// Tokens of answers a second, all cards together, and a card's share of prompts and answers both.
  public var outputThroughput: Double?
  public var throughputPerCard: Double?
  /// Times in milliseconds.
  public var firstTokenMean: Double?
  public var firstTokenP50: Double?
  public var firstTokenP99: Double?
  public var perTokenMean: Double?
  public var perTokenP50: Double?
  public var perTokenP99: Double?
  public var betweenTokensMean: Double?
  public var responseP99: Double?
  /// Seconds from the first request to the last answer.
  public var makespan: Double?
  /// GiB of KV cache of the replica.
  public var cacheGiB: Double?
  public var isOverloaded: Bool?
  /// Requests a second within the limits.
  public var capacity: Double?
  /// The figure that the band is of, and the band.
  public var metric: String?
  public var low: Double?
  public var high: Double?
  /// What binds.
  public var binding: String?
  /// What is remarkable, in sentences.
  public var findings: [String] = []

  public init() {}

  /// The figure of a metric.
  func value(of metric: String) -> Double? {
    switch metric {
    case "output_throughput", "throughput": outputThroughput
    case "throughput_per_gpu": throughputPerCard
    case "ttft_mean": firstTokenMean
    case "ttft_p50": firstTokenP50
    case "ttft_p99": firstTokenP99
    case "tpot_mean": perTokenMean
    case "tpot_p50": perTokenP50
    case "tpot_p99": perTokenP99
    case "itl_mean": betweenTokensMean
    case "kv_gib": cacheGiB
    case "capacity_qps": capacity
    case "e2e_p99": responseP99
    default: nil
    }
  }

  /// Writes the answer's fields into an open object.
  public func write(to json: inout JSONWriter) {
    func put(_ key: String, _ value: Double?, _ json: inout JSONWriter) {
      json.key(key)
      // Six digits are more than any of these is known to.
      if let value { json.number(Self.rounded(value)) } else { json.null() }
    }
    for (key, value) in [
      ("output_throughput", outputThroughput), ("throughput", outputThroughput),
      ("throughput_per_gpu", throughputPerCard), ("ttft_mean", firstTokenMean), ("ttft_p50", firstTokenP50),
      ("ttft_p99", firstTokenP99), ("tpot_mean", perTokenMean), ("tpot_p50", perTokenP50), ("tpot_p99", perTokenP99),
      ("itl_mean", betweenTokensMean), ("e2e_p99", responseP99), ("makespan", makespan), ("kv_gib", cacheGiB),
      ("overloaded", isOverloaded.map { $0 ? 1 : 0 }), ("capacity_qps", capacity),
    ] { put(key, value, &json) }
    json.key("metric")
    if let metric { json.string(metric) } else { json.null() }
    put("low", low, &json)
    put("high", high, &json)
    if let binding {
      json.key("binding")
      json.string(binding)
    }
    if !findings.isEmpty {
      json.key("findings")
      json.array { json in for finding in findings { json.string(finding) } }
    }
  }

  static func rounded(_ value: Double) -> Double {
    guard value.isFinite, value != 0 else { return value }
    var scale = 1.0
    while abs(value) * scale < 1e5 { scale *= 10 }
    return (value * scale).rounded() / scale
  }
}
