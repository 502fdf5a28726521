import Glibc
import Quantities

/// What the first paths of a model drew, as far as it makes their days' peaks: logarithms, a path after the other.
struct PathDraws: Sendable {
  let days: Int
  private(set) var count = 0
  /// By path and day: the level, and the day's peak over that of its fit.
  private(set) var level: [Double] = []
  private(set) var peak: [Double] = []
  /// By path.
  private(set) var lifts: [[Double]] = []

  init(_ model: PathModel, paths: Int) {
    days = model.dayCount
    level.reserveCapacity(paths * days)
    peak.reserveCapacity(paths * days)
    var draw = PathModel.Draw(days: days)
    for p in 0..<paths {
      model.take(&draw, p, seed: model.seed)
      level.append(contentsOf: draw.level)
      for d in 0..<days { peak.append(PathPeaks.deviation(draw, d, model.residuals)) }
      if !model.lifts.isEmpty { lifts.append(draw.lifts) }
    }
    count = paths
  }

  /// The largest step without events of the first days on paths, of which the first were drawn.
  ///
  /// - Parameters:
  ///   - plain: the fit's largest step of each day.
  ///   - days: how many days, at most ``days``.
  func peaks(of model: PathModel, paths: Int, over plain: [Double], days: Int) -> [Double] {
    let (logs, days) = (plain.map { log($0) }, min(days, self.days))
    func largest(_ level: [Double], _ peak: [Double], from start: Int) -> Double {
      plain.withUnsafeBufferPointer { plain in
        logs.withUnsafeBufferPointer { logs in
          level.withUnsafeBufferPointer { level in
            peak.withUnsafeBufferPointer { peak in
              PathPeaks.largest(
                plain, logs, UnsafeBufferPointer(rebasing: level[start..<start + days]),
                UnsafeBufferPointer(rebasing: peak[start..<start + days]))
            }
          }
        }
      }
    }
    var draw = PathModel.Draw(days: self.days)
    return (0..<paths).map { p in
      if p < count { return largest(level, peak, from: p * self.days) }
      model.take(&draw, p, seed: model.seed)
      return largest(draw.level, (0..<days).map { PathPeaks.deviation(draw, $0, model.residuals) }, from: 0)
    }
  }
}

/// The largest step of each day on one path after the other.
///
/// Peaks are compared as logarithms, and made numbers of where they are told: a number is its day's own largest step times
/// the exponential of what was drawn, so that without any doubt it is that step to the last digit.
struct PathPeaks {
  /// The largest step of each day with the middle growth, without events.
  let tops: [Double]
  let logTops: [Double]
  /// By day: the level as drawn and calibrated, and with it the day's peak over that of its fit.
  private(set) var level: [Double]
  private(set) var drawn: [Double]
  /// Days that an event touches, ascending, and the largest step of each with it and the middle growth.
  let eventDays: [Int]
  private(set) var eventTops: [Double]

  private var peak: [Double]
  private var scratch: [Double]
  /// Of the largest steps that the calibration knows.
  private let calibrationLogs: [Double]
  /// Steps of the days that an event touches.
  private var eventSteps: [[Int]] = []
  private var factor: [Double]
  private let grown: [Double]

  init(_ model: PathModel) {
    let plain = model.plainPeaks(from: model.first)
    grown = model.trend.map { exp(min(300, $0)) }
    tops = zip(plain, grown).map { $0 * $1 }
    logTops = tops.map { log($0) }
    calibrationLogs = model.calibration?.plain.map { log($0) } ?? []
    level = [Double](repeating: 0, count: model.dayCount)
    (drawn, peak, scratch) = (level, level, level)
    var touched = [Bool](repeating: false, count: model.dayCount)
    for occurrence in model.occurrences { for i in occurrence.steps { touched[Int(model.day[i])] = true } }
    eventDays = touched.indices.filter { touched[$0] }
    eventTops = [Double](repeating: 0, count: eventDays.count)
    eventSteps = [[Int]](repeating: [], count: eventDays.count)
    factor = [Double](repeating: 1, count: eventDays.isEmpty ? 0 : model.base.count)
    var place = [Int](repeating: -1, count: model.dayCount)
    for (k, d) in eventDays.enumerated() { place[d] = k }
    for i in factor.indices.dropFirst(model.first) where place[Int(model.day[i])] >= 0 {
      eventSteps[place[Int(model.day[i])]].append(i)
    }
  }

  /// The logarithm of a day's peak over that of its fit, without the level.
  static func deviation(_ draw: PathModel.Draw, _ d: Int, _ residuals: ResidualDays) -> Double {
    draw.row[d] < 0 ? draw.smear[d] : draw.smear[d] + residuals.logPeaks[draw.row[d]]
  }

  mutating func take(_ draw: PathModel.Draw, of model: PathModel) {
    for d in level.indices {
      level[d] = draw.level[d]
      peak[d] = PathPeaks.deviation(draw, d, model.residuals)
    }
    settle(draw.lifts, model)
  }

  mutating func take(_ draws: PathDraws, _ path: Int, of model: PathModel) {
    let start = path * draws.days
    for d in level.indices {
      level[d] = draws.level[start + d]
      peak[d] = draws.peak[start + d]
    }
    settle(draws.lifts.isEmpty ? [] : draws.lifts[path], model)
  }

  private mutating func settle(_ lifts: [Double], _ model: PathModel) {
    if let calibration = model.calibration { calibrate(calibration) }
    for d in level.indices { drawn[d] = level[d] + peak[d] }
    guard !eventDays.isEmpty else { return }
    for occurrence in model.occurrences { for i in occurrence.steps { factor[i] = 1 } }
    for occurrence in model.occurrences {
      let lift = lifts[occurrence.event]
      for (i, share) in zip(occurrence.steps, occurrence.shares) { factor[i] *= max(0, 1 + (lift - 1) * share) }
    }
    for (k, d) in eventDays.enumerated() {
      eventTops[k] = eventSteps[k].reduce(0) { max($0, model.base[$1] * factor[$1]) } * grown[d]
    }
  }

  /// The largest step of a day, with events.
  func top(ofDay d: Int) -> Double {
    var (low, high) = (0, eventDays.count)
    while low < high {
      let middle = (low + high) / 2
      if eventDays[middle] < d { low = middle + 1 } else { high = middle }
    }
    return (low < eventDays.count && eventDays[low] == d ? eventTops[low] : tops[d]) * exp(drawn[d])
  }

  /// The largest step of the path without events, and with them.
  mutating func largest() -> (without: Double, with: Double) {
    let without = PathPeaks.largest(tops, logTops, drawn)
    guard !eventDays.isEmpty else { return (without, without) }
    // The days without event, and those with.
    for d in level.indices { scratch[d] = logTops[d] }
    for d in eventDays { scratch[d] = -.infinity }
    var with = PathPeaks.largest(tops, scratch, drawn)
    for (k, d) in eventDays.enumerated() { with = max(with, eventTops[k] * exp(drawn[d])) }
    return (without, with)
  }

  private static func largest(_ tops: [Double], _ logs: [Double], _ drawn: [Double]) -> Double {
    tops.withUnsafeBufferPointer { tops in
      logs.withUnsafeBufferPointer { logs in drawn.withUnsafeBufferPointer { largest(tops, logs, $0) } }
    }
  }

  /// The largest of numbers times the exponentials of what was drawn. Those within a billionth of the largest are compared
  /// as numbers, so that it is at least each of them to the last digit.
  ///
  /// - Parameters:
  ///   - tops: at least as many as were drawn.
  ///   - logs: their logarithms; one that does not count is negative infinity.
  ///   - more: what is added to what was drawn, where something is.
  static func largest(
    _ tops: UnsafeBufferPointer<Double>, _ logs: UnsafeBufferPointer<Double>, _ drawn: UnsafeBufferPointer<Double>,
    _ more: UnsafeBufferPointer<Double>? = nil
  ) -> Double {
    precondition(tops.count >= drawn.count && logs.count >= drawn.count, "there is a top for each day drawn")
    var most = -Double.infinity
    for d in drawn.indices {
      let height = logs[d] + (more.map { drawn[d] + $0[d] } ?? drawn[d])
      most = height > most ? height : most
    }
    var result = 0.0
    for d in drawn.indices {
      let sum = more.map { drawn[d] + $0[d] } ?? drawn[d]
      if logs[d] + sum >= most - 1e-9, logs[d] > -.infinity { result = max(result, tops[d] * exp(sum)) }
    }
    return result
  }

  /// Moves the largest day of the first weeks to where the ensemble expects the path's peak.
  ///
  /// Only what stands out of the path's usual day is stretched or shrunk: the peak says nothing about ordinary days.
  /// With whole paths scaled instead, the peaks of days on 131 stretches of two weeks were 7 % too low in the middle.
  private mutating func calibrate(_ calibration: PeakCalibration) {
    let days = min(calibration.days, level.count)
    let (usual, peak, logs) = (usual(days), peak, calibrationLogs)
    level.withUnsafeMutableBufferPointer { level in
      peak.withUnsafeBufferPointer { peak in
        logs.withUnsafeBufferPointer { PathPeaks.calibrate(level, peak, usual, calibration, $0, days: days) }
      }
    }
  }

  private static func calibrate(
    _ level: UnsafeMutableBufferPointer<Double>, _ peak: UnsafeBufferPointer<Double>, _ usual: Double,
    _ calibration: PeakCalibration, _ logs: UnsafeBufferPointer<Double>, days: Int
  ) {
    let top = calibration.plain.withUnsafeBufferPointer {
      largest(
        $0, logs, UnsafeBufferPointer(rebasing: level[..<days]), UnsafeBufferPointer(rebasing: peak[..<days]))
    }
    let factor = calibration.factor(at: top)
    let target = top * factor
    guard target > 0, target.isFinite else { return }
    let goal = log(target)
    // The largest day without what stands out, and the stretch at which the first day reaches the target.
    var still = -Double.infinity
    var stretch = Double.infinity
    for d in 0..<days where logs[d] > -.infinity {
      let excess = peak[d] - usual
      let rest = logs[d] + level[d] + usual + min(excess, 0)
      still = rest > still ? rest : still
      if excess > 0 { stretch = min(stretch, (goal - rest) / excess) }
    }
    if still >= goal {
      // Ordinary days alone reach too high: all move down, and nothing stands out of them.
      stretch = 0
      for d in level.indices { level[d] += goal - still }
    } else if stretch == .infinity {
      // No day stands out: all move up.
      for d in level.indices { level[d] += goal - still }
      return
    }
    // Beyond the weeks that it is known for, a day moves no further than the peak did.
    let most = max(0, log(factor))
    for d in level.indices where peak[d] > usual {
      let moved = (stretch - 1) * (peak[d] - usual)
      level[d] += d < days ? moved : min(moved, most)
    }
  }

  /// The median of the first days' peaks over their fit as ``Statistics/median(_:)`` has it, without sorting: it is asked for
  /// a thousand times a forecast.
  private func usual(_ days: Int) -> Double {
    guard days > 0, !peak[..<days].contains(where: \.isNaN) else {
      return Statistics.median(Array(peak[..<days])) ?? 0
    }
    let rank = 0.5 * Double(days - 1)
    let below = Int(rank)
    let (low, high) = peak.withUnsafeBufferPointer {
      OrderStatistics.pair(at: below, of: UnsafeBufferPointer(rebasing: $0[..<days]))
    }
    return low + (high - low) * (rank - Double(below))
  }
}
