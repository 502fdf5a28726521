import Glibc

/// A range of values, its place on an axis, and round numbers within it.
struct Scale: Hashable, Sendable {
  let low: Double
  let high: Double
  /// Round numbers, rising.
  let ticks: [Double]
  let step: Double

  /// Covers all finite values, widened to round numbers.
  ///
  /// - Parameters:
  ///   - isFromZero: whether zero belongs to it, as it must where height means amount.
  ///   - ticks: about how many round numbers are wanted, 2 at least.
  /// - Returns: nil where no value is finite.
  init?(covering values: some Sequence<Double>, isFromZero: Bool, ticks wanted: Int) {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite {
      low = min(low, value)
      high = max(high, value)
    }
    guard low <= high else { return nil }
    if isFromZero {
      low = min(0, low)
      high = max(0, high)
    }
    if low == high {
      let margin = abs(low) / 10
      low = max(low - margin, -.greatestFiniteMagnitude)
      high = min(high + (margin == 0 ? 1 : margin), .greatestFiniteMagnitude)
    }
    let step = Scale.roundStep(high / Double(max(1, wanted - 1)) - low / Double(max(1, wanted - 1)))
    let first = (low / step).rounded(.down)
    let last = (high / step).rounded(.up)
    // Beyond 2^52 steps from zero, or at the ends of Double, round numbers cannot be told apart.
    guard step > 0, step.isFinite, abs(first) < 4e15, abs(last) < 4e15, (last * step).isFinite, (first * step).isFinite,
      last > first
    else {
      self.low = low
      self.high = high
      self.step = 0
      ticks = low < high ? [low, high] : [low]
      return
    }
    self.step = step
    ticks = stride(from: first, through: last, by: 1).map { $0 * step }
    self.low = first * step
    self.high = last * step
  }

  /// 0 at the low end, 1 at the high end. Scaled first, so that the largest numbers do not overflow.
  func position(_ value: Double) -> Double {
    let size = max(abs(low), abs(high))
    guard size > 0 else { return 0 }
    let span = high / size - low / size
    guard span > 0 else { return 0 }
    return min(1, max(0, (value / size - low / size) / span))
  }

  /// The smallest of 1, 2, 5 times a power of ten that is not below the step.
  private static func roundStep(_ raw: Double) -> Double {
    let power = pow(10, log10(raw).rounded(.down))
    let digits = raw / power
    return power * (digits <= 1.000_000_1 ? 1 : digits <= 2.000_000_1 ? 2 : digits <= 5.000_000_1 ? 5 : 10)
  }
}
