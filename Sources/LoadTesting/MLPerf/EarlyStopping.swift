import Glibc

/// MLPerf's rule for when a run has seen enough queries to claim a percentile (mlcommons/inference, `loadgen`,
/// "early stopping"): with `t` of `n` queries over the latency, the claim that at most a share `1 - p` of all queries is
/// over it is made with confidence `c` once `P[Binomial(n, 1 - p) <= t] <= 1 - c`.
public enum EarlyStopping {
  /// What MLPerf asks for.
  public static let confidence = 0.99

  /// The least number of queries with which `overLatency` slow ones are few enough.
  /// - Parameters:
  ///   - percentile: `p`, between 0 and 1.
  /// - Complexity: the number of slow ones times the logarithm of the answer.
  public static func queriesNeeded(
    overLatency: Int, percentile: Double, confidence: Double = confidence
  ) -> Int? {
    guard percentile > 0, percentile < 1, confidence > 0, confidence < 1, (0...10_000_000).contains(overLatency) else {
      return nil
    }
    let bound = 1 - confidence
    var low = overLatency
    var high = max(1, Int(min(1e15, Double(overLatency + 1) / (1 - percentile))))
    while cumulative(overLatency, of: high, 1 - percentile) > bound {
      low = high
      guard high < Int.max / 2 else { return nil }
      high *= 2
    }
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if cumulative(overLatency, of: middle, 1 - percentile) <= bound { high = middle } else { low = middle }
    }
    return high
  }

  /// The most slow queries that so many queries allow; nil where even one without any would be too few.
  public static func mostOverLatency(queries: Int, percentile: Double, confidence: Double = confidence) -> Int? {
    func allows(_ count: Int) -> Bool {
      queriesNeeded(overLatency: count, percentile: percentile, confidence: confidence).map { $0 <= queries } ?? false
    }
    guard queries > 0, allows(0) else { return nil }
    var low = 0
    // More than the percentile's own share cannot be.
    var high = Int(min(1e7, Double(queries) * (1 - percentile))) + 2
    while high - low > 1 {
      let middle = (low + high) / 2
      if allows(middle) { low = middle } else { high = middle }
    }
    return low
  }

  /// The rank, from the lowest latency and counted from 1, that is reported for the percentile: that of the slowest
  /// query left when one fewer than ``mostOverLatency(queries:percentile:confidence:)`` are discarded. Nil where there
  /// are too few queries for an estimate.
  public static func estimateRank(queries: Int, percentile: Double, confidence: Double = confidence) -> Int? {
    guard let most = mostOverLatency(queries: queries, percentile: percentile, confidence: confidence), most >= 1 else {
      return nil
    }
    return queries - (most - 1)
  }

  /// `P[Binomial(n, q) <= t]`, its terms from one to the next in logarithms, since `(1 - q)^n` alone is too small for a
  /// double.
  static func cumulative(_ t: Int, of n: Int, _ q: Double) -> Double {
    guard t < n else { return 1 }
    let odds = log(q) - log1p(-q)
    var term = Double(n) * log1p(-q)
    var sum = exp(term)
    for k in stride(from: 1, through: t, by: 1) {
      term += log(Double(n - k + 1) / Double(k)) + odds
      sum += exp(term)
    }
    return min(1, sum)
  }
}
