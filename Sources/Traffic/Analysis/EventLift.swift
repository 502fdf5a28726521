import Glibc
import Quantities

/// What a known event in the history did to demand, against the baseline that the days around it give.
public struct EventLift: Hashable, Sendable {
  public let name: String
  /// Occurrences measured.
  public let occurrences: Int
  /// The event's largest step over the largest step of the baseline in the same time.
  public let peak: Estimate<Factor>
  /// The event's mean over the baseline's mean.
  public let mean: Factor
  /// The start of the last occurrence measured.
  public let last: Timestamp

  /// One lift for each name, in order of first appearance; occurrences without data or baseline are passed over.
  ///
  /// The doubt (80 %) is that of an ordinary day's peak over its baseline, for one occurrence at least 10 %; with
  /// several occurrences the spread between them adds to it.
  static func measure(_ events: [KnownEvent], in fit: SeasonalFit) -> [EventLift] {
    let series = fit.series
    var order: [String] = []
    var found: [String: [(peak: Double, mean: Double, start: Timestamp)]] = [:]
    for event in events.sorted(by: { $0.start < $1.start }) where event.end > series.start && event.start < series.end {
      let range =
        series.index(
          of: event.start)..<max(
          series.index(of: event.start), series.index(of: event.end - .nanoseconds(1)) + 1)
      var (top, sum, basePeak, baseSum) = (0.0, 0.0, 0.0, 0.0)
      for i in range.clamped(to: 0..<series.count) where !series.rawValues[i].isNaN {
        let base = fit.fitted(i)
        guard base > 0 else { continue }
        top = max(top, series.rawValues[i])
        sum += series.rawValues[i]
        basePeak = max(basePeak, base)
        baseSum += base
      }
      guard basePeak > 0, baseSum > 0 else { continue }
      if found[event.name] == nil { order.append(event.name) }
      found[event.name, default: []].append((top / basePeak, sum / baseSum, event.start))
    }
    let ordinary = fit.peakResiduals
    let noise = max(0.1 / 1.2816, Statistics.deviation(ordinary) ?? 0.2)
    return order.compactMap { name in
      guard let list = found[name], let last = list.last else { return nil }
      let logs = list.map { log(max($0.peak, 1e-9)) }
      let centre = logs.reduce(0, +) / Double(logs.count)
      let between = Statistics.variance(logs) ?? 0
      let spread = 1.2816 * (noise * noise + between).squareRoot()
      return EventLift(
        name: name, occurrences: list.count,
        peak: Estimate(
          low: Factor(rawValue: exp(centre - spread)), mid: Factor(rawValue: exp(centre)),
          high: Factor(rawValue: exp(centre + spread)), confidence: 0.8),
        mean: Factor(rawValue: list.reduce(0) { $0 + $1.mean } / Double(list.count)), last: last.start)
    }
  }
}

extension SeasonalFit {
  /// For each ordinary day: the logarithm of its largest step over the largest step of its fit.
  var peakResiduals: [Double] {
    dayPeaks().compactMap { $0.isNaN || $0 <= 0 ? nil : log($0) }
  }

  /// For each day its largest step over the largest step of its fit; NaN for days that an event touches or whose
  /// busy hours are not all known. Steps of `flagged` are left out.
  func dayPeaks(without flagged: Set<Int> = []) -> [Double] {
    let values = series.rawValues
    var top = [Double](repeating: -1, count: clock.dayCount)
    var fitTop = top
    var fitTopKnown = top
    var spoiled = [Bool](repeating: false, count: clock.dayCount)
    for i in values.indices {
      let d = Int(clock.day[i])
      if inEvent[i] { spoiled[d] = true }
      let base = fitted(i)
      fitTop[d] = max(fitTop[d], base)
      guard !values[i].isNaN, !flagged.contains(i) else { continue }
      top[d] = max(top[d], values[i])
      fitTopKnown[d] = max(fitTopKnown[d], base)
    }
    return (0..<clock.dayCount).map { d in
      // A cut-off day shows its true peak only where its busiest fitted steps are among the known ones.
      spoiled[d] || dayLevel[d].isNaN || fitTop[d] <= 0 || fitTopKnown[d] < 0.95 * fitTop[d] ? .nan : top[d] / fitTop[d]
    }
  }
}
