import Quantities

extension OrderStatistics {
  /// The median of a few numbers, as `Statistics.median` has it, without an array: NaN counts for nothing.
  ///
  /// - Precondition: there are no more than `most`.
  @inline(__always)
  static func median<S: Sequence>(_ items: S, most: Int, _ value: (S.Element) -> Double) -> Double? {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, most)) { sorted in
      var count = 0
      for item in items {
        let v = value(item)
        guard !v.isNaN else { continue }
        precondition(count < most, "there are no more numbers than were announced")
        var j = count
        while j > 0, sorted[j - 1] > v {
          sorted[j] = sorted[j - 1]
          j -= 1
        }
        sorted[j] = v
        count += 1
      }
      guard count > 0 else { return nil }
      let rank = 0.5 * Double(count - 1)
      let below = Int(rank)
      let above = min(below + 1, count - 1)
      return sorted[below] + (sorted[above] - sorted[below]) * (rank - Double(below))
    }
  }
}
