import Glibc
import Quantities

/// Ordinary days of the history as ratios to their fit: the stuff of which sample paths are made.
struct ResidualDays: Sendable {
  /// Steps to a day.
  let slots: Int
  /// Demand over fit, `slots` numbers a day; 1 where unknown.
  let ratios: [Double]
  /// The logarithm of each day's largest step over its fit's largest.
  let logPeaks: [Double]
  /// The same as ratios.
  let peakRatios: [Double]
  /// Whether the following row is the next calendar day.
  let isFollowed: [Bool]
  /// Rows by weekday (or kind of day, or all of them, where a weekday is too rare).
  let rowsByWeekday: [[Int]]
  /// Deviation of the normal by which drawn peaks are smeared in the logarithm: the pool alone can never exceed its
  /// largest day.
  let smear: Double
  /// Outlier steps that were replaced by their fit.
  let leftOut: Int

  /// Days kept at most, the latest ones.
  static let most = 400

  init(_ fit: SeasonalFit) {
    let clock = fit.clock
    let values = fit.series.rawValues
    // Rare outliers are left out; where there are outliers on more than one day in fifty they are how this traffic
    // is, and stay.
    let outlierDays = Set(fit.outliers.map { clock.day[$0.index] }).count
    let keeps = outlierDays > max(3, fit.knownDays / 50)
    let flagged = keeps ? [] : Set(fit.outliers.map { $0.index })
    leftOut = flagged.count
    let peaks = fit.dayPeaks(without: flagged)
    let slots = clock.hasDays ? max(1, Int((86400 / fit.stepSeconds).rounded(.up))) : 1
    var rowOf = [Int](repeating: -1, count: clock.dayCount)
    var days: [Int] = []
    for d in max(0, clock.dayCount - ResidualDays.most)..<clock.dayCount where peaks[d] > 0 {
      rowOf[d] = days.count
      days.append(d)
    }
    var ratios = [Double](repeating: 1, count: days.count * slots)
    for i in values.indices {
      let row = rowOf[Int(clock.day[i])]
      guard row >= 0, !values[i].isNaN, !flagged.contains(i) else { continue }
      let expected = fit.fitted(i)
      let slot = clock.hasDays ? min(slots - 1, Int(Double(clock.second[i]) / fit.stepSeconds)) : 0
      if expected > 0 { ratios[row * slots + slot] = values[i] / expected }
    }
    self.slots = slots
    self.ratios = ratios
    logPeaks = days.map { log(peaks[$0]) }
    peakRatios = logPeaks.map { exp($0) }
    isFollowed = days.indices.map { $0 + 1 < days.count && days[$0 + 1] == days[$0] + 1 }
    let weekdays = days.map { (clock.firstDate.weekday.rawValue + $0) % 7 }
    rowsByWeekday = (0..<7).map { w in
      if !clock.hasDays { return Array(days.indices) }
      let own = days.indices.filter { weekdays[$0] == w }
      if own.count >= 4 { return own }
      let kind = days.indices.filter { (weekdays[$0] >= 5) == (w >= 5) }
      return kind.count >= 4 ? kind : Array(days.indices)
    }
    let n = Double(days.count)
    // Half of Silverman's bandwidth: enough to reach past the largest day, too little to widen the middle.
    let deviation = Statistics.deviation(logPeaks) ?? 0.15
    smear = n < 1 ? 0.3 : max(0.5 * 1.06 * deviation * pow(n, -0.2), n < 14 ? 0.3 / n : 0)
  }

  var count: Int { logPeaks.count }

  /// The middle 80 % of a step over its fit, as the larger factor: the noise that no model explains.
  var spread: Double {
    let all = Statistics.quantiles(ratios, [0.1, 0.9]) ?? [1, 1]
    return max(1, all[1], all[0] > 0 ? 1 / all[0] : 1)
  }
}
