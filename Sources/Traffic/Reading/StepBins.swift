import Quantities

/// Sums of rows by steps of one length: what is kept of a file that is too long to keep its rows.
struct StepBins {
  private(set) var start: Int64
  private(set) var step: Int64
  private var sums: [Double] = [0]
  private var counts: [UInt32] = [0]
  private var tops: [Double] = [-.infinity]
  /// Rows with a value.
  private(set) var rows = 0
  /// Where given, steps past so many are brought together into longer ones.
  let most: Int

  /// Steps start at whole multiples since the epoch, those of a day and more at local midnight.
  init(first: Int64, step: Int64, zone: TimeZoneRules, most: Int = .max) {
    self.step = step
    self.most = most
    start = floorDivide(first, step) * step
    if step >= 86_400_000_000_000 {
      start = zone.time(of: zone.local(Timestamp(nanosecondsSinceEpoch: first)).date).nanosecondsSinceEpoch
    }
  }

  var count: Int { sums.count }

  mutating func add(_ time: Int64, _ value: Double) {
    let k = place(time)
    sums[k] += value
    counts[k] += 1
    if value > tops[k] { tops[k] = value }
    rows += 1
  }

  /// Makes the steps go as far as a time.
  mutating func reach(_ time: Int64) { _ = place(time) }

  private mutating func place(_ time: Int64) -> Int {
    while true {
      let k = floorDivide(time &- start, step)
      if k >= 0, k < sums.count { return Int(k) }
      if k >= most || -k >= most, coarsen() { continue }
      if k < 0 {
        let more = Int(-k)
        sums.insert(contentsOf: repeatElement(0, count: more), at: 0)
        counts.insert(contentsOf: repeatElement(0, count: more), at: 0)
        tops.insert(contentsOf: repeatElement(-.infinity, count: more), at: 0)
        start -= Int64(more) * step
        return 0
      }
      let more = Int(k) + 1 - sums.count
      sums.append(contentsOf: repeatElement(0, count: more))
      counts.append(contentsOf: repeatElement(0, count: more))
      tops.append(contentsOf: repeatElement(-.infinity, count: more))
      return Int(k)
    }
  }

  /// Brings steps together into the next that people use and that holds whole steps; false where there is none.
  private mutating func coarsen() -> Bool {
    guard let next = RowWork.usualSteps.lazy.map({ Int64($0 * 1e9) }).first(where: { $0 > step && $0 % step == 0 }),
      next <= 86_400_000_000_000
    else { return false }
    let from = floorDivide(start, next) * next
    let offset = Int((start - from) / step)
    let width = Int(next / step)
    let last = (sums.count - 1 + offset) / width
    var (s, c, t) = (
      [Double](repeating: 0, count: last + 1), [UInt32](repeating: 0, count: last + 1),
      [Double](repeating: -.infinity, count: last + 1)
    )
    for i in sums.indices {
      let k = (i + offset) / width
      s[k] += sums[i]
      c[k] += counts[i]
      t[k] = max(t[k], tops[i])
    }
    (sums, counts, tops, start, step) = (s, c, t, from, next)
    return true
  }

  /// The steps' values, and the largest row of each; gaps where there is no row.
  func series(_ value: (Double, Double) -> Double) -> (TimeSeries<RequestRate>, tops: [Double]) {
    let raw = sums.indices.map { counts[$0] == 0 ? .nan : value(sums[$0], Double(counts[$0])) }
    return (
      TimeSeries(start: Timestamp(nanosecondsSinceEpoch: start), step: .nanoseconds(step), rawValues: raw),
      tops.indices.map { counts[$0] == 0 ? .nan : tops[$0] }
    )
  }
}
