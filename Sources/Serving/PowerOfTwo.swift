import Glibc

/// The wait where each request joins the less busy of two replicas drawn by chance, many replicas of c exponential servers.
///
/// In the limit of many replicas the share s(k) of them that have k requests or more solves (Mitzenmacher, "The Power of Two
/// Choices in Randomized Load Balancing", IEEE Transactions on Parallel and Distributed Systems 12(10), 2001, here with c
/// servers a replica; in service times, a the load of one replica):
///
///     a s(k-1)^2 = min(k, c) s(k) + the sum of s(j) over k < j <= c         s(0) = 1
///
/// Beyond c that is s(k) = (a / c) s(k-1)^2, which falls doubly exponentially; below, s(c) is what makes s(0) one.
struct PowerOfTwo {
  /// The share of requests that wait.
  let waitProbability: Double
  /// The mean wait of those that wait, in service times.
  let meanWait: Double

  /// - Parameters:
  ///   - concurrency: 1 or more.
  ///   - utilization: from 0 to below 1.
  init(concurrency: Int, utilization: Double) {
    let c = Double(concurrency)
    let load = utilization * c
    guard load > 0 else {
      (waitProbability, meanWait) = (0, 1 / c)
      return
    }
    func start(_ full: Double) -> Double {
      var above = full
      var sum = 0.0
      // From k = c down to 1: s(k-1) by s(k) and the sum of those from k + 1 to c.
      for k in stride(from: concurrency, through: 1, by: -1) {
        let below = ((Double(k) * above + sum) / load).squareRoot()
        sum += above
        above = below
        if above > 2 { return above }
      }
      return above
    }
    var (low, high) = (0.0, 1.0)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if start(middle) < 1 { low = middle } else { high = middle }
    }
    let full = (low + high) / 2
    waitProbability = full * full
    // Who finds k >= c in the better of both waits for k - c + 1 completions: the sum of s(k)^2 over k >= c, over c.
    var share = full
    var sum = 0.0
    for _ in 0..<1_000_000 {
      let term = share * share
      sum += term
      share = utilization * term
      if term < 1e-16 * sum || term == 0 { break }
    }
    meanWait = waitProbability > 0 ? sum / c / waitProbability : 1 / c
  }

  static let band = ErrorBand(
    low: 0.9, high: 1.1, source: "many replicas against simulations of 4 to 32,")
}
