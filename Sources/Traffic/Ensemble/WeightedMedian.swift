/// Middles of a few weighted values.
enum WeightedMedian {
  /// The point at which half the weight lies below, linear between the middles of the values' weights.
  ///
  /// - Parameters:
  ///   - values: sorted in place with their weights; none is NaN.
  ///   - weights: positive, one a value.
  static func of(_ values: inout [Double], _ weights: inout [Double], count: Int, at share: Double = 0.5) -> Double {
    for i in 1..<max(1, count) {
      let (v, w) = (values[i], weights[i])
      var j = i
      while j > 0, values[j - 1] > v {
        values[j] = values[j - 1]
        weights[j] = weights[j - 1]
        j -= 1
      }
      values[j] = v
      weights[j] = w
    }
    return values.withUnsafeBufferPointer { values in
      weights.withUnsafeBufferPointer { of(sorted: values, $0, count: count, at: share) }
    }
  }

  private static func of(
    sorted values: UnsafeBufferPointer<Double>, _ weights: UnsafeBufferPointer<Double>, count: Int, at share: Double
  ) -> Double {
    var total = 0.0
    for i in 0..<count { total += weights[i] }
    let target = share * total
    var below = 0.0
    var lastPlace = 0.0
    for i in 0..<count {
      let place = below + weights[i] / 2
      if place >= target {
        guard i > 0, place > lastPlace else { return values[i] }
        return values[i - 1] + (values[i] - values[i - 1]) * (target - lastPlace) / (place - lastPlace)
      }
      lastPlace = place
      below += weights[i]
    }
    return count > 0 ? values[count - 1] : 0
  }

  /// The middle of paths at each of their steps.
  ///
  /// - Parameters:
  ///   - middle: what is written, a number for each step.
  ///   - block: the paths, each of them in a row.
  ///   - starts: where in the block each begins.
  ///   - weights: positive, one a path.
  ///   - least: paths of less than this share of the largest weight do not count.
  ///
  /// Paths mostly keep their order from one step to the next, so that sorting them again costs little, and where they do
  /// half of the weight lies where it lay.
  static func path(
    _ middle: UnsafeMutableBufferPointer<Double>, of block: UnsafeBufferPointer<Double>, starts: [Int],
    weights: [Double], least: Double
  ) {
    let most = weights.max() ?? 0
    let kept = starts.indices.filter { weights[$0] >= least * most }
    let k = kept.count
    guard k > 0 else {
      middle.update(repeating: 0)
      return
    }
    // Whole vectors of values; what fills the last up lies above all.
    let width = (k + 3) / 4 * 4
    // The paths and their weights in the order of the step before, twice: the order of this step is written beside it.
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * (width + k)) { numbers in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: 3 * k) { places in
        guard let block = block.baseAddress, var values = numbers.baseAddress, var order = places.baseAddress else {
          return
        }
        numbers.initialize(repeating: .infinity)
        var (nextValues, sorted, nextSorted) = (values + width, values + 2 * width, values + 2 * width + k)
        var nextOrder = order + k
        let rank = order + 2 * k
        for (i, row) in kept.enumerated() {
          order[i] = starts[row]
          sorted[i] = weights[row]
        }
        var place = half(UnsafeBufferPointer(start: sorted, count: k))
        for t in middle.indices {
          var falls = 0
          values[0] = block[order[0] &+ t]
          for i in 1..<max(1, k) {
            values[i] = block[order[i] &+ t]
            falls |= values[i &- 1] > values[i] ? 1 : 0
          }
          if falls != 0 {
            rankAll(values, count: k, width: width, rank)
            for i in 0..<k {
              let to = rank[i]
              nextValues[to] = values[i]
              nextOrder[to] = order[i]
              nextSorted[to] = sorted[i]
            }
            swap(&values, &nextValues)
            swap(&order, &nextOrder)
            swap(&sorted, &nextSorted)
            place = half(UnsafeBufferPointer(start: sorted, count: k))
          }
          let i = place.index
          middle[t] =
            place.width > 0 ? values[i - 1] + (values[i] - values[i - 1]) * place.share / place.width : values[i]
        }
      }
    }
  }

  /// The place of each value in ascending order; equal ones keep theirs. All are compared with all, so that no branch depends
  /// on a value.
  @inline(__always)
  private static func rankAll(
    _ values: UnsafeMutablePointer<Double>, count: Int, width: Int, _ rank: UnsafeMutablePointer<Int>
  ) {
    var taken: UInt64 = 0
    for i in 0..<count {
      let own = SIMD4<Double>(repeating: values[i])
      var below = SIMD4<Int64>(repeating: 0)
      var j = 0
      while j < width {
        let others = UnsafeRawPointer(values + j).loadUnaligned(as: SIMD4<Double>.self)
        // A lane of a mask is -1 where it is true.
        below &-= unsafeBitCast(others .< own, to: SIMD4<Int64>.self)
        j &+= 4
      }
      rank[i] = Int(below.wrappedSum())
      taken |= 1 << UInt64(rank[i] & 63)
    }
    guard count > 64 || taken.nonzeroBitCount != count else { return }
    // Some are equal, or too many to have looked.
    for i in 0..<count { for j in 0..<i where values[j] == values[i] { rank[i] += 1 } }
  }

  /// Where half of the weight lies: the first value at or beyond it, and how far it is from the one before, of how far that
  /// is from it; 0 where there is none.
  private static func half(_ weights: UnsafeBufferPointer<Double>) -> (index: Int, share: Double, width: Double) {
    var total = 0.0
    for weight in weights { total += weight }
    let target = 0.5 * total
    var below = 0.0
    var lastPlace = 0.0
    for (i, weight) in weights.enumerated() {
      let place = below + weight / 2
      if place >= target {
        return i > 0 && place > lastPlace ? (i, target - lastPlace, place - lastPlace) : (i, 0, 0)
      }
      lastPlace = place
      below += weight
    }
    return (weights.count - 1, 0, 0)
  }
}
