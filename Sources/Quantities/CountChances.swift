import Glibc

/// Chances of counts, binomial and hypergeometric, from a table of the logarithms of factorials.
///
/// Sums stay in the logarithm, so that chances far below the smallest double can be compared.
public struct CountChances: Sendable {
  private let logFactorial: [Double]

  /// - Parameter most: the largest number of trials asked about.
  public init(upTo most: Int) {
    precondition(most >= 0, "there are no fewer than no trials")
    var table = [0.0]
    table.reserveCapacity(most + 1)
    for i in 0..<most { table.append(table[i] + log(Double(i + 1))) }
    logFactorial = table
  }

  private func logChoose(_ n: Int, _ k: Int) -> Double {
    k < 0 || k > n ? -.infinity : logFactorial[n] - logFactorial[k] - logFactorial[n - k]
  }

  /// The logarithm of the chance that at least `h` of `k` given things are among `m` drawn out of `n`.
  public func logHypergeometric(_ h: Int, of k: Int, _ m: Int, of n: Int) -> Double {
    guard h <= min(k, m) else { return -.infinity }
    let all = logChoose(n, k)
    return CountChances.logSum((h...min(k, m)).map { logChoose(m, $0) + logChoose(n - m, k - $0) - all })
  }

  /// The logarithm of the chance of at least `h` successes in `k` trials, each of probability `p`.
  public func logBinomial(_ h: Int, of k: Int, _ p: Double) -> Double {
    guard h <= k else { return -.infinity }
    guard p < 1, h > 0 else { return 0 }
    guard p > 0 else { return -.infinity }
    return CountChances.logSum((h...k).map { logChoose(k, $0) + Double($0) * log(p) + Double(k - $0) * log1p(-p) })
  }

  private static func logSum(_ terms: [Double]) -> Double {
    guard let most = terms.max(), most.isFinite else { return -.infinity }
    return min(0, most + log(terms.reduce(0) { $0 + exp($1 - most) }))
  }
}
