import Glibc
import Quantities

/// The confidence of a mean of values that depend on each other, as waits of one simulation do: by the means of batches.
///
/// Batches are joined in pairs until neighbours' means are no longer correlated (a lag-1 autocorrelation below 1.645 of its
/// standard error), or until 16 are left: fewer leave too little to estimate a variance from (Schmeiser, "Batch size effects
/// in the analysis of simulation output", Operations Research 30, 1982, advises 10 to 30; Law and Carson, Operations
/// Research 27, 1979, the test).
public struct BatchMeans: Hashable, Sendable {
  /// Half the width of the interval around the mean; NaN for fewer than 16 batches.
  public let halfWidth: Double
  /// The batches that were used.
  public let batches: Int

  /// - Parameters:
  ///   - means: of batches of equal size, in order.
  ///   - confidence: 0.95 unless said otherwise.
  public init(_ means: [Double], confidence: Double = 0.95) {
    var means = means
    while means.count >= 32, Self.areCorrelated(means) {
      means = stride(from: 1, to: means.count, by: 2).map { i in (means[i - 1] + means[i]) / 2 }
    }
    batches = means.count
    guard means.count >= 16, let variance = Statistics.variance(means) else {
      halfWidth = .nan
      return
    }
    halfWidth =
      Self.studentQuantile((1 + confidence) / 2, freedom: Double(means.count - 1))
      * (variance / Double(means.count)).squareRoot()
  }

  private static func areCorrelated(_ means: [Double]) -> Bool {
    (Statistics.autocorrelation(means, lag: 1) ?? 0) > 1.645 / Double(means.count).squareRoot()
  }

  /// Student's t by the Cornish-Fisher expansion in 1 / freedom (Abramowitz and Stegun 26.7.5), good to 1e-4 from 15 on.
  static func studentQuantile(_ p: Double, freedom n: Double) -> Double {
    let z = Statistics.normalQuantile(p)
    let (z3, z5, z7) = (pow(z, 3), pow(z, 5), pow(z, 7))
    let first = (z3 + z) / 4
    let second = (5 * z5 + 16 * z3 + 3 * z) / 96
    let third = (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / 384
    return z + (first + (second + third / n) / n) / n
  }
}
