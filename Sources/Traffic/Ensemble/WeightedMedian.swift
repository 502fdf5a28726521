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
  ///   - rows: paths of at least `count` finite steps; empty ones do not count.
  ///   - weights: positive, one a row.
  ///   - least: rows of less than this share of the largest weight among those that count do not either.
  ///
  /// Paths mostly keep their order from one step to the next, so that sorting them again costs little.
  static func path(_ rows: [[Double]], _ weights: [Double], count: Int, least: Double) -> [Double] {
    var most = 0.0
    for (row, weight) in zip(rows, weights) where !row.isEmpty { most = max(most, weight) }
    let kept = rows.indices.filter { !rows[$0].isEmpty && weights[$0] >= least * most }
    let k = kept.count
    guard k > 0 else { return [Double](repeating: 0, count: count) }
    // One after the other, so that a step of a path is found without asking an array of arrays.
    var flat: [Double] = []
    flat.reserveCapacity(k * count)
    for row in kept { flat += rows[row].prefix(count) }
    // Sorted values, their weights, and whose they are, as of the step before.
    var values = [Double](repeating: 0, count: k)
    var sorted = kept.map { weights[$0] }
    var order = Array(0..<k)
    var result = [Double](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { values in
      sorted.withUnsafeMutableBufferPointer { sorted in
        order.withUnsafeMutableBufferPointer { order in
          flat.withUnsafeBufferPointer { flat in
            for t in 0..<count {
              for i in 0..<k {
                let (member, weight) = (order[i], sorted[i])
                let value = flat[member * count + t]
                var j = i
                while j > 0, values[j - 1] > value {
                  values[j] = values[j - 1]
                  order[j] = order[j - 1]
                  sorted[j] = sorted[j - 1]
                  j -= 1
                }
                values[j] = value
                order[j] = member
                sorted[j] = weight
              }
              result[t] = of(sorted: UnsafeBufferPointer(values), UnsafeBufferPointer(sorted), count: k, at: 0.5)
            }
          }
        }
      }
    }
    return result
  }
}
