/// The same steps a long season (a week, a year) ago, at the level that the last steps have against theirs.
struct SeasonAgo: EnsembleMember {
  let season: Int
  let levelSteps: Int
  /// A level beyond this many times that of the season before is a start from nothing, not growth.
  static let mostGrowth = 10.0
  var name: String { "a season of \(season) ago x level" }

  func path(_ values: [Double], origin: Int, horizon: Int) -> [Double]? {
    guard levelSteps > 0, origin >= season + levelSteps, levelSteps < season else { return nil }
    var now = 0.0
    var then = 0.0
    for j in 1...levelSteps {
      now += values[origin - j]
      then += values[origin - j - season]
    }
    guard then > 1e-12, now >= 0 else { return nil }
    let factor = min(now / then, SeasonAgo.mostGrowth)
    return repeated(values[origin - season..<origin].map { $0 * factor }, horizon)
  }
}
