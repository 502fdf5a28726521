import Quantities

/// How rough traffic is when it is averaged over a width: a minute, an hour, a day.
public struct BurstScale: Hashable, Sendable {
  public let width: Duration
  /// The highest mean of such a width over the mean of all.
  public let peakToAverage: Factor
  /// Variance of the counts of such a width around what their hour makes likely, over their mean: 1 at every width for
  /// independent arrivals (Poisson), growing with the width where bursts last (Gusella, 1991, "Characterizing the
  /// variability of arrival processes with indexes of dispersion"). Nil where nothing is expected.
  public let indexOfDispersion: Double?

  /// Widths looked at, as far as the step divides them and at least ``leastBlocks`` fit into the history.
  static let widths: [Duration] = [
    .seconds(1), .seconds(10), .minutes(1), .minutes(5), .minutes(15), .hours(1), .hours(6), .days(1), .days(7),
  ]
  static let leastBlocks = 8

  static func all(of fit: SeasonalFit) -> [BurstScale] {
    let series = fit.series
    let values = series.rawValues
    guard let mean = series.mean?.rawValue, mean > 0 else { return [] }
    let own = series.step
    let known = values.indices.map { fit.inEvent[$0] ? .nan : values[$0] }
    var wanted = widths.filter { $0 > own }
    wanted.insert(own, at: 0)
    return wanted.compactMap { width in
      let steps = Int((width.seconds / own.seconds).rounded())
      guard steps >= 1, own * steps == width, values.count / steps >= leastBlocks else { return nil }
      var (top, squares, sum, blocks) = (0.0, 0.0, 0.0, 0)
      var i = values.count % steps
      while i < values.count {
        var (demand, expected, isWhole) = (0.0, 0.0, true)
        for j in i..<i + steps {
          let usual = fit.fitted(j)
          if values[j].isNaN || usual.isNaN || fit.inEvent[j] { isWhole = false }
          demand += values[j]
          expected += usual
        }
        if isWhole {
          top = max(top, demand / Double(steps))
          squares += (demand - expected) * (demand - expected)
          sum += expected
          blocks += 1
        }
        i += steps
      }
      guard blocks >= leastBlocks else { return nil }
      // The highest window may begin anywhere; counts of windows that overlap would not be independent.
      if let rolling = RollingMean.highest(of: known, over: steps) { top = max(top, rolling) }
      return BurstScale(
        width: width, peakToAverage: Factor(rawValue: top / mean),
        indexOfDispersion: sum > 0 ? squares / sum * own.seconds : nil)
    }
  }
}

/// How alike days are, and how large each weekday's peak is.
public struct DaySimilarity: Hashable, Sendable {
  public struct Weekday: Hashable, Sendable {
    public let day: Quantities.Weekday
    public let days: Int
    /// Peaks of the day over the mean of all demand: the middle one, and the range of eight in ten.
    public let peak: Double
    public let low: Double
    public let high: Double
    /// The correlation of this weekday's usual course with that of all days; nil where a course is flat.
    public let likeness: Double?
  }
  public let weekdays: [Weekday]
  /// The middle correlation of a day's course with that of the day before, and with the same day a week before; nil
  /// where there are too few.
  public let toDayBefore: Double?
  public let toWeekBefore: Double?
  /// The highest weekday's middle peak over the lowest's: by how much the size of the day changes within a week.
  public let sizeRange: Double?

  /// Known days, at least.
  static let leastDays = 7

  init?(of fit: SeasonalFit) {
    let clock = fit.clock
    let values = fit.series.rawValues
    let slots = Int((86_400 / fit.stepSeconds).rounded())
    guard clock.hasDays, slots >= 4, slots <= 1440, let mean = fit.series.mean?.rawValue, mean > 0 else { return nil }
    var courses = [[Double]](repeating: [], count: clock.dayCount)
    for i in values.indices {
      let d = Int(clock.day[i])
      if courses[d].isEmpty { courses[d] = [Double](repeating: .nan, count: slots) }
      courses[d][min(slots - 1, Int(Double(clock.second[i]) / fit.stepSeconds))] = values[i]
    }
    let whole = courses.indices.filter { d in
      courses[d].count == slots && !courses[d].contains { $0.isNaN }
    }
    guard whole.count >= DaySimilarity.leastDays else { return nil }
    func correlation(_ a: [Double], _ b: [Double]) -> Double? {
      guard let ma = Statistics.mean(a), let mb = Statistics.mean(b) else { return nil }
      var (ab, aa, bb) = (0.0, 0.0, 0.0)
      for (x, y) in zip(a, b) {
        ab += (x - ma) * (y - mb)
        aa += (x - ma) * (x - ma)
        bb += (y - mb) * (y - mb)
      }
      return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : nil
    }
    func middle(_ days: [Int]) -> [Double] {
      (0..<slots).map { s in Statistics.median(days.map { courses[$0][s] }) ?? 0 }
    }
    let all = middle(whole)
    let isWhole = Set(whole)
    func lagged(_ lag: Int) -> Double? {
      let found = whole.compactMap { isWhole.contains($0 - lag) ? correlation(courses[$0], courses[$0 - lag]) : nil }
      return found.count >= 3 ? Statistics.median(found) : nil
    }
    toDayBefore = lagged(1)
    toWeekBefore = lagged(7)
    let first = clock.firstDate.weekday.rawValue
    weekdays = Quantities.Weekday.allCases.compactMap { weekday in
      let own = whole.filter { (first + $0) % 7 == weekday.rawValue }
      let peaks = own.compactMap { courses[$0].max() }.map { $0 / mean }
      guard let q = Statistics.quantiles(peaks, [0.1, 0.5, 0.9]) else { return nil }
      return Weekday(
        day: weekday, days: own.count, peak: q[1], low: q[0], high: q[2], likeness: correlation(middle(own), all))
    }
    let sizes = weekdays.map(\.peak)
    sizeRange = sizes.min().flatMap { low in low > 0 ? sizes.max().map { $0 / low } : nil }
  }
}
