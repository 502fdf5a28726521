import Glibc
import Quantities

/// Where the beginning of a series ends and its steady state starts.
///
/// MSER-5: of all places to cut, the one that leaves the mean of the rest known best, the least
/// `sum (Z_i - mean)^2 / (m - d)^2` over means Z of five values each (K. P. White, "An Effective Truncation Heuristic for
/// Bias Reduction in Simulation Output", Simulation 69:6, 1997; White, Cobb and Spratt, "A Comparison of Five
/// Steady-State Truncation Heuristics", 2000). A cut in the second half says that the steady state was not reached.
///
/// It is applied to logarithms: latencies are skewed, and one slow request of a steady service would otherwise outweigh
/// a beginning twice as slow.
public struct SteadyState: Sendable, Equatable {
  /// Values of the beginning; 0 where it does not differ from the rest.
  public var coldCount: Int
  /// Whether the rest is steady.
  public var isReached: Bool

  /// Values to a mean.
  public static let batch = 5
  /// Fewer batches tell nothing.
  public static let leastBatches = 10

  /// - Parameter values: positive, in order.
  public init(_ values: [Double]) {
    let logs = values.map { $0 > 0 && $0.isFinite ? log($0) : log(1e-9) }
    let m = logs.count / Self.batch
    guard m >= Self.leastBatches else {
      (coldCount, isReached) = (0, false)
      return
    }
    let means = (0..<m).map { i in
      logs[i * Self.batch..<(i + 1) * Self.batch].reduce(0, +) / Double(Self.batch)
    }
    // Sums from the end, around the last mean so that squares of near-equal numbers do not cancel.
    var sum = 0.0
    var squares = 0.0
    var best = (value: Double.infinity, cut: 0)
    for d in stride(from: m - 1, through: 0, by: -1) {
      let x = means[d] - means[m - 1]
      sum += x
      squares += x * x
      let n = Double(m - d)
      // The last batches are too few to judge by themselves (Spratt, 1998).
      guard m - d >= Self.batch else { continue }
      let value = max(0, squares - sum * sum / n) / (n * n)
      if value <= best.value { best = (value, d) }
    }
    isReached = best.cut <= m / 2
    guard best.cut > 0, isReached else {
      coldCount = isReached ? 0 : best.cut * Self.batch
      return
    }
    // A cut is found in any noise. It is a cold start where a batch of it lies outside what the steady ones show:
    // Shewhart's three standard deviations.
    let steady = Array(means[best.cut...])
    let limit = (Statistics.mean(steady) ?? 0) + 3 * (Statistics.deviation(steady) ?? 0)
    coldCount = means[..<best.cut].contains { $0 > limit + 1e-12 } ? best.cut * Self.batch : 0
  }
}
