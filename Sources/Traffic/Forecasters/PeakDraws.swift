import Glibc
import Quantities

/// The peaks of many sampled futures by day: the one set from which the peaks of days, weeks and the horizon, the runway and
/// the plan are counted, so that at every quantile a span's peak is at least that of each of its parts.
///
/// A day's peak on a future is the day's own largest step times the exponential of what was drawn. A day's peaks have the
/// order of what was drawn, so that its quantiles cost a few exponentials and not a thousand.
struct PeakDraws: Sendable {
  /// Futures.
  let paths: Int
  /// The first day that counts.
  let firstDay: Int
  /// By day: the largest step before anything is drawn.
  private var tops: [Double]
  /// By day, `paths` logarithms: what each future drew.
  private var drawn: [Double]
  /// Days whose largest step an event makes different from future to future, and by such a day those of each future.
  private let eventDays: [Int]
  private var eventTops: [Double]
  /// The largest step of the horizon on each, ascending; the same without events.
  private(set) var horizon: [Double] = []
  private(set) var baseline: [Double] = []

  /// - Parameters:
  ///   - walker: goes along the futures.
  ///   - take: moves it to the future of a number.
  init(paths: Int, firstDay: Int, _ walker: inout PathPeaks, _ take: (Int, inout PathPeaks) -> Void) {
    self.paths = paths
    self.firstDay = firstDay
    tops = walker.tops
    eventDays = walker.eventDays
    drawn = [Double](repeating: 0, count: paths * walker.tops.count)
    eventTops = [Double](repeating: 0, count: paths * walker.eventDays.count)
    horizon.reserveCapacity(paths)
    baseline.reserveCapacity(paths)
    for p in 0..<paths {
      take(p, &walker)
      for d in tops.indices { drawn[d * paths + p] = walker.drawn[d] }
      for k in eventDays.indices { eventTops[k * paths + p] = walker.eventTops[k] }
      let (without, with) = walker.largest()
      horizon.append(with)
      baseline.append(without)
    }
    order(&horizon)
    if eventDays.isEmpty { baseline = horizon } else { order(&baseline) }
  }

  var dayCount: Int { tops.count }

  private func order(_ values: inout [Double]) {
    var order = RadixOrder(values.count)
    let given = values
    order.sort(given[...], into: &values)
  }

  /// Each future's largest step of a day.
  private func peaks(ofDay d: Int) -> [Double] {
    let start = d * paths
    guard let k = eventDays.firstIndex(of: d) else { return (0..<paths).map { tops[d] * exp(drawn[start + $0]) } }
    return (0..<paths).map { eventTops[k * paths + $0] * exp(drawn[start + $0]) }
  }

  /// Quantiles of a day's largest step, as ``Statistics/quantile(sorted:_:)`` has them.
  ///
  /// - Parameter levels: in any order.
  func quantiles(ofDay d: Int, _ levels: [Double]) -> [Double] {
    guard paths > 0 else { return levels.map { _ in 0 } }
    let ranks = levels.map { min(max($0, 0), 1) * Double(paths - 1) }
    let places = ranks.flatMap { [Int($0), min(Int($0) + 1, paths - 1)] }.sorted()
    let found: [Double]
    if eventDays.contains(d) {
      found = peaks(ofDay: d).withUnsafeBufferPointer { OrderStatistics.values(at: places, of: $0) }
    } else {
      found = drawn.withUnsafeBufferPointer {
        OrderStatistics.values(at: places, of: UnsafeBufferPointer(rebasing: $0[d * paths..<(d + 1) * paths]))
      }.map { tops[d] * exp($0) }
    }
    func value(_ place: Int) -> Double { places.firstIndex(of: place).map { found[$0] } ?? .nan }
    return ranks.map { rank in
      let (below, above) = (value(Int(rank)), value(min(Int(rank) + 1, paths - 1)))
      return below + (above - below) * (rank - Double(Int(rank)))
    }
  }

  /// Quantiles of the largest step of some days.
  func quantiles(of days: Range<Int>, _ levels: [Double]) -> [Double] {
    guard days.count > 1 else { return quantiles(ofDay: days.lowerBound, levels) }
    var most = [Double](repeating: 0, count: paths)
    for d in days { for (p, value) in peaks(ofDay: d).enumerated() { most[p] = max(most[p], value) } }
    order(&most)
    return levels.map { Statistics.quantile(sorted: most, $0) ?? 0 }
  }

  /// The futures on which a day's largest step lies above a capacity.
  func paths(above capacity: Double, onDay d: Int) -> [Int] {
    guard !eventDays.contains(d), capacity > 0, capacity.isFinite else {
      let values = peaks(ofDay: d)
      return values.indices.filter { values[$0] > capacity }
    }
    // What is near the capacity is compared as a number.
    let (start, height) = (d * paths, log(capacity) - log(tops[d]))
    return (0..<paths).filter { p in
      let apart = drawn[start + p] - height
      return apart > 1e-9 || (apart > -1e-9 && tops[d] * exp(drawn[start + p]) > capacity)
    }
  }

  /// Moves each day that counts by its factor.
  mutating func scale(by factors: [Double]) {
    for (k, factor) in factors.enumerated() where firstDay + k < dayCount { multiply(firstDay + k, by: factor) }
    horizon = [Double](repeating: 0, count: paths)
    for d in 0..<dayCount where d >= firstDay && d - firstDay < factors.count {
      for (p, value) in peaks(ofDay: d).enumerated() { horizon[p] = max(horizon[p], value) }
    }
    order(&horizon)
  }

  /// The same futures with every step a number of times as high.
  func scaled(_ factor: Double) -> PeakDraws {
    var draws = self
    for d in tops.indices { draws.multiply(d, by: factor) }
    draws.horizon = horizon.map { $0 * factor }
    draws.baseline = baseline.map { $0 * factor }
    return draws
  }

  private mutating func multiply(_ d: Int, by factor: Double) {
    tops[d] *= factor
    if let k = eventDays.firstIndex(of: d) {
      for i in k * paths..<(k + 1) * paths { eventTops[i] *= factor }
    }
  }
}
