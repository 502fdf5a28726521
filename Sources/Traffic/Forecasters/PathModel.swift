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
  /// Days from one of them to the next.
  var leadStep: Double
  /// The first step that counts: what comes before it lies in the past of whoever asks.
  var first = 0
  /// Growth of the logarithm per day.
  var slope: (low: Double, mid: Double, high: Double)
  /// The logarithm that the middle growth has reached by day.
  var trend: [Double]
  /// The deviation of the logarithm by day that the doubt about the season of the year makes, all days alike; empty
  /// where no season is known.
  var seasonDoubt: [Double] = []
  var confidence: Double
  var drift: LevelDrift
  var residuals: ResidualDays
  var occurrences: [Occurrence]
  var lifts: [Estimate<Factor>]
  /// Brings the peaks of paths to where an ensemble expects them; nil leaves them.
  var calibration: PeakCalibration?

  /// What one path drew.
  struct Draw {
    /// The factor of the level by day, without the middle growth.
    var level: [Double]
    /// Residual row by day; -1 where there is none.
    var row: [Int]
    /// Extra factor of a day's peak.
    var smear: [Double]
    var lifts: [Double]
  }

  /// What the first paths draw, as far as it is not too much to keep: they are asked for twice.
  func draws(_ paths: Int) -> [Draw] {
    (0..<min(paths, PathModel.mostKeptDays / max(1, dayCount))).map { draw($0, seed: seed) }
  }
  /// 12 MB of draws.
  private static let mostKeptDays = 500_000

  func draw(_ index: Int, seed: UInt64) -> Draw {
    var random = RandomStream(seed: seed, item: UInt64(truncatingIfNeeded: index))
    let edge = Statistics.normalQuantile(0.5 + confidence / 2)
    let z = random.normal()
    let growth = slope.mid + z / edge * (z < 0 ? slope.mid - slope.low : slope.high - slope.mid)
    // Lifts come from a stream of their own, so that a path without events is the same path without its events.
    var lottery = RandomStream(seed: ~seed, item: UInt64(truncatingIfNeeded: index))
    let drawn = lifts.map { max(0, $0.quantile(lottery.uniform()).rawValue) }
    var season = 0.0
    if !seasonDoubt.isEmpty {
      var almanac = RandomStream(seed: seed &+ 0x5EA5_0000, item: UInt64(truncatingIfNeeded: index))
      season = almanac.normal()
    }
    var walk = random.normal(deviation: drift.atOnce.squareRoot())
    var result = Draw(
      level: [Double](repeating: 1, count: dayCount), row: [Int](repeating: -1, count: dayCount),
      smear: [Double](repeating: 1, count: dayCount), lifts: drawn)
    var row = -1
    var walkStep = 0.0
    var previous = 0.0
    for d in 0..<dayCount {
      // The walk bends once a week and is straight in between: a seventh of the draws, the same reach.
      // Also where the horizon ends within the week: a longer one continues the same paths.
      if d % 7 == 0 {
        let bend = lead[d] + 6 * leadStep
        let days = max(0, bend - previous)
        walkStep = days > 0 ? random.normal(deviation: (drift.perDay * days).squareRoot()) / 7 : 0
        previous = bend
      }
      walk += walkStep
      let doubt = seasonDoubt.isEmpty ? 0 : season * seasonDoubt[d]
      result.level[d] = exp(min(300, (growth - slope.mid) * lead[d] + walk + doubt))
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

  /// One path, step by step, from ``first`` on. Each day's largest step is that of ``dailyPeaks(paths:)``.
  func path(_ index: Int, seed: UInt64) -> [Double] {
    var draw = draw(index, seed: seed)
    calibrate(&draw)
    let grown = grown
    var values = base
    for i in values.indices {
      let d = Int(day[i])
      let row = draw.row[d]
      let ratio = row < 0 ? draw.smear[d] : residuals.ratios[row * residuals.slots + Int(slot[i])] * draw.smear[d]
      values[i] *= grown[d] * draw.level[d] * ratio
    }
    for occurrence in occurrences {
      let lift = draw.lifts[occurrence.event]
      for (i, share) in zip(occurrence.steps, occurrence.shares) { values[i] *= max(0, 1 + (lift - 1) * share) }
    }
    var tops = DayTops(self)
    tops.take(draw, of: self)
    var from = first
    while from < values.count {
      var to = from
      while to < values.count, day[to] == day[from] { to += 1 }
      PathModel.align(&values, from..<to, top: tops.with[Int(day[from])], likeliest: base)
      from = to
    }
    return first == 0 ? values : Array(values[first...])
  }

  /// Moves a day's high steps so that the largest is `top`; the others move by the fourth power of their share of it, so
  /// that ordinary hours stay.
  static func align(_ values: inout [Double], _ steps: Range<Int>, top: Double, likeliest base: [Double]) {
    guard var peak = steps.first else { return }
    for i in steps where values[i] > values[peak] { peak = i }
    let largest = values[peak]
    if largest > 0, largest.isFinite, top.isFinite {
      // Below four fifths the order of steps would turn: the rest of the way all move alike.
      let factor = min(1, top / largest / 0.8)
      let excess = top / largest / factor - 1
      for i in steps {
        let share = values[i] / largest
        values[i] = min(top, values[i] * factor * (1 + excess * share * share * share * share))
      }
    } else {
      peak = steps.max { base[$0] < base[$1] } ?? peak
    }
    values[peak] = top
  }

  /// The largest step of each day's fit, of those from a step on.
  func plainPeaks(from first: Int) -> [Double] {
    var plain = [Double](repeating: 0, count: dayCount)
    for i in min(first, base.count)..<base.count { plain[Int(day[i])] = max(plain[Int(day[i])], base[i]) }
    return plain
  }

  /// The largest step without events of the first days on one path.
  func plainPeak(_ draw: Draw, _ plain: [Double], days: Int) -> Double {
    var top = 0.0
    for d in 0..<min(days, dayCount) {
      top = max(top, plain[d] * scale(draw, day: d))
    }
    return top
  }

  private func calibrate(_ draw: inout Draw) {
    if let calibration { calibrate(&draw, calibration, calibration.plain) }
  }

  /// The factor of the middle growth by day.
  fileprivate var grown: [Double] { trend.map { exp(min(300, $0)) } }

  /// What a path makes of a day's largest step, growth apart.
  fileprivate func scale(_ draw: Draw, day d: Int) -> Double {
    let row = draw.row[d]
    return draw.level[d] * draw.smear[d] * (row < 0 ? 1 : residuals.peakRatios[row])
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
    let usual = PathModel.median(ratios[..<days])
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

  /// The median as ``Statistics/median(_:)`` has it, without sorting: it is asked for a thousand times a forecast.
  private static func median(_ values: ArraySlice<Double>) -> Double {
    guard !values.isEmpty, !values.contains(where: \.isNaN) else { return Statistics.median(Array(values)) ?? 0 }
    var copy = Array(values)
    let rank = 0.5 * Double(copy.count - 1)
    let below = Int(rank)
    let above = min(below + 1, copy.count - 1)
    copy.withUnsafeMutableBufferPointer { OrderStatistics.place($0, below == above ? [below] : [below, above]) }
    return copy[below] + (copy[above] - copy[below]) * (rank - Double(below))
  }

  /// The largest step of each day on many paths, and that of the whole horizon.
  ///
  /// The day's peak is its fit's peak times the residual day's peak ratio: right also where the fit is smoother than
  /// any real day, and much cheaper than the path itself.
  ///
  /// - Parameter drawn: what the first paths drew, where somebody knows it already.
  func dailyPeaks(paths: Int, drawn: [Draw] = []) -> PeakDraws {
    var tops = DayTops(self)
    var draws = PeakDraws(paths: paths, days: dayCount, firstDay: first < day.count ? Int(day[first]) : 0)
    for p in 0..<paths {
      var draw = p < drawn.count ? drawn[p] : draw(p, seed: seed)
      calibrate(&draw)
      tops.take(draw, of: self)
      for d in 0..<dayCount {
        draws.peaks[d * paths + p] = tops.with[d]
        draws.horizon[p] = max(draws.horizon[p], tops.with[d])
        draws.baseline[p] = max(draws.baseline[p], tops.without[d])
      }
    }
    draws.horizon.sort()
    draws.baseline.sort()
    return draws
  }

  /// The same futures, over fewer steps.
  func prefix(_ steps: Int) -> PathModel {
    guard steps < base.count, steps > 0 else { return self }
    var model = self
    model.base = Array(base.prefix(steps))
    model.day = Array(day.prefix(steps))
    model.slot = Array(slot.prefix(steps))
    model.dayCount = Int(day[steps - 1]) + 1
    model.lead = Array(lead.prefix(model.dayCount))
    model.trend = Array(trend.prefix(model.dayCount))
    model.seasonDoubt = Array(seasonDoubt.prefix(model.dayCount))
    model.occurrences = occurrences.compactMap { whole in
      let inside = whole.steps.clamped(to: 0..<steps)
      guard !inside.isEmpty else { return nil }
      let from = inside.lowerBound - whole.steps.lowerBound
      return Occurrence(event: whole.event, steps: inside, shares: Array(whole.shares[from..<from + inside.count]))
    }
    return model
  }
}

/// The largest step of each day on one path after the other.
private struct DayTops {
  /// With events and without.
  private(set) var with: [Double]
  private(set) var without: [Double]
  private let plain: [Double]
  private let grown: [Double]
  /// Steps of the days that an event touches.
  private var eventSteps: [[Int]]
  private var factor: [Double]

  init(_ model: PathModel) {
    plain = model.plainPeaks(from: model.first)
    (with, without) = (plain, plain)
    grown = model.grown
    var touched = [Bool](repeating: false, count: model.dayCount)
    for occurrence in model.occurrences { for i in occurrence.steps { touched[Int(model.day[i])] = true } }
    eventSteps = [[Int]](repeating: [], count: model.dayCount)
    factor = [Double](repeating: 1, count: touched.contains(true) ? model.base.count : 0)
    for i in factor.indices.dropFirst(model.first) where touched[Int(model.day[i])] {
      eventSteps[Int(model.day[i])].append(i)
    }
  }

  /// Fills `with` and `without` for a path.
  mutating func take(_ draw: PathModel.Draw, of model: PathModel) {
    for occurrence in model.occurrences { for i in occurrence.steps { factor[i] = 1 } }
    for occurrence in model.occurrences {
      let lift = draw.lifts[occurrence.event]
      for (i, share) in zip(occurrence.steps, occurrence.shares) { factor[i] *= max(0, 1 + (lift - 1) * share) }
    }
    for d in plain.indices {
      let scale = grown[d] * model.scale(draw, day: d)
      without[d] = plain[d] * scale
      with[d] =
        eventSteps[d].isEmpty ? without[d] : eventSteps[d].reduce(0) { max($0, model.base[$1] * factor[$1]) } * scale
    }
  }
}
