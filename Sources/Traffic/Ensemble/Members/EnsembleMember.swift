/// One way to look ahead among those that an ensemble weighs against each other.
protocol EnsembleMember {
  var name: String { get }
  /// The path after the first `origin` values, which alone may be read; nil where they do not suffice.
  ///
  /// - Parameter values: without gaps.
  func path(_ values: [Double], origin: Int, horizon: Int) -> [Double]?
}

extension EnsembleMember {
  /// One season repeated over the horizon.
  func repeated(_ season: [Double], _ horizon: Int) -> [Double] {
    var result = [Double](repeating: 0, count: horizon)
    var place = 0
    for t in 0..<horizon {
      result[t] = season[place]
      place += 1
      if place == season.count { place = 0 }
    }
    return result
  }
}

/// The last season again.
struct SeasonalNaive: EnsembleMember {
  let season: Int
  var name: String { "seasonal naive \(season)" }

  func path(_ values: [Double], origin: Int, horizon: Int) -> [Double]? {
    origin >= season ? repeated(Array(values[origin - season..<origin]), horizon) : nil
  }
}
