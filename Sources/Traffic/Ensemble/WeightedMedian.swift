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
  ///   - block: the paths, each of them in a row; of finite numbers.
  ///   - starts: where in the block each begins.
  ///   - weights: positive, one a path.
  ///   - least: paths of less than this share of the largest weight do not count.
  ///
  /// Four steps stand side by side, and nothing is sorted: the weight below each path is summed by comparing all with all, and
  /// the middle lies between the last path below half of the weight and the first at or above it. Of paths that are equal but
  /// for rounding the first lies below, so that a history in other units gives the same middle. No branch depends on a value.
  ///
  /// Complexity: k² / 2 comparisons for k paths that count, for every four steps.
  static func path(
    _ middle: UnsafeMutableBufferPointer<Double>, of block: UnsafeBufferPointer<Double>, starts: [Int],
    weights: [Double], least: Double
  ) {
    let most = weights.max() ?? 0
    let kept = starts.indices.filter { weights[$0] >= least * most }
    let k = kept.count
    guard k > 0, let block = block.baseAddress else {
      middle.update(repeating: 0)
      return
    }
    var total = 0.0
    for row in kept { total += weights[row] }
    let target = Lanes(repeating: 0.5 * total)
    withUnsafeTemporaryAllocation(of: Lanes.self, capacity: 3 * k) { scratch in
      guard let values = scratch.baseAddress else { return }
      let (below, votes) = (values + k, values + 2 * k)
      for (i, row) in kept.enumerated() { (votes + i).initialize(to: Lanes(repeating: weights[row])) }
      for t in stride(from: 0, to: middle.count, by: 4) {
        let last = middle.count - 1
        for (i, row) in kept.enumerated() {
          let at = block + starts[row]
          (values + i).initialize(
            to: t + 3 <= last
              ? UnsafeRawPointer(at + t).loadUnaligned(as: Lanes.self)
              : Lanes(at[t], at[min(t + 1, last)], at[min(t + 2, last)], at[last]))
          (below + i).initialize(to: Lanes(repeating: 0))
        }
        for i in 0..<k {
          let (value, vote) = (values[i], unsafeBitCast(votes[i], to: Bits.self))
          let bar = value - pointwiseMax(value, -value) * equal
          var own = below[i]
          var j = i &+ 1
          while j < k {
            let isLess = unsafeBitCast(values[j] .< bar, to: Bits.self)
            own += unsafeBitCast(isLess & unsafeBitCast(votes[j], to: Bits.self), to: Lanes.self)
            below[j] += unsafeBitCast(~isLess & vote, to: Lanes.self)
            j &+= 1
          }
          below[i] = own
        }
        let found = between(values, below, votes, count: k, target)
        for lane in 0..<min(4, middle.count - t) { middle[t + lane] = found[lane] }
      }
    }
  }

  /// What two paths may differ by, as a share, and still count as equal: far more than rounding, far less than forecasts differ by.
  private static let equal = 1e-9

  private typealias Lanes = SIMD4<Double>
  private typealias Bits = SIMD4<UInt64>

  /// Linear between the value of the largest place below the target and that of the smallest at or above it.
  ///
  /// - Parameter below: the weight below each value.
  @inline(__always)
  private static func between(
    _ values: UnsafeMutablePointer<Lanes>, _ below: UnsafeMutablePointer<Lanes>, _ votes: UnsafeMutablePointer<Lanes>,
    count: Int, _ target: Lanes
  ) -> Lanes {
    var (lowPlace, highPlace) = (Lanes(repeating: -.infinity), Lanes(repeating: .infinity))
    var (low, high) = (values[0], values[0])
    for i in 0..<count {
      let place = below[i] + votes[i] * 0.5
      let isHigh = unsafeBitCast(place .>= target, to: Bits.self)
      let nearAbove = isHigh & unsafeBitCast(place .< highPlace, to: Bits.self)
      let nearBelow = ~isHigh & unsafeBitCast(place .> lowPlace, to: Bits.self)
      highPlace = choose(nearAbove, place, highPlace)
      high = choose(nearAbove, values[i], high)
      lowPlace = choose(nearBelow, place, lowPlace)
      low = choose(nearBelow, values[i], low)
    }
    let isFirst = unsafeBitCast(lowPlace .== Lanes(repeating: -.infinity), to: Bits.self)
    let isLast = unsafeBitCast(highPlace .== Lanes(repeating: .infinity), to: Bits.self)
    let line = low + (high - low) * (target - lowPlace) / (highPlace - lowPlace)
    return choose(isFirst, high, choose(isLast, low, line))
  }

  @inline(__always)
  private static func choose(_ mask: Bits, _ a: Lanes, _ b: Lanes) -> Lanes {
    unsafeBitCast(
      (unsafeBitCast(a, to: Bits.self) & mask) | (unsafeBitCast(b, to: Bits.self) & ~mask), to: Lanes.self)
  }
}
