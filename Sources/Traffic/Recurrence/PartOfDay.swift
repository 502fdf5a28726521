import Glibc
import Quantities

/// The part of a day that a recurring event takes, where it always takes the same.
enum PartOfDay {
  /// A part from so much of the day on is the whole day.
  static let mostShare = 2.0 / 3
  /// Parts are told to the quarter of an hour, or to the step where that is longer.
  static let finest = 900.0

  /// - Parameters:
  ///   - hits: days of the history, by number, on which it was seen.
  ///   - days: how many days it lasts.
  ///   - sign: 1 where it raises demand.
  /// - Returns: its start after local midnight and its length; nil where it takes the whole day, several parts of it, or
  ///   now one and now another.
  static func find(
    _ hits: [Int], days: Int, sign: Double, in fit: SeasonalFit
  ) -> (start: Duration, length: Duration)? {
    let width = max(finest, fit.stepSeconds)
    guard fit.clock.hasDays, width <= 3 * 3600, hits.count >= 2,
      86_400.truncatingRemainder(dividingBy: width) == 0
    else { return nil }
    let perDay = Int(86_400 / width)
    // Half a day more, for what lasts past midnight.
    let slots = perDay * days + perDay / 2
    let clock = fit.clock
    let values = fit.series.rawValues
    let floor = 0.01 * (Statistics.median(fit.smoothLevel) ?? 0)
    var rows: [[Double]] = []
    for hit in hits {
      var (sum, base) = ([Double](repeating: 0, count: slots), [Double](repeating: 0, count: slots))
      var low = 0
      var high = clock.day.count
      while low < high {
        let middle = (low + high) / 2
        if Int(clock.day[middle]) < hit { low = middle + 1 } else { high = middle }
      }
      while low < clock.day.count {
        let slot = (Int(clock.day[low]) - hit) * perDay + Int(Double(clock.second[low]) / width)
        guard slot < slots else { break }
        if !values[low].isNaN {
          sum[slot] += values[low] + floor
          base[slot] += fit.fitted(low) + floor
        }
        low += 1
      }
      rows.append(zip(sum, base).map { $1 > 0 && $0 > 0 ? log($0 / $1) * sign : .nan })
    }
    let middle = (0..<slots).map { s in Statistics.median(rows.map { $0[s] }) ?? 0 }
    guard let peak = middle.indices.max(by: { middle[$0] < middle[$1] }) else { return nil }
    // A third of the largest excess tells the event from its surroundings.
    let threshold = max(0.0953, middle[peak] / 3)
    var range = peak..<peak + 1
    while range.lowerBound > 0, middle[range.lowerBound - 1] >= threshold {
      range = range.lowerBound - 1..<range.upperBound
    }
    while range.upperBound < slots, middle[range.upperBound] >= threshold {
      range = range.lowerBound..<range.upperBound + 1
    }
    guard range.lowerBound < perDay, Double(range.count) < mostShare * Double(perDay * days),
      middle.indices.allSatisfy({ range.contains($0) || middle[$0] < threshold })
    else { return nil }
    // Each time it must have been there and not elsewhere.
    let consistent = rows.filter { row in
      let inside = Statistics.mean(Array(row[range])) ?? 0
      let outside = Statistics.mean(row.indices.filter { !range.contains($0) }.map { row[$0] }) ?? 0
      return inside >= middle[peak] / 3 && outside < inside / 3
    }
    guard Double(consistent.count) >= RecurringDays.leastShare * Double(rows.count) else { return nil }
    return (.seconds(Double(range.lowerBound) * width), .seconds(Double(range.count) * width))
  }
}
