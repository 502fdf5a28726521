import Glibc
import Quantities

/// How far a level estimated today is off some days later, learned by looking back: at every past day the level is
/// estimated from the days before it and compared with what came.
///
/// The variance of the logarithmic error grows in a straight line with the lead, `atOnce + perDay * days`: an error
/// of the estimate plus a random walk. The noise of single days is not in it; forecasts draw that separately.
struct LevelDrift: Sendable {
  /// Days in the window whose median is the level; the one that erred least.
  var window: Int
  var atOnce: Double
  var perDay: Double
  /// The level at the end of the history, per second.
  var level: Double

  /// Windows tried: short ones follow shifts, long ones average noise away.
  static let windows = [3, 7, 14, 28, 56]
  /// What is assumed where the history cannot say: 5 % at once and 2 % times the root of the days (14 % after 50
  /// days), the middle of what aggregated services showed; more where single days scatter: half of their variance at
  /// once and 3 % of it a day. Counts as much as `priorOrigins` independent origins.
  static let priorAtOnce = 0.0025
  static let priorPerDay = 0.0004
  static let priorOrigins = 4.0

  func variance(afterDays days: Double) -> Double { atOnce + perDay * max(0, days) }

  /// - Parameters:
  ///   - levels: deseasonalised level by day, NaN where unknown.
  ///   - smooth: the smooth level by day.
  ///   - slope: growth of the logarithm per day that the forecast takes out.
  ///   - horizonDays: leads beyond it do not matter.
  init(levels: [Double], smooth: [Double], slope: Double, horizonDays: Double) {
    let days = levels.indices.filter { levels[$0] > 0 }
    // Everything in logarithms with the growth taken off.
    let flat = days.map { log(levels[$0]) - slope * Double($0) }
    let noise = Statistics.robustDeviation(days.map { log(levels[$0] / max(smooth[$0], 1e-300)) }) ?? 0
    let most = min(400, flat.count)
    let recent = Array(flat.suffix(most))
    let leads = [1, 2, 4, 7, 14, 21, 28, 42, 56, 84].filter { Double($0) <= max(7, horizonDays) }

    var best: (window: Int, score: Double, errors: [[Double]]) = (LevelDrift.windows[0], .infinity, [])
    for window in LevelDrift.windows where recent.count >= window + 2 || window == LevelDrift.windows[0] {
      let errors = LevelDrift.errors(recent, window: window, leads: leads)
      // Judged from one common set of origins would be fairer; the median over all of them is steady enough.
      let score = errors.reduce((0.0, 0.0)) { sum, list in
        guard let m = Statistics.median(list.map { abs($0) }) else { return sum }
        return (sum.0 + m, sum.1 + 1)
      }
      guard score.1 > 0 else { continue }
      // A longer window must not be worse; equal ones go to the longer for its steadiness.
      let mean = score.0 / score.1
      if mean < best.score * 1.02 { best = (window, mean, errors) }
    }
    window = best.window
    let tail = flat.suffix(window)
    if let centre = Statistics.median(Array(tail)), let last = days.last {
      // The level of the last known day of the window's line.
      level = exp(centre + slope * Double(last))
    } else {
      level = Statistics.median(levels) ?? 0
    }
    var sums = (w: 0.0, x: 0.0, xx: 0.0, y: 0.0, xy: 0.0)
    func add(_ weight: Double, _ lead: Double, _ variance: Double) {
      sums.w += weight
      sums.x += weight * lead
      sums.xx += weight * lead * lead
      sums.y += weight * variance
      sums.xy += weight * lead * variance
    }
    for (lead, list) in zip(leads, best.errors) where list.count >= 4 {
      let robust = Statistics.robustDeviation(list) ?? 0
      let spread = max(robust, 0.8 * (list.reduce(0) { $0 + $1 * $1 } / Double(list.count)).squareRoot())
      add(
        Double(list.count) / Double(max(lead, 7)), Double(lead), max(0, spread * spread - noise * noise))
    }
    for lead in [1.0, max(7, min(28, horizonDays))] {
      add(
        LevelDrift.priorOrigins / 2, lead,
        LevelDrift.priorAtOnce + 0.5 * noise * noise + (LevelDrift.priorPerDay + 0.03 * noise * noise) * lead)
    }
    let determinant = sums.w * sums.xx - sums.x * sums.x
    var slopeFit = determinant > 1e-9 ? (sums.w * sums.xy - sums.x * sums.y) / determinant : 0
    slopeFit = max(0, slopeFit)
    perDay = slopeFit
    atOnce = max(0, (sums.y - slopeFit * sums.x) / max(sums.w, 1e-9))
  }

  /// For each lead, the errors over all origins.
  private static func errors(_ values: [Double], window: Int, leads: [Int]) -> [[Double]] {
    var result = [[Double]](repeating: [], count: leads.count)
    let first = min(window, values.count)
    var sorted: [Double] = []
    for origin in first..<max(first, values.count) {
      sorted.removeAll(keepingCapacity: true)
      sorted.append(contentsOf: values[(origin - window < 0 ? 0 : origin - window)..<origin])
      sorted.sort()
      let m = sorted.count
      let estimate = m % 2 == 1 ? sorted[m / 2] : (sorted[m / 2 - 1] + sorted[m / 2]) / 2
      for (k, lead) in leads.enumerated() where origin + lead - 1 < values.count {
        result[k].append(values[origin + lead - 1] - estimate)
      }
    }
    return result
  }
}
