import Quantities

/// The peaks of many sampled futures by day: the one set from which the peaks of days, weeks and the horizon, the runway and
/// the plan are counted, so that at every quantile a span's peak is at least that of each of its parts.
struct PeakDraws: Sendable {
  /// Futures.
  let paths: Int
  /// By day, `paths` numbers: that day's largest step on each of them.
  var peaks: [Double]
  /// The largest step of the horizon on each, ascending; the same without events.
  var horizon: [Double]
  var baseline: [Double]
  /// The first day that counts.
  let firstDay: Int

  init(paths: Int, days: Int, firstDay: Int) {
    self.paths = paths
    self.firstDay = firstDay
    peaks = [Double](repeating: 0, count: paths * days)
    horizon = [Double](repeating: 0, count: paths)
    baseline = horizon
  }

  /// Moves each day that counts by its factor.
  mutating func scale(by factors: [Double]) {
    horizon = [Double](repeating: 0, count: paths)
    for (k, factor) in factors.enumerated() where firstDay + k < dayCount {
      for p in 0..<paths {
        peaks[(firstDay + k) * paths + p] *= factor
        horizon[p] = max(horizon[p], peaks[(firstDay + k) * paths + p])
      }
    }
    horizon.sort()
  }

  var dayCount: Int { paths > 0 ? peaks.count / paths : 0 }

  /// Hands over each day's largest step on each future, ascending.
  func eachDay(_ body: (_ day: Int, _ sorted: [Double]) -> Void) {
    var order = RadixOrder(paths)
    var sorted = [Double](repeating: 0, count: paths)
    for d in 0..<dayCount {
      order.sort(peaks[d * paths..<(d + 1) * paths], into: &sorted)
      body(d, sorted)
    }
  }

  /// The largest step of some days on each future, ascending.
  func tops(of days: Range<Int>) -> [Double] {
    guard days.count > 1 else { return peaks[days.lowerBound * paths..<days.upperBound * paths].sorted() }
    var tops = [Double](repeating: 0, count: paths)
    for d in days { for p in 0..<paths { tops[p] = max(tops[p], peaks[d * paths + p]) } }
    return tops.sorted()
  }
}
