/// The same steps a long season (a week, a year) ago, at the level that the last steps have against theirs.
struct SeasonAgo: EnsembleMember {
  let season: Int
  let levelSteps: Int
  /// A level beyond this many times that of the season before is a start from nothing, not growth.
  static let mostGrowth = 10.0
  var name: String { "a season of \(season) ago x level" }

  func write(_ path: UnsafeMutableBufferPointer<Double>, from values: UnsafeBufferPointer<Double>, origin: Int) -> Bool
  {
    guard levelSteps > 0, origin >= season + levelSteps, levelSteps < season else { return false }
    var now = 0.0
    var then = 0.0
    for j in 1...levelSteps {
      now += values[origin - j]
      then += values[origin - j - season]
    }
    guard then > 1e-12, now >= 0 else { return false }
    let factor = min(now / then, SeasonAgo.mostGrowth)
    for t in 0..<min(season, path.count) { path[t] = values[origin - season + t] * factor }
    extend(path, season: season)
    return true
  }
}
