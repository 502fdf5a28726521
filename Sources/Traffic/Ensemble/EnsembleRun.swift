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
  /// The path of each member now, and those from the earlier origins.
  private(set) var paths: MemberPaths
  private(set) var past: MemberPaths

  init(values: [Double], truth: [Double], horizon: Int, seasons: [Int], stepSeconds: Double) {
    self.values = values
    self.truth = truth
    self.horizon = horizon
    self.seasons = seasons
    self.stepSeconds = stepSeconds
    rolling = RollingOrigins(count: values.count, horizon: horizon, seasons: seasons)
    let most = 7 + 6 * seasons.count + 3 * EnsembleForecaster.kinks.count
    paths = MemberPaths(origins: 1, steps: horizon, most: most)
    past = MemberPaths(origins: rolling.origins.count, steps: rolling.horizon, most: most)
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
    let (values, origins) = (values, rolling.origins)
    values.withUnsafeBufferPointer { values in
      for member in members {
        add(
          member.name, { member.write($0, from: values, origin: values.count) },
          { member.write($1, from: values, origin: origins[$0]) }, isAverage: member is SeasonalAverage)
      }
    }
    guard let prior, seasons.first == LagColumns.ahead, let earliest = origins.last, values.count >= LagColumns.reach
    else { return }
    let bounds = (origins + [values.count]).map { LagRidge.bounds(values, origin: $0) }
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
    _ name: String, of series: CompressedSeries, _ late: LagRidge, _ early: LagRidge,
    _ bounds: [(low: Double, high: Double)]
  ) {
    let (origins, now) = (rolling.origins, values.count)
    add(
      name,
      { path in
        late.write(path, from: series, origin: now, bounds: bounds[origins.count])
        return true
      },
      { o, path in
        guard origins[o] >= LagColumns.reach else { return false }
        early.write(path, from: series, origin: origins[o], bounds: bounds[o])
        return true
      })
  }

  /// Adds a member that has a path now, unless one of its paths is no path of numbers.
  private mutating func add(
    _ name: String, _ now: (UnsafeMutableBufferPointer<Double>) -> Bool,
    _ then: (Int, UnsafeMutableBufferPointer<Double>) -> Bool, isAverage: Bool = false
  ) {
    guard paths.add({ now($1) }) else { return }
    guard paths.isKnown(paths.members - 1, 0), past.add(then) else {
      paths.removeLast()
      return
    }
    names.append(name)
    self.isAverage.append(isAverage)
  }

  /// Mean absolute errors of each member relative to the first's, at the origins where both could answer, drawn
  /// towards the middle of all.
  private func errors() -> (relative: [Double], naive: Double) {
    let count = rolling.origins.count
    var table = [Double](repeating: .nan, count: names.count * count)
    for (o, origin) in rolling.origins.enumerated() {
      past.withPaths(from: o) { block, rows in
        truth.withUnsafeBufferPointer { truth in
          let came = UnsafeBufferPointer(rebasing: truth[origin..<origin + rolling.horizon])
          guard let first = block.baseAddress else { return }
          for i in stride(from: 0, to: rows.count, by: 4) {
            func path(_ j: Int) -> UnsafePointer<Double> { first + rows[min(i + j, rows.count - 1)].start }
            let found = EnsembleRun.errors((path(0), path(1), path(2), path(3)), came)
            for j in 0..<min(4, rows.count - i) { table[rows[i + j].member * count + o] = found[j] }
          }
        }
      }
    }
    let naive = names.isEmpty ? .nan : Statistics.mean(Array(table.prefix(count))) ?? .nan
    var seen = [Double](repeating: 0, count: names.count)
    let relative = names.indices.map { m -> Double in
      var (own, base) = (0.0, 0.0)
      for o in 0..<count where !table[m * count + o].isNaN && !table[o].isNaN {
        own += table[m * count + o]
        base += table[o]
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

  /// The mean absolute errors of four paths; NaN where no truth is known.
  private static func errors(
    _ paths: (UnsafePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>, UnsafePointer<Double>),
    _ truth: UnsafeBufferPointer<Double>
  ) -> SIMD4<Double> {
    let (p, q, r, s) = paths
    var sum = SIMD4<Double>(repeating: 0)
    var n = 0.0
    for t in truth.indices where !truth[t].isNaN {
      // Side by side, so that no addition waits for the one before.
      let miss = truth[t] - SIMD4(p[t], q[t], r[t], s[t])
      sum += SIMD4(abs(miss[0]), abs(miss[1]), abs(miss[2]), abs(miss[3]))
      n += 1
    }
    return n > 0 ? sum / n : SIMD4(repeating: .nan)
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
    let scale = CompressedSeries(values, kink: ConformalBands.kink)
    // The middle path of members, and how far they are apart.
    func combine(_ members: MemberPaths, _ origin: Int) -> (path: [Double], apart: [Double]) {
      members.withPaths(from: origin) { block, rows in
        let (starts, votes) = (rows.map(\.start), rows.map { weights[$0.member] })
        let path = [Double](unsafeUninitializedCapacity: members.steps) { path, count in
          path.initialize(repeating: 0)
          WeightedMedian.path(
            path, of: block, starts: starts, weights: votes, least: EnsembleForecaster.leastWeight)
          if isPositive { for t in path.indices { path[t] = max(0, path[t]) } }
          count = members.steps
        }
        let apart = [Double](unsafeUninitializedCapacity: members.steps) { apart, count in
          apart.initialize(repeating: 0)
          path.withUnsafeBufferPointer {
            MemberSpread.write(
              apart, of: block, starts: starts, weights: votes, around: $0, on: scale, isPositive: isPositive)
          }
          count = members.steps
        }
        return (path, apart)
      }
    }
    let (path, apart) = combine(paths, 0)
    let then = rolling.origins.indices.map { combine(past, $0) }
    // Ranges.
    let spread = MemberSpread(past: then.flatMap(\.apart))
    var residuals: [Double] = []
    residuals.reserveCapacity(then.count * rolling.horizon)
    for (origin, (path, apart)) in zip(rolling.origins, then) {
      for t in path.indices {
        // Values that are known stand compressed in the scale.
        residuals.append(
          truth[origin + t].isNaN
            ? .nan : (scale.values[origin + t] - scale.compress(path[t])) / spread.factor(apart[t]))
      }
    }
    // What was missed before the longest season had passed once says nothing of now, as long as enough was seen since.
    let longest = seasons.last { $0 <= 1000 } ?? 1
    let fair = rolling.origins.count { $0 >= longest + (seasons.first ?? 1) }
    let looked = fair >= EnsembleRun.leastFair ? fair : rolling.origins.count
    residuals.removeLast((rolling.origins.count - looked) * rolling.horizon)
    let earliest = rolling.origins.prefix(looked).last ?? 0
    let widths = apart.map(spread.factor)
    var reach = rolling.horizon
    if residuals.isEmpty {
      // Too short to look back: changes from step to step stand for the misses, growing with the lead.
      let changes = (1..<values.count).map { scale.values[$0] - scale.values[$0 - 1] }
      residuals = changes + changes.map { -$0 }
      reach = 1
      findings.append("The history is too short to look back: members count alike and ranges are a guess.")
    }
    let bands = ConformalBands(
      residuals, reach: reach, span: values.count - earliest, change: change(on: scale))
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let ceiling = high + (high - low)
    let floor = isPositive ? 0 : low - (high - low)
    let middle = path.map(scale.compress)
    let quantiles = ForecastAnswer.levels.enumerated().map { q, level in
      path.indices.map { t -> Double in
        if level == 0.5 { return path[t] }
        let v = min(
          max(scale.expand(middle[t] + bands.miss(q, lead: t) * widths[t]), floor),
          max(ceiling, path[t] + high - low))
        return level < 0.5 ? min(v, path[t]) : max(v, path[t])
      }
    }
    // Its peak.
    let season = min(seasons.first ?? 1, values.count)
    func guesses(_ origin: Int, _ members: MemberPaths, _ place: Int, _ combined: [Double]) -> [Double] {
      [combined.withUnsafeBufferPointer { MemberPaths.top($0, $0.indices) }] + members.tops(from: place)
        + PeakHead.guesses(values, origin: origin, season: min(season, origin), horizon: members.steps)
    }
    let pastGuesses = zip(rolling.origins, then).enumerated().map { o, pair in guesses(pair.0, past, o, pair.1.path) }
    let tops = rolling.origins.map { origin in
      truth[origin..<origin + rolling.horizon].reduce(Double.nan) { $1.isNaN ? $0 : ($0.isNaN ? $1 : max($0, $1)) }
    }
    let isShort = horizon <= 3 * season && seasons.count == 1
    let head = PeakHead.quantiles(
      guesses(values.count, paths, 0, path), past: pastGuesses, truth: tops, highest: high,
      magnitude: Statistics.mean(values.map { abs($0) }) ?? 0,
      record: PeakHead.record(values, horizon: min(horizon, values.count)), band: quantiles[4].max() ?? 0,
      independent: Double(values.count - (rolling.origins.last ?? values.count)) / Double(rolling.horizon),
      isShort: isShort)
    let order = names.indices.sorted { weights[$0] > weights[$1] || (weights[$0] == weights[$1] && $0 < $1) }
    if let leader = order.first {
      findings.append(
        "Weighed \(names.count) forecasters at \(rolling.origins.count) earlier origins; \(names[leader]) counts most.")
    }
    var sum = 0.0
    var n = 0.0
    for (origin, (p, _)) in zip(rolling.origins, then) {
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
    // Where the peak's middle has its own rule the path follows it: that costs it nothing (1,331 windows of two weeks).
    answer.unify(cutsPath: isShort && head.quantiles[0] > 0)
    return answer
  }
}
