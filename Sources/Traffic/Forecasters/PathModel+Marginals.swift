import Glibc
import Quantities

extension PathModel {
  /// Quantiles of each step, in closed form: the logarithmic spreads of residual, level, growth and lift are
  /// independent and add in squares.
  ///
  /// - Parameter levels: ascending, among them 0.5.
  /// - Returns: by level; the middle without events.
  func marginals(levels: [Double]) -> (quantiles: [[Double]], plainMid: [Double]) {
    let edge = Statistics.normalQuantile(0.5 + confidence / 2)
    let table = residualQuantiles(levels: levels == [0.5] ? levels : [0.5] + levels)
    var mid = [Double](repeating: 0, count: base.count)
    for i in base.indices {
      mid[i] = base[i] * exp(min(300, trend[Int(day[i])])) * table[0][slotKey(step: i)]
    }
    let plainMid = mid
    for occurrence in occurrences {
      let lift = lifts[occurrence.event].mid.rawValue
      for (i, share) in zip(occurrence.steps, occurrence.shares) { mid[i] *= max(0, 1 + (lift - 1) * share) }
    }
    let quantiles = zip(levels, levels == [0.5] ? table[...] : table.dropFirst()).map { level, ratios -> [Double] in
      guard level != 0.5 else { return mid }
      let isLow = level < 0.5
      let z = abs(Statistics.normalQuantile(level))
      let growth = z / edge * (isLow ? slope.mid - slope.low : slope.high - slope.mid)
      // Squared logarithmic distance to the middle; infinite where the bound is zero.
      var apart = [Double](repeating: 0, count: base.count)
      for i in base.indices {
        let d = Int(day[i])
        let (middle, ratio) = (table[0][slotKey(step: i)], ratios[slotKey(step: i)])
        let own =
          isLow
          ? (ratio > 0 && middle > 0 ? squared(log(middle / ratio)) : .infinity)
          : (middle > 0 ? squared(log(max(ratio, middle) / middle)) : 0)
        apart[i] = own + z * z * drift.variance(afterDays: lead[d]) + squared(growth * lead[d])
        if !seasonDoubt.isEmpty { apart[i] += squared(z * seasonDoubt[d]) }
      }
      for occurrence in occurrences {
        let lift = lifts[occurrence.event]
        // The lift's own bounds may stand for another confidence than the forecast's.
        let scale = lift.isCertain ? 0 : z / Statistics.normalQuantile(0.5 + min(lift.confidence, 0.999) / 2)
        for (i, share) in zip(occurrence.steps, occurrence.shares) where share > 0 {
          let factor = { (value: Factor) in max(0, 1 + (value.rawValue - 1) * share) }
          let (m, bound) = (factor(lift.mid), factor(isLow ? lift.low : lift.high))
          apart[i] +=
            isLow
            ? (bound > 0 && m > 0 ? squared(log(m / bound) * scale) : .infinity)
            : (m > 0 ? squared(log(bound / m) * scale) : 0)
        }
      }
      return mid.indices.map { i in
        if isLow { return apart[i].isFinite ? mid[i] * exp(-apart[i].squareRoot()) : 0 }
        return mid[i] * exp(min(700, apart[i].squareRoot()))
      }
    }
    return (quantiles, plainMid)
  }

  private func squared(_ x: Double) -> Double { x * x }

  private func slotKey(step i: Int) -> Int {
    let weekend = (firstWeekday + Int(day[i])) % 7 >= 5
    return (weekend ? residuals.slots : 0) + Int(slot[i])
  }

  /// Quantiles of the ratio to the fit by slot of the day, for weekdays and weekend days apart; by level.
  private func residualQuantiles(levels: [Double]) -> [[Double]] {
    let slots = residuals.slots
    var result = [[Double]](repeating: [Double](repeating: 1, count: 2 * slots), count: levels.count)
    let weekday = Array(Set(residuals.rowsByWeekday[..<5].joined())).sorted()
    let weekend = Array(Set(residuals.rowsByWeekday[5...].joined())).sorted()
    for (kind, rows) in [weekday, weekend].enumerated() where !rows.isEmpty {
      for s in 0..<slots {
        let own = Statistics.quantiles(rows.map { residuals.ratios[$0 * slots + s] }, levels) ?? []
        for (l, value) in own.enumerated() { result[l][kind * slots + s] = value }
      }
    }
    return result
  }
}
