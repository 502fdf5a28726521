/// The points of a history from which to look ahead at what then came.
struct RollingOrigins {
  /// Counts of values known, the latest first.
  let origins: [Int]
  /// How far ahead each of them looks.
  let horizon: Int

  static let most = 24

  /// - Parameters:
  ///   - count: values in the history.
  ///   - seasons: ascending, each at most `count`.
  ///
  /// Origins stand a step apart that shares no divisor with the season, so that every hour of the day gets its turn:
  /// residuals sampled at multiples of a season say nothing about the other hours.
  init(count: Int, horizon: Int, seasons: [Int]) {
    let short = seasons.first ?? 1
    let long = seasons.last { count >= 4 * $0 && $0 <= 1000 } ?? short
    let least = max(long > short ? 2 * long : 3 * short, 4)
    let reach = min(horizon, max(1, (count - least) / 2), 2000)
    self.horizon = reach
    let room = count - reach - least
    guard room >= 0 else {
      origins = []
      return
    }
    var step = max(1, min(reach / 6 + 3, room / (RollingOrigins.most / 2)))
    while step > 1, RollingOrigins.divisor(step, short) > 1 { step -= 1 }
    let number = min(RollingOrigins.most, room / step + 1)
    origins = (0..<number).map { count - reach - $0 * step }
  }

  private static func divisor(_ a: Int, _ b: Int) -> Int {
    var (a, b) = (a, b)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
