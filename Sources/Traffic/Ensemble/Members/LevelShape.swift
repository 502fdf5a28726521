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

  func path(_ values: [Double], origin: Int, horizon: Int) -> [Double]? {
    let k = min(seasons, origin / season)
    guard k >= 2, levelSteps <= k * season else { return nil }
    let start = origin - k * season
    var shape = [Double](repeating: 0, count: season)
    values.withUnsafeBufferPointer { values in
      shape.withUnsafeMutableBufferPointer { shape in
        for s in 0..<k {
          let from = start + s * season
          var factor = 1 / Double(k)
          if !isAdditive {
            var mean = 0.0
            for i in 0..<season { mean += values[from + i] }
            mean /= Double(season)
            // A season without level has no shape to tell.
            factor = mean > 1e-12 ? factor / mean : 0
          }
          for i in 0..<season { shape[i] += values[from + i] * factor }
        }
      }
    }
    var level = 0.0
    var expected = 0.0
    // Backwards from the end of the last season.
    var place = 0
    for j in 1...levelSteps {
      place = place == 0 ? season - 1 : place - 1
      level += values[origin - j]
      expected += shape[place]
    }
    if isAdditive {
      let shift = (level - expected) / Double(levelSteps)
      return repeated(shape.map { $0 + shift }, horizon)
    }
    guard expected > 1e-12 else { return nil }
    let factor = level / expected
    return repeated(shape.map { $0 * factor }, horizon)
  }
}
