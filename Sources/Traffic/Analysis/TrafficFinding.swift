import Quantities

/// A sentence about a history that is true of its data: the numbers are in the case, the words in `description`.
public enum TrafficFinding: Hashable, Sendable {
  case empty
  /// All known steps have one value.
  case constant(RequestRate)
  case size(average: RequestRate, peak: RequestRate, time: Timestamp, ratio: Factor)
  case day(busiest: Int, quietest: Int, range: Double)
  case noDailyCycle(correlation: Double)
  case week(TrafficShape, because: String, weekdayToWeekend: Double)
  case noWeeklyCycle(correlation: Double)
  case growth(Estimate<Fraction>, weeks: Int)
  case noGrowth(Estimate<Fraction>, weeks: Int)
  case growthUnknown(because: String)
  case bursty(p99WithinHour: Factor)
  case ramp(Ramp)
  case outliers(count: Int, largest: Outlier)
  case gaps(count: Int, longest: Gap, share: Fraction)
  case lift(EventLift)
  case flatTop(FlatTop)
}

extension TrafficFinding: CustomStringConvertible {
  public var description: String {
    switch self {
    case .empty: return "The trace holds no values."
    case .constant(let rate): return "Demand is constant at \(rate)."
    case .size(let average, let peak, let time, let ratio):
      return "Average \(average), peak \(peak) at \(time), \(ratio) the average."
    case .day(let busiest, let quietest, let range):
      let times = range.isFinite ? "\(NumberFormat.significant(range, 2)) times the quietest" : "the quietest is still"
      return "The busiest hour is \(clock(busiest)), \(times) (\(clock(quietest)))."
    case .noDailyCycle(let r):
      return "There is no daily rhythm: days resemble each other by \(NumberFormat.fixed(r, decimals: 2)) only."
    case .week(let shape, let because, _): return "The week's shape is \(shape.title): \(because)."
    case .noWeeklyCycle(let r):
      return "There is no weekly rhythm: weeks resemble each other by \(NumberFormat.fixed(r, decimals: 2)) only."
    case .growth(let growth, let weeks):
      let word = growth.mid.rawValue >= 0 ? "grows" : "shrinks"
      return "Demand \(word) by \(percent(growth.mid)) a year (\(percent(growth.low, signed: true)) to "
        + "\(percent(growth.high, signed: true)) with \(NumberFormat.fixed(growth.confidence * 100, decimals: 0)) % "
        + "confidence), from \(weeks) weeks."
    case .noGrowth(let growth, let weeks):
      return "No growth can be told from noise in \(weeks) weeks (\(percent(growth.low, signed: true)) to "
        + "\(percent(growth.high, signed: true)) a year)."
    case .growthUnknown(let because): return "Growth is unknown: \(because)."
    case .bursty(let p99):
      return "Inside an hour the largest step reaches \(p99) the hour's mean (99th percentile)."
    case .ramp(let ramp):
      return "The steepest rise is from \(ramp.from) to \(ramp.to) within \(NumberFormat.duration(ramp.window)), at "
        + "\(ramp.time): \(ramp.shareOfPeak) of the peak."
    case .outliers(let count, let largest):
      let direction = largest.value >= largest.expected ? "above" : "below"
      return "\(count) step\(count == 1 ? " is an outlier" : "s are outliers"); the farthest, \(largest.value) at "
        + "\(largest.time), lies \(direction) the expected \(largest.expected)."
    case .gaps(let count, let longest, let share):
      return "\(count) gap\(count == 1 ? "" : "s") (\(share) of the steps); the longest is "
        + "\(NumberFormat.duration(longest.length)) from \(longest.start)."
    case .flatTop(let top): return top.sentence
    case .lift(let lift):
      let times = lift.occurrences == 1 ? "" : " (\(lift.occurrences) times)"
      return "\(lift.name)\(times) lifted the peak \(lift.peak.mid) and the mean \(lift.mean) above the baseline."
    }
  }

  private func clock(_ hour: Int) -> String { "\(hour < 10 ? "0" : "")\(hour):00" }
  private func percent(_ fraction: Fraction, signed: Bool = false) -> String {
    let value = signed ? fraction.rawValue : abs(fraction.rawValue)
    return (signed && value > 0 ? "+" : "") + Fraction(rawValue: value).formatted(digits: 2)
  }
}

extension TrafficAnalysis {
  /// Spread of the values within an hour above which burstiness is worth a sentence.
  static let burstyFrom = 1.3

  /// What there is to say, the most important first; only what this data shows.
  public var findings: [TrafficFinding] {
    guard let average, let peak else { return [.empty] }
    var result: [TrafficFinding] = []
    if average == peak.value {
      result.append(.constant(average))
    } else if let ratio = peakToAverage.atStep {
      result.append(.size(average: average, peak: peak.value, time: peak.time, ratio: ratio))
    }
    if let r = dailyCorrelation {
      if hasDailyCycle, let profile = dailyProfile {
        result.append(.day(busiest: profile.busiestHour, quietest: profile.quietestHour, range: profile.range))
      } else if !hasDailyCycle {
        result.append(.noDailyCycle(correlation: r))
      }
    }
    if let r = weeklyCorrelation, let week = weeklyProfile {
      if hasWeeklyCycle || week.shape != .unclear && hasDailyCycle {
        result.append(.week(week.shape, because: week.because, weekdayToWeekend: week.weekdayToWeekend))
      }
      if !hasWeeklyCycle { result.append(.noWeeklyCycle(correlation: r)) }
    }
    if let growth {
      let estimate = growth.perYear
      let isClear = estimate.low.rawValue > 0 || estimate.high.rawValue < 0
      result.append(isClear ? .growth(estimate, weeks: growth.weeks) : .noGrowth(estimate, weeks: growth.weeks))
    } else if let growthUnknownBecause {
      result.append(.growthUnknown(because: growthUnknownBecause))
    }
    if let flatTop { result.append(.flatTop(flatTop)) }
    result += eventLifts.map { .lift($0) }
    if let ramp = steepestRamps.last { result.append(.ramp(ramp)) }
    if let within = burstiness?.peakToMeanWithinHour, within.p99.rawValue >= TrafficAnalysis.burstyFrom {
      result.append(.bursty(p99WithinHour: within.p99))
    }
    if let largest = outliers.max(by: { abs($0.score) < abs($1.score) }) {
      result.append(.outliers(count: outliers.count, largest: largest))
    }
    if let longest = gaps.max(by: { $0.length < $1.length }) {
      let share = Fraction(rawValue: Double(gapCount) / Double(max(1, known + gapCount)))
      result.append(.gaps(count: gaps.count, longest: longest, share: share))
    }
    return result
  }

  /// The findings as sentences.
  public var sentences: [String] { findings.map { $0.description } }
}
