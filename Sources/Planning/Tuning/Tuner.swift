import Catalogs
import Quantities
import Scaling
import Serving
import Simulating
import Synchronization
import Traffic

/// Searches the settings of a plan's policy, judges what it found on weeks that the search never saw, and chooses.
///
/// Three sets of weeks, so that luck is not taken for skill: the search sees the first, the choice among its best falls
/// on the second, and every figure that is told comes from the third.
public struct Tuner: Sendable {
  /// Weeks of each set. More of the first make the search slower and surer; of the third, the intervals narrower.
  static let searchWeeks = 8
  static let choiceWeeks = 8
  static let judgementWeeks = 32
  /// Candidates that reach the second set.
  static let finalists = 24
  /// Points of the front that are told.
  static let frontPoints = 12
  /// Tries between two looks at the clock and at what was learned.
  static let batch = 24

  private let outcome: PlanOutcome
  private let control: TuningControl
  private let setting: PolicySetting
  private let settings: [TunableSetting]
  private let objective: Objective
  private let isPriced: Bool
  private let weeks: [Weeks]
  private let traces: TuningTraces
  private let tables: TablePool

  /// One demand to try on.
  private struct Weeks: Sendable {
    var ticks: DemandTicks
    var first: RequestRate
    var hours: Double
  }

  /// - Throws: ``PlanningError`` where there is nothing to tune or no traffic to tune on.
  public init(_ outcome: PlanOutcome, _ control: TuningControl) throws(PlanningError) {
    self.outcome = outcome
    self.control = control
    let plan = outcome.plan
    let sizing = outcome.sizing
    let standing = outcome.bounds
    guard outcome.demand.forecast != nil, outcome.trace != nil else {
      throw PlanningError.nothingToTune(
        "The plan states an average and names no traffic source, so there are no weeks to try settings on.",
        "Add source: { csv: traffic.csv } under traffic.")
    }
    let paths = outcome.demand.forecast?.samplePaths(40, seed: control.seed) ?? []
    setting = PolicySetting(
      minimum: standing.minimum, maximum: standing.maximum, replicas: sizing.replicas,
      capacity: sizing.capacityPerReplica, startup: plan.service.startup.mean
    ) { DemandSlice.path(at: $0, of: paths) }
    let own = plan.policy.tunables(in: setting)
    guard !own.isEmpty else {
      throw PlanningError.nothingToTune(
        "The policy '\(plan.policy.name)' has no settings to search.",
        "Choose one that has: target, step, threshold, hpa, keda, knative, ray, predictive.")
    }
    // The maximum is a guard, not a saving: it never goes below what the peak with its headroom needs.
    let least = min(standing.maximum, sizing.replicas)
    settings =
      own + [
        TunableSetting(
          "minimum", .replicas, Double(standing.minimum), from: plan.policy.minimum == 0 ? 0 : 1,
          to: Double(max(1, min(least, max(standing.minimum * 2, least / 2))))),
        TunableSetting(
          "maximum", .replicas, Double(standing.maximum), from: Double(max(1, sizing.replicas)),
          to: Double(max(standing.maximum, sizing.replicas) * 2)),
      ]
    var objective = plan.service.objective
    if objective.latency.isEmpty, objective.availability == nil { objective.availability = .percent(99.9) }
    self.objective = objective
    isPriced = plan.fleet.supply.isPriced
    let all = Self.searchWeeks + Self.choiceWeeks + Self.judgementWeeks
    traces = TuningTraces(outcome, count: all, seed: control.seed)
    guard traces.traces.count == all else {
      throw PlanningError.nothingToTune(
        "The history and the horizon are too short to put weeks together from.", "Give two days or more of history.")
    }
    let period = plan.policy.policy(in: setting).period
    let world = PolicyStage.world(plan, initial: 1, minimum: 1, maximum: 1, seed: control.seed, objective: objective)
    weeks = traces.traces.map { trace in
      Weeks(
        ticks: DemandTicks(trace, tick: world.tickLength(for: trace, period), world.interpolation),
        first: .perSecond(trace.rawValues.first { $0.isFinite } ?? 0), hours: trace.duration.hours)
    }
    tables = TablePool(world)
  }

  /// Service tables that fill as they are asked, each for one simulation at a time.
  private final class TablePool: Sendable {
    private let world: FluidWorld
    private let free = Mutex<[ServiceTables]>([])
    init(_ world: FluidWorld) { self.world = world }
    func take() -> ServiceTables { free.withLock { $0.popLast() } ?? world.tables() }
    func put(_ tables: ServiceTables) { free.withLock { $0.append(tables) } }
  }

  // MARK: Trying

  private func bounds(_ values: [Double]) -> ClosedRange<Int> {
    let count = settings.count
    let maximum = Int(min(max(values[count - 1], 1), 1e9))
    return min(Int(min(max(values[count - 2], 0), 1e9)), maximum)...maximum
  }

  private func recipe(_ values: [Double]) -> any PolicyRecipe {
    // The settings as they are stay exactly as they are: a behavior that was left out stays out.
    if values == settings.map(\.current) { return outcome.plan.policy }
    return outcome.plan.policy.tuned(Array(values.dropLast(2)), in: setting).bounded(bounds(values))
  }

  /// What settings come to on some of the weeks.
  private func scores(_ values: [Double], _ range: Range<Int>) -> [TuningScore] {
    let recipe = recipe(values)
    let bounds = bounds(values)
    var here = setting
    here.minimum = bounds.lowerBound
    here.maximum = bounds.upperBound
    var tables = self.tables.take()
    defer { self.tables.put(tables) }
    return weeks[range].map { week in
      let wanted = outcome.plan.replicas(for: week.first / max(recipe.initialUtilization, 0.01))
      let initial = min(max(wanted, bounds.lowerBound), bounds.upperBound)
      let world = PolicyStage.world(
        outcome.plan, initial: initial, minimum: bounds.lowerBound, maximum: bounds.upperBound, seed: control.seed,
        objective: objective)
      let totals = world.totals(demand: week.ticks, policy: recipe.policy(in: here), tables: &tables)
      return TuningScore(totals, isPriced: isPriced)
    }
  }

  private func searchScore(_ scores: [TuningScore]) -> SettingsSearch.Score {
    SettingsSearch.Score(
      cost: scores.reduce(0) { $0 + $1.cost }, risk: TuningScore.cautiousRisk(scores, objective))
  }

  // MARK: The whole

  /// How much of the allowed misses the chosen settings may use, at the upper bound of what was seen. The other half is
  /// for what no simulation knows: deploys, failures, days unlike any before. With all of it an example's choice kept
  /// the objective in 20 of 32 weeks that the search had not seen; with half of it in all 32, for 1 % more money.
  static let allowedUse = 0.5

  /// Searches, chooses and judges.
  public func run() -> Tuning {
    let (search, choice) = (Self.searchWeeks, Self.choiceWeeks)
    let last =
      Self.finalists * choice + (Self.frontPoints + 2) * Self.judgementWeeks + (settings.count + 1) * (search + choice)
    let tries = max(Self.batch, (control.budget - last) / search)
    let total = tries * search + last
    var done = 0
    var isInterrupted = false
    var finder = SettingsSearch(settings, budget: tries, seed: control.seed)
    while finder.tried.count < tries {
      if control.shouldStop() {
        isInterrupted = true
        if !finder.tried.isEmpty { break }
      }
      let batch = finder.next(min(Self.batch, tries - finder.tried.count))
      guard !batch.isEmpty else { break }
      let results = control.map(batch.count) { i in scores(batch[i], 0..<search) }
      finder.tell(batch, results.map(searchScore))
      done += batch.count * search
      control.progress(done, total)
    }

    // The cheapest that may meet the objective, and the rest of the front for the picture.
    let searched = finder.tried.count
    let front = finder.front
    let promising = finder.scores.indices.filter { finder.scores[$0].risk <= 1.5 && finder.scores[$0].cost.isFinite }
      .sorted { (finder.scores[$0].cost, $0) < (finder.scores[$1].cost, $1) }
    // What misses many times what is allowed tells nobody anything.
    let sensible = front.filter { finder.scores[$0].risk <= 3 }
    var finalists = Self.spread(sensible.isEmpty ? Array(front.suffix(4)) : sensible, Self.finalists / 2)
    for i in Self.spread(promising, Self.finalists) where finalists.count < Self.finalists && !finalists.contains(i) {
      finalists.append(i)
    }
    let chosenFrom = finalists
    let contenders = chosenFrom.map { finder.tried[$0] }
    let checks = control.map(contenders.count) { i in scores(contenders[i], search..<(search + choice)) }
    done += chosenFrom.count * choice
    control.progress(done, total)
    let checked = zip(chosenFrom, checks).map { index, scores -> (index: Int, score: SettingsSearch.Score) in
      let seen = finder.scores[index]
      let fresh = searchScore(scores)
      // Both sets must be content; the cost is that of both.
      return (index, SettingsSearch.Score(cost: seen.cost + fresh.cost, risk: max(seen.risk, fresh.risk)))
    }
    let meeting = checked.filter { $0.score.risk <= Self.allowedUse }
      .min { ($0.score.cost, $0.index) < ($1.score.cost, $1.index) }
    let leastRisky = checked.min { ($0.score.risk, $0.score.cost, $0.index) < ($1.score.risk, $1.score.cost, $1.index) }
    let chosen = meeting ?? leastRisky
    let isMet = (chosen?.score.risk ?? .infinity) <= 1
    var best = chosen?.index ?? 0
    var simplifying = 0
    if let plain = simplified(finder.tried[best], isMet: isMet, simulations: &simplifying) {
      finder.tell([plain.values], [plain.score])
      best = finder.tried.count - 1
    }

    let shown = Self.spread(
      SettingsSearch.front(of: checked.map(\.score)).map { checked[$0].index }, Self.frontPoints)
    var judged = [0]
    for i in [best] + shown where !judged.contains(i) { judged.append(i) }
    let list = judged
    let winners = list.map { finder.tried[$0] }
    let judgements = control.map(winners.count) { i in
      scores(winners[i], (search + choice)..<(search + choice + Self.judgementWeeks))
    }
    control.progress(total, total)
    let points = zip(list, judgements).map { index, scores in
      TunedPoint(
        values: zip(settings, finder.tried[index]).map { $0.text($1) }, scores, objective,
        isPriced: isPriced, seed: control.seed)
    }
    let simulations =
      searched * search + chosenFrom.count * choice + list.count * Self.judgementWeeks
      + simplifying
    return tuning(
      finder, list: list, points: points, best: best, isMet: isMet, simulations: simulations,
      isInterrupted: isInterrupted)
  }

  /// Settings without those changes that bring nothing: each goes back to what it is, where that costs at most a fifth
  /// of a percent and the objective stays met. Nil where every change is worth it.
  private func simplified(
    _ values: [Double], isMet: Bool, simulations: inout Int
  ) -> (values: [Double], score: SettingsSearch.Score)? {
    let range = 0..<(Self.searchWeeks + Self.choiceWeeks)
    func judge(_ values: [Double]) -> (score: SettingsSearch.Score, changes: Int) {
      simulations += range.count
      let scores = scores(values, range)
      return (searchScore(scores), scores.reduce(0) { $0 + $1.changes })
    }
    let (full, changes) = judge(values)
    var (plain, score) = (values, full)
    // The last first: bounds and windows before the target.
    for i in settings.indices.reversed() where plain[i] != settings[i].current {
      var trial = plain
      trial[i] = settings[i].current
      let (result, moves) = judge(trial)
      // Nor may the fleet get livelier for it.
      guard Double(moves) <= 1.1 * Double(changes), result.cost <= full.cost * 1.002,
        result.risk <= (isMet ? min(1, max(full.risk, 0.5)) : full.risk)
      else {
        continue
      }
      (plain, score) = (trial, result)
    }
    return plain == values ? nil : (plain, score)
  }

  private func tuning(
    _ finder: SettingsSearch, list: [Int], points: [TunedPoint], best: Int, isMet: Bool, simulations: Int,
    isInterrupted: Bool
  ) -> Tuning {
    var best = best
    var verdict = isMet ? Tuning.Verdict.better : .unreachable
    var chosen = points[list.firstIndex(of: best) ?? 0]
    let current = points[0]
    // A change for less than half a percent is not worth a review.
    if best == 0 || (isMet && current.isMet && current.costPerMonth <= chosen.costPerMonth * 1.005) {
      verdict = isMet || best != 0 ? .keep : .unreachable
      best = 0
      chosen = current
    }
    let values = finder.tried[best]
    let recipe = recipe(values)
    // What a recipe made of the values: some correct each other.
    var after = recipe.tunables(in: setting).map(\.current)
    if after.count == settings.count - 2 { after += values.suffix(2) } else { after = values }
    let front = SettingsSearch.front(of: points.map { .init(cost: $0.costPerMonth, risk: $0.risk.mid) })
      .map { points[$0] }
    return Tuning(
      policy: outcome.plan.policy.name, title: outcome.plan.policy.title, verdict: verdict,
      settings: zip(settings, after).map { setting, value in
        Tuning.Setting(
          name: setting.name, before: setting.text(setting.current), after: setting.text(value),
          lowest: setting.text(setting.range.lowerBound), highest: setting.text(setting.range.upperBound))
      },
      current: current, chosen: chosen, front: front, recipe: recipe, minimum: bounds(values).lowerBound,
      maximum: bounds(values).upperBound, objective: objective,
      isObjectiveAssumed: outcome.plan.service.objective != objective, tried: finder.tried.count,
      simulations: simulations, isInterrupted: isInterrupted,
      traces: TuningTraces.Summary(
        search: Self.searchWeeks, choice: Self.choiceWeeks, judgement: Self.judgementWeeks,
        days: weeks.map(\.hours).max().map { $0 / 24 } ?? 0, fromHistory: traces.fromHistory,
        fromForecast: traces.traces.count - traces.fromHistory, noise: traces.noise),
      isPriced: isPriced)
  }

  /// So many of a list, the ends and what lies evenly between them.
  static func spread(_ list: [Int], _ count: Int) -> [Int] {
    guard list.count > count, count > 1 else { return Array(list.prefix(max(0, count))) }
    return (0..<count).map { list[$0 * (list.count - 1) / (count - 1)] }
  }
}
