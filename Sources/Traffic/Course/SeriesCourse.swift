import Glibc
import Quantities

/// What moves a series slowly, taken out before it is forecast and put back after: the year, clear growth from week to week,
/// a change of the last days.
///
/// Members of the ensemble know days and weeks. On what is left of a series without its course they neither lag behind
/// growth nor take a season for a change of level.
struct SeriesCourse {
  /// By value of the history, what it is divided by; empty where nothing was found.
  private(set) var past: [Double] = []
  /// By step ahead, what the answer is multiplied by.
  private(set) var ahead: [Double] = []
  private(set) var change: RecentChange?
  private(set) var findings: [String] = []

  /// - Parameter values: the question's, NaN for a gap. Where one is below zero nothing is taken out: no factor would.
  init(of values: [Double], _ question: ForecastQuestion) {
    let (stepSeconds, horizon) = (question.stepSeconds, question.horizon)
    let perDay = 86_400 / stepSeconds
    let seen = stepSeconds * Double(values.count)
    if !question.isYearKnown, YearlySeason.isMissed(history: seen, horizon: stepSeconds * Double(horizon)) {
      findings.append(YearlySeason.missing(history: seen))
    }
    guard !values.contains(where: { $0 < 0 }) else { return }
    if perDay < 1 - 1e-6, !question.isYearKnown { takeYear(of: values, question, levels: values, unit: stepSeconds) }
    guard perDay >= 1 - 1e-6, abs(perDay - perDay.rounded()) < 1e-6, perDay <= 86_400 else { return }
    let steps = Int(perDay.rounded())
    var days = SeriesCourse.days(values, steps)
    guard days.count > RecentChange.leastBefore else { return }
    if !question.isYearKnown, let year = takeYear(of: values, question, levels: days, unit: 86_400) {
      for d in days.indices { days[d] /= exp(year.logarithm(afterWeeks: (Double(d - days.count) + 0.5) / 7)) }
    }
    if !question.isGrowthKnown, let growth = WeeklyGrowth(days) {
      let unit = stepSeconds / 604_800
      multiply(
        values.indices.map { exp(growth.logarithm(afterWeeks: (Double($0 - values.count) + 0.5) * unit)) },
        (0..<horizon).map { exp(growth.logarithm(afterWeeks: (Double($0) + 0.5) * unit)) })
      for d in days.indices { days[d] /= exp(growth.logarithm(afterWeeks: (Double(d - days.count) + 0.5) / 7)) }
      findings.append(growth.sentence)
    }
    if let change = RecentChange(levels: days) {
      let factor = exp(change.size)
      let from = values.count - change.days * steps
      multiply(
        values.indices.map { $0 >= from ? factor : 1 }, [Double](repeating: 1, count: horizon))
      self.change = change
      findings.append(change.sentence)
    }
  }

  @discardableResult
  private mutating func takeYear(
    of values: [Double], _ question: ForecastQuestion, levels: [Double], unit: Double
  ) -> YearlySeason? {
    guard let year = YearlySeason(levels: levels, unitSeconds: unit) else { return nil }
    let step = question.stepSeconds
    multiply(
      year.factors(from: -step * Double(values.count), step: step, count: values.count),
      year.factors(from: 0, step: step, count: question.horizon))
    findings.append(year.sentence)
    return year
  }

  private mutating func multiply(_ before: [Double], _ after: [Double]) {
    past = past.isEmpty ? before : zip(past, before).map { $0 * $1 }
    ahead = ahead.isEmpty ? after : zip(ahead, after).map { $0 * $1 }
  }

  /// Means of whole days counted from the end; NaN where half of one is unknown.
  static func days(_ values: [Double], _ steps: Int) -> [Double] {
    let count = values.count / steps
    let first = values.count - count * steps
    return values.withUnsafeBufferPointer { values in
      (0..<count).map { d in
        var (sum, known) = (0.0, 0)
        for i in first + d * steps..<first + (d + 1) * steps where !values[i].isNaN {
          sum += values[i]
          known += 1
        }
        return 2 * known > steps ? sum / Double(known) : .nan
      }
    }
  }

  /// An answer about what was left, with the course put back.
  func applied(to answer: ForecastAnswer) -> ForecastAnswer {
    var result = answer
    result.findings = findings + answer.findings
    guard !ahead.isEmpty else { return result }
    let before = answer.mean.max() ?? 0
    result.mean = zip(answer.mean, ahead).map { $0 * $1 }
    result.quantiles = answer.quantiles.map { zip($0, ahead).map { $0 * $1 } }
    let after = result.mean.max() ?? 0
    let ratio = before > 0 && after > 0 ? after / before : 1
    result.peak = answer.peak.map { $0 * ratio }
    result.peakLow = answer.peakLow * ratio
    if let change { result.mix(factor: exp(change.size), share: change.hold) }
    result.unify()
    return result
  }
}
