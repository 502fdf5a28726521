import Glibc
import Quantities

/// Everything a sample path is drawn from: the fit ahead, growth, drift of the level, residual days and events.
///
/// A path draws one growth, one lift for each event, a random walk of the level, and blocks of seven residual days
/// that keep their weekdays. Path `i` of a seed is the same whether its peaks or its steps are asked for.
struct PathModel: Sendable {
  struct Occurrence: Sendable {
    /// Index into `lifts`.
    var event: Int
    var steps: Range<Int>
    /// The share of the lift's excess at each of `steps`.
    var shares: [Double]
  }
  var seed: UInt64
  /// The fit of each step at the level of the history's end, without growth and events, per second.
  var base: [Double]
  /// Day of each step, from 0.
  var day: [Int32]
  /// Place of each step in its day.
  var slot: [Int32]
  var dayCount: Int
  var firstWeekday: Int
  /// Days from the level's date to the middle of each day.
  var lead: [Double]
  /// Growth of the logarithm per day.
  var slope: (low: Double, mid: Double, high: Double)
  var confidence: Double
  var drift: LevelDrift
  var residuals: ResidualDays
  var occurrences: [Occurrence]
  var lifts: [Estimate<Factor>]
  /// Brings the peaks of paths to where an ensemble expects them; nil leaves them.
  var calibration: PeakCalibration?

  /// What one path drew.
  struct Draw {
    /// The factor of growth and level by day.
    var level: [Double]
    /// Residual row by day; -1 where there is none.
    var row: [Int]
    /// Extra factor of a day's peak.
    var smear: [Double]
    var lifts: [Double]
  }

  func draw(_ index: Int, seed: UInt64) -> Draw {
    var random = RandomStream(seed: seed, item: UInt64(truncatingIfNeeded: index))
    let edge = Statistics.normalQuantile(0.5 + confidence / 2)
    let z = random.normal()
    let growth = slope.mid + z / edge * (z < 0 ? slope.mid - slope.low : slope.high - slope.mid)
    // Lifts come from a stream of their own, so that a path without events is the same path without its events.
    var lottery = RandomStream(seed: ~seed, item: UInt64(truncatingIfNeeded: index))
    let drawn = lifts.map { max(0, $0.quantile(lottery.uniform()).rawValue) }
    var walk = random.normal(deviation: drift.atOnce.squareRoot())
    var result = Draw(
      level: [Double](repeating: 1, count: dayCount), row: [Int](repeating: -1, count: dayCount),
      smear: [Double](repeating: 1, count: dayCount), lifts: drawn)
    var row = -1
    var walkStep = 0.0
    var previous = 0.0
    for d in 0..<dayCount {
      // The walk bends once a week and is straight in between: a seventh of the draws, the same reach.
      if d % 7 == 0 {
        let span = min(dayCount - 1, d + 6)
        let days = max(0, lead[span] - previous)
        walkStep = days > 0 ? random.normal(deviation: (drift.perDay * days).squareRoot()) / Double(span - d + 1) : 0
        previous = lead[span]
      }
      walk += walkStep
      result.level[d] = exp(min(300, growth * lead[d] + walk))
      if d % 7 != 0, row >= 0, residuals.isFollowed[row] {
        row += 1
      } else {
        let pool = residuals.rowsByWeekday[(firstWeekday + d) % 7]
        row = pool.isEmpty ? -1 : pool[min(pool.count - 1, Int(random.uniform() * Double(pool.count)))]
      }
      result.row[d] = row
      if residuals.smear > 0 { result.smear[d] = exp(random.normal(deviation: residuals.smear)) }
    }
    return result
  }

  /// One path, step by step.
  func path(_ index: Int, seed: UInt64) -> [Double] {
    var draw = draw(index, seed: seed)
    calibrate(&draw)
    var values = base
    for i in values.indices {
      let d = Int(day[i])
      let row = draw.row[d]
      let ratio = row < 0 ? draw.smear[d] : residuals.ratios[row * residuals.slots + Int(slot[i])] * draw.smear[d]
      values[i] *= draw.level[d] * ratio
    }
    for occurrence in occurrences {
      let lift = draw.lifts[occurrence.event]
      for (i, share) in zip(occurrence.steps, occurrence.shares) { values[i] *= max(0, 1 + (lift - 1) * share) }
    }
    return values
  }

  /// The largest step of each day's fit.
  var plainPeaks: [Double] {
    var plain = [Double](repeating: 0, count: dayCount)
    for i in base.indices { plain[Int(day[i])] = max(plain[Int(day[i])], base[i]) }
    return plain
  }

  /// The largest step without events of the first days on one path.
  func plainPeak(_ draw: Draw, _ plain: [Double], days: Int) -> Double {
    var top = 0.0
    for d in 0..<min(days, dayCount) {
      let row = draw.row[d]
      top = max(top, plain[d] * draw.level[d] * draw.smear[d] * (row < 0 ? 1 : exp(residuals.logPeaks[row])))
    }
    return top
  }

  private func calibrate(_ draw: inout Draw) {
    if let calibration { calibrate(&draw, calibration, calibration.plain) }
  }

  /// Moves the largest day of the first weeks to where the ensemble expects the path's peak.
  ///
  /// Only what stands out of the path's usual day is stretched or shrunk: the peak says nothing about ordinary days.
  /// With whole paths scaled instead, the peaks of days on 131 stretches of two weeks were 7 % too low in the middle.
  private func calibrate(_ draw: inout Draw, _ calibration: PeakCalibration, _ plain: [Double]) {
    let days = min(calibration.days, dayCount)
    let peak = plainPeak(draw, plain, days: days)
    let factor = calibration.factor(at: peak)
    let target = peak * factor
    guard target > 0, target.isFinite else { return }
    let ratios = (0..<dayCount).map { d in
      log(draw.smear[d]) + (draw.row[d] < 0 ? 0 : residuals.logPeaks[draw.row[d]])
    }
    let usual = Statistics.median(Array(ratios[..<days])) ?? 0
    // The largest day without what stands out, and the stretch at which the first day reaches the target.
    var still = 0.0
    var stretch = Double.infinity
    for d in 0..<days where plain[d] > 0 {
      let excess = ratios[d] - usual
      let rest = plain[d] * draw.level[d] * exp(usual + min(excess, 0))
      still = max(still, rest)
      if excess > 0, rest > 0 { stretch = min(stretch, log(target / rest) / excess) }
    }
    if still >= target {
      // Ordinary days alone reach too high: all move down, and nothing stands out of them.
      stretch = 0
      for d in draw.level.indices { draw.level[d] *= target / still }
    } else if stretch == .infinity {
      // No day stands out: all move up.
      for d in draw.level.indices { draw.level[d] *= target / still }
      return
    }
    for d in draw.level.indices where ratios[d] > usual {
      let moved = exp((stretch - 1) * (ratios[d] - usual))
      // Beyond the weeks that it is known for, a day moves no further than the peak did.
      draw.level[d] *= d < days ? moved : min(moved, max(1, factor))
    }
  }

  /// The largest step of each day on many paths (`dayCount` rows of `paths` numbers), and that of the
  /// whole horizon, sorted, with events and without.
  ///
  /// The day's peak is its fit's peak times the residual day's peak ratio: right also where the fit is smoother than
  /// any real day, and much cheaper than the path itself.
  func dailyPeaks(paths: Int) -> (peaks: [Double], horizon: [Double], baselineHorizon: [Double]) {
    let plain = plainPeaks
    var eventDays = [[Int]](repeating: [], count: dayCount)  // steps of days that an event touches
    var touched = [Bool](repeating: false, count: dayCount)
    for occurrence in occurrences { for i in occurrence.steps { touched[Int(day[i])] = true } }
    var factor = [Double](repeating: 1, count: touched.contains(true) ? base.count : 0)
    for i in factor.indices where touched[Int(day[i])] { eventDays[Int(day[i])].append(i) }
    var peaks = [Double](repeating: 0, count: dayCount * paths)
    var horizon = [Double](repeating: 0, count: paths)
    var baselineHorizon = horizon
    for p in 0..<paths {
      var draw = draw(p, seed: seed)
      if let calibration { calibrate(&draw, calibration, plain) }
      for occurrence in occurrences { for i in occurrence.steps { factor[i] = 1 } }
      for occurrence in occurrences {
        let lift = draw.lifts[occurrence.event]
        for (i, share) in zip(occurrence.steps, occurrence.shares) { factor[i] *= max(0, 1 + (lift - 1) * share) }
      }
      for d in 0..<dayCount {
        let row = draw.row[d]
        let scale = draw.level[d] * draw.smear[d] * (row < 0 ? 1 : exp(residuals.logPeaks[row]))
        let ordinary = plain[d] * scale
        var top = plain[d]
        if touched[d] { top = eventDays[d].reduce(0) { max($0, base[$1] * factor[$1]) } }
        peaks[d * paths + p] = top * scale
        horizon[p] = max(horizon[p], top * scale)
        baselineHorizon[p] = max(baselineHorizon[p], ordinary)
      }
    }
    return (peaks, horizon.sorted(), baselineHorizon.sorted())
  }
}
