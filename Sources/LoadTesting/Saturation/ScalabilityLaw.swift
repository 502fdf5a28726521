import Glibc
import Quantities

/// The universal scalability law (Gunther, "Guerrilla Capacity Planning", 2007):
/// `X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1))`, the throughput X of N requests at a time.
public struct ScalabilityLaw: Sendable, Hashable {
  /// The throughput of one request at a time.
  public var lambda: Double
  /// Contention: the share that is done one after the other.
  public var sigma: Double
  /// Coherence: what each pair costs.
  public var kappa: Double
  /// The share of the variance of N / X that the law explains.
  public var fit: Double

  public init(lambda: Double, sigma: Double, kappa: Double, fit: Double = .nan) {
    self.lambda = lambda
    self.sigma = sigma
    self.kappa = kappa
    self.fit = fit
  }

  public func throughput(_ concurrency: Double) -> Double {
    lambda * concurrency / (1 + sigma * (concurrency - 1) + kappa * concurrency * (concurrency - 1))
  }
  /// Where throughput is highest, `sqrt((1 - sigma) / kappa)`; nil where it only flattens.
  public var peakConcurrency: Double? {
    kappa > 0 && sigma < 1 ? ((1 - sigma) / kappa).squareRoot() : nil
  }
  /// The highest throughput: at the peak, or what contention alone tends to.
  public var peakThroughput: Double? {
    if let n = peakConcurrency { return throughput(n) }
    return sigma > 0 ? lambda / sigma : nil
  }

  /// Least squares on `N / X = (1 + sigma (N - 1) + kappa N (N - 1)) / lambda`, which is linear in its three unknowns,
  /// weighted so that relative errors count alike. Negative contention or coherence is set to nothing and the rest
  /// fitted again. Nil for fewer than six different levels, as the author of the law advises.
  public init?(fitting points: [(concurrency: Double, throughput: Double)]) {
    let kept = points.filter {
      $0.concurrency > 0 && $0.throughput > 0 && $0.concurrency.isFinite && $0.throughput.isFinite
    }
    guard Set(kept.map { ($0.concurrency * 100).rounded() }).count >= 6 else { return nil }
    for terms in [[0, 1, 2], [0, 1], [0, 2], [0]] {
      guard let c = Self.solve(kept, terms), c[0] > 0, c.allSatisfy({ $0.isFinite && $0 >= 0 }) else { continue }
      lambda = 1 / c[0]
      sigma = c[1] / c[0]
      kappa = c[2] / c[0]
      fit = .nan
      let mean = kept.reduce(0) { $0 + $1.throughput } / Double(kept.count)
      let total = kept.reduce(0) { $0 + pow($1.throughput - mean, 2) }
      let left = kept.reduce(0) { $0 + pow($1.throughput - throughput($1.concurrency), 2) }
      fit = total > 0 ? 1 - left / total : 1
      return
    }
    return nil
  }

  private static func solve(_ points: [(concurrency: Double, throughput: Double)], _ terms: [Int]) -> [Double]? {
    let n = terms.count
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: n + 1), count: n)
    for (concurrency, throughput) in points {
      let all = [1, concurrency - 1, concurrency * (concurrency - 1)]
      let y = concurrency / throughput
      let row = terms.map { all[$0] / y }
      for i in 0..<n {
        for j in 0..<n { matrix[i][j] += row[i] * row[j] }
        matrix[i][n] += row[i]
      }
    }
    for i in 0..<n {
      guard let pivot = (i..<n).max(by: { abs(matrix[$0][i]) < abs(matrix[$1][i]) }), abs(matrix[pivot][i]) > 1e-300
      else { return nil }
      matrix.swapAt(i, pivot)
      for k in 0..<n where k != i {
        let factor = matrix[k][i] / matrix[i][i]
        for j in i...n { matrix[k][j] -= factor * matrix[i][j] }
      }
    }
    var result = [0.0, 0.0, 0.0]
    for (i, term) in terms.enumerated() { result[term] = matrix[i][n] / matrix[i][i] }
    return result
  }
}

/// Where throughput stops growing with concurrency: two straight pieces that meet.
public struct ScalabilityKnee: Sendable, Hashable {
  public var concurrency: Double
  public var throughput: Double

  /// Least squares of a rising and a flat piece over every possible place. Accepted where the second rises at most a
  /// quarter as steeply as the first and the two explain at least half of what one line leaves.
  public init?(fitting points: [(concurrency: Double, throughput: Double)]) {
    let sorted = points.filter { $0.concurrency.isFinite && $0.throughput.isFinite }
      .sorted { $0.concurrency < $1.concurrency }
    guard sorted.count >= 5 else { return nil }
    func residual(_ part: ArraySlice<(concurrency: Double, throughput: Double)>) -> (error: Double, slope: Double)? {
      guard let line = Statistics.line(x: part.map(\.concurrency), y: part.map(\.throughput)) else { return nil }
      return (
        part.reduce(0) { $0 + pow($1.throughput - line.intercept - line.slope * $1.concurrency, 2) }, line.slope
      )
    }
    guard let whole = residual(sorted[...]), whole.error > 0 else { return nil }
    var best: (error: Double, at: Int)?
    for i in 2...(sorted.count - 2) {
      guard let first = residual(sorted[..<i]), let second = residual(sorted[(i - 1)...]), first.slope > 0,
        second.slope <= first.slope / 4
      else { continue }
      let error = first.error + second.error
      if error < (best?.error ?? .infinity) { best = (error, i - 1) }
    }
    guard let best, best.error <= whole.error / 2 else { return nil }
    concurrency = sorted[best.at].concurrency
    throughput = sorted[best.at].throughput
  }
}
