import Quantities

/// How long things took: seconds at any quantile.
public struct LatencySpectrum: Sendable, Equatable {
  public private(set) var count: Int
  /// Exact, in seconds; nil where nothing was measured.
  public private(set) var mean: Double?
  public private(set) var maximum: Double?
  public private(set) var minimum: Double?
  /// Nanoseconds.
  public private(set) var histogram: Histogram

  init(count: Int, mean: Double?, maximum: Double?, minimum: Double?, histogram: Histogram) {
    self.count = count
    self.mean = mean
    self.maximum = maximum
    self.minimum = minimum
    self.histogram = histogram
  }

  /// Of measured seconds, to the histogram's relative error.
  public init(seconds: [Double]) {
    histogram = Histogram(cells: LatencyRecorder.cells)
    let kept = seconds.filter { $0.isFinite }
    for value in kept { histogram.record(value * 1e9) }
    count = kept.count
    mean = Statistics.mean(kept)
    maximum = kept.max()
    minimum = kept.min()
  }

  /// Seconds at the rank `ceil(p * count)`, right to ``relativeError``; nil where nothing was measured.
  public func quantile(_ p: Double) -> Double? {
    guard let maximum, let minimum, let value = histogram.quantile(p) else { return nil }
    return p >= 1 ? maximum : min(max(value / 1e9, minimum), maximum)
  }
  public var relativeError: Double { histogram.relativeError }

  /// Adds what another machine measured. Exact.
  public mutating func merge(_ other: LatencySpectrum) {
    let total = count + other.count
    if total > 0 {
      mean = ((mean ?? 0) * Double(count) + (other.mean ?? 0) * Double(other.count)) / Double(total)
    }
    count = total
    maximum = [maximum, other.maximum].compactMap { $0 }.max()
    minimum = [minimum, other.minimum].compactMap { $0 }.min()
    histogram.merge(other.histogram)
  }
}
