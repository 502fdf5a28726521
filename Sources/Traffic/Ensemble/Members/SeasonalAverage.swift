/// Each place of the season as it was over the last few seasons.
struct SeasonalAverage: EnsembleMember {
  enum Kind { case mean, median, smoothed }
  let season: Int
  /// Seasons looked at, at most.
  let seasons: Int
  let kind: Kind
  /// How much less each earlier season counts in the smoothed kind.
  static let decay = 0.75
  var name: String { "seasonal \(kind) \(season)" }

  func write(_ path: UnsafeMutableBufferPointer<Double>, from values: UnsafeBufferPointer<Double>, origin: Int) -> Bool
  {
    let k = min(seasons, origin / season)
    guard k >= 2 else { return false }
    let start = origin - k * season
    // No more places of the season than the path asks for.
    let places = min(season, path.count)
    switch kind {
    case .mean, .smoothed:
      for i in 0..<places { path[i] = 0 }
      var total = 0.0
      var weight = 1.0
      for s in stride(from: k - 1, through: 0, by: -1) {
        let from = start + s * season
        let row = UnsafeBufferPointer(rebasing: values[from..<from + places])
        for i in 0..<places { path[i] += weight * row[i] }
        total += weight
        if kind == .smoothed { weight *= SeasonalAverage.decay }
      }
      for i in 0..<places { path[i] /= total }
    case .median: medians(path, values, start, k, places)
    }
    extend(path, season: season)
    return true
  }

  /// Places side by side, each with its seasons sorted by exchanges of neighbours: no branch depends on a value.
  private func medians(
    _ path: UnsafeMutableBufferPointer<Double>, _ values: UnsafeBufferPointer<Double>, _ start: Int, _ k: Int,
    _ places: Int
  ) {
    let width = 24
    withUnsafeTemporaryAllocation(of: Double.self, capacity: k * width) { rows in
      var first = 0
      while first < places {
        let count = min(width, places - first)
        for s in 0..<k {
          let from = start + s * season + first
          let row = UnsafeMutableBufferPointer(rebasing: rows[s * width..<(s + 1) * width])
          row.initialize(repeating: 0)
          _ = row.update(fromContentsOf: values[from..<from + count])
        }
        // The largest of those left moves to the end, until the upper half is in place.
        var end = k
        while end > k / 2 {
          for s in 0..<end - 1 {
            let pair = UnsafeMutableBufferPointer(rebasing: rows[s * width..<(s + 2) * width])
            for i in 0..<width {
              let (a, b) = (pair[i], pair[i &+ width])
              pair[i] = b < a ? b : a
              pair[i &+ width] = b < a ? a : b
            }
          }
          end -= 1
        }
        let upper = k / 2 * width
        if k % 2 == 1 {
          for i in 0..<count { path[first + i] = rows[upper + i] }
        } else {
          // The largest of the lower half, which was not sorted.
          for s in 0..<k / 2 - 1 {
            let pair = UnsafeMutableBufferPointer(rebasing: rows[s * width..<(s + 2) * width])
            for i in 0..<width { pair[i &+ width] = pair[i &+ width] < pair[i] ? pair[i] : pair[i &+ width] }
          }
          for i in 0..<count { path[first + i] = (rows[upper - width + i] + rows[upper + i]) / 2 }
        }
        first += width
      }
    }
  }
}
