import Glibc

extension Latency {
  /// Ranks as `-ln(1 - p)`: on this axis an exponential tail is a straight line.
  private static let ranks: (Double, Double, Double, Double, Double) = (
    0.693_147_180_559_945_3, 2.302_585_092_994_046, 2.995_732_273_553_991, 4.605_170_185_988_092,
    6.907_755_278_982_137
  )
  private var knots: [(rank: Double, seconds: Double)] {
    [
      (0, 0), (Self.ranks.0, p50), (Self.ranks.1, p90), (Self.ranks.2, p95), (Self.ranks.3, p99),
      (Self.ranks.4, p999),
    ]
  }

  /// The response time that a share `p` of requests stays within, between the known quantiles along an
  /// exponential tail (exact for exponential response times); beyond p99.9 along the last piece.
  public func quantile(_ p: Double) -> Double {
    guard p > 0 else { return 0 }
    guard p < 1, p999.isFinite else { return .infinity }
    let rank = -log1p(-p)
    let k = knots
    for i in 1..<k.count where rank <= k[i].rank || i == k.count - 1 {
      let slope = (k[i].seconds - k[i - 1].seconds) / (k[i].rank - k[i - 1].rank)
      return k[i - 1].seconds + slope * (rank - k[i - 1].rank)
    }
    return p999
  }

  /// The share of requests answered within `bound` seconds: the inverse of ``quantile(_:)``.
  public func share(within bound: Double) -> Double {
    guard bound > 0, p50.isFinite else { return bound == .infinity && p50.isFinite ? 1 : 0 }
    guard bound < .infinity else { return 1 }
    let k = knots
    for i in 1..<k.count where bound <= k[i].seconds || i == k.count - 1 {
      guard k[i].seconds > k[i - 1].seconds else { return bound >= k[i].seconds ? -expm1(-k[i].rank) : 0 }
      let slope = (k[i].rank - k[i - 1].rank) / (k[i].seconds - k[i - 1].seconds)
      return -expm1(-(k[i - 1].rank + slope * (bound - k[i - 1].seconds)))
    }
    return 1
  }
}
