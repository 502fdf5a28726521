import Glibc
import Quantities

/// A history taken apart: demand = level of the day x shape of the week x what is left.
///
/// The level of a day is its demand over the shape's; the smooth level is the running median of 15 days of it.
/// Shape and level are medians, so that gaps, outliers and events nobody named do not bend them; known events are
/// left out altogether.
struct SeasonalFit: Sendable {
  let series: TimeSeries<RequestRate>
  let zone: TimeZoneRules
  let clock: LocalClock
  let profile: SeasonalProfile
  /// The shape at each step.
  let shape: [Double]
  /// Which steps lie in a known event.
  let inEvent: [Bool]
  /// Level of each day (per second), NaN where too little of it is known or an event covers it.
  let dayLevel: [Double]
  /// The smooth level of each day (per second); NaN only where nothing is known at all.
  let smoothLevel: [Double]
  /// Steps flagged as outliers, in order.
  let outliers: [Flag]
  /// The season of the year, from 13 months on, or as it was given.
  let yearly: YearlySeason?
  /// Level of each day without it.
  let steadyLevel: [Double]
  /// A change of the level within the last days.
  let change: RecentChange?

  struct Flag: Sendable {
    var index: Int
    var score: Double
  }

  var stepSeconds: Double { series.step.seconds }
  /// The fitted demand of a step, per second: what an ordinary day would have shown.
  func fitted(_ i: Int) -> Double { smoothLevel[Int(clock.day[i])] * shape[i] }

  /// A share of a day's shape that must be known for the day to have a level of its own.
  static let leastCoverage = 0.5
  /// Robust deviations from the fit at which a step is an outlier. At 6 a normal step is flagged once in 5e8; heavy
  /// tails make 4 flag the ordinary life of real traffic.
  static let outlierScore = 6.0
  /// At most this share of the steps is flagged: what happens more often is how this traffic is.
  static let mostOutliers = 0.005

  /// - Parameter like: the season of the year of another series, where this one is too short to know its own.
  init(of series: TimeSeries<RequestRate>, zone: TimeZoneRules, events: [KnownEvent], like: YearlySeason? = nil) {
    let series = SeasonalFit.finite(series)
    let values = series.rawValues
    let clock = LocalClock(start: series.start, step: series.step, count: series.count, zone: zone)
    var inEvent = [Bool](repeating: false, count: values.count)
    for event in events where event.end > series.start && event.start < series.end {
      let from = max(0, series.index(of: event.start))
      let to = min(values.count, series.index(of: event.end - .nanoseconds(1)) + 1)
      for i in from..<max(from, to) { inEvent[i] = true }
    }
    let profile = SeasonalFit.profile(values, clock, inEvent, step: series.step.seconds)
    let shape = profile.multiples(of: clock, stepSeconds: series.step.seconds)
    var levels = SeasonalFit.levels(values, clock, shape, inEvent, without: [])
    let yearly =
      YearlySeason(
        levels: levels, unitSeconds: clock.unit, end: Double(series.end.nanosecondsSinceEpoch) / 1e9) ?? like
    func steady(_ levels: [Double]) -> [Double] {
      guard let yearly else { return levels }
      return levels.indices.map {
        levels[$0] / yearly.factor(at: series.end, after: (Double($0 - levels.count) + 0.5) * clock.unit)
      }
    }
    let change = clock.hasDays ? RecentChange(levels: steady(levels)) : nil
    // A level that lasts is smoothed for itself: the days before would hide it.
    func smoothed(_ levels: [Double]) -> [Double] {
      guard let change, change.hold > 0.5 else { return SeasonalFit.smooth(levels) }
      let cut = levels.count - change.days
      return SeasonalFit.smooth(Array(levels[..<cut])) + SeasonalFit.smooth(Array(levels[cut...]))
    }
    var smooth = smoothed(levels)
    let flags = SeasonalFit.outliers(values, clock, shape, smooth, inEvent)
    if !flags.isEmpty {
      levels = SeasonalFit.levels(values, clock, shape, inEvent, without: Set(flags.map { $0.index }))
      smooth = smoothed(levels)
    }
    self.series = series
    self.zone = zone
    self.clock = clock
    self.profile = profile
    self.shape = shape
    self.inEvent = inEvent
    dayLevel = levels
    smoothLevel = smooth
    outliers = flags
    self.yearly = yearly
    steadyLevel = steady(levels)
    self.change = change
  }

  /// The series with infinite and negative values as gaps: neither is a rate.
  static func finite(_ series: TimeSeries<RequestRate>) -> TimeSeries<RequestRate> {
    guard series.rawValues.contains(where: { $0 < 0 || $0.isInfinite }) else { return series }
    return series.with(rawValues: series.rawValues.map { $0 < 0 || $0.isInfinite ? .nan : $0 })
  }

  /// Level of each day without the season of the year, and without a change of the last days: all at the height that
  /// lasts.
  var lastingLevel: [Double] {
    guard let change else { return steadyLevel }
    var result = steadyLevel
    let cut = result.count - change.days
    let factor = exp(change.size)
    if change.hold > 0.5 {
      for d in 0..<cut { result[d] *= factor }
    } else {
      for d in cut..<result.count { result[d] /= factor }
    }
    return result
  }

  /// Days with a level.
  var knownDays: Int { dayLevel.reduce(0) { $0 + ($1.isNaN ? 0 : 1) } }

  // MARK: - Level

  /// Days on which the level or its growth changed for good; none where days are not known.
  var levelShifts: [LevelShift] {
    guard clock.hasDays else { return [] }
    let smooth = yearly == nil ? smoothLevel : SeasonalFit.smooth(steadyLevel)
    return LevelShift.find(levels: steadyLevel, smooth: smooth, firstDate: clock.firstDate)
  }

  private static func levels(
    _ values: [Double], _ clock: LocalClock, _ shape: [Double], _ inEvent: [Bool], without outliers: Set<Int>
  ) -> [Double] {
    var demand = [Double](repeating: 0, count: clock.dayCount)
    var known = demand
    var whole = demand
    for i in values.indices {
      let d = Int(clock.day[i])
      whole[d] += shape[i]
      if values[i].isNaN || inEvent[i] || (!outliers.isEmpty && outliers.contains(i)) { continue }
      demand[d] += values[i]
      known[d] += shape[i]
    }
    // The first and the last day may be cut off: a whole day's shape is that of the day in the middle.
    let full = Statistics.median(whole) ?? 0
    return (0..<clock.dayCount).map { d in
      known[d] > 0 && known[d] >= leastCoverage * min(full, max(whole[d], 0.5 * full)) ? demand[d] / known[d] : .nan
    }
  }

  /// The running median of 15 days, windows kept whole at the ends; days without neighbours take the line between
  /// the nearest known ones.
  static func smooth(_ levels: [Double]) -> [Double] {
    let n = levels.count
    guard n > 0 else { return [] }
    var result = [Double](repeating: .nan, count: n)
    var window: [Double] = []
    for d in 0..<n {
      window.removeAll(keepingCapacity: true)
      for j in max(0, d - 7)...min(n - 1, d + 7) where !levels[j].isNaN { window.append(levels[j]) }
      guard !window.isEmpty else { continue }
      window.sort()
      let m = window.count
      result[d] = m % 2 == 1 ? window[m / 2] : (window[m / 2 - 1] + window[m / 2]) / 2
    }
    guard result.contains(where: { !$0.isNaN }) else { return result }
    let day = Duration.days(1)
    return TimeSeries<RequestRate>(start: Timestamp(nanosecondsSinceEpoch: 0), step: day, rawValues: result)
      .interpolated().rawValues
  }

  // MARK: - Outliers

  /// Steps far from the fit: the logarithm of demand over fit, in robust deviations of its hour of the day.
  private static func outliers(
    _ values: [Double], _ clock: LocalClock, _ shape: [Double], _ smooth: [Double], _ inEvent: [Bool]
  ) -> [Flag] {
    guard let typical = Statistics.median(smooth), typical > 0 else { return [] }
    // A hundredth of the typical level keeps quiet hours from making outliers of single requests.
    let floor = 0.01 * typical
    var residual = [Double](repeating: .nan, count: values.count)
    var byHour = [[Double]](repeating: [], count: 24)
    for i in values.indices where !values[i].isNaN && !inEvent[i] {
      let fit = smooth[Int(clock.day[i])] * shape[i]
      if fit.isNaN { continue }
      residual[i] = log((values[i] + floor) / (fit + floor))
      byHour[Int(clock.second[i]) / 3600 % 24].append(residual[i])
    }
    guard let overall = Statistics.robustDeviation(residual), byHour.contains(where: { $0.count >= 8 }) else {
      return []
    }
    let centre = byHour.map { $0.count >= 8 ? Statistics.median($0) ?? 0 : 0 }
    let spread = byHour.map { hour in
      // At least 2 %: a perfectly smooth series must not make outliers of rounding.
      max(0.02, 0.5 * overall, hour.count >= 8 ? Statistics.robustDeviation(hour) ?? overall : overall)
    }
    var flags: [Flag] = []
    for i in values.indices where !residual[i].isNaN {
      let hour = Int(clock.second[i]) / 3600 % 24
      let score = (residual[i] - centre[hour]) / spread[hour]
      if abs(score) >= outlierScore, abs(residual[i]) > 0.4 { flags.append(Flag(index: i, score: score)) }
    }
    let most = max(3, Int(mostOutliers * Double(values.count)))
    if flags.count > most {
      flags.sort { abs($0.score) > abs($1.score) }
      flags.removeLast(flags.count - most)
      flags.sort { $0.index < $1.index }
    }
    return flags
  }
}
