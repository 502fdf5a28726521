import Glibc

/// Values at a uniform step; value `i` stands for the time from `start + i * step` to `start + (i + 1) * step`.
///
/// Gaps are explicit: stored as NaN, read as nil. Storage is one packed array of `Double`.
public struct TimeSeries<Value: Quantity>: Sendable {
  public let start: Timestamp
  /// Positive.
  public let step: Duration
  /// The stored numbers in the value's base unit; NaN marks a gap. For inner loops.
  public internal(set) var rawValues: [Double]

  /// - Precondition: `step` is at least a nanosecond.
  public init(start: Timestamp, step: Duration, rawValues: [Double]) {
    precondition(step >= .nanoseconds(1), "a time series needs a step of at least a nanosecond")
    self.start = start
    self.step = step
    self.rawValues = rawValues
  }
  public init(start: Timestamp, step: Duration, values: [Value?]) {
    self.init(start: start, step: step, rawValues: values.map { $0?.rawValue ?? .nan })
  }

  @inlinable public var count: Int { rawValues.count }
  @inlinable public var isEmpty: Bool { rawValues.isEmpty }
  /// The end of the last step.
  public var end: Timestamp { time(at: count) }
  public var duration: Duration { end - start }
  /// The start of step `index`; `index` may lie past the end. Clamped to the range of timestamps.
  public func time(at index: Int) -> Timestamp {
    let (offset, tooFar) = Int64(index).multipliedReportingOverflow(by: step.nanoseconds)
    let (time, outside) = start.nanosecondsSinceEpoch.addingReportingOverflow(offset)
    return Timestamp(nanosecondsSinceEpoch: tooFar || outside ? (index < 0 ? .min : .max) : time)
  }
  /// The value of a step, or nil where there is a gap.
  @inlinable public subscript(index: Int) -> Value? {
    let raw = rawValues[index]
    return raw.isNaN ? nil : Value(rawValue: raw)
  }
  /// The step that holds a time; it may lie outside the series.
  public func index(of time: Timestamp) -> Int {
    let (span, overflow) = time.nanosecondsSinceEpoch.subtractingReportingOverflow(start.nanosecondsSinceEpoch)
    // One above the smallest number, so that the sign can be turned.
    let nanoseconds = overflow ? (time < start ? .min + 1 : .max) : max(span, .min + 1)
    let width = step.nanoseconds
    return Int(nanoseconds >= 0 ? nanoseconds / width : -1 - (-nanoseconds - 1) / width)
  }
  /// Part of the series; bounds are clamped to it.
  public func slice(_ range: Range<Int>) -> TimeSeries {
    let clamped = range.clamped(to: 0..<count)
    return TimeSeries(start: time(at: clamped.lowerBound), step: step, rawValues: Array(rawValues[clamped]))
  }
  public func mapped<Other: Quantity>(_ transform: (Value) -> Other) -> TimeSeries<Other> {
    TimeSeries<Other>(
      start: start, step: step,
      rawValues: rawValues.map { $0.isNaN ? .nan : transform(Value(rawValue: $0)).rawValue })
  }
  /// The same times with other numbers.
  public func with(rawValues: [Double]) -> TimeSeries { TimeSeries(start: start, step: step, rawValues: rawValues) }

  public var gapCount: Int { rawValues.reduce(0) { $0 + ($1.isNaN ? 1 : 0) } }
  /// The mean of the steps that have a value, or nil where none has.
  public var mean: Value? {
    let (sum, n) = rawValues.reduce((0.0, 0)) { $1.isNaN ? $0 : ($0.0 + $1, $0.1 + 1) }
    return n == 0 ? nil : Value(rawValue: sum / Double(n))
  }
  /// The largest value and its step.
  public var peak: (value: Value, index: Int)? {
    var best: (Double, Int)?
    for (i, v) in rawValues.enumerated() where !v.isNaN && v > (best?.0 ?? -.infinity) { best = (v, i) }
    return best.map { (Value(rawValue: $0.0), $0.1) }
  }
  /// The smallest value and its step.
  public var minimum: (value: Value, index: Int)? {
    var best: (Double, Int)?
    for (i, v) in rawValues.enumerated() where !v.isNaN && v < (best?.0 ?? .infinity) { best = (v, i) }
    return best.map { (Value(rawValue: $0.0), $0.1) }
  }
}

extension TimeSeries: Equatable where Value: Equatable {
  /// Gaps equal gaps, so that a series equals itself.
  public static func == (a: TimeSeries, b: TimeSeries) -> Bool {
    a.start == b.start && a.step == b.step && a.count == b.count
      && zip(a.rawValues, b.rawValues).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
  }
}

extension TimeSeries {
  /// How several steps become one.
  public enum Aggregation: String, Sendable, CaseIterable { case mean, sum, maximum, minimum, last }

  /// The series at a coarser step that is a whole multiple of this one, aligned to whole steps since the epoch
  /// when `aligned`, else to the series' own start. A coarse step is a gap only where all its steps are gaps.
  public func aggregated(to coarse: Duration, by how: Aggregation, aligned: Bool = false) -> TimeSeries {
    let factor = Int(coarse.nanoseconds / step.nanoseconds)
    guard factor > 1 else { return self }
    var first = 0
    var from = start
    if aligned {
      let width = coarse.nanoseconds
      let remainder = ((start.nanosecondsSinceEpoch % width) + width) % width
      from = Timestamp(nanosecondsSinceEpoch: start.nanosecondsSinceEpoch - remainder)
      first = -Int(remainder / step.nanoseconds)
    }
    var result: [Double] = []
    result.reserveCapacity((count - first) / factor + 1)
    var i = first
    while i < count {
      var value = Double.nan
      var n = 0
      for j in max(0, i)..<max(0, min(count, i + factor)) where !rawValues[j].isNaN {
        let v = rawValues[j]
        n += 1
        switch how {
        case .mean, .sum: value = n == 1 ? v : value + v
        case .maximum: value = n == 1 ? v : max(value, v)
        case .minimum: value = n == 1 ? v : min(value, v)
        case .last: value = v
        }
      }
      if how == .mean, n > 1 { value /= Double(n) }
      result.append(value)
      i += factor
    }
    return TimeSeries(start: from, step: coarse, rawValues: result)
  }

  /// Gaps filled by a straight line between neighbours; leading and trailing gaps take the nearest value.
  /// A series of gaps alone is filled with zeros.
  public func interpolated() -> TimeSeries {
    var values = rawValues
    var last: Int?
    for i in values.indices where !values[i].isNaN {
      if let l = last, i - l > 1 {
        for j in (l + 1)..<i { values[j] = values[l] + (values[i] - values[l]) * Double(j - l) / Double(i - l) }
      } else if last == nil {
        for j in 0..<i { values[j] = values[i] }
      }
      last = i
    }
    if let l = last { for j in (l + 1)..<max(l + 1, count) { values[j] = values[l] } }
    if last == nil { values = Array(repeating: 0, count: count) }
    return with(rawValues: values)
  }
}
