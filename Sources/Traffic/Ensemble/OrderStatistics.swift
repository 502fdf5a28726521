/// The few order statistics that quantiles ask for, without sorting the rest (Hoare, 1961, Algorithm 65: Find).
enum OrderStatistics {
  /// Moves values until each of the places holds what it would in sorted order.
  ///
  /// - Parameters:
  ///   - values: without NaN.
  ///   - places: ascending.
  static func place(_ values: UnsafeMutableBufferPointer<Double>, _ places: ArraySlice<Int>) {
    var (values, places, offset) = (values, places, 0)
    while let least = places.first, let most = places.last, values.count > 1 {
      guard values.count > 16 else {
        sort(values)
        return
      }
      // The middle of three parts; what equals it goes to both sides, so that many equal values part evenly.
      let pivot = middle(values[0], values[values.count / 2], values[values.count - 1])
      var (i, j) = (0, values.count - 1)
      while i <= j {
        while values[i] < pivot { i += 1 }
        while values[j] > pivot { j -= 1 }
        if i <= j {
          values.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      // Up to j nothing is larger, from i on nothing smaller than the pivot; between them it stands.
      let (lower, upper) = (offset + j, offset + i)
      let isLow = least <= lower
      let isHigh = most >= upper
      let low = UnsafeMutableBufferPointer(rebasing: values[..<(j + 1)])
      let high = UnsafeMutableBufferPointer(rebasing: values[i...])
      if isLow, isHigh {
        place(low, shifted(places.prefix { $0 <= lower }, by: offset))
        (places, values, offset) = (places.drop { $0 < upper }, high, upper)
      } else if isLow {
        (places, values) = (places.prefix { $0 <= lower }, low)
      } else if isHigh {
        (places, values, offset) = (places.drop { $0 < upper }, high, upper)
      } else {
        return
      }
    }
  }

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

  private static func shifted(_ places: ArraySlice<Int>, by offset: Int) -> ArraySlice<Int> {
    offset == 0 ? places : places.map { $0 - offset }[...]
  }

  private static func middle(_ a: Double, _ b: Double, _ c: Double) -> Double {
    max(min(a, b), min(max(a, b), c))
  }

  private static func sort(_ values: UnsafeMutableBufferPointer<Double>) {
    for i in 1..<max(1, values.count) {
      let v = values[i]
      var j = i
      while j > 0, values[j - 1] > v {
        values[j] = values[j - 1]
        j -= 1
      }
      values[j] = v
    }
  }
}
