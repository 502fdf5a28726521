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

  /// What one path drew. Factors stand as logarithms: what is drawn are sums, and only few of them are asked for as numbers.
  struct Draw {
    /// The level by day, without the middle growth.
    var level: [Double]
    /// Residual row by day; -1 where there is none.
    var row: [Int]
    /// What a day's peak is smeared by.
    var smear: [Double]
    var lifts: [Double]

    init(days: Int) {
      level = [Double](repeating: 0, count: days)
      row = [Int](repeating: -1, count: days)
      smear = level
      lifts = []
    }
  }

  /// What the first paths draw, as far as it is not too much to keep: they are asked for twice.
  func draws(_ paths: Int) -> PathDraws {
    PathDraws(self, paths: min(paths, PathModel.mostKeptDays / max(1, dayCount)))
  }
  /// 8 MB of draws.
  private static let mostKeptDays = 500_000

  /// Fills in what a path draws.
  func take(_ result: inout Draw, _ index: Int, seed: UInt64) {
    var random = RandomStream(seed: seed, item: UInt64(truncatingIfNeeded: index))
    let z = random.normal()
    let growth = slope.mid + z / edge * (z < 0 ? slope.mid - slope.low : slope.high - slope.mid)
    if !lifts.isEmpty {
      // Lifts come from a stream of their own, so that a path without events is the same path without its events.
      var lottery = RandomStream(seed: ~seed, item: UInt64(truncatingIfNeeded: index))
      result.lifts = lifts.map { max(0, $0.quantile(lottery.uniform()).rawValue) }
    }
    var season = 0.0
    if !seasonDoubt.isEmpty {
      var almanac = RandomStream(seed: seed &+ 0x5EA5_0000, item: UInt64(truncatingIfNeeded: index))
      season = almanac.normal()
    }
    var walk = random.normal(deviation: drift.atOnce.squareRoot())
    let tilt = growth - slope.mid
    let (days, first, width) = (dayCount, firstWeekday, residuals.smear)
    let (isFollowed, pools) = (residuals.isFollowed, residuals.rowsByWeekday)
    // What is drawn, in its order; then what it comes to.
    withUnsafeTemporaryAllocation(of: NormalPair.self, capacity: days) { pairs in
      result.row.withUnsafeMutableBufferPointer { rows in
        result.level.withUnsafeMutableBufferPointer { level in
          var bend = 0.0
          var d = 0
          while d < days {
            // The walk bends once a week and is straight in between: a seventh of the draws, the same reach.
            // Also where the horizon ends within the week: a longer one continues the same paths.
            if d % 7 == 0 {
              let days = d == 0 ? lead[d] + 6 * leadStep : lead[d] - lead[d - 7]
              bend = days > 0 ? random.normal(deviation: (drift.perDay * days).squareRoot()) / 7 : 0
            }
            // A day, and those that follow it in the history up to the end of the week.
            let pool = pools[(first + d) % 7]
            var row = pool.isEmpty ? -1 : pool[min(pool.count - 1, Int(random.uniform() * Double(pool.count)))]
            let block = d
            while true {
              walk += bend
              level[d] = walk
              rows[d] = row
              d += 1
              guard d < days, d % 7 != 0, row >= 0, isFollowed[row] else { break }
              row += 1
            }
            if width > 0 { random.fill(UnsafeMutableBufferPointer(rebasing: pairs[block..<d])) }
          }
          for d in 0..<days {
            let doubt = seasonDoubt.isEmpty ? 0 : season * seasonDoubt[d]
            level[d] = min(300, tilt * lead[d] + level[d] + doubt)
          }
        }
      }
      guard width > 0 else { return }
      result.smear.withUnsafeMutableBufferPointer { smear in
        for d in 0..<days { smear[d] = pairs[d].normal(deviation: width) }
      }
    }
  }

  /// How many deviations the bounds of growth are from its middle.
  private var edge: Double { Statistics.normalQuantile(0.5 + confidence / 2) }

  /// One path, step by step, from ``first`` on. Each day's largest step is that of ``dailyPeaks(paths:)``.
  func path(_ index: Int, seed: UInt64) -> [Double] {
    var draw = Draw(days: dayCount)
    take(&draw, index, seed: seed)
    var walker = PathPeaks(self)
    walker.take(draw, of: self)
    var values = base
    let factors = (0..<dayCount).map { d in exp(min(300, trend[d])) * exp(walker.level[d]) * exp(draw.smear[d]) }
    for i in values.indices {
      let d = Int(day[i])
      let row = draw.row[d]
      values[i] *= row < 0 ? factors[d] : factors[d] * residuals.ratios[row * residuals.slots + Int(slot[i])]
    }
    for occurrence in occurrences {
      let lift = draw.lifts[occurrence.event]
      for (i, share) in zip(occurrence.steps, occurrence.shares) { values[i] *= max(0, 1 + (lift - 1) * share) }
    }
    var from = first
    while from < values.count {
      var to = from
      while to < values.count, day[to] == day[from] { to += 1 }
      PathModel.align(&values, from..<to, top: walker.top(ofDay: Int(day[from])), likeliest: base)
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

  /// The largest step of each day on many paths, and that of the whole horizon.
  ///
  /// The day's peak is its fit's peak times the residual day's peak ratio: right also where the fit is smoother than
  /// any real day, and much cheaper than the path itself.
  ///
  /// - Parameter drawn: what the first paths drew, where somebody knows it already.
  func dailyPeaks(paths: Int, drawn: PathDraws? = nil) -> PeakDraws {
    var walker = PathPeaks(self)
    var draw = Draw(days: dayCount)
    return PeakDraws(paths: paths, firstDay: first < day.count ? Int(day[first]) : 0, &walker) { p, walker in
      if let drawn, p < drawn.count {
        walker.take(drawn, p, of: self)
      } else {
        take(&draw, p, seed: seed)
        walker.take(draw, of: self)
      }
    }
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
