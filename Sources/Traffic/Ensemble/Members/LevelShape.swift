/// The shape of the season, frozen, times (or plus) the level of late.
///
/// The shape is the mean over the last seasons of each place relative to its season's mean, as in the
/// level x shape models for aggregated traffic; the level is what the last `levelSteps` were against that shape.
struct LevelShape: EnsembleMember {
  let season: Int
  let seasons: Int
  let levelSteps: Int
  /// Whether the level is added rather than multiplied.
  var isAdditive = false
  var name: String { "level \(isAdditive ? "+" : "x") shape \(season), level of \(levelSteps)" }

  func write(_ path: UnsafeMutableBufferPointer<Double>, from values: UnsafeBufferPointer<Double>, origin: Int) -> Bool
  {
    let k = min(seasons, origin / season)
    guard k >= 2, levelSteps <= k * season else { return false }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: season + k) { scratch in
      let shape = UnsafeMutableBufferPointer(rebasing: scratch[..<season])
      let factors = UnsafeMutableBufferPointer(rebasing: scratch[season...])
      let start = origin - k * season
      factors.initialize(repeating: 1 / Double(k))
      if !isAdditive { relate(factors, values, start) }
      // Of the shape no more is made than the path and the level ask for.
      let places = min(season, path.count)
      let tail = max(places, season - min(season, levelSteps))
      for range in [0..<places, tail..<season] {
        for i in range { shape.initializeElement(at: i, to: 0) }
        for s in 0..<k {
          let (row, factor) = (UnsafeBufferPointer(rebasing: values[start + s * season..<origin]), factors[s])
          for i in range { shape[i] += row[i] * factor }
        }
      }
      var level = 0.0
      var expected = 0.0
      // Backwards from the end of the last season.
      var place = 0
      for j in 1...levelSteps {
        place = place == 0 ? season &- 1 : place &- 1
        level += values[origin &- j]
        expected += shape[place]
      }
      if isAdditive {
        let shift = (level - expected) / Double(levelSteps)
        for t in 0..<places { path[t] = shape[t] + shift }
      } else {
        guard expected > 1e-12 else { return false }
        let factor = level / expected
        for t in 0..<places { path[t] = shape[t] * factor }
      }
      extend(path, season: season)
      return true
    }
  }

  /// Divides each season's factor by its mean; a season without level has no shape to tell.
  ///
  /// Four seasons are summed side by side, so that no addition waits for the one before.
  private func relate(
    _ factors: UnsafeMutableBufferPointer<Double>, _ values: UnsafeBufferPointer<Double>, _ start: Int
  ) {
    var s = 0
    while s < factors.count {
      var sums = SIMD4<Double>(repeating: 0)
      let last = factors.count - 1
      let (a, b, c, d) = (
        start + s * season, start + min(s + 1, last) * season, start + min(s + 2, last) * season,
        start + min(s + 3, last) * season
      )
      guard let first = values.baseAddress else { return }
      let (p, q, r, t) = (first + a, first + b, first + c, first + d)
      for i in 0..<season { sums += SIMD4(p[i], q[i], r[i], t[i]) }
      for j in 0..<min(4, factors.count - s) {
        let mean = sums[j] / Double(season)
        factors[s + j] = mean > 1e-12 ? factors[s + j] / mean : 0
      }
      s += 4
    }
  }
}
