import Glibc
import Quantities

/// A change of the level within the last days: too young for a ``LevelShift``, too large for chance.
///
/// The last 1 to `mostDays` days are held against the two weeks before, weekdays apart: all of them must lie on one side,
/// none nearer than half of their mean, which must be `leastScore` robust deviations of a day.
public struct RecentChange: Hashable, Sendable {
  /// Days since the change, and its size as a logarithm.
  public let days: Int
  let size: Double
  /// The probability that it stays.
  public let hold: Double

  /// Demand after over demand before.
  public var factor: Factor { Factor(rawValue: exp(size)) }

  static let mostDays = 10
  /// Days before it that say what is usual, at least and at most.
  static let (leastBefore, mostBefore) = (9, 28)
  /// At 6 one in fifty windows of real traffic has a change, at 4 one in sixteen; at 4 forecasts got worse for most.
  static let leastScore = 6.0
  static let leastSize = 0.26
  /// How likely a change stays, by its age in days from 1 on; upwards and downwards. Of changes of one day on real traffic
  /// a fifth was there a week later. Dips of two to four days are mostly holidays: counted as lasting, they cost a tenth of
  /// the accuracy on hourly series of months (pedestrians, taxis at Thanksgiving).
  static let holdsUp = [0.25, 0.7, 0.8, 0.85, 0.9, 0.9, 0.95]
  static let holdsDown = [0.2, 0.3, 0.4, 0.45, 0.6, 0.75, 0.85]

  /// A change that was told.
  public init(days: Int, factor: Factor, hold: Double) {
    (self.days, size, self.hold) = (days, log(factor.rawValue), hold)
  }

  /// - Parameter levels: of whole days in a row, NaN where unknown; the last is the youngest.
  init?(levels: [Double]) {
    let n = levels.count
    guard n > RecentChange.leastBefore, let most = levels.suffix(40).max(by: { !($0 > $1) }), most > 0 else {
      return nil
    }
    let l = levels.suffix(RecentChange.mostDays + RecentChange.mostBefore).map {
      $0.isNaN ? Double.nan : log(max($0, 1e-9 * most))
    }
    let count = l.count
    var best: (days: Int, size: Double, score: Double)?
    for k in 1...RecentChange.mostDays where count - k >= RecentChange.leastBefore {
      let from = max(0, count - k - RecentChange.mostBefore)
      let before = Array(from..<count - k)
      let known = before.filter { !l[$0].isNaN }
      guard known.count >= RecentChange.leastBefore,
        let middle = OrderStatistics.median(known, most: count, { l[$0] })
      else { continue }
      // Weekdays are known from two of each on.
      var weekday = [Double](repeating: 0, count: 7)
      if before.count >= 14 {
        for w in 0..<7 {
          let own = stride(from: count - 1 - w, through: 0, by: -7).lazy.filter {
            $0 >= from && $0 < count - k && !l[$0].isNaN
          }
          var seen = 0
          let m = OrderStatistics.median(own, most: count) { day in
            seen += 1
            return l[day]
          }
          guard seen >= 2, let m else { continue }
          weekday[w] = (m - middle) * Double(before.count) / Double(before.count + 14)
        }
      }
      func rest(_ i: Int) -> Double { l[i] - weekday[(count - 1 - i) % 7] }
      guard let usual = OrderStatistics.median(known.suffix(14), most: count, rest) else { continue }
      let changes = (count - k..<count).map { rest($0) - usual }
      guard !changes.contains(where: { $0.isNaN }) else { continue }
      let size = changes.reduce(0, +) / Double(k)
      guard abs(size) >= RecentChange.leastSize, changes.allSatisfy({ $0 * size > 0 && abs($0) >= 0.5 * abs(size) })
      else { continue }
      let rests = known.map(rest)
      guard let centre = OrderStatistics.median(rests, most: count, { $0 }),
        let spread = OrderStatistics.median(rests, most: count, { abs($0 - centre) })
      else { continue }
      let noise = max(1.4826 * spread, 0.56 * (Statistics.deviation(rests) ?? 0), 0.02)
      guard abs(size) >= RecentChange.leastScore * noise else { continue }
      let score = abs(size) / noise * Double(k).squareRoot()
      if score > best?.score ?? 0 { best = (k, size, score) }
    }
    guard let best else { return nil }
    let holds = best.size > 0 ? RecentChange.holdsUp : RecentChange.holdsDown
    (days, size, hold) = (best.days, best.size, holds[min(best.days, holds.count) - 1])
  }

  /// What is told of it.
  var sentence: String {
    let times = NumberFormat.significant(exp(size), 2)
    let likely = NumberFormat.fixed(hold * 100, decimals: 0)
    let since = days == 1 ? "The last day lies" : "The last \(days) days lie"
    return hold > 0.5
      ? "\(since) at \(times) times the level before: counted as lasting, with \(likely) %; the range covers a return."
      : "\(since) at \(times) times the level before: too young to count; the range covers that it stays (\(likely) %)."
  }
}
