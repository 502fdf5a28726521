import Glibc
import Quantities

/// How far each day of a history lies from an ordinary one, in robust deviations.
///
/// Made from the values themselves: a day whose steps are all outliers has no level of its own, yet it is the very day
/// that is looked for here.
struct DayDeviations: Sendable {
  /// Logarithm of the day's largest step over its fit's largest, or of its mean over its fit's, whichever lies
  /// farther out; less what is usual. NaN for days of a known event and for days of which too little is known.
  let excess: [Double]
  /// The same in robust deviations between days; 0 where it moves demand by less than ``leastEffect``.
  let score: [Double]
  /// Mean of the day over its smooth level: how high this weekday stands, events included.
  let height: [Double]
  /// Days with steps that are outliers for their hour, above and below.
  let spikes: (high: [Int], low: [Int])

  /// A day that differs by less is no event worth a name: `log(1.15)`, 15 %.
  static let leastEffect = 0.13976
  /// Days spread by at least so much in the logarithm: a smooth series must not make events of rounding.
  static let leastSpread = 0.02

  init(_ fit: SeasonalFit) {
    let clock = fit.clock
    let values = fit.series.rawValues
    let n = clock.dayCount
    var top = [Double](repeating: 0, count: n)
    var (sum, fitTop, fitTopKnown, fitSum, known) = (top, top, top, top, top)
    var spoiled = [Bool](repeating: false, count: n)
    for i in values.indices {
      let d = Int(clock.day[i])
      let base = fit.fitted(i)
      if fit.inEvent[i] || base.isNaN { spoiled[d] = true }
      fitTop[d] = max(fitTop[d], base)
      guard !values[i].isNaN else { continue }
      top[d] = max(top[d], values[i])
      fitTopKnown[d] = max(fitTopKnown[d], base)
      sum[d] += values[i]
      fitSum[d] += base
      known[d] += 1
    }
    let typical = Statistics.median(fit.smoothLevel) ?? 0
    let floor = 0.01 * typical
    let full = Statistics.median(known) ?? 0
    var (ofTop, ofMean, height) = (
      [Double](repeating: .nan, count: n), [Double](repeating: .nan, count: n), [Double](repeating: .nan, count: n)
    )
    for d in 0..<n where typical > 0 && !spoiled[d] && fitTop[d] > 0 && fitTopKnown[d] >= 0.95 * fitTop[d] {
      // Cut-off days at either end of the history are no days.
      guard known[d] >= 0.75 * full, fitSum[d] > 0 else { continue }
      ofTop[d] = log((top[d] + floor) / (fitTop[d] + floor))
      ofMean[d] = log((sum[d] / known[d] + floor) / (fitSum[d] / known[d] + floor))
      height[d] = log((sum[d] / known[d] + floor) / (fit.smoothLevel[d] + floor))
    }
    let (centreTop, centreMean) = (Statistics.median(ofTop) ?? 0, Statistics.median(ofMean) ?? 0)
    let spreadTop = max(DayDeviations.leastSpread, Statistics.robustDeviation(ofTop) ?? 0)
    let spreadMean = max(DayDeviations.leastSpread, Statistics.robustDeviation(ofMean) ?? 0)
    var excess = ofTop
    var score = ofTop
    for d in 0..<n where !ofTop[d].isNaN {
      let (a, b) = (ofTop[d] - centreTop, ofMean[d] - centreMean)
      let (scoreA, scoreB) = (abs(a) >= DayDeviations.leastEffect ? a / spreadTop : 0, b / spreadMean)
      let scoreOfMean = abs(b) >= DayDeviations.leastEffect ? scoreB : 0
      (excess[d], score[d]) = abs(scoreA) >= abs(scoreOfMean) ? (a, scoreA) : (b, scoreOfMean)
    }
    self.excess = excess
    self.score = score
    self.height = height
    var (high, low): ([Int], [Int]) = ([], [])
    for flag in fit.outliers {
      let d = Int(clock.day[flag.index])
      guard !excess[d].isNaN else { continue }
      if flag.score > 0, high.last != d { high.append(d) }
      if flag.score < 0, low.last != d { low.append(d) }
    }
    spikes = (high, low)
  }

  /// Days beyond a score in one direction, each run of neighbours by one day: its first, or its farthest.
  func flagged(beyond level: Double, sign: Double, byFirst: Bool) -> [Int] {
    var result: [Int] = []
    var before = -2
    for d in score.indices where score[d] * sign >= level {
      if d != before + 1 {
        result.append(d)
      } else if !byFirst, let last = result.last, score[d] * sign > score[last] * sign {
        result[result.count - 1] = d
      }
      before = d
    }
    return result
  }
}
