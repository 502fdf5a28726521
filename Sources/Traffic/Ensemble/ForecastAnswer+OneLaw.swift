import Glibc

extension ForecastAnswer {
  /// Makes one law of steps and peak: the peak's middle is at least the top of the middle path, and no step's quantile
  /// lies above the peak's, as whoever stays below a rate over the horizon stays below it at each step.
  ///
  /// - Parameter cutsPath: whether the path is cut at the peak's middle, where it lies above, in place of raising that.
  mutating func unify(cutsPath: Bool = false) {
    if cutsPath {
      for t in mean.indices { mean[t] = min(mean[t], peak[0]) }
    } else {
      peak[0] = max(peak[0], mean.max() ?? 0)
    }
    for p in 1..<peak.count { peak[p] = max(peak[p], peak[p - 1]) }
    // The 97.5 % between those of 95 and 99 %, by the tail that both have.
    let between = peak[2] + (peak[3] - peak[2]) * (log(0.05) - log(0.025)) / (log(0.05) - log(0.01))
    let most = [peak[0], peak[0], peak[0], peak[1], between, peak[3]]
    peakLow = min(max(peakLow, quantiles[1].max() ?? peakLow), peak[0])
    for (q, bound) in most.enumerated() {
      for t in quantiles[q].indices { quantiles[q][t] = min(quantiles[q][t], bound) }
    }
  }

  /// What comes of two courses: with probability `share` everything is `factor` times as high.
  mutating func mix(factor: Double, share: Double) {
    guard factor > 0, factor.isFinite else { return }
    for t in mean.indices {
      let mixed = ForecastAnswer.mixed(
        quantiles.map { $0[t] }, at: ForecastAnswer.levels, factor: factor, share: share)
      for q in mixed.indices { quantiles[q][t] = mixed[q] }
      mean[t] = quantiles[2][t]
    }
    let mixed = ForecastAnswer.mixed(
      [peakLow] + peak, at: [0.1] + ForecastAnswer.peakLevels, factor: factor, share: share)
    peakLow = mixed[0]
    peak = Array(mixed.dropFirst())
  }

  /// Quantiles of the mixture of a distribution with itself times a factor, straight between those that are known.
  private static func mixed(_ values: [Double], at levels: [Double], factor: Double, share: Double) -> [Double] {
    guard let low = values.first, let high = values.last, low >= 0 else { return values }
    let known = [low / 2] + values + [high * 1.15]
    let places = [0] + levels + [1]
    func below(_ x: Double, _ scale: Double) -> Double {
      guard x > known[0] * scale else { return 0 }
      for i in 1..<known.count where x <= known[i] * scale {
        let (a, b) = (known[i - 1] * scale, known[i] * scale)
        return b > a ? places[i - 1] + (places[i] - places[i - 1]) * (x - a) / (b - a) : places[i]
      }
      return 1
    }
    let points = (known + known.map { $0 * factor }).sorted()
    let shares = points.map { (1 - share) * below($0, 1) + share * below($0, factor) }
    return levels.map { level in
      guard let i = shares.firstIndex(where: { $0 >= level }), i > 0 else { return points[0] }
      let width = shares[i] - shares[i - 1]
      return width > 0 ? points[i - 1] + (points[i] - points[i - 1]) * (level - shares[i - 1]) / width : points[i]
    }
  }
}
