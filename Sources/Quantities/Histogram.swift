import Glibc

/// A high-dynamic-range histogram of positive numbers: each power of two is cut into equal cells, so that every
/// quantile is right to a relative error of `1 / (2 * cells)` of the true sample, whatever the range.
///
/// With the default of 128 cells the error is at most 0.4 %. Histograms of one resolution merge exactly: adding
/// the counts of parts gives the counts of the whole.
public struct Histogram: Sendable, Equatable {
  /// Cells to a power of two.
  public let cells: Int
  /// Counts by cell, from the cell of `lowestExponent` up. Grows as values come.
  public private(set) var counts: [UInt64] = []
  public private(set) var lowestExponent = 0
  /// Values that were zero or negative (kept as zero).
  public private(set) var zeros: UInt64 = 0
  /// Values that were NaN or infinite: counted, not placed.
  public private(set) var rejected: UInt64 = 0
  public private(set) var count: UInt64 = 0
  public private(set) var sum = 0.0
  public private(set) var maximum = -Double.infinity
  public private(set) var minimum = Double.infinity

  /// - Parameter cells: a power of two from 2 to 65,536.
  public init(cells: Int = 128) {
    precondition(cells >= 2 && cells <= 65_536 && cells.nonzeroBitCount == 1, "cells must be a power of two")
    self.cells = cells
  }

  /// The largest relative error of a quantile: half a cell at the low end of a power of two.
  public var relativeError: Double { 1 / (2 * Double(cells)) }

  public mutating func record(_ value: Double, times: UInt64 = 1) {
    guard times > 0 else { return }
    guard value.isFinite else {
      rejected += times
      return
    }
    count += times
    sum += max(0, value) * Double(times)
    maximum = max(maximum, value)
    minimum = min(minimum, value)
    guard value >= Double.leastNormalMagnitude else {
      zeros += times
      return
    }
    let exponent = Int(value.exponent)
    // The leading bits of the fraction choose the cell: no logarithm needed.
    let cell = Int(value.significandBitPattern >> UInt64(52 - cells.trailingZeroBitCount))
    makeRoom(for: exponent)
    counts[(exponent - lowestExponent) * cells + cell] += times
  }

  private mutating func makeRoom(for exponent: Int) {
    if counts.isEmpty {
      lowestExponent = exponent
      counts = Array(repeating: 0, count: cells)
    } else if exponent < lowestExponent {
      counts.insert(contentsOf: repeatElement(0, count: (lowestExponent - exponent) * cells), at: 0)
      lowestExponent = exponent
    } else if (exponent - lowestExponent) * cells >= counts.count {
      let missing = (exponent - lowestExponent + 1) * cells - counts.count
      counts.append(contentsOf: repeatElement(0, count: missing))
    }
  }

  public var mean: Double? { count == 0 ? nil : sum / Double(count) }

  /// The value of the sample at rank `ceil(p * count)`, to the histogram's relative error; nil where empty and for NaN.
  /// The ends are exact: `p` of 0 gives the smallest and 1 the largest recorded value.
  public func quantile(_ p: Double) -> Double? {
    guard count > 0, !p.isNaN else { return nil }
    if p <= 0 { return minimum }
    if p >= 1 { return maximum }
    // Forgiving: 0.07 * 100 is a little more than 7, and rank 7 is meant.
    let rank = max(1, UInt64(Statistics.ceilingOfRatio(p * Double(count), 1)))
    var seen = zeros
    if rank <= seen { return min(max(minimum, 0), maximum) }
    for (i, n) in counts.enumerated() where n > 0 {
      seen += n
      if seen >= rank {
        let exponent = lowestExponent + i / cells
        let middle = (1 + (Double(i % cells) + 0.5) / Double(cells)) * scalbn(1, Int32(exponent))
        return min(max(middle, minimum), maximum)
      }
    }
    return maximum
  }

  /// Adds another histogram's samples. Exact.
  /// - Precondition: both have the same number of cells.
  public mutating func merge(_ other: Histogram) {
    precondition(cells == other.cells, "histograms of different resolution cannot be merged")
    if !other.counts.isEmpty {
      makeRoom(for: other.lowestExponent)
      makeRoom(for: other.lowestExponent + other.counts.count / cells - 1)
      let shift = (other.lowestExponent - lowestExponent) * cells
      for (i, n) in other.counts.enumerated() { counts[i + shift] += n }
    }
    zeros += other.zeros
    rejected += other.rejected
    count += other.count
    sum += other.sum
    maximum = max(maximum, other.maximum)
    minimum = min(minimum, other.minimum)
  }
}
