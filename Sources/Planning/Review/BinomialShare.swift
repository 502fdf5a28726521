import Glibc
import Quantities

/// How often something happened, with the interval of the share behind it.
///
/// The interval is the exact one of Clopper and Pearson (1934, "The use of confidence or fiducial limits illustrated in
/// the case of the binomial"): the shares under which so many hits or more, and so few or fewer, come at least once in
/// two hundred times each.
public struct BinomialShare: Hashable, Sendable {
  public let hits: Int
  public let count: Int
  /// Of 99 %; 0 to 1 where nothing was counted.
  public let low: Double
  public let high: Double

  /// What either end of the interval leaves out.
  static let rest = 0.005

  /// NaN where nothing was counted.
  public var share: Double { count > 0 ? Double(hits) / Double(count) : .nan }

  /// - Parameters:
  ///   - count: what was counted.
  ///   - independent: how many of them say something that the others do not say already; the interval is as wide as for
  ///     so many, their hits rounded to what lies nearer to any expectation.
  public init(hits: Int, of count: Int, independent: Int? = nil) {
    precondition(count >= 0 && (0...count).contains(hits), "hits are some of what was counted")
    self.hits = hits
    self.count = count
    let n = min(max(independent ?? count, 0), count)
    guard n > 0 else {
      (low, high) = (0, 1)
      return
    }
    let (few, many) = BinomialShare.scaled(hits, of: count, to: n)
    let chances = CountChances(upTo: n)
    low = few == 0 ? 0 : BinomialShare.solve { exp(chances.logBinomial(few, of: n, $0)) - BinomialShare.rest }
    high =
      many >= n
      ? 1 : BinomialShare.solve { BinomialShare.rest - (1 - exp(chances.logBinomial(many + 1, of: n, $0))) }
  }

  /// So many hits of fewer trials, rounded down and up.
  static func scaled(_ hits: Int, of count: Int, to n: Int) -> (few: Int, many: Int) {
    let exact = Double(hits) / Double(max(1, count)) * Double(n)
    return (Int((exact + 1e-9).rounded(.down)), Int((exact - 1e-9).rounded(.up)))
  }

  /// Where a rising function passes zero, by halving.
  private static func solve(_ f: (Double) -> Double) -> Double {
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if f(middle) < 0 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
