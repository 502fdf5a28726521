import Glibc
import Quantities
import Traffic

/// Weeks of demand to try settings on: days of the history put together anew, and weeks of possible futures.
///
/// The day-block bootstrap keeps what a day is like, with its ramps and its noise, and which weekday it is; each day of
/// a week is drawn from the same weekdays of the last eight weeks, scaled to the level of the horizon. Weeks of the
/// forecast's sample paths bring growth, events and what the history has not seen; they are spread evenly over the
/// horizon, so that an event counts as often as it comes.
public struct TuningTraces: Sendable {
  /// What there was to draw from.
  public struct Summary: Sendable, Hashable {
    /// Traces for the search, for the choice among its best, and for the final judgement alone.
    public var search: Int
    public var choice: Int
    public var judgement: Int
    public var days: Double
    public var fromHistory: Int
    public var fromForecast: Int
    /// The relative deviation of the noise that was put into steps longer than a minute; 0 where there was none to put.
    public var noise: Double

    public init(
      search: Int, choice: Int, judgement: Int, days: Double, fromHistory: Int, fromForecast: Int, noise: Double
    ) {
      self.search = search
      self.choice = choice
      self.judgement = judgement
      self.days = days
      self.fromHistory = fromHistory
      self.fromForecast = fromForecast
      self.noise = noise
    }
  }
  var traces: [TimeSeries<RequestRate>]
  var fromHistory: Int
  var noise: Double

  /// - Parameters:
  ///   - count: how many weeks.
  ///   - seed: the same seed gives the same weeks.
  init(_ outcome: PlanOutcome, count: Int, seed: UInt64) {
    let horizon = outcome.plan.horizon
    let days = max(1, min(7, Int(horizon.days)))
    let pool = DayPool(outcome)
    // The Monday after the plan's moment.
    var first = outcome.plan.zone.local(outcome.now).date + 1
    while first.weekday != .monday { first = first + 1 }
    let paths = outcome.demand.forecast?.samplePaths(pool.isEmpty ? count : (count + 1) / 2, seed: seed ^ 0x7ACE) ?? []
    var traces: [TimeSeries<RequestRate>] = []
    var fromHistory = 0
    for i in 0..<count {
      let takesHistory = !pool.isEmpty && (i % 2 == 0 || paths.isEmpty)
      if takesHistory {
        var random = RandomStream(seed: seed, item: UInt64(i))
        traces.append(pool.week(from: first, days: days, zone: outcome.plan.zone, &random))
        fromHistory += 1
      } else if !paths.isEmpty {
        let path = paths[(pool.isEmpty ? i : i / 2) % paths.count]
        traces.append(Self.week(of: path, from: outcome.now, index: i, of: count, days: days))
      }
    }
    let noise = Self.roughness(outcome)
    self.noise = traces.contains { $0.step > .seconds(60) } ? noise : 0
    self.traces = traces.filter { $0.count > 1 }.enumerated().map { i, trace in
      var random = RandomStream(seed: seed ^ 0x5107, item: UInt64(i))
      return Self.refined(trace, noise: noise, &random)
    }
    self.fromHistory = fromHistory
  }

  /// How far steps lie from the line between their neighbours, as a share: a robust deviation over the recent history.
  /// White noise of deviation s gives s times the root of 1.5.
  static func roughness(_ outcome: PlanOutcome) -> Double {
    guard let series = outcome.trace?.series, series.count > 8 else { return 0 }
    let values = series.rawValues.suffix(20_000).map { $0 }
    let rest = (1..<max(2, values.count - 1)).compactMap { i -> Double? in
      let middle = (values[i - 1] + values[i + 1]) / 2
      return middle > 0 && values[i].isFinite ? values[i] / middle - 1 : nil
    }
    let deviation = (Statistics.robustDeviation(rest) ?? 0) / 1.5.squareRoot()
    return deviation.isFinite ? min(max(deviation, 0), 0.3) : 0
  }

  /// A trace of long steps as one of minutes, with noise inside the steps like that between them: what an autoscaler
  /// meets has no hour-long straight lines. Each minute's factor keeps e^(-1/5) of the last one's deviation, so that a
  /// burst lasts about five minutes, long enough to be felt and too short to be scaled for.
  static func refined(
    _ trace: TimeSeries<RequestRate>, noise: Double, _ random: inout RandomStream
  ) -> TimeSeries<RequestRate> {
    let minutes = trace.step.seconds / 60
    guard minutes > 1, abs(minutes - minutes.rounded()) < 1e-9, noise > 0,
      trace.count <= 2_000_000 / max(1, Int(minutes))
    else { return trace }
    let n = Int(minutes)
    let values = trace.rawValues
    let keeps = exp(-1.0 / 5)
    var state = random.normal(deviation: noise)
    var fine = [Double](repeating: 0, count: values.count * n)
    for i in values.indices {
      for k in 0..<n {
        // Straight lines between the middles of the steps, as the world draws them.
        let x = (Double(k) + 0.5) / Double(n) - 0.5
        let other = x < 0 ? values[max(0, i - 1)] : values[min(values.count - 1, i + 1)]
        let level = values[i] + (other - values[i]) * abs(x)
        state = state * keeps + random.normal(deviation: noise * (1 - keeps * keeps).squareRoot())
        fine[i * n + k] = level * exp(state - noise * noise / 2)
      }
    }
    return TimeSeries(start: trace.start, step: .seconds(60), rawValues: fine)
  }

  /// A week of a future, where weeks are spread evenly over it.
  private static func week(
    of path: TimeSeries<RequestRate>, from now: Timestamp, index: Int, of count: Int, days: Int
  ) -> TimeSeries<RequestRate> {
    let begin = min(max(0, path.index(of: now)), max(0, path.count - 1))
    let perDay = max(1, Int((Duration.days(1).seconds / max(path.step.seconds, 1e-9)).rounded()))
    let length = min(path.count - begin, perDay * days)
    let room = path.count - begin - length
    // 0.618...: any run of neighbours is spread as evenly as all of them (golden-section sequence).
    let share = (Double(index) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
    let offset = min(room, Int(share * Double(room + 1)) / perDay * perDay)
    return path.slice((begin + offset)..<(begin + offset + length)).interpolated()
  }
}

/// Whole days of the recent history, by weekday.
private struct DayPool {
  private var days: [(weekday: Int, values: ArraySlice<Double>)] = []
  private var step: Duration = .hours(1)
  private var level = 1.0

  var isEmpty: Bool { days.count < 2 }

  init(_ outcome: PlanOutcome) {
    guard let trace = outcome.trace else { return }
    let series = trace.series
    step = series.step
    let perDay = Duration.days(1).seconds / max(step.seconds, 1e-9)
    guard perDay >= 2, abs(perDay - perDay.rounded()) < 1e-9 else { return }
    let recent = series.slice(max(0, series.index(of: series.end - .days(56)))..<series.count)
    let values = recent.interpolated().rawValues.map { max(0, $0) }
    let zone = outcome.plan.zone
    var date = zone.local(recent.start).date
    while zone.time(of: date) < recent.end {
      let from = zone.time(of: date)
      let to = zone.time(of: date + 1)
      // Days of 23 or 25 hours, when clocks change, fit nowhere else.
      if from >= recent.start, to <= recent.end, to - from == .days(1) {
        let index = recent.index(of: from)
        if index >= 0, index + Int(perDay) <= values.count {
          days.append((date.weekday.rawValue, values[index..<(index + Int(perDay))]))
        }
      }
      date = date + 1
    }
    let past = Statistics.median(values.filter { $0.isFinite }) ?? 0
    let ahead = outcome.demand.forecast.map { $0.mid.rawValues.filter { $0.isFinite } } ?? []
    if past > 0, let future = Statistics.median(ahead), future > 0 { level = min(max(future / past, 0.1), 10) }
  }

  /// A week of days, each drawn from the same weekdays, or from all where there are fewer than two of those.
  func week(
    from first: CivilDate, days count: Int, zone: TimeZoneRules, _ random: inout RandomStream
  ) -> TimeSeries<RequestRate> {
    var values: [Double] = []
    for day in 0..<count {
      let weekday = (first + day).weekday.rawValue
      let same = days.filter { $0.weekday == weekday }
      let pool = same.count < 2 ? days : same
      let drawn = pool[min(pool.count - 1, Int(random.uniform() * Double(pool.count)))]
      values += drawn.values.map { $0 * level }
    }
    return TimeSeries(start: zone.time(of: first), step: step, rawValues: values)
  }
}
