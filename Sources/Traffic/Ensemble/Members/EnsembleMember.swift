/// One way to look ahead among those that an ensemble weighs against each other.
protocol EnsembleMember {
  var name: String { get }
  /// Writes the path after the first `origin` values, which alone may be read; false where they do not suffice, and what
  /// the path then holds is undefined.
  ///
  /// Paths are written where the ensemble keeps them: a forecast asks each of some twenty members at 24 origins.
  ///
  /// - Parameter values: without gaps.
  func write(_ path: UnsafeMutableBufferPointer<Double>, from values: UnsafeBufferPointer<Double>, origin: Int) -> Bool
}

extension EnsembleMember {
  /// Repeats a season that stands at the start of a path over the rest of it.
  @inline(__always)
  func extend(_ path: UnsafeMutableBufferPointer<Double>, season: Int) {
    guard season < path.count else { return }
    for t in season..<path.count { path[t] = path[t - season] }
  }
}

/// The last season again.
struct SeasonalNaive: EnsembleMember {
  let season: Int
  var name: String { "seasonal naive \(season)" }

  func write(_ path: UnsafeMutableBufferPointer<Double>, from values: UnsafeBufferPointer<Double>, origin: Int) -> Bool
  {
    guard origin >= season else { return false }
    for t in 0..<min(season, path.count) { path[t] = values[origin - season + t] }
    extend(path, season: season)
    return true
  }
}
