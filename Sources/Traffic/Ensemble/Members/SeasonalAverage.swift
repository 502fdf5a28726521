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

  func path(_ values: [Double], origin: Int, horizon: Int) -> [Double]? {
    let k = min(seasons, origin / season)
    guard k >= 2 else { return nil }
    let start = origin - k * season
    var result = [Double](repeating: 0, count: season)
    switch kind {
    case .mean, .smoothed:
      var total = 0.0
      var weight = 1.0
      for s in stride(from: k - 1, through: 0, by: -1) {
        let from = start + s * season
        values.withUnsafeBufferPointer { values in
          result.withUnsafeMutableBufferPointer { result in
            for i in 0..<season { result[i] += weight * values[from + i] }
          }
        }
        total += weight
        if kind == .smoothed { weight *= SeasonalAverage.decay }
      }
      for i in 0..<season { result[i] /= total }
    case .median:
      var column = [Double](repeating: 0, count: k)
      for i in 0..<season {
        for s in 0..<k {
          // Insertion keeps the few values sorted.
          let v = values[start + s * season + i]
          var j = s
          while j > 0, column[j - 1] > v {
            column[j] = column[j - 1]
            j -= 1
          }
          column[j] = v
        }
        result[i] = k % 2 == 1 ? column[k / 2] : (column[k / 2 - 1] + column[k / 2]) / 2
      }
    }
    return repeated(result, horizon)
  }
}
