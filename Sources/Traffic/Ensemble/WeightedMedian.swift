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
}
