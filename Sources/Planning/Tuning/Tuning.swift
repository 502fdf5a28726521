import Quantities
import Scaling
import Serving
import Simulating

/// Better settings for a plan's policy: what was searched, what is worth having, and how sure that is.
public struct Tuning: Sendable {
  /// One setting, before and after.
  public struct Setting: Sendable, Hashable {
    public var name: String
    /// As a plan file or manifest writes it.
    public var before: String
    public var after: String
    public var lowest: String
    public var highest: String
    public var isChanged: Bool { before != after }

    public init(name: String, before: String, after: String, lowest: String, highest: String) {
      self.name = name
      self.before = before
      self.after = after
      self.lowest = lowest
      self.highest = highest
    }
  }

  /// What the search comes to.
  public enum Verdict: String, Sendable, Hashable {
    /// Other settings meet the objective at less cost, or meet it where the present ones do not.
    case better
    /// The present ones are as good as any that were tried.
    case keep
    /// No settings that were tried meet the objective with confidence; the least risky are given.
    case unreachable
  }

  /// How the plan names the policy: `"hpa"`.
  public var policy: String
  public var title: String
  public var verdict: Verdict
  public var settings: [Setting]
  public var current: TunedPoint
  public var chosen: TunedPoint
  /// What no other try beats in cost and risk at once, judged on weeks that the search never saw; cheapest first.
  public var front: [TunedPoint]
  /// The policy with the chosen settings, and the bounds that go with it.
  public var recipe: any PolicyRecipe
  public var minimum: Int
  public var maximum: Int
  /// What was asked: the plan's objective, or 99.9 % served where it states none.
  public var objective: Objective
  public var isObjectiveAssumed: Bool
  /// Settings that were tried, and simulated traces in all.
  public var tried: Int
  public var simulations: Int
  /// Whether somebody stopped it before its budget was used.
  public var isInterrupted: Bool
  public var traces: TuningTraces.Summary
  /// Whether cost is money; replica-hours where no price is known.
  public var isPriced: Bool

  public init(
    policy: String, title: String, verdict: Verdict, settings: [Setting], current: TunedPoint, chosen: TunedPoint,
    front: [TunedPoint], recipe: any PolicyRecipe, minimum: Int, maximum: Int, objective: Objective,
    isObjectiveAssumed: Bool, tried: Int, simulations: Int, isInterrupted: Bool, traces: TuningTraces.Summary,
    isPriced: Bool
  ) {
    self.policy = policy
    self.title = title
    self.verdict = verdict
    self.settings = settings
    self.current = current
    self.chosen = chosen
    self.front = front
    self.recipe = recipe
    self.minimum = minimum
    self.maximum = maximum
    self.objective = objective
    self.isObjectiveAssumed = isObjectiveAssumed
    self.tried = tried
    self.simulations = simulations
    self.isInterrupted = isInterrupted
    self.traces = traces
    self.isPriced = isPriced
  }

  /// The chosen settings' share of the cost saved; negative where they cost more.
  public var saving: Double { current.costPerMonth > 0 ? 1 - chosen.costPerMonth / current.costPerMonth : 0 }
}

/// One choice of settings, judged on weeks that the search never saw.
public struct TunedPoint: Sendable, Hashable {
  /// In the order of ``Tuning/settings``, as written.
  public var values: [String]
  /// Money in dollars, or replica-hours where no price is known; of 730 hours.
  public var costPerMonth: Double
  public var meanReplicas: Double
  public var changesPerDay: Double
  /// The share served, pooled over the weeks, with a 95 % interval over weeks.
  public var served: Interval
  /// For each latency bound of the objective.
  public var within: [Interval]
  /// How much of what may be missed was missed: the largest over the objectives, pooled; up to 1 is met.
  public var risk: Interval
  /// Weeks in which every objective was met, of all, and the 95 % interval of that share (Wilson).
  public var weeksMet: Int
  public var weeks: Int
  public var weeksMetShare: Interval
  /// Whether the objective is met, pooled over all weeks.
  public var isMet: Bool { risk.mid <= 1 }

  public init(
    values: [String], costPerMonth: Double, meanReplicas: Double, changesPerDay: Double, served: Interval,
    within: [Interval], risk: Interval, weeksMet: Int, weeks: Int, weeksMetShare: Interval
  ) {
    self.values = values
    self.costPerMonth = costPerMonth
    self.meanReplicas = meanReplicas
    self.changesPerDay = changesPerDay
    self.served = served
    self.within = within
    self.risk = risk
    self.weeksMet = weeksMet
    self.weeks = weeks
    self.weeksMetShare = weeksMetShare
  }

  public struct Interval: Sendable, Hashable {
    public var low: Double
    public var mid: Double
    public var high: Double
    public init(low: Double, mid: Double, high: Double) {
      self.low = low
      self.mid = mid
      self.high = high
    }
  }
}

/// How a search is run: over which cores, until when, and who is told.
public struct TuningControl: Sendable {
  /// Simulations that it may take.
  public var budget: Int
  public var seed: UInt64
  /// Does independent work, in any order; gives the results in order.
  public var map: @Sendable (_ count: Int, _ work: @escaping @Sendable (Int) -> [TuningScore]) -> [[TuningScore]]
  /// Whether to end with what there is.
  public var shouldStop: @Sendable () -> Bool
  /// Simulations done, of how many.
  public var progress: @Sendable (_ done: Int, _ total: Int) -> Void

  public init(
    budget: Int = 20_000, seed: UInt64 = 1,
    map: @escaping @Sendable (Int, @escaping @Sendable (Int) -> [TuningScore]) -> [[TuningScore]] = {
      (0..<$0).map($1)
    },
    shouldStop: @escaping @Sendable () -> Bool = { false },
    progress: @escaping @Sendable (Int, Int) -> Void = { _, _ in }
  ) {
    self.budget = min(max(budget, Self.least), 100_000_000)
    self.seed = seed
    self.map = map
    self.shouldStop = shouldStop
    self.progress = progress
  }
  /// Fewer simulations leave nothing to search with once the finalists are judged.
  public static let least = 1000
}
