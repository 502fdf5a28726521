import Glibc
import Quantities

/// One series on its way through the ensemble.
struct EnsembleRun {
  /// Without gaps, in units of the largest.
  let values: [Double]
  /// With gaps as NaN.
  let truth: [Double]
  let horizon: Int
  let seasons: [Int]
  let stepSeconds: Double
  let rolling: RollingOrigins

  /// Origins from which misses must be seen, at least, to leave out earlier ones.
  static let leastFair = 6

  var names: [String] = []
  /// By member: whether it is a plain average of seasons.
  var isAverage: [Bool] = []
  /// By member: the path now.
  var paths: [[Double]] = []
  /// By member, by origin: the path then, empty where there was none.
  var past: [[[Double]]] = []

  init(values: [Double], truth: [Double], horizon: Int, seasons: [Int], stepSeconds: Double) {
    self.values = values
    self.truth = truth
    self.horizon = horizon
    self.seasons = seasons
    self.stepSeconds = stepSeconds
    rolling = RollingOrigins(count: values.count, horizon: horizon, seasons: seasons)
  }

  /// Seven days make a week and 52 weeks a year, also where nobody names them: two weeks of history show that days
  /// differ, and the weights whether it matters.
  private func furtherSeason(_ short: Int) -> SeasonAgo? {
    let seconds = stepSeconds * Double(short)
    if abs(seconds - 86_400) < 1 { return SeasonAgo(season: 7 * short, levelSteps: short) }
    if abs(seconds - 604_800) < 1 { return SeasonAgo(season: 52 * short, levelSteps: 4 * short) }
    return nil
  }

  private var members: [any EnsembleMember] {
    var result: [any EnsembleMember] = []
    guard let short = seasons.first else {
      return [SeasonalNaive(season: 1), SeasonalAverage(season: 1, seasons: 7, kind: .smoothed)]
    }
    result = [
      SeasonalNaive(season: short), SeasonalAverage(season: short, seasons: 7, kind: .mean),
      SeasonalAverage(season: short, seasons: 7, kind: .median),
      SeasonalAverage(season: short, seasons: 7, kind: .smoothed),
      LevelShape(season: short, seasons: 7, levelSteps: short), FadingLevel(season: short),
    ]
    if seasons.count == 1, let further = furtherSeason(short) { result.append(further) }
    for season in seasons.dropFirst() {
      result += [
        SeasonalNaive(season: season), SeasonalAverage(season: season, seasons: 4, kind: .mean),
        SeasonalAverage(season: season, seasons: 5, kind: .median),
      ]
      if season <= 1000 {
        result += [
          LevelShape(season: season, seasons: 4, levelSteps: short),
          LevelShape(season: season, seasons: 4, levelSteps: season),
          LevelShape(season: season, seasons: 4, levelSteps: short, isAdditive: true),
        ]
      } else {
        result.append(SeasonAgo(season: season, levelSteps: min(28 * short, season / 4)))
      }
    }
    return result
  }

  mutating func gather(prior: LagPrior?) {
    for member in members {
      guard let now = member.path(values, origin: values.count, horizon: horizon) else { continue }
      let then = rolling.origins.map { member.path(values, origin: $0, horizon: rolling.horizon) ?? [] }
      add(member.name, now, then, isAverage: member is SeasonalAverage)
    }
    guard let prior, seasons.first == LagColumns.ahead, let earliest = rolling.origins.last,
      values.count >= LagColumns.reach
    else { return }
    let bounds = (rolling.origins + [values.count]).map { LagRidge.bounds(values, origin: $0) }
    for (kink, table) in zip(EnsembleForecaster.kinks, prior.tables) {
      let series = CompressedSeries(values, kink: kink)
      // The coefficients of the many cost nothing and need no history; the series' own join where it can tell them.
      let common = LagRidge(coefficients: table.wide, deviation: series.deviation)
      add("common lag ridge \(kink)", of: series, common, common, bounds)
      if let own = LagRidge.own(series, counts: [earliest, values.count], prior: table) {
        add("own lag ridge \(kink)", of: series, own.wide[1], own.wide[0], bounds)
        add("own short lag ridge \(kink)", of: series, own.narrow[1], own.narrow[0], bounds)
      }
    }
  }

  private mutating func add(
    _ name: String, of series: CompressedSeries, _ late: LagRidge, _ early: LagRidge, _ bounds: [(low: Int, high: Int)]
  ) {
    let now = late.path(series, origin: values.count, horizon: horizon, bounds: bounds[rolling.origins.count])
    let then = rolling.origins.enumerated().map { o, origin in
      origin >= LagColumns.reach
        ? early.path(series, origin: origin, horizon: rolling.horizon, bounds: bounds[o]) : []
    }
    add(name, now, then)
  }

  private mutating func add(_ name: String, _ now: [Double], _ then: [[Double]], isAverage: Bool = false) {
    guard now.allSatisfy({ $0.isFinite }), then.allSatisfy({ $0.allSatisfy { $0.isFinite } }) else { return }
    names.append(name)
    self.isAverage.append(isAverage)
    paths.append(now)
    past.append(then)
  }

  /// Mean absolute errors of each member relative to the first's, at the origins where both could answer, drawn
  /// towards the middle of all.
  private func errors() -> (relative: [Double], naive: Double) {
    var table = [[Double]](repeating: [Double](repeating: .nan, count: rolling.origins.count), count: names.count)
    for m in names.indices {
      for (o, origin) in rolling.origins.enumerated() where !past[m][o].isEmpty {
        var sum = 0.0
        var n = 0.0
        for t in 0..<rolling.horizon where !truth[origin + t].isNaN {
          sum += abs(truth[origin + t] - past[m][o][t])
          n += 1
        }
        if n > 0 { table[m][o] = sum / n }
      }
    }
    let naive = table.first.flatMap { Statistics.mean($0) } ?? .nan
    var seen = [Double](repeating: 0, count: names.count)
    let relative = names.indices.map { m -> Double in
      var (own, base) = (0.0, 0.0)
      for o in rolling.origins.indices where !table[m][o].isNaN && !table[0][o].isNaN {
        own += table[m][o]
        base += table[0][o]
        seen[m] += 1
      }
      return base > 0 ? max(own / base, 1e-6) : .nan
    }
    // A member that could answer at few origins only, as one that needs a week before it, is taken to be like the rest.
    let typical = Statistics.median(relative.filter { !$0.isNaN }) ?? 1
    let independent = max(1, Double(values.count - (rolling.origins.last ?? 0)) / Double(max(1, rolling.horizon)))
    let most = max(1, seen.max() ?? 1)
    let doubt = EnsembleForecaster.doubt
    let drawn = zip(relative, seen).map { own, n -> Double in
      let weight = n / most * independent
      return own.isNaN ? typical : (own * weight + typical * doubt) / (weight + doubt)
    }
    return (drawn, naive)
  }

  /// The mean change from one season to the next on a compressed scale; nil where more than one season is known, as
  /// weeks differ less from each other than their days do, or where nothing was looked back on.
  private func change(on scale: CompressedSeries) -> Double? {
    guard seasons.count == 1, let season = seasons.first, values.count > season, !rolling.origins.isEmpty else {
      return nil
    }
    var sum = 0.0
    for i in season..<values.count { sum += abs(scale.values[i] - scale.values[i - season]) }
    return sum / Double(values.count - season)
  }

  func answer(unit: Double, findings given: [String]) -> ForecastAnswer {
    var findings = given
    let (relative, naive) = errors()
    let best = relative.min() ?? 1
    var weights = relative.map { pow($0 / best, -EnsembleForecaster.weightPower) }
    if seasons.count == 1 {
      for m in names.indices where isAverage[m] { weights[m] *= EnsembleForecaster.averageShare }
    }
    let total = weights.reduce(0, +)
    weights = weights.map { $0 / total }
    let isPositive = !truth.contains { $0 < 0 }
    func bounded(_ v: Double) -> Double { isPositive ? max(0, v) : v }
    func combine(_ rows: [[Double]], count: Int) -> [Double] {
      WeightedMedian.path(rows, weights, count: count, least: EnsembleForecaster.leastWeight).map(bounded)
    }
    let path = combine(paths, count: horizon)
    let pastPaths = rolling.origins.indices.map { o in
      combine(past.map { $0[o] }, count: rolling.horizon)
    }
    // Ranges.
    let scale = CompressedSeries(values, kink: ConformalBands.kink)
    func disagreement(_ rows: [[Double]], _ path: [Double]) -> [Double] {
      MemberSpread.disagreement(rows, weights, around: path, on: scale, isPositive: isPositive)
    }
    let apart = pastPaths.enumerated().map { o, p in disagreement(past.map { $0[o] }, p) }
    let spread = MemberSpread(past: apart)
    var residuals = zip(rolling.origins, pastPaths).enumerated().map { o, pair in
      pair.1.indices.map { t -> Double in
        let came = truth[pair.0 + t]
        guard !came.isNaN else { return .nan }
        return (scale.compress(came) - scale.compress(pair.1[t])) / spread.factor(apart[o][t])
      }
    }
    // What was missed before the longest season had passed once says nothing of now, as long as enough was seen since.
    let longest = seasons.last { $0 <= 1000 } ?? 1
    let fair = rolling.origins.count { $0 >= longest + (seasons.first ?? 1) }
    if fair >= EnsembleRun.leastFair, fair < residuals.count { residuals.removeLast(residuals.count - fair) }
    let earliest = rolling.origins.prefix(residuals.count).last ?? 0
    let widths = disagreement(paths, path).map(spread.factor)
    var reach = rolling.horizon
    if residuals.isEmpty {
      // Too short to look back: changes from step to step stand for the misses, growing with the lead.
      let changes = (1..<values.count).map { scale.values[$0] - scale.values[$0 - 1] }
      residuals = (changes + changes.map { -$0 }).map { [$0] }
      reach = 1
      findings.append("The history is too short to look back: members count alike and ranges are a guess.")
    }
    let bands = ConformalBands(
      residuals, reach: reach, span: values.count - earliest, change: change(on: scale))
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let ceiling = high + (high - low)
    let floor = isPositive ? 0 : low - (high - low)
    let quantiles = ForecastAnswer.levels.enumerated().map { q, level in
      path.indices.map { t -> Double in
        if level == 0.5 { return path[t] }
        let v = min(
          max(scale.expand(scale.compress(path[t]) + bands.miss(q, lead: t) * widths[t]), floor),
          max(ceiling, path[t] + high - low))
        return level < 0.5 ? min(v, path[t]) : max(v, path[t])
      }
    }
    // Its peak.
    let season = min(seasons.first ?? 1, values.count)
    func top(_ p: [Double]) -> Double { p.max() ?? .nan }
    func guesses(_ origin: Int, _ h: Int, _ combined: [Double], _ rows: [[Double]]) -> [Double] {
      [top(combined)] + rows.map { $0.isEmpty ? .nan : top($0) }
        + PeakHead.guesses(values, origin: origin, season: min(season, origin), horizon: h)
    }
    let pastGuesses = zip(rolling.origins, pastPaths).enumerated().map { o, pair in
      guesses(pair.0, rolling.horizon, pair.1, past.map { $0[o] })
    }
    let tops = rolling.origins.map { origin in
      truth[origin..<origin + rolling.horizon].reduce(Double.nan) { $1.isNaN ? $0 : ($0.isNaN ? $1 : max($0, $1)) }
    }
    let head = PeakHead.quantiles(
      guesses(values.count, horizon, path, paths), past: pastGuesses, truth: tops, highest: high,
      magnitude: Statistics.mean(values.map { abs($0) }) ?? 0,
      record: PeakHead.record(values, horizon: min(horizon, values.count)), band: quantiles[4].max() ?? 0,
      independent: Double(values.count - (rolling.origins.last ?? values.count)) / Double(rolling.horizon),
      isShort: horizon <= 3 * season && seasons.count == 1)
    let order = names.indices.sorted { weights[$0] > weights[$1] || (weights[$0] == weights[$1] && $0 < $1) }
    if let leader = order.first {
      findings.append(
        "Weighed \(names.count) forecasters at \(rolling.origins.count) earlier origins; \(names[leader]) counts most.")
    }
    var sum = 0.0
    var n = 0.0
    for (origin, p) in zip(rolling.origins, pastPaths) {
      for t in p.indices where !truth[origin + t].isNaN {
        sum += abs(truth[origin + t] - p[t])
        n += 1
      }
    }
    func finite(_ v: Double) -> Double { min(max(v * unit, -Double.greatestFiniteMagnitude), .greatestFiniteMagnitude) }
    var answer = ForecastAnswer(
      mean: path.map(finite), quantiles: quantiles.map { $0.map(finite) }, peak: head.quantiles.map(finite),
      peakLow: finite(head.low), findings: findings, weights: order.map { (names[$0], weights[$0]) },
      backtest: n > 0
        ? ForecastBacktest(
          origins: rolling.origins.count, error: sum / n * unit, naiveError: naive * unit, peakError: head.error)
        : nil)
    answer.unify()
    return answer
  }
}
