import Glibc
import Quantities

extension PathModel {
  /// Median and bounds of each step, in closed form: the logarithmic spreads of residual, level, growth and lift are
  /// independent and add in squares.
  func marginals(
    confidence: Double
  ) -> (mid: [Double], low: [Double], high: [Double], plainMid: [Double], spread: Double) {
    let z = Statistics.normalQuantile(0.5 + confidence / 2)
    let table = residualQuantiles(confidence: confidence)
    var mid = [Double](repeating: 0, count: base.count)
    var down = mid  // squared logarithmic distance to the low bound; infinite where the bound is zero
    var up = mid
    for i in base.indices {
      let d = Int(day[i])
      let q = table[slotKey(step: i)]
      mid[i] = base[i] * exp(min(300, slope.mid * lead[d])) * q.mid
      let drifted = z * z * drift.variance(afterDays: lead[d])
      let (slow, fast) = ((slope.mid - slope.low) * lead[d], (slope.high - slope.mid) * lead[d])
      down[i] = (q.low > 0 && q.mid > 0 ? squared(log(q.mid / q.low)) : .infinity) + drifted + slow * slow
      up[i] = (q.mid > 0 ? squared(log(max(q.high, q.mid) / q.mid)) : 0) + drifted + fast * fast
    }
    let plainMid = mid
    for occurrence in occurrences {
      let lift = lifts[occurrence.event]
      for (i, share) in zip(occurrence.steps, occurrence.shares) where share > 0 {
        let factor = { (value: Factor) in max(0, 1 + (value.rawValue - 1) * share) }
        let (l, m, h) = (factor(lift.low), factor(lift.mid), factor(lift.high))
        // The lift's own bounds may stand for another confidence than the forecast's.
        let scale = lift.isCertain ? 0 : z / Statistics.normalQuantile(0.5 + min(lift.confidence, 0.999) / 2)
        mid[i] *= m
        down[i] += l > 0 && m > 0 ? squared(log(m / l) * scale) : .infinity
        up[i] += m > 0 ? squared(log(h / m) * scale) : 0
      }
    }
    var low = mid
    var high = mid
    for i in mid.indices {
      low[i] = down[i].isFinite ? mid[i] * exp(-down[i].squareRoot()) : 0
      high[i] = mid[i] * exp(min(700, up[i].squareRoot()))
    }
    let all = Statistics.quantiles(residuals.ratios, [0.1, 0.9]) ?? [1, 1]
    return (mid, low, high, plainMid, max(1, all[1], all[0] > 0 ? 1 / all[0] : 1))
  }

  private func squared(_ x: Double) -> Double { x * x }

  private func slotKey(step i: Int) -> Int {
    let weekend = (firstWeekday + Int(day[i])) % 7 >= 5
    return (weekend ? residuals.slots : 0) + Int(slot[i])
  }

  /// Quantiles of the ratio to the fit by slot of the day, for weekdays and weekend days apart.
  private func residualQuantiles(confidence: Double) -> [(low: Double, mid: Double, high: Double)] {
    let slots = residuals.slots
    var result = [(low: Double, mid: Double, high: Double)](repeating: (1, 1, 1), count: 2 * slots)
    let weekday = Array(Set(residuals.rowsByWeekday[..<5].joined())).sorted()
    let weekend = Array(Set(residuals.rowsByWeekday[5...].joined())).sorted()
    for (kind, rows) in [weekday, weekend].enumerated() where !rows.isEmpty {
      for s in 0..<slots {
        let sorted = rows.map { residuals.ratios[$0 * slots + s] }.sorted()
        func at(_ p: Double) -> Double { Statistics.quantile(sorted: sorted, p) ?? 1 }
        result[kind * slots + s] = (at(0.5 - confidence / 2), at(0.5), at(0.5 + confidence / 2))
      }
    }
    return result
  }
}
