import Glibc
import Quantities

/// A day on which the level or its growth changed for good: a launch, a migration, a lost customer.
public struct LevelShift: Hashable, Sendable {
  /// The first day of the new level.
  public let date: CivilDate
  /// The deseasonalised level on the day before and on the day itself.
  public let before: RequestRate
  public let after: RequestRate
  /// Growth per year on either side, nil where the side is shorter than `leastGrowthDays`.
  public let growthBefore: Fraction?
  public let growthAfter: Fraction?

  /// The jump.
  public var factor: Factor { Factor(rawValue: before.rawValue > 0 ? after / before : 1) }

  /// Days of a segment, at least: a shorter one is an event.
  static let leastDays = 14
  /// Days from which a segment's slope says something about a year.
  static let leastGrowthDays = 56
  /// Days looked at, at most, the latest ones: the search is quadratic.
  static let mostDays = 1500
  /// A change is told where it moves the level by a tenth at once or within a quarter of a year.
  static let leastChange = 0.1

  /// The changes of a history, the earliest first.
  ///
  /// The logarithms of the daily levels are cut into straight lines at the least sum of squares plus a price a cut
  /// (optimal partitioning; Jackson et al., 2005, "An algorithm for optimal partitioning of data on an interval"). The
  /// price is 3 v ln n for each of a cut's three parameters, v the variance of a day that also covers how weeks hang
  /// together (Bai and Perron, 1998, on breaks under correlated noise). Days far from their neighbours are pulled in
  /// first: an event is no change of level.
  ///
  /// Complexity: quadratic in the days, at most 1,500 of them.
  static func find(levels: [Double], smooth: [Double], firstDate: CivilDate) -> [LevelShift] {
    let days = levels.indices.suffix(mostDays).filter { levels[$0] > 0 && smooth[$0] > 0 }
    let n = days.count
    guard n >= 2 * leastDays else { return [] }
    var y = days.map { log(levels[$0]) }
    let around = days.map { log(smooth[$0]) }
    let noise = max(Statistics.robustDeviation(zip(y, around).map { $0 - $1 }) ?? 0, 0.01)
    for i in 0..<n { y[i] = min(max(y[i], around[i] - 3 * noise), around[i] + 3 * noise) }
    let x = days.map { Double($0 - days[0]) }
    // What a week's mean moves from week to week, as the variance of single days that would do it.
    let weeks = stride(from: 0, to: n - 6, by: 7).map { y[$0..<$0 + 7].reduce(0, +) / 7 }
    let steps = zip(weeks, weeks.dropFirst()).map { $1 - $0 }
    let slow = (Statistics.robustDeviation(steps) ?? 0) * (3.5).squareRoot()
    let price = 9 * pow(max(noise, slow), 2) * log(Double(n))
    let cost = LineCost(x, y)
    var best = [Double](repeating: .infinity, count: n + 1)
    var from = [Int](repeating: 0, count: n + 1)
    best[0] = 0
    for end in leastDays...n {
      var start = 0
      while start <= end - leastDays {
        if best[start].isFinite {
          let total = best[start] + cost.squares(start, end) + (start > 0 ? price : 0)
          if total < best[end] { (best[end], from[end]) = (total, start) }
        }
        start += 1
      }
    }
    var cuts: [Int] = [n]
    while let first = cuts.first, first > 0 { cuts.insert(from[first], at: 0) }
    guard cuts.count > 2 else { return [] }
    return (1..<cuts.count - 1).compactMap { k -> LevelShift? in
      let (a, cut, b) = (cuts[k - 1], cuts[k], cuts[k + 1])
      let (left, right) = (cost.line(a, cut), cost.line(cut, b))
      let (before, after) = (left.at(x[cut]), right.at(x[cut]))
      let bend = abs(right.slope - left.slope) * min(90, x[b - 1] - x[cut])
      guard abs(after - before) >= log1p(leastChange) || bend >= log1p(leastChange) else { return nil }
      func growth(_ slope: Double, _ days: Int) -> Fraction? {
        days >= leastGrowthDays ? Fraction(rawValue: expm1(min(max(slope * 365.25, -7), 7))) : nil
      }
      return LevelShift(
        date: firstDate + days[cut], before: RequestRate(rawValue: exp(before)),
        after: RequestRate(rawValue: exp(after)),
        growthBefore: growth(left.slope, cut - a), growthAfter: growth(right.slope, b - cut))
    }
  }
}

extension LevelShift {
  /// Levels with their jumps taken out, at the height of the last stretch: what growth is measured on. A service that
  /// doubled on one day does not double again every two months.
  static func leveled(_ levels: [Double], _ shifts: [LevelShift], firstDate: CivilDate) -> [Double] {
    var result = levels
    for shift in shifts {
      let factor = shift.factor.rawValue
      guard factor.isFinite, factor > 0 else { continue }
      for d in 0..<min(max(0, shift.date - firstDate), result.count) { result[d] *= factor }
    }
    return result
  }
}

/// Sums of squares around the line through any stretch, in constant time by prefix sums.
private struct LineCost {
  private var sums: [SIMD8<Double>]

  init(_ x: [Double], _ y: [Double]) {
    // Centred, so that differences of sums keep their digits.
    let (mx, my) = (Statistics.mean(x) ?? 0, Statistics.mean(y) ?? 0)
    (centreX, centreY) = (mx, my)
    sums = [.zero]
    for (x, y) in zip(x, y) {
      let (x, y) = (x - mx, y - my)
      sums.append(sums[sums.count - 1] + SIMD8(1, x, y, x * x, x * y, y * y, 0, 0))
    }
  }
  private let centreX: Double
  private let centreY: Double

  struct Line {
    var slope: Double
    var intercept: Double
    func at(_ x: Double) -> Double { intercept + slope * x }
  }

  private func moments(_ from: Int, _ to: Int) -> (
    n: Double, mx: Double, my: Double, xx: Double, xy: Double, yy: Double
  ) {
    let s = sums[to] - sums[from]
    let n = max(s[0], 1)
    return (
      n, s[1] / n, s[2] / n, max(0, s[3] - s[1] * s[1] / n), s[4] - s[1] * s[2] / n, max(0, s[5] - s[2] * s[2] / n)
    )
  }
  func squares(_ from: Int, _ to: Int) -> Double {
    let m = moments(from, to)
    return m.xx > 0 ? max(0, m.yy - m.xy * m.xy / m.xx) : m.yy
  }
  func line(_ from: Int, _ to: Int) -> Line {
    let m = moments(from, to)
    let slope = m.xx > 0 ? m.xy / m.xx : 0
    return Line(slope: slope, intercept: m.my + centreY - slope * (m.mx + centreX))
  }
}
