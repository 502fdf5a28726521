import Glibc
import Quantities

extension SeasonalFit {
  /// Weeks of history from which a sub-hourly series gets a shape finer than the hour.
  static let weeksForFineSlots = 6.0
  /// Days from which the week has a shape of its own: two of each weekday.
  static let daysForWeek = 13
  /// Days from which the day has a shape.
  static let daysForDay = 2
  /// How many weeks of the day's common shape a slot of the week is mixed with: shrinks slots seen two or three
  /// times towards the shape of all weekdays (or weekend days), and fades with ten and more.
  static let pooledWeeks = 1.0

  /// The shape of the week as medians of demand over the level of its surroundings (7 whole days).
  static func profile(_ values: [Double], _ clock: LocalClock, _ inEvent: [Bool], step: Double) -> SeasonalProfile {
    guard clock.hasDays, clock.dayCount >= daysForDay else { return .flat }
    let slot = slotSeconds(step: step, days: clock.dayCount)
    let slots = 86400 / slot
    let around = surroundings(values, clock, inEvent)
    let firstWeekday = clock.firstDate.weekday.rawValue

    // Ratios by slot of the week, packed: counted first, then filled.
    var counts = [Int](repeating: 0, count: 7 * slots + 1)
    func key(_ i: Int) -> Int {
      (firstWeekday + Int(clock.day[i])) % 7 * slots + min(slots - 1, Int(clock.second[i]) / slot)
    }
    var usable = 0
    var daysSeen = Set<Int32>()
    for i in values.indices where !values[i].isNaN && !inEvent[i] && around[Int(clock.day[i])] > 0 {
      counts[key(i) + 1] += 1
      usable += 1
      if daysSeen.count < 64 { daysSeen.insert(clock.day[i]) }
    }
    guard daysSeen.count >= daysForDay else { return .flat }
    for k in 1..<counts.count { counts[k] += counts[k - 1] }
    var place = counts
    var ratios = [Double](repeating: 0, count: usable)
    for i in values.indices where !values[i].isNaN && !inEvent[i] && around[Int(clock.day[i])] > 0 {
      let k = key(i)
      ratios[place[k]] = values[i] / around[Int(clock.day[i])]
      place[k] += 1
    }
    func median(_ range: Range<Int>) -> Double? {
      guard !range.isEmpty else { return nil }
      let sorted = ratios[range].sorted()
      let m = sorted.count
      return m % 2 == 1 ? sorted[m / 2] : (sorted[m / 2 - 1] + sorted[m / 2]) / 2
    }

    if daysSeen.count >= daysForWeek, clock.dayCount >= 14 {
      let weekly = (0..<7 * slots).map { median(counts[$0]..<counts[$0 + 1]) }
      let seen = (0..<7 * slots).map { counts[$0 + 1] - counts[$0] }
      return SeasonalProfile(
        kind: .weekly, slotSeconds: slot, multiples: normalised(pooled(weekly, seen, slots: slots, step: step)))
    }
    // A week in which each weekday was seen once: weekdays and weekend days get a shape each.
    let seenDays = daysSeen.sorted()
    let weekendDays = seenDays.filter { (firstWeekday + Int($0)) % 7 >= 5 }.count
    if weekendDays >= 2, seenDays.count - weekendDays >= 4 {
      let kinds = [0..<5, 5..<7].map { (kind: Range<Int>) -> [Double?] in
        (0..<slots).map { (s: Int) -> Double? in
          Statistics.median(
            kind.flatMap { (day: Int) -> ArraySlice<Double> in
              ratios[counts[day * slots + s]..<counts[day * slots + s + 1]]
            })
        }
      }
      let multiples = (0..<7).flatMap { filled(kinds[$0 < 5 ? 0 : 1]) }
      return SeasonalProfile(kind: .weekly, slotSeconds: slot, multiples: normalised(multiples))
    }
    guard slots > 1 else { return .flat }
    var daily: [Double?] = []
    for s in 0..<slots {
      let all = (0..<7).flatMap { (day: Int) -> ArraySlice<Double> in
        ratios[counts[day * slots + s]..<counts[day * slots + s + 1]]
      }
      daily.append(Statistics.median(all))
    }
    return SeasonalProfile(kind: .daily, slotSeconds: slot, multiples: normalised(filled(daily)))
  }

  /// The step where it is an hour or more or the history is long; else the hour. Always divides a day.
  private static func slotSeconds(step: Double, days: Int) -> Int {
    let whole = Int(step.rounded())
    if step >= 3600 { return 86400 % whole == 0 ? whole : 3600 }
    guard Double(days) / 7 >= weeksForFineSlots else { return 3600 }
    for slot in [300, 600, 900, 1800] where Double(slot) >= step { return slot }
    return 3600
  }

  /// For each day the median of daily means over the 7 days around it, kept whole at the ends, so that each
  /// weekday is in it once.
  private static func surroundings(_ values: [Double], _ clock: LocalClock, _ inEvent: [Bool]) -> [Double] {
    let n = clock.dayCount
    var sums = [Double](repeating: 0, count: n)
    var counts = [Int](repeating: 0, count: n)
    for i in values.indices where !values[i].isNaN && !inEvent[i] {
      sums[Int(clock.day[i])] += values[i]
      counts[Int(clock.day[i])] += 1
    }
    let most = counts.max() ?? 0
    let means = (0..<n).map { (day: Int) -> Double in
      counts[day] > 0 && counts[day] * 4 >= most * 3 ? sums[day] / Double(counts[day]) : .nan
    }
    let fallback = Statistics.median(means) ?? .nan
    return (0..<n).map { d in
      let from = max(0, min(d - 3, n - 7))
      let window = means[from..<min(n, from + 7)].filter { !$0.isNaN }.sorted()
      guard !window.isEmpty else { return fallback }
      let m = window.count
      return m % 2 == 1 ? window[m / 2] : (window[m / 2 - 1] + window[m / 2]) / 2
    }
  }

  /// Slots of the week mixed with the common shape of their kind of day, the more the fewer weeks they saw.
  private static func pooled(_ weekly: [Double?], _ seen: [Int], slots: Int, step: Double) -> [Double] {
    var result = [Double?](repeating: nil, count: 7 * slots)
    let kinds = [0..<5, 5..<7]
    for kind in kinds {
      let dayMeans = kind.map { day in
        Statistics.mean((0..<slots).compactMap { weekly[day * slots + $0] }) ?? .nan
      }
      for s in 0..<slots {
        let shares = zip(kind, dayMeans).compactMap { day, mean -> Double? in
          guard let v = weekly[day * slots + s], mean > 0 else { return nil }
          return v / mean
        }
        let common = Statistics.median(shares)
        for (day, mean) in zip(kind, dayMeans) {
          let k = day * slots + s
          let prior = common.flatMap { mean.isNaN ? nil : $0 * mean }
          // A slot holds several steps where it is wider than a step; weeks are what counts.
          let weeks = Double(seen[k]) * min(1, step / (86400 / Double(slots)))
          switch (weekly[k], prior) {
          case (let own?, let prior?): result[k] = (weeks * own + pooledWeeks * prior) / (weeks + pooledWeeks)
          case (let own, let prior): result[k] = own ?? prior
          }
        }
      }
    }
    return filled(result)
  }

  /// Slots never seen take the mean of the nearest seen before and after.
  private static func filled(_ slots: [Double?]) -> [Double] {
    let series = TimeSeries<RequestRate>(
      start: Timestamp(nanosecondsSinceEpoch: 0), step: .seconds(1), rawValues: slots.map { $0 ?? .nan })
    return series.interpolated().rawValues
  }

  private static func normalised(_ slots: [Double]) -> [Double] {
    let mean = slots.reduce(0, +) / Double(max(1, slots.count))
    guard mean > 0, mean.isFinite else { return [Double](repeating: 1, count: slots.count) }
    return slots.map { max(0, $0) / mean }
  }
}
