import Quantities

/// When demand outgrows a capacity: dates from sampled futures, with what would move them.
public struct RunwayOutlook: Sendable {
  public let capacity: RequestRate
  /// Until when was looked.
  public let until: CivilDate
  /// The first day on which the day's peak exceeds the capacity in half, a tenth and a hundredth of all futures; nil
  /// where that does not come to pass.
  public let p50: CivilDate?
  public let p90: CivilDate?
  public let p99: CivilDate?
  /// Between these the first excess comes in 80 % of the futures; nil where later than `until`.
  public let earliest: CivilDate?
  public let latest: CivilDate?
  /// The share of futures in which the capacity is exceeded at all.
  public let probability: Double
  /// The share of futures in which it is exceeded on the first day.
  public let probabilityToday: Double
  /// What would move the date.
  public let movers: [Mover]

  /// A change and the P50 date that it makes.
  public struct Mover: Sendable {
    public let change: String
    public let p50: CivilDate?
  }

  /// - Parameters:
  ///   - forecast: over as many days as are looked ahead.
  ///   - capacity: in the series' units.
  ///   - cap: what demand cannot exceed; at or below the capacity it is never outgrown.
  ///   - findsMovers: whether to look for what would move the date, which draws the futures anew for each change.
  public init?(_ forecast: Forecast, capacity: RequestRate, cap: Double = .infinity, findsMovers: Bool = true) {
    let model = forecast.outlook
    let today = model.first < model.day.count ? Int(model.day[model.first]) : 0
    let days = forecast.dates.dropFirst(today).map { $0 }
    guard let last = days.last, capacity.rawValue.isFinite else { return nil }
    let count = forecast.peakSamples.count
    // Demand that is cut off at the cap never exceeds a capacity of that much.
    // As far as the horizon reaches the futures are drawn already.
    let isDrawn = model.base.count == forecast.model.base.count && forecast.draws?.paths == count
    let first = RunwayOutlook.firstDays(
      isDrawn ? forecast.draws ?? model.dailyPeaks(paths: count) : model.dailyPeaks(paths: count),
      above: cap > capacity.rawValue ? capacity.rawValue : .infinity)
    self.capacity = capacity
    until = last
    func date(_ day: Int) -> CivilDate? { days.indices.contains(day) ? days[day] : nil }
    func share(_ p: Double, _ passages: [Int]) -> CivilDate? {
      guard !passages.isEmpty else { return nil }
      return date(passages[min(passages.count - 1, Int(p * Double(passages.count)))])
    }
    let cross = first.crossing
    p50 = date(cross.p50)
    p90 = date(cross.p90)
    p99 = date(cross.p99)
    let passages = first.passages.sorted()
    earliest = share(0.1, passages)
    latest = share(0.9, passages)
    let n = Double(max(1, passages.count))
    probability = Double(passages.filter { $0 < days.count }.count) / n
    probabilityToday = Double(passages.filter { $0 == 0 }.count) / n
    var movers: [Mover] = []
    guard findsMovers else {
      self.movers = []
      return
    }
    func mover(_ change: String, capacity: Double, _ model: PathModel) {
      let cross = RunwayOutlook.firstDays(
        model.dailyPeaks(paths: min(count, 400)), above: cap > capacity ? capacity : .infinity
      ).crossing
      movers.append(Mover(change: change, p50: date(cross.p50)))
    }
    mover("a fifth more capacity", capacity: capacity.rawValue * 1.2, model)
    mover("twice the capacity", capacity: capacity.rawValue * 2, model)
    if model.trend.contains(where: { $0 != 0 }) {
      var still = model
      still.slope = (0, 0, 0)
      still.trend = still.trend.map { _ in 0 }
      mover("no growth", capacity: capacity.rawValue, still)
    }
    if !model.occurrences.isEmpty {
      var plain = model
      plain.occurrences = []
      mover("no events", capacity: capacity.rawValue, plain)
    }
    self.movers = movers
  }

  /// Of each path the first day above, `dayCount` where there is none; and the first days whose own peak quantiles
  /// lie above.
  private static func firstDays(
    _ draws: PeakDraws, above capacity: Double
  ) -> (passages: [Int], crossing: (p50: Int, p90: Int, p99: Int)) {
    let paths = draws.paths
    let n = draws.dayCount - draws.firstDay
    var passages = [Int](repeating: n, count: paths)
    var crossing = (p50: n, p90: n, p99: n)
    for d in 0..<n {
      let above = draws.paths(above: capacity, onDay: draws.firstDay + d)
      for p in above where passages[p] == n { passages[p] = d }
      let share = Double(above.count) / Double(max(1, paths))
      if share > 0.01, crossing.p99 == n { crossing.p99 = d }
      if share > 0.1, crossing.p90 == n { crossing.p90 = d }
      if share > 0.5, crossing.p50 == n { crossing.p50 = d }
    }
    return (passages, crossing)
  }
}
